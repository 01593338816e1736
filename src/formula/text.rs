//! Functions of known texts, as far as the answer is certain.
//!
//! In: texts that are not blank. Out: the result, or `None` where it cannot be told: where only case
//! differs, where an id of 15 characters meets one of 18, where the platform counts UTF-16 units and
//! Rust does not.

/// No longer text is carried along: the platform's own limit for a text result is 1,300 characters, and
/// for a long text area 131,072.
pub(super) const LONGEST: usize = 200_000;

/// Whether two texts, neither blank, are equal in the sense of `=`.
pub(super) fn equal(one: &str, two: &str) -> Option<bool> {
    if one == two {
        return Some(true);
    }
    let unsure = same_but_case(one, two) || same_id(one, two) || both_times(one, two);
    (!unsure).then_some(false)
}

fn same_but_case(one: &str, two: &str) -> bool {
    if one.is_ascii() && two.is_ascii() {
        return one.eq_ignore_ascii_case(two);
    }
    one.to_lowercase() == two.to_lowercase() || one.to_uppercase() == two.to_uppercase()
}

/// An id has 15 characters in most merge fields, 18 with a checksum elsewhere; both name one record.
fn same_id(one: &str, two: &str) -> bool {
    let (short, long) = if one.len() < two.len() {
        (one, two)
    } else {
        (two, one)
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    short.len() == 15
        && long.len() == 18
        && plain(short)
        && plain(long)
        && long
            .get(..15)
            .is_some_and(|start| start.eq_ignore_ascii_case(short))
}

/// The first 15 characters of what may be an id of 18, as the platform would have it in a merge field;
/// any other text whole.
fn short_id(text: &str) -> &str {
    let plain = text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain {
        text.get(..15).unwrap_or(text)
    } else {
        text
    }
}

/// One moment has many spellings, so two date/times are never told apart as texts.
fn both_times(one: &str, two: &str) -> bool {
    looks_like_time(one) && looks_like_time(two)
}

/// `2026-01-31T…` or `2026-01-31 …`
pub(super) fn looks_like_time(text: &str) -> bool {
    text.len() > 11 && starts_with_date(text)
}

/// `2026-01-31`, alone or with a time.
pub(super) fn looks_like_date(text: &str) -> bool {
    text.len() >= 10 && starts_with_date(text)
}

fn starts_with_date(text: &str) -> bool {
    text.bytes()
        .take(11)
        .enumerate()
        .all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => matches!(byte, b'T' | b't' | b' '),
            _ => byte.is_ascii_digit(),
        })
}

/// `CONTAINS(text, part)`, neither blank.
pub(super) fn contains(text: &str, part: &str) -> Option<bool> {
    if text.contains(part) {
        return Some(true);
    }
    let (text, part) = (folded(text), folded(part));
    (!text.contains(&part) && !text.contains(short_id(&part))).then_some(false)
}

/// `BEGINS(text, part)`, neither blank.
pub(super) fn begins(text: &str, part: &str) -> Option<bool> {
    if text.starts_with(part) {
        return Some(true);
    }
    let (text, part) = (folded(text), folded(part));
    (!text.starts_with(&part) && !text.starts_with(short_id(&part))).then_some(false)
}

/// `INCLUDES(values, value)`: a multi-select picklist holds its values parted by `;`.
pub(super) fn includes(values: &str, value: &str) -> Option<bool> {
    let mut answer = Some(false);
    for one in values.split(';') {
        match equal(one.trim(), value) {
            Some(true) => return Some(true),
            None => answer = None,
            Some(false) => {}
        }
    }
    answer
}

fn folded(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        // Upper first, so that letters with two small forms meet.
        text.to_uppercase().to_lowercase()
    }
}

/// Whether one character is one UTF-16 unit everywhere, so that counting is the same in both worlds.
fn countable(text: &str) -> bool {
    text.is_ascii() || text.chars().all(|character| character.len_utf16() == 1)
}

/// `LEN`
pub(super) fn length(text: &str) -> Option<usize> {
    countable(text).then(|| text.chars().count())
}

/// `LEFT(text, count)` for a count above 0.
pub(super) fn left(text: &str, count: usize) -> Option<&str> {
    countable(text).then(|| text.get(..offset(text, count)).unwrap_or(text))
}

/// `RIGHT(text, count)` for a count above 0.
pub(super) fn right(text: &str, count: usize) -> Option<&str> {
    let skip = length(text)?.saturating_sub(count);
    text.get(offset(text, skip)..)
}

/// `MID(text, start, count)`, start from 1, count above 0; empty where the start lies behind the text.
pub(super) fn middle(text: &str, start: usize, count: usize) -> Option<&str> {
    length(text)?;
    let rest = text.get(offset(text, start.checked_sub(1)?)..)?;
    left(rest, count)
}

/// The byte offset of a character, or the text's length.
fn offset(text: &str, character: usize) -> usize {
    text.char_indices()
        .nth(character)
        .map_or(text.len(), |(at, _)| at)
}

/// `FIND(part, text)`: the place from 1, or 0.
pub(super) fn find(part: &str, text: &str) -> Option<usize> {
    length(text)?;
    match text.find(part) {
        Some(at) => text.get(..at).map(|before| before.chars().count() + 1),
        None => (!folded(text).contains(&folded(part))).then_some(0),
    }
}

/// `LOWER` or `UPPER`; `None` for letters whose other case depends on language or place.
pub(super) fn change_case(text: &str, upper: bool) -> Option<String> {
    let odd = |character: char| matches!(character, 'İ' | 'ı' | 'Σ' | 'σ' | 'ς' | 'ß' | 'ẞ');
    if text.chars().any(odd) {
        return None;
    }
    Some(if upper {
        text.to_uppercase()
    } else {
        text.to_lowercase()
    })
}

