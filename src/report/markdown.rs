//! Markdown for a comment on a pull request: short at first sight, the rest folded away, never longer than a comment.
//!
//! Texts of the org are not trusted: HTML, pipes, links and mentions in them are shown and do nothing.

use std::fmt::Write as _;
use std::io;

use super::format::Spec;
use super::{AuditReport, JudgedMapping, OutcomeKind, Style, headline, location, sarif, text};
use crate::finding::{BaselineState, EvidenceKind, Finding};

pub(super) const SPEC: Spec = Spec {
    name: "markdown",
    ending: Some("md"),
    write,
};

/// Most characters that are written: a GitHub comment holds 65,536.
const LIMIT: usize = 65_000;

/// Most characters of one text of the org: a label can have 100 kB.
const TEXT_LIMIT: usize = 400;

/// Most audits not evaluated, problems and notices that are shown one by one, of each.
const LINES: usize = 40;

/// Most facts and steps shown of one finding, of each.
const FACTS: usize = 8;

/// Most mapping rows shown of one finding.
const ROWS: usize = 3;

/// Kept free for the last lines.
const RESERVE: usize = 600;

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::default();
    page.push(&format!(
        "## permgap\n\n**{}**\n",
        markdown(&headline(report))
    ));
    page.push(&about(report));
    page.list("Read this first", false, report.notices.iter().cloned());
    let unknown = report
        .audits
        .iter()
        .filter(|audit| audit.outcome == OutcomeKind::NotEvaluated || audit.reason.is_some())
        .map(|audit| {
            let reason = audit.reason.as_deref().unwrap_or("no reason is known");
            format!(
                "{} {}: {reason}",
                audit.audit.id,
                sarif::not_evaluated(audit)
            )
        });
    page.list("Not evaluated", false, unknown);
    let problems = report.problems.iter().map(|problem| {
        let place = text::place(Some(&problem.place), problem.line).unwrap_or_default();
        format!("{place}: {}", problem.message)
    });
    page.list("Could not be read", true, problems);

    let rows = report.mappings_by_finding();
    let with_rows = report.findings.iter().zip(&rows);
    let (new, known): (Vec<_>, Vec<_>) =
        with_rows.partition(|(finding, _)| finding.baseline == BaselineState::New);
    page.findings(report, "Gaps", &new);
    page.findings(report, "Known gaps", &known);
    out.write_all(page.text.as_bytes())
}

fn about(report: &AuditReport) -> String {
    let counts = report.summary();
    let mut text = format!(
        "\n| critical | high | medium | low | not evaluated | rows ok | rows with a gap | rows not known |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|\n| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        counts.critical,
        counts.high,
        counts.medium,
        counts.low,
        counts.not_evaluated,
        counts.mappings_ok,
        counts.mappings_gap,
        counts.mappings_unknown
    );
    if let Some(since) = &report.changed_since {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nOnly what changed since {}.\n", markdown(since));
    }
    text
}

/// The text so far, and how long it is.
#[derive(Default)]
struct Page {
    text: String,
    characters: usize,
}

impl Page {
    /// Appends a block.
    fn push(&mut self, block: &str) {
        self.characters += block.chars().count();
        self.text.push_str(block);
    }

    /// Appends a block if there is room for it.
    fn fits(&mut self, block: &str) -> bool {
        let fits = self.characters + block.chars().count() + RESERVE <= LIMIT;
        if fits {
            self.push(block);
        }
        fits
    }

    fn list(&mut self, heading: &str, folded: bool, lines: impl Iterator<Item = String>) {
        let mut lines = lines.peekable();
        if lines.peek().is_none() {
            return;
        }
        let heading_line = if folded {
            format!("\n<details>\n<summary>{heading}</summary>\n\n")
        } else {
            format!("\n### {heading}\n\n")
        };
        self.push(&heading_line);
        for line in lines.by_ref().take(LINES) {
            if !self.fits(&format!("- {}\n", markdown(&line))) {
                break;
            }
        }
        let more = lines.count();
        if more > 0 {
            self.push(&format!("- and {more} more, in the full report\n"));
        }
        if folded {
            self.push("\n</details>\n");
        }
    }

    fn findings(
        &mut self,
        report: &AuditReport,
        heading: &str,
        findings: &[(&Finding, &Vec<&JudgedMapping>)],
    ) {
        if findings.is_empty() {
            return;
        }
        self.push(&format!("\n### {heading} ({})\n", findings.len()));
        for (shown, (finding, rows)) in findings.iter().enumerate() {
            if !self.fits(&block(report, finding, rows)) {
                let more = findings.len() - shown;
                self.push(&format!(
                    "\n{more} more have no room in a comment: see the full report.\n"
                ));
                return;
            }
        }
    }
}

