//! The objects that were asked for: fields, record types, org-wide defaults.
//!
//! Describe shows the caller's fields only. The catalogue of custom fields, which no field-level security hides, tells
//! whether that was all; what describe hides is taken from the catalogue of all fields.

use std::collections::{BTreeMap, BTreeSet};

use super::Wanted;
use super::ask::Ask;
use super::describe::Describe;
use super::field_answers::{self, FieldIds};
use super::wire::{
    CustomFieldRow, EntityRow, FieldDefinitionRow, RecordTypeRow, full_name, instant,
};
use crate::salesforce::soql::{Api, OrgSchema, Query, is_api_name};
use crate::salesforce::{ApiErrorKind, Sub};
use crate::snapshot::{Area, Field, FieldType, Name, RecordType, SObject, standard};

/// Describes of one composite: a describe can have a megabyte, so that few go into one answer.
const DESCRIBES_AT_ONCE: usize = 5;

/// Parents looked at: an ordinary mapping points to a handful of objects.
const MOST_PARENTS: usize = 40;

/// Objects whose custom fields surely fit one page together: an object has at most 900 of them (Salesforce Features and
/// Editions Limits).
const CUSTOM_FIELDS_OF: usize = 2;

/// Statements on custom fields in one call.
const CUSTOM_FIELDS_TOGETHER: usize = 5;

/// What is known of the objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Objects {
    pub(super) objects: BTreeMap<Name, SObject>,
    /// The id by which the metadata catalogue knows each object.
    pub(super) durable_ids: BTreeMap<Name, String>,
    /// How many standard fields of each described object field-level security governs.
    governed: BTreeMap<Name, usize>,
    /// Custom fields by object with their creation dates; none where the list was not to be had.
    custom_fields: Option<BTreeMap<Name, BTreeMap<Name, Option<String>>>>,
    /// The ids by which the catalogue knows the mapped fields.
    pub(super) field_ids: FieldIds,
    /// Objects beside the wanted ones that mapped fields point to, or that control a wanted one.
    pub(super) parents: BTreeSet<Name>,
    /// The definition of User: its org-wide default decides whether owners are seen.
    pub(super) user: Option<SObject>,
    /// Objects whose describe failed.
    refused: BTreeSet<Name>,
    /// Whether the catalogue of objects was read.
    catalogue_read: bool,
}

impl Objects {
    /// Reads all that one round trip gives.
    pub(super) async fn read(ask: &Ask<'_>, wanted: &Wanted) -> Self {
        let mut objects = Self::default();
        let names: Vec<&Name> = wanted
            .objects
            .iter()
            .filter(|name| {
                let valid = is_api_name(name.as_str());
                if !valid {
                    ask.ledger
                        .lack(Area::Objects, format!("`{name}` is not an API name"));
                }
                valid
            })
            .collect();
        let user = Name::new("User");
        let none = OrgSchema::default();
        let [describing, entities, customs, types, ids] = [
            ask.branch(),
            ask.branch(),
            ask.branch(),
            ask.branch(),
            ask.branch(),
        ];
        let (described, entity_rows, custom_rows, type_rows, field_ids) = tokio::join!(
            describes(&describing, &names),
            entities.rows::<EntityRow>(
                &[Area::OrgWideDefaults, Area::Objects],
                Query::EntityDefinitions
                    .bind()
                    .names("objects", names.iter().copied().chain([&user])),
                &none,
            ),
            customs.rows_of_all::<CustomFieldRow>(
                &[Area::Fields],
                (names.chunks(CUSTOM_FIELDS_OF))
                    .map(|some| {
                        let some = some.iter().copied();
                        Query::CustomFields.bind().names("objects", some)
                    })
                    .collect(),
                &none,
                CUSTOM_FIELDS_TOGETHER,
            ),
            types.rows::<RecordTypeRow>(
                &[Area::RecordTypes],
                Query::RecordTypes
                    .bind()
                    .names("objects", names.iter().copied()),
                &none,
            ),
            field_answers::ids(&ids, wanted),
        );
        for branch in [&describing, &entities, &customs, &types, &ids] {
            ask.join(branch);
        }
        objects.field_ids = field_ids;
        for (name, describe) in described {
            match describe {
                Some(describe) => {
                    objects.governed.insert(name.clone(), describe.governed());
                    objects.objects.insert(name, describe.into_object());
                }
                None => {
                    objects.refused.insert(name);
                }
            }
        }
        objects.catalogue_read = entity_rows.is_some();
        for row in entity_rows.into_iter().flatten() {
            if row.qualified_api_name == user && !wanted.objects.contains(&user) {
                let mut object = SObject::new(row.qualified_api_name);
                object.label = row.label;
                object.sharing_model = row.internal_sharing_model;
                object.external_sharing_model = row.external_sharing_model;
                objects.user = Some(object);
                continue;
            }
            objects.entity(row);
        }
        objects.custom_fields = custom_rows.map(|rows| {
            let mut fields: BTreeMap<Name, BTreeMap<Name, Option<String>>> = BTreeMap::new();
            for row in rows {
                let Some(object) = row.entity_definition.and_then(|def| def.qualified_api_name)
                else {
                    continue;
                };
                let name = format!("{}__c", row.developer_name);
                let name = full_name(row.namespace_prefix.as_deref(), &name);
                let created = row.created_date.as_deref().map(instant);
                fields.entry(object).or_default().insert(name, created);
            }
            fields
        });
        for row in type_rows.into_iter().flatten() {
            objects.record_type(row);
        }
        objects.find_parents(wanted);
        objects
    }

