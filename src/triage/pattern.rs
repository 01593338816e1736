//! Patterns of words: what a sentence says whatever its exact wording, `{none} .. {right} ... {field}`.
//!
//! In: a message and the classes of words of the rules. Out: whether a pattern stands in it. The file of rules says how
//! patterns are written.

use std::collections::{BTreeMap, HashMap};

use super::extract::{is_field, known_object};
use super::normal::{LONGEST, is_id, kind_of_id};

/// Words that `..` and `...` may pass over.
const SHORT_GAP: usize = 3;
const LONG_GAP: usize = 10;

/// Most parts of a pattern: every gap multiplies the work.
const MOST_ELEMENTS: usize = 12;

/// Most ways of saying that the classes of a pattern may come to.
const MOST_SEQUENCES: usize = 4_000;

/// Contractions written without their apostrophe.
const WITHOUT_APOSTROPHE: [(&str, &str); 13] = [
    ("arent", "are"),
    ("cant", "can"),
    ("couldnt", "could"),
    ("didnt", "did"),
    ("doesnt", "does"),
    ("dont", "do"),
    ("hasnt", "has"),
    ("havent", "have"),
    ("isnt", "is"),
    ("shouldnt", "should"),
    ("wasnt", "was"),
    ("werent", "were"),
    ("wont", "will"),
];

/// Names that are written as fields are, and are none.
pub(super) const NO_FIELDS: [&str; 9] = [
    "hubspot",
    "recordtype",
    "recordtypeid",
    "ownerid",
    "accountid",
    "whatid",
    "whoid",
    "appexchange",
    "campaignmembers",
];

/// What a word is by its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// `Region__c`.
    Custom,
    /// `SBQQ__Quote__c`.
    Packaged,
    /// `Contact.Email`.
    Dotted,
    /// `AnnualRevenue`.
    Camel,
    /// Digits only.
    Number,
    /// A record id.
    Id,
    /// A record id of this object, in small letters.
    IdOf(String),
}

impl Mark {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "custom" => Self::Custom,
            "packaged" => Self::Packaged,
            "dotted" => Self::Dotted,
            "camel" => Self::Camel,
            "number" => Self::Number,
            "id" => Self::Id,
            _ => Self::IdOf(name.strip_prefix("id-of-")?.to_owned()),
        })
    }
}

/// One word of a message; an end of a sentence is a word `.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) word: String,
    pub(super) marks: Vec<Mark>,
}

impl Token {
    fn plain(word: &str) -> Self {
        Self {
            word: word.to_owned(),
            marks: Vec::new(),
        }
    }

    fn marked(word: &str, marks: Vec<Mark>) -> Self {
        Self {
            word: word.to_owned(),
            marks,
        }
    }
}

/// The words of a message: small letters, `can't` as `can not`, no possessive `'s`.
pub(super) fn tokens(message: &str) -> Vec<Token> {
    let mut all = Vec::new();
    for chunk in message
        .char_indices()
        .nth(LONGEST)
        .map_or(message, |(end, _)| message.get(..end).unwrap_or_default())
        .split_whitespace()
    {
        let inside = |c: char| {
            c.is_alphanumeric()
                || matches!(
                    c,
                    '_' | '\'' | '.' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}'
                )
        };
        for word in chunk.split(|c| !inside(c)) {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
            if !word.is_empty() {
                token(word, &mut all);
            }
        }
        let bare = chunk.trim_end_matches(['"', '\'', ')', ']', '\u{201d}', '\u{2019}']);
        if bare.ends_with(['.', ';', '!', '?']) {
            all.push(Token::plain("."));
        }
    }
    all
}

fn token(word: &str, all: &mut Vec<Token>) {
    if is_id(word) {
        let kind = kind_of_id(word).unwrap_or_default().to_ascii_lowercase();
        all.push(Token::marked("", vec![Mark::Id, Mark::IdOf(kind)]));
        return;
    }
    if let Some((object, field)) = word.split_once('.') {
        let of_object = known_object(object) || object.ends_with("__c");
        if of_object && !field.contains('.') && is_field(field) {
            all.push(Token::marked(&object.to_lowercase(), vec![Mark::Dotted]));
            return;
        }
    }
    for part in word.split('.').filter(|part| !part.is_empty()) {
        plain_words(part, all);
    }
}

