//! What a message tells of object, field, operation and record: by the shapes in which Salesforce writes them.
//!
//! In: an error with the cells of its row. Out: a [`Resource`]; what stands nowhere stays empty.

use super::input::SyncError;
use super::normal::{ids, kind_of_id, words};
use super::pattern::{NO_FIELDS, is_camel};
use crate::finding::Operation;

/// What an error is about, as far as told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) object: Option<String>,
    pub(super) field: Option<String>,
    pub(super) operation: Option<Operation>,
    pub(super) refers_to: Option<String>,
}

/// Objects that a sync with HubSpot meets, as far as a text may name them by a plain word.
const OBJECTS: [&str; 15] = [
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "Case",
    "Task",
    "Event",
    "Campaign",
    "CampaignMember",
    "User",
    "OpportunityContactRole",
    "AccountContactRelation",
    "OpportunityLineItem",
    "Product2",
    "Contract",
];

/// Texts after which a field's name stands.
const BEFORE_FIELD: [&str; 22] = [
    "unable to create/update fields:",
    "no such column '",
    "no such column ",
    "required fields are missing: [",
    "required field is missing: ",
    "picklist field: ",
    "field is not editable: ",
    "field is not updateable: ",
    "field is not updatable: ",
    "field access error: ",
    "the field '",
    "the field \"",
    "field '",
    "field \"",
    "field: ",
    "field name: ",
    "fields: ",
    "value outside of valid range on ",
    "data value too large: ",
    "field permissions (",
    "field permission (",
    "field ",
];

/// Texts after which an object's name stands.
const BEFORE_OBJECT: [&str; 13] = [
    "on sobject of type ",
    "sobject type '",
    "sobject type ",
    "on entity '",
    "on entity ",
    "entity type cannot be inserted: ",
    "entity type cannot be updated: ",
    "entity type cannot be deleted: ",
    "as owner of ",
    "the object '",
    "object '",
    "object: ",
    "on object ",
];

pub(super) fn resource(error: &SyncError) -> Resource {
    let message = error.message.as_str();
    let lower = message.to_ascii_lowercase();
    let dotted = dotted(message);
    let field = error
        .field
        .clone()
        .or_else(|| named_after(message, &lower, &BEFORE_FIELD, is_field))
        .or_else(|| dotted.as_ref().map(|(_, field)| field.clone()))
        .or_else(|| in_last_brackets(message))
        .or_else(|| custom_field(message))
        .or_else(|| standard_field(message));
    // `Account.Industry` where a field is meant leaves the object with it.
    let (own_object, field) = match field {
        Some(field) => match field.split_once('.') {
            Some((object, field)) => (Some(object.to_owned()), Some(field.to_owned())),
            None => (None, Some(field)),
        },
        None => (None, None),
    };
    let object = error
        .salesforce_object
        .clone()
        .or_else(|| {
            named_after(message, &lower, &BEFORE_OBJECT, is_object).map(|name| as_api_name(&name))
        })
        .or(own_object)
        .or_else(|| dotted.map(|(object, _)| object))
        .or_else(|| in_words(message))
        .or_else(|| {
            let record = error.salesforce_record.as_deref()?;
            kind_of_id(record).map(str::to_owned)
        })
        .or_else(|| by_hubspot_object(error.hubspot_object.as_deref()));
    Resource {
        object,
        field,
        operation: operation(&lower),
        refers_to: ids(message).next().and_then(kind_of_id).map(str::to_owned),
    }
}

/// The first name of the right shape after one of the texts.
fn named_after(message: &str, lower: &str, texts: &[&str], is: fn(&str) -> bool) -> Option<String> {
    for text in texts {
        let mut from = 0;
        while let Some(at) = lower.get(from..).and_then(|rest| rest.find(text)) {
            let start = from + at + text.len();
            // ASCII lower case keeps every byte's place.
            let rest = message.get(start..).unwrap_or_default().trim_start();
            let rest = rest.trim_start_matches(['\'', '"', '[', '(', '`']);
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
                .unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default().trim_end_matches('.');
            // `bad value for restricted picklist field: Working: Industry` has the value before the field, and often
            // the value alone.
            let name = match (text.starts_with("picklist"), rest.rsplit_once(": ")) {
                (false, _) => name,
                (true, Some((_, after))) => words(after).next().unwrap_or_default(),
                (true, None) => "",
            };
            // `the field Next Step on Opportunity` gives a label, of which a word is no name.
            let label = *text == "field " && is_label(rest.get(end..).unwrap_or_default());
            if is(name) && !label {
                return Some(name.to_owned());
            }
            from = start;
        }
    }
    None
}

