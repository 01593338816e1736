//! The rules by which errors are sorted: data, the built-in file and a user's own.
//!
//! In: TOML. Out: [`Rules`], checked. The file itself says what its keys mean.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::index::Index;
use super::normal::fold;
use super::pattern::{Classes, Pattern};
use crate::finding::Operation;

const BUILT_IN: &str = include_str!("rules.toml");

/// Greatest size of a file of rules in bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// How sure a classification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The message is given for other reasons too.
    Possible,
    /// The message can mean nothing else.
    Certain,
}

impl Certainty {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Certain => "certain",
        }
    }
}

/// Whose refusal a rule stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RuleKind {
    /// Salesforce refused the integration user.
    Permission,
    /// HubSpot refused somebody or something.
    Hubspot,
    /// No permission error.
    Other,
}

/// What a finding must share with a message to explain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum About {
    /// The field, or the whole object of it.
    Field,
    /// The object.
    Object,
    /// Nothing: the finding is about the connection.
    #[default]
    Connection,
}

/// One rule. The built-in file says what its keys mean.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: String,
    #[serde(default)]
    pub(super) first: bool,
    pub(super) kind: RuleKind,
    #[serde(default)]
    pub(super) group: Option<String>,
    #[serde(default)]
    pub(super) types: Vec<u8>,
    pub(super) certainty: Certainty,
    #[serde(default)]
    pub(super) codes: Vec<String>,
    #[serde(default)]
    pub(super) phrases: Vec<String>,
    #[serde(default)]
    pub(super) patterns: Vec<String>,
    #[serde(default)]
    pub(super) with: Vec<String>,
    #[serde(default)]
    pub(super) without: Vec<String>,
    #[serde(default)]
    pub(super) unless: Vec<String>,
    #[serde(default)]
    pub(super) named: Vec<String>,
    /// `patterns`, ready to be held against a message.
    #[serde(skip)]
    pub(super) said: Vec<Pattern>,
    /// `unless`, ready to be held against a message.
    #[serde(skip)]
    pub(super) unsaid: Vec<Pattern>,
    /// `named`, ready to be held against a message.
    #[serde(skip)]
    pub(super) names: Vec<Pattern>,
    #[serde(default)]
    pub(super) operation: Option<Operation>,
    #[serde(default)]
    pub(super) control: String,
    #[serde(default)]
    pub(super) next: String,
    #[serde(default)]
    pub(super) audits: Vec<String>,
    #[serde(default)]
    pub(super) about: About,
    #[serde(default)]
    pub(super) record: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    words: toml::Table,
    #[serde(default)]
    rule: Vec<Rule>,
}

/// The rules of one run: a user's own before the built-in ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) index: Index,
}

/// A file of rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It cannot be read.
    #[error(
        "the rules file `{path}` cannot be read ({source}): check the path and its permissions"
    )]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It is far too large.
    #[error(
        "the rules file `{path}` has more than {SIZE_LIMIT} bytes: it is hardly a file of rules"
    )]
    TooLarge {
        /// The file, as given.
        path: String,
    },
    /// It is not of the form.
    #[error("{path}: {message}")]
    Invalid {
        /// The file with the line, where known.
        path: String,
        /// What is wrong.
        message: String,
    },
}

impl Rules {
    /// The built-in rules.
    ///
    /// # Errors
    /// None for the file as it is: a test reads it.
    pub fn built_in() -> Result<Self, RulesError> {
        let mut classes = Classes::default();
        parse(BUILT_IN, "built-in rules", &mut classes).map(Self::of)
    }

    /// The built-in rules with those of a file before them.
    ///
    /// # Errors
    /// A file that cannot be read, is no TOML, or holds a rule that says too little.
    pub fn with_file(path: &Path) -> Result<Self, RulesError> {
        use std::io::Read;
        let shown = path.display().to_string();
        let unreadable = |source| RulesError::Unreadable {
            path: shown.clone(),
            source,
        };
        let mut text = String::new();
        std::fs::File::open(path)
            .map_err(unreadable)?
            .take(SIZE_LIMIT + 1)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
            return Err(RulesError::TooLarge { path: shown });
        }
        // Rules of the user's own may name the built-in classes of words, and leave them as they are.
        let mut classes = Classes::default();
        let built_in = parse(BUILT_IN, "built-in rules", &mut classes)?;
        let mut rules = parse(&text, &shown, &mut classes)?;
        rules.extend(built_in);
        Ok(Self::of(rules))
    }

    fn of(rules: Vec<Rule>) -> Self {
        let index = Index::of(&rules);
        Self { rules, index }
    }
}

fn parse(text: &str, shown: &str, classes: &mut Classes) -> Result<Vec<Rule>, RulesError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        RulesError::Invalid {
            path: match before {
                Some(before) => format!("{shown}:{}", 1 + before.matches('\n').count()),
                None => shown.to_owned(),
            },
            message: error.message().to_owned(),
        }
    })?;
    let invalid = |message| RulesError::Invalid {
        path: shown.to_owned(),
        message,
    };
    classes.extend(&file.words).map_err(invalid)?;
    for rule in &mut file.rule {
        if let Some(message) = fault(rule) {
            return Err(RulesError::Invalid {
                path: shown.to_owned(),
                message: format!("rule `{}`: {message}", rule.id),
            });
        }
        for texts in [&mut rule.phrases, &mut rule.with, &mut rule.without] {
            for text in texts {
                *text = fold(text);
            }
        }
        let read = |texts: &[String]| {
            texts
                .iter()
                .map(|text| Pattern::parse(text, classes))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|message| invalid(format!("rule `{}`: {message}", rule.id)))
        };
        let (said, unsaid) = (read(&rule.patterns)?, read(&rule.unless)?);
        let names = read(&rule.named)?;
        (rule.said, rule.unsaid, rule.names) = (said, unsaid, names);
    }
    Ok(file.rule)
}

fn fault(rule: &Rule) -> Option<String> {
    if rule.codes.is_empty() && rule.phrases.is_empty() && rule.patterns.is_empty() {
        return Some("give it `codes`, `phrases` or `patterns` to match".into());
    }
    let blank = |text: &String| text.trim_matches('*').trim().is_empty();
    let mut texts = (rule.codes.iter())
        .chain(&rule.phrases)
        .chain(&rule.with)
        .chain(&rule.without);
    if texts.any(blank) {
        return Some("an empty text would match everything".into());
    }
    if rule.kind == RuleKind::Permission && rule.types.is_empty() {
        return Some("a permission error needs `types`, 1 to 13".into());
    }
    if rule.kind != RuleKind::Permission && rule.group.is_none() {
        return Some("give it a `group`, which says what it is".into());
    }
    if let Some(other) = rule.types.iter().find(|number| !(1..=13).contains(*number)) {
        return Some(format!("there is no type {other}: the guide has 1 to 13"));
    }
    None
}
