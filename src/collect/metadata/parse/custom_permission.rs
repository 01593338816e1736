//! Custom permissions.

use super::{Fragment, Source};
use crate::collect::metadata::xml::Fault;
use crate::snapshot::{CustomPermission, Name};

pub(super) fn custom_permission(
    source: &mut Source<'_, '_>,
    name: Name,
) -> Result<Fragment, Fault> {
    let root = source.document.root(&["CustomPermission"])?;
    let mut permission = CustomPermission {
        name,
        label: None,
        required: Vec::new(),
        at: Some(source.place(&root)),
    };
    while let Some(element) = source.child()? {
        match element.name {
            "label" => permission.label = source.line_of_text()?,
            "requiredPermission" => {
                while let Some(part) = source.child()? {
                    match part.name {
                        "customPermission" => permission.required.extend(source.name()?),
                        _ => source.skip()?,
                    }
                }
            }
            _ => source.skip()?,
        }
    }
    Ok(Fragment::CustomPermission(Box::new(permission)))
}
