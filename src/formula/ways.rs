//! Sets of demands on fields, and how they combine.
//!
//! In: single demands. Out: [`Ways`], kept small: no way that asks for more than another, none that contradicts
//! itself, a bounded number. Knows nothing of formulas.

use std::collections::BTreeSet;

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

impl Ways {
    pub(super) fn none() -> Self {
        Self {
            ways: Vec::new(),
            complete: true,
        }
    }

    pub(super) fn nothing_to_do() -> Self {
        Self {
            ways: vec![BTreeSet::new()],
            complete: true,
        }
    }

    pub(super) fn one(field: &str, need: Need) -> Self {
        let field = field.to_owned();
        Self {
            ways: vec![BTreeSet::from([Demand { field, need }])],
            complete: true,
        }
    }

    fn push(&mut self, way: BTreeSet<Demand>) {
        // A way that asks for more than another is none of its own.
        if self.ways.iter().any(|known| known.is_subset(&way)) {
            return;
        }
        if self.ways.len() == MAX_WAYS || way.len() > MAX_DEMANDS {
            self.complete = false;
            return;
        }
        self.ways.retain(|known| !way.is_subset(known));
        self.ways.push(way);
    }

    pub(super) fn or(mut self, other: Self) -> Self {
        self.complete &= other.complete;
        for way in other.ways {
            self.push(way);
        }
        self
    }

    pub(super) fn and(self, other: &Self) -> Self {
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
            if possible(one, two) {
                result.push(one.union(two).cloned().collect());
            }
        }
        result
    }
}

/// Whether two ways, each possible, ask no field to be two things at once.
fn possible(one: &BTreeSet<Demand>, two: &BTreeSet<Demand>) -> bool {
    one.iter()
        .all(|one| two.iter().all(|two| !contradict(one, two)))
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
