//! What the sync needs of the integration user, derived from mappings and settings.
//!
//! In: [`MappingRow`]s and [`SyncSettings`](crate::config::SyncSettings). Out: [`Requirements`]. The contract's table of sync rules lives here.

use std::collections::BTreeMap;

use super::MappingRow;
use crate::config::{ContactsCreate, PicklistUse, QueueUse, SyncSettings};
use crate::snapshot::Name;

/// A mapping row on one Salesforce object.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The object.
    pub object: Name,
    /// The row as the file gives it.
    pub row: MappingRow,
}

/// A right that the sync needs, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Why, as one sentence.
    pub because: String,
    /// The mappings that need it: indices into [`Requirements::mappings`].
    pub mappings: Vec<usize>,
}

/// What the sync needs on one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are Salesforce's own names")]
pub struct ObjectNeeds {
    pub read: Option<Need>,
    pub create: Option<Need>,
    pub edit: Option<Need>,
    pub delete: Option<Need>,
}

/// One of several objects must be creatable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyCreate {
    /// The objects, the preferred one first.
    pub objects: Vec<Name>,
    /// Why, as one sentence.
    pub because: String,
}

/// A record type that the sync uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedRecordType {
    /// The object.
    pub object: Name,
    /// Developer name.
    pub name: Name,
}

/// Everything that the sync needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Requirements {
    /// Each row on each Salesforce object that it counts on, in the order of the input.
    pub mappings: Vec<Mapping>,
    /// Needs by object.
    pub objects: BTreeMap<Name, ObjectNeeds>,
    /// Creation that one of several objects can serve.
    pub any_create: Vec<AnyCreate>,
    /// Record types that the sync sets.
    pub record_types: Vec<UsedRecordType>,
    /// Values that the sync writes to picklists, as declared.
    pub picklists: Vec<PicklistUse>,
    /// Queues that the sync makes owners, as declared.
    pub queues: Vec<QueueUse>,
    /// Flows that HubSpot or its user starts.
    pub flows: Vec<Name>,
    /// What a reader should know of how rows were counted, each a sentence.
    pub notes: Vec<String>,
}

/// What is known of a field's existence on an object.
pub type Exists<'e> = &'e dyn Fn(&Name, &Name) -> Option<bool>;

impl Requirements {
    /// Derives what the sync needs from rows and settings.
    ///
    /// `exists` tells whether an object has a field, as far as known: a contact row without an object counts on
    /// Lead and on Contact, or on the one of them that alone has the field (HubSpot Knowledge Base, "Does a HubSpot
    /// field need separate mappings for leads and contacts": one mapping serves both by the API name).
    pub fn derive(rows: Vec<MappingRow>, settings: &SyncSettings, exists: Exists<'_>) -> Self {
        let mut needs = Self::default();
        let any_row = !rows.is_empty();
        for row in rows {
            needs.add_row(row, exists);
        }
        needs.need_for_rows();
        needs.need_creates(settings);
        needs.need_declared(settings, any_row);
        needs.flows.clone_from(&settings.flows);
        needs.picklists = settings.picklist.clone();
        needs.queues = settings.queue.clone();
        needs.record_types = settings
            .record_type
            .iter()
            .map(|used| UsedRecordType {
                object: used.object.clone(),
                name: used.name.clone(),
            })
            .collect();
        needs
    }

    fn add_row(&mut self, row: MappingRow, exists: Exists<'_>) {
        let objects = match &row.object {
            Some(object) => vec![object.clone()],
            None => {
                let (lead, contact) = (Name::new("Lead"), Name::new("Contact"));
                let only = match (exists(&lead, &row.field), exists(&contact, &row.field)) {
                    (Some(true), Some(false)) => Some((&lead, &contact)),
                    (Some(false), Some(true)) => Some((&contact, &lead)),
                    _ => None,
                };
                if let Some((on, not_on)) = only {
                    self.notes.push(format!(
                        "{} row {}: {not_on} has no field {}, so the row counts on {on} alone",
                        row.file, row.row, row.field
                    ));
                }
                match only {
                    Some((on, _)) => vec![on.clone()],
                    None => vec![lead, contact],
                }
            }
        };
        for object in objects {
            let row = row.clone();
            self.mappings.push(Mapping { object, row });
        }
    }

