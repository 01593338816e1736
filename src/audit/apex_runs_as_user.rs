//! `apex-runs-as-user`: Apex that a save starts enforces the user's rights, which do not suffice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::lacks::{Lacks, Reads};
use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Operation, Safety, Severity};
use crate::snapshot::{
    Apex, ApexKind, ApexMode, ApexOperation, ApexOperationKind, Area, Name, ObjectRight, Place,
};

pub(super) static META: AuditMeta = AuditMeta {
    id: "apex-runs-as-user",
    error_type: Some(13),
    title: "Apex that a save starts enforces the user's rights, and they do not suffice",
    severity: Severity::High,
    confidence: Confidence::Likely,
    salesforce_errors: &["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"],
    hubspot_category: Some("Custom Code"),
    docs: "\
## What it checks
The active triggers of the objects that HubSpot writes, and the classes that they reach: queries and DML that enforce the
user's rights (`WITH USER_MODE`, `WITH SECURITY_ENFORCED`, `as user`, `AccessLevel.USER_MODE`, and since API version 67.0
whatever does not say otherwise), `Security.stripInaccessible`, and describe checks. Each object and field is compared with
what the user may do.
## Why it matters for the sync
An exception in a trigger refuses the record that HubSpot saves. What is stripped or checked fails in silence instead.
## What it cannot see
Source of managed packages is hidden. Whether a path in the code is taken, which classes are started by name, queries put
together at run time, and records that sharing hides.
## How to fix it
Grant the right, or let the code run in system mode where its author vouches for what it does. Granting widens what HubSpot
itself can do; system mode lifts the check for everybody whose save reaches the code.
## Example
A trigger on Lead does `update as user accounts;` and the user has no Edit on Account.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let coverage = &facts.snapshot.coverage;
    if !coverage.is_read(Area::Apex) {
        let reason = coverage.reason(Area::Apex);
        outcome.not_known(reason.unwrap_or_else(|| "Apex was not read".to_owned()));
    }
    let mut cases: BTreeMap<Key, Case<'_>> = BTreeMap::new();
    for reached in reached(facts, &mut outcome) {
        let apex = reached.apex;
        let Some(body) = &apex.body else {
            outcome.not_known(format!(
                "the source of {} is hidden or was not read",
                reached.chain
            ));
            continue;
        };
        if body.incomplete {
            outcome.not_known(format!(
                "a part of the source of {} cannot be read",
                apex.name
            ));
        }
        if body.calls_by_name {
            outcome.not_known(format!(
                "which classes {} starts by name (`Type.forName`) was not followed",
                apex.name
            ));
        }
        for operation in &body.operations {
            judge(facts, &reached, operation, &mut cases, &mut outcome);
        }
    }
    for (key, case) in cases {
        let finding = case.finding(facts, &key);
        outcome.find(finding, Vec::new());
    }
    outcome
}

/// A trigger or a class that a save reaches.
struct Reached<'s> {
    apex: &'s Apex,
    /// `trigger LeadTrigger > LeadHandler`.
    chain: String,
    depth: usize,
}

/// The triggers of objects that the sync writes and, breadth first, the classes that they name.
fn reached<'s>(facts: &Facts<'s>, outcome: &mut Outcome) -> Vec<Reached<'s>> {
    let mut classes: BTreeMap<&Name, &'s Apex> = BTreeMap::new();
    let mut waiting: VecDeque<Reached<'s>> = VecDeque::new();
    let written: BTreeSet<&Name> = facts
        .requirements
        .objects
        .iter()
        .filter(|(_, needs)| {
            needs.create.is_some() || needs.edit.is_some() || needs.delete.is_some()
        })
        .map(|(object, _)| object)
        .chain(
            facts
                .requirements
                .any_create
                .iter()
                .flat_map(|any| &any.objects),
        )
        .collect();
    for apex in &facts.snapshot.apex {
        match apex.kind {
            ApexKind::Class => {
                classes.insert(&apex.name, apex);
            }
            ApexKind::Trigger if apex.status.as_deref() == Some("Inactive") => {}
            ApexKind::Trigger => match &apex.object {
                Some(object) if written.contains(object) => waiting.push_back(Reached {
                    apex,
                    chain: format!("trigger {}", apex.name),
                    depth: 0,
                }),
                Some(_) => {}
                None => outcome.not_known(format!(
                    "the source of trigger {} is hidden, and with it its object",
                    apex.name
                )),
            },
        }
    }
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut all = Vec::new();
    while let Some(reached) = waiting.pop_front() {
        for name in reached.apex.body.iter().flat_map(|body| &body.calls) {
            let Some(class) = classes.get(name) else {
                continue;
            };
            if seen.insert(&class.name) {
                waiting.push_back(Reached {
                    apex: class,
                    chain: format!("{} > {}", reached.chain, class.name),
                    depth: reached.depth + 1,
                });
            }
        }
        all.push(reached);
    }
    all
}

