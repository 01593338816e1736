//! Messages in one form, so that rules need not think of letter case, apostrophes, white space and ids.

use super::pattern::{Token, tokens};

/// Longest part of a message that is looked at, in characters: a stack trace says nothing new after that.
pub(super) const LONGEST: usize = 8_000;

/// A token that expired so many days ago never was one: HubSpot gives 1970 as its end.
const DAYS_SINCE_1970: u64 = 15_000;

/// Lower case, one space for any run of white space, plain apostrophes and quotes.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space = true;
    for c in text.chars().take(LONGEST) {
        let c = match c {
            '\u{2018}' | '\u{2019}' | '`' | '\u{b4}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2014}' => '-',
            c => c,
        };
        if c.is_whitespace() || c.is_control() {
            if !space {
                folded.push(' ');
            }
            space = true;
        } else {
            folded.extend(c.to_lowercase());
            space = false;
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A message as it was before a web page, JSON or a log wrote its quotes and line breaks otherwise.
fn unescaped(message: &str) -> String {
    const WRITTEN: [(&str, &str); 11] = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
        ("&rsquo;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("\\n", " "),
        ("&amp;", "&"),
    ];
    let mut text = message.to_owned();
    if text.contains(['&', '\\']) {
        for (written, meant) in WRITTEN {
            text = text.replace(written, meant);
        }
        text = text.replace(['\\'], "");
    }
    text
}

/// A message in the form that rules are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Normal {
    /// The folded text, with what ids and dates in it mean in brackets after it.
    pub(super) text: String,
    /// Words of capital letters, digits and underscores: where status codes are among.
    pub(super) codes: Vec<String>,
    /// The words of the message, for patterns.
    pub(super) words: Vec<Token>,
}

impl Normal {
    pub(super) fn of(message: &str) -> Self {
        let message = &unescaped(message);
        let mut text = fold(message);
        let mut marks = String::new();
        for id in ids(message) {
            if let Some(kind) = kind_of_id(id) {
                marks.push_str(&format!(" [id of {}]", kind.to_ascii_lowercase()));
            }
        }
        if expired_since_1970(&text) {
            marks.push_str(" [expired since 1970]");
        }
        if words(message).any(is_of_package) {
            marks.push_str(" [name of a package]");
        }
        if super::extract::dotted(message).is_some() {
            marks.push_str(" [name of a field]");
        }
        text.push_str(&marks);
        // Some tools write `insufficient_access_or_readonly`.
        let small = |word: &&str| {
            word.matches('_').count() >= 2
                && word
                    .bytes()
                    .all(|byte| byte == b'_' || byte.is_ascii_alphabetic())
                && !word.contains("__")
        };
        let codes = words(message)
            .filter(|word| is_code(word) || small(word))
            .map(str::to_ascii_uppercase)
            .collect();
        Self {
            text,
            codes,
            words: tokens(message),
        }
    }

    /// The code of the message that a rule's code matches; `*` at either end stands for any letters.
    pub(super) fn code(&self, wanted: &str) -> Option<&str> {
        let core = wanted.trim_matches('*');
        let (open_start, open_end) = (wanted.starts_with('*'), wanted.ends_with('*'));
        let is = |code: &str| match (open_start, open_end) {
            (false, false) => code == core,
            (true, false) => code.ends_with(core),
            (false, true) => code.starts_with(core),
            (true, true) => code.contains(core),
        };
        self.codes.iter().map(String::as_str).find(|code| is(code))
    }
}

/// The words of a text: runs of letters, digits, underscores.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Whether a word is written as status codes are: capitals with an underscore, or a long word of capitals.
fn is_code(word: &str) -> bool {
    let capitals = word
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let letters = word.chars().filter(char::is_ascii_uppercase).count();
    capitals && letters >= 4 && (word.contains('_') || letters >= 8)
}

/// `expired 20781 day(s) ago`.
fn expired_since_1970(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("expired ") else {
        return false;
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let unit = rest.get(digits.len()..).unwrap_or_default().trim_start();
    unit.starts_with("day")
        && digits
            .parse()
            .is_ok_and(|days: u64| days >= DAYS_SINCE_1970)
}

/// `SBQQ__Quote__c`: a name with a namespace.
fn is_of_package(word: &str) -> bool {
    let mut parts = word.split("__");
    let (Some(namespace), Some(name), Some(ending)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    !namespace.is_empty() && !name.is_empty() && matches!(ending, "c" | "r" | "mdt" | "e")
}

/// Key prefixes of record ids (Object Reference, "Key prefixes"; the ones that a sync with HubSpot meets).
const PREFIXES: [(&str, &str); 22] = [
    ("001", "Account"),
    ("003", "Contact"),
    ("005", "User"),
    ("006", "Opportunity"),
    ("00G", "Group"),
    ("00Q", "Lead"),
    ("00T", "Task"),
    ("00U", "Event"),
    ("00e", "Profile"),
    ("00E", "UserRole"),
    ("00k", "OpportunityLineItem"),
    ("00K", "OpportunityContactRole"),
    ("00v", "CampaignMember"),
    ("012", "RecordType"),
    ("01t", "Product2"),
    ("02i", "Asset"),
    ("02s", "EmailMessage"),
    ("0PS", "PermissionSet"),
    ("0Q0", "Quote"),
    ("500", "Case"),
    ("701", "Campaign"),
    ("800", "Contract"),
];

/// The object that a record id belongs to, by its first three characters.
pub(super) fn kind_of_id(id: &str) -> Option<&'static str> {
    let prefix = id.get(..3)?;
    PREFIXES
        .iter()
        .find(|(known, _)| *known == prefix)
        .map(|(_, object)| *object)
}

/// The words of a text that are record ids: 15 or 18 letters and digits of a known kind.
pub(super) fn ids(text: &str) -> impl Iterator<Item = &str> {
    words(text).filter(|word| is_id(word))
}

/// Whether a word is a record id of a known kind.
pub(super) fn is_id(word: &str) -> bool {
    matches!(word.len(), 15 | 18)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().skip(3).filter(u8::is_ascii_digit).count() >= 3
        && kind_of_id(word).is_some()
}
