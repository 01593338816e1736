//! What `permgap triage` writes: sorted sync errors for people, spreadsheets, programs and tickets.
//!
//! In: a [`Triage`]. Out: text. The messages come from outside: each format keeps them from acting on what shows them.

use std::io::{self, Write};

use serde::Serialize;

use super::Style;
use super::csv::{harmless, unwrapped};
use super::json::{v1, write_json};
use super::page::Page;
use super::style::Tone;
use super::text::{clean, count};
use crate::finding::{Operation, Severity};
use crate::triage::{Certainty, ExplainingFinding, Explanation, Kind, Triage, TriageGroup};

/// The format's name and version.
pub const SCHEMA: &str = "permgap.triage/1";

/// The kinds in the order of reports.
const KINDS: [Kind; 4] = [
    Kind::PermissionError,
    Kind::HubspotError,
    Kind::NotAPermissionError,
    Kind::Unclassified,
];

/// What is known of a triage beside its errors.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The time of the run (RFC 3339).
    pub generated_at: &'a str,
    /// The input, as given.
    pub input: &'a str,
    /// Whether a report was joined.
    pub joined: bool,
}

/// `1`, `1 (or 7, 12)`, or a dash.
fn type_of(group: &TriageGroup) -> String {
    match (group.classified.kind, group.classified.types.as_slice()) {
        (Kind::PermissionError, [first, rest @ ..])
            if group.classified.certainty == Some(Certainty::Possible) && !rest.is_empty() =>
        {
            let rest: Vec<String> = rest.iter().map(u8::to_string).collect();
            format!("{first} (or {})", rest.join(", "))
        }
        (Kind::PermissionError, [first, ..]) => first.to_string(),
        _ => "–".to_owned(),
    }
}

/// `type 1, certain`, `lock, certain`, `unclassified`.
fn label(group: &TriageGroup) -> String {
    let certainty = group
        .classified
        .certainty
        .map_or_else(String::new, |sure| format!(", {}", sure.as_str()));
    match (group.classified.kind, &group.classified.group) {
        (Kind::PermissionError, _) => format!("type {}{certainty}", type_of(group)),
        (Kind::Unclassified, _) => "unclassified".to_owned(),
        (_, Some(name)) => format!("{name}{certainty}"),
        (kind, None) => kind.label().to_owned(),
    }
}

fn explained(group: &TriageGroup) -> Vec<String> {
    match &group.explanation {
        Explanation::Findings(all) => all.iter().map(explaining).collect(),
        Explanation::Nothing => vec![format!(
            "nothing in the snapshot explains this; next check: {}",
            group.next
        )],
        Explanation::NotAsked if group.next.is_empty() => Vec::new(),
        Explanation::NotAsked => vec![format!("next check: {}", group.next)],
    }
}

fn explaining(finding: &ExplainingFinding) -> String {
    let sure = match finding.certainty {
        Certainty::Certain => "explained by",
        Certainty::Possible => "possibly",
    };
    format!(
        "{sure} {} [{}]: {}; fix: {}",
        finding.audit, finding.fingerprint, finding.title, finding.fix
    )
}

fn tone(group: &TriageGroup) -> Tone {
    match group.classified.kind {
        Kind::PermissionError => group.severity().map_or(Tone::Bad, Tone::of),
        Kind::HubspotError => Tone::Bad,
        Kind::NotAPermissionError => Tone::Dim,
        Kind::Unclassified => Tone::Warn,
    }
}

fn heading(triage: &Triage, kind: Kind) -> Option<String> {
    let number = triage.count(kind);
    (number > 0).then(|| match kind {
        Kind::PermissionError => format!("Permission errors: {number}"),
        Kind::HubspotError => format!("Refused by HubSpot: {number}"),
        Kind::NotAPermissionError => format!("Not permission errors: {number}"),
        Kind::Unclassified => format!("Unclassified: {number}"),
    })
}

