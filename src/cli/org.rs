//! Gets what a command works on: the org, the user in it, and the mappings.

use std::path::PathBuf;

use super::args::{SourceArgs, UserArgs};
use super::context::Context;
use super::live::{self, LiveOrg};
use super::progress::Progress;
use crate::collect::live_org::Beside;
use crate::collect::{metadata, overlay};
use crate::config::Config;
use crate::demo;
use crate::effective::{EffectivePermissions, Subject, nearest};
use crate::error::Error;
use crate::mapping::owners::HubSpotOwner;
use crate::mapping::{self, MappingRow, requirements::Requirements};
use crate::report::AuditedUser;
use crate::report::access::Asked;
use crate::snapshot::{Assigned, Name, Snapshot, SourceKind, User, same_id, store};

/// Which source was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Live(LiveOrg),
    Metadata(Vec<PathBuf>),
    Snapshot(PathBuf),
    Demo,
}

impl Source {
    /// The source that the flags name, or else `permgap.toml`.
    pub(super) fn choose(args: &SourceArgs, config: &Config) -> Result<Self, Error> {
        if args.demo {
            return Ok(Self::Demo);
        }
        if let Some(org) = &args.org {
            return Ok(Self::Live(LiveOrg::of(org, args, config)));
        }
        if let Some(file) = &args.snapshot {
            return Ok(Self::Snapshot(file.clone()));
        }
        if !args.source_dir.is_empty() {
            return Ok(Self::Metadata(args.source_dir.clone()));
        }
        let demo = config.demo == Some(true);
        let tree = !config.source_dir.is_empty();
        match (&config.org, &config.snapshot, tree, demo) {
            (None, None, false, true) => Ok(Self::Demo),
            (Some(org), None, false, false) => Ok(Self::Live(LiveOrg::of(org, args, config))),
            (None, Some(file), false, false) => Ok(Self::Snapshot(file.clone())),
            (None, None, true, false) => Ok(Self::Metadata(config.source_dir.clone())),
            (None, None, false, false) => Err(Error::Usage(
                "no source of the org: name a live org with --org, a metadata tree with --source-dir, a saved snapshot \
                 with --snapshot, or try --demo"
                    .into(),
            )),
            _ => Err(Error::Usage(
                "permgap.toml names more than one of `org`, `source-dir`, `snapshot` and `demo`: keep one, or choose one \
                 with a flag"
                    .into(),
            )),
        }
    }

    /// The source, for a message.
    fn label(&self) -> String {
        match self {
            Self::Live(live) => format!("org `{}`", live.org),
            Self::Metadata(_) => "the metadata tree".to_owned(),
            Self::Snapshot(file) => format!("snapshot `{}`", file.display()),
            Self::Demo => "the demo org".to_owned(),
        }
    }

    /// Collects the org's facts, of a live org those that the errand needs, with what is to be laid over them.
    pub(super) fn collect(
        &self,
        errand: &Errand<'_>,
        context: &mut Context<'_>,
    ) -> Result<Snapshot, Error> {
        let base = self.collect_base(errand, context)?;
        lay_over(base, overlays(errand.overlay, &context.config))
    }

    /// The same without what is to be laid over it.
    pub(super) fn collect_base(
        &self,
        errand: &Errand<'_>,
        context: &mut Context<'_>,
    ) -> Result<Snapshot, Error> {
        let mut snapshot = self.read(errand, context)?;
        let overlays = overlays(errand.overlay, &context.config);
        if !overlays.is_empty() || errand.who.assigns_more() {
            keep_standing_denials(&mut snapshot, context);
            snapshot.org.access_changed |= errand.who.assigns_more();
        }
        Ok(snapshot)
    }

