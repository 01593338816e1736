//! Why a mapping file could not be read: every fault with its line, in one error.

use std::fmt;
use std::io;

/// How many faults one message shows; the rest are counted.
const SHOWN: usize = 20;

/// How many faults are kept; the rest are counted, so that a file of noise takes no memory.
const KEPT: usize = 1000;

/// How many characters of a file's own text one message repeats.
const QUOTED: usize = 60;

/// A mapping file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingFileError {
    /// Nothing is there.
    #[error("the mapping file `{file}` does not exist: check the spelling of the path")]
    Missing {
        /// The file, as given.
        file: String,
    },
    /// A folder was given.
    #[error(
        "`{file}` is a folder, and a mapping file is one file: name the CSV, JSON or TOML file in it"
    )]
    Folder {
        /// The path, as given.
        file: String,
    },
    /// The operating system refuses.
    #[error("the mapping file `{file}` cannot be read ({source}): check its permissions")]
    Unreadable {
        /// The file, as given.
        file: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// More bytes than any list of mappings has.
    #[error(
        "the mapping file `{file}` is larger than {limit_mib} MiB, and a portal's mappings take a few hundred KiB: \
         check that it is the file you meant, or split it and give `--mappings` once for each part"
    )]
    TooLarge {
        /// The file, as given.
        file: String,
        /// The limit in MiB.
        limit_mib: u64,
    },
    /// No format that is read.
    #[error("the mapping file `{file}` is {found}: {next}")]
    UnknownFormat {
        /// The file, as given.
        file: String,
        /// What it seems to be.
        found: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// The file was read, and rows or headers in it cannot be used.
    #[error("{0}")]
    Faults(Faults),
}

/// One thing that is wrong in a mapping file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1; none for a fault of the file as a whole.
    pub line: Option<usize>,
    /// What is wrong and the next step.
    pub message: String,
}

/// All that is wrong in one mapping file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    file: String,
    kept: Vec<Fault>,
    count: usize,
}

impl Faults {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            kept: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn add(&mut self, line: Option<usize>, message: impl FnOnce() -> String) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() < KEPT {
            self.kept.push(Fault {
                line,
                message: message(),
            });
        }
    }

    pub(super) fn into_error(mut self) -> MappingFileError {
        self.kept.sort_by_key(|fault| fault.line);
        MappingFileError::Faults(self)
    }

    /// The file, as given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The faults in the order of their lines: the first thousand, where there are more.
    pub fn faults(&self) -> &[Fault] {
        &self.kept
    }

    /// How many faults there are, with those that are not kept.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([fault], 1) = (self.kept.as_slice(), self.count) {
            write!(f, "the mapping file `{}`", self.file)?;
            if let Some(line) = fault.line {
                write!(f, ", line {line}")?;
            }
            return write!(f, ": {}", fault.message);
        }
        write!(
            f,
            "the mapping file `{}` has {} faults:",
            self.file, self.count
        )?;
        for fault in self.kept.iter().take(SHOWN) {
            match fault.line {
                Some(line) => write!(f, "\n  line {line}: {}", fault.message)?,
                None => write!(f, "\n  {}", fault.message)?,
            }
        }
        match self.count.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// A file's own text as a message repeats it: cut short, and with nothing in it that a terminal obeys.
pub(super) fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    let mut rest = text.trim().chars();
    for character in rest.by_ref().take(QUOTED) {
        // A text direction mark or a zero-width character would hide what is wrong.
        let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if character.is_control() || hidden {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    if rest.next().is_some() {
        shown.push('…');
    }
    shown.push('`');
    shown
}

/// The candidate that is most like `text`; none where none is like it. Only misspellings are like it: to answer
/// `Always use HubSpot` with `Always use Salesforce` would be bad advice.
pub(super) fn nearest<'c>(
    text: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // A long text is no misspelling, and comparing it takes time with the square of its length.
    if text.len() > 100 {
        return None;
    }
    let text = text.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&text, &candidate.to_ascii_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.9)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_holds_is_repeated_short_and_harmless() {
        assert_eq!(quoted(" Account Name "), "`Account Name`");
        assert_eq!(quoted("a\u{1b}[31m\u{202e}"), "`a\\u{1b}[31m\\u{202e}`");
        let long = quoted(&"é".repeat(5000));
        assert_eq!(long.chars().count(), QUOTED + 3);
        assert!(long.ends_with("…`"));
    }

    #[test]
    fn a_flood_of_faults_is_counted_and_the_first_are_kept() {
        let mut faults = Faults::new("m.csv");
        for line in (1..=5000).rev() {
            faults.add(Some(line), || "is bad".to_owned());
        }
        assert_eq!(faults.count(), 5000);
        assert_eq!(faults.faults().len(), KEPT);
        let message = faults.into_error().to_string();
        assert_eq!(message.lines().count(), SHOWN + 2);
        assert!(message.ends_with("and 4980 more"), "{message}");
    }

    #[test]
    fn a_misspelling_finds_its_word_and_nonsense_finds_none() {
        let words = ["hubspot_object", "sync_rule"];
        assert_eq!(nearest("Sync_Rul", words), Some("sync_rule"));
        assert_eq!(nearest("zzz", words), None);
        assert_eq!(
            nearest("Always use HubSpot", ["Always use Salesforce"]),
            None
        );
        assert_eq!(nearest(&"sync_rule".repeat(20), words), None);
    }
}