/// The groups for people.
///
/// # Errors
/// What the writer answers.
pub fn table(
    triage: &Triage,
    about: About<'_>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let all = triage.errors.len() + triage.not_listed;
    page.paragraph(
        Tone::Strong,
        &format!(
            "{} of {} in {}",
            count(all, "sync error", "sync errors"),
            count(triage.groups.len(), "kind", "kinds"),
            about.input
        ),
    )?;
    if !about.joined {
        page.paragraph(Tone::Dim, "No audit was joined: name one with --report, or a source of the org, to see the findings behind the errors.")?;
    }
    for kind in KINDS {
        let Some(heading) = heading(triage, kind) else {
            continue;
        };
        page.heading(&heading)?;
        for group in triage
            .groups
            .iter()
            .filter(|group| group.classified.kind == kind)
        {
            let flag = format!("{}×", group.count);
            let what = group
                .classified
                .resource()
                .map_or_else(String::new, |what| format!("{what}: "));
            let operation = match (group.classified.kind, group.classified.operation) {
                (Kind::PermissionError, Some(operation)) => format!(", {}", operation.as_str()),
                _ => String::new(),
            };
            page.flagged(
                tone(group),
                &flag,
                &format!("{what}{}{operation}", label(group)),
            )?;
            page.under(Tone::Plain, &group.classified.sentence())?;
            for text in explained(group) {
                page.under(Tone::Plain, &text)?;
            }
            if let Some(example) = group.examples.first() {
                page.labelled(
                    "message",
                    Tone::Dim,
                    &format!("{} (error {})", in_short(example), group.first_row),
                )?;
            }
        }
    }
    if triage.not_grouped > 0 {
        page.paragraph(
            Tone::Warn,
            &format!(
                "{} more errors were not sorted: there are too many kinds",
                triage.not_grouped
            ),
        )?;
    }
    Ok(())
}

/// A text cut for a line.
fn in_short(text: &str) -> String {
    const LONGEST: usize = 200;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}…")
}

/// The groups as Markdown, for a ticket.
///
/// # Errors
/// What the writer answers.
pub fn markdown(triage: &Triage, about: About<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = triage.errors.len() + triage.not_listed;
    writeln!(out, "# Sync errors: {}\n", escape(about.input))?;
    writeln!(
        out,
        "{}, sorted by permgap {}.",
        count(all, "error", "errors"),
        env!("CARGO_PKG_VERSION")
    )?;
    for kind in KINDS {
        let Some(heading) = heading(triage, kind) else {
            continue;
        };
        writeln!(out, "\n## {heading}\n")?;
        writeln!(
            out,
            "| Count | What | Object and field | Operation | Why | Example |"
        )?;
        writeln!(out, "|---:|---|---|---|---|---|")?;
        for group in triage
            .groups
            .iter()
            .filter(|group| group.classified.kind == kind)
        {
            let error = &group.classified;
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                group.count,
                escape(&label(group)),
                escape(&error.resource().unwrap_or_default()),
                error.operation.map_or("", Operation::as_str),
                escape(&explained(group).join(" / ")),
                escape(&in_short(group.examples.first().map_or("", String::as_str))),
            )?;
        }
    }
    Ok(())
}

/// A text that Markdown and HTML show as it is.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

const COLUMNS: [&str; 18] = [
    "error",
    "line",
    "kind",
    "group",
    "type",
    "possible_types",
    "certainty",
    "rule",
    "code",
    "object",
    "field",
    "operation",
    "record_kind",
    "control",
    "explained_by",
    "fix",
    "next_check",
    "message",
];

/// Each error in a line, for a spreadsheet.
///
/// # Errors
/// What the writer answers.
pub fn csv(triage: &Triage, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = ::csv::Writer::from_writer(out);
    lines.write_record(COLUMNS).map_err(unwrapped)?;
    for error in &triage.errors {
        let Some(group) = triage.groups.get(error.group) else {
            continue;
        };
        let sorted = &group.classified;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let types: Vec<String> = sorted.types.iter().map(u8::to_string).collect();
        let (by, fix) = match &group.explanation {
            Explanation::Findings(all) => (
                all.iter()
                    .map(|f| format!("{} {}", f.audit, f.fingerprint))
                    .collect::<Vec<_>>()
                    .join("; "),
                all.iter()
                    .map(|f| f.fix.as_str())
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            Explanation::Nothing => (
                "nothing in the snapshot explains this".to_owned(),
                String::new(),
            ),
            Explanation::NotAsked => (String::new(), String::new()),
        };
        let cells = [
            error.row.to_string(),
            error.line.to_string(),
            sorted.kind.label().to_owned(),
            text(&sorted.group),
            sorted
                .error_type()
                .map_or_else(String::new, |number| number.to_string()),
            types.join("; "),
            sorted.certainty.map_or("", Certainty::as_str).to_owned(),
            text(&sorted.rule),
            text(&sorted.code),
            text(&sorted.object),
            text(&sorted.field),
            sorted.operation.map_or("", Operation::as_str).to_owned(),
            error.record_kind.unwrap_or_default().to_owned(),
            sorted.control.clone(),
            by,
            fix,
            group.next.clone(),
            error.raw.clone(),
        ];
        lines
            .write_record(cells.map(|cell| harmless(&cell)))
            .map_err(unwrapped)?;
    }
    lines.flush()
}

#[derive(Serialize)]
struct Document<'t> {
    schema: &'static str,
    tool: v1::Tool,
    generated_at: &'t str,
    input: &'t str,
    joined: bool,
    summary: Counts,
    groups: Vec<Group<'t>>,
    errors: Vec<Error<'t>>,
    errors_not_listed: usize,
    errors_not_grouped: usize,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    permission_errors: usize,
    hubspot_errors: usize,
    not_permission_errors: usize,
    unclassified: usize,
    explained: usize,
}