fn block(report: &AuditReport, finding: &Finding, rows: &[&JudgedMapping]) -> String {
    let mut text = format!(
        "\n<details>\n<summary><b>{}</b> <code>{}</code> {}</summary>\n\n",
        finding.severity.as_str(),
        finding.audit.id,
        html(&finding.title)
    );
    if !finding.detail.is_empty() {
        let _ = writeln!(text, "{}\n", markdown(&finding.detail));
    }
    let mut item = |name: &str, words: &str| {
        let _ = writeln!(text, "- **{name}:** {}", markdown(words));
    };
    item("Fix", &finding.fix.summary);
    if let Some(path) = &finding.fix.setup_path {
        item("In Setup", path);
    }
    if let Some(place) = location::of(report, finding) {
        item(
            "Where",
            &text::place(Some(place.file), place.line).unwrap_or_default(),
        );
    }
    if !finding.salesforce_errors.is_empty() {
        item("Salesforce answers", &finding.salesforce_errors.join(", "));
    }
    item("Certainty", finding.confidence.as_str());
    for row in rows.iter().take(ROWS) {
        item("Mapping", &text::row(row));
    }
    if rows.len() > ROWS {
        item("Mapping", &format!("and {} more rows", rows.len() - ROWS));
    }
    // The rows stand above.
    let mut facts = finding
        .evidence
        .iter()
        .filter(|fact| fact.kind != EvidenceKind::Mapping);
    for fact in facts.by_ref().take(FACTS) {
        item("Because", &text::fact(fact));
    }
    let more = facts.count();
    if more > 0 {
        item("Because", &format!("and {more} more facts"));
    }
    let _ = write!(
        text,
        "- **Fingerprint:** `{}`\n\n</details>\n",
        finding.fingerprint()
    );
    text
}

/// The start of a text, hidden characters written out.
fn shortened(words: &str) -> String {
    let mut short: String = words.chars().take(TEXT_LIMIT).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    text::clean(&short).into_owned()
}

/// A text that stands for itself in HTML, where Markdown is not read.
fn html(words: &str) -> String {
    escaped(words, "")
}

/// A text that stands for itself in Markdown.
fn markdown(words: &str) -> String {
    escaped(words, "\\`*_[]()#+!|~$^=")
}

/// Zero width and not part of any name: it keeps a sign from making a mention, a reference or a link.
const BREAK: &str = "&#8203;";

fn escaped(words: &str, by_backslash: &str) -> String {
    let words = shortened(words);
    let mut escaped = String::with_capacity(words.len() + words.len() / 4);
    let mut letters = words.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if by_backslash.contains(letter) => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter => escaped.push(letter),
        }
        let next = letters.peek().copied();
        let acts = match letter {
            '@' | '#' | '!' | '$' | '%' | '~' | '&' => {
                next.is_some_and(|next| next.is_alphanumeric() || next == '"' || next == '_')
            }
            ':' => next == Some('/'),
            '.' => escaped.to_ascii_lowercase().ends_with("www."),
            _ => false,
        };
        if acts {
            escaped.push_str(BREAK);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    fn rendered(report: &AuditReport) -> String {
        let mut out = Vec::new();
        render(report, Format::Markdown, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_of_the_org_do_nothing() {
        assert_eq!(
            markdown("<img src=x> a|b @team #12 https://evil [x](y)"),
            "&lt;img src\\=x&gt; a\\|b @&#8203;team \\#&#8203;12 https:&#8203;//evil \\[x\\]\\(y\\)"
        );
        assert_eq!(
            html("</summary>@me\n| x"),
            "&lt;/summary&gt;@&#8203;me\\n| x"
        );
    }

    #[test]
    fn a_comment_has_room_for_it_whatever_the_report_holds() {
        let mut report = sample::report();
        let mut long = report.findings[2].clone();
        long.title = "|@<".repeat(40_000);
        report.findings = vec![long; 10_000];
        report.notices = vec!["@".repeat(100_000); 1000];
        let text = rendered(&report);
        assert!(text.chars().count() <= LIMIT, "{}", text.chars().count());
        assert!(text.contains("more have no room"), "{text}");
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }

    #[test]
    fn new_gaps_stand_before_known_ones() {
        let text = rendered(&sample::report());
        let new = text.find("### Gaps (4)").unwrap();
        assert!(new < text.find("### Known gaps (1)").unwrap());
        assert!(text.find("### Not evaluated").unwrap() < new);
    }
}