    /// Finds the parents that are not wanted themselves: whether the user may read them decides what may point to them.
    fn find_parents(&mut self, wanted: &Wanted) {
        let mut parents: BTreeSet<Name> = (wanted.objects.iter())
            .filter_map(standard::controlling_parent)
            .collect();
        for (object, fields) in &wanted.fields {
            let Some(definition) = self.objects.get(object) else {
                continue;
            };
            let pointing = fields.iter().filter_map(|name| definition.fields.get(name));
            parents.extend(pointing.flat_map(|field| field.reference_to.iter().cloned()));
        }
        parents.retain(|name| {
            is_api_name(name.as_str()) && !wanted.objects.contains(name) && !name.is("User")
        });
        // What is not looked at is outside the scope, and so unknown to the audits.
        self.parents = parents.into_iter().take(MOST_PARENTS).collect();
    }

    /// Adds the org-wide defaults of the parents. Nothing else of them is known.
    fn add_parents(&mut self, rows: Vec<EntityRow>) {
        for row in rows {
            let name = row.qualified_api_name;
            let mut object = SObject::new(name.clone());
            object.incomplete = true;
            object.label = row.label;
            object.sharing_model = row.internal_sharing_model;
            object.external_sharing_model = row.external_sharing_model;
            self.objects.entry(name).or_insert(object);
        }
    }

    fn entity(&mut self, row: EntityRow) {
        let name = row.qualified_api_name;
        self.durable_ids.insert(name.clone(), row.durable_id);
        // Describe refused it, and it is there: nothing of it is known but that.
        let object = self.objects.entry(name.clone()).or_insert_with(|| {
            let mut object = SObject::new(name);
            object.incomplete = true;
            object
        });
        object.label = object.label.take().or(row.label);
        object.sharing_model = row.internal_sharing_model;
        object.external_sharing_model = row.external_sharing_model;
    }

    fn record_type(&mut self, row: RecordTypeRow) {
        let name = full_name(row.namespace_prefix.as_deref(), &row.developer_name);
        let object = self
            .objects
            .entry(row.sobject_type)
            .or_insert_with_key(|name| {
                let mut object = SObject::new(name.clone());
                object.incomplete = true;
                object
            });
        object.record_types.insert(
            name.clone(),
            RecordType {
                name,
                label: row.name,
                active: row.is_active,
                id: Some(row.id),
                picklist_values: BTreeMap::new(),
                at: None,
            },
        );
    }

    /// How many rows a permission set can have on an object's fields, as far as is known. Describe hides fields from the
    /// caller, the list of custom fields does not.
    pub(super) fn governed(&self, object: &Name) -> Option<usize> {
        let standard = self.governed.get(object)?;
        let custom = match &self.custom_fields {
            Some(fields) => fields.get(object).map_or(0, BTreeMap::len),
            None => self
                .objects
                .get(object)
                .map_or(0, |known| known.fields.len()),
        };
        Some(standard.saturating_add(custom))
    }

    /// Whether any object has a record type, so that who may use which is worth asking.
    pub(super) fn have_record_types(&self) -> bool {
        self.objects
            .values()
            .any(|object| !object.record_types.is_empty())
    }