#[derive(Serialize)]
struct Group<'t> {
    kind: Kind,
    group: Option<&'t str>,
    #[serde(rename = "type")]
    error_type: Option<u8>,
    possible_types: &'t [u8],
    certainty: Option<Certainty>,
    rule: Option<&'t str>,
    code: Option<&'t str>,
    object: Option<&'t str>,
    field: Option<&'t str>,
    operation: Option<Operation>,
    refers_to: Option<&'t str>,
    severity: Option<Severity>,
    sentence: String,
    actor: Option<&'static str>,
    control: &'t str,
    count: usize,
    first_error: usize,
    examples: &'t [String],
    explained: Option<bool>,
    findings: &'t [ExplainingFinding],
    next_check: &'t str,
}

#[derive(Serialize)]
struct Error<'t> {
    error: usize,
    line: u64,
    message: &'t str,
    record_kind: Option<&'static str>,
    kind: Option<Kind>,
    #[serde(rename = "type")]
    error_type: Option<u8>,
    group: usize,
}

/// Everything, for programs: `permgap.triage/1`.
///
/// # Errors
/// What the writer answers.
pub fn json(triage: &Triage, about: About<'_>, out: &mut dyn Write) -> io::Result<()> {
    let explained = |group: &TriageGroup| matches!(group.explanation, Explanation::Findings(_));
    let document = Document {
        schema: SCHEMA,
        tool: v1::Tool::this(),
        generated_at: about.generated_at,
        input: about.input,
        joined: about.joined,
        summary: Counts {
            errors: triage.errors.len() + triage.not_listed + triage.not_grouped,
            permission_errors: triage.count(Kind::PermissionError),
            hubspot_errors: triage.count(Kind::HubspotError),
            not_permission_errors: triage.count(Kind::NotAPermissionError),
            unclassified: triage.count(Kind::Unclassified),
            explained: triage
                .groups
                .iter()
                .filter(|group| explained(group))
                .map(|group| group.count)
                .sum(),
        },
        groups: triage.groups.iter().map(group).collect(),
        errors: triage
            .errors
            .iter()
            .map(|error| {
                let sorted = triage
                    .groups
                    .get(error.group)
                    .map(|group| &group.classified);
                Error {
                    error: error.row,
                    line: error.line,
                    message: &error.raw,
                    record_kind: error.record_kind,
                    kind: sorted.map(|sorted| sorted.kind),
                    error_type: sorted.and_then(|sorted| sorted.error_type()),
                    group: error.group,
                }
            })
            .collect(),
        errors_not_listed: triage.not_listed,
        errors_not_grouped: triage.not_grouped,
    };
    write_json(&document, out)
}

fn group(group: &TriageGroup) -> Group<'_> {
    let sorted = &group.classified;
    let (explained, findings): (_, &[ExplainingFinding]) = match &group.explanation {
        Explanation::Findings(all) => (Some(true), all),
        Explanation::Nothing => (Some(false), &[]),
        Explanation::NotAsked => (None, &[]),
    };
    Group {
        kind: sorted.kind,
        group: sorted.group.as_deref(),
        error_type: sorted.error_type(),
        possible_types: &sorted.types,
        certainty: sorted.certainty,
        rule: sorted.rule.as_deref(),
        code: sorted.code.as_deref(),
        object: sorted.object.as_deref(),
        field: sorted.field.as_deref(),
        operation: sorted.operation,
        refers_to: sorted.refers_to.as_deref(),
        severity: group.severity(),
        sentence: sorted.sentence(),
        actor: (sorted.kind == Kind::PermissionError).then_some("integration user"),
        control: &sorted.control,
        count: group.count,
        first_error: group.first_row,
        examples: &group.examples,
        explained,
        findings,
        next_check: &group.next,
    }
}
