//! Single metadata documents, as the Metadata API gives them, read by the reader of the trees.
//!
//! In: one component's XML. Out: its facts, without places, since nothing of it is in a file.

use super::kind::{FileKind, Identity};
use super::parse::{Facts, Fragment, parse};
use crate::snapshot::{ContainerKind, Name, NameInterner, PermissionSet, RecordType, SharingRule};

/// A profile, permission set or muting permission set.
///
/// # Errors
/// What is wrong with the document, as a clause.
pub(crate) fn container(
    text: &str,
    kind: ContainerKind,
    name: &Name,
) -> Result<PermissionSet, String> {
    let kind = match kind {
        ContainerKind::Profile => FileKind::Profile,
        ContainerKind::PermissionSet => FileKind::PermissionSet,
        ContainerKind::MutingPermissionSet => FileKind::MutingPermissionSet,
    };
    match fragment(text, kind, name.as_str(), None)? {
        Fragment::Container(mut set) => {
            forget_places(&mut set);
            Ok(*set)
        }
        _ => Err("it is no such component".into()),
    }
}

/// The sharing rules of an object.
///
/// # Errors
/// What is wrong with the document, as a clause.
pub(crate) fn sharing_rules(text: &str, object: &Name) -> Result<Vec<SharingRule>, String> {
    let object = object.as_str();
    match fragment(text, FileKind::SharingRules, object, Some(object))? {
        Fragment::SharingRules(mut rules) => {
            rules.iter_mut().for_each(|rule| rule.at = None);
            Ok(rules)
        }
        _ => Err("it holds no sharing rules".into()),
    }
}

/// A record type of an object.
///
/// # Errors
/// What is wrong with the document, as a clause.
pub(crate) fn record_type(text: &str, object: &Name, name: &Name) -> Result<RecordType, String> {
    match fragment(
        text,
        FileKind::RecordType,
        name.as_str(),
        Some(object.as_str()),
    )? {
        Fragment::RecordType(_, mut record_type) => {
            record_type.at = None;
            Ok(*record_type)
        }
        _ => Err("it is no record type".into()),
    }
}

fn fragment(
    text: &str,
    kind: FileKind,
    name: &str,
    object: Option<&str>,
) -> Result<Fragment, String> {
    let identity = Identity {
        kind,
        name: name.to_owned(),
        object: object.map(str::to_owned),
    };
    let Facts {
        fragment, faults, ..
    } = parse(text, &identity, 0, &mut NameInterner::default());
    // A live org writes no faulty documents: one that is faulty is not trusted in part either.
    match (fragment, faults.into_iter().next()) {
        (Some(fragment), None) => Ok(fragment),
        (_, Some(fault)) => Err(fault.message),
        (None, None) => Err("it is empty".into()),
    }
}

fn forget_places(set: &mut PermissionSet) {
    set.at = None;
    let fields = set.field_permissions.values_mut().flatten();
    fields.for_each(|entry| entry.at = None);
    set.object_permissions
        .iter_mut()
        .for_each(|entry| entry.at = None);
    set.user_permissions
        .iter_mut()
        .chain(&mut set.custom_permissions)
        .for_each(|entry| entry.at = None);
    set.record_types
        .iter_mut()
        .for_each(|entry| entry.at = None);
    if let Some(limits) = &mut set.login_limits {
        limits.hours_at = None;
        limits
            .ip_ranges
            .iter_mut()
            .for_each(|range| range.at = None);
    }
}
