//! What the two audits on records share: sharing's own answer, and Salesforce's on a sample.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Known, is_activity};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::mapping::requirements::Need;
use crate::sharing::{Level, Reach, interval};
use crate::snapshot::{
    Area, CoverageStatus, Name, ObjectKind, ObjectRight, RecordSample, kind_of_name,
};

/// From how many records on a sample without a failure outweighs what sharing alone makes one suspect: by the rule of
/// three, at most 5 % of the records can then be out of reach.
const ENOUGH: u64 = 60;

/// How many strata are named before the rest is counted.
const STRATA_SHOWN: usize = 6;

/// What a sample says of one level.
struct Seen {
    /// Records that count: all of them for Read, the readable ones for Edit.
    of: u64,
    /// Records of these that can be read, or edited.
    reached: u64,
}

fn seen(sample: &RecordSample, level: Level) -> Option<Seen> {
    let sum = |count: fn(&crate::snapshot::Stratum) -> u64| {
        (sample.strata.iter()).fold(0_u64, |sum, stratum| sum.saturating_add(count(stratum)))
    };
    let seen = match level {
        Level::Read => Seen {
            of: sum(|stratum| stratum.asked),
            reached: sum(|stratum| stratum.readable),
        },
        Level::Edit => Seen {
            of: sum(|stratum| stratum.readable),
            reached: sum(|stratum| stratum.editable.min(stratum.readable)),
        },
    };
    (seen.of > 0).then_some(seen)
}

/// Whether an object's records are shared at all.
pub(super) fn has_sharing(object: &Name) -> bool {
    kind_of_name(object) == ObjectKind::Ordinary && !object.is("User")
}

/// Looks at every object that needs the right that goes with the level.
pub(super) fn look(facts: &Facts<'_>, meta: &'static AuditMeta, level: Level) -> Outcome {
    let mut outcome = Outcome::default();
    let sharing = facts.sharing();
    let records_refused = matches!(
        facts.snapshot.coverage.status(Area::RecordAccess),
        CoverageStatus::Partial | CoverageStatus::Refused
    );
    let stale = facts.snapshot.org.access_changed;
    for (object, needs) in &facts.requirements.objects {
        let need = match level {
            Level::Read => &needs.read,
            Level::Edit => &needs.edit,
        };
        let Some(need) = need.as_ref().filter(|_| has_sharing(object)) else {
            continue;
        };
        // Without the object permission sharing is not the question.
        match facts.object(object).right(level.right()) {
            Known::Yes => {}
            Known::No => continue,
            Known::Unknown => {
                outcome.not_known(format!(
                    "{} on {object} is not known",
                    level.right().label()
                ));
                continue;
            }
        }
        let mut reach = sharing.reach(object, level);
        let sample = facts.snapshot.record_samples.get(object);
        match sample.and_then(|sample| seen(sample, level)) {
            Some(seen) if seen.reached >= seen.of => {
                let whole = sample.is_some_and(|sample| sample.complete);
                if reach.all == Known::Yes {
                    continue;
                }
                // What a session sees that does not see all, it sees for the same reasons as the user.
                if whole || seen.of >= ENOUGH {
                    if stale || (records_refused && !whole) {
                        outcome.not_known(format!(
                            "{} of {} sampled {object} records could be {}, but {}",
                            seen.reached,
                            seen.of,
                            match level {
                                Level::Read => "seen",
                                Level::Edit => "edited",
                            },
                            if stale {
                                "that was before the change of access that is laid over the org"
                            } else {
                                "the session may not see the others"
                            }
                        ));
                    }
                    continue;
                }
                reach.confidence = reach.confidence.min(Confidence::Possible);
            }
            // Before the change of access it was so.
            Some(_) if stale && reach.all == Known::Yes => continue,
            Some(seen) => {
                let found = sampled(facts, meta, level, object, need, &reach, &seen);
                outcome.find(found, need.mappings.clone());
                continue;
            }
            None => {}
        }
        match reach.all {
            Known::Yes => {}
            Known::Unknown => reach
                .unknown
                .iter()
                .for_each(|what| outcome.not_known(what)),
            // What the user cannot see it cannot edit: `records-not-visible` reports that.
            Known::No
                if level == Level::Edit && sharing.reach(object, Level::Read).all != Known::Yes =>
            {
                // Of those that it sees, only records that were looked at would tell.
                if sample.is_none() && !facts.snapshot.coverage.is_read(Area::RecordAccess) {
                    outcome.not_known(format!(
                        "no {object} record was looked at, and sharing alone does not tell whether the user may edit those that \
                         it sees"
                    ));
                }
            }
            // Records would have settled what sharing alone only suspects.
            Known::No if sample.is_none() && records_refused => outcome.not_known(format!(
                "{} is not proved on each {object} record, and no record was looked at",
                level.right().label()
            )),
            Known::No => {
                let found = suspected(facts, meta, level, object, need, &reach);
                outcome.find(found, need.mappings.clone());
            }
        }
    }
    outcome
}