/// Whether what follows a word is a further word of a label: another with a capital.
fn is_label(rest: &str) -> bool {
    rest.strip_prefix(' ')
        .is_some_and(|next| next.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Words that stand where a name could, and are none.
const NO_NAMES: [&str; 20] = [
    "the",
    "this",
    "that",
    "is",
    "and",
    "or",
    "of",
    "not",
    "a",
    "an",
    "please",
    "for",
    "on",
    "in",
    "to",
    "does",
    "permission",
    "id",
    "required",
    "value",
];

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.len() >= 2
        && !NO_NAMES.iter().any(|no| word.eq_ignore_ascii_case(no))
}

/// An API name of a field: custom, or with a capital at its start.
pub(super) fn is_field(word: &str) -> bool {
    let name = word.rsplit('.').next().unwrap_or(word);
    is_name(name)
        && (name.contains("__") || name.starts_with(|c: char| c.is_ascii_uppercase()))
        && !name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
}

/// Whether a word is the API name of an object that a sync with HubSpot meets.
pub(super) fn known_object(word: &str) -> bool {
    OBJECTS.contains(&word)
}

fn is_object(word: &str) -> bool {
    is_name(word)
        && (word.contains("__")
            || OBJECTS.iter().any(|known| known.eq_ignore_ascii_case(word))
            || (word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().any(|c| c.is_ascii_lowercase())))
}

/// A standard object as its API name writes it.
fn as_api_name(word: &str) -> String {
    OBJECTS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .map_or_else(|| word.to_owned(), |known| (*known).to_owned())
}

/// `Account.Industry`, `Contact.HubSpot_Score__c`: a known or custom object, a dot and a field.
pub(super) fn dotted(message: &str) -> Option<(String, String)> {
    message
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
        .find_map(|word| {
            let (object, field) = word.trim_matches('.').split_once('.')?;
            let known = known_object(object) || object.ends_with("__c");
            (known && is_field(field) && !field.contains('.'))
                .then(|| (object.to_owned(), field.to_owned()))
        })
}

/// `…: [Industry]` at the end, as Apex and the composite API write the fields of an error.
fn in_last_brackets(message: &str) -> Option<String> {
    let inner = message.trim_end().strip_suffix(']')?.rsplit_once('[')?.1;
    let name = words(inner).next()?;
    (is_field(name) && !inner.contains(' ')).then(|| name.to_owned())
}

/// A custom field's name anywhere, where only one stands there.
fn custom_field(message: &str) -> Option<String> {
    let mut names = words(message).filter(|word| word.ends_with("__c") && is_field(word));
    let first = names.next()?;
    let before = message
        .split(first)
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let before = before.trim_end_matches([' ', '\'', '"', '`']);
    let object = before.ends_with("object") || before.ends_with("type");
    (!object && names.all(|name| name == first)).then(|| first.to_owned())
}

/// A standard field's name of several words after what is done with a field: `can't edit MobilePhone`.
fn standard_field(message: &str) -> Option<String> {
    const DONE: [&str; 9] = [
        "edit", "editing", "update", "updating", "read", "write", "set", "see", "view",
    ];
    let all: Vec<&str> = words(message).collect();
    all.windows(2).find_map(|pair| match pair {
        [before, word] => (DONE.iter().any(|done| before.eq_ignore_ascii_case(done))
            && is_camel(word)
            && !NO_FIELDS.iter().any(|no| word.eq_ignore_ascii_case(no))
            && singular(word).is_none())
        .then(|| (*word).to_owned()),
        _ => None,
    })
}

/// The object that a word names, in its singular or plural, in whatever case.
fn singular(word: &str) -> Option<&'static str> {
    OBJECTS.iter().copied().find(|known| {
        let rest = word
            .get(..known.len())
            .filter(|start| start.eq_ignore_ascii_case(known))
            .and_then(|_| word.get(known.len()..));
        rest.is_some_and(|rest| rest.is_empty() || rest.eq_ignore_ascii_case("s"))
            || (*known == "Opportunity" && word.eq_ignore_ascii_case("opportunities"))
    })
}