    /// Adds what describe hides from the caller. `sees_all`: the caller may see the whole catalogue.
    pub(super) async fn complete(&mut self, ask: &Ask<'_>, wanted: &Wanted, sees_all: bool) {
        let mut lacking: Vec<Name> = Vec::new();
        for (name, object) in &mut self.objects {
            let dates = self
                .custom_fields
                .as_ref()
                .map(|fields| fields.get(name).cloned().unwrap_or_default());
            let known = |field: &Name| object.fields.contains_key(field);
            let hides = object.incomplete
                || dates
                    .iter()
                    .flat_map(BTreeMap::keys)
                    .any(|field| !known(field))
                || wanted
                    .fields
                    .get(name)
                    .into_iter()
                    .flatten()
                    .any(|field| !known(field));
            if hides {
                lacking.push(name.clone());
            }
            for (field, created) in dates.into_iter().flatten() {
                let field = object.fields.entry(field).or_insert_with_key(|field| {
                    // It exists; what it is, the catalogue of all fields may tell.
                    let mut hidden = Field::new(field.clone());
                    hidden.incomplete = true;
                    hidden
                });
                field.created_at = created;
            }
        }
        let mut told: BTreeSet<Name> = BTreeSet::new();
        let (on_fields, on_parents) = (ask.branch(), ask.branch());
        let none = OrgSchema::default();
        let (answers, parents) = tokio::join!(
            definitions(&on_fields, &lacking),
            on_parents.rows::<EntityRow>(
                &[Area::OrgWideDefaults],
                Query::EntityDefinitions
                    .bind()
                    .names("objects", &self.parents),
                &none,
            ),
        );
        ask.join(&on_fields);
        ask.join(&on_parents);
        for (name, rows) in answers {
            let Some(object) = self.objects.get_mut(&name) else {
                continue;
            };
            if let Some(rows) = rows {
                told.insert(name);
                for row in rows {
                    hidden_field(object, row);
                }
            }
        }
        for (name, object) in &mut self.objects {
            let all_told = !lacking.contains(name) || told.contains(name);
            object.fields_complete =
                sees_all && self.custom_fields.is_some() && !object.incomplete && all_told;
            if !object.fields_complete {
                let why = if sees_all {
                    "a list of its fields could not be read"
                } else {
                    "the session's user may not see all of its fields"
                };
                ask.ledger
                    .lack(Area::Fields, format!("{name} may have more fields: {why}"));
            }
            let hidden: Vec<&str> = object
                .fields
                .values()
                .filter(|field| field.incomplete)
                .map(|field| field.name.as_str())
                .collect();
            if !hidden.is_empty() {
                ask.ledger.lack(
                    Area::Fields,
                    format!("{name}: nothing is known of {}", hidden.join(", ")),
                );
            }
        }
        self.add_parents(parents.unwrap_or_default());
        for name in &self.refused {
            let there = self.objects.contains_key(name);
            let reason = match (there, self.catalogue_read && sees_all) {
                (true, _) => format!("{name} could not be described, so its fields are not known"),
                (false, true) => format!("the org has no object {name}"),
                (false, false) => {
                    format!("{name} could not be described, and whether it exists is not known")
                }
            };
            ask.ledger.lack(Area::Objects, reason.clone());
            if there {
                ask.ledger.lack(Area::Fields, reason);
            }
        }
    }
}

/// The catalogue's fields of each object; none for an object that was refused.
async fn definitions(
    ask: &Ask<'_>,
    objects: &[Name],
) -> Vec<(Name, Option<Vec<FieldDefinitionRow>>)> {
    let schema = catalogue_schema();
    let mut answers = Vec::new();
    // A handful at once is enough: the client limits requests besides.
    for chunk in objects.chunks(16) {
        let asked = chunk.iter().map(|name| {
            let (branch, schema) = (ask.branch(), &schema);
            async move {
                let binding = Query::FieldDefinitions.bind().names("object", [name]);
                let rows = branch
                    .rows::<FieldDefinitionRow>(&[Area::Fields], binding, schema)
                    .await;
                (branch, (name.clone(), rows))
            }
        });
        for (branch, answer) in super::all(asked).await {
            ask.join(&branch);
            answers.push(answer);
        }
    }
    answers
}

/// FieldDefinition has had `IsFlsEnabled` since API version 35, which is older than any that is used.
fn catalogue_schema() -> OrgSchema {
    let mut schema = OrgSchema::default();
    let columns = r#"{"fields":[{"name":"IsFlsEnabled"}]}"#;
    if let Ok(columns) = serde_json::from_str(columns) {
        schema.insert(Api::Tooling, "FieldDefinition", columns);
    }
    schema
}

