//! `FIX.md`: what to do with the project, why each permission is in it, and what no file can do.
//!
//! Texts of the org are not trusted: they can neither end a table's cell nor start markup or a command.

use std::fmt::Write as _;

use super::grants::Granted;
use super::plan::{Options, Plan, PlannedSet, Treatment};
use super::proof::Proof;
use crate::finding::{Change, Finding};
use crate::report::AuditReport;
use crate::snapshot::ObjectRights;

/// The text of `FIX.md`.
pub(super) fn markdown(
    report: &AuditReport,
    plan: &Plan,
    options: &Options,
    proof: &Proof,
    suggested: &[&str],
) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        page,
        "# What closes the gaps of HubSpot's integration user\n"
    );
    let _ = writeln!(
        page,
        "Written by `permgap fix` for the audit of {}. Nothing was sent to the org: what follows is done by you.\n",
        md(&report.generated_at)
    );
    let _ = writeln!(
        page,
        "{} findings; {} of them close once this folder is deployed and assigned, and {} remain. The org as it will be was \
         audited to make sure; access grows by {} rights, none of them beyond what the mappings need.",
        report.findings.len(),
        proof.closes.len(),
        proof.remains.len(),
        proof.gained
    );
    if let Some(open) = crate::report::fix::not_known(report) {
        let _ = writeln!(page, "\nNot known of {open}.");
    }
    for notice in &report.notices {
        let _ = writeln!(page, "\n> {}", md(notice));
    }
    if let Some(text) = caution(plan) {
        let _ = writeln!(page, "\n> {}.", md(&text));
    }
    steps(&mut page, report, plan, options);
    granted(&mut page, report, plan);
    manual(&mut page, report, plan, options, proof);
    opened(&mut page, proof);
    withheld(&mut page, report, plan, proof);
    suggestions(&mut page, suggested);
    page
}

/// What to know before the project is deployed; none where all that is granted is known to be grantable.
pub fn caution(plan: &Plan) -> Option<String> {
    let first: Vec<&str> = plan.unsure.iter().map(String::as_str).take(10).collect();
    let more = match plan.unsure.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!first.is_empty()).then(|| {
        format!(
            "Edit is granted on {}{more}, of which no definition was read. Should one be a formula or another field that \
             nobody can edit, Salesforce refuses the deployment: take `editable` back there, and map it as Always use \
             Salesforce",
            first.join(", ")
        )
    })
}

/// How commands name the user; a placeholder where the source knows none.
fn username(report: &AuditReport) -> String {
    match &report.user.username {
        Some(name) => shell(name),
        None => "USERNAME".to_owned(),
    }
}

fn user_id(report: &AuditReport) -> String {
    report
        .user
        .id
        .as_deref()
        .map_or_else(|| "USER_ID".to_owned(), shell)
}

fn steps(page: &mut String, report: &AuditReport, plan: &Plan, options: &Options) {
    if plan.sets.is_empty() {
        let _ = writeln!(page, "\nThere is nothing to deploy.");
        return;
    }
    let org = shell(&options.target_org);
    let _ = writeln!(
        page,
        "\n## 1. Deploy\n\nIn this folder, first as a trial and then for good:\n\n```sh\n\
         sf project deploy start --source-dir force-app --target-org {org} --dry-run\n\
         sf project deploy start --source-dir force-app --target-org {org}\n```"
    );
    for set in plan.sets.iter().filter(|set| set.original.is_some()) {
        let _ = writeln!(
            page,
            "\n{} is the org's own permission set with more in it. Salesforce replaces a permission set as a whole, so \
             deploy it only if the file that it was made of is what the org has.",
            md(set.name.as_str())
        );
    }
    for original in plan.sets.iter().filter_map(|set| set.original.as_ref()) {
        if let Some(license) = &original.license {
            let _ = writeln!(
                page,
                "\n{} carries the licence {}: Salesforce refuses what that licence does not allow, and assigns the set to its \
                 users only. If the trial is refused for that, write a set of its own: leave `--extend` out.",
                md(original.name.as_str()),
                md(license)
            );
        }
    }
    let assigned: Vec<&PlannedSet> = plan.sets.iter().filter(|set| set.assign).collect();
    if assigned.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "\n## 2. Assign\n\nA permission set grants nothing until it is assigned. Setup > Permission Sets > (the set) > \
         Manage Assignments, or:\n\n```sh"
    );
    for set in assigned {
        let _ = writeln!(
            page,
            "sf org assign permset --name {} --on-behalf-of {} --target-org {org}",
            shell(set.name.as_str()),
            username(report)
        );
    }
    let _ = writeln!(
        page,
        "```\n\nIf Salesforce refuses because of the user's licence: a user with the licence Salesforce Integration \
         first needs the permission set licence Salesforce API Integration (Setup > Users > (the user) > Permission \
         Set License Assignments):\n\n```sh\nsf org assign permsetlicense --name SalesforceAPIIntegrationPsl \
         --on-behalf-of {} --target-org {org}\n```",
        username(report)
    );
}

