//! Which columns an org has, from describe: what a statement may ask for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Api, Column};
use crate::snapshot::Name;

/// The columns of one object, as describe lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectColumns {
    columns: BTreeSet<Name>,
    /// Relationship name to the objects that it leads to.
    relationships: BTreeMap<Name, Vec<Name>>,
}

/// The part of a describe answer that tells the columns.
#[derive(Deserialize)]
struct DescribeColumns {
    fields: Vec<DescribeColumn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeColumn {
    name: Name,
    #[serde(default)]
    relationship_name: Option<Name>,
    #[serde(default)]
    reference_to: Option<Vec<Name>>,
}

impl<'de> Deserialize<'de> for ObjectColumns {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let describe = DescribeColumns::deserialize(deserializer)?;
        let mut columns = Self::default();
        for field in describe.fields {
            if let Some(relationship) = field.relationship_name {
                columns
                    .relationships
                    .insert(relationship, field.reference_to.unwrap_or_default());
            }
            columns.columns.insert(field.name);
        }
        Ok(columns)
    }
}

impl ObjectColumns {
    /// Whether the object has a column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains(&Name::new(column))
    }
}

/// What is known of the columns of an org's objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrgSchema {
    objects: BTreeMap<(Api, Name), ObjectColumns>,
}

impl OrgSchema {
    /// Adds what describe said of an object.
    pub fn insert(&mut self, api: Api, object: &str, columns: ObjectColumns) {
        self.objects.insert((api, Name::new(object)), columns);
    }

    /// The columns of an object, if it was described.
    pub fn object(&self, api: Api, object: &str) -> Option<&ObjectColumns> {
        self.objects.get(&(api, Name::new(object)))
    }

    /// Whether a statement may ask for a column. A column that every org has always may be asked for; an
    /// optional one only where describe shows it, along the whole of its relationship path.
    pub(super) fn allows(&self, api: Api, object: &str, column: &Column) -> bool {
        !column.optional || self.shows(api, object, column.path)
    }

    fn shows(&self, api: Api, object: &str, path: &str) -> bool {
        let mut objects = vec![Name::new(object)];
        let mut rest = path;
        while let Some((relationship, tail)) = rest.split_once('.') {
            let relationship = Name::new(relationship);
            objects = objects
                .iter()
                .filter_map(|object| self.objects.get(&(api, object.clone())))
                .filter_map(|columns| columns.relationships.get(&relationship))
                .flatten()
                .cloned()
                .collect();
            rest = tail;
        }
        objects.iter().any(|object| {
            self.object(api, object.as_str())
                .is_some_and(|columns| columns.has(rest))
        })
    }
}
