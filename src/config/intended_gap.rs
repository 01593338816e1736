//! Gaps that are meant to be there: selective sync hides objects and fields from HubSpot on purpose.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::finding::Finding;
use crate::snapshot::{Name, date::date};

/// One declared gap. Findings that it covers are shown and do not fail, until its end date.
#[derive(Debug, Clone, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IntendedGap {
    /// The object.
    pub object: Name,
    /// The field; without it every finding on the object is covered.
    #[serde(default)]
    pub field: Option<Name>,
    /// The audit; without it every audit's findings are covered.
    #[serde(default)]
    pub audit: Option<String>,
    /// Why the gap is meant to be there.
    #[serde(deserialize_with = "not_blank")]
    pub reason: String,
    /// The last day on which it counts.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub until: Date,
}

impl IntendedGap {
    /// Whether the gap's end date is past.
    pub fn ended_by(&self, today: Date) -> bool {
        self.until < today
    }

    /// Whether the gap is about what an audit finds on an object, or on one of its fields.
    pub fn covers(&self, object: &Name, field: Option<&Name>, audit: &str) -> bool {
        self.object == *object
            && (self.field.is_none() || self.field.as_ref() == field)
            && (self.audit.as_deref()).is_none_or(|named| named == audit)
    }

    /// Whether a finding is of the gap, its end date aside.
    pub fn covers_finding(&self, finding: &Finding) -> bool {
        finding
            .object
            .as_ref()
            .is_some_and(|object| self.covers(object, finding.field.as_ref(), finding.audit.id))
    }

    /// `Account.Secret__c` or `Account`.
    pub fn label(&self) -> String {
        match &self.field {
            Some(field) => format!("{}.{field}", self.object),
            None => self.object.to_string(),
        }
    }
}

fn not_blank<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        return Err(serde::de::Error::custom(
            "`reason` is blank: say why the gap is meant to be there",
        ));
    }
    Ok(text)
}
