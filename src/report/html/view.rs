//! What the template shows, as texts that are ready for it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use base64::Engine as _;
use sha2::{Digest, Sha256};

use super::super::headline::verdict;
use super::super::style::Tone;
use super::super::{AuditReport, JudgedMapping, OutcomeKind, Verdict, location, sarif, text};
use super::setup_link;
use crate::finding::{BaselineState, EvidenceKind, Finding, Operation, Severity};
use crate::snapshot::Name;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Most characters of one text: a label can have 100 kB.
const TEXT_LIMIT: usize = 2_000;

/// Most mapping rows that are named at one finding; the object's table has them all.
const ROWS: usize = 5;

/// The names that the HubSpot-Salesforce guide gives the types of permission errors, from type 1 on.
const TYPES: [&str; 13] = [
    "Field-level security denied",
    "Object permission missing",
    "Record-level access or visibility",
    "Missing access to parent record",
    "Owner assignment",
    "API access disabled or restricted",
    "Permission set not assigned",
    "Validation rule demands an inaccessible field",
    "Owner-based sharing violation",
    "Record type access missing",
    "Missing CRUD access",
    "Managed package dependency",
    "Flow or Apex in user context",
];

#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page {
    csp: String,
    style: &'static str,
    script: &'static str,
    version: &'static str,
    title: String,
    tone: &'static str,
    headline: String,
    generated_at: String,
    about: Vec<(&'static str, String)>,
    tiles: Vec<Tile>,
    notices: Vec<String>,
    unknown: Vec<(&'static str, String)>,
    problems: Vec<(String, String)>,
    rights: [&'static str; 4],
    heat: Vec<HeatRow>,
    severities: [&'static str; 4],
    types: Vec<(String, String)>,
    total: usize,
    sections: Vec<Section>,
}

struct Tile {
    class: &'static str,
    number: usize,
    label: &'static str,
}

struct HeatRow {
    object: String,
    anchor: String,
    cells: [Cell; 4],
    ok: usize,
    gap: usize,
    unknown: usize,
    findings: usize,
}

#[derive(Clone, Copy)]
struct Cell {
    class: &'static str,
    word: &'static str,
}

struct Section {
    name: String,
    anchor: String,
    cards: Vec<Card>,
    rows: Vec<Row>,
}

struct Card {
    fingerprint: String,
    severity: &'static str,
    confidence: &'static str,
    error_type: String,
    audit: &'static str,
    field: String,
    known: bool,
    title: String,
    detail: String,
    place: String,
    fix: String,
    steps: Vec<String>,
    setup: String,
    link: String,
    facts: Vec<String>,
    rows: Vec<String>,
    errors: String,
}

struct Row {
    field: String,
    property: String,
    rule: String,
    read: Cell,
    edit: Cell,
    verdict: Cell,
    place: String,
}

impl Page {
    pub(super) fn of(report: &AuditReport) -> Self {
        let (headline, tone) = verdict(report);
        let org = report.org.name.as_deref().unwrap_or("Salesforce org");
        let sections = sections(report);
        Self {
            csp: format!(
                "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
                hash(STYLE),
                hash(SCRIPT)
            ),
            style: STYLE,
            script: SCRIPT,
            version: env!("CARGO_PKG_VERSION"),
            title: shown(&format!("HubSpot's access to {org}")),
            tone: match tone {
                Tone::Good => "good",
                Tone::Worst | Tone::Bad => "bad",
                _ => "open",
            },
            headline: shown(&headline),
            generated_at: shown(&report.generated_at),
            about: about(report),
            tiles: tiles(report),
            notices: report.notices.iter().map(|text| shown(text)).collect(),
            unknown: report
                .audits
                .iter()
                .filter(|audit| {
                    audit.outcome == OutcomeKind::NotEvaluated || audit.reason.is_some()
                })
                .map(|audit| {
                    let reason = audit.reason.as_deref().unwrap_or("no reason is known");
                    let words = format!("{}: {reason}", sarif::not_evaluated(audit));
                    (audit.audit.id, shown(&words))
                })
                .collect(),
            problems: report
                .problems
                .iter()
                .map(|problem| {
                    let place = text::place(Some(&problem.place), problem.line);
                    (shown(&place.unwrap_or_default()), shown(&problem.message))
                })
                .collect(),
            rights: ["Read", "Create", "Edit", "Delete"],
            heat: heat(report),
            severities: Severity::ALL.map(Severity::as_str),
            types: types(report),
            total: report.findings.len(),
            sections,
        }
    }
}

/// The source expression of a hash in a Content Security Policy (W3C, CSP Level 3).
pub(super) fn hash(content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("'sha256-{digest}'")
}

/// A text of bounded length with hidden characters written out.
fn shown(words: &str) -> String {
    let mut short: String = words.chars().take(TEXT_LIMIT).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    text::clean(&short).into_owned()
}

fn about(report: &AuditReport) -> Vec<(&'static str, String)> {
    let user = &report.user;
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
    [
        ("User", user.username.clone()),
        ("Profile", user.profile.clone()),
        ("Permission sets", list(&user.permission_sets)),
        ("Permission set groups", list(&user.permission_set_groups)),
        ("Org id", report.org.id.clone()),
        ("Org", report.org.instance_url.clone()),
        ("Collected", report.org.collected_at.clone()),
        ("Audited", Some(report.generated_at.clone())),
        ("Changes since", report.changed_since.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, shown(&value?))))
    .collect()
}

fn tiles(report: &AuditReport) -> Vec<Tile> {
    let counts = report.summary();
    [
        ("critical", counts.critical, "critical"),
        ("high", counts.high, "high"),
        ("medium", counts.medium, "medium"),
        ("low", counts.low, "low"),
        ("", counts.not_evaluated, "audits not evaluated"),
        ("", counts.mappings_ok, "mapping rows ok"),
        ("", counts.mappings_gap, "mapping rows with a gap"),
        ("", counts.mappings_unknown, "mapping rows not known"),
    ]
    .into_iter()
    .map(|(class, number, label)| Tile {
        class,
        number,
        label,
    })
    .collect()
}

fn types(report: &AuditReport) -> Vec<(String, String)> {
    let numbers: BTreeSet<u8> = report
        .findings
        .iter()
        .filter_map(|finding| finding.audit.error_type)
        .collect();
    numbers
        .into_iter()
        .map(|number| {
            let name = usize::from(number)
                .checked_sub(1)
                .and_then(|index| TYPES.get(index))
                .unwrap_or(&"");
            (number.to_string(), format!("{number} {name}"))
        })
        .collect()
}

/// Every object that a mapping row or a finding names, by name.
fn objects(report: &AuditReport) -> BTreeSet<&Name> {
    let mapped = report.mappings.iter().map(|mapping| &mapping.object);
    let found = report
        .findings
        .iter()
        .filter_map(|finding| finding.object.as_ref());
    mapped.chain(found).collect()
}

const YES: Cell = Cell {
    class: "yes",
    word: "yes",
};
const NO: Cell = Cell {
    class: "no",
    word: "no",
};
const GAP: Cell = Cell {
    class: "gap",
    word: "gap",
};
const OPEN: Cell = Cell {
    class: "open",
    word: "?",
};

fn cell(has: Option<bool>, needed: bool) -> Cell {
    match (has, needed) {
        (Some(true), _) => YES,
        (Some(false), true) => GAP,
        (Some(false), false) => NO,
        (None, _) => OPEN,
    }
}

fn heat(report: &AuditReport) -> Vec<HeatRow> {
    let mut lacking: BTreeSet<(&Name, Operation)> = BTreeSet::new();
    let mut found: BTreeMap<&Name, usize> = BTreeMap::new();
    for finding in &report.findings {
        let Some(object) = &finding.object else {
            continue;
        };
        *found.entry(object).or_default() += 1;
        if let (None, Some(operation)) = (&finding.field, finding.operation) {
            lacking.insert((object, operation));
        }
    }
    let mut rows: BTreeMap<&Name, Vec<&JudgedMapping>> = BTreeMap::new();
    for mapping in &report.mappings {
        let of_object = rows.entry(&mapping.object).or_default();
        for need in &mapping.needs {
            lacking.insert((&mapping.object, *need));
        }
        of_object.push(mapping);
    }
    objects(report)
        .into_iter()
        .map(|object| {
            let rows = rows.get(object).map(Vec::as_slice).unwrap_or_default();
            let has = rows.first().map(|row| row.has_object).unwrap_or_default();
            let right = |has, operation| {
                let needed = lacking.contains(&(object, operation));
                // Without a row the report holds only what is missing.
                if rows.is_empty() && needed {
                    GAP
                } else {
                    cell(has, needed)
                }
            };
            let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
            HeatRow {
                object: shown(object.as_str()),
                anchor: anchor(Some(object)),
                cells: [
                    right(has.read, Operation::Read),
                    right(has.create, Operation::Create),
                    right(has.edit, Operation::Edit),
                    right(has.delete, Operation::Delete),
                ],
                ok: count(Verdict::Ok),
                gap: count(Verdict::Gap),
                unknown: count(Verdict::Unknown),
                findings: found.get(object).copied().unwrap_or_default(),
            }
        })
        .collect()
}

/// An id of the page: letters, digits, `_`; anything else by its number.
fn anchor(object: Option<&Name>) -> String {
    let Some(object) = object else {
        return "-connection".to_owned();
    };
    let mut anchor = String::new();
    for letter in object.as_str().chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            anchor.push(letter);
        } else {
            anchor.push_str(&format!("-{:x}", u32::from(letter)));
        }
    }
    anchor
}

