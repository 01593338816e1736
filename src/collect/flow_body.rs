//! What a flow does, from the elements of its definition.
//!
//! In: a [`RawFlow`], which metadata XML and the Tooling API's JSON can both fill. Out: a [`FlowBody`], in which record
//! variables, loops and assignments are followed to the objects and fields that are read and written. Knows no file
//! format.

use std::collections::{BTreeMap, BTreeSet};

use crate::formula::{parse, references, without_braces};
use crate::snapshot::{FlowBody, FlowCall, FlowStep, FlowStepKind, Name, Place};

/// The elements of a flow (Metadata API Developer Guide, Flow), as far as they touch records.
#[derive(Debug, Default)]
pub(super) struct RawFlow {
    /// The object of the start element.
    pub(super) object: Option<Name>,
    /// Whether the flow runs before the record is saved, so that assignments to it are what it writes.
    pub(super) before_save: bool,
    /// Get, Create, Update and Delete Records.
    pub(super) elements: Vec<RawElement>,
    /// Record variables with their objects, and whether a caller may fill them.
    pub(super) variables: BTreeMap<Name, RawVariable>,
    /// Loops, with what they go over.
    pub(super) loops: BTreeMap<Name, String>,
    /// `assignToReference` with the element reference that is assigned, and where.
    pub(super) assignments: Vec<RawAssignment>,
    /// Formulas, filter formulas among them.
    pub(super) formulas: Vec<String>,
    /// Every other element reference: in conditions, values, collections.
    pub(super) references: Vec<String>,
    /// Subflows and actions.
    pub(super) calls: Vec<FlowCall>,
}

/// Where the metadata names something of the flow.
pub(super) const REFERENCES: [&str; 4] = [
    "collectionReference",
    "elementReference",
    "inputReference",
    "leftValueReference",
];

/// Where it names what an element fills: a screen's field that is bound to a record, an output.
pub(super) const FILLED: [&str; 2] = ["assignToReference", "objectFieldReference"];

/// Texts in which `{!Holder.Field}` stands for a value.
pub(super) const TEMPLATES: [&str; 6] = [
    "choiceText",
    "errorMessage",
    "fieldText",
    "helpText",
    "stringValue",
    "text",
];

impl RawFlow {
    /// Takes what an element that works on no records itself refers to, under the name of the part of the metadata that says
    /// it.
    pub(super) fn refer(&mut self, part: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if REFERENCES.contains(&part) {
            self.references.push(text.to_owned());
        } else if FILLED.contains(&part) {
            self.fill(text, None);
        } else {
            self.merge(text);
        }
    }

    /// An element fills a variable, or a field of one.
    pub(super) fn fill(&mut self, to: &str, at: Option<Place>) {
        // What is shown on a screen is read as well.
        self.references.push(to.to_owned());
        self.assignments.push(RawAssignment {
            element: Name::new(""),
            to: to.to_owned(),
            from: None,
            at,
        });
    }

    /// Adds an element; one that creates or updates, by what it finds, counts as both.
    pub(super) fn add_element(&mut self, element: RawElement, upserts: bool) {
        if upserts {
            self.elements.push(RawElement {
                kind: FlowStepKind::Update,
                ..element.clone()
            });
        }
        self.elements.push(element);
    }

    /// Choices that are records. Those of a picklist or a collection are not.
    pub(super) fn add_choices(
        &mut self,
        name: Option<Name>,
        object: Option<Name>,
        reads: Vec<Name>,
        at: Option<Place>,
    ) {
        if let (Some(name), Some(object)) = (name, object) {
            self.elements.push(RawElement {
                kind: FlowStepKind::Lookup,
                name,
                object: Some(object),
                input: None,
                output: None,
                reads: reads.into_iter().collect(),
                writes: BTreeSet::new(),
                fault_handled: false,
                at,
            });
        }
    }

