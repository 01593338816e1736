//! The org: its tables, objects and switches. It knows nothing of HTTP.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use serde_json::Value;

use super::model::{ObjectModel, Row};

/// What a caller without "View Setup and Configuration" gets from setup objects; the documentation leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithoutViewSetup {
    /// An answer with no rows: it must not be read as 'no access'.
    ZeroRows,
    /// `INVALID_TYPE`.
    InvalidType,
}

/// An OAuth client that the org knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct App {
    /// Consumer key.
    pub(crate) client_id: String,
    /// Consumer secret; empty where the app needs none.
    pub(crate) client_secret: String,
    /// The user of the client credentials flow.
    pub(crate) run_as: Option<String>,
    /// The key that signs its assertions, PEM; without one the app takes no assertions.
    pub(crate) public_key: Option<String>,
}

/// Whether a record type may be used, in one permission set or profile.
#[derive(Debug, Clone)]
pub(crate) struct RecordTypeVisibility {
    /// `Account.Partner`.
    pub(crate) record_type: String,
    /// The profile's default; a permission set has none.
    pub(crate) default: bool,
}

/// A Salesforce org.
#[derive(Debug, Clone)]
pub(crate) struct Org {
    /// The objects with records, by their name in lower case.
    pub(crate) objects: BTreeMap<String, ObjectModel>,
    tables: BTreeMap<String, Vec<Row>>,
    /// Record types by the id of the permission set that lists them.
    pub(crate) record_types: BTreeMap<String, Vec<RecordTypeVisibility>>,
    /// Other metadata, by type and full name, as the JSON of its XML.
    pub(crate) metadata: BTreeMap<(String, String), Value>,
    /// API versions, oldest first.
    pub(crate) versions: Vec<u32>,
    /// Objects (`flowdefinitionview`) and columns (`permissionsetassignment.isrevoked`) that this org lacks.
    pub(crate) absent: BTreeSet<String>,
    /// Rows a page, where it is smaller than what Salesforce allows.
    pub(crate) page_size: Option<usize>,
    /// The time in the org, RFC 3339.
    pub(crate) now: String,
    /// What a caller without View Setup gets.
    pub(crate) without_view_setup: WithoutViewSetup,
    /// Whether `UserFieldAccess` can be asked for another user; reports conflict.
    pub(crate) user_field_access: bool,
    /// Objects, fields (`Account.Industry`) and system permissions that a user licence withholds, by the licence's name.
    pub(crate) withheld: BTreeMap<String, BTreeSet<String>>,
    /// Permission sets whose rows follow a rule and are in no table: id and number.
    pub(crate) generated_sets: BTreeMap<String, usize>,
    /// OAuth clients.
    pub(crate) apps: Vec<App>,
    /// Calls that the org may make in 24 hours.
    pub(crate) daily_limit: u64,
    /// Calls that it has made when the simulator starts.
    pub(crate) calls_before: u64,
    next_id: u64,
    index: OnceLock<HashMap<String, (String, usize)>>,
}

impl Default for Org {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            tables: BTreeMap::new(),
            record_types: BTreeMap::new(),
            metadata: BTreeMap::new(),
            versions: (58..=67).collect(),
            absent: BTreeSet::new(),
            page_size: None,
            now: "2026-11-20T09:00:00Z".to_owned(),
            without_view_setup: WithoutViewSetup::ZeroRows,
            user_field_access: true,
            withheld: BTreeMap::new(),
            generated_sets: BTreeMap::new(),
            apps: Vec::new(),
            daily_limit: 100_000,
            calls_before: 1_200,
            next_id: 1,
            index: OnceLock::new(),
        }
    }
}

