//! One self-contained page for people: summary, map of objects and access, gaps by object with filters.
//!
//! The page loads nothing and runs nothing but its own script, which its Content Security Policy names by hash. Every
//! text is escaped by the template, hidden characters are written out. Without a script it shows the same, unfiltered.

mod setup_link;
mod view;

use std::io;

use askama::Template as _;

use super::format::Spec;
use super::{AuditReport, Style};

pub(super) const SPEC: Spec = Spec {
    name: "html",
    ending: Some("html"),
    write,
};

fn write(report: &AuditReport, _: &Style, mut out: &mut dyn io::Write) -> io::Result<()> {
    view::Page::of(report).write_into(&mut out)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    fn rendered(report: &AuditReport) -> String {
        let mut out = Vec::new();
        render(report, Format::Html, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_policy_allows_the_pages_own_style_and_script_and_nothing_else() {
        let page = rendered(&sample::report());
        let between = |start: &str, end: &str| {
            let from = page.find(start).unwrap() + start.len();
            page[from..from + page[from..].find(end).unwrap()].to_owned()
        };
        let policy = between("Content-Security-Policy\" content=\"", "\"");
        for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let hash = view::hash(&between(start, end)).replace('\'', "&#39;");
            assert!(policy.contains(&hash), "{policy}: {hash}");
        }
        assert!(policy.starts_with("default-src &#39;none&#39;"), "{policy}");
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains(" style=") && !page.contains(" onclick="));
    }

    #[test]
    fn texts_of_the_org_are_escaped() {
        let mut report = sample::report();
        report.findings[0].title = "</script><img src=x onerror=alert(1)>\u{202e}".into();
        let page = rendered(&report);
        assert!(!page.contains("<img") && !page.contains('\u{202e}'));
        assert!(page.contains("&#60;img") || page.contains("&lt;img"));
    }
}