    fn read(&self, errand: &Errand<'_>, context: &mut Context<'_>) -> Result<Snapshot, Error> {
        match self {
            Self::Live(live) => {
                let config = &context.config;
                let named = Named::of(errand.who, config);
                // What is compared need not be a user's.
                let nobody = errand.compared.map(|_| "");
                let user = (errand.who.user.as_deref())
                    .or(config.user.as_deref())
                    .or(nobody)
                    .ok_or_else(|| {
                        Error::Usage(
                            "a live org has many users: name the integration user with --user"
                                .into(),
                        )
                    })?;
                let mut wanted = live::wanted(user, errand.rows, config, errand.asked);
                wanted.formulas = errand.formulas.to_vec();
                wanted.owner_emails = (errand.owners.iter())
                    .map(|owner| owner.email.clone())
                    .collect();
                if let Some(compared) = errand.compared {
                    wanted.beside = compared.beside.clone();
                    wanted.whole = compared.whole;
                }
                let names = |texts: &[String]| -> Vec<Name> {
                    texts.iter().map(|text| Name::new(text)).collect()
                };
                (wanted.beside.permission_sets).extend(names(named.permission_sets));
                wanted.beside.groups.extend(names(named.groups));
                let hosts: Vec<String> = (errand.allow_host.iter())
                    .chain(&config.allow_host)
                    .cloned()
                    .collect();
                live.collect(&wanted, errand.now, &hosts, context)
            }
            Self::Metadata(dirs) => {
                let progress = Progress::new("reading metadata", context.progress);
                let told = |done, all| progress.set(done, all);
                let options = metadata::Options {
                    progress: context.progress.then_some(&told),
                };
                Ok(metadata::collect(dirs, &options)?)
            }
            Self::Snapshot(file) => {
                let mut snapshot = store::load(file)?;
                snapshot.org.source = SourceKind::Snapshot;
                Ok(snapshot)
            }
            Self::Demo => Ok(demo::snapshot()?),
        }
    }
}

/// The trees to lay over the org that flags or `permgap.toml` name.
pub(super) fn overlays<'o>(flags: &'o [PathBuf], config: &'o Config) -> &'o [PathBuf] {
    if flags.is_empty() {
        &config.overlay
    } else {
        flags
    }
}

/// Lays metadata trees over an org, in their order.
pub(super) fn lay_over(mut snapshot: Snapshot, trees: &[PathBuf]) -> Result<Snapshot, Error> {
    for dir in trees {
        snapshot = overlay::read(snapshot, dir, &metadata::Options::default())?;
    }
    Ok(snapshot)
}

/// Salesforce's own answers are of the org as it was asked. Where more is laid over it or counts as assigned, only those
/// stand that deny what is granted.
fn keep_standing_denials(snapshot: &mut Snapshot, context: &Context<'_>) {
    let asked = (snapshot.org.collected_at.as_deref())
        .and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let standing: Vec<_> = snapshot
        .users
        .iter()
        .map(|user| match asked {
            Some(asked) if !user.platform_access.is_empty() => {
                let subject = Subject::of_user(user, asked);
                EffectivePermissions::of(snapshot, &subject, context.config.profiles)
                    .standing_denials()
            }
            _ => Vec::new(),
        })
        .collect();
    for (user, answers) in snapshot.users.iter_mut().zip(standing) {
        user.platform_access = answers;
    }
}

/// What the org is collected for. A file holds all that it holds; of a live org only this is asked for.
pub(super) struct Errand<'e> {
    /// Whose access is looked at.
    pub(super) who: &'e UserArgs,
    /// Mappings.
    pub(super) rows: &'e [MappingRow],
    /// HubSpot's owners.
    pub(super) owners: &'e [HubSpotOwner],
    /// Objects and fields asked for by name.
    pub(super) asked: &'e [Asked],
    /// Formulas that are tried.
    pub(super) formulas: &'e [String],
    /// `--allow-host`.
    pub(super) allow_host: &'e [String],
    /// `--overlay`.
    pub(super) overlay: &'e [PathBuf],
    /// What a comparison asks of a live org besides.
    pub(super) compared: Option<&'e Compared>,
    /// The time that a live org's snapshot is dated by.
    pub(super) now: jiff::Timestamp,
}

/// What a comparison asks of a live org.
#[derive(Debug, Clone, Default)]
pub(super) struct Compared {
    /// Containers that are compared.
    pub(super) beside: Beside,
    /// Whether it is about everything that containers list, and not what is mapped.
    pub(super) whole: bool,
}

/// The user whose access is looked at, for the computation and for reports.
pub(super) struct Who {
    pub(super) subject: Subject,
    pub(super) user: AuditedUser,
    /// The record id of the user, where it is one of the source's.
    id: Option<String>,
}

