//! `permgap compare`: what one may do and the other may not.
//!
//! A side is a user of the source, a snapshot file for one user, or a profile, permission set or group by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::{ClockArgs, SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::live;
use super::org::{Compared, Errand, Source, Who, mapping_rows};
use crate::collect::live_org::Beside;
use crate::compare::compare;
use crate::demo;
use crate::effective::{EffectivePermissions, Subject, find_profile, is_activity, nearest};
use crate::error::Error;
use crate::mapping::{self, MappingRow};
use crate::report::compare::{self as report, CompareReport};
use crate::salesforce::soql::is_record_id;
use crate::snapshot::{Name, Snapshot};

/// Flags of `permgap compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// One side: a username, a snapshot file (.json, .json.gz), `permset:NAME`, `profile:NAME` or `group:NAME`
    a: String,
    /// The other side, in the same way
    b: String,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    user: UserArgs,
    /// Compares rights on the objects of these field mappings alone (repeatable); a live org is then asked for these
    #[arg(long, value_name = "FILE", help_heading = "Mappings")]
    mappings: Vec<PathBuf>,
    /// Format
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "table",
        help_heading = "Report"
    )]
    format: CompareFormat,
    #[command(flatten)]
    clock: ClockArgs,
}

/// The formats of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CompareFormat {
    /// For people.
    Table,
    /// For a spreadsheet: a line a right.
    Csv,
    /// For programs.
    Json,
    /// For a page or a comment.
    Markdown,
}

/// One side, with the org that it is in.
enum Side {
    /// A snapshot file of its own.
    File(Source),
    /// Something of the source that flags name.
    Named(Operand),
}

enum Operand {
    User(String),
    PermissionSet(Name),
    Profile(Name),
    Group(Name),
    /// A name without a kind.
    Any(String),
}

/// Makes an operand of a name.
type Make = fn(&str) -> Operand;

impl Side {
    fn of(text: &str) -> Self {
        let kinds: [(&str, Make); 6] = [
            ("user:", |name| Operand::User(name.to_owned())),
            ("permset:", |name| Operand::PermissionSet(name.into())),
            ("permission-set:", |name| {
                Operand::PermissionSet(name.into())
            }),
            ("profile:", |name| Operand::Profile(name.into())),
            ("group:", |name| Operand::Group(name.into())),
            ("permission-set-group:", |name| Operand::Group(name.into())),
        ];
        for (prefix, operand) in kinds {
            if let Some(name) = text.strip_prefix(prefix) {
                return Self::Named(operand(name));
            }
        }
        let folded = text.to_ascii_lowercase();
        if folded.ends_with(".json") || folded.ends_with(".json.gz") {
            return Self::File(Source::Snapshot(Path::new(text).to_owned()));
        }
        Self::Named(Operand::Any(text.to_owned()))
    }
}

impl Side {
    /// The username or id that the side is, as far as its spelling tells.
    fn user(&self) -> Option<&str> {
        match self {
            Self::Named(Operand::User(name)) => Some(name),
            Self::Named(Operand::Any(name)) if is_username(name) => Some(name),
            _ => None,
        }
    }

    /// What a live org is asked for by name to find the side.
    fn ask(&self, beside: &mut Beside) {
        let Self::Named(operand) = self else { return };
        match operand {
            Operand::PermissionSet(name) => {
                beside.permission_sets.insert(name.clone());
            }
            Operand::Group(name) => {
                beside.groups.insert(name.clone());
            }
            Operand::Profile(name) => {
                beside.profiles.insert(name.clone());
            }
            Operand::Any(text) if !is_username(text) => {
                let name = Name::new(text);
                beside.permission_sets.insert(name.clone());
                beside.groups.insert(name.clone());
                beside.profiles.insert(name);
            }
            Operand::User(_) | Operand::Any(_) => {}
        }
    }
}

/// Every username has the form of an address (Salesforce Help, "Usernames"); no name of a container has an `@` as a rule.
fn is_username(text: &str) -> bool {
    text.contains('@') || (is_record_id(text) && text.starts_with("005"))
}

/// A side that was found: the org, who, and whether what was named stands by itself.
struct Found<'s> {
    snapshot: &'s Snapshot,
    subject: Subject,
    alone: bool,
    label: String,
}