/// What one finding is about, however many lines of the source do it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    object: Name,
    source: Name,
    is_trigger: bool,
    right: &'static str,
    mode: ApexMode,
}

struct Case<'s> {
    apex: &'s Apex,
    chain: String,
    depth: usize,
    right: ObjectRight,
    reads: BTreeSet<Name>,
    writes: BTreeSet<Name>,
    lines: BTreeSet<u32>,
    /// The mode is only that of the API version.
    by_version: bool,
    lacks: Lacks,
}

fn judge<'s>(
    facts: &Facts<'_>,
    reached: &Reached<'s>,
    operation: &ApexOperation,
    cases: &mut BTreeMap<Key, Case<'s>>,
    outcome: &mut Outcome,
) {
    let apex = reached.apex;
    let by_version = operation.mode == ApexMode::Default;
    if by_version {
        match apex.defaults_to_user_mode() {
            Some(true) => {}
            Some(false) => return,
            None => {
                outcome.not_known(format!(
                    "the API version of {} is not known, and with it whether it enforces the user's rights",
                    apex.name
                ));
                return;
            }
        }
    }
    let Some(object) = &operation.object else {
        // A dynamic query, or records whose type the source does not tell.
        outcome.not_known(format!(
            "which object line {} of {} works on is not known",
            operation.line, apex.name
        ));
        return;
    };
    // A name of a class of the org is no object, whatever the source seems to do with it.
    let is_class = facts
        .snapshot
        .apex
        .iter()
        .any(|apex| apex.kind == ApexKind::Class && apex.name == *object);
    if is_class {
        return;
    }
    let rights: &[ObjectRight] = match operation.kind {
        ApexOperationKind::Read => &[ObjectRight::Read],
        ApexOperationKind::Create => &[ObjectRight::Create],
        ApexOperationKind::Edit => &[ObjectRight::Edit],
        ApexOperationKind::Upsert => &[ObjectRight::Create, ObjectRight::Edit],
        ApexOperationKind::Delete => &[ObjectRight::Delete],
    };
    let reads = Reads::of(facts, object, &operation.reads);
    for path in &reads.not_followed {
        outcome.not_known(format!(
            "where {object}.{path} leads, which {} reads, is not known",
            apex.name
        ));
    }
    let own = ApexOperation {
        reads: reads.own,
        ..operation.clone()
    };
    need(facts, reached, (object, rights), &own, cases, outcome);
    for (object, fields) in reads.related {
        let read = ApexOperation {
            kind: ApexOperationKind::Read,
            object: Some(object.clone()),
            reads: fields,
            writes: Vec::new(),
            ..operation.clone()
        };
        let rights = &[ObjectRight::Read];
        need(facts, reached, (&object, rights), &read, cases, outcome);
    }
}

/// Compares what an operation needs on one object with the user's rights.
fn need<'s>(
    facts: &Facts<'_>,
    reached: &Reached<'s>,
    (object, rights): (&Name, &[ObjectRight]),
    operation: &ApexOperation,
    cases: &mut BTreeMap<Key, Case<'s>>,
    outcome: &mut Outcome,
) {
    let apex = reached.apex;
    for (index, right) in rights.iter().enumerate() {
        let lacks = Lacks::of(facts, object, *right, &operation.reads, &operation.writes);
        for unknown in &lacks.unknown {
            outcome.not_known(format!(
                "{unknown}, which {} needs, is not known",
                apex.name
            ));
        }
        // An upsert needs two object rights, and its fields once.
        let counted = index > 0 && !lacks.is_of_object();
        if counted || lacks.sentence().is_none() {
            continue;
        }
        let key = Key {
            object: object.clone(),
            source: apex.name.clone(),
            is_trigger: apex.kind == ApexKind::Trigger,
            right: right.as_str(),
            mode: operation.mode,
        };
        let case = cases.entry(key).or_insert_with(|| Case {
            apex,
            chain: reached.chain.clone(),
            depth: reached.depth,
            right: *right,
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
            lines: BTreeSet::new(),
            by_version: operation.mode == ApexMode::Default,
            lacks: Lacks::default(),
        });
        case.reads.extend(operation.reads.iter().cloned());
        case.writes.extend(operation.writes.iter().cloned());
        case.lines.insert(operation.line);
        let list = |names: &BTreeSet<Name>| names.iter().cloned().collect::<Vec<Name>>();
        case.lacks = Lacks::of(
            facts,
            object,
            *right,
            &list(&case.reads),
            &list(&case.writes),
        );
    }
}

