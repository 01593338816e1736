//! Permission set groups.

use super::{Fragment, Source};
use crate::collect::metadata::xml::Fault;
use crate::snapshot::{Name, PermissionSetGroup};

pub(super) fn group(source: &mut Source<'_, '_>, name: Name) -> Result<Fragment, Fault> {
    let root = source.document.root(&["PermissionSetGroup"])?;
    let mut group = PermissionSetGroup::new(name);
    group.at = Some(source.place(&root));
    while let Some(element) = source.child()? {
        match element.name {
            "label" => group.label = source.line_of_text()?,
            "status" => group.status = source.line_of_text()?,
            "permissionSets" => group.members.extend(source.name()?),
            "mutingPermissionSets" => group.mutings.extend(source.name()?),
            // Every grant of the group hangs on this one, so none of them is known.
            "hasActivationRequired" => {
                group.has_activation_required = source.decisive_boolean(&element)?
            }
            _ => source.skip()?,
        }
    }
    group.members.sort();
    group.mutings.sort();
    Ok(Fragment::Group(Box::new(group)))
}