fn sections(report: &AuditReport) -> Vec<Section> {
    let rows_of = report.mappings_by_finding();
    let mut cards: BTreeMap<Option<&Name>, Vec<Card>> = BTreeMap::new();
    for (finding, rows) in report.findings.iter().zip(&rows_of) {
        let card = card(report, finding, rows);
        cards.entry(finding.object.as_ref()).or_default().push(card);
    }
    let mut rows: BTreeMap<&Name, Vec<Row>> = BTreeMap::new();
    for mapping in &report.mappings {
        rows.entry(&mapping.object).or_default().push(row(mapping));
    }
    let mut names: BTreeSet<Option<&Name>> = objects(report).into_iter().map(Some).collect();
    names.extend(cards.keys().copied());
    names
        .into_iter()
        .map(|object| Section {
            name: object.map_or_else(
                || "The connection and the user".to_owned(),
                |object| shown(object.as_str()),
            ),
            anchor: anchor(object),
            cards: cards.remove(&object).unwrap_or_default(),
            rows: object
                .and_then(|object| rows.remove(object))
                .unwrap_or_default(),
        })
        .collect()
}

fn card(report: &AuditReport, finding: &Finding, rows: &[&JudgedMapping]) -> Card {
    let setup = finding.fix.setup_path.as_deref().unwrap_or_default();
    let place = location::of(report, finding)
        .and_then(|place| text::place(Some(place.file), place.line))
        .unwrap_or_default();
    // Mapping rows are listed by themselves.
    let facts = finding
        .evidence
        .iter()
        .filter(|evidence| evidence.kind != EvidenceKind::Mapping);
    let mut named: Vec<String> = rows
        .iter()
        .take(ROWS)
        .map(|mapping| shown(&text::row(mapping)))
        .collect();
    if rows.len() > ROWS {
        named.push(format!("and {} more mapping rows", rows.len() - ROWS));
    }
    Card {
        fingerprint: finding.fingerprint(),
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        error_type: finding
            .audit
            .error_type
            .map_or_else(String::new, |number| number.to_string()),
        audit: finding.audit.id,
        field: finding
            .field
            .as_ref()
            .map_or_else(String::new, |field| shown(field.as_str())),
        known: finding.baseline == BaselineState::Known,
        title: shown(&finding.title),
        detail: shown(&finding.detail),
        place: shown(&place),
        fix: shown(&finding.fix.summary),
        steps: finding.fix.steps.iter().map(|step| shown(step)).collect(),
        setup: shown(setup),
        link: setup_link::of(report.org.instance_url.as_deref(), setup).unwrap_or_default(),
        facts: facts.map(|fact| shown(&text::fact(fact))).collect(),
        rows: named,
        errors: finding.salesforce_errors.join(", "),
    }
}

fn row(mapping: &JudgedMapping) -> Row {
    let needs = |operation| mapping.needs.contains(&operation);
    Row {
        field: shown(mapping.field.as_str()),
        property: shown(&format!(
            "{} {}",
            mapping.hubspot_object, mapping.hubspot_property
        )),
        rule: shown(&mapping.sync_rule),
        read: cell(mapping.has_field.read, needs(Operation::Read)),
        edit: cell(mapping.has_field.edit, needs(Operation::Edit)),
        verdict: match mapping.verdict {
            Verdict::Ok => Cell {
                class: "yes",
                word: "ok",
            },
            Verdict::Gap => GAP,
            Verdict::Unknown => Cell {
                class: "open",
                word: "not known",
            },
        },
        place: shown(&format!("{}:{}", mapping.file, mapping.line)),
    }
}