impl Case<'_> {
    fn finding(&self, facts: &Facts<'_>, key: &Key) -> Finding {
        let what = self.lacks.sentence().unwrap_or_default();
        let source = match self.apex.kind {
            ApexKind::Class => format!("Class {}", key.source),
            ApexKind::Trigger => format!("Trigger {}", key.source),
        };
        let (how, effect, severity) = match key.mode {
            ApexMode::User => (
                "runs in user mode",
                "throws an exception, and Salesforce refuses the record that HubSpot saves",
                Severity::High,
            ),
            ApexMode::Default => (
                "runs in user mode by its API version",
                "throws an exception, and Salesforce refuses the record that HubSpot saves",
                Severity::High,
            ),
            ApexMode::SecurityEnforced => (
                "queries WITH SECURITY_ENFORCED",
                "throws an exception, and Salesforce refuses the record that HubSpot saves",
                Severity::High,
            ),
            ApexMode::Strip => (
                "strips what the user may not access",
                "leaves the fields out in silence",
                Severity::Medium,
            ),
            ApexMode::Check => (
                "asks for the user's rights",
                "takes the other way in its code",
                Severity::Medium,
            ),
        };
        let fix = self
            .lacks
            .fix(facts, Safety::Unsafe)
            .step(format!(
                "Or let {} run in system mode there (`WITH SYSTEM_MODE`, `as system`, without the check): then it does so \
                 for everybody whose save reaches it, and its author must vouch for what it reads and writes",
                key.source
            ))
            .step("Granting is the better way where HubSpot may see and write these records itself");
        let operation = match self.right {
            ObjectRight::Create => Operation::Create,
            ObjectRight::Edit => Operation::Edit,
            ObjectRight::Delete => Operation::Delete,
            _ => Operation::Read,
        };
        let mut finding = Finding::new(
            &META,
            format!("{source} needs {what}, which the user lacks"),
            fix,
        )
        .detail(format!(
            "A save reaches it by {}. It {how} and {effect}.",
            self.chain
        ))
        .severity(severity)
        .object(&key.object)
        .operation(operation)
        .subject(format!("{}.{:?}", key.source, key.mode))
        .evidence(self.lines.iter().map(|line| {
            let at = self.apex.at.map(|at| Place {
                file: at.file,
                line: *line,
            });
            let text = format!(
                "{source}, line {line}: {} {}",
                operation.as_str(),
                key.object
            );
            facts.fact(EvidenceKind::Definition, text, at)
        }))
        .evidence(self.lacks.proof(facts));
        if let Some(sharing) = self
            .apex
            .body
            .as_ref()
            .and_then(|body| body.sharing.as_ref())
        {
            let text = format!("{} is declared `{sharing}`", key.source);
            finding = finding.evidence([Evidence::new(EvidenceKind::Platform, text)]);
        }
        // Release notes say that triggers always run in system mode; measured behaviour says otherwise.
        let disputed = self.by_version && self.apex.kind == ApexKind::Trigger;
        if disputed {
            let text = "whether API version 67.0 puts a trigger's own statements into user mode is disputed";
            finding = finding.evidence([Evidence::new(EvidenceKind::Platform, text)]);
        }
        if disputed || self.depth > 1 || matches!(key.mode, ApexMode::Strip | ApexMode::Check) {
            finding = finding.at_most(Confidence::Possible);
        }
        self.lacks.lower(facts, finding)
    }
}
