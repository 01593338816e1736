//! The gap report for a spreadsheet: one line a finding, and nothing but findings.
//!
//! What could not be evaluated has no line here; whoever writes this format says it elsewhere
//! ([`headline`](super::headline())).

use std::collections::BTreeSet;
use std::io;

use super::format::Spec;
use super::{AuditReport, JudgedMapping, Style, text};
use crate::finding::{EvidenceKind, Finding};
use crate::snapshot::Name;

pub(super) const SPEC: Spec = Spec {
    name: "csv",
    ending: Some("csv"),
    write,
};

/// The columns, fixed by name and order.
const COLUMNS: [&str; 16] = [
    "audit",
    "type",
    "severity",
    "confidence",
    "object",
    "field",
    "operation",
    "hubspot_object",
    "hubspot_property",
    "sync_rule",
    "title",
    "fix",
    "setup_path",
    "granted_by",
    "salesforce_errors",
    "fingerprint",
];

/// Between the values of a cell that holds several.
const BETWEEN: &str = "; ";

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut lines = csv::Writer::from_writer(out);
    lines.write_record(COLUMNS).map_err(unwrapped)?;
    for (finding, rows) in report.findings.iter().zip(report.mappings_by_finding()) {
        let own = finding.mapping.and_then(|index| report.mappings.get(index));
        let rows = own.map_or(rows, |own| vec![own]);
        let cells = cells(finding, &rows).map(|cell| harmless(&cell));
        lines.write_record(&cells).map_err(unwrapped)?;
    }
    lines.flush()
}

/// The writer's own error, whose kind tells a broken pipe from the rest.
pub(super) fn unwrapped(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

fn cells(finding: &Finding, rows: &[&JudgedMapping]) -> [String; COLUMNS.len()] {
    let name = |name: Option<&Name>| name.map_or_else(String::new, Name::to_string);
    [
        finding.audit.id.to_owned(),
        finding
            .audit
            .error_type
            .map_or_else(String::new, |number| number.to_string()),
        finding.severity.as_str().to_owned(),
        finding.confidence.as_str().to_owned(),
        name(finding.object.as_ref()),
        name(finding.field.as_ref()),
        finding
            .operation
            .map_or_else(String::new, |operation| operation.as_str().to_owned()),
        each_once(rows.iter().map(|row| row.hubspot_object.as_str())),
        each_once(rows.iter().map(|row| row.hubspot_property.as_str())),
        each_once(rows.iter().map(|row| row.sync_rule.as_str())),
        finding.title.clone(),
        finding.fix.summary.clone(),
        finding.fix.setup_path.clone().unwrap_or_default(),
        granted_by(finding),
        finding.salesforce_errors.join(BETWEEN),
        finding.fingerprint(),
    ]
}

/// The containers that grant what is in question, and those that take it away again.
fn granted_by(finding: &Finding) -> String {
    each_once(finding.evidence.iter().filter_map(|evidence| {
        matches!(evidence.kind, EvidenceKind::Grant | EvidenceKind::Muting)
            .then_some(evidence.container.as_deref())
            .flatten()
    }))
}

/// The values, each where it comes first.
fn each_once<'t>(values: impl Iterator<Item = &'t str>) -> String {
    let mut seen = BTreeSet::new();
    let values: Vec<&str> = values.filter(|value| seen.insert(*value)).collect();
    values.join(BETWEEN)
}

/// The cell with an apostrophe before whatever a spreadsheet would run, and hidden characters written out,
/// line breaks among them, so that one line is one finding.
///
/// A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return (OWASP, "CSV
/// Injection"), white space before it aside. One that is set to semicolons begins a cell after each of them.
pub(super) fn harmless(cell: &str) -> String {
    let parts: Vec<String> = cell
        .split(';')
        .map(|part| {
            let apostrophe = if runs(part) { "'" } else { "" };
            format!("{apostrophe}{}", text::clean(part))
        })
        .collect();
    parts.join(";")
}

fn runs(cell: &str) -> bool {
    // The full-width forms, because some input methods and spreadsheets fold them to the plain ones.
    const STARTS: [char; 9] = [
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}',
    ];
    let ignored = |c: char| c.is_whitespace() || text::is_hidden(c) || c == '"';
    cell.starts_with(['\t', '\r', '\n']) || cell.trim_start_matches(ignored).starts_with(STARTS)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    fn rendered(report: &AuditReport) -> String {
        let mut out = Vec::new();
        render(report, Format::Csv, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_made_harmless() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\tA",
            "  =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\u{3000}\u{ff1d}1",
            "\u{ff0b}1",
            "\u{ff0d}1",
            "\u{ff20}A",
            "\u{2212}1",
            "\"=1\"",
        ] {
            let harmless = harmless(cell);
            assert!(harmless.starts_with('\''), "{cell:?} gave {harmless:?}");
        }
        assert_eq!(harmless("a; =1;\t@b"), "a;' =1;'\\t@b");
        for cell in [
            "",
            "Name",
            "a=b",
            "a - b",
            "first; second",
            "'=1",
            "Grant Read (+ Edit)",
        ] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn a_finding_is_one_line_of_the_contracts_columns() {
        insta::assert_snapshot!(rendered(&sample::report()));
    }

    #[test]
    fn every_cell_survives_a_reader_of_csv() {
        let report = sample::report();
        let text = rendered(&report);
        assert!(!text.starts_with('\u{feff}') && text.is_ascii() != text.contains('東'));
        assert_eq!(text.lines().count(), report.findings.len() + 1);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), COLUMNS.as_slice());
        let mut lines = 0;
        for (line, finding) in reader.records().zip(&report.findings) {
            let line = line.unwrap();
            assert_eq!(line.get(0), Some(finding.audit.id));
            assert_eq!(line.get(15), Some(finding.fingerprint().as_str()));
            assert!(line.iter().all(|cell| !runs(cell)), "{line:?}");
            lines += 1;
        }
        assert_eq!(lines, report.findings.len());
    }

    #[test]
    fn without_findings_the_header_stands_alone() {
        assert_eq!(
            rendered(&sample::clean()),
            format!("{}\n", COLUMNS.join(","))
        );
    }
}