/// Compares ids as Salesforce does: by their first 15 characters, case-sensitively.
pub(crate) fn same_id(a: &str, b: &str) -> bool {
    match (a.get(..15), b.get(..15)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// A text cell of a row, empty where there is none.
pub(crate) fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// A yes-or-no cell of a row.
pub(crate) fn flag(row: &Row, column: &str) -> bool {
    row.get(column).and_then(Value::as_bool).unwrap_or(false)
}

impl Org {
    /// The rows of a table as the fixture holds them; empty for a table that nobody filled.
    pub(crate) fn rows(&self, table: &str) -> &[Row] {
        self.tables
            .get(&table.to_ascii_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Adds a row and gives it an id, if it has none.
    pub(crate) fn insert(&mut self, table: &str, mut row: Row) -> String {
        if !row.contains_key("Id") {
            let id = self.new_id(&self.prefix_of(table));
            row.insert("Id".to_owned(), Value::String(id));
        }
        let id = text(&row, "Id").to_owned();
        self.index = OnceLock::new();
        self.tables
            .entry(table.to_ascii_lowercase())
            .or_default()
            .push(row);
        id
    }

    /// Sets the values in every row that `pick` takes, and tells how many these were.
    pub(crate) fn update(
        &mut self,
        table: &str,
        pick: impl Fn(&Row) -> bool,
        values: &Value,
    ) -> usize {
        self.index = OnceLock::new();
        let rows = self.tables.get_mut(&table.to_ascii_lowercase());
        let mut changed = 0;
        for row in rows.into_iter().flatten().filter(|row| pick(row)) {
            changed += 1;
            for (column, value) in values.as_object().into_iter().flatten() {
                row.insert(column.clone(), value.clone());
            }
        }
        changed
    }

    /// Removes every row that `pick` takes, and tells how many these were.
    pub(crate) fn remove(&mut self, table: &str, pick: impl Fn(&Row) -> bool) -> usize {
        self.index = OnceLock::new();
        let Some(rows) = self.tables.get_mut(&table.to_ascii_lowercase()) else {
            return 0;
        };
        let before = rows.len();
        rows.retain(|row| !pick(row));
        before - rows.len()
    }

    /// Says that this org lacks an object (`FlowDefinitionView`) or a column (`PermissionSetAssignment.IsRevoked`).
    pub(crate) fn lacks(&mut self, name: &str) {
        self.absent.insert(name.to_ascii_lowercase());
    }

    /// The first row whose column holds the value, letter case aside.
    pub(crate) fn find(&self, table: &str, column: &str, value: &str) -> Option<&Row> {
        self.rows(table)
            .iter()
            .find(|row| text(row, column).eq_ignore_ascii_case(value))
    }

    /// The id of the row that has this name, developer name, username or label.
    pub(crate) fn id_of(&self, table: &str, name: &str) -> Option<String> {
        [
            "Name",
            "DeveloperName",
            "Username",
            "MasterLabel",
            "ApiName",
            "Label",
            "ValidationName",
        ]
        .iter()
        .find_map(|column| self.find(table, column, name))
        .map(|row| text(row, "Id").to_owned())
    }

    /// The row with an id, and its table.
    pub(crate) fn by_id(&self, id: &str) -> Option<(&str, &Row)> {
        let index = self.index.get_or_init(|| {
            let mut index = HashMap::new();
            for (table, rows) in &self.tables {
                for (at, row) in rows.iter().enumerate() {
                    let id = text(row, "Id");
                    index.insert(id.get(..15).unwrap_or(id).to_owned(), (table.clone(), at));
                }
            }
            index
        });
        let (table, at) = index.get(id.get(..15).unwrap_or(id))?;
        let row = self.tables.get(table)?.get(*at)?;
        let name = self.objects.get(table).map_or_else(
            || {
                super::schema::Schema::of(super::schema::Api::Rest)
                    .object(table)
                    .map_or("", |o| &o.name)
            },
            |model| &model.name,
        );
        Some((name, row))
    }

    /// An object with records, by its name in any case.
    pub(crate) fn object(&self, name: &str) -> Option<&ObjectModel> {
        self.objects.get(&name.to_ascii_lowercase())
    }

    /// The object whose records' ids start like this one.
    pub(crate) fn object_of_id(&self, id: &str) -> Option<&ObjectModel> {
        let prefix = id.get(..3)?;
        self.objects
            .values()
            .find(|object| object.key_prefix == prefix)
    }

    fn prefix_of(&self, table: &str) -> String {
        if let Some(object) = self
            .object(table)
            .filter(|object| !object.key_prefix.is_empty())
        {
            return object.key_prefix.clone();
        }
        let known = match table.to_ascii_lowercase().as_str() {
            "user" => "005",
            "profile" => "00e",
            "userlicense" => "100",
            "permissionset" => "0PS",
            "permissionsetassignment" => "0Pa",
            "permissionsetgroup" => "0PG",
            "permissionsetgroupcomponent" => "0PH",
            "mutingpermissionset" => "0QM",
            "objectpermissions" => "110",
            "fieldpermissions" => "01k",
            "setupentityaccess" => "0J0",
            "custompermission" => "0CP",
            "connectedapplication" => "0H4",
            "permissionsetlicense" => "0PL",
            "permissionsetlicenseassign" => "2LA",
            "userlogin" => "0Yw",
            "userrole" => "00E",
            "group" => "00G",
            "groupmember" => "011",
            "queuesobject" => "03g",
            "organization" => "00D",
            "recordtype" => "012",
            "validationrule" => "03d",
            "flow" | "flowversionview" => "301",
            "flowdefinition" | "flowdefinitionview" => "300",
            "apextrigger" => "01q",
            "apexclass" => "01p",
            "installedsubscriberpackage" => "0A3",
            "subscriberpackage" => "033",
            "subscriberpackageversion" => "04t",
            "packagelicense" => "050",
            "userpackagelicense" => "051",
            "loginhistory" => "0Ya",
            "oauthtoken" => "0CQ",
            "customfield" => "00N",
            "customobject" => "01I",
            _ => "0ZZ",
        };
        known.to_owned()
    }

    /// A new id of 18 characters, its checksum right.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        let mut number = self.next_id;
        self.next_id += 1;
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut tail = Vec::new();
        for _ in 0..9 {
            let digit = usize::try_from(number % 62).unwrap_or(0);
            tail.push(digits.get(digit).copied().map_or('0', char::from));
            number /= 62;
        }
        let short: String = prefix
            .chars()
            .chain("7Q0".chars())
            .chain(tail.into_iter().rev())
            .collect();
        let checksum = checksum(&short);
        short + &checksum
    }
}

/// The three characters that make an id of 15 safe where case is lost.
fn checksum(id: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let chars: Vec<char> = id.chars().collect();
    chars
        .chunks(5)
        .map(|chunk| {
            let bits = chunk
                .iter()
                .enumerate()
                .filter(|(_, c)| c.is_ascii_uppercase())
                .map(|(bit, _)| 1 << bit);
            alphabet
                .get(bits.sum::<usize>())
                .copied()
                .map_or('A', char::from)
        })
        .collect()
}

impl Org {
    /// Nordlicht GmbH: a small invented company with a HubSpot sync (`fixtures/orgs/nordlicht.json`).
    ///
    /// # Errors
    /// What in the fixture is wrong.
    pub(crate) fn nordlicht() -> Result<Self, String> {
        Self::from_fixture(include_str!("../../../fixtures/orgs/nordlicht.json"))
    }
}