/// A finding from sharing alone.
fn suspected(
    facts: &Facts<'_>,
    meta: &'static AuditMeta,
    level: Level,
    object: &Name,
    need: &Need,
    reach: &Reach,
) -> Finding {
    let title = if reach.some {
        format!(
            "The user cannot {} every {object} record: {}",
            level.verb(),
            control(object, reach)
        )
    } else {
        format!(
            "The user can {} only {object} records that it owns: {}",
            level.verb(),
            control(object, reach)
        )
    };
    let severity = if reach.some {
        Severity::Medium
    } else {
        Severity::High
    };
    base(facts, meta, level, object, need, reach, title)
        .severity(severity)
        .at_most(reach.confidence)
}

fn control(object: &Name, reach: &Reach) -> String {
    if reach.controlled_on == *object {
        reach.control.clone()
    } else {
        format!("{} of its parent {}", reach.control, reach.controlled_on)
    }
}

/// A finding that Salesforce's own answers prove.
fn sampled(
    facts: &Facts<'_>,
    meta: &'static AuditMeta,
    level: Level,
    object: &Name,
    need: &Need,
    reach: &Reach,
    seen: &Seen,
) -> Finding {
    let title = format!(
        "The user can {} {} of {} {object} records that were looked at",
        level.verb(),
        seen.reached,
        seen.of
    );
    let severity = if seen.reached == 0 {
        Severity::High
    } else {
        Severity::Medium
    };
    let mut finding = base(facts, meta, level, object, need, reach, title).severity(severity);
    if let Some(interval) = interval(seen.reached, seen.of) {
        finding = finding.evidence([Evidence::new(
            EvidenceKind::Platform,
            format!(
                "UserRecordAccess answered on a sample of {} records; with 95 % confidence the user can {} {interval} of all, \
                 as far as the sample is like the rest",
                seen.of,
                level.verb()
            ),
        )]);
    }
    let sample = facts.snapshot.record_samples.get(object);
    let strata: Vec<Evidence> = (sample.iter())
        .flat_map(|sample| &sample.strata)
        .filter_map(|stratum| {
            let (of, reached) = match level {
                Level::Read => (stratum.asked, stratum.readable),
                Level::Edit => (stratum.readable, stratum.editable.min(stratum.readable)),
            };
            (of > reached).then(|| {
                let mut text = format!("{reached} of {of} {object} records {}", stratum.owner);
                match stratum.owner_active {
                    Some(true) => text.push_str(" (owner active)"),
                    Some(false) => text.push_str(" (owner inactive)"),
                    None => {}
                }
                if let Some(record_type) = &stratum.record_type {
                    text.push_str(&format!(", record type {record_type}"));
                }
                if let Some(age) = &stratum.age {
                    text.push_str(&format!(", {age}"));
                }
                text.push_str(match level {
                    Level::Read => ": readable",
                    Level::Edit => ": editable",
                });
                if !stratum.examples.is_empty() {
                    text.push_str(&format!("; not {}", stratum.examples.join(", ")));
                }
                Evidence::new(EvidenceKind::Platform, text)
            })
        })
        .collect();
    let more = strata.len().saturating_sub(STRATA_SHOWN);
    finding = finding.evidence(strata.into_iter().take(STRATA_SHOWN));
    if more > 0 {
        let text = format!("and {more} more kinds of records");
        finding = finding.evidence([Evidence::new(EvidenceKind::Platform, text)]);
    }
    finding
}