impl Who {
    /// The user that flags or `permgap.toml` name; a source with a single user needs no name.
    pub(super) fn find(
        args: &UserArgs,
        config: &Config,
        source: &Source,
        snapshot: &Snapshot,
        now: jiff::Timestamp,
    ) -> Result<Self, Error> {
        // The demo has its own user; `permgap.toml` tells of another org.
        let named = match source {
            Source::Demo => Named::by_flags(args),
            _ => Named::of(args, config),
        };
        if snapshot.users.is_empty() && named.user.is_some() {
            return Err(Error::Usage(format!(
                "{} knows no users: name the user's --profile, --permission-set and --permission-set-group instead \
                 of --user",
                source.label()
            )));
        }
        if snapshot.users.is_empty() || (named.user.is_none() && named.has_containers()) {
            return Ok(named.containers());
        }
        let user = named.user_in(source, snapshot)?;
        let mut who = Self {
            user: describe(user),
            id: Some(user.id.clone()),
            subject: Subject::of_user(user, now),
        };
        named.check_sets(source, snapshot)?;
        named.assign_to(&mut who);
        Ok(who)
    }

    /// The user's own record.
    pub(super) fn account<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s User> {
        let id = self.id.as_ref()?;
        snapshot.users.iter().find(|user| user.id == *id)
    }
}

struct Named<'a> {
    user: Option<&'a str>,
    profile: Option<&'a str>,
    permission_sets: &'a [String],
    groups: &'a [String],
}

impl<'a> Named<'a> {
    fn by_flags(args: &'a UserArgs) -> Self {
        Self {
            user: args.user.as_deref(),
            profile: args.profile.as_deref(),
            permission_sets: &args.permission_set,
            groups: &args.permission_set_group,
        }
    }

    fn of(args: &'a UserArgs, config: &'a Config) -> Self {
        let mut named = Self::by_flags(args);
        named.complete(config);
        named
    }

    /// Fills in what `permgap.toml` says. Each flag wins over its own key; a user and containers stand for each
    /// other, so that a flag for one leaves out the keys of the other. Both as flags: the user with those beside its own.
    fn complete(&mut self, config: &'a Config) {
        if self.user.is_some() {
            return;
        }
        if !self.has_containers() {
            self.user = config.user.as_deref();
        }
        self.profile = self.profile.or(config.profile.as_deref());
        if self.permission_sets.is_empty() {
            self.permission_sets = &config.permission_set;
        }
        if self.groups.is_empty() {
            self.groups = &config.permission_set_group;
        }
    }

    fn has_containers(&self) -> bool {
        self.profile.is_some() || !self.permission_sets.is_empty() || !self.groups.is_empty()
    }

    /// A set that is to count as assigned must be there: what it grants would be unknown, and gaps would look closed.
    fn check_sets(&self, source: &Source, snapshot: &Snapshot) -> Result<(), Error> {
        let sets: Vec<&Name> = snapshot.permission_sets.keys().collect();
        let groups: Vec<&Name> = snapshot.permission_set_groups.keys().collect();
        for (kind, flag, names, known) in [
            (
                "permission set",
                "--permission-set",
                self.permission_sets,
                sets,
            ),
            (
                "permission set group",
                "--permission-set-group",
                self.groups,
                groups,
            ),
        ] {
            for text in names {
                let name = Name::new(text);
                if known.contains(&&name) {
                    continue;
                }
                let near = nearest(&name, known.iter().copied());
                let near = match near.is_empty() {
                    true => String::new(),
                    false => format!("; nearest: {}", near.join(", ")),
                };
                return Err(Error::Usage(format!(
                    "{flag} {text}: no {kind} of that name was read from {} or is laid over it with --overlay{near}",
                    source.label()
                )));
            }
        }
        Ok(())
    }