impl<'s> Found<'s> {
    fn effective(&self, context: &Context<'_>) -> EffectivePermissions<'s> {
        let profiles = context.config.profiles;
        if self.alone {
            EffectivePermissions::of_containers(self.snapshot, &self.subject, profiles)
        } else {
            EffectivePermissions::of(self.snapshot, &self.subject, profiles)
        }
    }
}

pub(super) fn run(args: &CompareArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let now = clock::now(&args.clock, &context.config)?;
    let (a, b) = (Side::of(&args.a), Side::of(&args.b));
    let source = match (&a, &b) {
        (Side::File(_), Side::File(_)) => None,
        _ => Some(Source::choose(&args.source, &context.config)?),
    };
    if source == Some(Source::Demo) {
        context.config = demo::config(std::mem::take(&mut context.config))?;
    }
    let rows = rows(args, source.as_ref(), context)?;
    // A live org is asked for one user at a time; any other source is read once for both.
    let users: BTreeSet<&str> = [&a, &b].into_iter().filter_map(Side::user).collect();
    let shared = match &source {
        Some(Source::Live(_)) if users.len() > 1 => None,
        Some(source) if [&a, &b].iter().any(|side| matches!(side, Side::Named(_))) => {
            let user = users.first().copied().or(args.user.user.as_deref());
            Some(collect(source, user, &[&a, &b], &rows, args, context, now)?)
        }
        _ => None,
    };
    let apart = source.as_ref().filter(|_| shared.is_none());
    let own_a = own(&a, apart, &rows, args, context, now)?;
    let own_b = own(&b, apart, &rows, args, context, now)?;
    let find = |side: &Side, own: &'_ Option<Snapshot>, given: &str| -> Result<_, Error> {
        let snapshot = own
            .as_ref()
            .or(shared.as_ref())
            .ok_or_else(|| no_source(given))?;
        match (side, &source) {
            (Side::File(source), _) => {
                let who = Who::find(&args.user, &context.config, source, snapshot, now)?;
                let name = who.user.username.clone();
                let label = match name {
                    Some(name) => format!("{name} in {given}"),
                    None => given.to_owned(),
                };
                Ok((who.subject, false, label))
            }
            (Side::Named(operand), Some(source)) => named(operand, source, snapshot, context, now),
            (Side::Named(_), None) => Err(no_source(given)),
        }
    };
    let (subject_a, alone_a, label_a) = find(&a, &own_a, &args.a)?;
    let (subject_b, alone_b, label_b) = find(&b, &own_b, &args.b)?;
    let common = shared.as_ref();
    let (Some(snapshot_a), Some(snapshot_b)) =
        (own_a.as_ref().or(common), own_b.as_ref().or(common))
    else {
        return Err(no_source(&args.a));
    };
    let a = Found {
        snapshot: snapshot_a,
        subject: subject_a,
        alone: alone_a,
        label: label_a,
    };
    let b = Found {
        snapshot: snapshot_b,
        subject: subject_b,
        alone: alone_b,
        label: label_b,
    };
    let (effective_a, effective_b) = (a.effective(context), b.effective(context));
    let mut notices = Vec::new();
    let mut complete = true;
    for (side, found, effective) in [("A", &a, &effective_a), ("B", &b, &effective_b)] {
        complete &= effective.open().next().is_none();
        let sentences = (found.snapshot.org.overlay_notices().into_iter())
            .chain(effective.open())
            .chain(effective.without_effect.iter().cloned());
        notices.extend(sentences.map(|text| format!("{side}: {text}")));
    }
    let within = (!rows.is_empty()).then(|| mapped_objects(&rows, context));
    let comparison = compare(&effective_a, &effective_b, within.as_ref());
    let report = CompareReport {
        generated_at: now.to_string(),
        comparison,
        complete,
        a: a.label,
        b: b.label,
        notices,
    };
    let style = context.style;
    context.print(|stdout| match args.format {
        CompareFormat::Table => report::table(&report, &style, stdout),
        CompareFormat::Csv => report::csv(&report, stdout),
        CompareFormat::Json => report::json(&report, stdout),
        CompareFormat::Markdown => report::markdown(&report, stdout),
    })?;
    Ok(if complete {
        ExitStatus::Success
    } else {
        ExitStatus::NotEvaluated
    })
}

/// The mappings that narrow the comparison: of the flag, or those of a live org's `permgap.toml`, as for `access`.
fn rows(
    args: &CompareArgs,
    source: Option<&Source>,
    context: &Context<'_>,
) -> Result<Vec<MappingRow>, Error> {
    match source {
        Some(live @ Source::Live(_)) => mapping_rows(&args.mappings, &context.config, live),
        _ => {
            let mut rows = Vec::new();
            for file in &args.mappings {
                rows.extend(mapping::read(file)?);
            }
            Ok(rows)
        }
    }
}

/// The objects that mappings and settings name. Tasks and events share their fields, under either name or Activity.
fn mapped_objects(rows: &[MappingRow], context: &Context<'_>) -> BTreeSet<Name> {
    let mut objects = live::wanted("", rows, &context.config, &[]).objects;
    if objects.iter().any(is_activity) {
        objects.extend(["Task", "Event", "Activity"].map(Name::new));
    }
    objects
}

