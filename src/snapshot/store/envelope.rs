//! The JSON object around a snapshot, which names the format.
//!
//! In: a snapshot, or the entries of a JSON object. Out: the envelope, or the snapshot in it and what the envelope
//! says of its format. Knows nothing of files.

use std::cell::RefCell;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::snapshot::Snapshot;

/// The format's name without its version.
const FAMILY: &str = "permgap.snapshot/";
const VERSION: u32 = 1;

#[derive(Serialize)]
pub(super) struct Envelope<'s> {
    pub(super) schema: &'static str,
    #[serde(flatten)]
    pub(super) snapshot: &'s Snapshot,
}

/// What the file says of its format.
pub(super) enum Schema {
    Missing,
    Known,
    Newer(String),
    Other(String),
}

impl Schema {
    fn of(text: String) -> Self {
        match text.strip_prefix(FAMILY).map(str::parse::<u32>) {
            Some(Ok(VERSION)) => Self::Known,
            Some(Ok(version)) if version > VERSION => Self::Newer(text),
            _ => Self::Other(text.chars().take(80).collect()),
        }
    }
}

/// Reads a snapshot out of its envelope in one pass, and stops where the envelope is that of something else.
pub(super) struct Versioned<'s>(pub(super) &'s RefCell<Schema>);

impl<'de> DeserializeSeed<'de> for Versioned<'_> {
    type Value = Snapshot;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Snapshot, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Versioned<'_> {
    type Value = Snapshot;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a snapshot")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Snapshot, A::Error> {
        let entries = WithoutSchema {
            entries,
            schema: self.0,
        };
        let snapshot = Snapshot::deserialize(MapAccessDeserializer::new(entries))?;
        match *self.0.borrow() {
            Schema::Known => Ok(snapshot),
            _ => Err(A::Error::missing_field("schema")),
        }
    }
}

/// The entries of the envelope but for the schema, which is checked on the way, wherever it stands.
struct WithoutSchema<'s, A> {
    entries: A,
    schema: &'s RefCell<Schema>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutSchema<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.entries.next_key::<String>()? {
            if key != "schema" {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            let schema = match self.entries.next_value::<serde_json::Value>()? {
                serde_json::Value::String(text) => Schema::of(text),
                other => Schema::Other(other.to_string().chars().take(80).collect()),
            };
            let known = matches!(schema, Schema::Known);
            self.schema.replace(schema);
            if !known {
                return Err(A::Error::custom("another schema"));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.entries.next_value_seed(seed)
    }
}
