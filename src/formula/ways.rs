//! Sets of demands on fields, and how they combine.
//!
//! In: single demands. Out: [`Ways`], kept small: no way that asks for more than another, none that contradicts
//! itself, a bounded number. Knows nothing of formulas.

use std::collections::{BTreeMap, BTreeSet};

/// What one field must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Not blank.
    Filled,
    /// Blank.
    Blank,
    /// This value: a text, or `TRUE` or `FALSE` for a checkbox.
    Is(String),
    /// Anything but this text.
    IsNot(String),
    /// Other than before the save.
    Changed,
    /// As before the save.
    Unchanged,
    /// Such that the printed condition gets this value; other fields may matter too.
    Suits(String, bool),
}

/// One field and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Demand {
    /// The field path, as spelled; with a dot it is a field of another record.
    pub field: String,
    /// What it must be.
    pub need: Need,
}

/// The ways to make a rule's condition false.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// Each way is a set of demands, all to be met; any one way will do. Fewest demands first. An empty way
    /// means that the condition is false already; no way at all, that the record cannot help it.
    pub ways: Vec<BTreeSet<Demand>>,
    /// Whether no way was left out for there being too many.
    pub complete: bool,
}

/// More ways than this are not kept, nor ways with more demands than that.
pub(super) const MAX_WAYS: usize = 32;
const MAX_DEMANDS: usize = 64;

/// More pairs of ways than this are not joined at one place of a formula, which keeps the time linear in its length.
const MAX_JOINED: usize = 128;

/// A demand by its number, and before that its field's, so that demands on one field stand together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    field: usize,
    demand: usize,
}

/// The demands of one formula, each once: joining ways then compares numbers.
#[derive(Default)]
pub(super) struct Demands {
    all: Vec<Demand>,
    keys: BTreeMap<Demand, Key>,
    /// By lower-case name.
    fields: BTreeMap<String, usize>,
}

impl Demands {
    /// The way that asks for one thing.
    pub(super) fn one(&mut self, field: &str, need: Need) -> Joined {
        let demand = Demand {
            field: field.to_owned(),
            need,
        };
        let key = match self.keys.get(&demand) {
            Some(key) => *key,
            None => {
                let next = self.fields.len();
                let field = field.to_ascii_lowercase();
                let key = Key {
                    field: *self.fields.entry(field).or_insert(next),
                    demand: self.all.len(),
                };
                self.all.push(demand.clone());
                self.keys.insert(demand, key);
                key
            }
        };
        Joined {
            ways: vec![vec![key]],
            complete: true,
        }
    }

    /// The ways with the demands themselves, fewest first.
    pub(super) fn spelled(&self, joined: Joined) -> Ways {
        let of_way = |way: Vec<Key>| {
            let demands = way.into_iter().filter_map(|key| self.all.get(key.demand));
            demands.cloned().collect::<BTreeSet<Demand>>()
        };
        let mut ways: Vec<BTreeSet<Demand>> = joined.ways.into_iter().map(of_way).collect();
        ways.sort_by(|one, two| (one.len(), one).cmp(&(two.len(), two)));
        Ways {
            ways,
            complete: joined.complete,
        }
    }

    /// Joins two ways, each possible; none where they ask a field to be two things at once.
    fn union(&self, one: &[Key], two: &[Key]) -> Option<Vec<Key>> {
        let mut union = Vec::with_capacity(one.len() + two.len());
        let (mut rest, mut others) = (one, two);
        while let ([first, after @ ..], [other, others_after @ ..]) = (rest, others) {
            if first.field == other.field && !self.agree_on(first.field, rest, others) {
                return None;
            }
            if first <= other {
                union.push(*first);
                rest = after;
            }
            if other <= first {
                if other != first {
                    union.push(*other);
                }
                others = others_after;
            }
        }
        union.extend(rest);
        union.extend(others);
        Some(union)
    }

    /// Whether what both ask of the field that they begin with goes together.
    fn agree_on(&self, field: usize, one: &[Key], two: &[Key]) -> bool {
        let of_field = |keys: &[Key]| keys.iter().take_while(|key| key.field == field).count();
        let one = one.get(..of_field(one)).unwrap_or_default();
        let two = two.get(..of_field(two)).unwrap_or_default();
        let pairs = one
            .iter()
            .flat_map(|one| two.iter().map(move |two| (one, two)));
        let mut pairs = pairs
            .filter_map(|(one, two)| Some((self.all.get(one.demand)?, self.all.get(two.demand)?)));
        !pairs.any(|(one, two)| contradict(one, two))
    }
}

/// Ways while they are put together.
#[derive(Clone, Default)]
pub(super) struct Joined {
    /// Each sorted.
    ways: Vec<Vec<Key>>,
    complete: bool,
}

impl Joined {
    pub(super) fn none() -> Self {
        Self {
            ways: Vec::new(),
            complete: true,
        }
    }

    pub(super) fn nothing_to_do() -> Self {
        Self {
            ways: vec![Vec::new()],
            complete: true,
        }
    }

    fn push(&mut self, way: Vec<Key>) {
        // A way that asks for more than another is none of its own.
        if self.ways.iter().any(|known| is_subset(known, &way)) {
            return;
        }
        if self.ways.len() == MAX_WAYS || way.len() > MAX_DEMANDS {
            self.complete = false;
            return;
        }
        self.ways.retain(|known| !is_subset(&way, known));
        self.ways.push(way);
    }

    pub(super) fn or(mut self, other: Self) -> Self {
        self.complete &= other.complete;
        for way in other.ways {
            self.push(way);
        }
        self
    }

    pub(super) fn and(&self, other: &Self, demands: &Demands) -> Self {
        let mut result = Self::none();
        result.complete = self.complete && other.complete;
        let pairs = self
            .ways
            .iter()
            .flat_map(|one| other.ways.iter().map(move |two| (one, two)));
        for (joined, (one, two)) in pairs.enumerate() {
            if joined == MAX_JOINED {
                result.complete = false;
                break;
            }
            if let Some(way) = demands.union(one, two) {
                result.push(way);
            }
        }
        result
    }
}

/// Whether all of one sorted way is in another.
fn is_subset(one: &[Key], other: &[Key]) -> bool {
    if one.len() > other.len() {
        return false;
    }
    let mut others = other.iter();
    one.iter().all(|key| {
        let found = others.find(|other| *other >= key);
        found == Some(key)
    })
}

fn contradict(one: &Demand, two: &Demand) -> bool {
    one.field.eq_ignore_ascii_case(&two.field)
        && match (&one.need, &two.need) {
            (Need::Filled, Need::Blank)
            | (Need::Blank, Need::Filled | Need::Is(_))
            | (Need::Is(_), Need::Blank)
            | (Need::Changed, Need::Unchanged)
            | (Need::Unchanged, Need::Changed) => true,
            (Need::Is(value), Need::Is(other)) => value != other,
            (Need::Is(value), Need::IsNot(other)) | (Need::IsNot(value), Need::Is(other)) => {
                value == other
            }
            (Need::Suits(condition, value), Need::Suits(same, other)) => {
                condition == same && value != other
            }
            _ => false,
        }
}
