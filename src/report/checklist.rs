//! What `permgap explain --checklist` writes: seven steps from an error to its cause, ticked by what an audit answered, and
//! how to confirm each fix.
//!
//! In: a report, where there is one. Out: text for people, or JSON (`permgap.checklist/1`; keys are added, never renamed).

use std::io::{self, Write};

use serde::Serialize;

use super::json::{v1, write_json};
use super::page::Page;
use super::style::Tone;
use super::{OutcomeKind, Style};
use crate::finding::Severity;

/// The format's name and version.
const SCHEMA: &str = "permgap.checklist/1";

/// One step: what to ask, and the audits that answer it.
struct Step {
    title: &'static str,
    check: &'static str,
    audits: &'static [&'static str],
}

/// In permgap's own order, which no reference lists. From the outside in: what fails for everything comes before what fails for one record.
const STEPS: [Step; 7] = [
    Step {
        title: "Whose refusal is it?",
        check: "Read the whole message (Sync Health > the error > View error detail), or give the export to `permgap triage`: Salesforce, HubSpot or a webhook's receiver refused, and only the first is cured in Salesforce.",
        audits: &[
            "hubspot-token-invalid",
            "hubspot-scope-missing",
            "hubspot-scope-unused",
            "connector-exceeds-user",
            "installer-below-minimum",
            "super-admin-left-over",
        ],
    },
    Step {
        title: "Can the integration user connect?",
        check: "Setup > Users > the user: active, not frozen, API Enabled, login hours and IP ranges, the connected app's policy.",
        audits: &[
            "user-cannot-log-in",
            "login-restricted",
            "api-access-missing",
            "system-permission-missing",
        ],
    },
    Step {
        title: "Are its permission sets, licences and packages in place?",
        check: "Setup > Users > the user: Permission Set Assignments, Permission Set Group Assignments, Managed Packages.",
        audits: &[
            "permission-set-unassigned",
            "assignment-not-effective",
            "muted-in-group",
            "licence-limits-grant",
            "package-not-licensed",
            "package-access-missing",
            "shared-with-people",
            "broader-than-needed",
        ],
    },
    Step {
        title: "Does it have the object, the operation and the record type?",
        check: "The permission sets' Object Settings: Read, Create, Edit; Record Types.",
        audits: &[
            "object-not-accessible",
            "object-operation-missing",
            "record-type-not-available",
        ],
    },
    Step {
        title: "Does it have every mapped field?",
        check: "The permission sets' Object Settings > Field Permissions, for each mapping of the object.",
        audits: &[
            "mapped-field-missing",
            "field-not-readable",
            "field-not-editable",
            "field-never-editable",
            "new-field-without-access",
        ],
    },
    Step {
        title: "Does it reach the record, its parent and its owner?",
        check: "Open the record, its parent and its owner as the integration user; Setup > Sharing Settings.",
        audits: &[
            "records-not-visible",
            "records-not-editable",
            "parent-not-accessible",
            "owner-inactive",
            "owner-unmatched",
            "owner-not-assignable",
        ],
    },
    Step {
        title: "What runs on save, and does the value fit?",
        check: "Validation rules, flows and triggers of the object; the picklist's values; the mappings in HubSpot.",
        audits: &[
            "validation-rule-blocks",
            "flow-runs-as-user",
            "apex-runs-as-user",
            "picklist-value-rejected",
            "required-field-unmapped",
            "duplicate-mapping",
            "type-mismatch",
            "hubspot-property-missing",
            "hubspot-property-not-writable",
        ],
    },
];

/// How far a report answers a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// Everything was looked at, and nothing found.
    Clear,
    /// Something was found.
    Found,
    /// Nothing was found, and not everything was looked at.
    Open,
}

#[derive(Serialize)]
struct Answered {
    step: usize,
    title: &'static str,
    check: &'static str,
    state: State,
    findings: Vec<String>,
    /// What was not looked at, with the reason.
    open: Vec<NotAnswered>,
}

#[derive(Serialize)]
struct NotAnswered {
    audit: &'static str,
    reason: String,
}

/// One fix and how to see that it took.
#[derive(Serialize)]
struct Confirmation<'r> {
    /// What `permgap diff` lists among the fixed ones.
    fingerprint: &'r str,
    audit: &'r str,
    severity: Severity,
    title: &'r str,
    fix: &'r str,
    setup_path: Option<&'r str>,
    /// The card of HubSpot's Sync Health whose errors are to be resynced.
    resync: Option<&'r str>,
}