fn granted(page: &mut String, report: &AuditReport, plan: &Plan) {
    for set in &plan.sets {
        let _ = writeln!(
            page,
            "\n## What {} grants, and why\n\n| permission | why | finding | check that proves it |\n|---|---|---|---|",
            md(set.name.as_str())
        );
        let grants = &set.grants;
        for (object, granted) in &grants.objects {
            line(
                page,
                report,
                &format!("{}: {}", object, list(granted.what)),
                granted,
                object.as_str(),
            );
        }
        for ((object, field), granted) in &grants.fields {
            let rights = if granted.what { "Read, Edit" } else { "Read" };
            let subject = format!("{object}.{field}");
            line(
                page,
                report,
                &format!("{subject}: {rights}"),
                granted,
                &subject,
            );
        }
        for ((object, name), granted) in &grants.record_types {
            let what = format!("record type {object}.{name}");
            line(page, report, &what, granted, object.as_str());
        }
        for (name, granted) in &grants.user_permissions {
            line(
                page,
                report,
                &format!("system permission {name}"),
                granted,
                "",
            );
        }
        for (name, granted) in &grants.custom_permissions {
            line(
                page,
                report,
                &format!("custom permission {name}"),
                granted,
                "",
            );
        }
    }
    if !plan.sets.is_empty() {
        let _ = writeln!(
            page,
            "\nAfter the deployment, `permgap audit` with the same flags no longer lists these findings."
        );
    }
}

fn list(rights: ObjectRights) -> String {
    let labels: Vec<&str> = rights.iter().map(|right| right.label()).collect();
    labels.join(", ")
}

fn line<T>(
    page: &mut String,
    report: &AuditReport,
    what: &str,
    granted: &Granted<T>,
    subject: &str,
) {
    let findings: Vec<&Finding> = granted
        .findings
        .iter()
        .filter_map(|index| report.findings.get(*index))
        .collect();
    let why: Vec<String> = findings
        .iter()
        .map(|finding| md(&finding.title))
        .chain(granted.because.iter().map(|text| md(text)))
        .collect();
    let ids: Vec<String> = findings
        .iter()
        .map(|finding| format!("`{}` {}", finding.audit.id, finding.fingerprint()))
        .collect();
    let check = match findings.first() {
        Some(finding) if subject.is_empty() => format!("audit `{}`", finding.audit.id),
        Some(finding) => format!("audit `{}`; `permgap access {subject}`", finding.audit.id),
        None if subject.is_empty() => "`permgap access`".to_owned(),
        None => format!("`permgap access {subject}`"),
    };
    let _ = writeln!(
        page,
        "| {} | {} | {} | {check} |",
        md(what),
        why.join("; "),
        if ids.is_empty() {
            "–".to_owned()
        } else {
            ids.join(", ")
        }
    );
}

fn manual(page: &mut String, report: &AuditReport, plan: &Plan, options: &Options, proof: &Proof) {
    let closes = |index: usize| proof.closes.iter().any(|closing| closing.finding == index);
    let (closed, open): (Vec<_>, Vec<_>) = (report.findings.iter().enumerate())
        .filter(|(index, _)| plan.treatments.get(*index) == Some(&Treatment::Manual))
        .partition(|(index, _)| closes(*index));
    if !closed.is_empty() {
        let _ = writeln!(
            page,
            "\n## What closes along with it\n\nThese need no step of their own:\n"
        );
    }
    for (_, finding) in closed {
        let _ = writeln!(
            page,
            "- {} (`{}` {}). Another way to the same end: {}",
            md(&finding.title),
            finding.audit.id,
            finding.fingerprint(),
            md(&finding.fix.summary)
        );
    }
    if !open.is_empty() {
        let _ = writeln!(page, "\n## What no file here does");
    }
    for (_, finding) in open {
        let _ = writeln!(
            page,
            "\n### {}\n\n`{}` {}, {}. {}\n",
            md(&finding.title),
            finding.audit.id,
            finding.fingerprint(),
            finding.severity.as_str(),
            md(&finding.fix.summary)
        );
        for step in &finding.fix.steps {
            let _ = writeln!(page, "- {}", md(step));
        }
        if let Some(path) = &finding.fix.setup_path {
            let _ = writeln!(page, "- Setup path: {}", md(path));
        }
        for command in commands(finding, report, &shell(&options.target_org)) {
            let _ = writeln!(page, "\n```sh\n{command}\n```");
        }
    }
}

