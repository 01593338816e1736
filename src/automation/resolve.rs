//! What a formula refers to, looked up in an org: what is not there, and what could not be looked up.
//!
//! In: a formula, the object that it is on where that is known, and the org. Out: [`Unresolved`] references, each with its
//! place, and the types of those that were found. Says 'missing' only where the source holds all that there could be.

use super::path::{Path, follow};
use crate::effective::{definition, exists, nearest};
use crate::formula::{Ast, Node, ResultType};
use crate::snapshot::{Area, FieldType, Name, Snapshot, SourceKind, standard};

/// A reference that was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// Where it stands, in bytes.
    pub offset: usize,
    /// What it is about, as a sentence part.
    pub message: String,
    /// Whether the org surely lacks it; otherwise it could not be looked up.
    pub is_missing: bool,
}

/// Looks up the references of a formula, each once.
pub fn unresolved(snapshot: &Snapshot, object: Option<&Name>, ast: &Ast) -> Vec<Unresolved> {
    let lookup = Lookup { snapshot, object };
    let mut seen: Vec<Name> = Vec::new();
    let mut all = Vec::new();
    for (_, node, span) in ast.nodes() {
        let text = ast.source(span);
        if node != Node::Reference || seen.contains(&Name::new(text)) {
            continue;
        }
        seen.push(Name::new(text));
        let (message, is_missing) = match lookup.state(text) {
            State::Found => continue,
            State::Missing(message) => (message, true),
            State::NotKnown(message) => (message, false),
        };
        all.push(Unresolved {
            offset: span.start(),
            message,
            is_missing,
        });
    }
    all.sort_by_key(|one| one.offset);
    all
}

/// The type of a field or global of a formula on an object, where the org tells.
pub fn type_of_reference(
    snapshot: &Snapshot,
    object: Option<&Name>,
    text: &str,
) -> Option<ResultType> {
    let (object, field) = match Reference::of(text) {
        Reference::Field(path) => match follow(snapshot, object?, path) {
            Path::Field { object, field, .. } => (object, field),
            _ => return None,
        },
        Reference::OfObject(object, Some(field)) => (object, field),
        _ => return None,
    };
    Some(match definition(snapshot, &object, &field)?.field_type {
        FieldType::Checkbox => ResultType::Boolean,
        FieldType::Number | FieldType::Currency | FieldType::Percent => ResultType::Number,
        FieldType::Date => ResultType::Date,
        FieldType::DateTime => ResultType::DateTime,
        FieldType::Time => ResultType::Time,
        FieldType::Text
        | FieldType::TextArea
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url => ResultType::Text,
        _ => return None,
    })
}

/// What a name of a formula names.
enum Reference<'t> {
    Permission(&'t str),
    /// A field of an object that the name itself tells: a setting's, the user's, a custom metadata type's.
    OfObject(Name, Option<Name>),
    /// A field of the record, or beyond.
    Field(&'t str),
    /// Something that is looked up nowhere here.
    Other,
}

impl<'t> Reference<'t> {
    fn of(text: &'t str) -> Self {
        let mut parts = text.split('.');
        let first = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        match (first.to_ascii_lowercase().as_str(), rest.as_slice()) {
            ("$permission", [name]) => Self::Permission(name),
            ("$setup", [setting, field]) => {
                Self::OfObject(Name::new(setting), Some(Name::new(field)))
            }
            ("$user", [field]) => Self::OfObject(Name::new("User"), Some(Name::new(field))),
            ("$custommetadata", [kind, _, field]) => {
                Self::OfObject(Name::new(kind), Some(Name::new(field)))
            }
            ("$objecttype", [object, fields, field]) if fields.eq_ignore_ascii_case("fields") => {
                Self::OfObject(Name::new(object), Some(Name::new(field)))
            }
            _ if first.starts_with('$') => Self::Other,
            _ => Self::Field(text),
        }
    }
}

enum State {
    Found,
    Missing(String),
    NotKnown(String),
}

struct Lookup<'s> {
    snapshot: &'s Snapshot,
    object: Option<&'s Name>,
}

