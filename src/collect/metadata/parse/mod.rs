//! One metadata file to facts.
//!
//! In: a file's text and what its path tells of it. Out: [`Facts`]: a [`Fragment`] of the org, and the faults met.
//! A file that is not well-formed gives no facts but its name, for what it defines exists and is not known.
//! Knows nothing of other files.
//!
//! Element names are those of the Metadata API (Metadata API Developer Guide; metadata WSDL 66.0); elements that
//! no audit uses are passed over.

mod apex;
mod container;
mod custom_permission;
mod field;
mod flow;
mod flow_element;
mod group;
mod object;

mod sharing;
mod value_set;

use super::kind::{FileKind, Identity};
use super::xml::{Document, Element, Fault};
use crate::snapshot::{
    Apex, ApexKind, ContainerKind, CustomPermission, Field, Flow, Name, NameInterner,
    PermissionSet, PermissionSetGroup, Place, RecordType, SObject, SharingRule, ValidationRule,
    ValueSet,
};

pub(super) use apex::{class as apex_class, trigger as apex_trigger};

/// What one file defines.
#[derive(Debug)]
pub(super) enum Fragment {
    Object(Box<SObject>),
    Field(Name, Box<Field>),
    RecordType(Name, Box<RecordType>),
    ValidationRule(Name, Box<ValidationRule>),
    Container(Box<PermissionSet>),
    Group(Box<PermissionSetGroup>),
    Flow(Box<FlowVersion>),
    /// Which version of a flow is active; 0 for none.
    ActiveFlowVersion(Name, u32),
    Apex(Box<Apex>),
    SharingRules(Vec<SharingRule>),
    ValueSet(Box<ValueSet>),
    CustomPermission(Box<CustomPermission>),
}

/// One version of a flow; the file name gives the number where it has one.
#[derive(Debug)]
pub(super) struct FlowVersion {
    pub(super) flow: Flow,
    pub(super) version: Option<u32>,
}

/// What came of one file.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) fragment: Option<Fragment>,
    pub(super) faults: Vec<Fault>,
    /// Nothing of the file could be used.
    pub(super) broken: bool,
}

/// Reads one XML file.
pub(super) fn parse(text: &str, identity: &Identity, file: u32, names: &mut NameInterner) -> Facts {
    let mut source = Source {
        document: Document::new(text),
        names,
        file,
        faults: Vec::new(),
        fault_count: 0,
    };
    match fragment(&mut source, identity) {
        Ok(fragment) => Facts {
            fragment: Some(fragment),
            faults: source.into_faults(),
            broken: false,
        },
        Err(fault) => broken(fault, identity, file),
    }
}

/// What is left of a file that cannot be used: that the thing it defines exists.
pub(super) fn broken(fault: Fault, identity: &Identity, file: u32) -> Facts {
    let name = Name::new(&identity.name);
    let at = Some(Place {
        file,
        line: fault.line.unwrap_or(1),
    });
    let container = |kind| {
        let mut container = PermissionSet::new(kind, name.clone());
        container.incomplete = true;
        container.at = at;
        Some(Fragment::Container(Box::new(container)))
    };
    let fragment = match identity.kind {
        FileKind::Profile => container(ContainerKind::Profile),
        FileKind::PermissionSet | FileKind::PermissionSetPart => {
            container(ContainerKind::PermissionSet)
        }
        FileKind::MutingPermissionSet => container(ContainerKind::MutingPermissionSet),
        FileKind::PermissionSetGroup => {
            let mut group = PermissionSetGroup::new(name);
            group.incomplete = true;
            group.at = at;
            Some(Fragment::Group(Box::new(group)))
        }
        FileKind::Object => {
            let mut object = SObject::new(name);
            object.incomplete = true;
            Some(Fragment::Object(Box::new(object)))
        }
        FileKind::Field => identity.object.as_deref().map(|object| {
            let mut field = Field::new(name);
            field.incomplete = true;
            field.at = at;
            Fragment::Field(Name::new(object), Box::new(field))
        }),
        FileKind::ApexClass | FileKind::ApexClassMeta => {
            Some(apex::unknown(ApexKind::Class, name, at))
        }
        FileKind::ApexTrigger | FileKind::ApexTriggerMeta => {
            Some(apex::unknown(ApexKind::Trigger, name, at))
        }
        _ => None,
    };
    Facts {
        fragment,
        faults: vec![fault],
        broken: true,
    }
}

