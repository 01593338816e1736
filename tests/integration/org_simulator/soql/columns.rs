//! What one caller sees of the org through one API: objects, columns, and walks over relationships.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use serde_json::Value;

use super::super::model::Row;
use super::super::org::{Org, WithoutViewSetup, text};
use super::super::refusal::Refusal;
use super::super::rights::Rights;
use super::super::schema::{Api, Column, Columns, Schema, since};
use super::super::virtual_objects;

/// Objects that need "View Setup and Configuration" (Object Reference, "Special Access Rules" of each).
const SETUP: [&str; 5] = [
    "ObjectPermissions",
    "FieldPermissions",
    "SetupEntityAccess",
    "PermissionSetGroupComponent",
    "MutingPermissionSet",
];

/// One caller's view through one API and version.
pub(crate) struct Session<'a> {
    pub(crate) org: &'a Org,
    pub(crate) rights: &'a Rights,
    pub(crate) api: Api,
    pub(crate) version: u32,
    views: RefCell<HashMap<String, Rc<View>>>,
    made: RefCell<HashMap<String, Rc<HashMap<String, Row>>>>,
}

/// An object as the caller sees it.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) columns: Columns,
    /// Setup data that this caller does not see: every query has zero rows.
    pub(crate) hidden: bool,
}

/// A column and the relationships that lead to it.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    /// Reference columns, each with the relationship's name.
    pub(crate) hops: Vec<(Column, String)>,
    pub(crate) column: Column,
}

impl<'a> Session<'a> {
    pub(crate) fn new(org: &'a Org, rights: &'a Rights, api: Api, version: u32) -> Self {
        Self {
            org,
            rights,
            api,
            version,
            views: RefCell::default(),
            made: RefCell::default(),
        }
    }

    /// The object with this name.
    ///
    /// # Errors
    /// `INVALID_TYPE`: missing, hidden from the caller, or of the other API.
    pub(crate) fn view(&self, name: &str) -> Result<Rc<View>, Refusal> {
        let key = name.to_ascii_lowercase();
        if let Some(view) = self.views.borrow().get(&key) {
            return Ok(Rc::clone(view));
        }
        let view = Rc::new(
            self.make_view(name)
                .ok_or_else(|| Refusal::invalid_type(name))?,
        );
        self.views.borrow_mut().insert(key, Rc::clone(&view));
        Ok(view)
    }

    fn make_view(&self, name: &str) -> Option<View> {
        if self.org.absent.contains(&name.to_ascii_lowercase()) {
            return None;
        }
        let schema = Schema::of(self.api).object(name);
        let model = if self.api == Api::Rest {
            self.org.object(name)
        } else {
            None
        };
        let mut view = match (model, schema) {
            (Some(model), _) => {
                if !self.rights.object(&model.name).read {
                    return None;
                }
                let visible = model
                    .fields
                    .iter()
                    .filter(|field| self.rights.field(model, field).read);
                let columns = visible
                    .map(|field| (field.name().to_ascii_lowercase(), field.column()))
                    .collect();
                View {
                    name: model.name.clone(),
                    columns,
                    hidden: false,
                }
            }
            (None, Some(schema)) => {
                let hidden = self.is_setup_hidden(&schema.name);
                if hidden && self.org.without_view_setup == WithoutViewSetup::InvalidType {
                    return None;
                }
                View {
                    name: schema.name.clone(),
                    columns: schema.columns.clone(),
                    hidden,
                }
            }
            (None, None) => return None,
        };
        view.columns.retain(|key, column| {
            let full = format!("{}.{key}", view.name).to_ascii_lowercase();
            !self.org.absent.contains(&full) && since(&view.name, &column.name) <= self.version
        });
        Some(view)
    }

    fn is_setup_hidden(&self, name: &str) -> bool {
        let can = |permission| self.rights.can(permission);
        if self.api == Api::Tooling {
            return !can("ViewSetup");
        }
        match name {
            "PermissionSetAssignment" => {
                !(can("ViewSetup") || can("AssignPermissionSets") || can("ManageUsers"))
            }
            "UserLogin" | "LoginHistory" | "OauthToken" => !can("ManageUsers"),
            _ => SETUP.contains(&name) && !can("ViewSetup"),
        }
    }

    /// The child relationships that a subquery may name: in lower case, to the child object and its reference column.
    pub(crate) fn children(&self, name: &str) -> BTreeMap<String, (String, String)> {
        let schema = Schema::of(self.api).object(name);
        let mut children = BTreeMap::new();
        for (relationship, child) in schema.into_iter().flat_map(|schema| &schema.children) {
            let columns = Schema::of(self.api)
                .object(child)
                .map(|object| &object.columns);
            let points = |column: &&Column| column.targets.iter().any(|target| target == name);
            if let Some(column) = columns
                .into_iter()
                .flat_map(|columns| columns.values())
                .find(points)
            {
                children.insert(relationship.clone(), (child.clone(), column.name.clone()));
            }
        }
        for object in self.org.objects.values().filter(|_| self.api == Api::Rest) {
            for field in object
                .fields
                .iter()
                .filter(|field| field.targets().iter().any(|target| target == name))
            {
                let relationship = field.text("childRelationshipName");
                if !relationship.is_empty() {
                    let child = (object.name.clone(), field.name().to_owned());
                    children.insert(relationship.to_ascii_lowercase(), child);
                }
            }
        }
        children
    }