    /// The contract's table: a rule that syncs needs Read on the object, one that writes Edit as well.
    fn need_for_rows(&mut self) {
        let mut reading: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
        let mut writing: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
        for (index, mapping) in self.mappings.iter().enumerate() {
            let rule = mapping.row.sync_rule;
            if rule.reads() {
                let rows = reading.entry(mapping.object.clone()).or_default();
                rows.push(index);
            }
            if rule.writes() {
                let rows = writing.entry(mapping.object.clone()).or_default();
                rows.push(index);
            }
        }
        for (object, mappings) in reading {
            let because = format!("{} of {object}", syncing(mappings.len()));
            let needs = self.objects.entry(object).or_default();
            needs.read = Some(Need { because, mappings });
        }
        for (object, mappings) in writing {
            let because = format!(
                "{} of {object} with a rule that writes",
                syncing(mappings.len())
            );
            let needs = self.objects.entry(object).or_default();
            needs.edit = Some(Need { because, mappings });
        }
    }

    fn writing_rows(&self, object: &Name) -> Vec<usize> {
        self.objects
            .get(object)
            .and_then(|needs| needs.edit.as_ref())
            .map(|need| need.mappings.clone())
            .unwrap_or_default()
    }

    /// The creates that HubSpot does by default, where rows write the object.
    fn need_creates(&mut self, settings: &SyncSettings) {
        let never = |object: &Name| settings.never_creates.contains(object);
        for object in ["Account", "Opportunity"].map(Name::new) {
            if !self.writing_rows(&object).is_empty() && !never(&object) {
                self.need_create(
                    &object,
                    format!(
                        "HubSpot creates {object} records where they are mapped (default; `never-creates` under [sync] in permgap.toml says otherwise)"
                    ),
                );
            }
        }
        let (lead, contact) = (Name::new("Lead"), Name::new("Contact"));
        let declared = |object: &Name, key: &str| {
            (
                object.clone(),
                format!("`contacts-create = \"{key}\"` under [sync] in permgap.toml"),
            )
        };
        match settings.contacts_create {
            ContactsCreate::Nothing => {}
            ContactsCreate::Lead => {
                let (object, because) = declared(&lead, "lead");
                self.need_create(&object, because);
            }
            ContactsCreate::Contact => {
                let (object, because) = declared(&contact, "contact");
                self.need_create(&object, because);
            }
            ContactsCreate::Either => {
                let because = "HubSpot creates a lead or a contact of a new contact (default; `contacts-create` \
                               under [sync] in permgap.toml says which)";
                let objects: Vec<Name> = [lead, contact]
                    .into_iter()
                    .filter(|object| !self.writing_rows(object).is_empty() && !never(object))
                    .collect();
                match objects.as_slice() {
                    [] => {}
                    [one] => self.need_create(one, because.to_owned()),
                    _ => self.any_create.push(AnyCreate {
                        objects,
                        because: because.to_owned(),
                    }),
                }
            }
        }
        for object in &settings.creates {
            self.need_create(object, "`creates` under [sync] in permgap.toml".to_owned());
        }
    }

    fn need_create(&mut self, object: &Name, because: String) {
        let mappings = self.writing_rows(object);
        let needs = self.objects.entry(object.clone()).or_default();
        needs.create.get_or_insert(Need { because, mappings });
        self.need_read(object, "creating records needs Read");
    }

    fn need_read(&mut self, object: &Name, because: &str) {
        let needs = self.objects.entry(object.clone()).or_default();
        needs.read.get_or_insert(Need {
            because: because.to_owned(),
            mappings: Vec::new(),
        });
    }

    /// What only the settings say: further objects, deletes, and activities.
    fn need_declared(&mut self, settings: &SyncSettings, any_row: bool) {
        for object in &settings.objects {
            self.need_read(object, "`objects` under [sync] in permgap.toml");
        }
        for object in &settings.deletes {
            let because = "`deletes` under [sync] in permgap.toml";
            self.need_read(object, because);
            let mappings = Vec::new();
            let needs = self.objects.entry(object.clone()).or_default();
            needs.delete = Some(Need {
                because: because.to_owned(),
                mappings,
            });
        }
        // HubSpot Knowledge Base, "Sync activities and tasks": form submissions, e-mails, calls, meetings and notes
        // become Salesforce tasks, without any field mapping.
        if settings.activities && (any_row || !settings.objects.is_empty()) {
            let because = "HubSpot writes its activities as tasks (default; `activities = false` under [sync] in \
                           permgap.toml says otherwise)";
            let task = Name::new("Task");
            self.need_read(&task, because);
            let create = !settings.never_creates.contains(&task);
            let needs = self.objects.entry(task).or_default();
            let need = || Need {
                because: because.to_owned(),
                mappings: Vec::new(),
            };
            if create {
                needs.create.get_or_insert_with(need);
            }
            needs.edit.get_or_insert_with(need);
        }
    }
}

