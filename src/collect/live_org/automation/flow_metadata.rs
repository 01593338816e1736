//! A flow's `Metadata`, as the Tooling API gives it, to a [`RawFlow`]: the JSON twin of the reader of metadata XML.
//!
//! In: JSON in which absent lists may be `[]` or null. Out: the elements in the order in which metadata XML holds them.

use serde_json::Value;

use crate::collect::flow_body::{
    FILLED, REFERENCES, RawAssignment, RawElement, RawFlow, RawVariable, TEMPLATES,
};
use crate::snapshot::{FlowCall, FlowStepKind, Name};

/// Elements whose references alone count (Metadata API Developer Guide, Flow).
const OF_REFERENCES: [&str; 6] = [
    "choices",
    "customErrors",
    "decisions",
    "screens",
    "textTemplates",
    "waits",
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
                list(start, part).for_each(|value| references(value, &mut raw));
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
        let collections = ["loops", "collectionProcessors"];
        for element in collections.iter().flat_map(|of| list(self.json, of)) {
            for part in ["conditions", "mapItems", "sortOptions"] {
                list(element, part).for_each(|item| references(item, &mut raw));
            }
            raw.formulas
                .extend(text(element, "formula").map(str::to_owned));
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
        for (of, target) in [
            ("actionCalls", "actionName"),
            ("apexPluginCalls", "apexClass"),
            ("subflows", "flowName"),
        ] {
            list(self.json, of).for_each(|element| call(element, target, &mut raw));
        }
        list(self.json, "dynamicChoiceSets").for_each(|element| choices(element, &mut raw));
        list(self.json, "transforms").for_each(|element| transform(element, &mut raw));
        for formula in list(self.json, "formulas") {
            raw.formulas
                .extend(text(formula, "expression").map(str::to_owned));
        }
        for of in OF_REFERENCES {
            list(self.json, of).for_each(|element| references(element, &mut raw));
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
            references(item, raw);
        }
    }
    for item in list(element, "inputAssignments") {
        record.writes.extend(name(item, "field"));
        references(item, raw);
    }
    let upserts = element.get("doesUpsert").and_then(Value::as_bool) == Some(true);
    raw.add_element(record, upserts);
}

fn choices(element: &Value, raw: &mut RawFlow) {
    let mut reads: Vec<Name> = Vec::new();
    for part in ["displayField", "valueField", "sortField"] {
        reads.extend(name(element, part));
    }
    for of in ["filters", "outputAssignments"] {
        for item in list(element, of) {
            reads.extend(name(item, "field"));
            references(item, raw);
        }
    }
    raw.references
        .extend(text(element, "collectionReference").map(str::to_owned));
    raw.add_choices(name(element, "name"), name(element, "object"), reads, None);
}

fn transform(element: &Value, raw: &mut RawFlow) {
    let variable = RawVariable {
        object: name(element, "objectType"),
        is_input: false,
    };
    let mut fields = Vec::new();
    for value in list(element, "transformValues") {
        for action in list(value, "transformValueActions") {
            fields.extend(name(action, "outputFieldApiName"));
            references(action, raw);
        }
    }
    raw.add_transform(name(element, "name"), variable, &fields);
}

fn assignment(element: &Value, raw: &mut RawFlow) {
    let Some(name_of) = name(element, "name") else {
        return;
    };
    for item in list(element, "assignmentItems") {
        let Some(to) = text(item, "assignToReference") else {
            continue;
        };
        let value = item.get("value").unwrap_or(&Value::Null);
        if let Some(template) = text(value, "stringValue") {
            raw.merge(template);
        }
        raw.assignments.push(RawAssignment {
            element: name_of.clone(),
            to: to.to_owned(),
            from: text(value, "elementReference").map(str::to_owned),
            at: None,
        });
    }
}

fn call(element: &Value, target_key: &str, raw: &mut RawFlow) {
    for part in [
        "inputParameters",
        "inputAssignments",
        "outputParameters",
        "outputAssignments",
    ] {
        list(element, part).for_each(|item| references(item, raw));
    }
    let usual = if target_key == "apexClass" {
        "apex"
    } else {
        "subflow"
    };
    if let (Some(element_name), Some(target)) = (name(element, "name"), name(element, target_key)) {
        raw.calls.push(FlowCall {
            element: element_name,
            kind: text(element, "actionType").unwrap_or(usual).to_owned(),
            target,
            at: None,
        });
    }
}

/// Everything of the flow that a value refers to. Its depth is bounded by the JSON reader's.
fn references(value: &Value, raw: &mut RawFlow) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| references(value, raw)),
        Value::Object(parts) => {
            for (key, value) in parts {
                let known = [&REFERENCES[..], &FILLED, &TEMPLATES]
                    .iter()
                    .any(|parts| parts.contains(&key.as_str()));
                match value.as_str() {
                    Some(text) if known => raw.refer(key, text),
                    _ => references(value, raw),
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
