//! An access report for people: the matrix first, then what grants each right and what takes it away.

use std::io;

use super::{AccessReport, AccessToField, AccessToObject, TrailEntry};
use crate::effective::{Existence, Known};
use crate::report::Style;
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::table::{notices, who_and_where};
use crate::report::text::place;

/// Writes an access report for people.
///
/// # Errors
///
/// What the writer answers.
pub fn table(report: &AccessReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    who_and_where(page, &report.user, &report.org)?;
    page.fact("As of", &report.generated_at)?;
    notices(page, &report.notices)?;
    matrix(page, report)?;
    for object in &report.objects {
        fields(page, object)?;
    }
    if report.overview {
        page.blank()?;
        let text = "`permgap access OBJECT` or `OBJECT.FIELD` shows what grants each right.";
        page.paragraph(Tone::Dim, text)?;
    } else {
        why(page, report)?;
    }
    if report.objects.is_empty() {
        page.blank()?;
        page.paragraph(
            Tone::Warn,
            "Nothing that is assigned to the user lists an object.",
        )?;
    }
    Ok(())
}

fn matrix(page: &mut Page<'_>, report: &AccessReport) -> io::Result<()> {
    page.heading("System permissions")?;
    let rows: Vec<_> = report
        .system_permissions
        .iter()
        .map(|permission| {
            vec![
                (Tone::Plain, permission.name.to_owned()),
                answer(permission.has),
            ]
        })
        .collect();
    page.grid(&["Permission", "Granted"], &rows)?;
    let Some(first) = report.objects.first() else {
        return Ok(());
    };
    page.heading("Objects")?;
    let mut head = vec!["Object"];
    head.extend(first.has.iter().map(|(right, _)| right.label()));
    let rows: Vec<_> = report
        .objects
        .iter()
        .map(|object| {
            let mut row = vec![(Tone::Strong, object.object.to_string())];
            row.extend(object.has.iter().map(|(_, known)| answer(*known)));
            row
        })
        .collect();
    page.grid(&head, &rows)
}

fn fields(page: &mut Page<'_>, object: &AccessToObject) -> io::Result<()> {
    if object.fields.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Fields of {}", object.object))?;
    let rows: Vec<_> = object
        .fields
        .iter()
        .map(|field| {
            vec![
                (Tone::Strong, field.field.to_string()),
                answer(field.read),
                answer(field.edit),
                (Tone::Plain, decided_by(field)),
            ]
        })
        .collect();
    page.grid(&["Field", "Read", "Edit", "Decided by"], &rows)
}

fn answer(known: Known) -> (Tone, String) {
    let tone = match known {
        Known::Yes => Tone::Good,
        Known::No => Tone::Bad,
        Known::Unknown => Tone::Warn,
    };
    (tone, known.as_str().to_owned())
}

fn decided_by(field: &AccessToField) -> String {
    match (field.existence, field.never_editable) {
        (Existence::Missing, _) => "there is no such field".to_owned(),
        // An address has Edit as a right, though its value is written through its parts.
        (_, Some(kind)) if field.security_edit == Known::Yes => {
            format!("{kind}; {}", field.because)
        }
        (_, Some(kind)) if kind == field.because => format!("{kind}, which nobody can edit"),
        (_, Some(kind)) => format!("{kind}, which nobody can edit; {}", field.because),
        (_, None) => field.because.to_owned(),
    }
}

fn why(page: &mut Page<'_>, report: &AccessReport) -> io::Result<()> {
    for permission in &report.system_permissions {
        if permission.trail.is_empty() {
            continue;
        }
        page.heading(&format!("Why: {}", permission.name))?;
        trail(page, &permission.trail)?;
    }
    for object in &report.objects {
        page.heading(&format!("Why: {}", object.object))?;
        if let Some(decided_by) = object.decided_by {
            page.item(&format!("decided by {decided_by}"))?;
        }
        trail(page, &object.trail)?;
        let having = |wanted: Known| {
            let having = object.has.iter().filter(move |(_, known)| *known == wanted);
            having.map(|(right, _)| right.as_str()).collect::<Vec<_>>()
        };
        lacking(page, &having(Known::No), &having(Known::Unknown))?;
        for field in object.fields.iter().filter(|field| field.by_name) {
            why_field(page, object, field)?;
        }
    }
    Ok(())
}

fn why_field(
    page: &mut Page<'_>,
    object: &AccessToObject,
    field: &AccessToField,
) -> io::Result<()> {
    page.heading(&format!("Why: {}.{}", object.object, field.field))?;
    page.item(&decided_by(field))?;
    if field.existence == Existence::Missing {
        return Ok(());
    }
    trail(page, &field.trail)?;
    let rights = [
        ("read", field.security_read, field.read),
        ("edit", field.security_edit, field.edit),
    ];
    for (right, security, both) in rights {
        if security != both {
            let text = format!(
                "the field alone would give {right} ({}), but the object does not ({})",
                security.as_str(),
                both.as_str()
            );
            page.item(&text)?;
        }
    }
    // What the object forbids is answered above; what the field would give does not matter then.
    let lacks = |wanted: Known| {
        let lacks = rights
            .iter()
            .filter(|(right, security, both)| {
                *security == wanted
                    && (wanted == Known::No || *both == wanted)
                    && !(*right == "edit" && field.never_editable.is_some())
            })
            .map(|(right, ..)| *right);
        lacks.collect::<Vec<_>>()
    };
    lacking(page, &lacks(Known::No), &lacks(Known::Unknown))
}

/// What nothing grants, and what is not known.
fn lacking(page: &mut Page<'_>, no: &[&str], unknown: &[&str]) -> io::Result<()> {
    if !no.is_empty() {
        page.item(&format!("nothing that counts grants {}", no.join(", ")))?;
    }
    if !unknown.is_empty() {
        page.item(&format!(
            "{}: not known, because something that could grant it or take it away was not read",
            unknown.join(", ")
        ))?;
    }
    Ok(())
}

/// The entries, those of one place and one effect on one line.
fn trail(page: &mut Page<'_>, entries: &[TrailEntry]) -> io::Result<()> {
    let mut groups: Vec<(&TrailEntry, Vec<&str>)> = Vec::new();
    for entry in entries {
        let same = groups.iter_mut().find(|(first, _)| {
            (
                &first.container,
                first.effect,
                &first.file,
                first.line,
                &first.muted_by,
            ) == (
                &entry.container,
                entry.effect,
                &entry.file,
                entry.line,
                &entry.muted_by,
            )
        });
        match same {
            Some((_, rights)) if rights.contains(&entry.right) => {}
            Some((_, rights)) => rights.push(entry.right),
            None => groups.push((entry, vec![entry.right])),
        }
    }
    for (entry, rights) in groups {
        page.item(&sentence(entry, &rights.join(", ")))?;
    }
    Ok(())
}

fn sentence(entry: &TrailEntry, rights: &str) -> String {
    let container = match place(entry.file.as_deref(), entry.line) {
        Some(place) => format!("{} ({place})", entry.container),
        None => entry.container.clone(),
    };
    let muting =
        entry
            .muted_by
            .as_ref()
            .map(|muting| match place(muting.file.as_deref(), muting.line) {
                Some(at) => format!("{} ({at})", muting.name),
                None => muting.name.to_string(),
            });
    entry.effect.sentence(&container, rights, muting.as_deref())
}
