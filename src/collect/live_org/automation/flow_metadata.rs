//! A flow's `Metadata`, as the Tooling API gives it, to a [`RawFlow`]: the JSON twin of the reader of metadata XML.
//!
//! In: JSON in which absent lists may be `[]` or null. Out: the elements in the order in which metadata XML holds them.

use serde_json::Value;

use crate::collect::flow_body::{RawAssignment, RawElement, RawFlow, RawVariable};
use crate::snapshot::{FlowCall, FlowStepKind, Name};

/// Elements whose references alone count (Metadata API Developer Guide, Flow).
const OF_REFERENCES: [&str; 5] = [
    "collectionProcessors",
    "customErrors",
    "decisions",
    "screens",
    "waits",
];

/// Where the metadata names something of the flow.
const REFERENCES: [&str; 4] = [
    "elementReference",
    "leftValueReference",
    "collectionReference",
    "inputReference",
];

/// What a flow's metadata says.
#[derive(Debug)]
pub(super) struct FlowMetadata<'j> {
    json: &'j Value,
}

impl<'j> FlowMetadata<'j> {
    pub(super) fn new(json: &'j Value) -> Self {
        Self { json }
    }

    /// The object whose saves start it: of the start element, or of a process the metadata value `ObjectType`.
    pub(super) fn object(&self) -> Option<Name> {
        let start = self.json.get("start").unwrap_or(&Value::Null);
        let is_process = text(self.json, "processType") == Some("Workflow");
        name(start, "object").or_else(|| {
            let values = list(self.json, "processMetadataValues");
            let mut of_object = values.filter(|value| text(value, "name") == Some("ObjectType"));
            let value = of_object.find_map(|value| value.get("value"))?;
            name(value, "stringValue").filter(|_| is_process)
        })
    }

    /// In whose mode it runs, where the definition says so.
    pub(super) fn run_in_mode(&self) -> Option<String> {
        text(self.json, "runInMode").map(str::to_owned)
    }

    /// `RecordAfterSave` and the like.
    pub(super) fn trigger_type(&self) -> Option<&'j str> {
        text(self.json.get("start")?, "triggerType")
    }

    /// The elements that touch records.
    pub(super) fn raw(&self) -> RawFlow {
        let mut raw = RawFlow {
            object: self.object(),
            before_save: self.trigger_type() == Some("RecordBeforeSave"),
            ..RawFlow::default()
        };
        if let Some(start) = self.json.get("start") {
            let formula = text(start, "filterFormula").map(str::to_owned);
            raw.formulas.extend(formula);
            for part in ["filters", "scheduledPaths"] {
                list(start, part).for_each(|value| references(value, &mut raw.references));
            }
        }
        for (of, kind) in [
            ("recordCreates", FlowStepKind::Create),
            ("recordDeletes", FlowStepKind::Delete),
            ("recordLookups", FlowStepKind::Lookup),
            ("recordUpdates", FlowStepKind::Update),
        ] {
            list(self.json, of).for_each(|element| records(element, kind, &mut raw));
        }
        for variable in list(self.json, "variables") {
            if let Some(name_of) = name(variable, "name") {
                let is_input = variable.get("isInput").and_then(Value::as_bool) == Some(true);
                let object = name(variable, "objectType");
                raw.variables
                    .insert(name_of, RawVariable { object, is_input });
            }
        }
        for element in list(self.json, "loops") {
            if let Some(over) = text(element, "collectionReference") {
                // Flows of before API version 47 put the record into a variable of their own.
                let holders = [
                    name(element, "name"),
                    name(element, "assignNextValueToReference"),
                ];
                for holder in holders.into_iter().flatten() {
                    raw.loops.insert(holder, over.to_owned());
                }
            }
        }
        list(self.json, "assignments").for_each(|element| assignment(element, &mut raw));
        list(self.json, "actionCalls")
            .for_each(|element| call(element, "actionName", "inputParameters", &mut raw));
        list(self.json, "subflows")
            .for_each(|element| call(element, "flowName", "inputAssignments", &mut raw));
        for formula in list(self.json, "formulas") {
            raw.formulas
                .extend(text(formula, "expression").map(str::to_owned));
        }
        for of in OF_REFERENCES {
            list(self.json, of).for_each(|element| references(element, &mut raw.references));
        }
        raw
    }
}

fn records(element: &Value, kind: FlowStepKind, raw: &mut RawFlow) {
    let Some(name_of) = name(element, "name") else {
        return;
    };
    let mut record = RawElement {
        kind,
        name: name_of,
        object: name(element, "object"),
        input: text(element, "inputReference").map(str::to_owned),
        output: text(element, "outputReference").map(str::to_owned),
        reads: Default::default(),
        writes: Default::default(),
        fault_handled: element.get("faultConnector").is_some_and(Value::is_object),
        at: None,
    };
    record.reads.extend(name(element, "sortField"));
    let queried = list(element, "queriedFields").filter_map(Value::as_str);
    record.reads.extend(queried.map(Name::new));
    for of in ["filters", "outputAssignments"] {
        for item in list(element, of) {
            record.reads.extend(name(item, "field"));
            references(
                item.get("value").unwrap_or(&Value::Null),
                &mut raw.references,
            );
        }
    }
    for item in list(element, "inputAssignments") {
        record.writes.extend(name(item, "field"));
        references(
            item.get("value").unwrap_or(&Value::Null),
            &mut raw.references,
        );
    }
    raw.elements.push(record);
}

fn assignment(element: &Value, raw: &mut RawFlow) {
    let Some(name_of) = name(element, "name") else {
        return;
    };
    for item in list(element, "assignmentItems") {
        let Some(to) = text(item, "assignToReference") else {
            continue;
        };
        let mut from = Vec::new();
        references(item.get("value").unwrap_or(&Value::Null), &mut from);
        raw.assignments.push(RawAssignment {
            element: name_of.clone(),
            to: to.to_owned(),
            from: from.pop(),
            at: None,
        });
    }
}

fn call(element: &Value, target: &str, inputs: &str, raw: &mut RawFlow) {
    list(element, inputs).for_each(|input| references(input, &mut raw.references));
    if let (Some(element_name), Some(target)) = (name(element, "name"), name(element, target)) {
        raw.calls.push(FlowCall {
            element: element_name,
            kind: text(element, "actionType").unwrap_or("subflow").to_owned(),
            target,
            at: None,
        });
    }
}

/// Every element reference inside a value. Its depth is bounded by the JSON reader's.
fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| references(value, into)),
        Value::Object(parts) => {
            for (key, value) in parts {
                match value.as_str() {
                    Some(text) if REFERENCES.contains(&key.as_str()) => {
                        into.extend(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
                    }
                    _ => references(value, into),
                }
            }
        }
        _ => {}
    }
}

fn list<'j>(value: &'j Value, key: &str) -> impl Iterator<Item = &'j Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'j>(value: &'j Value, key: &str) -> Option<&'j str> {
    let text = value.get(key)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

fn name(value: &Value, key: &str) -> Option<Name> {
    text(value, key).map(Name::new)
}