fn fragment(source: &mut Source<'_, '_>, identity: &Identity) -> Result<Fragment, Fault> {
    let name = source.names.name(&identity.name);
    let of_object = |source: &mut Source<'_, '_>| match &identity.object {
        Some(object) => Ok(source.names.name(object)),
        None => Err(Fault::new(
            None,
            "its path does not tell the object: it belongs in `objects/<Object>/`",
        )),
    };
    let fragment = match identity.kind {
        FileKind::Object => Fragment::Object(Box::new(object::whole(source, name)?)),
        FileKind::Field => {
            let object = of_object(source)?;
            let root = source.document.root(&["CustomField"])?;
            match field::field(source, &root, Some(name))? {
                Some(field) => Fragment::Field(object, Box::new(field)),
                None => return Err(Fault::new(None, "the field has no name")),
            }
        }
        FileKind::RecordType => {
            let object = of_object(source)?;
            let root = source.document.root(&["RecordType"])?;
            match object::record_type(source, &root, Some(name))? {
                Some(record_type) => Fragment::RecordType(object, Box::new(record_type)),
                None => return Err(source.last_fault()),
            }
        }
        FileKind::ValidationRule => {
            let object = of_object(source)?;
            let root = source.document.root(&["ValidationRule"])?;
            match object::validation_rule(source, &root, Some(name))? {
                Some(rule) => Fragment::ValidationRule(object, Box::new(rule)),
                None => return Err(source.last_fault()),
            }
        }
        FileKind::Profile => container::whole(source, ContainerKind::Profile, name)?,
        FileKind::PermissionSet => container::whole(source, ContainerKind::PermissionSet, name)?,
        FileKind::MutingPermissionSet => {
            container::whole(source, ContainerKind::MutingPermissionSet, name)?
        }
        FileKind::PermissionSetPart => container::part(source, name)?,
        FileKind::PermissionSetGroup => group::group(source, name)?,
        FileKind::Flow => flow::flow(source, &identity.name)?,
        FileKind::FlowDefinition => flow::definition(source, name)?,
        FileKind::ApexClassMeta => apex::meta(source, ApexKind::Class, name)?,
        FileKind::ApexTriggerMeta => apex::meta(source, ApexKind::Trigger, name)?,
        FileKind::ApexClass | FileKind::ApexTrigger => {
            return Err(Fault::new(None, "Apex is not XML"));
        }
        FileKind::SharingRules => {
            let object = of_object(source)?;
            sharing::whole(source, &object)?
        }
        FileKind::SharingRule(kind) => {
            let object = of_object(source)?;
            sharing::single(source, &object, kind, name)?
        }
        FileKind::GlobalValueSet => value_set::shared(source, name, false)?,
        FileKind::StandardValueSet => value_set::shared(source, name, true)?,
        FileKind::CustomPermission => custom_permission::custom_permission(source, name)?,
    };
    source.document.finish()?;
    Ok(fragment)
}

/// A file being read: the cursor, and what reading leaves behind.
pub(super) struct Source<'x, 'w> {
    document: Document<'x>,
    names: &'w mut NameInterner,
    file: u32,
    /// The first [`MOST_FAULTS`] things that are wrong.
    faults: Vec<Fault>,
    /// How many things are wrong.
    fault_count: usize,
}

/// How many faults of one file are told one by one. A file can be wrong in each of its entries, and finding a
/// line takes time.
const MOST_FAULTS: usize = 20;

impl<'x> Source<'x, '_> {
    fn child(&mut self) -> Result<Option<Element<'x>>, Fault> {
        self.document.child()
    }

    fn skip(&mut self) -> Result<(), Fault> {
        self.document.skip()
    }

    fn place(&mut self, element: &Element<'_>) -> Place {
        Place {
            file: self.file,
            line: self.document.line(element),
        }
    }

    /// The element's text without the white space around it, as a name; none where it is empty.
    fn name(&mut self) -> Result<Option<Name>, Fault> {
        let text = self.document.text()?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| self.names.name(text)))
    }

    /// The element's text without the white space around it; none where it is empty.
    fn line_of_text(&mut self) -> Result<Option<String>, Fault> {
        let text = self.document.text()?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// The element's text as it is; none where it is blank.
    fn full_text(&mut self) -> Result<Option<String>, Fault> {
        let text = self.document.text()?;
        Ok((!text.trim().is_empty()).then(|| text.into_owned()))
    }

    /// The element's text as a truth value; none, and a fault noted, where it is neither `true` nor `false`.
    fn boolean(&mut self, element: &Element<'_>) -> Result<Option<bool>, Fault> {
        let text = self.document.text()?;
        Ok(match text.trim_ascii() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            other => {
                let shown: String = other.chars().take(40).collect();
                let message = format!(
                    "`<{}>` holds `{shown}`, where only `true` or `false` may stand",
                    element.name
                );
                self.note(element, message);
                None
            }
        })
    }

    /// The element's text as a truth value.
    ///
    /// # Errors
    /// A text that is neither `true` nor `false`, where everything in the file hangs on it.
    fn decisive_boolean(&mut self, element: &Element<'_>) -> Result<bool, Fault> {
        match self.boolean(element)? {
            Some(value) => Ok(value),
            None => Err(self.last_fault()),
        }
    }

    /// Notes something wrong that costs one entry and not the file.
    fn note(&mut self, element: &Element<'_>, message: impl Into<String>) {
        self.fault_count += 1;
        if self.fault_count <= MOST_FAULTS {
            let line = self.document.line(element);
            self.faults.push(Fault::new(Some(line), message));
        }
    }

    /// The fault noted last, where it costs the whole file.
    fn last_fault(&mut self) -> Fault {
        self.faults
            .pop()
            .unwrap_or_else(|| Fault::new(None, "it has no name"))
    }

    /// The faults noted; those above the limit as one.
    fn into_faults(mut self) -> Vec<Fault> {
        let more = self.fault_count.saturating_sub(MOST_FAULTS);
        if more > 0 {
            let message = format!("{more} more entries of the file are wrong in such ways");
            self.faults.push(Fault::new(None, message));
        }
        self.faults
    }
}