/// `TRIM`; `None` where something other than blanks would have to go.
pub(super) fn trim(text: &str) -> Option<&str> {
    let trimmed = text.trim_matches(' ');
    let odd = |character: char| character.is_whitespace() || character.is_control();
    (!trimmed.starts_with(odd) && !trimmed.ends_with(odd)).then_some(trimmed)
}

/// `SUBSTITUTE(text, old, new)`; `None` where the result would be too long.
pub(super) fn substitute(text: &str, old: &str, new: &str) -> Option<String> {
    let hits = text.matches(old).count();
    let length = hits.checked_mul(new.len())?.checked_add(text.len())?;
    (length <= LONGEST).then(|| text.replace(old, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_exact_or_not_told() {
        assert_eq!(equal("Sales", "Sales"), Some(true));
        assert_eq!(equal("Sales", "Service"), Some(false));
        assert_eq!(equal("Sales", "sales"), None);
        assert_eq!(equal("Fullført", "FULLFØRT"), None);
        assert_eq!(equal("005000000000ZZZ", "005000000000ZZZAAA"), None);
        assert_eq!(equal("005000000000ZZY", "005000000000ZZZAAA"), Some(false));
        assert_eq!(
            equal("Sales Rep North", "Sales Rep North AB"),
            Some(false),
            "no ids"
        );
        assert_eq!(
            equal("2026-01-31T00:00:00Z", "2026-01-31T01:00:00+01:00"),
            None
        );
    }

    #[test]
    fn case_is_looked_at_in_both_ways() {
        // Letters of which only one way brings both together.
        assert_eq!(equal("STRASSE", "straße"), None, "ß becomes SS in capitals");
        assert_eq!(
            equal("\u{212a}", "k"),
            None,
            "the sign for kelvin becomes k in small letters"
        );
        assert_eq!(equal("é", "E"), Some(false));
        assert_eq!(equal("\u{212a}", "q"), Some(false));
    }

    #[test]
    fn only_ids_are_taken_for_ids() {
        assert_eq!(equal("005000000000ZZZ", "005000000000ZZZ"), Some(true));
        assert_eq!(equal("005000000000ZZZAAA", "005000000000ZZZ"), None);
        assert_eq!(equal("005000000000ZZZ", "00500000-000ZZZAAA"), Some(false));
        assert_eq!(
            contains("a b of eighteen", "a b of eighteen c!"),
            Some(false)
        );
        assert_eq!(begins("abcdefghijklmno", "abcdefghijklmnopq"), Some(false));
        assert_eq!(begins("005000000000ZZZ,x", "005000000000ZZZAAA"), None);
        assert_eq!(
            begins("x,005000000000ZZZ", "005000000000ZZZAAA"),
            Some(false)
        );
    }

    #[test]
    fn moments_are_told_from_days_and_words() {
        assert!(looks_like_time("2026-01-31T10:00:00Z"));
        assert!(looks_like_time("2026-01-31 1"));
        assert!(!looks_like_time("2026-01-31 "));
        assert!(!looks_like_time("2026-01-31"));
        assert!(looks_like_date("2026-01-31") && looks_like_date("2026-01-31T1"));
        assert!(!looks_like_date("2026-01-3") && !looks_like_date("2026/01/31"));
        assert!(!looks_like_date("a text of ten"));
        assert_eq!(equal("2026-01-31T00:00Z", "a day in January"), Some(false));
        assert_eq!(equal("2026-01-31", "2026-02-01"), Some(false));
    }

    #[test]
    fn parts_are_found_exactly_or_not_told() {
        assert_eq!(contains("a:B:c", "B"), Some(true));
        assert_eq!(contains("a:B:c", "b"), None);
        assert_eq!(contains("a:B:c", "d"), Some(false));
        assert_eq!(
            contains("005000000000ZZZ,005000000000ZZY", "005000000000ZZZAAA"),
            None
        );
        assert_eq!(
            contains("005000000000ZZX,005000000000ZZY", "005000000000ZZZAAA"),
            Some(false)
        );
        assert_eq!(begins("HubSpot Integration", "HubSpot"), Some(true));
        assert_eq!(begins("HubSpot Integration", "hubspot"), None);
        assert_eq!(begins("HubSpot Integration", "Spot"), Some(false));
        assert_eq!(includes("Golf;Tennis", "Golf"), Some(true));
        assert_eq!(includes("Golf;Tennis", "golf"), None);
        assert_eq!(includes("Golf;Tennis", "Gol"), Some(false));
    }

    #[test]
    fn counting_stops_at_characters_of_two_units() {
        assert_eq!(length("né"), Some(2));
        assert_eq!(length("a🎾"), None);
        assert_eq!(left("éab", 2), Some("éa"));
        assert_eq!(left("ab", 9), Some("ab"));
        assert_eq!(right("abé", 2), Some("bé"));
        assert_eq!(right("ab", 9), Some("ab"));
        assert_eq!(middle("abcdef", 2, 3), Some("bcd"));
        assert_eq!(middle("abc", 7, 3), Some(""));
        assert_eq!(middle("abc", 0, 3), None);
        assert_eq!(find("c", "abc"), Some(3));
        assert_eq!(find("x", "abc"), Some(0));
        assert_eq!(find("C", "abc"), None);
    }

    #[test]
    fn growth_is_bounded() {
        assert_eq!(substitute("a-b-c", "-", "+").as_deref(), Some("a+b+c"));
        let long = "a".repeat(1_000);
        assert_eq!(substitute(&long, "a", &long), None);
    }
}