    /// A Transform element: a variable with the fields that it fills.
    pub(super) fn add_transform(
        &mut self,
        name: Option<Name>,
        variable: RawVariable,
        fields: &[Name],
    ) {
        let Some(name) = name else { return };
        for field in fields {
            self.assignments.push(RawAssignment {
                element: name.clone(),
                to: format!("{name}.{field}"),
                from: None,
                at: None,
            });
        }
        self.variables.insert(name, variable);
    }

    /// The merge fields of a text.
    pub(super) fn merge(&mut self, text: &str) {
        for part in text.split("{!").skip(1) {
            if let Some((path, _)) = part.split_once('}') {
                self.references.push(path.trim().to_owned());
            }
        }
    }
}

/// A variable.
#[derive(Debug, Default)]
pub(super) struct RawVariable {
    /// The object, for a record or a collection of records.
    pub(super) object: Option<Name>,
    /// Whether a caller may fill it.
    pub(super) is_input: bool,
}

/// One item of an assignment element.
#[derive(Debug)]
pub(super) struct RawAssignment {
    /// The element that the item is of.
    pub(super) element: Name,
    /// What is assigned to: `var`, `var.Field`, `$Record.Field`.
    pub(super) to: String,
    /// What is assigned, where it is a reference.
    pub(super) from: Option<String>,
    /// Where the element is defined.
    pub(super) at: Option<Place>,
}

/// An element that works on records.
#[derive(Debug, Clone)]
pub(super) struct RawElement {
    pub(super) kind: FlowStepKind,
    pub(super) name: Name,
    pub(super) object: Option<Name>,
    /// The variable that holds the records to write.
    pub(super) input: Option<String>,
    /// The variable that receives what is read.
    pub(super) output: Option<String>,
    /// Fields of filters, sort order, queries and output assignments.
    pub(super) reads: BTreeSet<Name>,
    /// Fields of input assignments.
    pub(super) writes: BTreeSet<Name>,
    pub(super) fault_handled: bool,
    pub(super) at: Option<Place>,
}

/// So many steps are taken from variable to variable; real flows need two or three.
const MOST_HOPS: usize = 16;

/// Follows variables and loops.
pub(super) fn body(raw: RawFlow) -> FlowBody {
    let mentioned = mentioned(&raw);
    let mut steps: Vec<FlowStep> = raw
        .elements
        .iter()
        .map(|element| step(&raw, element, &mentioned))
        .collect();
    if raw.before_save {
        steps.extend(record_assignments(&raw));
    }
    FlowBody {
        steps,
        calls: raw.calls,
    }
}

/// Every `holder.Field` that the flow mentions: fields by holder.
fn mentioned(raw: &RawFlow) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut all: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    let mut add = |path: &str| {
        // `holder.Relationship.Field` reads another object's field, which whoever knows the org follows.
        if let Some((holder, field)) = path.split_once('.') {
            all.entry(Name::new(holder))
                .or_default()
                .insert(Name::new(field));
        }
    };
    for path in &raw.references {
        add(path);
    }
    for from in raw
        .assignments
        .iter()
        .filter_map(|item| item.from.as_deref())
    {
        add(from);
    }
    for formula in &raw.formulas {
        if let Ok(ast) = parse(&without_braces(formula)) {
            let names = references(&ast);
            for path in names.fields.iter().chain(&names.globals) {
                add(path);
            }
        }
    }
    all
}

