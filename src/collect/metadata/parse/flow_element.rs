//! The elements of a flow that read, write, hold or call something.

use super::Source;
use crate::collect::flow_body::{
    FILLED, REFERENCES, RawAssignment, RawElement, RawFlow, RawVariable, TEMPLATES,
};
use crate::collect::metadata::xml::{Element, Fault};
use crate::snapshot::{FlowCall, FlowStepKind, Name};

/// Reads one top-level element of a flow into `raw`; passes over what touches no records.
pub(super) fn read(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    raw: &mut RawFlow,
) -> Result<(), Fault> {
    match element.name {
        "recordLookups" => records(source, element, FlowStepKind::Lookup, raw),
        "recordCreates" => records(source, element, FlowStepKind::Create, raw),
        "recordUpdates" => records(source, element, FlowStepKind::Update, raw),
        "recordDeletes" => records(source, element, FlowStepKind::Delete, raw),
        "variables" => variable(source, raw),
        "loops" => looping(source, raw),
        "assignments" => assignment(source, element, raw),
        "subflows" => call(source, element, "flowName", raw),
        "actionCalls" => call(source, element, "actionName", raw),
        // A plug-in of before invocable methods is a class all the same.
        "apexPluginCalls" => call(source, element, "apexClass", raw),
        "dynamicChoiceSets" => choices(source, element, raw),
        "collectionProcessors" => looping(source, raw),
        "transforms" => transform(source, raw),
        "formulas" => {
            while let Some(part) = source.child()? {
                match part.name {
                    "expression" => raw.formulas.extend(source.full_text()?),
                    _ => source.skip()?,
                }
            }
            Ok(())
        }
        "choices" | "customErrors" | "decisions" | "screens" | "textTemplates" | "waits" => {
            texts(source, raw)
        }
        _ => source.skip(),
    }
}

/// Everything of the flow that the element just taken refers to, however deep.
pub(super) fn texts(source: &mut Source<'_, '_>, raw: &mut RawFlow) -> Result<(), Fault> {
    let mut depth = 0_usize;
    loop {
        match source.child()? {
            Some(part) if REFERENCES.contains(&part.name) || FILLED.contains(&part.name) => {
                if let Some(text) = source.line_of_text()? {
                    raw.refer(part.name, &text);
                }
            }
            Some(part) if TEMPLATES.contains(&part.name) => {
                if let Some(text) = source.full_text()? {
                    raw.refer(part.name, &text);
                }
            }
            Some(_) => depth = depth.saturating_add(1),
            None if depth == 0 => return Ok(()),
            None => depth -= 1,
        }
    }
}

fn records(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    kind: FlowStepKind,
    raw: &mut RawFlow,
) -> Result<(), Fault> {
    let at = Some(source.place(element));
    let (mut name, mut upserts) = (None, false);
    let mut record = RawElement {
        kind,
        name: Name::new(""),
        object: None,
        input: None,
        output: None,
        reads: Default::default(),
        writes: Default::default(),
        fault_handled: false,
        at,
    };
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "object" => record.object = source.name()?,
            "inputReference" => record.input = source.line_of_text()?,
            "outputReference" => record.output = source.line_of_text()?,
            "queriedFields" | "sortField" => record.reads.extend(source.name()?),
            "filters" | "outputAssignments" => record.reads.extend(field_and_value(source, raw)?),
            "inputAssignments" => record.writes.extend(field_and_value(source, raw)?),
            "doesUpsert" => upserts = source.boolean(&part)?.unwrap_or_default(),
            "faultConnector" => {
                record.fault_handled = true;
                source.skip()?;
            }
            _ => source.skip()?,
        }
    }
    if let Some(name) = name {
        record.name = name;
        raw.add_element(record, upserts);
    }
    Ok(())
}

/// Choices that are records: a query like any other.
fn choices(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    raw: &mut RawFlow,
) -> Result<(), Fault> {
    let at = Some(source.place(element));
    let (mut name, mut object, mut reads) = (None, None, Vec::new());
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "object" => object = source.name()?,
            "displayField" | "valueField" | "sortField" => reads.extend(source.name()?),
            "filters" | "outputAssignments" => reads.extend(field_and_value(source, raw)?),
            "collectionReference" => raw.references.extend(source.line_of_text()?),
            _ => source.skip()?,
        }
    }
    raw.add_choices(name, object, reads, at);
    Ok(())
}