    /// Counts the named permission sets and groups as assigned: what a deployment brings is assigned after it.
    fn assign_to(&self, who: &mut Who) {
        let Subject {
            permission_sets,
            groups,
            as_if,
            ineffective,
            ..
        } = &mut who.subject;
        // What counts as assigned counts as renewed, where its assignment has ended.
        ineffective.retain(|(assigned, _)| {
            let (name, again) = match assigned {
                Assigned::PermissionSet(name) => (name, self.permission_sets),
                Assigned::PermissionSetGroup(name) => (name, self.groups),
            };
            !again.iter().any(|text| name.is(text))
        });
        let described = &mut who.user;
        for (names, held, shown) in [
            (
                self.permission_sets,
                permission_sets,
                &mut described.permission_sets,
            ),
            (self.groups, groups, &mut described.permission_set_groups),
        ] {
            for text in names {
                let name = Name::new(text);
                if !held.contains(&name) {
                    held.push(name.clone());
                    if !shown.iter().any(|one| name.is(one)) {
                        shown.push(text.clone());
                    }
                    as_if.push(name);
                }
            }
        }
    }

    fn containers(&self) -> Who {
        let names = |texts: &[String]| texts.iter().map(|text| Name::new(text)).collect();
        Who {
            id: None,
            subject: Subject {
                profile: self.profile.map(Name::new),
                permission_sets: names(self.permission_sets),
                groups: names(self.groups),
                ..Subject::default()
            },
            user: AuditedUser {
                id: None,
                username: None,
                profile: self.profile.map(str::to_owned),
                permission_sets: self.permission_sets.to_vec(),
                permission_set_groups: self.groups.to_vec(),
            },
        }
    }

    fn user_in<'s>(&self, source: &Source, snapshot: &'s Snapshot) -> Result<&'s User, Error> {
        let usernames = || {
            let mut names: Vec<Name> = snapshot
                .users
                .iter()
                .map(|user| Name::new(&user.username))
                .collect();
            names.sort();
            names
        };
        let Some(wanted) = self.user else {
            return match snapshot.users.as_slice() {
                [one] => Ok(one),
                _ => Err(Error::Usage(format!(
                    "{} holds {} users: name the integration user with --user (one of {})",
                    source.label(),
                    snapshot.users.len(),
                    in_short(&usernames())
                ))),
            };
        };
        let is =
            |user: &&User| user.username.eq_ignore_ascii_case(wanted) || same_id(&user.id, wanted);
        snapshot.users.iter().find(is).ok_or_else(|| {
            let names = usernames();
            let near = nearest(&Name::new(wanted), names.iter());
            Error::NoSuchUser {
                wanted: wanted.to_owned(),
                source_name: source.label(),
                nearest: if near.is_empty() {
                    vec![in_short(&names)]
                } else {
                    near
                },
            }
        })
    }
}

fn in_short(names: &[Name]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(Name::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn describe(user: &User) -> AuditedUser {
    let mut described = AuditedUser {
        id: Some(user.id.clone()),
        username: Some(user.username.clone()),
        profile: user.profile.as_ref().map(Name::to_string),
        ..AuditedUser::default()
    };
    for assignment in &user.assignments {
        match &assignment.of {
            Assigned::PermissionSet(name) => described.permission_sets.push(name.to_string()),
            Assigned::PermissionSetGroup(name) => {
                described.permission_set_groups.push(name.to_string());
            }
        }
    }
    described
}

/// The mapping files that flags or `permgap.toml` name.
pub(super) fn mapping_files<'f>(flags: &'f [PathBuf], config: &'f Config) -> &'f [PathBuf] {
    if flags.is_empty() {
        &config.mappings
    } else {
        flags
    }
}

/// The mappings that flags or `permgap.toml` name; the demo's own for the demo.
pub(super) fn mapping_rows(
    flags: &[PathBuf],
    config: &Config,
    source: &Source,
) -> Result<Vec<MappingRow>, Error> {
    if flags.is_empty() && *source == Source::Demo {
        return Ok(demo::mapping_rows()?);
    }
    let mut rows = Vec::new();
    for file in mapping_files(flags, config) {
        rows.extend(mapping::read(file)?);
    }
    Ok(rows)
}

/// What the sync needs of the org.
pub(super) fn requirements(
    rows: Vec<MappingRow>,
    config: &Config,
    snapshot: &Snapshot,
) -> Requirements {
    let exists = |object: &Name, field: &Name| crate::effective::exists(snapshot, object, field);
    Requirements::derive(rows, &config.sync, &exists)
}
