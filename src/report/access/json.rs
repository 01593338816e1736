//! `permgap.access/1`: an access report for programs. Keys are added, never renamed; what is not known is `null`.

use std::io;

use serde::Serialize;

use super::{AccessReport, AccessToField, AccessToObject, TrailEntry};
use crate::effective::{Effect, Existence, Known};
use crate::report::json::{v1, write_json};
use crate::report::{FieldHas, ObjectHas};
use crate::snapshot::ObjectRight;

/// The format's name and version.
const SCHEMA: &str = "permgap.access/1";

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    tool: v1::Tool,
    generated_at: String,
    org: v1::Org,
    user: v1::User,
    notices: Vec<String>,
    system_permissions: Vec<SystemPermission>,
    objects: Vec<Object>,
}

#[derive(Serialize)]
struct SystemPermission {
    name: &'static str,
    has: Option<bool>,
    trail: Vec<Entry>,
}

#[derive(Serialize)]
struct Object {
    object: String,
    has: ObjectRights,
    decided_by: Option<&'static str>,
    trail: Vec<Entry>,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct ObjectRights {
    #[serde(flatten)]
    has: v1::ObjectHas,
    view_all_fields: Option<bool>,
}

#[derive(Serialize)]
struct Field {
    field: String,
    exists: Option<bool>,
    has: v1::FieldHas,
    field_level_security: v1::FieldHas,
    because: &'static str,
    never_editable: Option<&'static str>,
    trail: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    effect: &'static str,
    right: &'static str,
    text: String,
    container: String,
    file: Option<String>,
    line: Option<u32>,
    muted_by: Option<Muting>,
}

#[derive(Serialize)]
struct Muting {
    name: String,
    file: Option<String>,
    line: Option<u32>,
}

/// Writes an access report as JSON (`permgap.access/1`).
///
/// # Errors
///
/// What the writer answers.
pub fn json(report: &AccessReport, out: &mut dyn io::Write) -> io::Result<()> {
    let report = Report {
        schema: SCHEMA,
        tool: v1::Tool::this(),
        generated_at: report.generated_at.clone(),
        org: (&report.org).into(),
        user: (&report.user).into(),
        notices: report.notices.clone(),
        system_permissions: report
            .system_permissions
            .iter()
            .map(|permission| SystemPermission {
                name: permission.name,
                has: permission.has.to_option(),
                trail: trail(&permission.trail),
            })
            .collect(),
        objects: report.objects.iter().map(object).collect(),
    };
    write_json(&report, out)
}

fn object(access: &AccessToObject) -> Object {
    let right = |wanted| {
        let found = access.has.iter().find(|(right, _)| *right == wanted);
        found.and_then(|(_, known)| known.to_option())
    };
    Object {
        object: access.object.to_string(),
        has: ObjectRights {
            has: ObjectHas {
                read: right(ObjectRight::Read),
                create: right(ObjectRight::Create),
                edit: right(ObjectRight::Edit),
                delete: right(ObjectRight::Delete),
                view_all: right(ObjectRight::ViewAll),
                modify_all: right(ObjectRight::ModifyAll),
            }
            .into(),
            view_all_fields: right(ObjectRight::ViewAllFields),
        },
        decided_by: access.decided_by,
        trail: trail(&access.trail),
        fields: access.fields.iter().map(field).collect(),
    }
}

fn field(access: &AccessToField) -> Field {
    let has = |read: Known, edit: Known| {
        FieldHas {
            read: read.to_option(),
            edit: edit.to_option(),
        }
        .into()
    };
    Field {
        field: access.field.to_string(),
        exists: match access.existence {
            Existence::Exists => Some(true),
            Existence::Missing => Some(false),
            Existence::NotKnown => None,
        },
        has: has(access.read, access.edit),
        field_level_security: has(access.security_read, access.security_edit),
        because: access.because,
        never_editable: access.never_editable,
        trail: trail(&access.trail),
    }
}

fn trail(entries: &[TrailEntry]) -> Vec<Entry> {
    entries
        .iter()
        .map(|entry| Entry {
            effect: match entry.effect {
                Effect::Grants => "grants",
                Effect::Muted => "muted",
                Effect::WithoutPrerequisite => "without_prerequisite",
                Effect::Uncertain => "uncertain",
            },
            right: entry.right,
            text: entry.text.clone(),
            container: entry.container.clone(),
            file: entry.file.clone(),
            line: entry.line,
            muted_by: entry.muted_by.as_ref().map(|muting| Muting {
                name: muting.name.to_string(),
                file: muting.file.clone(),
                line: muting.line,
            }),
        })
        .collect()
}
