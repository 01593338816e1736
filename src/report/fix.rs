//! What `permgap fix` says: what closes, what remains and why, and that access does not grow beyond the needs.
//!
//! In: the audit before, the plan and its proof. Out: text for people, or JSON (`permgap.fix/1`; keys are added, never
//! renamed).

use std::io;

use serde::Serialize;

use super::json::{v1, write_json};
use super::page::Page;
use super::style::Tone;
use super::table::{notices, who_and_where};
use super::text::count;
use super::{AuditReport, Style, Verdict};
use crate::finding::{Finding, Severity};
use crate::fix::{Granted, Plan, PlannedSet, Proof, Treatment};
use crate::snapshot::ObjectRight;

/// The format's name and version.
const SCHEMA: &str = "permgap.fix/1";

/// What a fix did.
#[derive(Debug, Clone, Copy)]
pub struct FixReport<'r> {
    /// The audit of the org as it is.
    pub before: &'r AuditReport,
    /// What was planned.
    pub plan: &'r Plan,
    /// What the plan does.
    pub proof: &'r Proof,
    /// The folder, as given.
    pub directory: &'r str,
    /// The project's files below it, sorted.
    pub files: &'r [String],
}

/// Why a finding remains, as a clause.
fn why(finding: &Finding, treatment: Option<&Treatment>) -> String {
    match treatment {
        Some(Treatment::Withheld(why)) => why.clone(),
        Some(Treatment::Accepted) => "it is known or intended".to_owned(),
        _ if finding.audit.id == "login-restricted" => {
            // A permission set assigns connected apps in Setup, but its file has no element that says so.
            format!(
                "no file closes it, for files of permission sets hold no such element: {}",
                finding.fix.summary
            )
        }
        _ => format!("no permission set closes it: {}", finding.fix.summary),
    }
}

/// What the audit could not tell, where anything: a gap may be there that the fix does not close.
pub fn not_known(report: &AuditReport) -> Option<String> {
    let rows = (report.mappings.iter())
        .filter(|mapping| mapping.verdict == Verdict::Unknown)
        .count();
    (rows > 0 || report.subject_incomplete).then(|| {
        let rows = count(rows, "mapping", "mappings");
        format!("{rows}: the audit could not tell whether the user has what is needed, so nothing is granted for it")
    })
}

/// Writes a fix for people.
///
/// # Errors
///
/// What the writer answers.
pub fn table(report: &FixReport<'_>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let all = report.before.findings.len();
    let closed = report.proof.closes.len();
    let open = not_known(report.before);
    let (tone, verdict) = match (all, report.proof.remains.len()) {
        (0, _) if open.is_some() => (Tone::Warn, "No gap was found.".to_owned()),
        (0, _) => (Tone::Good, "There is nothing to fix.".to_owned()),
        (_, 0) => (
            Tone::Good,
            format!(
                "The fix closes all of {}.",
                count(all, "finding", "findings")
            ),
        ),
        (_, open) => (
            Tone::Warn,
            format!(
                "The fix closes {closed} of {}; {open} remain.",
                count(all, "finding", "findings")
            ),
        ),
    };
    page.paragraph(tone, &verdict)?;
    notices(page, &report.before.notices)?;
    page.blank()?;
    who_and_where(page, &report.before.user, &report.before.org)?;
    page.fact(
        "Written",
        &format!("{} ({})", report.directory, report.files.join(", ")),
    )?;
    for set in &report.plan.sets {
        let entries = count(set.grants.len(), "entry", "entries");
        let text = match &set.original {
            Some(original) => format!("{}, extended by {entries} ({})", set.name, original.shown),
            None => format!("{} with {entries}", set.name),
        };
        page.fact("Set", &text)?;
    }
    page.fact(
        "Access",
        &format!(
            "{} gained, none beyond what the mappings need",
            count(report.proof.gained, "right", "rights")
        ),
    )?;
    if let Some(open) = open {
        page.fact("Not known", &open)?;
    }
    if let Some(caution) = crate::fix::caution(report.plan) {
        page.fact("Caution", &caution)?;
    }
    if !report.proof.closes.is_empty() {
        page.heading(&format!("Closes ({closed})"))?;
        for closing in &report.proof.closes {
            if let Some(finding) = report.before.findings.get(closing.finding) {
                let along = if closing.claimed {
                    ""
                } else {
                    " (along with others)"
                };
                page.item(&format!("{} [{}]{along}", finding.title, finding.audit.id))?;
            }
        }
    }
    if !report.proof.remains.is_empty() {
        page.heading(&format!("Remains ({})", report.proof.remains.len()))?;
        for (index, _) in &report.proof.remains {
            let Some(finding) = report.before.findings.get(*index) else {
                continue;
            };
            let flag = finding.severity.as_str().to_uppercase();
            page.flagged(Tone::of(finding.severity), &flag, &finding.title)?;
            page.labelled(
                "why",
                Tone::Plain,
                &why(finding, report.plan.treatments.get(*index)),
            )?;
        }
    }
    let opened = &report.proof.opened;
    if !opened.is_empty() {
        page.heading(&format!("Shows once that is closed ({})", opened.len()))?;
        for index in opened {
            if let Some(finding) = report.proof.after.findings.get(*index) {
                let flag = finding.severity.as_str().to_uppercase();
                page.flagged(Tone::of(finding.severity), &flag, &finding.title)?;
            }
        }
    }
    if report.plan.sets.is_empty() {
        page.fact(
            "Set",
            "none was written: no permission set closes any of it",
        )?;
    } else {
        page.blank()?;
        let text = format!(
            "Nothing was sent to the org. {}/FIX.md tells how to deploy and assign it.",
            report.directory
        );
        page.paragraph(Tone::Dim, &text)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Json<'r> {
    schema: &'static str,
    tool: v1::Tool,
    generated_at: &'r str,
    org: v1::Org,
    user: v1::User,
    notices: &'r [String],
    not_known: usize,
    may_be_refused: &'r std::collections::BTreeSet<String>,
    directory: &'r str,
    files: &'r [String],
    permission_sets: Vec<JsonSet<'r>>,
    closes: Vec<JsonFinding<'r>>,
    remains: Vec<JsonFinding<'r>>,
    opens: Vec<JsonFinding<'r>>,
    access: JsonAccess,
}

#[derive(Serialize)]
struct JsonSet<'r> {
    name: &'r str,
    label: &'r str,
    extends: Option<&'r str>,
    assign: bool,
    grants: Vec<JsonGrant>,
}

