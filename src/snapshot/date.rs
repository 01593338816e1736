//! Dates in files that people write.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

/// A date of TOML (`2027-01-31`) or the same as a string.
pub(crate) fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = match toml::Value::deserialize(from)? {
        toml::Value::Datetime(date) => date.to_string(),
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("`{text}` is not a date: write it as 2027-01-31"))
    })
}

/// The same where it may be left out.
pub(crate) fn maybe_date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    date(from).map(Some)
}