/// Words before an object's name, and after it, that say that the object is meant: `on Account`, `the Account object`.
const LEADING: [&str; 23] = [
    "on",
    "this",
    "create",
    "creating",
    "update",
    "updating",
    "edit",
    "editing",
    "delete",
    "deleting",
    "insert",
    "inserting",
    "read",
    "view",
    "see",
    "list",
    "object",
    "creation",
    "type",
    "for",
    "of",
    "to",
    "an",
];
const FOLLOWING: [&str; 4] = ["object", "objects", "record", "records"];

/// An object named in a sentence. Written otherwise (`a contact`, `Contact your admin`) it may be anything.
fn in_words(message: &str) -> Option<String> {
    let all: Vec<&str> = words(message).collect();
    let is_one_of = |word: Option<&&str>, texts: &[&str]| {
        word.is_some_and(|word| texts.iter().any(|text| word.eq_ignore_ascii_case(text)))
    };
    let named = |(at, word): (usize, &&str)| {
        let known = singular(word)?;
        let before = at.checked_sub(1).and_then(|at| all.get(at));
        let followed = is_one_of(all.get(at + 1), &FOLLOWING);
        // In small letters it is the object only where the next word says so: `to contact your admin`.
        let capital = word.starts_with(|c: char| c.is_ascii_uppercase());
        (followed || (capital && is_one_of(before, &LEADING))).then(|| known.to_owned())
    };
    all.iter().enumerate().find_map(named)
}

/// The object that a HubSpot object syncs with; a contact may be a lead, so it tells nothing.
fn by_hubspot_object(name: Option<&str>) -> Option<String> {
    let name = name?.trim().to_ascii_lowercase();
    let object = match name.as_str() {
        "company" | "companies" | "0-2" => "Account",
        "deal" | "deals" | "0-3" => "Opportunity",
        "ticket" | "tickets" | "0-5" => "Case",
        "task" | "tasks" | "call" | "calls" | "email" | "emails" | "meeting" | "meetings"
        | "note" | "notes" => "Task",
        _ => return None,
    };
    Some(object.to_owned())
}

/// What a row or a message says was tried.
pub(super) fn operation(lower: &str) -> Option<Operation> {
    const SAID: [(Operation, &[&str]); 4] = [
        (
            Operation::Delete,
            &[
                "cannot be deleted",
                "delete failed",
                "beforedelete",
                "afterdelete",
                "to delete",
                "allow delete",
                "lacks delete",
                "missing delete",
                "delete on ",
                "delete permission",
                "delete access",
                "\"delete\"",
                "cannot delete",
                "can't delete",
                "not delete",
                "deletion of",
            ],
        ),
        (
            Operation::Create,
            &[
                "cannot be inserted",
                "insert failed",
                "beforeinsert",
                "afterinsert",
                "to create ",
                "create permission",
                "create access",
                "allow create",
                "lacks create",
                "missing create",
                "create on ",
                "\"create\"",
                "cannot create",
                "can't create",
                "not create",
                "creation of",
                "create is",
                "denied: create",
                "cannot insert",
                "can't insert",
                "to insert",
                "insert not allowed",
                "insert is not allowed",
            ],
        ),
        (
            Operation::Edit,
            &[
                "cannot be updated",
                "update failed",
                "beforeupdate",
                "afterupdate",
                "to update",
                "to edit",
                "allow edit",
                "lacks edit",
                "missing edit",
                "edit on ",
                "edit permission",
                "edit access",
                "edit right",
                "\"edit\"",
                "cannot edit",
                "can't edit",
                "not edit",
            ],
        ),
        (
            Operation::Read,
            &[
                "no such column",
                "to read",
                "read access",
                "is not supported. if you",
                "not read",
                "can't read",
                "cannot read",
                "can't see",
                "cannot see",
                "can't view",
                "cannot view",
            ],
        ),
    ];
    SAID.iter()
        .find(|(_, texts)| texts.iter().any(|text| lower.contains(text)))
        .map(|(operation, _)| *operation)
}

/// The operation that a cell of the export names.
pub(super) fn operation_of_cell(cell: &str) -> Option<Operation> {
    Some(match cell.trim().to_ascii_lowercase().as_str() {
        "create" | "insert" | "created" | "post" => Operation::Create,
        "update" | "edit" | "updated" | "patch" | "upsert" => Operation::Edit,
        "delete" | "deleted" | "remove" => Operation::Delete,
        "read" | "query" | "get" | "import" => Operation::Read,
        "assign" | "owner" => Operation::Assign,
        _ => return None,
    })
}
