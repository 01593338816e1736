//! API names, compared as Salesforce compares them.
//!
//! In: text from metadata, the API or a mapping file. Out: [`Name`], a cheap-to-clone API name whose
//! equality, order and hash fold ASCII case. Knows nothing of what is named.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An API name of an object, field, profile, permission set, record type …
///
/// Salesforce compares API names without regard to ASCII case (SOQL and SOSL Reference, "SOQL SELECT
/// Syntax"; rule R20 for file names), so `Name::new("industry") == Name::new("Industry")`. The spelling
/// first seen is kept for display.
#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// Makes a name, keeping the spelling given.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The name as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` names the same thing.
    pub fn is(&self, text: &str) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }

    /// Orders the name against a text, folding ASCII case, without making a `Name` of the text.
    pub fn cmp_text(&self, text: &str) -> Ordering {
        compare_folded(&self.0, text)
    }

    /// Whether the name ends in `suffix`, folding ASCII case (`__c`, `__mdt` …).
    pub fn has_suffix(&self, suffix: &str) -> bool {
        let (name, suffix) = (self.0.as_bytes(), suffix.as_bytes());
        name.len() >= suffix.len() && name[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
    }

    /// Whether the name is that of a custom object or field (`X__c`, `X__mdt`, `X__e` …), not of a
    /// standard one.
    ///
    /// Custom names end in a double underscore and a suffix (Object Reference, "Custom Objects").
    /// A field name can end in `__s` (part of a geolocation), `__pc` (person account) or `__r` as well.
    pub fn is_custom(&self) -> bool {
        match self.0.rfind("__") {
            Some(at) => at > 0 && self.0.len() > at + 2,
            None => false,
        }
    }

    /// The namespace prefix of a custom name: `SBQQ` of `SBQQ__Quote__c`; none for `Quote__c` or `Name`.
    pub fn namespace(&self) -> Option<&str> {
        if !self.is_custom() {
            return None;
        }
        let body = &self.0[..self.0.rfind("__")?];
        let (namespace, rest) = body.split_once("__")?;
        (!namespace.is_empty() && !rest.is_empty()).then_some(namespace)
    }
}

fn compare_folded(a: &str, b: &str) -> Ordering {
    // Look-ups spend their time here: a plain loop over bytes, most of which are equal as they stand.
    for (a, b) in a.as_bytes().iter().zip(b.as_bytes()) {
        if a != b {
            match a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
    }
    a.len().cmp(&b.len())
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        compare_folded(&self.0, &other.0)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

/// Hands out one shared allocation for each spelling of a name.
///
/// A tree with 50 permission sets names each field 50 times; a reader that interns holds each name once.
/// One interner serves one thread.
#[derive(Debug, Default)]
pub struct NameInterner(HashSet<ExactText>);

/// Exact text, so that an interner keeps differing spellings apart.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactText(Arc<str>);

impl Borrow<str> for ExactText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl NameInterner {
    /// The name spelled exactly `text`, shared with every earlier one of that spelling.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.0.get(text) {
            return Name(Arc::clone(&known.0));
        }
        let shared: Arc<str> = Arc::from(text);
        self.0.insert(ExactText(Arc::clone(&shared)));
        Name(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_ascii_case_only() {
        assert_eq!(Name::new("Industry"), Name::new("INDUSTRY"));
        assert_ne!(Name::new("É__c"), Name::new("é__c"));
        assert_eq!(Name::new("b").cmp(&Name::new("A")), Ordering::Greater);
        assert!(Name::new("X__MDT").has_suffix("__mdt"));
    }

    #[test]
    fn namespaces_are_told_from_local_names() {
        assert_eq!(Name::new("SBQQ__Quote__c").namespace(), Some("SBQQ"));
        assert_eq!(Name::new("Quote__c").namespace(), None);
        assert_eq!(Name::new("Place__Latitude__s").namespace(), Some("Place"));
        assert_eq!(Name::new("Industry").namespace(), None);
        assert!(!Name::new("__c").is_custom());
    }

    #[test]
    fn an_interner_shares_equal_spellings() {
        let mut names = NameInterner::default();
        let (a, b) = (names.name("Industry"), names.name("Industry"));
        assert!(Arc::ptr_eq(&a.0, &b.0));
        assert_eq!(names.name("industry").as_str(), "industry");
    }
}
