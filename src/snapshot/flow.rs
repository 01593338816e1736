//! Flows: what starts them, in whose name they run, and what they read and write.

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// A flow: one version of it, the active one where several are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// API name.
    pub name: Name,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `AutoLaunchedFlow`, `Flow` (screen flow), `Workflow` (process) …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_type: Option<String>,
    /// `Active`, `Draft`, `Obsolete`, `InvalidDraft`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `DefaultMode`, `SystemModeWithSharing`, `SystemModeWithoutSharing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_in_mode: Option<String>,
    /// The object whose saves start it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Name>,
    /// `RecordBeforeSave`, `RecordAfterSave`, `Scheduled` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_type: Option<String>,
    /// `Create`, `Update`, `CreateAndUpdate`, `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_trigger_type: Option<String>,
    /// What it does; none where the source hides it (managed packages do) or gives only the inventory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<FlowBody>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl Flow {
    /// Whether this version runs.
    pub fn is_active(&self) -> bool {
        self.status.as_deref() == Some("Active")
    }

    /// Whether it takes the rights of whoever starts it (Metadata API Developer Guide, Flow, `runInMode`: the default depends
    /// on how the flow is launched). A flow with a trigger and a process run in system context. Of any other type that there
    /// may be, nothing says that it does not.
    pub fn runs_as_user(&self) -> bool {
        let is_process = matches!(
            self.process_type.as_deref(),
            Some("Workflow" | "InvocableProcess" | "CustomEvent")
        );
        let own_mode = self
            .run_in_mode
            .as_deref()
            .is_none_or(|mode| mode == "DefaultMode");
        !is_process && own_mode && self.trigger_type.is_none()
    }
}

/// What a flow does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowBody {
    /// The elements that read or write records, in the order of the definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<FlowStep>,
    /// What it calls, in the order of the definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<FlowCall>,
}

/// What an element does with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowStepKind {
    /// Get Records.
    Lookup,
    /// Create Records.
    Create,
    /// Update Records, and assignments to the record that started the flow.
    Update,
    /// Delete Records.
    Delete,
}

/// An element that reads or writes records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    /// API name of the element.
    pub element: Name,
    /// What it does.
    pub kind: FlowStepKind,
    /// The object; none where it depends on a variable that could not be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Name>,
    /// The fields of the object that it reads, and paths to fields of related records (`Account.Name`): filters, sort order,
    /// queried fields, and what the flow does with the record. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Name>,
    /// The fields of the object that it writes. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Name>,
    /// Whether the fields that it writes come from elsewhere in part: a variable that a caller or Apex fills.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub writes_more: bool,
    /// Whether a fault path catches its errors, so that a lack of access does not end the flow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fault_handled: bool,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl FlowCall {
    /// Whether what it starts is a flow: as a subflow, or as a process does.
    pub fn starts_flow(&self) -> bool {
        matches!(self.kind.as_str(), "subflow" | "flow")
    }
}

/// Something that a flow starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCall {
    /// API name of the element.
    pub element: Name,
    /// `subflow`, or the type of the action: `apex`, `flow`, `emailAlert` …
    pub kind: String,
    /// The flow, Apex class or action.
    pub target: Name,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}