#[derive(Serialize)]
struct JsonGrant {
    kind: &'static str,
    name: String,
    rights: Vec<&'static str>,
    findings: Vec<String>,
    because: Vec<String>,
}

#[derive(Serialize)]
struct JsonFinding<'r> {
    fingerprint: String,
    audit: &'static str,
    severity: Severity,
    title: &'r str,
    object: Option<&'r str>,
    field: Option<&'r str>,
    why: Option<String>,
}

#[derive(Serialize)]
struct JsonAccess {
    gained: usize,
    beyond_needs: usize,
}

/// Writes a fix as JSON.
///
/// # Errors
///
/// What the writer answers.
pub fn json(report: &FixReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let before = report.before;
    let proof = report.proof;
    let closes = proof.closes.iter().filter_map(|closing| {
        let why = (!closing.claimed).then(|| "it closes along with others".to_owned());
        Some(json_finding(before.findings.get(closing.finding)?, why))
    });
    let remains = proof.remains.iter().filter_map(|(index, _)| {
        let finding = before.findings.get(*index)?;
        let why = why(finding, report.plan.treatments.get(*index));
        Some(json_finding(finding, Some(why)))
    });
    let opens = proof
        .opened
        .iter()
        .filter_map(|index| Some(json_finding(proof.after.findings.get(*index)?, None)));
    let json = Json {
        schema: SCHEMA,
        tool: v1::Tool::this(),
        generated_at: &before.generated_at,
        org: (&before.org).into(),
        user: (&before.user).into(),
        notices: &before.notices,
        not_known: (before.mappings.iter())
            .filter(|mapping| mapping.verdict == Verdict::Unknown)
            .count(),
        may_be_refused: &report.plan.unsure,
        directory: report.directory,
        files: report.files,
        permission_sets: report
            .plan
            .sets
            .iter()
            .map(|set| json_set(before, set))
            .collect(),
        closes: closes.collect(),
        remains: remains.collect(),
        opens: opens.collect(),
        access: JsonAccess {
            gained: proof.gained,
            beyond_needs: 0,
        },
    };
    write_json(&json, out)
}

fn json_finding(finding: &Finding, why: Option<String>) -> JsonFinding<'_> {
    JsonFinding {
        fingerprint: finding.fingerprint(),
        audit: finding.audit.id,
        severity: finding.severity,
        title: &finding.title,
        object: finding.object.as_ref().map(|name| name.as_str()),
        field: finding.field.as_ref().map(|name| name.as_str()),
        why,
    }
}

fn json_set<'r>(before: &AuditReport, set: &'r PlannedSet) -> JsonSet<'r> {
    let mut entries = Vec::new();
    let grants = &set.grants;
    for (object, granted) in &grants.objects {
        let rights = granted.what.iter().map(ObjectRight::as_str).collect();
        entries.push(json_grant(
            before,
            "object",
            object.to_string(),
            rights,
            granted,
        ));
    }
    for ((object, field), granted) in &grants.fields {
        let rights = if granted.what {
            vec!["read", "edit"]
        } else {
            vec!["read"]
        };
        entries.push(json_grant(
            before,
            "field",
            format!("{object}.{field}"),
            rights,
            granted,
        ));
    }
    for ((object, name), granted) in &grants.record_types {
        let name = format!("{object}.{name}");
        entries.push(json_grant(
            before,
            "record-type",
            name,
            vec!["use"],
            granted,
        ));
    }
    for (name, granted) in &grants.user_permissions {
        let name = name.to_string();
        entries.push(json_grant(
            before,
            "system-permission",
            name,
            vec!["enabled"],
            granted,
        ));
    }
    for (name, granted) in &grants.custom_permissions {
        let name = name.to_string();
        entries.push(json_grant(
            before,
            "custom-permission",
            name,
            vec!["enabled"],
            granted,
        ));
    }
    JsonSet {
        name: set.name.as_str(),
        label: &set.label,
        extends: set
            .original
            .as_ref()
            .map(|original| original.shown.as_str()),
        assign: set.assign,
        grants: entries,
    }
}

fn json_grant<T>(
    before: &AuditReport,
    kind: &'static str,
    name: String,
    rights: Vec<&'static str>,
    granted: &Granted<T>,
) -> JsonGrant {
    JsonGrant {
        kind,
        name,
        rights,
        findings: granted
            .findings
            .iter()
            .filter_map(|index| before.findings.get(*index))
            .map(Finding::fingerprint)
            .collect(),
        because: granted.because.iter().cloned().collect(),
    }
}
