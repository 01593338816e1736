//! The functions that the evaluator knows.
//!
//! In: a called name. Out: a [`Function`]; any name parses, and one that is not listed is
//! [`Function::Other`], whose result is unknown.

/// A function with a meaning to the evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `AND`
    And,
    /// `OR`
    Or,
    /// `IF`
    If,
    /// `CASE`
    Case,
    /// `ISBLANK`
    IsBlank,
    /// `ISNULL`
    IsNull,
    /// `BLANKVALUE`
    BlankValue,
    /// `NULLVALUE`
    NullValue,
    /// `ISPICKVAL`
    IsPickVal,
    /// `INCLUDES`
    Includes,
    /// `CONTAINS`
    Contains,
    /// `BEGINS`
    Begins,
    /// `FIND`
    Find,
    /// `LEN`
    Len,
    /// `LOWER`
    Lower,
    /// `UPPER`
    Upper,
    /// `TRIM`
    Trim,
    /// `LEFT`
    Left,
    /// `RIGHT`
    Right,
    /// `MID`
    Mid,
    /// `SUBSTITUTE`
    Substitute,
    /// `TEXT`
    Text,
    /// `VALUE`
    Value,
    /// `ISNUMBER`
    IsNumber,
    /// `ABS`
    Abs,
    /// `MIN`
    Min,
    /// `MAX`
    Max,
    /// `ISNEW`
    IsNew,
    /// `ISCHANGED`
    IsChanged,
    /// `PRIORVALUE`
    PriorValue,
    /// Any other name: its result is unknown.
    Other,
}

impl Function {
    /// The function that `name` calls, whatever its case.
    pub(super) fn named(name: &str) -> Self {
        let mut buffer = [0_u8; 10];
        let Some(upper) = buffer.get_mut(..name.len()) else {
            return Self::Other;
        };
        upper.copy_from_slice(name.as_bytes());
        upper.make_ascii_uppercase();
        match &*upper {
            b"AND" => Self::And,
            b"OR" => Self::Or,
            b"IF" => Self::If,
            b"CASE" => Self::Case,
            b"ISBLANK" => Self::IsBlank,
            b"ISNULL" => Self::IsNull,
            b"BLANKVALUE" => Self::BlankValue,
            b"NULLVALUE" => Self::NullValue,
            b"ISPICKVAL" => Self::IsPickVal,
            b"INCLUDES" => Self::Includes,
            b"CONTAINS" => Self::Contains,
            b"BEGINS" => Self::Begins,
            b"FIND" => Self::Find,
            b"LEN" => Self::Len,
            b"LOWER" => Self::Lower,
            b"UPPER" => Self::Upper,
            b"TRIM" => Self::Trim,
            b"LEFT" => Self::Left,
            b"RIGHT" => Self::Right,
            b"MID" => Self::Mid,
            b"SUBSTITUTE" => Self::Substitute,
            b"TEXT" => Self::Text,
            b"VALUE" => Self::Value,
            b"ISNUMBER" => Self::IsNumber,
            b"ABS" => Self::Abs,
            b"MIN" => Self::Min,
            b"MAX" => Self::Max,
            b"ISNEW" => Self::IsNew,
            b"ISCHANGED" => Self::IsChanged,
            b"PRIORVALUE" => Self::PriorValue,
            _ => Self::Other,
        }
    }
}