fn plain_words(part: &str, all: &mut Vec<Token>) {
    let lower = part
        .to_lowercase()
        .replace(['\u{2019}', '\u{2018}', '`', '\u{b4}'], "'");
    let verb = lower
        .strip_suffix("n't")
        .map(|verb| match verb {
            "ca" => "can",
            "wo" => "will",
            verb => verb,
        })
        .or_else(|| (lower == "cannot").then_some("can"))
        .or_else(|| {
            WITHOUT_APOSTROPHE
                .iter()
                .find(|(written, _)| *written == lower)
                .map(|(_, verb)| *verb)
        });
    if let Some(verb) = verb {
        all.extend([Token::plain(verb), Token::plain("not")]);
        return;
    }
    let stem = ["'s", "'re", "'ve", "'ll", "'d", "'m"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .unwrap_or(&lower);
    for word in stem.split('\'').filter(|word| !word.is_empty()) {
        let mut marks = Vec::new();
        if word.ends_with("__c") {
            marks.push(Mark::Custom);
            if word.matches("__").count() > 1 {
                marks.push(Mark::Packaged);
            }
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            marks.push(Mark::Number);
        }
        if is_camel(part) && !NO_FIELDS.contains(&word) && !known_object(part) {
            marks.push(Mark::Camel);
        }
        all.push(Token::marked(word, marks));
    }
}

/// `AnnualRevenue`, as standard fields are written; not `LeadTrigger`, as code is.
pub(super) fn is_camel(word: &str) -> bool {
    let humps = word.chars().filter(char::is_ascii_uppercase).count();
    let small = word.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase());
    let of_code = [
        "Trigger",
        "Exception",
        "Service",
        "Handler",
        "Controller",
        "Error",
    ];
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && small
        && humps >= 2
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !of_code.iter().any(|ending| word.ends_with(ending))
}

/// The ways of saying something: sequences of words, and shapes of one word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ways {
    sequences: Vec<Vec<String>>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    /// Up to so many words of the same sentence.
    Gap(usize),
    Words(Words),
}

/// The ways of saying one thing, by their first words: messages come by the thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    by_first: HashMap<String, Vec<Vec<String>>>,
    marks: Vec<Mark>,
    optional: bool,
}

impl Words {
    /// The words with which it begins.
    pub(super) fn first_words(&self) -> impl Iterator<Item = &str> {
        self.by_first.keys().map(String::as_str)
    }

    /// The shapes of a word that it may be.
    pub(super) fn shapes(&self) -> &[Mark] {
        &self.marks
    }

    fn of(ways: Ways, optional: bool) -> Self {
        let mut by_first: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for sequence in ways.sequences {
            if let Some((first, rest)) = sequence.split_first() {
                by_first
                    .entry(first.clone())
                    .or_default()
                    .push(rest.to_vec());
            }
        }
        Self {
            by_first,
            marks: ways.marks,
            optional,
        }
    }
}

/// A pattern, ready to be held against the words of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Element>);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A class that is not known, or a pattern with no word.
    pub(super) fn parse(text: &str, classes: &Classes) -> Result<Self, String> {
        let elements = elements(text, classes)?;
        let says = |element: &Element| matches!(element, Element::Words(words) if !words.optional);
        if !elements.iter().any(says) {
            return Err(format!(
                "the pattern `{text}` has no word, so it would match everything"
            ));
        }
        if elements.len() > MOST_ELEMENTS {
            return Err(format!("the pattern `{text}` is too long"));
        }
        Ok(Self(elements))
    }

    /// Its two rarest parts: where either has no word in a message, the pattern does not stand there.
    pub(super) fn rarest(&self) -> Vec<&Words> {
        let said = self.0.iter().filter_map(|element| match element {
            Element::Words(words) if !words.optional => Some(words),
            _ => None,
        });
        let mut said: Vec<&Words> = said.collect();
        said.sort_by_key(|words| words.by_first.len() + words.marks.len());
        said.truncate(2);
        said
    }

    /// Whether it stands anywhere in the words.
    pub(super) fn is_in(&self, words: &[Token]) -> bool {
        (0..words.len()).any(|at| matches(&self.0, words.get(at..).unwrap_or_default()))
    }
}

fn matches(elements: &[Element], words: &[Token]) -> bool {
    let Some((element, rest)) = elements.split_first() else {
        return true;
    };
    match element {
        Element::Gap(most) => {
            let open = words
                .iter()
                .take(*most)
                .take_while(|token| token.word != ".")
                .count();
            (0..=open).any(|over| matches(rest, words.get(over..).unwrap_or_default()))
        }
        Element::Words(said) => {
            if let Some((first, after)) = words.split_first() {
                let of_shape = said.marks.iter().any(|mark| first.marks.contains(mark));
                if of_shape && matches(rest, after) {
                    return true;
                }
                for more in said.by_first.get(&first.word).into_iter().flatten() {
                    let stands = more.len() <= after.len()
                        && more
                            .iter()
                            .zip(after)
                            .all(|(word, token)| *word == token.word);
                    if stands && matches(rest, after.get(more.len()..).unwrap_or_default()) {
                        return true;
                    }
                }
            }
            said.optional && matches(rest, words)
        }
    }
}

/// Classes of words by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Classes(BTreeMap<String, Ways>);

