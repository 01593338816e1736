//! Changed seeds: bytes replaced, parts dropped, doubled and crossed, and words that readers stumble over put in.

use proptest::prelude::*;
use proptest::sample::Index;

use super::targets::MOST_BYTES;

/// Texts that break readers: ends of literals, entities, numbers at their limits, marks of encodings.
const WORDS: [&[u8]; 24] = [
    b"\"",
    b"'",
    b"\\",
    b"\0",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"<",
    b"/>",
    b"</",
    b"]]>",
    b"<!--",
    b"&lt;",
    b"&#0;",
    b"{",
    b"}",
    b"[[",
    b"null",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
];

#[derive(Debug, Clone)]
enum Change {
    Byte(Index, u8),
    Word(Index, usize),
    Drop(Index, usize),
    Double(Index, usize),
    Cut(Index),
    /// The rest is another seed's.
    Cross(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        4 => (any::<Index>(), 0..WORDS.len()).prop_map(|(at, word)| Change::Word(at, word)),
        2 => (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Change::Drop(at, length)),
        2 => (any::<Index>(), 1_usize..400).prop_map(|(at, length)| Change::Double(at, length)),
        1 => any::<Index>().prop_map(Change::Cut),
        2 => (any::<Index>(), any::<Index>(), any::<Index>())
            .prop_map(|(at, seed, from)| Change::Cross(at, seed, from)),
    ]
}

/// A seed with a few changes.
pub(super) fn of(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec(change(), 1..6);
    (any::<Index>(), changes).prop_map(move |(seed, changes)| {
        let mut bytes = seed.get(&seeds).clone();
        for change in &changes {
            apply(change, &mut bytes, &seeds);
        }
        bytes.truncate(MOST_BYTES);
        bytes
    })
}

fn apply(change: &Change, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let place = |at: &Index| at.index(bytes.len() + 1);
    match change {
        Change::Byte(at, byte) => {
            let at = place(at);
            if let Some(old) = bytes.get_mut(at) {
                *old = *byte;
            }
        }
        Change::Word(at, word) => {
            let at = place(at);
            bytes.splice(at..at, WORDS[*word].iter().copied());
        }
        Change::Drop(at, length) => {
            let at = place(at);
            let end = (at + length).min(bytes.len());
            bytes.drain(at..end);
        }
        Change::Double(at, length) => {
            let at = place(at);
            let part = bytes[at..(at + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, part);
        }
        Change::Cut(at) => {
            let at = place(at);
            bytes.truncate(at);
        }
        Change::Cross(at, seed, from) => {
            let at = place(at);
            let other = seed.get(seeds);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from.index(other.len() + 1)..]);
        }
    }
}
