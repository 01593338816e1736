//! The active triggers on the objects, and the classes that their source leads to.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Wanted;
use super::super::ask::Ask;
use super::super::wire::full_name;
use super::rows::{ClassRow, TriggerRow};
use crate::collect::apex_source::{facts, prune};
use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{Apex, ApexKind, Area, Name};

const AREAS: &[Area] = &[Area::Apex];

/// So many calls from the trigger, classes are followed. Deeper ones are said to be left out.
const MOST_ROUNDS: usize = 6;

/// So many classes are read; their source is what an org has most of.
const MOST_CLASSES: usize = 500;

/// Triggers and, round by round, the classes that they name.
pub(in super::super) async fn apex(ask: &Ask<'_>, wanted: &Wanted) -> Vec<Apex> {
    let binding = Query::ApexTriggers.bind().names("objects", &wanted.objects);
    let rows = ask
        .rows::<TriggerRow>(AREAS, binding, &OrgSchema::default())
        .await;
    let triggers: Vec<Apex> = rows
        .into_iter()
        .flatten()
        .map(|row| Apex {
            kind: ApexKind::Trigger,
            name: full_name(row.namespace_prefix.as_deref(), &row.name),
            object: row
                .entity_definition
                .and_then(|object| object.qualified_api_name),
            api_version: row.api_version.map(version),
            status: row.status,
            body: row.body.as_deref().and_then(facts),
            at: None,
        })
        .collect();
    let mut classes: BTreeMap<Name, Apex> = BTreeMap::new();
    // Most names are no classes of the org: they are the platform's own, objects and variables.
    let mut known: BTreeSet<Name> = BTreeSet::new();
    let mut due = named(&triggers, &known);
    for round in 0.. {
        if due.is_empty() {
            break;
        }
        if round == MOST_ROUNDS || classes.len() >= MOST_CLASSES {
            ask.ledger.lack(
                Area::Apex,
                format!(
                    "classes were followed for {MOST_ROUNDS} calls from the triggers and up to {MOST_CLASSES}, and some lie \
                     beyond: {}",
                    some(&due)
                ),
            );
            break;
        }
        let Some(found) = read(ask, &due).await else {
            break;
        };
        known.append(&mut due);
        due = named(&found, &known);
        classes.extend(found.into_iter().map(|class| (class.name.clone(), class)));
    }
    let names: BTreeSet<Name> = classes.keys().cloned().collect();
    let mut all: Vec<Apex> = classes.into_values().chain(triggers).collect();
    for apex in &mut all {
        prune(apex, &names);
    }
    all.sort_by(|a, b| {
        (a.kind == ApexKind::Trigger, &a.name).cmp(&(b.kind == ApexKind::Trigger, &b.name))
    });
    all
}

/// The names in the source of classes and triggers that were not asked for.
fn named(of: &[Apex], known: &BTreeSet<Name>) -> BTreeSet<Name> {
    of.iter()
        .filter_map(|apex| apex.body.as_ref())
        .flat_map(|body| &body.calls)
        .filter(|name| !known.contains(*name))
        .cloned()
        .collect()
}

/// The classes among some names. A name with a namespace is told apart only here: an org can have the class of a
/// package, and one of its own of the same name.
async fn read(ask: &Ask<'_>, names: &BTreeSet<Name>) -> Option<Vec<Apex>> {
    let bare: BTreeSet<&str> = names
        .iter()
        .map(|name| {
            let text = name.as_str();
            text.split_once("__").map_or(text, |(_, name)| name)
        })
        .filter(|name| crate::salesforce::soql::is_api_name(name))
        .collect();
    let binding = Query::ApexClasses.bind().texts("names", bare);
    let rows = ask
        .rows::<ClassRow>(AREAS, binding, &OrgSchema::default())
        .await?;
    let classes = rows.into_iter().map(|row| Apex {
        kind: ApexKind::Class,
        name: full_name(row.namespace_prefix.as_deref(), &row.name),
        object: None,
        api_version: row.api_version.map(version),
        status: row.status,
        body: row.body.as_deref().and_then(facts),
        at: None,
    });
    Some(
        classes
            .filter(|class| names.contains(&class.name))
            .collect(),
    )
}

fn version(number: f64) -> String {
    format!("{number:.1}")
}

/// A few of the names, and how many there are.
fn some(names: &BTreeSet<Name>) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(Name::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more names", shown.join(", ")),
    }
}