/// The snapshot of a side that is a file, or a user of a live org that is asked for each side apart.
fn own(
    side: &Side,
    apart: Option<&Source>,
    rows: &[MappingRow],
    args: &CompareArgs,
    context: &mut Context<'_>,
    now: jiff::Timestamp,
) -> Result<Option<Snapshot>, Error> {
    match (side, apart) {
        (Side::File(file), _) => collect(file, None, &[], rows, args, context, now).map(Some),
        (Side::Named(_), Some(live @ Source::Live(_))) => {
            collect(live, side.user(), &[side], rows, args, context, now).map(Some)
        }
        (Side::Named(_), _) => Ok(None),
    }
}

fn collect(
    source: &Source,
    user: Option<&str>,
    sides: &[&Side],
    rows: &[MappingRow],
    args: &CompareArgs,
    context: &mut Context<'_>,
    now: jiff::Timestamp,
) -> Result<Snapshot, Error> {
    let mut compared = Compared {
        whole: rows.is_empty(),
        ..Compared::default()
    };
    sides.iter().for_each(|side| side.ask(&mut compared.beside));
    let errand = Errand {
        compared: Some(&compared),
        owners: &[],
        who: &UserArgs {
            user: user.map(str::to_owned),
            ..UserArgs::default()
        },
        rows,
        asked: &[],
        formulas: &[],
        allow_host: &args.source.allow_host,
        overlay: &args.source.overlay,
        now,
    };
    source.collect(&errand, context)
}

fn no_source(given: &str) -> Error {
    Error::Usage(format!(
        "`{given}`: there is no source of the org to look it up in"
    ))
}

fn named(
    operand: &Operand,
    source: &Source,
    snapshot: &Snapshot,
    context: &Context<'_>,
    now: jiff::Timestamp,
) -> Result<(Subject, bool, String), Error> {
    let one = |subject: Subject, kind: &str, name: &Name| (subject, true, format!("{kind} {name}"));
    let permission_set = |name: &Name| {
        let subject = Subject {
            permission_sets: vec![name.clone()],
            ..Subject::default()
        };
        one(subject, "permission set", name)
    };
    let profile = |name: &Name| {
        let subject = Subject {
            profile: Some(name.clone()),
            ..Subject::default()
        };
        one(subject, "profile", name)
    };
    let group = |name: &Name| {
        let subject = Subject {
            groups: vec![name.clone()],
            ..Subject::default()
        };
        one(subject, "permission set group", name)
    };
    let user = |name: &str| {
        let args = UserArgs {
            user: Some(name.to_owned()),
            ..UserArgs::default()
        };
        let who = Who::find(&args, &context.config, source, snapshot, now)?;
        Ok((who.subject, false, format!("user {name}")))
    };
    let sets = &snapshot.permission_sets;
    let groups = &snapshot.permission_set_groups;
    match operand {
        Operand::User(name) => user(name),
        Operand::PermissionSet(name) if sets.contains_key(name) => Ok(permission_set(name)),
        Operand::PermissionSet(name) => Err(unknown("permission set", name, sets.keys())),
        Operand::Profile(name) if find_profile(snapshot, name).is_some() => Ok(profile(name)),
        Operand::Profile(name) => Err(unknown("profile", name, snapshot.profiles.keys())),
        Operand::Group(name) if groups.contains_key(name) => Ok(group(name)),
        Operand::Group(name) => Err(unknown("permission set group", name, groups.keys())),
        Operand::Any(text) => {
            let name = Name::new(text);
            let is_user = snapshot
                .users
                .iter()
                .any(|user| user.username.eq_ignore_ascii_case(text) || user.id == *text);
            let found = [
                is_user,
                sets.contains_key(&name),
                find_profile(snapshot, &name).is_some(),
                groups.contains_key(&name),
            ];
            match found {
                [true, false, false, false] => user(text),
                [false, true, false, false] => Ok(permission_set(&name)),
                [false, false, true, false] => Ok(profile(&name)),
                [false, false, false, true] => Ok(group(&name)),
                [false, false, false, false] => {
                    let users: Vec<Name> = (snapshot.users.iter())
                        .map(|user| Name::new(&user.username))
                        .collect();
                    let all = (users.iter())
                        .chain(sets.keys())
                        .chain(snapshot.profiles.keys())
                        .chain(groups.keys());
                    Err(unknown(
                        "user, permission set, profile or group",
                        &name,
                        all,
                    ))
                }
                _ => Err(Error::Usage(format!(
                    "`{text}` names several things: write `user:`, `permset:`, `profile:` or `group:` before it"
                ))),
            }
        }
    }
}

fn unknown<'n>(kind: &str, name: &Name, known: impl Iterator<Item = &'n Name>) -> Error {
    let near = nearest(name, known);
    let hint = if near.is_empty() {
        "check the spelling".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Error::Usage(format!("there is no {kind} `{name}` in the source: {hint}"))
}