/// A field of the catalogue that describe does not show.
fn hidden_field(object: &mut SObject, row: FieldDefinitionRow) {
    let name = row.qualified_api_name;
    let known = object.fields.get(&name);
    if known.is_some_and(|field| !field.incomplete) {
        return;
    }
    let created_at = known.and_then(|field| field.created_at.clone());
    let mut field = Field::new(name);
    field.created_at = created_at;
    field.label = row.label;
    field.permissionable = row.is_fls_enabled;
    let data_type = row.data_type.unwrap_or_default();
    field.field_type = type_of_setup(&data_type);
    if row.is_calculated == Some(true) || data_type.starts_with("Formula") {
        field.createable = Some(false);
        field.updateable = Some(false);
    }
    // Without the word on field-level security nothing that matters is known of it.
    field.incomplete = row.is_fls_enabled.is_none();
    object.fields.insert(field.name.clone(), field);
}

/// A data type as Setup spells it: `Text(80)`, `Lookup(Account)`, `Formula (Number)`.
fn type_of_setup(text: &str) -> FieldType {
    let word = text.split('(').next().unwrap_or_default().trim();
    match word {
        "Auto Number" => FieldType::AutoNumber,
        "Roll-Up Summary" => FieldType::Summary,
        "Master-Detail" => FieldType::MasterDetail,
        "Lookup" | "Hierarchy" => FieldType::Lookup,
        "Checkbox" => FieldType::Checkbox,
        "Picklist" if text.contains("Multi-Select") => FieldType::MultiselectPicklist,
        "Picklist" => FieldType::Picklist,
        "Text" => FieldType::Text,
        "Number" => FieldType::Number,
        "Currency" => FieldType::Currency,
        "Percent" => FieldType::Percent,
        "Date" => FieldType::Date,
        "Date/Time" => FieldType::DateTime,
        "Email" => FieldType::Email,
        "Phone" => FieldType::Phone,
        "URL" => FieldType::Url,
        "Long Text Area" => FieldType::LongTextArea,
        "Rich Text Area" => FieldType::RichTextArea,
        "Text Area" => FieldType::TextArea,
        "Address" => FieldType::Address,
        "Geolocation" => FieldType::Geolocation,
        _ => FieldType::Unknown,
    }
}

/// Describes objects, a few in each composite, all composites at once.
async fn describes(ask: &Ask<'_>, names: &[&Name]) -> Vec<(Name, Option<Describe>)> {
    let chunks = names.chunks(DESCRIBES_AT_ONCE).map(|chunk| {
        let branch = ask.branch();
        async move {
            let answers = describe_chunk(&branch, chunk).await;
            (branch, answers)
        }
    });
    let mut described = Vec::new();
    for (branch, answers) in super::all(chunks).await {
        ask.join(&branch);
        described.extend(answers);
    }
    described
}

async fn describe_chunk(ask: &Ask<'_>, names: &[&Name]) -> Vec<(Name, Option<Describe>)> {
    const AREAS: &[Area] = &[Area::Fields];
    let subs: Result<Vec<Sub>, _> = names
        .iter()
        .map(|name| Sub::describe(name.as_str()))
        .collect();
    ask.ledger.ask(AREAS);
    let nothing = || names.iter().map(|name| ((*name).clone(), None)).collect();
    let replies = match subs {
        Ok(subs) => ask.client.composite_get(Api::Rest, &subs).await,
        Err(error) => Err(error),
    };
    let replies = match replies {
        Ok(replies) => replies,
        Err(error) => {
            ask.ledger.refuse(AREAS, &error);
            return nothing();
        }
    };
    ask.ledger.answer(AREAS, replies.len());
    names
        .iter()
        .zip(replies)
        .map(|(name, reply)| {
            let query = format!("describe of {name}");
            match reply.and_then(|reply| reply.decode::<Describe>(&query)) {
                Ok(describe) => ((*name).clone(), Some(describe)),
                Err(error) => {
                    // An object that is not there is told apart later; anything else is a refusal.
                    if error.kind != ApiErrorKind::Refused {
                        ask.ledger.ask(AREAS);
                        ask.ledger.refuse(AREAS, &error);
                    }
                    ((*name).clone(), None)
                }
            }
        })
        .collect()
}