impl Classes {
    /// Adds the classes of a file. A name that is known already gets the new words as well.
    ///
    /// # Errors
    /// A class that names one that is not known, or itself.
    pub(super) fn extend(&mut self, words: &toml::Table) -> Result<(), String> {
        let mut waiting: Vec<(&String, Vec<&str>)> = Vec::new();
        for (name, entries) in words {
            let texts: Option<Vec<&str>> = entries
                .as_array()
                .map(|entries| entries.iter().filter_map(toml::Value::as_str).collect());
            let texts = texts
                .filter(|texts| {
                    entries
                        .as_array()
                        .is_some_and(|all| all.len() == texts.len())
                })
                .ok_or_else(|| format!("the class of words `{name}` must be a list of texts"))?;
            if Mark::named(name).is_some() {
                return Err(format!("the class of words `{name}` is built in"));
            }
            waiting.push((name, texts));
        }
        // A class may name another that stands below it.
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut fault = String::new();
            waiting.retain(|(name, texts)| {
                let named = |text: &&str| {
                    words.iter().any(|(other, _)| {
                        text.contains(&format!("{{{other}}}")) && !self.0.contains_key(other)
                    })
                };
                if texts.iter().any(named) {
                    fault = format!("the class of words `{name}` names itself in a circle");
                    return true;
                }
                match ways_of(texts, self) {
                    Ok(ways) => {
                        let known = self.0.entry((*name).clone()).or_default();
                        known.sequences.extend(ways.sequences);
                        known.marks.extend(ways.marks);
                        false
                    }
                    Err(message) => {
                        fault = message;
                        true
                    }
                }
            });
            if waiting.len() == before {
                return Err(fault);
            }
        }
        Ok(())
    }
}

fn ways_of(texts: &[&str], classes: &Classes) -> Result<Ways, String> {
    let mut all = Ways::default();
    for text in texts {
        let mut sequences = vec![Vec::new()];
        let mut marks = Vec::new();
        for part in parts(text, classes)? {
            let Part::Said(ways, false) = part else {
                return Err(format!(
                    "a class of words takes no gap and no `?`: `{text}`"
                ));
            };
            marks.extend(ways.marks);
            sequences = joined(&sequences, &ways.sequences);
            if sequences.len() > MOST_SEQUENCES {
                return Err(format!("`{text}` comes to too many ways of saying it"));
            }
        }
        all.sequences.extend(
            sequences
                .into_iter()
                .filter(|sequence| !sequence.is_empty()),
        );
        all.marks.extend(marks);
    }
    Ok(all)
}

fn joined(before: &[Vec<String>], after: &[Vec<String>]) -> Vec<Vec<String>> {
    if after.is_empty() {
        return before.to_vec();
    }
    before
        .iter()
        .flat_map(|start| after.iter().map(|end| [start.as_slice(), end].concat()))
        .collect()
}

/// A part of a pattern as written.
enum Part {
    Gap(usize),
    /// What may stand there, and whether nothing may.
    Said(Ways, bool),
}

fn elements(text: &str, classes: &Classes) -> Result<Vec<Element>, String> {
    let parts = parts(text, classes)?;
    Ok(parts
        .into_iter()
        .map(|part| match part {
            Part::Gap(most) => Element::Gap(most),
            Part::Said(ways, optional) => Element::Words(Words::of(ways, optional)),
        })
        .collect())
}

fn parts(text: &str, classes: &Classes) -> Result<Vec<Part>, String> {
    text.split_whitespace()
        .map(|written| {
            Ok(match written {
                ".." => Part::Gap(SHORT_GAP),
                "..." => Part::Gap(LONG_GAP),
                _ => {
                    let optional = written.strip_suffix('?');
                    let ways = alternative_ways(optional.unwrap_or(written), classes)?;
                    Part::Said(ways, optional.is_some())
                }
            })
        })
        .collect()
}

fn alternative_ways(alternatives: &str, classes: &Classes) -> Result<Ways, String> {
    let mut ways = Ways::default();
    for alternative in alternatives.split('|').filter(|text| !text.is_empty()) {
        let class = alternative
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        match class {
            Some(name) => match (Mark::named(name), classes.0.get(name)) {
                (Some(mark), _) => ways.marks.push(mark),
                (None, Some(class)) => {
                    ways.sequences.extend(class.sequences.iter().cloned());
                    ways.marks.extend(class.marks.iter().cloned());
                }
                (None, None) => return Err(format!("no class of words is called `{name}`")),
            },
            None => {
                let (word, plural) = match alternative.strip_suffix("(s)") {
                    Some(word) => (word, true),
                    None => (alternative, false),
                };
                let said: Vec<String> = tokens(word).into_iter().map(|token| token.word).collect();
                if said.is_empty() {
                    return Err(format!("`{alternative}` is no word"));
                }
                if plural {
                    ways.sequences.push(vec![format!("{word}s")]);
                }
                ways.sequences.push(said);
            }
        }
    }
    Ok(ways)
}