/// A Transform element makes records, and is what they are called by.
fn transform(source: &mut Source<'_, '_>, raw: &mut RawFlow) -> Result<(), Fault> {
    let (mut name, mut variable, mut fields) = (None, RawVariable::default(), Vec::new());
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "objectType" => variable.object = source.name()?,
            "transformValues" => {
                let mut depth = 0_usize;
                loop {
                    match source.child()? {
                        Some(part) if part.name == "outputFieldApiName" => {
                            fields.extend(source.name()?);
                        }
                        Some(part) if REFERENCES.contains(&part.name) => {
                            raw.references.extend(source.line_of_text()?);
                        }
                        Some(_) => depth = depth.saturating_add(1),
                        None if depth == 0 => break,
                        None => depth -= 1,
                    }
                }
            }
            _ => source.skip()?,
        }
    }
    raw.add_transform(name, variable, &fields);
    Ok(())
}

/// The field of a filter or assignment; what it is set against, or what it fills, goes to the flow.
fn field_and_value(source: &mut Source<'_, '_>, raw: &mut RawFlow) -> Result<Option<Name>, Fault> {
    let mut field = None;
    while let Some(part) = source.child()? {
        match part.name {
            "field" => field = source.name()?,
            "value" => texts(source, raw)?,
            "assignToReference" => {
                if let Some(to) = source.line_of_text()? {
                    raw.fill(&to, None);
                }
            }
            _ => source.skip()?,
        }
    }
    Ok(field)
}

fn variable(source: &mut Source<'_, '_>, raw: &mut RawFlow) -> Result<(), Fault> {
    let mut name = None;
    let mut variable = RawVariable::default();
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "objectType" => variable.object = source.name()?,
            "isInput" => variable.is_input = source.boolean(&part)?.unwrap_or_default(),
            _ => source.skip()?,
        }
    }
    if let Some(name) = name {
        raw.variables.insert(name, variable);
    }
    Ok(())
}

fn looping(source: &mut Source<'_, '_>, raw: &mut RawFlow) -> Result<(), Fault> {
    let (mut name, mut over, mut variable) = (None, None, None);
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "collectionReference" => over = source.line_of_text()?,
            // Flows of before API version 47 put the record into a variable of their own.
            "assignNextValueToReference" => variable = source.name()?,
            // Of a collection's processor.
            "conditions" | "mapItems" | "sortOptions" => texts(source, raw)?,
            "formula" => raw.formulas.extend(source.full_text()?),
            _ => source.skip()?,
        }
    }
    if let Some(over) = over {
        for holder in [name, variable].into_iter().flatten() {
            raw.loops.insert(holder, over.clone());
        }
    }
    Ok(())
}

fn assignment(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    raw: &mut RawFlow,
) -> Result<(), Fault> {
    let at = Some(source.place(element));
    let mut name = None;
    let mut items = Vec::new();
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "assignmentItems" => {
                let (mut to, mut from) = (None, None);
                while let Some(item) = source.child()? {
                    match item.name {
                        "assignToReference" => to = source.line_of_text()?,
                        "value" => from = value(source, raw)?,
                        _ => source.skip()?,
                    }
                }
                items.extend(to.map(|to| (to, from)));
            }
            _ => source.skip()?,
        }
    }
    let Some(name) = name else {
        return Ok(());
    };
    raw.assignments
        .extend(items.into_iter().map(|(to, from)| RawAssignment {
            element: name.clone(),
            to,
            from,
            at,
        }));
    Ok(())
}

/// What a value refers to, where it is a reference; the merge fields of a text go to the flow.
fn value(source: &mut Source<'_, '_>, raw: &mut RawFlow) -> Result<Option<String>, Fault> {
    let mut from = None;
    while let Some(part) = source.child()? {
        match part.name {
            "elementReference" => from = source.line_of_text()?,
            "stringValue" => {
                if let Some(text) = source.full_text()? {
                    raw.merge(&text);
                }
            }
            _ => source.skip()?,
        }
    }
    Ok(from)
}

fn call(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    target_element: &str,
    raw: &mut RawFlow,
) -> Result<(), Fault> {
    let at = Some(source.place(element));
    let (mut name, mut target, mut kind) = (None, None, None);
    while let Some(part) = source.child()? {
        match part.name {
            "name" => name = source.name()?,
            "actionType" => kind = source.line_of_text()?,
            "inputParameters" | "inputAssignments" | "outputParameters" | "outputAssignments" => {
                texts(source, raw)?;
            }
            text if text == target_element => target = source.name()?,
            _ => source.skip()?,
        }
    }
    if let (Some(element), Some(target)) = (name, target) {
        raw.calls.push(FlowCall {
            element,
            kind: kind.unwrap_or_else(|| {
                let kind = if target_element == "apexClass" {
                    "apex"
                } else {
                    "subflow"
                };
                kind.to_owned()
            }),
            target,
            at,
        });
    }
    Ok(())
}
