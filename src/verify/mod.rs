//! What Salesforce answers the integration user itself, against what permgap computed.
//!
//! In: effective permissions, what the sync needs, the describe of each object as the user sees it, and its rights on
//! sampled records. Out: how many answers agree, and each that does not with both sides. No I/O.

use std::collections::BTreeMap;

use crate::compare::Right;
use crate::effective::{EffectivePermissions, Existence, Known, NeverEditable};
use crate::mapping::requirements::Requirements;
use crate::snapshot::{Name, ObjectRight, RecordSample, SampledRecord, short_id};

/// What Salesforce answered the user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// On each object.
    pub objects: BTreeMap<Name, Answer>,
    /// On the sampled records of each object; else why it was not asked.
    pub records: BTreeMap<Name, Result<Vec<SampledRecord>, String>>,
}

/// What Salesforce answered on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its describe, which shows what the caller may see and do (SOAP API Developer Guide, DescribeSObjectResult).
    Described(Described),
    /// Salesforce says that there is no such object, as it does of one that the caller may not read.
    Denied,
    /// No answer was had, and why.
    NotAsked(String),
}

/// The describe of an object, as far as it tells of access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// Whether records can be read by a query.
    pub read: bool,
    /// Whether records can be created.
    pub create: bool,
    /// Whether records can be updated.
    pub edit: bool,
    /// Whether records can be deleted.
    pub delete: bool,
    /// The fields that the caller can read, and whether it can set each on create or update.
    pub fields: BTreeMap<Name, bool>,
    /// Record types by developer name, and whether the caller may use each.
    pub record_types: BTreeMap<Name, bool>,
}

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A right that permissions give.
    Right(Right),
    /// Read of a record by id, or Edit where the flag is set: what sharing gives as well.
    Record(Name, String, bool),
}

impl Checked {
    /// What kind of right, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Right(right) => right.kind(),
            Self::Record(..) => "record",
        }
    }

    /// What it is on: `Account`, `Account.Industry`, `Account 0015g00000XyzAbAAA`.
    pub fn on(&self) -> String {
        match self {
            Self::Right(right) => right.on(),
            Self::Record(object, id, _) => format!("{object} {id}"),
        }
    }

    /// What it allows: `read`, `edit`, `use`.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Right(right) => right.what(),
            Self::Record(_, _, true) => "edit",
            Self::Record(_, _, false) => "read",
        }
    }
}

impl From<Right> for Checked {
    fn from(right: Right) -> Self {
        Self::Right(right)
    }
}

/// One right with both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The right.
    pub right: Checked,
    /// What permgap computed.
    pub computed: Known,
    /// What Salesforce answers.
    pub salesforce: bool,
}

/// What came of the comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many answers agree.
    pub agree: usize,
    /// Where the two contradict each other.
    pub differ: Vec<Check>,
    /// What permgap could not tell, and Salesforce now answers.
    pub settled: Vec<Check>,
    /// What could not be asked, each a sentence.
    pub not_asked: Vec<String>,
}

impl Verified {
    fn check(&mut self, right: impl Into<Checked>, computed: Known, salesforce: bool) {
        let check = Check {
            right: right.into(),
            computed,
            salesforce,
        };
        match computed {
            Known::Unknown => self.settled.push(check),
            known if known == Known::from(salesforce) => self.agree += 1,
            _ => self.differ.push(check),
        }
    }
}

/// Compares every right on the objects, mapped fields and used record types of the sync.
pub fn verify(
    effective: &EffectivePermissions<'_>,
    requirements: &Requirements,
    answers: &Answers,
    samples: &BTreeMap<Name, RecordSample>,
) -> Verified {
    let mut verified = Verified::default();
    for (object, answer) in &answers.objects {
        let denied = Described::default();
        let described = match answer {
            Answer::Described(described) => described,
            Answer::Denied => &denied,
            Answer::NotAsked(why) => {
                verified.not_asked.push(format!("{object}: {why}"));
                continue;
            }
        };
        objects(effective, object, described, &mut verified);
        fields(effective, requirements, object, described, &mut verified);
        for used in requirements
            .record_types
            .iter()
            .filter(|used| used.object == *object)
        {
            let right = Right::RecordType(object.clone(), used.name.clone());
            let computed = effective.record_type(object, &used.name);
            let available = described.record_types.get(&used.name) == Some(&true);
            verified.check(right, computed, available);
        }
    }
    for (object, answer) in &answers.records {
        let sampled = samples
            .get(object)
            .map_or(&[][..], |sample| &sample.records);
        match answer {
            Ok(answered) => records(object, sampled, answered, &mut verified),
            Err(why) => verified.not_asked.push(format!("{object} records: {why}")),
        }
    }
    verified
}

/// Compares what an admin's session was told of the user with what the user's own is told.
fn records(
    object: &Name,
    sampled: &[SampledRecord],
    answered: &[SampledRecord],
    verified: &mut Verified,
) {
    let own: BTreeMap<&str, &SampledRecord> = (answered.iter())
        .map(|record| (short_id(&record.id), record))
        .collect();
    let mut silent = Vec::new();
    for record in sampled {
        let right = |edit| Checked::Record(object.clone(), record.id.clone(), edit);
        match own.get(short_id(&record.id)) {
            Some(own) => {
                verified.check(right(false), record.readable.into(), own.readable);
                verified.check(right(true), record.editable.into(), own.editable);
            }
            // The caller is told nothing of what it cannot read.
            None if !record.readable => verified.agree += 1,
            None => silent.push(record.id.as_str()),
        }
    }
    if let Some(first) = silent.first() {
        verified.not_asked.push(format!(
            "{object}: {} of {} sampled records got no answer, {first} the first of them: they were deleted since, or the \
             user sees them no longer; take a new snapshot to tell which",
            silent.len(),
            sampled.len()
        ));
    }
}

fn objects(
    effective: &EffectivePermissions<'_>,
    object: &Name,
    described: &Described,
    verified: &mut Verified,
) {
    let access = effective.object(object);
    for (right, answer) in [
        (ObjectRight::Read, described.read),
        (ObjectRight::Create, described.create),
        (ObjectRight::Edit, described.edit),
        (ObjectRight::Delete, described.delete),
    ] {
        let computed = access.right(right);
        verified.check(Right::Object(object.clone(), right), computed, answer);
    }
}

fn fields(
    effective: &EffectivePermissions<'_>,
    requirements: &Requirements,
    object: &Name,
    described: &Described,
    verified: &mut Verified,
) {
    let access = effective.object(object);
    let mut seen: Vec<&Name> = Vec::new();
    for mapping in requirements
        .mappings
        .iter()
        .filter(|mapping| mapping.object == *object)
    {
        let field = &mapping.row.field;
        if seen.contains(&field) {
            continue;
        }
        seen.push(field);
        let own = effective.field(object, &access, field);
        let answer = described.fields.get(field);
        let right = |edit| Right::Field(object.clone(), field.clone(), edit);
        verified.check(right(false), own.read, answer.is_some());
        // Edit on an address is a right, though its value is written through its parts.
        let compound = own.nature.never_editable == Some(NeverEditable::Address);
        if !compound && own.nature.existence != Existence::Missing {
            verified.check(right(true), own.edit, answer == Some(&true));
        }
    }
}
