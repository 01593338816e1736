//! Where access grew without need from one report to the next.
//!
//! In: two reports. Out: rights that the newer shows, the older did not, and that no mapping needs. A report holds rights on
//! what is mapped, by its rows; of what is not mapped it holds what the findings of least privilege say.

use std::collections::{BTreeMap, BTreeSet};

use super::{Widened, v1};
use crate::effective::{FieldNature, Governed, field_nature};
use crate::finding::{Change, Operation};
use crate::snapshot::{Name, ObjectRight, Snapshot};

type ObjectRightOf = fn(&v1::ObjectHas) -> Option<bool>;

const OBJECT_RIGHTS: [(&str, ObjectRight, ObjectRightOf); 6] = [
    ("read", ObjectRight::Read, |has| has.read),
    ("create", ObjectRight::Create, |has| has.create),
    ("edit", ObjectRight::Edit, |has| has.edit),
    ("delete", ObjectRight::Delete, |has| has.delete),
    ("view_all", ObjectRight::ViewAll, |has| has.view_all),
    ("modify_all", ObjectRight::ModifyAll, |has| has.modify_all),
];

/// Access that grew without need: by the rows of both reports, and by the findings of least privilege that are open in both.
pub(super) fn widened(old: &v1::Report, new: &v1::Report) -> Vec<Widened> {
    let mut widened = by_rows(old, new);
    by_findings(old, new, &mut widened);
    widened.into_iter().collect()
}

/// Rights that the rows of the new report show, that those of the old one did not, and that no row needs.
///
/// Create and Delete are needed by settings and not by rows, so they count as needed where a finding of the old report
/// asked for them; so does what Salesforce demands beside a right that is needed.
fn by_rows(old: &v1::Report, new: &v1::Report) -> BTreeSet<Widened> {
    let before = Had::of(old);
    let mut widened = BTreeSet::new();
    for mapping in &new.mappings {
        let object = mapping.object.to_ascii_lowercase();
        for (name, right, of) in OBJECT_RIGHTS {
            if of(&mapping.has.object) == Some(true)
                && let Some(was) = before.objects.get(&object).map(of)
                && was != Some(true)
                && !needs_right(old, new, &object, right)
            {
                widened.insert(Widened {
                    object: mapping.object.clone(),
                    field: None,
                    right: name,
                    certain: was.is_some(),
                    text: None,
                });
            }
        }
        let field = (object.clone(), mapping.field.to_ascii_lowercase());
        let (Some(was), Some(on_object)) = (before.fields.get(&field), before.objects.get(&object))
        else {
            continue;
        };
        let nature = nature(&mapping.object, &mapping.field);
        for (name, operation, now, was, by_object) in [
            (
                "read",
                Operation::Read,
                mapping.has.field.read,
                was.read,
                on_object.read,
            ),
            (
                "edit",
                Operation::Edit,
                mapping.has.field.edit,
                was.edit,
                on_object.edit,
            ),
        ] {
            // What field-level security does not govern comes with the object's own right, which is judged by itself.
            let with_object = nature.governed == Governed::No && by_object != Some(true);
            if now == Some(true)
                && was != Some(true)
                && !with_object
                && !needs_field(new, &object, &nature, operation)
            {
                widened.insert(Widened {
                    object: mapping.object.clone(),
                    field: Some(mapping.field.clone()),
                    right: name,
                    certain: was.is_some(),
                    text: None,
                });
            }
        }
    }
    widened
}

/// Whether a row or a setting needs the right on the object, or another one that cannot be had without it.
fn needs_right(old: &v1::Report, new: &v1::Report, object: &str, right: ObjectRight) -> bool {
    let by_row = (new.mappings.iter())
        .filter(|row| row.object.eq_ignore_ascii_case(object))
        .flat_map(|row| &row.needs)
        .filter_map(|operation| match operation {
            Operation::Read => Some(ObjectRight::Read),
            Operation::Edit => Some(ObjectRight::Edit),
            _ => None,
        });
    let asked = asked_for(old, object);
    (by_row.chain(asked)).any(|needed| needed == right || needed.prerequisites().has(right))
}

/// The rights on an object that findings ask for.
fn asked_for(report: &v1::Report, object: &str) -> BTreeSet<ObjectRight> {
    let mut asked = BTreeSet::new();
    for finding in &report.findings {
        match &finding.fix.change {
            Some(Change::GrantObject { object: on, rights }) if on.is(object) => {
                asked.extend(rights.iter());
            }
            _ => {}
        }
        let own = (finding.object.as_deref()).is_some_and(|on| on.eq_ignore_ascii_case(object));
        // What is called broader than needed is the contrary of asked for.
        if own && !LEAST_PRIVILEGE.contains(&finding.audit.as_str()) {
            asked.extend(match finding.operation {
                Some(Operation::Create) => Some(ObjectRight::Create),
                Some(Operation::Delete) => Some(ObjectRight::Delete),
                _ => None,
            });
        }
    }
    asked
}

