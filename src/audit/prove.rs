//! Evidence that audits share: mapping rows, trails of grants, containers that were looked at, definitions.

use std::collections::BTreeSet;

use super::facts::Facts;
use crate::effective::{ContainerRef, Effect, Grant, definition};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding};
use crate::snapshot::{
    Area, ContainerKind, CoverageStatus, Name, ObjectRight, PermissionSet, Place,
};

/// How many containers are named as not granting before the rest is counted.
const CONTAINERS_NAMED: usize = 6;

/// How many entries of a trail are shown before the rest is counted.
const GRANTS_SHOWN: usize = 20;

impl Facts<'_> {
    /// A fact with the place where the source has it.
    pub(super) fn fact(
        &self,
        kind: EvidenceKind,
        text: impl Into<String>,
        at: Option<Place>,
    ) -> Evidence {
        let file = at.and_then(|place| self.snapshot.file(place));
        Evidence::new(kind, text).at(file, at.map(|place| place.line))
    }

    /// The mapping rows that need something.
    pub(super) fn rows(&self, mappings: &[usize]) -> Vec<Evidence> {
        mappings
            .iter()
            .filter_map(|index| self.requirements.mappings.get(*index))
            .map(|mapping| {
                let row = &mapping.row;
                let text = format!(
                    "row {}: {} {} is mapped to {}.{} with the rule {}",
                    row.row,
                    row.hubspot_object,
                    row.hubspot_property,
                    mapping.object,
                    row.field,
                    row.sync_rule.label()
                );
                let line = u32::try_from(row.line).ok();
                Evidence::new(EvidenceKind::Mapping, text).at(Some(&row.file), line)
            })
            .collect()
    }

    /// The entries that give a right, or would give it; those that a person has to look at first.
    pub(super) fn trail(&self, trail: &[Grant]) -> Vec<Evidence> {
        let mut telling: Vec<&Grant> = trail.iter().collect();
        if telling.len() > GRANTS_SHOWN {
            telling.sort_by_key(|grant| grant.effect == Effect::Grants);
            telling.truncate(GRANTS_SHOWN);
        }
        let more = trail.len() - telling.len();
        let rest = (more > 0).then(|| {
            let text = format!("and {more} more entries of the user's profile and permission sets");
            Evidence::new(EvidenceKind::Grant, text)
        });
        telling
            .into_iter()
            .map(|grant| {
                let kind = match grant.effect {
                    Effect::Muted => EvidenceKind::Muting,
                    _ => EvidenceKind::Grant,
                };
                self.fact(kind, grant.sentence(), grant.at)
                    .container(grant.container.to_string())
            })
            .chain(rest)
            .collect()
    }

    /// The user's containers that do not list `what`. Those that list it without effect are in the trail with the
    /// reason, under the name `right`.
    pub(super) fn no_grant(&self, what: &str, right: &str, trail: &[Grant]) -> Vec<Evidence> {
        let listed: BTreeSet<&ContainerRef> = trail
            .iter()
            .filter(|grant| grant.gives(right))
            .map(|grant| &grant.container)
            .collect();
        let held: Vec<_> = self
            .effective
            .held_as()
            .filter(|(container, _)| !listed.contains(container))
            .collect();
        let mut evidence: Vec<Evidence> = held
            .iter()
            .take(CONTAINERS_NAMED)
            .map(|(container, set)| {
                let label = container.to_string();
                let text = format!("{label} does not grant {what}");
                self.fact(EvidenceKind::NoGrant, text, set.at)
                    .container(label)
            })
            .collect();
        if let Some(more) = held.len().checked_sub(CONTAINERS_NAMED)
            && more > 0
        {
            let text = format!("nor do {more} other containers of the user");
            evidence.push(Evidence::new(EvidenceKind::NoGrant, text));
        }
        if held.is_empty() && listed.is_empty() {
            let text = format!("nothing is assigned to the user that could grant {what}");
            evidence.push(Evidence::new(EvidenceKind::NoGrant, text));
        }
        evidence
    }

    /// Where a field is defined.
    pub(super) fn defined(&self, object: &Name, field: &Name) -> Option<Evidence> {
        let definition = definition(self.snapshot, object, field)?;
        let text = format!("{object}.{} is defined here", definition.name);
        definition
            .at
            .map(|at| self.fact(EvidenceKind::Definition, text, Some(at)))
    }

    /// The profile, where its file may hold less than the profile grants (rule R6) and it has no entry that
    /// meets the condition.
    fn silent_profile(&self, lists: impl Fn(&PermissionSet) -> bool) -> Option<Evidence> {
        if self.snapshot.coverage.status(Area::Profiles) == CoverageStatus::Read {
            return None;
        }
        let profile = self
            .effective
            .held()
            .find(|set| set.kind == ContainerKind::Profile)?;
        if lists(profile) {
            return None;
        }
        let text = format!(
            "profile {} has no entry for it; a retrieved profile may hold less than the profile grants",
            profile.name
        );
        let label = format!("profile {}", profile.name);
        Some(
            self.fact(EvidenceKind::Coverage, text, profile.at)
                .container(label),
        )
    }

    /// Lowers a finding that rests on a profile's silence on a field.
    pub(super) fn unless_profile_is_silent_on_field(
        &self,
        finding: Finding,
        keys: &[(Name, Name)],
    ) -> Finding {
        lower(
            finding,
            self.silent_profile(|profile| {
                keys.iter()
                    .any(|(object, field)| !profile.field(object, field).is_empty())
            }),
        )
    }

    /// Lowers a finding that rests on a profile's silence on an object.
    pub(super) fn unless_profile_is_silent_on_object(
        &self,
        finding: Finding,
        object: &Name,
    ) -> Finding {
        lower(
            finding,
            self.silent_profile(|profile| !profile.object(object).is_empty()),
        )
    }

    /// Lowers a finding that rests on a profile's silence on a system permission.
    pub(super) fn unless_profile_is_silent_on(
        &self,
        finding: Finding,
        permission: &str,
    ) -> Finding {
        lower(
            finding,
            self.silent_profile(|profile| !profile.user_permission(permission).is_empty()),
        )
    }

    /// Lowers a finding that rests on a profile's silence on a custom permission.
    pub(super) fn unless_profile_is_silent_on_custom(
        &self,
        finding: Finding,
        permission: &str,
    ) -> Finding {
        lower(
            finding,
            self.silent_profile(|profile| !profile.custom_permission(permission).is_empty()),
        )
    }

    /// Where Setup keeps the access that is to be granted: the user's own permission set, or one to make.
    pub(super) fn setup_container(&self) -> String {
        let set = self
            .effective
            .assigned()
            .find(|set| set.kind == ContainerKind::PermissionSet && set.name.namespace().is_none());
        match set {
            Some(set) => format!(
                "Setup > Permission Sets > {}",
                set.label.as_deref().unwrap_or(set.name.as_str())
            ),
            None => "Setup > Permission Sets > (a permission set for the integration user)".into(),
        }
    }
}

fn lower(finding: Finding, silent: Option<Evidence>) -> Finding {
    match silent {
        Some(evidence) => finding.at_most(Confidence::Likely).evidence([evidence]),
        None => finding,
    }
}

/// `Read`, `Read and Edit`, `Read, Edit and Delete`.
pub(super) fn list_rights(rights: &[ObjectRight]) -> String {
    join_and(&rights.iter().map(|right| right.label()).collect::<Vec<_>>())
}

/// Joins words the way a sentence does.
pub(super) fn join_and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
