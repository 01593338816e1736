//! Which formats there are, and how one is chosen: by name, or by the ending of an output file.

use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;

use super::{AuditReport, Style};

/// What one format says of itself.
pub(super) struct Spec {
    /// The name on the command line.
    pub(super) name: &'static str,
    /// The ending of its files, without the dot; none for a format that is for the screen only.
    pub(super) ending: Option<&'static str>,
    /// Writes a report.
    pub(super) write: fn(&AuditReport, &Style, &mut dyn io::Write) -> io::Result<()>,
}

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident => $module:ident),+ $(,)?) => {
        /// A report format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $($(#[$doc])* $variant),+
        }

        impl Format {
            /// Every format, the one for people first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$variant => &super::$module::SPEC),+
                }
            }
        }
    };
}

formats!(
    /// What a person reads first.
    Table => table,
    /// The gap report for a spreadsheet: one line a finding.
    Csv => csv,
    /// `permgap.report/1`, everything, for programs.
    Json => json,
    /// SARIF 2.1.0, for code scanning.
    Sarif => sarif,
    /// JUnit XML, for the test view of a CI server.
    Junit => junit,
    /// One self-contained page.
    Html => html,
    /// A comment on a pull request.
    Markdown => markdown,
    /// Annotations of GitHub Actions: workflow commands.
    Github => github,
);

/// A format that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownFormat {
    /// No format has that name.
    #[error("there is no report format {given:?}; choose one of {}", names())]
    Name {
        /// The name asked for.
        given: String,
    },
    /// No format has files of that ending.
    #[error(
        "{path}: the ending tells no report format; choose one of {}",
        endings()
    )]
    Ending {
        /// The output file asked for.
        path: String,
    },
}

impl Format {
    /// The name on the command line: `table`.
    pub fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// The ending of its files, without the dot; none for a format that is for the screen only.
    pub fn ending(self) -> Option<&'static str> {
        self.spec().ending
    }

    /// The format that an output file's ending asks for, its letter case aside.
    ///
    /// # Errors
    ///
    /// [`UnknownFormat::Ending`] where the file has no ending or one that no format has.
    pub fn from_ending(path: &Path) -> Result<Self, UnknownFormat> {
        let given = path.extension().and_then(|ending| ending.to_str());
        Self::ALL
            .iter()
            .copied()
            .find(|format| match (format.ending(), given) {
                (Some(ending), Some(given)) => given.eq_ignore_ascii_case(ending),
                _ => false,
            })
            .ok_or_else(|| UnknownFormat::Ending {
                path: super::text::clean(&path.to_string_lossy()).into_owned(),
            })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(given: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.as_str() == given)
            .ok_or_else(|| UnknownFormat::Name {
                given: given.to_owned(),
            })
    }
}

fn names() -> String {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
    names.join(", ")
}

fn endings() -> String {
    let endings: Vec<String> = Format::ALL
        .iter()
        .filter_map(|format| format.ending())
        .map(|ending| format!(".{ending}"))
        .collect();
    endings.join(", ")
}

/// Writes a report. The same report and style give the same bytes.
///
/// # Errors
///
/// What the writer answers.
pub fn render(
    report: &AuditReport,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    (format.spec().write)(report, style, out)
}

#[cfg(test)]
mod tests {
    use super::super::{OutcomeKind, sample};
    use super::*;

    fn rendered(format: Format) -> String {
        let mut out = Vec::new();
        render(&sample::report(), format, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        for format in Format::ALL {
            assert_eq!(rendered(*format), rendered(*format));
        }
    }

    #[test]
    fn every_format_that_can_lists_what_was_not_evaluated() {
        for format in Format::ALL {
            // A CSV file holds one line a finding and nothing else, by contract.
            let lists = *format != Format::Csv;
            let text = rendered(*format);
            for audit in sample::report().audits {
                if audit.outcome == OutcomeKind::NotEvaluated {
                    assert_eq!(text.contains(audit.audit.id), lists, "{format}: {text}");
                    let reason = audit.reason.unwrap_or_default();
                    assert!(!lists || text.contains(&reason), "{format}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_broken_pipe_is_told_as_such() {
        struct Broken;
        impl io::Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        for format in Format::ALL {
            let error = render(&sample::report(), *format, &Style::default(), &mut Broken);
            assert_eq!(
                error.unwrap_err().kind(),
                io::ErrorKind::BrokenPipe,
                "{format}"
            );
        }
    }

    #[test]
    fn formats_are_found_by_name_and_by_ending() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(*format));
            if let Some(ending) = format.ending() {
                let path = format!("out/gaps.v2.{}", ending.to_uppercase());
                assert_eq!(Format::from_ending(Path::new(&path)), Ok(*format));
            }
        }
        let unknown = "pdf".parse::<Format>().unwrap_err().to_string();
        assert!(
            unknown.contains("\"pdf\"") && unknown.contains("table, csv, json, sarif"),
            "{unknown}"
        );
        for path in ["gaps", "gaps.pdf", ".csv", ""] {
            let unknown = Format::from_ending(Path::new(path))
                .unwrap_err()
                .to_string();
            assert!(
                unknown.contains(".csv, .json, .sarif, .xml, .html"),
                "{unknown}"
            );
        }
    }
}
