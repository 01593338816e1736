//! Rows on rules, flows, Apex and settings as the API gives them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::wire::Named;
use crate::snapshot::Name;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RuleRow {
    pub(super) id: String,
    pub(super) validation_name: Name,
    #[serde(default)]
    pub(super) active: bool,
    pub(super) error_display_field: Option<Name>,
    pub(super) error_message: Option<String>,
    pub(super) namespace_prefix: Option<String>,
    pub(super) manageable_state: Option<String>,
    pub(super) entity_definition: Option<Named>,
}

/// The part of a validation rule that only its own row tells.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RuleBody {
    #[serde(rename = "Metadata")]
    pub(super) metadata: Option<RuleMetadata>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleMetadata {
    pub(super) error_condition_formula: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FlowViewRow {
    pub(super) api_name: Name,
    pub(super) label: Option<String>,
    pub(super) process_type: Option<String>,
    pub(super) trigger_type: Option<String>,
    pub(super) record_trigger_type: Option<String>,
    pub(super) trigger_object_or_event: Option<Named>,
    pub(super) active_version_id: Option<String>,
    pub(super) namespace_prefix: Option<String>,
    pub(super) manageable_state: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FlowRow {
    pub(super) id: String,
    pub(super) run_in_mode: Option<String>,
}

/// A row of a hierarchy custom setting, by the user, profile or org that it is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SettingRow {
    pub(super) id: String,
    pub(super) setup_owner_id: Option<String>,
}

/// A record with all its fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct WholeRow(pub(in super::super) BTreeMap<Name, Value>);

/// The part of a flow that only its own row tells.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FlowMetadataRow {
    #[serde(rename = "Metadata")]
    pub(super) metadata: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TriggerRow {
    pub(super) name: String,
    pub(super) namespace_prefix: Option<String>,
    pub(super) entity_definition: Option<Named>,
    pub(super) status: Option<String>,
    pub(super) api_version: Option<f64>,
    #[serde(default)]
    pub(super) body: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClassRow {
    pub(super) name: String,
    pub(super) namespace_prefix: Option<String>,
    pub(super) status: Option<String>,
    pub(super) api_version: Option<f64>,
    #[serde(default)]
    pub(super) body: Option<String>,
}
