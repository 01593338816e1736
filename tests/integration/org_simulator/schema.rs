//! Which columns Salesforce's own objects have, in REST and in Tooling.
//!
//! The tables are `fixtures/schema/rest.json` and `tooling.json`, made by `fixtures/schema/make.py`. The two APIs are
//! kept apart: `ValidationRule` is a Tooling object only, and `PermissionSet` has no `Metadata` column anywhere.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Which of the two query interfaces is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// `/services/data/vXX.X/query`.
    Rest,
    /// `/services/data/vXX.X/tooling/query`.
    Tooling,
}

/// A column of an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    /// Name as Salesforce spells it.
    pub(crate) name: String,
    /// Describe type: `string`, `reference`, `boolean` …
    pub(crate) kind: String,
    /// May stand in WHERE.
    pub(crate) filterable: bool,
    /// May stand in ORDER BY.
    pub(crate) sortable: bool,
    /// May be empty.
    pub(crate) nillable: bool,
    /// May be set on create.
    pub(crate) createable: bool,
    /// May be changed.
    pub(crate) updateable: bool,
    /// The platform fills it on create.
    pub(crate) defaulted: bool,
    /// A picklist that refuses other values.
    pub(crate) restricted: bool,
    /// The name by which a query walks the relationship.
    pub(crate) relationship: Option<String>,
    /// What the reference may point to.
    pub(crate) targets: Vec<String>,
    /// Several kinds of target: a query sees the columns of `Name` only.
    pub(crate) polymorphic: bool,
    /// Greatest length, 0 where none is told.
    pub(crate) length: u32,
}

impl Column {
    /// Reads one line of the table.
    fn parse(name: &str, text: &str) -> Self {
        let mut words = text.split(' ');
        let mut column = Self {
            name: name.to_owned(),
            kind: words.next().unwrap_or_default().to_owned(),
            filterable: true,
            sortable: true,
            ..Self::default()
        };
        for word in words {
            match word {
                "create" => column.createable = true,
                "update" => column.updateable = true,
                "nillable" => column.nillable = true,
                "defaulted" => column.defaulted = true,
                "restricted" => column.restricted = true,
                "nofilter" => column.filterable = false,
                "nosort" => column.sortable = false,
                "poly" => column.polymorphic = true,
                _ => {
                    if let Some(relationship) = word.strip_prefix("rel=") {
                        column.relationship = Some(relationship.to_owned());
                    } else if let Some(targets) = word.strip_prefix("to=") {
                        column.targets = targets.split(',').map(str::to_owned).collect();
                    } else if let Some(length) = word.strip_prefix("len=") {
                        column.length = length.parse().unwrap_or(0);
                    }
                }
            }
        }
        if matches!(column.kind.as_str(), "complexvalue" | "textarea" | "base64") {
            column.filterable &= column.kind != "complexvalue";
            column.sortable = false;
        }
        column
    }
}

/// The columns of an object, by their name in lower case.
pub(crate) type Columns = BTreeMap<String, Column>;

/// An object of the table.
#[derive(Debug)]
pub(crate) struct ObjectSchema {
    /// Name as Salesforce spells it.
    pub(crate) name: String,
    /// Its columns.
    pub(crate) columns: Columns,
    /// Child relationships that a subquery may name: in lower case, to the child object.
    pub(crate) children: BTreeMap<String, String>,
}

/// The objects of one API, by their name in lower case.
#[derive(Debug)]
pub(crate) struct Schema {
    objects: BTreeMap<String, ObjectSchema>,
}

#[derive(Deserialize)]
struct Table {
    objects: BTreeMap<String, BTreeMap<String, String>>,
    children: BTreeMap<String, BTreeMap<String, String>>,
}

impl Schema {
    /// The table of an API; read once.
    pub(crate) fn of(api: Api) -> &'static Self {
        static REST: OnceLock<Schema> = OnceLock::new();
        static TOOLING: OnceLock<Schema> = OnceLock::new();
        match api {
            Api::Rest => {
                REST.get_or_init(|| Self::read(include_str!("../../../fixtures/schema/rest.json")))
            }
            Api::Tooling => TOOLING
                .get_or_init(|| Self::read(include_str!("../../../fixtures/schema/tooling.json"))),
        }
    }

    fn read(text: &str) -> Self {
        // A broken table shows as an org without objects, which every test notices.
        let mut table: Table = serde_json::from_str(text).unwrap_or(Table {
            objects: BTreeMap::new(),
            children: BTreeMap::new(),
        });
        let objects = std::mem::take(&mut table.objects)
            .into_iter()
            .map(|(name, columns)| {
                let columns = columns
                    .iter()
                    .map(|(column, text)| {
                        (column.to_ascii_lowercase(), Column::parse(column, text))
                    })
                    .collect();
                let children = table.children.remove(&name).unwrap_or_default();
                let children = children
                    .into_iter()
                    .map(|(rel, child)| (rel.to_ascii_lowercase(), child))
                    .collect();
                (
                    name.to_ascii_lowercase(),
                    ObjectSchema {
                        name,
                        columns,
                        children,
                    },
                )
            })
            .collect();
        Self { objects }
    }

    /// An object by its name, in any case.
    pub(crate) fn object(&self, name: &str) -> Option<&ObjectSchema> {
        self.objects.get(&name.to_ascii_lowercase())
    }

    /// All objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &ObjectSchema> {
        self.objects.values()
    }
}

/// The first API version that has a column, where that matters to permgap (Object Reference, "available in API
/// version …").
pub(crate) fn since(object: &str, column: &str) -> u32 {
    match (object, column) {
        ("ObjectPermissions", "PermissionsViewAllFields") => 63,
        ("PermissionSetAssignment", "IsRevoked") => 57,
        ("PermissionSetAssignment", "IsActive") => 52,
        ("PermissionSetAssignment", "ExpirationDate") => 48,
        ("PermissionSetGroup", "HasActivationRequired") => 53,
        (_, "PermissionsViewAllFieldsGlobal") => 67,
        _ => 0,
    }
}