/// The commands of the Salesforce command line that do it, where there are such.
fn commands(finding: &Finding, report: &AuditReport, org: &str) -> Vec<String> {
    let user = username(report);
    match (&finding.fix.change, finding.audit.id) {
        (Some(Change::Assign { permission_set }), _) => vec![format!(
            "sf org assign permset --name {} --on-behalf-of {user} --target-org {org}",
            shell(permission_set.as_str())
        )],
        // Frozen is a fact of the user's UserLogin record, active one of the user's own; no command unlocks a password.
        (_, "user-cannot-log-in") => match finding.subject.as_deref() {
            Some("inactive") => vec![format!(
                "sf data update record --sobject User --where \"Username={user}\" --values \"IsActive=true\" --target-org {org}"
            )],
            Some("frozen") => vec![format!(
                "sf data update record --sobject UserLogin --where \"UserId={}\" --values \"IsFrozen=false\" --target-org {org}",
                user_id(report)
            )],
            _ => Vec::new(),
        },
        (_, "package-not-licensed") => {
            vec![format!("sf package installed list --target-org {org}")]
        }
        _ => Vec::new(),
    }
}

/// What nobody could see before, and no file here closes.
fn opened(page: &mut String, proof: &Proof) {
    if !proof.opened.is_empty() {
        let _ = writeln!(page, "\n## What shows once that is closed\n");
    }
    for finding in (proof.opened.iter()).filter_map(|index| proof.after.findings.get(*index)) {
        let _ = write!(
            page,
            "- {} (`{}` {}, {}): {}",
            md(&finding.title),
            finding.audit.id,
            finding.fingerprint(),
            finding.severity.as_str(),
            md(&finding.fix.summary)
        );
        let _ = match &finding.fix.setup_path {
            Some(path) => writeln!(page, ". Setup path: {}", md(path)),
            None => writeln!(page),
        };
    }
}

fn withheld(page: &mut String, report: &AuditReport, plan: &Plan, proof: &Proof) {
    let mut any = false;
    for (index, (finding, treatment)) in report.findings.iter().zip(&plan.treatments).enumerate() {
        if proof.closes.iter().any(|closing| closing.finding == index) {
            continue;
        }
        let why = match treatment {
            Treatment::Withheld(why) => why.as_str(),
            Treatment::Accepted => "it is known or intended",
            _ => continue,
        };
        if !any {
            let _ = writeln!(page, "\n## What was left out\n");
            any = true;
        }
        let _ = writeln!(
            page,
            "- {} (`{}` {}): {}. {}",
            md(&finding.title),
            finding.audit.id,
            finding.fingerprint(),
            md(why),
            finding
                .fix
                .setup_path
                .as_deref()
                .map(md)
                .unwrap_or_default()
        );
    }
}

fn suggestions(page: &mut String, suggested: &[&str]) {
    if suggested.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "\n## Suggestions: not deployed\n\nThe files under `suggestions/` are drafts. They change what holds for \
         everybody, and no `package.xml` or project file names them. Read each against what the org has before you use \
         any of it.\n"
    );
    if suggested.iter().any(|path| path.contains("/flows/")) {
        let _ = writeln!(
            page,
            "A flow in `SystemModeWithSharing` works with rights that the user does not have, for everybody who can start \
             it: its author must vouch for what it reads and writes.\n"
        );
    }
    if suggested.iter().any(|path| path.contains("/sharingRules/")) {
        let _ = writeln!(
            page,
            "The sharing rules share with the public group `HubSpot_Integration`. Where the org has none, create it first \
             (Setup > Public Groups > New, group name HubSpot_Integration), with the integration user as its only member.\n"
        );
    }
    for path in suggested {
        let _ = writeln!(page, "- {}", md(path));
    }
}

/// A text of the org inside Markdown: on one line, and with nothing that Markdown or HTML acts on.
fn md(text: &str) -> String {
    let line = crate::report::printable(text).replace('\n', " ");
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '|' | '`' | '*' | '[' | ']' | '\\' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A word of a shell command: quoted unless it is plain.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._+-:/".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        let text = crate::report::printable(text).replace('\n', " ");
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_org_stay_texts() {
        assert_eq!(
            md("a|b\n<img> [x](y) `c`"),
            "a\\|b &lt;img> \\[x\\](y) \\`c\\`"
        );
        assert_eq!(shell("hub@spot.example"), "hub@spot.example");
        assert_eq!(shell("a'; rm -rf ~"), "'a'\\''; rm -rf ~'");
        assert_eq!(
            list([crate::snapshot::ObjectRight::Read].into_iter().collect()),
            "Read"
        );
    }
}