    /// Finds the column that a path of a query names.
    ///
    /// # Errors
    /// `INVALID_FIELD` on a column or relationship that the caller cannot see.
    pub(crate) fn walk(&self, object: &View, path: &[String]) -> Result<Walk, Refusal> {
        let mut held: Option<Rc<View>> = None;
        let mut hops = Vec::new();
        let Some((last, relationships)) = path.split_last() else {
            return Err(Refusal::malformed("unexpected token: '<EOF>'"));
        };
        for (at, relationship) in relationships.iter().enumerate() {
            let columns = &held.as_deref().unwrap_or(object).columns;
            let hop = columns
                .values()
                .find(|column| {
                    column
                        .relationship
                        .as_deref()
                        .is_some_and(|r| r.eq_ignore_ascii_case(relationship))
                })
                .cloned();
            let Some(hop) = hop else {
                // A query may name its own object first.
                if at == 0 && relationship.eq_ignore_ascii_case(&object.name) {
                    continue;
                }
                return Err(Refusal::no_such_relationship(relationship));
            };
            let target = match hop.targets.as_slice() {
                [target] if !hop.polymorphic => target.as_str(),
                _ => "Name",
            };
            let next = self
                .view(target)
                .map_err(|_| Refusal::no_such_relationship(relationship))?;
            held = Some(next);
            let spelled = hop.relationship.clone().unwrap_or_default();
            hops.push((hop, spelled));
        }
        let end = held.as_deref().unwrap_or(object);
        let column = end.columns.get(&last.to_ascii_lowercase()).cloned();
        let column = column.ok_or_else(|| Refusal::no_such_column(&end.name, last))?;
        Ok(Walk { hops, column })
    }

    /// The value at the end of a walk; null where a relationship is empty.
    pub(crate) fn value(&self, walk: &Walk, row: &Row) -> Value {
        self.follow(&walk.hops, row, &mut |row| cell(row, &walk.column))
            .unwrap_or(Value::Null)
    }

    fn follow(
        &self,
        hops: &[(Column, String)],
        row: &Row,
        see: &mut dyn FnMut(&Row) -> Value,
    ) -> Option<Value> {
        match hops.split_first() {
            None => Some(see(row)),
            Some(((hop, _), rest)) => self.with_target(hop, row, &mut |row, _| {
                self.follow(rest, row, see).unwrap_or(Value::Null)
            }),
        }
    }

    /// Calls `see` with the row that a reference points to, and its object.
    pub(crate) fn with_target(
        &self,
        hop: &Column,
        row: &Row,
        see: &mut dyn FnMut(&Row, &str) -> Value,
    ) -> Option<Value> {
        let id = text(row, &hop.name);
        if id.is_empty() {
            return None;
        }
        let made = hop
            .targets
            .first()
            .map(String::as_str)
            .filter(|t| virtual_objects::is_found_by_durable_id(t));
        if let Some(target) = made {
            let rows = self.made(target);
            let found = rows.get(id.get(..15).filter(|_| is_id(id)).unwrap_or(id))?;
            return Some(see(found, target));
        }
        let (object, row) = self.org.by_id(id)?;
        if hop.polymorphic || hop.targets.len() > 1 {
            let mut row = row.clone();
            row.insert("Type".to_owned(), Value::String(object.to_owned()));
            return Some(see(&row, object));
        }
        Some(see(row, object))
    }

    /// The rows of a made-up object, by the names that others know them by.
    fn made(&self, object: &str) -> Rc<HashMap<String, Row>> {
        if let Some(rows) = self.made.borrow().get(object) {
            return Rc::clone(rows);
        }
        let rows = virtual_objects::rows(self, object, &Vec::new()).unwrap_or_default();
        let mut by_name = HashMap::new();
        for row in rows {
            let durable = text(&row, "DurableId");
            let keys = [
                durable
                    .get(..15)
                    .filter(|_| is_id(durable))
                    .unwrap_or(durable),
                text(&row, "QualifiedApiName"),
            ];
            for key in keys.map(str::to_owned) {
                by_name.insert(key, row.clone());
            }
        }
        let rows = Rc::new(by_name);
        self.made
            .borrow_mut()
            .insert(object.to_owned(), Rc::clone(&rows));
        rows
    }
}

/// Whether a durable id is an id and no name.
fn is_id(text: &str) -> bool {
    text.len() == 18 && text.starts_with(|c: char| c.is_ascii_digit())
}

/// A cell as an answer shows it.
pub(crate) fn cell(row: &Row, column: &Column) -> Value {
    match row.get(&column.name) {
        Some(value) => value.clone(),
        None if column.kind == "boolean" => Value::Bool(false),
        None => Value::Null,
    }
}
