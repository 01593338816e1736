//! What `permgap explain` writes: the list of audits, or the documentation of one.
//!
//! In: audits of the catalogue. Out: text for people, or JSON.

use std::io;

use super::Style;
use super::json::write_json;
use super::page::Page;
use super::style::Tone;
use crate::audit::AuditMeta;
use crate::finding::{Confidence, Severity};

/// One audit, as `permgap explain --format json` lists it. Keys are added, never renamed.
#[derive(serde::Serialize)]
struct Entry {
    audit: &'static str,
    #[serde(rename = "type")]
    error_type: Option<u8>,
    severity: Severity,
    title: &'static str,
    confidence: Confidence,
    salesforce_errors: &'static [&'static str],
    hubspot_category: Option<&'static str>,
    /// Markdown; only where one audit is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<&'static str>,
}

impl From<&AuditMeta> for Entry {
    fn from(audit: &AuditMeta) -> Self {
        Self {
            audit: audit.id,
            error_type: audit.error_type,
            severity: audit.severity,
            title: audit.title,
            confidence: audit.confidence,
            salesforce_errors: audit.salesforce_errors,
            hubspot_category: audit.hubspot_category,
            documentation: None,
        }
    }
}

/// The list of audits for people.
///
/// # Errors
///
/// What the writer answers.
pub fn list_table<'m>(
    audits: impl IntoIterator<Item = &'m AuditMeta>,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rows: Vec<_> = audits
        .into_iter()
        .map(|audit| {
            vec![
                (Tone::Strong, audit.id.to_owned()),
                (Tone::Plain, type_of(audit)),
                (Tone::of(audit.severity), audit.severity.as_str().to_owned()),
                (Tone::Plain, audit.title.to_owned()),
            ]
        })
        .collect();
    Page::new(style, out).grid(&["Audit", "Type", "Severity", "Title"], &rows)
}

/// The list of audits as a JSON array.
///
/// # Errors
///
/// What the writer answers.
pub fn list_json<'m>(
    audits: impl IntoIterator<Item = &'m AuditMeta>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let entries: Vec<Entry> = audits.into_iter().map(Entry::from).collect();
    write_json(&entries, out)
}

/// One audit's documentation for people.
///
/// # Errors
///
/// What the writer answers.
pub fn audit_table(audit: &AuditMeta, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    page.paragraph(Tone::Strong, audit.id)?;
    page.paragraph(Tone::Plain, audit.title)?;
    page.blank()?;
    page.fact("Type", &type_of(audit))?;
    page.fact("Severity", audit.severity.as_str())?;
    page.fact(
        "Certainty",
        &format!("{} at best", audit.confidence.as_str()),
    )?;
    if !audit.salesforce_errors.is_empty() {
        page.fact("Errors", &audit.salesforce_errors.join(", "))?;
    }
    if let Some(card) = audit.hubspot_category {
        page.fact("HubSpot", &format!("Sync Health, under {card}"))?;
    }
    markdown(page, audit.docs)
}

/// One audit's documentation as a JSON object.
///
/// # Errors
///
/// What the writer answers.
pub fn audit_json(audit: &AuditMeta, out: &mut dyn io::Write) -> io::Result<()> {
    let entry = Entry {
        documentation: Some(audit.docs),
        ..Entry::from(audit)
    };
    write_json(&entry, out)
}

/// One audit's page of the documentation, in Markdown.
pub fn audit_markdown(audit: &AuditMeta) -> String {
    let mut page = format!(
        "# {}\n\n{}.\n\n- Type: {}\n- Severity: {}\n- Certainty: {} at best\n",
        audit.id,
        audit.title,
        type_of(audit),
        audit.severity.as_str(),
        audit.confidence.as_str()
    );
    if !audit.salesforce_errors.is_empty() {
        page += &format!(
            "- Salesforce answers: `{}`\n",
            audit.salesforce_errors.join("`, `")
        );
    }
    if let Some(card) = audit.hubspot_category {
        page += &format!("- In HubSpot: Sync Health, under {card}\n");
    }
    let docs = audit.docs.trim();
    // A heading stands free.
    for line in docs.lines() {
        match line.strip_prefix("## ") {
            Some(heading) => page += &format!("\n## {heading}\n\n"),
            None => page += &format!("{line}\n"),
        }
    }
    page
}

/// The list of audits as a page of the documentation, in Markdown.
pub fn list_markdown<'m>(audits: impl IntoIterator<Item = &'m AuditMeta>) -> String {
    let mut page = "# Audits\n\nWhat `permgap explain` shows, a page each. The type is that of the HubSpot-Salesforce guide to \
                    permission errors, 1 to 13.\n\n| audit | type | severity | what it finds |\n|---|---|---|---|\n"
        .to_owned();
    for audit in audits {
        page += &format!(
            "| [{id}]({id}.md) | {} | {} | {} |\n",
            type_of(audit),
            audit.severity.as_str(),
            audit.title,
            id = audit.id
        );
    }
    page
}

