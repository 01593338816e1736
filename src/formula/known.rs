//! What is known of one part of a formula, and what operators make of it.
//!
//! In: known or unknown operands. Out: a known result that holds whatever the unknown is, or unknown. Knows
//! nothing of trees and names.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::ast::BinaryOp;
use super::number::Number;
use super::text;

/// What a node is known to be.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) enum Val<'a> {
    /// Not known, or an error at run time.
    #[default]
    Unknown,
    /// No value, and of a type that is not known: against another blank, or against what may be a date, `=` gives
    /// null where a text would give an answer.
    Blank,
    /// A blank text: null or empty, which the platform tells apart in few places, and there we do not decide. Also the
    /// word NULL beside `=`, which is written to ask whether something is blank.
    Empty,
    Bool(bool),
    Number(Number),
    /// Never empty.
    Text(Cow<'a, str>),
}

impl<'a> Val<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Empty
        } else if text.len() > text::LONGEST {
            Self::Unknown
        } else {
            Self::Text(text)
        }
    }

    pub(super) fn number(number: Option<Number>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }

    pub(super) fn truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::Unknown, Self::Bool)
    }

    /// A count for LEFT, RIGHT, MID …; `Some(0)` for anything below 1.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::Number(number) => number
                .whole()
                .map(|n| usize::try_from(n.max(0)).unwrap_or(usize::MAX)),
            _ => None,
        }
    }
}

pub(super) fn whole(count: usize) -> Val<'static> {
    Val::number(i64::try_from(count).ok().map(Number::from))
}

/// What two possible results have in common.
pub(super) fn agreed<'a>(one: Val<'a>, two: Val<'a>) -> Val<'a> {
    match (&one, &two) {
        // Equal numbers may be spelled differently, which TEXT would show: keep the one it cannot print.
        (Val::Number(first), Val::Number(second))
            if first.compare(*second) == Some(Ordering::Equal) =>
        {
            if first.whole().is_some() {
                two
            } else {
                one
            }
        }
        (first, second) if first == second => one,
        (Val::Blank, Val::Empty) | (Val::Empty, Val::Blank) => Val::Blank,
        _ => Val::Unknown,
    }
}

/// `=`; `None` where it cannot be told, also where the types differ.
pub(super) fn equal(one: &Val<'_>, two: &Val<'_>) -> Option<bool> {
    match (one, two) {
        (Val::Text(one), Val::Text(two)) => text::equal(one, two),
        (Val::Empty, Val::Empty | Val::Blank) | (Val::Blank, Val::Empty) => Some(true),
        (Val::Empty, Val::Text(_)) | (Val::Text(_), Val::Empty) => Some(false),
        (Val::Blank, Val::Text(text)) | (Val::Text(text), Val::Blank) => {
            (!text::looks_like_date(text)).then_some(false)
        }
        (Val::Number(one), Val::Number(two)) => {
            one.compare(*two).map(|order| order == Ordering::Equal)
        }
        (Val::Bool(one), Val::Bool(two)) => Some(one == two),
        _ => None,
    }
}

pub(super) fn binary<'a>(operator: BinaryOp, left: Val<'a>, right: Val<'a>) -> Val<'a> {
    match operator {
        BinaryOp::Equal => return Val::truth(equal(&left, &right)),
        BinaryOp::NotEqual => return Val::truth(equal(&left, &right).map(|same| !same)),
        _ => {}
    }
    match (operator, left, right) {
        (BinaryOp::Concat | BinaryOp::Add, Val::Text(left), Val::Text(right)) => {
            let mut joined = left.into_owned();
            joined.push_str(&right);
            Val::text(joined)
        }
        // `&` skips a blank, `+` gives null.
        (BinaryOp::Concat, Val::Text(text), Val::Blank | Val::Empty)
        | (BinaryOp::Concat, Val::Blank | Val::Empty, Val::Text(text)) => Val::Text(text),
        (BinaryOp::Concat, Val::Blank | Val::Empty, Val::Blank | Val::Empty) => Val::Empty,
        (_, Val::Number(left), Val::Number(right)) => numbers(operator, left, right),
        _ => Val::Unknown,
    }
}

fn numbers(operator: BinaryOp, left: Number, right: Number) -> Val<'static> {
    let compared = |test: fn(Ordering) -> bool| Val::truth(left.compare(right).map(test));
    match operator {
        BinaryOp::Less => compared(Ordering::is_lt),
        BinaryOp::LessOrEqual => compared(Ordering::is_le),
        BinaryOp::Greater => compared(Ordering::is_gt),
        BinaryOp::GreaterOrEqual => compared(Ordering::is_ge),
        BinaryOp::Add => Val::number(left.plus(right)),
        BinaryOp::Subtract => Val::number(left.minus(right)),
        BinaryOp::Multiply => Val::number(left.times(right)),
        BinaryOp::Divide => Val::number(left.divided_by(right)),
        BinaryOp::Power => Val::number(left.to_the(right)),
        _ => Val::Unknown,
    }
}
