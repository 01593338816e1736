//! Sharing rules.

use super::{Fragment, Source};
use crate::collect::metadata::xml::{Element, Fault};
use crate::snapshot::{Name, SharingRule, SharingRuleKind};

/// All rules of an object.
pub(super) fn whole(source: &mut Source<'_, '_>, object: &Name) -> Result<Fragment, Fault> {
    source.document.root(&["SharingRules"])?;
    let mut rules = Vec::new();
    while let Some(element) = source.child()? {
        let kind = match element.name {
            "sharingOwnerRules" => SharingRuleKind::Owner,
            "sharingCriteriaRules" => SharingRuleKind::Criteria,
            "sharingGuestRules" => SharingRuleKind::Guest,
            "sharingTerritoryRules" => SharingRuleKind::Territory,
            _ => {
                source.skip()?;
                continue;
            }
        };
        rules.extend(rule(source, &element, object, kind, None)?);
    }
    Ok(Fragment::SharingRules(rules))
}

/// One rule in a file of its own.
pub(super) fn single(
    source: &mut Source<'_, '_>,
    object: &Name,
    kind: SharingRuleKind,
    file_name: Name,
) -> Result<Fragment, Fault> {
    let root = source.document.root(&[
        "SharingOwnerRule",
        "SharingCriteriaRule",
        "SharingGuestRule",
        "SharingTerritoryRule",
    ])?;
    let rule = rule(source, &root, object, kind, Some(file_name))?;
    Ok(Fragment::SharingRules(rule.into_iter().collect()))
}

fn rule(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    object: &Name,
    kind: SharingRuleKind,
    file_name: Option<Name>,
) -> Result<Option<SharingRule>, Fault> {
    let at = Some(source.place(element));
    let (mut name, mut access_level) = (None, None);
    let (mut shared_to, mut shared_from) = (Vec::new(), Vec::new());
    while let Some(child) = source.child()? {
        match child.name {
            "fullName" => name = source.name()?,
            "accessLevel" => access_level = source.line_of_text()?,
            "sharedTo" => parties(source, &mut shared_to)?,
            "sharedFrom" => parties(source, &mut shared_from)?,
            _ => source.skip()?,
        }
    }
    let name = name.or(file_name);
    if name.is_none() {
        source.note(element, "a sharing rule without a `<fullName>`");
    }
    Ok(name.map(|name| SharingRule {
        object: object.clone(),
        name,
        kind,
        access_level,
        shared_to,
        shared_from,
        at,
    }))
}

/// `<role>Sales</role>` is `("role", "Sales")`, `<allInternalUsers/>` is `("allInternalUsers", "")`.
fn parties(source: &mut Source<'_, '_>, parties: &mut Vec<(String, String)>) -> Result<(), Fault> {
    while let Some(party) = source.child()? {
        let who = source.line_of_text()?.unwrap_or_default();
        parties.push((party.name.to_owned(), who));
    }
    Ok(())
}