fn syncing(rows: usize) -> String {
    match rows {
        1 => "1 mapping row syncs a field".to_owned(),
        rows => format!("{rows} mapping rows sync fields"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::SyncRule;

    fn row(object: Option<&str>, field: &str, sync_rule: SyncRule) -> MappingRow {
        MappingRow {
            row: 1,
            line: 2,
            file: "m.csv".into(),
            hubspot_object: "contacts".into(),
            hubspot_property: field.to_lowercase(),
            object: object.map(Name::new),
            field: field.into(),
            stated_rule: sync_rule,
            sync_rule,
        }
    }

    fn derive(rows: Vec<MappingRow>, settings: &SyncSettings) -> Requirements {
        let exists = |object: &Name, field: &Name| match field.as_str() {
            "MailingCity" => Some(object.is("Contact")),
            "Company" => Some(object.is("Lead")),
            "Nowhere" => Some(false),
            _ => None,
        };
        Requirements::derive(rows, settings, &exists)
    }

    fn objects_of(needs: &Requirements) -> Vec<&str> {
        needs
            .mappings
            .iter()
            .map(|mapping| mapping.object.as_str())
            .collect()
    }

    #[test]
    fn a_contact_row_counts_on_lead_and_contact_or_on_the_one_that_has_the_field() {
        let rule = SyncRule::TwoWay;
        for (field, objects) in [
            ("Phone", vec!["Lead", "Contact"]),
            ("MailingCity", vec!["Contact"]),
            ("Company", vec!["Lead"]),
            ("Nowhere", vec!["Lead", "Contact"]),
        ] {
            let needs = derive(vec![row(None, field, rule)], &SyncSettings::default());
            assert_eq!(objects_of(&needs), objects, "{field}");
            assert_eq!(needs.notes.len(), 2 - objects.len());
        }
    }

    #[test]
    fn each_rule_needs_what_the_contract_says() {
        let settings = SyncSettings {
            activities: false,
            ..SyncSettings::default()
        };
        for (rule, read, edit) in [
            (SyncRule::TwoWay, true, true),
            (SyncRule::PreferSalesforceUnlessBlank, true, true),
            (SyncRule::AlwaysUseSalesforce, true, false),
            (SyncRule::DontSync, false, false),
        ] {
            let needs = derive(vec![row(Some("Account"), "Industry", rule)], &settings);
            let account = needs
                .objects
                .get(&"Account".into())
                .cloned()
                .unwrap_or_default();
            assert_eq!(account.read.is_some(), read, "{rule}");
            assert_eq!(account.edit.is_some(), edit, "{rule}");
            assert_eq!(
                account.create.is_some(),
                edit,
                "HubSpot creates what it writes: {rule}"
            );
            assert!(account.delete.is_none());
        }
        let custom = derive(vec![row(Some("X__c"), "Y__c", SyncRule::TwoWay)], &settings);
        assert!(
            custom.objects[&"X__c".into()].create.is_none(),
            "no create beyond the defaults"
        );
    }

    #[test]
    fn settings_add_and_take_away() {
        let rows = vec![
            row(None, "Phone", SyncRule::TwoWay),
            row(Some("Account"), "Industry", SyncRule::TwoWay),
        ];
        let default = derive(rows.clone(), &SyncSettings::default());
        assert_eq!(
            default.any_create[0].objects,
            ["Lead".into(), "Contact".into()]
        );
        assert!(default.objects[&"Task".into()].create.is_some());
        let settings = SyncSettings {
            objects: vec!["Campaign".into()],
            contacts_create: ContactsCreate::Contact,
            creates: vec!["Case".into()],
            never_creates: vec!["account".into()],
            deletes: vec!["Contact".into()],
            activities: false,
            ..SyncSettings::default()
        };
        let needs = derive(rows, &settings);
        let of = |object: &str| {
            needs
                .objects
                .get(&object.into())
                .cloned()
                .unwrap_or_default()
        };
        assert!(needs.any_create.is_empty());
        assert!(of("Contact").create.is_some() && of("Contact").delete.is_some());
        assert!(of("Lead").create.is_none() && of("Account").create.is_none());
        assert!(of("Case").create.is_some() && of("Case").read.is_some());
        assert!(of("Campaign").read.is_some() && of("Campaign").edit.is_none());
        assert!(of("Task").read.is_none());
    }

    #[test]
    fn without_rows_and_settings_nothing_is_needed() {
        let needs = derive(Vec::new(), &SyncSettings::default());
        assert!(needs.objects.is_empty() && needs.any_create.is_empty());
    }
}