impl Lookup<'_> {
    fn state(&self, text: &str) -> State {
        match Reference::of(text) {
            Reference::Permission(name) => self.permission(&Name::new(name)),
            Reference::OfObject(object, field) => match (self.is_object(&object), field) {
                (Some(true), Some(field)) => self.field(text, &object, &field),
                (Some(true), None) => State::Found,
                (Some(false), _) => State::Missing(format!(
                    "`{text}`: there is no object or custom setting {object}{}",
                    self.near(&object, self.snapshot.objects.keys())
                )),
                // Of the user, standard fields are the same in every org.
                (None, Some(field)) if object.is("User") && !field.is_custom() => State::Found,
                (None, _) => State::NotKnown(format!(
                    "whether `{text}` exists is not known: {object} was not read"
                )),
            },
            Reference::Field(path) => {
                let Some(object) = self.object else {
                    return State::Found;
                };
                match self.is_object(object) {
                    Some(true) => {}
                    Some(false) => {
                        return State::Missing(format!("`{path}`: there is no object {object}"));
                    }
                    None => {
                        return State::NotKnown(format!(
                            "whether `{path}` exists is not known: {object} was not read"
                        ));
                    }
                }
                match follow(self.snapshot, object, path) {
                    Path::Field { .. } => State::Found,
                    Path::NotFound { object, part } => self.part(path, &object, &part),
                    Path::NotFollowed => {
                        State::NotKnown(format!("where `{path}` leads was not followed"))
                    }
                }
            }
            Reference::Other => State::Found,
        }
    }

    fn permission(&self, name: &Name) -> State {
        if self.snapshot.custom_permissions.contains_key(name) {
            return State::Found;
        }
        let coverage = &self.snapshot.coverage;
        // A tree holds no permissions of packages.
        let of_package = !self.asks_org() && name.as_str().contains("__");
        if coverage.is_read(Area::CustomPermissions) && !of_package {
            return State::Missing(format!(
                "there is no custom permission {name}{}",
                self.near(name, self.snapshot.custom_permissions.keys())
            ));
        }
        let why = coverage.reason(Area::CustomPermissions);
        State::NotKnown(format!(
            "whether custom permission {name} exists is not known: {}",
            why.unwrap_or_else(|| "custom permissions were not read".to_owned())
        ))
    }

    fn field(&self, text: &str, object: &Name, field: &Name) -> State {
        match exists(self.snapshot, object, field) {
            Some(true) => State::Found,
            _ => self.part(text, object, field.as_str()),
        }
    }

    /// A field or relationship that the source does not hold.
    fn part(&self, text: &str, object: &Name, part: &str) -> State {
        if self.holds_fields_of(object, part) {
            let fields = self.snapshot.objects.get(object);
            let known = fields.into_iter().flat_map(|object| object.fields.keys());
            return State::Missing(format!(
                "`{text}`: {object} has no field or relationship {part}{}",
                self.near(&Name::new(part), known)
            ));
        }
        State::NotKnown(format!(
            "whether `{text}` exists is not known: not all fields of {object} were read"
        ))
    }

    /// Whether the source would hold a field or relationship if there were one.
    fn holds_fields_of(&self, object: &Name, part: &str) -> bool {
        let known = self.snapshot.objects.get(object);
        let whole = known.is_some_and(|known| known.fields_complete && !known.incomplete);
        // A tree with an object's own definition has its fields, those of packages aside.
        let is_custom = Name::new(part).is_custom() || Name::new(part).has_suffix("__r");
        let of_package = part.matches("__").count() > 1;
        let of_tree = !self.asks_org()
            && !of_package
            && self.snapshot.coverage.is_read(Area::Fields)
            && known.is_some_and(|known| known.defined && !known.incomplete);
        let standard = !is_custom && standard::is_standard_object(object);
        whole || of_tree && (is_custom || object.is_custom()) || standard
    }

    fn is_object(&self, object: &Name) -> Option<bool> {
        let snapshot = self.snapshot;
        if snapshot.objects.contains_key(object) {
            return Some(true);
        }
        if self.asks_org() {
            let told = format!("the org has no object {object}");
            let reasons = snapshot.coverage.reason(Area::Objects).unwrap_or_default();
            let lacks = reasons
                .split(['\n', ';'])
                .any(|reason| reason.trim() == told);
            return lacks.then_some(false);
        }
        if standard::is_standard_object(object) {
            return Some(true);
        }
        // A tree holds no objects of packages, unless something was added to them.
        let of_package = object.as_str().matches("__").count() > 1;
        (object.is_custom() && !of_package && snapshot.coverage.is_read(Area::Objects))
            .then_some(false)
    }

    /// Whether the source is, or is saved from, a live org, which is read as far as it was asked for.
    fn asks_org(&self) -> bool {
        self.snapshot.scope.is_some() || self.snapshot.org.source == SourceKind::Live
    }

    fn near<'n>(&self, name: &Name, known: impl Iterator<Item = &'n Name>) -> String {
        match nearest(name, known).as_slice() {
            [] => String::new(),
            near => format!(" (nearest: {})", near.join(", ")),
        }
    }
}