fn type_of(audit: &AuditMeta) -> String {
    audit
        .error_type
        .map_or_else(|| "–".to_owned(), |number| number.to_string())
}

/// The little Markdown that documentation of audits is written in: headings, lists, paragraphs.
fn markdown(page: &mut Page<'_>, docs: &str) -> io::Result<()> {
    let mut block = String::new();
    for line in docs.lines().map(str::trim).chain([""]) {
        let heading = line.strip_prefix("## ");
        let ends = line.is_empty() || heading.is_some() || is_item(line);
        if ends && !block.is_empty() {
            match item(&block) {
                Some(text) => page.item(text)?,
                None => page.paragraph(Tone::Plain, &block)?,
            }
            block.clear();
        }
        match heading {
            Some(heading) => page.heading(heading)?,
            None if line.is_empty() => {}
            None => {
                if !block.is_empty() {
                    block.push(' ');
                }
                block.push_str(line);
            }
        }
    }
    Ok(())
}

fn item(line: &str) -> Option<&str> {
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

fn is_item(line: &str) -> bool {
    item(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{CATALOGUE, by_id};

    fn text(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn all() -> impl Iterator<Item = &'static AuditMeta> {
        CATALOGUE.iter().map(|audit| audit.meta)
    }

    #[test]
    fn the_list_names_every_audit_in_each_form() {
        let json: serde_json::Value =
            serde_json::from_str(&text(|out| list_json(all(), out))).unwrap();
        let entries = json.as_array().unwrap();
        assert_eq!(entries.len(), CATALOGUE.len());
        for width in [60, 120] {
            let style = Style {
                width,
                colour: false,
            };
            let table = text(|out| list_table(all(), &style, out));
            for (audit, entry) in all().zip(entries) {
                assert_eq!(entry["audit"], audit.id);
                assert_eq!(entry["type"], serde_json::json!(audit.error_type));
                assert_eq!(entry["severity"], audit.severity.as_str());
                assert_eq!(entry["title"], audit.title);
                assert!(entry.get("documentation").is_none());
                assert!(table.contains(audit.id), "{table}");
            }
        }
    }

    #[test]
    fn documentation_is_laid_out_and_none_of_it_is_lost() {
        let style = Style {
            width: 60,
            colour: false,
        };
        for audit in all() {
            let shown = text(|out| audit_table(audit, &style, out));
            for word in audit.docs.replace("##", "").split_whitespace() {
                assert!(word == "-" || shown.contains(word), "{}: {word}", audit.id);
            }
            assert!(!shown.contains("##"));
            let json: serde_json::Value =
                serde_json::from_str(&text(|out| audit_json(audit, out))).unwrap();
            assert_eq!(json["documentation"], audit.docs);
        }
    }

    /// `PERMGAP_UPDATE=1 cargo test` writes the pages anew.
    #[test]
    fn the_pages_in_the_repository_are_current() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audits");
        let mut pages: std::collections::BTreeMap<String, String> = all()
            .map(|audit| (format!("{}.md", audit.id), audit_markdown(audit)))
            .collect();
        pages.insert("README.md".to_owned(), list_markdown(all()));
        let update = std::env::var_os("PERMGAP_UPDATE").is_some();
        if update {
            std::fs::create_dir_all(&folder).unwrap();
        }
        for (name, page) in &pages {
            let path = folder.join(name);
            if update {
                std::fs::write(&path, page).unwrap();
            }
            let file = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                file == *page,
                "{name}: run PERMGAP_UPDATE=1 cargo test pages_in_the_repository"
            );
        }
        for file in std::fs::read_dir(&folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(pages.contains_key(&name), "no audit has the page {name}");
        }
    }

    #[test]
    fn lists_and_paragraphs_are_told_apart() {
        static META: AuditMeta = AuditMeta {
            id: "sample",
            error_type: None,
            title: "A sample",
            severity: Severity::Low,
            confidence: Confidence::Likely,
            salesforce_errors: &[],
            hubspot_category: None,
            docs: "## One\nfirst\nline\n\nnext\n- a\n  b\n- c\n## Two\nlast",
        };
        let style = Style::default();
        assert_eq!(
            text(|out| audit_table(&META, &style, out)),
            "sample\nA sample\n\nType      –\nSeverity  low\nCertainty likely at best\n\nOne\nfirst line\nnext\n  - a b\n  - c\n\nTwo\nlast\n"
        );
        assert!(by_id("sample").is_none());
    }
}
