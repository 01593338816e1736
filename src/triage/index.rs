//! Which of the rules' texts and patterns may stand in a message: one pass over it, whatever the number of rules.
//!
//! In: the rules, once; then a message. Out: [`Seen`], which the rules are then asked about.

use std::collections::HashMap;

use super::normal::Normal;
use super::pattern::{Mark, Pattern};
use super::rules::Rule;

/// Bytes of a text by which it is found.
const KEY: usize = 3;

/// The texts and patterns of all rules, numbered.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Index {
    /// Texts by their first bytes, each with its number.
    texts: HashMap<[u8; KEY], Vec<(String, usize)>>,
    /// Whether any text begins with these two bytes: most places of a message are passed over by this alone.
    begins: Vec<bool>,
    /// Texts that are too short for that.
    short: Vec<(String, usize)>,
    /// Patterns, each with a bit for its part, by the words of which one must stand in the message.
    words: HashMap<String, Vec<(usize, u8)>>,
    /// The same by the shape of such a word.
    shapes: Vec<(Mark, Vec<(usize, u8)>)>,
    /// The bits that each pattern needs.
    needs: Vec<u8>,
    /// Numbers of the texts and patterns of each rule.
    keys: Vec<Keys>,
    count: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Keys {
    phrases: Vec<usize>,
    with: Vec<usize>,
    without: Vec<usize>,
    said: Vec<usize>,
    unsaid: Vec<usize>,
}

/// What of the rules stands, or may stand, in a message.
pub(super) struct Seen<'i, 'm> {
    index: &'i Index,
    message: &'m Normal,
    texts: Vec<bool>,
    patterns: Vec<u8>,
}

fn mark(seen: &mut [bool], number: usize) {
    if let Some(seen) = seen.get_mut(number) {
        *seen = true;
    }
}

fn beginning(key: &[u8; KEY]) -> usize {
    let [first, second, _] = key;
    usize::from(*first) << 8 | usize::from(*second)
}

impl Index {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut index = Self {
            begins: vec![false; 1 << 16],
            ..Self::default()
        };
        let mut known = HashMap::new();
        for rule in rules {
            let keys = Keys {
                phrases: index.number_texts(&rule.phrases, &mut known),
                with: index.number_texts(&rule.with, &mut known),
                without: index.number_texts(&rule.without, &mut known),
                said: index.number_patterns(&rule.said),
                unsaid: index.number_patterns(&rule.unsaid),
            };
            index.keys.push(keys);
        }
        index
    }

    fn number_texts(&mut self, texts: &[String], known: &mut HashMap<String, usize>) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(texts.len());
        for text in texts {
            if let Some(number) = known.get(text) {
                numbers.push(*number);
                continue;
            }
            let number = self.count;
            self.count += 1;
            known.insert(text.clone(), number);
            match text.as_bytes().first_chunk::<KEY>() {
                Some(key) => {
                    mark(&mut self.begins, beginning(key));
                    self.texts.entry(*key).or_default()
                }
                None => &mut self.short,
            }
            .push((text.clone(), number));
            numbers.push(number);
        }
        numbers
    }

    fn number_patterns(&mut self, patterns: &[Pattern]) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let number = self.needs.len();
            let mut need = 0;
            for (part, bit) in pattern.rarest().into_iter().zip([1_u8, 2]) {
                need |= bit;
                for word in part.first_words() {
                    let all = self.words.entry(word.to_owned()).or_default();
                    all.push((number, bit));
                }
                for shape in part.shapes() {
                    match self.shapes.iter_mut().find(|(known, _)| known == shape) {
                        Some((_, all)) => all.push((number, bit)),
                        None => self.shapes.push((shape.clone(), vec![(number, bit)])),
                    }
                }
            }
            self.needs.push(need);
            numbers.push(number);
        }
        numbers
    }

    /// Looks a message over.
    pub(super) fn look<'i, 'm>(&'i self, message: &'m Normal) -> Seen<'i, 'm> {
        let mut texts = vec![false; self.count];
        let bytes = message.text.as_bytes();
        let mut rest = bytes;
        while let Some(key) = rest.first_chunk::<KEY>() {
            let known = self.begins.get(beginning(key)) == Some(&true);
            for (text, number) in known
                .then(|| self.texts.get(key))
                .flatten()
                .into_iter()
                .flatten()
            {
                if rest.starts_with(text.as_bytes()) {
                    mark(&mut texts, *number);
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        for (text, number) in &self.short {
            if message.text.contains(text) {
                mark(&mut texts, *number);
            }
        }
        let mut patterns = vec![0; self.needs.len()];
        for token in &message.words {
            let by_shape = (token.marks.iter())
                .filter_map(|shape| self.shapes.iter().find(|(known, _)| known == shape))
                .map(|(_, numbers)| numbers);
            let by_word = self.words.get(&token.word).into_iter();
            for (number, bit) in by_word.chain(by_shape).flatten() {
                if let Some(seen) = patterns.get_mut(*number) {
                    *seen |= bit;
                }
            }
        }
        Seen {
            index: self,
            message,
            texts,
            patterns,
        }
    }
}

impl Seen<'_, '_> {
    /// Whether one of a rule's phrases or patterns stands in the message.
    pub(super) fn says(&self, at: usize, rule: &Rule) -> bool {
        let Some(keys) = self.index.keys.get(at) else {
            return false;
        };
        self.any_text(&keys.phrases) || self.any_pattern(&keys.said, &rule.said)
    }

    /// Whether `with`, `without` and `unless` of a rule let it speak.
    pub(super) fn allows(&self, at: usize, rule: &Rule) -> bool {
        let Some(keys) = self.index.keys.get(at) else {
            return false;
        };
        (keys.with.is_empty() || self.any_text(&keys.with))
            && !self.any_text(&keys.without)
            && !self.any_pattern(&keys.unsaid, &rule.unsaid)
    }

    fn any_text(&self, numbers: &[usize]) -> bool {
        numbers
            .iter()
            .any(|number| self.texts.get(*number) == Some(&true))
    }

    fn any_pattern(&self, numbers: &[usize], patterns: &[Pattern]) -> bool {
        numbers.iter().zip(patterns).any(|(number, pattern)| {
            self.patterns.get(*number) == self.index.needs.get(*number)
                && pattern.is_in(&self.message.words)
        })
    }
}
