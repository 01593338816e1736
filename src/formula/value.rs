//! What is known when a formula is evaluated.
//!
//! In: names with values, and whether a record is created or updated. Out: [`Env`], asked by name without
//! regard to case. Everything that is not in it is unknown, which is not the same as blank.

use std::collections::BTreeMap;
use std::fmt;

use super::number::Number;
use super::print::quote;
use super::references::fold_cmp;

/// A known value of a field or a global.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text; the empty text is blank.
    Text(String),
    /// A number.
    Number(Number),
    /// A checkbox or a permission.
    Bool(bool),
    /// Blank: no value.
    Null,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl Value {
    /// The value that JSON gives; `None` for an array or an object.
    pub fn from_json(json: &serde_json::Value) -> Option<Self> {
        match json {
            serde_json::Value::Null => Some(Self::Null),
            serde_json::Value::Bool(value) => Some(Self::Bool(*value)),
            serde_json::Value::Number(number) => Number::from_json(number).map(Self::Number),
            serde_json::Value::String(text) => Some(Self::Text(text.clone())),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if text.is_empty() => f.write_str("blank"),
            Self::Text(text) => f.write_str(&quote(text)),
            Self::Number(number) => match number.to_text() {
                Some(text) => f.write_str(&text),
                None => f.write_str("a known number"),
            },
            Self::Bool(true) => f.write_str("true"),
            Self::Bool(false) => f.write_str("false"),
            Self::Null => f.write_str("blank"),
        }
    }
}

/// What happens to the record when the rule runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// `ISNEW()` is true, `ISCHANGED` of any field false, `PRIORVALUE` of a field its value (Salesforce
    /// Help, ISCHANGED and PRIORVALUE).
    Create,
    /// `ISNEW()` is false.
    Update,
    /// Not known, or both.
    #[default]
    Unknown,
}

/// What is known: values by name, the operation, and the fields that nothing writes.
///
/// Put in only what holds when the rule runs. Ids are best given as merge fields give them, with 15
/// characters. The name of a standard profile (`$Profile.Name`) is translated into the org's language, so it
/// is better left out unless that language is known.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// Sorted by name without regard to case.
    values: Vec<(String, Value)>,
    operation: Operation,
    /// Sorted likewise.
    unwritten: Vec<String>,
}

impl Env {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a known value, or replaces it.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.find(name) {
            Ok(at) => {
                if let Some(entry) = self.values.get_mut(at) {
                    entry.1 = value;
                }
            }
            Err(at) => self.values.insert(at, (name.to_owned(), value)),
        }
    }

    /// [`set`](Self::set) for a chain of calls.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The same knowledge for a certain operation.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    /// The operation that is looked at.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Declares a field of the record that no mapping, flow or trigger writes: on update `ISCHANGED` of it
    /// is taken as false. That is an assumption, and [`super::Outcome::assumes_unwritten`] tells whether
    /// a verdict rests on it.
    pub fn assume_unwritten(&mut self, field: &str) {
        if let Err(at) = self
            .unwritten
            .binary_search_by(|known| fold_cmp(known, field))
        {
            self.unwritten.insert(at, field.to_owned());
        }
    }

    /// The same knowledge without the assumptions of [`assume_unwritten`](Self::assume_unwritten).
    #[must_use]
    pub(super) fn without_assumptions(&self) -> Self {
        Self {
            values: self.values.clone(),
            operation: self.operation,
            unwritten: Vec::new(),
        }
    }

    pub(super) fn has_assumptions(&self) -> bool {
        !self.unwritten.is_empty() && self.operation == Operation::Update
    }

    pub(super) fn is_unwritten(&self, field: &str) -> bool {
        self.unwritten
            .binary_search_by(|known| fold_cmp(known, field))
            .is_ok()
    }

    /// The known value of a name; `None` means unknown.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.find(name).ok()?;
        self.values.get(at).map(|(_, value)| value)
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.values
            .binary_search_by(|(known, _)| fold_cmp(known, name))
    }
}

impl FromIterator<(String, Value)> for Env {
    /// The last of two values for one name counts.
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        let mut env = Self::new();
        for (name, value) in entries {
            env.set(&name, value);
        }
        env
    }
}

impl From<&BTreeMap<String, Value>> for Env {
    fn from(values: &BTreeMap<String, Value>) -> Self {
        values
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_regard_to_case() {
        let env = Env::new()
            .with("$User.Id", "a")
            .with("Amount", 5)
            .with("$USER.ID", "b");
        assert_eq!(env.get("$user.id"), Some(&Value::from("b")));
        assert_eq!(env.get("AMOUNT"), Some(&Value::from(5)));
        assert_eq!(env.get("$User.Id2"), None);
    }
}
