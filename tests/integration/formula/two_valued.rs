//! A plain evaluator for formulas in which everything is known: recursive, over a tree of its own, with
//! numbers that are small integers. It shares nothing with the library but the text that it writes.

use std::collections::BTreeMap;

/// A formula of Boolean type and its parts.
#[derive(Clone, Debug)]
pub(crate) enum Logic {
    Constant(bool),
    Field(usize),
    Not(Box<Logic>),
    And(Vec<Logic>, bool),
    Or(Vec<Logic>, bool),
    If(Box<Logic>, Box<Logic>, Box<Logic>),
    SameText(Words, Words, bool),
    Compare(Count, &'static str, Count),
    Contains(Words, Words),
    Begins(Words, Words),
    IsBlank(Words),
    Case(Words, Vec<(Words, i64)>, i64, i64),
}

/// A part of text type. Never blank, and never two texts that differ in case alone.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    Literal(String),
    Field(usize),
    Join(Box<Words>, Box<Words>),
    Left(Box<Words>, i64),
    If(Box<Logic>, Box<Words>, Box<Words>),
}

/// A part of number type.
#[derive(Clone, Debug)]
pub(crate) enum Count {
    Literal(i64),
    Field(usize),
    Length(Words),
    Sum(Box<Count>, &'static str, Box<Count>),
    Negative(Box<Count>),
}

/// The values of the fields `B0…`, `T0…`, `N0…`.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) flags: Vec<bool>,
    pub(crate) texts: Vec<String>,
    pub(crate) counts: Vec<i64>,
}

impl World {
    /// All fields as the library takes them.
    pub(crate) fn known(&self) -> BTreeMap<String, permgap::formula::Value> {
        let mut known = BTreeMap::new();
        for (at, flag) in self.flags.iter().enumerate() {
            known.insert(format!("B{at}"), (*flag).into());
        }
        for (at, text) in self.texts.iter().enumerate() {
            known.insert(format!("T{at}"), text.as_str().into());
        }
        for (at, count) in self.counts.iter().enumerate() {
            known.insert(format!("N{at}"), (*count).into());
        }
        known
    }
}

impl Logic {
    pub(crate) fn holds(&self, world: &World) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Field(at) => world.flags[*at],
            Self::Not(part) => !part.holds(world),
            Self::And(parts, _) => parts.iter().all(|part| part.holds(world)),
            Self::Or(parts, _) => parts.iter().any(|part| part.holds(world)),
            Self::If(condition, yes, no) => {
                if condition.holds(world) {
                    yes.holds(world)
                } else {
                    no.holds(world)
                }
            }
            Self::SameText(one, two, same) => (one.value(world) == two.value(world)) == *same,
            Self::Compare(one, operator, two) => {
                let (one, two) = (one.value(world), two.value(world));
                match *operator {
                    "=" => one == two,
                    "<>" => one != two,
                    "<" => one < two,
                    "<=" => one <= two,
                    ">" => one > two,
                    _ => one >= two,
                }
            }
            Self::Contains(text, part) => text.value(world).contains(&part.value(world)),
            Self::Begins(text, part) => text.value(world).starts_with(&part.value(world)),
            Self::IsBlank(text) => text.value(world).is_empty(),
            Self::Case(subject, arms, otherwise, wanted) => {
                let subject = subject.value(world);
                let found = arms.iter().find(|(value, _)| value.value(world) == subject);
                found.map_or(*otherwise, |(_, result)| *result) == *wanted
            }
        }
    }

    pub(crate) fn write(&self) -> String {
        let list = |parts: &[Logic], infix: bool, name: &str, operator: &str| {
            let parts: Vec<String> = parts.iter().map(Logic::write).collect();
            if infix {
                format!("({})", parts.join(operator))
            } else {
                format!("{name}({})", parts.join(", "))
            }
        };
        match self {
            Self::Constant(true) => "true".to_owned(),
            Self::Constant(false) => "FALSE".to_owned(),
            Self::Field(at) => format!("b{at}"),
            Self::Not(part) => format!("NOT({})", part.write()),
            Self::And(parts, infix) => list(parts, *infix, "AND", " && "),
            Self::Or(parts, infix) => list(parts, *infix, "OR", " || "),
            Self::If(condition, yes, no) => {
                format!("IF({}, {}, {})", condition.write(), yes.write(), no.write())
            }
            Self::SameText(one, two, same) => {
                let operator = if *same { "=" } else { "<>" };
                format!("({} {operator} {})", one.write(), two.write())
            }
            Self::Compare(one, operator, two) => {
                format!("({} {operator} {})", one.write(), two.write())
            }
            Self::Contains(text, part) => format!("CONTAINS({}, {})", text.write(), part.write()),
            Self::Begins(text, part) => format!("BEGINS({}, {})", text.write(), part.write()),
            Self::IsBlank(text) => format!("ISBLANK({})", text.write()),
            Self::Case(subject, arms, otherwise, wanted) => {
                let arms: String = arms
                    .iter()
                    .map(|(value, result)| format!("{}, {result}, ", value.write()))
                    .collect();
                format!("(CASE({}, {arms}{otherwise}) = {wanted})", subject.write())
            }
        }
    }
}

impl Words {
    fn value(&self, world: &World) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Field(at) => world.texts[*at].clone(),
            Self::Join(one, two) => one.value(world) + &two.value(world),
            Self::Left(text, count) => text
                .value(world)
                .chars()
                .take(usize::try_from(*count).unwrap_or(0))
                .collect(),
            Self::If(condition, yes, no) => {
                if condition.holds(world) {
                    yes.value(world)
                } else {
                    no.value(world)
                }
            }
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Literal(text) => format!("'{text}'"),
            Self::Field(at) => format!("T{at}"),
            Self::Join(one, two) => format!("({} & {})", one.write(), two.write()),
            Self::Left(text, count) => format!("LEFT({}, {count})", text.write()),
            Self::If(condition, yes, no) => {
                format!("IF({}, {}, {})", condition.write(), yes.write(), no.write())
            }
        }
    }
}

impl Count {
    fn value(&self, world: &World) -> i64 {
        match self {
            Self::Literal(count) => *count,
            Self::Field(at) => world.counts[*at],
            Self::Length(text) => i64::try_from(text.value(world).len()).unwrap(),
            Self::Sum(one, operator, two) => {
                let (one, two) = (one.value(world), two.value(world));
                match *operator {
                    "+" => one + two,
                    "-" => one - two,
                    _ => one * two,
                }
            }
            Self::Negative(count) => -count.value(world),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Literal(count) => count.to_string(),
            Self::Field(at) => format!("N{at}"),
            Self::Length(text) => format!("LEN({})", text.write()),
            Self::Sum(one, operator, two) => {
                format!("({} {operator} {})", one.write(), two.write())
            }
            Self::Negative(count) => format!("-({})", count.write()),
        }
    }
}
