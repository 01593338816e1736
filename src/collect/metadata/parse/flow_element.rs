//! The elements of a flow that read, write, hold or call something.

use super::Source;
use crate::collect::flow_body::{RawAssignment, RawElement, RawFlow, RawVariable};
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
        "formulas" => {
            while let Some(part) = source.child()? {
                match part.name {
                    "expression" => raw.formulas.extend(source.full_text()?),
                    _ => source.skip()?,
                }
            }
            Ok(())
        }
        "decisions" | "screens" | "collectionProcessors" | "customErrors" | "waits" => {
            texts(source, &mut raw.references)
        }
        _ => source.skip(),
    }
}

/// Every element reference inside the element just taken, however deep.
pub(super) fn texts(source: &mut Source<'_, '_>, into: &mut Vec<String>) -> Result<(), Fault> {
    const REFERENCES: [&str; 4] = [
        "elementReference",
        "leftValueReference",
        "collectionReference",
        "inputReference",
    ];
    let mut depth = 0_usize;
    loop {
        match source.child()? {
            Some(part) if REFERENCES.contains(&part.name) => into.extend(source.line_of_text()?),
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
    let mut name = None;
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
            "filters" | "outputAssignments" => {
                record
                    .reads
                    .extend(field_and_value(source, &mut raw.references)?);
            }
            "inputAssignments" => {
                record
                    .writes
                    .extend(field_and_value(source, &mut raw.references)?);
            }
            "faultConnector" => {
                record.fault_handled = true;
                source.skip()?;
            }
            _ => source.skip()?,
        }
    }
    if let Some(name) = name {
        record.name = name;
        raw.elements.push(record);
    }
    Ok(())
}

/// The field of a filter or assignment; what it is set against goes to the references.
fn field_and_value(
    source: &mut Source<'_, '_>,
    references: &mut Vec<String>,
) -> Result<Option<Name>, Fault> {
    let mut field = None;
    while let Some(part) = source.child()? {
        match part.name {
            "field" => field = source.name()?,
            "value" => texts(source, references)?,
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
                let (mut to, mut from) = (None, Vec::new());
                while let Some(item) = source.child()? {
                    match item.name {
                        "assignToReference" => to = source.line_of_text()?,
                        "value" => texts(source, &mut from)?,
                        _ => source.skip()?,
                    }
                }
                items.extend(to.map(|to| (to, from.pop())));
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
            "inputParameters" | "inputAssignments" => texts(source, &mut raw.references)?,
            text if text == target_element => target = source.name()?,
            _ => source.skip()?,
        }
    }
    if let (Some(element), Some(target)) = (name, target) {
        raw.calls.push(FlowCall {
            element,
            kind: kind.unwrap_or_else(|| "subflow".to_owned()),
            target,
            at,
        });
    }
    Ok(())
}