fn answered(report: Option<&v1::Report>) -> Vec<Answered> {
    STEPS
        .iter()
        .zip(1..)
        .map(|(step, number)| {
            let mut findings = Vec::new();
            let mut open = Vec::new();
            for audit in step.audits {
                let not = |reason: &str| NotAnswered {
                    audit,
                    reason: reason.to_owned(),
                };
                let Some(report) = report else {
                    open.push(not("no report was given"));
                    continue;
                };
                findings.extend(
                    (report.findings.iter())
                        .filter(|finding| finding.audit == *audit)
                        .map(|finding| finding.title.clone()),
                );
                match report.audits.iter().find(|outcome| outcome.audit == *audit) {
                    None => open.push(not("the report has no such audit")),
                    Some(outcome) => {
                        let whole = outcome.outcome == OutcomeKind::Clean;
                        let why = outcome.reason.as_deref();
                        // A clean audit's reason says why there is nothing to find.
                        if !whole && (why.is_some() || outcome.outcome == OutcomeKind::NotEvaluated)
                        {
                            open.push(not(why.unwrap_or("it was not evaluated")));
                        }
                    }
                }
            }
            let state = match (findings.is_empty(), open.is_empty()) {
                (false, _) => State::Found,
                (true, true) => State::Clear,
                (true, false) => State::Open,
            };
            Answered {
                step: number,
                title: step.title,
                check: step.check,
                state,
                findings,
                open,
            }
        })
        .collect()
}

fn plan(report: Option<&v1::Report>) -> Vec<Confirmation<'_>> {
    let findings = report.map_or(&[][..], |report| &report.findings);
    findings
        .iter()
        .map(|finding| Confirmation {
            fingerprint: &finding.fingerprint,
            audit: &finding.audit,
            severity: finding.severity,
            title: &finding.title,
            fix: &finding.fix.summary,
            setup_path: finding.fix.setup_path.as_deref(),
            resync: finding.hubspot_category.as_deref(),
        })
        .collect()
}

/// What confirms the plan; `report` is the file as it was given.
fn commands(report: &str) -> [String; 2] {
    [
        "permgap audit … -o after.json   (the same flags as before)".to_owned(),
        format!("permgap diff {report} after.json"),
    ]
}

/// The checklist as JSON.
///
/// # Errors
/// What the writer answers.
pub fn json(report: Option<(&str, &v1::Report)>, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'r> {
        schema: &'static str,
        report: Option<&'r str>,
        generated_at: Option<&'r str>,
        steps: Vec<Answered>,
        plan: Vec<Confirmation<'r>>,
        confirm: Vec<String>,
    }
    let of = report.map(|(_, report)| report);
    let document = Document {
        schema: SCHEMA,
        report: report.map(|(path, _)| path),
        generated_at: of.map(|report| report.generated_at.as_str()),
        steps: answered(of),
        plan: plan(of),
        confirm: report.map_or_else(Vec::new, |(path, _)| commands(path).to_vec()),
    };
    write_json(&document, out)
}

/// How many findings and open questions of a step are named before the rest is counted.
const NAMED: usize = 5;

/// The checklist for people.
///
/// # Errors
/// What the writer answers.
pub fn table(
    report: Option<(&str, &v1::Report)>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let of = report.map(|(_, report)| report);
    for step in answered(of) {
        let (tone, mark, word) = match step.state {
            State::Clear => (Tone::Good, "[x]", "answered: nothing found"),
            State::Found => (Tone::Bad, "[!]", "answered: something found"),
            State::Open => (Tone::Warn, "[ ]", "not answered"),
        };
        page.blank()?;
        page.flagged(
            tone,
            mark,
            &format!("{}. {} ({word})", step.step, step.title),
        )?;
        page.under(Tone::Plain, step.check)?;
        for title in step.findings.iter().take(NAMED) {
            page.labelled("found", Tone::Plain, title)?;
        }
        let more = step.findings.len().saturating_sub(NAMED);
        if more > 0 {
            page.labelled("found", Tone::Dim, &format!("and {more} more"))?;
        }
        if of.is_some() {
            for open in step.open.iter().take(NAMED) {
                page.labelled(
                    "open",
                    Tone::Dim,
                    &format!("{}: {}", open.audit, open.reason),
                )?;
            }
        }
    }
    let Some((path, _)) = report else {
        page.blank()?;
        return page.paragraph(
            Tone::Plain,
            "With --report FILE (of `permgap audit -o FILE.json`) what permgap has answered is ticked, and each fix gets its confirmation.",
        );
    };
    page.heading("Verification plan")?;
    let plan = plan(of);
    if plan.is_empty() {
        return page.paragraph(
            Tone::Plain,
            "The report has no finding: there is nothing to confirm.",
        );
    }
    for (number, item) in (1..).zip(&plan) {
        page.item(&format!("{number}. {}", item.title))?;
        page.labelled("fix", Tone::Plain, item.fix)?;
        if let Some(card) = item.resync {
            page.labelled(
                "resync",
                Tone::Plain,
                &format!("Sync Health > {card}: resync"),
            )?;
        }
        page.labelled(
            "fixed",
            Tone::Dim,
            &format!("`permgap diff` lists {} as fixed", item.fingerprint),
        )?;
    }
    page.blank()?;
    page.paragraph(Tone::Plain, "Then:")?;
    for command in commands(path) {
        page.item(&command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::CATALOGUE;

    #[test]
    fn each_audit_answers_one_step() {
        let mut named: Vec<&str> = STEPS.iter().flat_map(|step| step.audits).copied().collect();
        let mut all: Vec<&str> = CATALOGUE.iter().map(|audit| audit.meta.id).collect();
        named.sort_unstable();
        all.sort_unstable();
        assert_eq!(named, all);
    }
}