/// What is known of a field by its name alone.
fn nature(object: &str, field: &str) -> FieldNature {
    let (object, field) = (Name::new(object), Name::new(field));
    let mut nature = field_nature(&Snapshot::default(), &object, &field);
    if field.is("Name") && object.is_custom() {
        // The Name of a custom object, an automatic number too, has no field-level security.
        nature.governed = Governed::No;
    }
    nature
}

/// Whether a row needs it of the field, or of another one that shares its entry: the parts of an address have theirs from
/// the whole.
fn needs_field(new: &v1::Report, object: &str, own: &FieldNature, operation: Operation) -> bool {
    (new.mappings.iter())
        .filter(|row| row.object.eq_ignore_ascii_case(object) && row.needs.contains(&operation))
        .any(|row| {
            let other = nature(&row.object, &row.field);
            other.keys.iter().any(|key| own.keys.contains(key))
        })
}

/// The audits whose findings tell of access that nothing needs.
const LEAST_PRIVILEGE: [&str; 2] = ["broader-than-needed", "shared-with-people"];

/// What the findings of least privilege that are open in both reports tell of now, and did not before.
fn by_findings(old: &v1::Report, new: &v1::Report, widened: &mut BTreeSet<Widened>) {
    let mapped =
        |object: &str| (new.mappings.iter()).any(|row| row.object.eq_ignore_ascii_case(object));
    for finding in &new.findings {
        if !LEAST_PRIVILEGE.contains(&finding.audit.as_str()) {
            continue;
        }
        let Some(was) = (old.findings.iter()).find(|it| it.fingerprint == finding.fingerprint)
        else {
            continue;
        };
        if was.title == finding.title || finding.object.as_deref().is_some_and(mapped) {
            // Rows tell it, right by right.
            continue;
        }
        let object = finding.object.clone().unwrap_or_default();
        let more = |object: String, certain: bool| Widened {
            object,
            field: None,
            right: "more",
            certain,
            text: Some(finding.title.clone()),
        };
        let (Some(before), Some(now)) = (Listed::of(&was.title), Listed::of(&finding.title)) else {
            if !only_fewer(&was.title, &finding.title) {
                widened.insert(more(object, true));
            }
            continue;
        };
        let added: Vec<&str> = (now.names.iter())
            .filter(|name| !before.names.contains(*name))
            .copied()
            .collect();
        for name in &added {
            widened.insert(Widened {
                object: (*name).to_owned(),
                field: None,
                right: "change",
                certain: before.unnamed == 0,
                text: None,
            });
        }
        // Names beyond the first few are only counted.
        if now.unnamed > before.unnamed {
            widened.insert(more(object, before.unnamed == 0));
        }
    }
}

/// The objects that a title lists: `…: Campaign, Contract, and 3 more`.
struct Listed<'t> {
    names: BTreeSet<&'t str>,
    unnamed: usize,
}

impl<'t> Listed<'t> {
    fn of(title: &'t str) -> Option<Self> {
        let (_, list) = title.split_once("that no mapping touches: ")?;
        let mut listed = Self {
            names: BTreeSet::new(),
            unnamed: 0,
        };
        for item in list.split(", ") {
            let rest = (item.strip_prefix("and ")).and_then(|text| text.strip_suffix(" more"));
            match rest.and_then(|count| count.parse().ok()) {
                Some(count) => listed.unnamed = count,
                None => {
                    listed.names.insert(item);
                }
            }
        }
        Some(listed)
    }
}

/// Whether two titles begin with a number of users, the later with the smaller one, on the same profile.
fn only_fewer(was: &str, now: &str) -> bool {
    let count = |title: &str| -> Option<usize> { title.split(' ').next()?.parse().ok() };
    let profile = |title: &str| {
        title
            .rsplit_once(" profile ")
            .map(|(_, name)| name.to_owned())
    };
    match (count(was), count(now)) {
        (Some(was_many), Some(many)) => many <= was_many && profile(was) == profile(now),
        _ => false,
    }
}

/// What the user had by a report, by names in lower case.
struct Had {
    objects: BTreeMap<String, v1::ObjectHas>,
    fields: BTreeMap<(String, String), v1::FieldHas>,
}

impl Had {
    fn of(report: &v1::Report) -> Self {
        let mut had = Self {
            objects: BTreeMap::new(),
            fields: BTreeMap::new(),
        };
        for mapping in &report.mappings {
            let object = mapping.object.to_ascii_lowercase();
            let field = mapping.field.to_ascii_lowercase();
            had.objects.insert(object.clone(), mapping.has.object);
            had.fields.insert((object, field), mapping.has.field);
        }
        had
    }
}
