//! What is fixed about an audit: its id, its grades and its documentation.

use crate::finding::{Confidence, Severity};

/// The fixed facts about one audit.
#[derive(Debug, PartialEq, Eq)]
pub struct AuditMeta {
    /// Its id, which is its file's name with dashes: `field-not-editable`. Never reused.
    pub id: &'static str,
    /// The permission-error type of the HubSpot-Salesforce guide, 1 to 13.
    pub error_type: Option<u8>,
    /// One line for lists.
    pub title: &'static str,
    /// What breaks, unless a finding says otherwise.
    pub severity: Severity,
    /// How sure a finding is at best.
    pub confidence: Confidence,
    /// The status codes that Salesforce answers the sync with.
    pub salesforce_errors: &'static [&'static str],
    /// The card of HubSpot's Sync Health tab that the error appears on.
    pub hubspot_category: Option<&'static str>,
    /// Its documentation in Markdown, under fixed headings.
    pub docs: &'static str,
}
