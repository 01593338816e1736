//! Which scopes each feature of HubSpot's API needs: a table of data, and facts held against it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::snapshot::hubspot::HubSpotFacts;

const TABLE: &str = include_str!("scopes.toml");

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its name in flags and settings.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// All needed; each names those of which any one does.
    pub scopes: Vec<Vec<String>>,
    /// Whether permgap itself reads it.
    #[serde(default)]
    pub default: bool,
}

#[derive(Deserialize)]
struct Table {
    feature: Vec<Feature>,
}

/// Every feature, in the order of the table.
pub fn features() -> &'static [Feature] {
    static FEATURES: OnceLock<Vec<Feature>> = OnceLock::new();
    FEATURES.get_or_init(|| {
        // The table is a part of the program; a test reads it.
        toml::from_str::<Table>(TABLE)
            .map(|table| table.feature)
            .unwrap_or_default()
    })
}

/// Whether a feature of that name exists.
pub fn is_feature(name: &str) -> bool {
    features().iter().any(|feature| feature.name == name)
}

/// Whether the scopes of one feature are granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeState {
    /// All are.
    Granted,
    /// These are not; of each list any one would do.
    Missing(Vec<Vec<String>>),
    /// HubSpot did not tell.
    NotKnown,
}

impl Feature {
    /// Whether the token's scopes suffice, by what HubSpot lists or else by its own answer to a call.
    pub fn state(&self, facts: &HubSpotFacts) -> ScopeState {
        if let Some(granted) = facts.token.as_ref().and_then(|token| token.scopes.as_ref()) {
            let missing: Vec<Vec<String>> = self
                .scopes
                .iter()
                .filter(|any| !any.iter().any(|scope| granted.contains(scope)))
                .cloned()
                .collect();
            return if missing.is_empty() {
                ScopeState::Granted
            } else {
                ScopeState::Missing(missing)
            };
        }
        let probe = facts.probes.iter().find(|probe| probe.feature == self.name);
        match probe.map(|probe| &probe.refusal) {
            Some(None) => ScopeState::Granted,
            Some(Some(refusal)) if refusal.status == Some(403) && refusal.is_of_scopes() => {
                ScopeState::Missing(self.scopes.clone())
            }
            _ => ScopeState::NotKnown,
        }
    }
}

impl crate::snapshot::hubspot::Refusal {
    /// Whether a scope is what was missing, and not the rights of a user.
    pub fn is_of_scopes(&self) -> bool {
        self.category.as_deref() == Some("MISSING_SCOPES")
            || !self.any_of_scopes.is_empty()
            || self.message.contains("does not have proper permissions")
    }
}

impl HubSpotFacts {
    /// The features that the token is meant for: those declared, or what permgap itself reads.
    pub fn wanted_features(&self) -> impl Iterator<Item = &'static Feature> {
        features().iter().filter(|feature| {
            if self.features.is_empty() {
                feature.default
            } else {
                self.features.contains(&feature.name)
            }
        })
    }

    /// Granted scopes that no wanted feature asks for, in any of its ways; none where HubSpot does not tell the scopes.
    pub fn unused_scopes(&self) -> Option<Vec<&str>> {
        let granted = self.token.as_ref()?.scopes.as_ref()?;
        let used: BTreeSet<&str> = self
            .wanted_features()
            .flat_map(|feature| feature.scopes.iter().flatten())
            .map(String::as_str)
            .chain(["oauth"])
            .collect();
        Some(
            granted
                .iter()
                .map(String::as_str)
                .filter(|scope| !used.contains(scope))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_sound() {
        assert!(features().len() > 30);
        let names: BTreeSet<_> = features().iter().map(|feature| &feature.name).collect();
        assert_eq!(names.len(), features().len());
        for feature in features() {
            assert!(!feature.scopes.is_empty() && feature.scopes.iter().all(|any| !any.is_empty()));
        }
        assert_eq!(
            features().iter().filter(|feature| feature.default).count(),
            6
        );
    }
}
