//! The report for programs: `permgap.report/1`.
//!
//! In: an [`AuditReport`], or the text of a report written earlier. Out: JSON, or a [`v1::Report`]. The types in
//! [`v1`] are the format and change only by addition; the types of the audit may change as they like.

mod convert;
pub mod v1;

use std::fmt::Write as _;
use std::io;

use super::format::Spec;
use super::{AuditReport, Style, text};

pub(super) const SPEC: Spec = Spec {
    name: "json",
    ending: Some("json"),
    write,
};

/// Why a text is not a report that this version reads.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is not JSON, or not of the format that it names.
    #[error("not a permgap report: {0}; write one with `permgap audit -o report.json`")]
    Malformed(#[from] serde_json::Error),
    /// The text is JSON of another format, or of a later version.
    #[error(
        "the format is {found}, and this version of permgap reads {}",
        v1::SCHEMA
    )]
    OtherFormat {
        /// The `schema` that the text names, or what it is without one.
        found: String,
    },
}

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(&v1::Report::from(report), out)
}

/// Reads a report that was written as JSON.
///
/// # Errors
///
/// [`ReadError`], for a text that is no report or one of a later version.
pub fn read(text: &[u8]) -> Result<v1::Report, ReadError> {
    #[derive(serde::Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    let head: Head = serde_json::from_slice(text)?;
    match head.schema {
        Some(schema) if schema == v1::SCHEMA => Ok(serde_json::from_slice(text)?),
        Some(schema) => Err(ReadError::OtherFormat {
            found: text::clean(&format!("{schema:?}")).into_owned(),
        }),
        None => Err(ReadError::OtherFormat {
            found: "JSON without a \"schema\"".to_owned(),
        }),
    }
}

/// The JSON schema of the format (draft 2020-12), as the repository holds it.
pub fn schema() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<v1::Report>()
        .to_value()
}

/// Writes a value as indented JSON with a last line feed.
///
/// Characters that act on a terminal are written as `\u` escapes, which to a reader of JSON are the same.
pub(crate) fn write_json(value: &impl serde::Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let json = serde_json::to_string_pretty(value)?;
    // Outside of strings, the only such character that JSON text has is the line feed between lines.
    let acts = |c: char| c != '\n' && text::is_hidden(c);
    if json.contains(acts) {
        out.write_all(escaped(&json, acts).as_bytes())?;
    } else {
        out.write_all(json.as_bytes())?;
    }
    out.write_all(b"\n")
}

fn escaped(json: &str, acts: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    /// The repository's schema file. `PERMGAP_UPDATE=1 cargo test` writes it anew.
    const SCHEMA_FILE: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/permgap.report-1.schema.json"
    );

    fn rendered(report: &AuditReport) -> String {
        let mut out = Vec::new();
        render(report, Format::Json, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_schema_in_the_repository_is_current() {
        let mut current = serde_json::to_string_pretty(&schema()).unwrap();
        current.push('\n');
        if std::env::var_os("PERMGAP_UPDATE").is_some() {
            std::fs::write(SCHEMA_FILE, &current).unwrap();
        }
        let file = std::fs::read_to_string(SCHEMA_FILE).unwrap();
        assert!(
            file == current,
            "run PERMGAP_UPDATE=1 cargo test schema_in_the_repository"
        );
    }

    #[test]
    fn a_report_meets_the_schema_and_one_with_a_wrong_word_does_not() {
        let schema: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(SCHEMA_FILE).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for report in [sample::report(), sample::clean()] {
            let mut json: serde_json::Value = serde_json::from_str(&rendered(&report)).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&json)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
            json["mappings"][0]["verdict"] = "fine".into();
            assert!(!validator.is_valid(&json));
            json["mappings"][0]
                .as_object_mut()
                .unwrap()
                .remove("verdict");
            assert!(!validator.is_valid(&json));
        }
    }

    #[test]
    fn keys_values_and_their_order_are_the_contract() {
        let version = format!("\"version\": {:?}", env!("CARGO_PKG_VERSION"));
        let json = rendered(&sample::report()).replace(&version, "\"version\": \"…\"");
        insta::assert_snapshot!(json);
    }

    #[test]
    fn what_was_written_is_read_again_and_writes_the_same_bytes() {
        for report in [sample::report(), sample::clean()] {
            let json = rendered(&report);
            let read = read(json.as_bytes()).unwrap();
            assert_eq!(read, v1::Report::from(&report));
            let mut again = Vec::new();
            write_json(&read, &mut again).unwrap();
            assert_eq!(String::from_utf8(again).unwrap(), json);
        }
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        for (text, says) in [
            (
                r#"{"schema":"permgap.report/2"}"#,
                "the format is \"permgap.report/2\"",
            ),
            (
                r#"{"schema":"a\u001b[2J"}"#,
                "the format is \"a\\u{1b}[2J\"",
            ),
            (r#"{}"#, "JSON without a \"schema\""),
            (r#"{"schema":"permgap.report/1"}"#, "missing field `tool`"),
            ("audit,type", "not a permgap report"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn nothing_in_the_json_acts_on_a_terminal() {
        let json = rendered(&sample::report());
        assert!(
            json.contains("\\u202e") && json.contains("\\u009b"),
            "{json}"
        );
        assert!(!json.contains(|c: char| c != '\n' && text::is_hidden(c)));
        let mut tagged = Vec::new();
        write_json(&"\u{e0041}", &mut tagged).unwrap();
        assert_eq!(tagged, b"\"\\udb40\\udc41\"\n");
    }
}
