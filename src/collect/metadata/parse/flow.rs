//! Flows: what starts them, in whose name they run, and the elements that touch records.

use super::flow_element::{self, texts};
use super::{FlowVersion, Fragment, Source};
use crate::collect::flow_body::{RawFlow, body};
use crate::collect::metadata::xml::Fault;
use crate::snapshot::{Flow, Name};

/// A version of a flow. Metadata API format before 44.0 has one file for each, `Name-3.flow`.
pub(super) fn flow(source: &mut Source<'_, '_>, file_name: &str) -> Result<Fragment, Fault> {
    let root = source.document.root(&["Flow"])?;
    let (name, version) = split_version(file_name);
    let mut flow = Flow {
        name: source.names.name(name),
        label: None,
        process_type: None,
        status: None,
        run_in_mode: None,
        object: None,
        trigger_type: None,
        record_trigger_type: None,
        body: None,
        at: Some(source.place(&root)),
    };
    let mut process_object = None;
    let mut raw = RawFlow::default();
    while let Some(element) = source.child()? {
        match element.name {
            "processMetadataValues" => {
                if let Some(object) = object_of_process(source)? {
                    process_object = Some(object);
                }
            }
            "label" => flow.label = source.line_of_text()?,
            "processType" => flow.process_type = source.line_of_text()?,
            "status" => flow.status = source.line_of_text()?,
            "runInMode" => flow.run_in_mode = source.line_of_text()?,
            "start" => {
                while let Some(part) = source.child()? {
                    match part.name {
                        "object" => flow.object = source.name()?,
                        "triggerType" => flow.trigger_type = source.line_of_text()?,
                        "recordTriggerType" => flow.record_trigger_type = source.line_of_text()?,
                        "filterFormula" => raw.formulas.extend(source.full_text()?),
                        "filters" | "scheduledPaths" => texts(source, &mut raw)?,
                        _ => source.skip()?,
                    }
                }
            }
            _ => flow_element::read(source, &element, &mut raw)?,
        }
    }
    if flow.process_type.as_deref() == Some("Workflow") {
        flow.object = flow.object.or(process_object);
    }
    raw.object.clone_from(&flow.object);
    raw.before_save = flow.trigger_type.as_deref() == Some("RecordBeforeSave");
    flow.body = Some(body(raw));
    Ok(Fragment::Flow(Box::new(FlowVersion { flow, version })))
}

/// The object that a process of Process Builder is on: the value of its metadata value `ObjectType`.
fn object_of_process(source: &mut Source<'_, '_>) -> Result<Option<Name>, Fault> {
    let (mut is_object, mut object) = (false, None);
    while let Some(part) = source.child()? {
        match part.name {
            "name" => is_object = source.document.text()?.trim() == "ObjectType",
            "value" => {
                while let Some(value) = source.child()? {
                    match value.name {
                        "stringValue" => object = source.name()?,
                        _ => source.skip()?,
                    }
                }
            }
            _ => source.skip()?,
        }
    }
    Ok(object.filter(|_| is_object))
}

/// Which version of a flow is active.
pub(super) fn definition(source: &mut Source<'_, '_>, name: Name) -> Result<Fragment, Fault> {
    source.document.root(&["FlowDefinition"])?;
    let mut active = 0;
    while let Some(element) = source.child()? {
        match element.name {
            "activeVersionNumber" => {
                let text = source.document.text()?;
                match text.trim().parse() {
                    Ok(number) => active = number,
                    Err(_) => {
                        source.note(&element, "`<activeVersionNumber>` is not a number");
                        return Err(source.last_fault());
                    }
                }
            }
            _ => source.skip()?,
        }
    }
    Ok(Fragment::ActiveFlowVersion(name, active))
}

/// `Welcome-3` is version 3 of `Welcome`; the names of flows hold no hyphen.
fn split_version(file_name: &str) -> (&str, Option<u32>) {
    file_name
        .rsplit_once('-')
        .and_then(|(name, number)| Some((name, Some(number.parse().ok()?))))
        .unwrap_or((file_name, None))
}

#[cfg(test)]
mod tests {
    use super::split_version;

    #[test]
    fn only_a_number_after_a_hyphen_is_a_version() {
        assert_eq!(split_version("Welcome-12"), ("Welcome", Some(12)));
        assert_eq!(split_version("Welcome"), ("Welcome", None));
        assert_eq!(split_version("Wel-come"), ("Wel-come", None));
    }
}