fn base(
    facts: &Facts<'_>,
    meta: &'static AuditMeta,
    level: Level,
    object: &Name,
    need: &Need,
    reach: &Reach,
    title: String,
) -> Finding {
    let (operation, detail) = match level {
        Level::Read => (
            Operation::Read,
            format!(
                "Records of {object} that the user cannot see do not reach HubSpot, and HubSpot may create them a second time."
            ),
        ),
        Level::Edit => (
            Operation::Edit,
            format!(
                "Salesforce refuses what HubSpot changes on {object} records that the user may only read."
            ),
        ),
    };
    let mut finding = Finding::new(meta, title, fix(facts, level, object, reach))
        .detail(detail)
        .object(object)
        .operation(operation)
        .evidence([Evidence::new(EvidenceKind::Setting, need.because.clone())])
        .evidence(facts.rows_in_short(&need.mappings));
    for fact in &reach.facts {
        let kind = if fact.at.is_some() {
            EvidenceKind::Definition
        } else {
            EvidenceKind::Platform
        };
        finding = finding.evidence([facts.fact(kind, &fact.text, fact.at)]);
    }
    finding
}

/// The smallest grant that would do: a sharing rule opens existing and new records of internal owners without touching other
/// records' controls; View All or Modify All is one switch, and opens what the sync never touches besides.
fn fix(facts: &Facts<'_>, level: Level, object: &Name, reach: &Reach) -> Fix {
    let on = &reach.controlled_on;
    let (rule_access, right) = match level {
        Level::Read if facts.needs_edit(object) => ("Read/Write", ObjectRight::ModifyAll),
        Level::Read => ("Read Only", ObjectRight::ViewAll),
        Level::Edit => ("Read/Write", ObjectRight::ModifyAll),
    };
    if is_activity(on) {
        return fix_activity(on, right);
    }
    let mut fix = Fix::new(
        Safety::Unsafe,
        format!(
            "Share the {on} records that sync with the integration user, or grant {} on {on}",
            right.label()
        ),
    )
    .step(format!(
        "Smallest: Setup > Sharing Settings > {on} Sharing Rules > New: share the records that sync ({rule_access}) with a \
         public group that holds only the integration user"
    ))
    .step(format!(
        "Wider: {} on {on} in a permission set of the user; it opens every {on} record, also those that never sync{}",
        right.label(),
        if right == ObjectRight::ModifyAll {
            ", and lets the user delete and transfer them"
        } else {
            ""
        }
    ))
    .step("If selective sync hides these records on purpose, declare it under [[intended-gap]] in permgap.toml")
    .setup(format!("{} > Object Settings > {on}", facts.setup_container()));
    fix.sharing = Some((on.clone(), right == ObjectRight::ModifyAll));
    fix
}

/// Tasks and events have neither sharing rules nor object permissions: their org-wide default, the role hierarchy and the two
/// permissions over all data decide (Salesforce Help, "Organization-Wide Default Access Settings": Activity).
fn fix_activity(on: &Name, right: ObjectRight) -> Fix {
    let all = if right == ObjectRight::ModifyAll {
        "Modify All Data"
    } else {
        "View All Data"
    };
    Fix::new(
        Safety::Advice,
        format!("Give the integration user a role above the owners of {on} records, or let their parent records decide"),
    )
    .step("Smallest: Setup > Roles: give the integration user a role above those who own these activities")
    .step(
        "Or: Setup > Sharing Settings > Organization-Wide Defaults > Edit: Activity: Controlled by Parent; then who may open or \
         edit a record may do so with its activities, everybody",
    )
    .step(format!(
        "Wider: {all} in a permission set of the user; it opens every record of the org. There are no sharing rules for \
         activities"
    ))
    .step("If selective sync hides these records on purpose, declare it under [[intended-gap]] in permgap.toml")
    .setup("Setup > Sharing Settings > Organization-Wide Defaults")
}

impl Facts<'_> {
    /// Whether the sync edits records of the object.
    pub(super) fn needs_edit(&self, object: &Name) -> bool {
        let needs = self.requirements.objects.get(object);
        needs.is_some_and(|needs| needs.edit.is_some())
    }
}