fn step(
    raw: &RawFlow,
    element: &RawElement,
    mentioned: &BTreeMap<Name, BTreeSet<Name>>,
) -> FlowStep {
    let input = element.input.as_deref().map(Name::new);
    let object = element
        .object
        .clone()
        .or_else(|| object_of(raw, input.as_ref()?));
    let mut reads = element.reads.clone();
    let mut writes = element.writes.clone();
    let mut writes_more = false;
    if element.kind == FlowStepKind::Lookup {
        // What a query stores is under its own name or a variable's, and under the loops over either.
        let output = element.output.as_deref().map(Name::new);
        let holders = aliases(
            raw,
            [Some(element.name.clone()), output].into_iter().flatten(),
            Way::From,
        );
        for holder in &holders {
            reads.extend(mentioned.get(holder).into_iter().flatten().cloned());
        }
    }
    if let Some(input) = input
        && matches!(element.kind, FlowStepKind::Create | FlowStepKind::Update)
    {
        let holders = aliases(raw, [input], Way::Into);
        let before = writes.len();
        for item in &raw.assignments {
            if let Some((holder, field)) = item.to.split_once('.')
                && !field.contains('.')
                && holders.contains(&Name::new(holder))
            {
                writes.insert(Name::new(field));
            }
        }
        let filled_elsewhere = holders.iter().any(|holder| {
            raw.variables
                .get(holder)
                .is_some_and(|known| known.is_input)
        });
        writes_more = filled_elsewhere || writes.len() == before;
    }
    reads.retain(|field| !field.is("Id") && !field.as_str().is_empty());
    FlowStep {
        element: element.name.clone(),
        kind: element.kind,
        object,
        reads: reads.into_iter().collect(),
        writes: writes.into_iter().collect(),
        writes_more,
        fault_handled: element.fault_handled,
        at: element.at,
    }
}

/// Which way values go: from a query into what uses it, or into a variable that is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    From,
    Into,
}

/// The names that stand for the same records: variables assigned from or to each other, and loops.
fn aliases(raw: &RawFlow, of: impl IntoIterator<Item = Name>, way: Way) -> BTreeSet<Name> {
    let mut all: BTreeSet<Name> = of.into_iter().collect();
    for _ in 0..MOST_HOPS {
        let mut more: Vec<Name> = Vec::new();
        for (element, collection) in &raw.loops {
            if all.contains(&Name::new(collection)) {
                more.push(element.clone());
            }
        }
        for item in &raw.assignments {
            let Some(from) = item.from.as_deref() else {
                continue;
            };
            if item.to.contains('.') || from.contains('.') {
                continue;
            }
            let (known, next) = match way {
                Way::From => (from, item.to.as_str()),
                Way::Into => (item.to.as_str(), from),
            };
            if all.contains(&Name::new(known)) {
                more.push(Name::new(next));
            }
        }
        let before = all.len();
        all.extend(more);
        if all.len() == before {
            break;
        }
    }
    all
}

/// The object of the records that a name stands for.
fn object_of(raw: &RawFlow, name: &Name) -> Option<Name> {
    let mut name = name.clone();
    for _ in 0..MOST_HOPS {
        if name.is("$Record") || name.is("$Record__Prior") {
            return raw.object.clone();
        }
        if let Some(variable) = raw.variables.get(&name) {
            return variable.object.clone();
        }
        if let Some(lookup) = raw.elements.iter().find(|element| element.name == name) {
            return lookup.object.clone();
        }
        name = Name::new(raw.loops.get(&name)?);
    }
    None
}

/// What a flow that runs before the save assigns to the record, one step for each assignment element.
fn record_assignments(raw: &RawFlow) -> Vec<FlowStep> {
    let mut steps: Vec<FlowStep> = Vec::new();
    for item in &raw.assignments {
        let Some((holder, field)) = item.to.split_once('.') else {
            continue;
        };
        if !holder.eq_ignore_ascii_case("$Record") || field.contains('.') {
            continue;
        }
        let field = Name::new(field);
        match steps.iter_mut().find(|step| step.element == item.element) {
            Some(step) => {
                step.writes.push(field);
                step.writes.sort();
                step.writes.dedup();
            }
            None => steps.push(FlowStep {
                element: item.element.clone(),
                kind: FlowStepKind::Update,
                object: raw.object.clone(),
                reads: Vec::new(),
                writes: vec![field],
                writes_more: false,
                fault_handled: false,
                at: item.at,
            }),
        }
    }
    steps
}
