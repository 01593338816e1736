//! `--changed-since`: the audit of the tree as it is, less what the tree had at an earlier commit.
//!
//! With a tree alone both audits are of the tree; with `--overlay` on an org, both are of the org with the tree laid over it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::org::{Source, mapping_files, overlays, requirements};
use crate::audit::{self, Input};
use crate::change::git::{GitError, Repository};
use crate::change::lines::Changes;
use crate::change::{Before, Paths, fill_in, new_fields, only_new};
use crate::collect::metadata::{self, CollectError};
use crate::collect::overlay::{self, OverlayError};
use crate::config::Config;
use crate::effective::EffectivePermissions;
use crate::error::Error;
use crate::mapping::{self, MappingRow};
use crate::report::AuditReport;
use crate::snapshot::Snapshot;

/// Flags on changes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct ChangeArgs {
    /// Report only what the metadata tree and mapping files bring since that git commit
    #[arg(long, value_name = "GITREV", allow_hyphen_values = true)]
    changed_since: Option<String>,
}

/// A metadata tree with an earlier commit of its repository.
pub(super) struct Change {
    revision: String,
    repository: Repository,
    commit: crate::change::git::Commit,
    dirs: Vec<Dir>,
    over_org: bool,
}

/// One folder of the tree.
struct Dir {
    /// As given.
    given: PathBuf,
    /// From the repository's root.
    path: String,
}

impl Change {
    /// The change that the flag names, or else `permgap.toml`; looks for the commit before the long work.
    pub(super) fn of(
        args: &ChangeArgs,
        config: &Config,
        source: &Source,
        overlay: &[PathBuf],
    ) -> Result<Option<Self>, Error> {
        let Some(revision) = args
            .changed_since
            .as_ref()
            .or(config.changed_since.as_ref())
        else {
            return Ok(None);
        };
        let overlay = overlays(overlay, config);
        let (given, over_org) = match source {
            Source::Metadata(given) if overlay.is_empty() => (given.as_slice(), false),
            Source::Live(_) | Source::Snapshot(_) | Source::Demo if !overlay.is_empty() => {
                (overlay, true)
            }
            Source::Metadata(_) => {
                return Err(Error::Usage(
                    "--changed-since with --source-dir and --overlay does not tell which of the two trees is meant: name \
                     the tree with --source-dir alone, or lay it over --org or --snapshot"
                        .into(),
                ));
            }
            _ => {
                return Err(Error::Usage(
                    "--changed-since compares a metadata tree with an earlier commit: name the tree with --source-dir, or \
                     lay it over the org with --overlay"
                        .into(),
                ));
            }
        };
        let Some(first) = given.first() else {
            return Ok(None);
        };
        if !first.exists() {
            // The collector says it better.
            metadata::collect(given, &metadata::Options { progress: None })?;
        }
        let repository = Repository::containing(first)?;
        let commit = repository.resolve(revision)?;
        let mut dirs = Vec::new();
        for dir in given {
            let Some(path) = repository.path_of(dir) else {
                return Err(GitError::Outside {
                    path: dir.display().to_string(),
                    root: repository.root().display().to_string(),
                }
                .into());
            };
            dirs.push(Dir {
                given: dir.clone(),
                path,
            });
        }
        Ok(Some(Self {
            revision: revision.clone(),
            repository,
            commit,
            dirs,
            over_org,
        }))
    }

    /// Whether the tree is laid over an org.
    pub(super) fn is_over_org(&self) -> bool {
        self.over_org
    }

    /// Audits the tree as it was with the same settings, and reports what it did not have. `base` is the org that the
    /// tree is laid over.
    pub(super) fn report(
        &self,
        input: &Input<'_>,
        base: Option<Snapshot>,
        mappings: &[PathBuf],
        context: &Context<'_>,
    ) -> Result<AuditReport, Error> {
        let changes = self.repository.changes_since(&self.commit)?;
        let folder = tempfile::tempdir().map_err(GitError::Temporary)?;
        let mut notices = Vec::new();
        let mut old = self.snapshot(base, &changes, folder.path(), &mut notices)?;
        let rows = self.rows(mappings, &changes, folder.path(), context, &mut notices)?;
        let old_requirements = requirements(rows, &context.config, &old);
        let since = format!("{} ({})", self.revision, self.commit.short());
        let mut now = input.snapshot.clone();
        let gone = fill_in(&mut now, &old, input.subject);
        if !gone.is_empty() {
            notices.push(format!(
                "the change takes away {}, which the user is said to have: it counts as granting nothing",
                gone.join(", ")
            ));
        }
        fill_in(&mut old, &now, input.subject);
        let input = &Input {
            snapshot: &now,
            ..*input
        };
        let fields = new_fields(input.snapshot, &old, &since);
        let before = audit::run(&Input {
            snapshot: &old,
            requirements: &old_requirements,
            ..*input
        });
        let mut report = audit::run(&Input {
            new_fields: Some(&fields),
            ..*input
        });
        report.notices.append(&mut notices);
        let effective = EffectivePermissions::of(&old, input.subject, input.profiles);
        let before = Before {
            report: &before,
            effective: &effective,
        };
        only_new(&mut report, &before, &changes, self, &since);
        Ok(report)
    }

    /// The tree as it was, its files named from the repository's root.
    fn snapshot(
        &self,
        base: Option<Snapshot>,
        changes: &Changes,
        folder: &Path,
        notices: &mut Vec<String>,
    ) -> Result<Snapshot, Error> {
        let mut dirs = Vec::new();
        for dir in &self.dirs {
            let mut path = dir.path.clone();
            let mut count = self.export(&path, folder)?;
            if count == 0
                && let Some(old) = moved_folder(changes, &path)
            {
                path = old;
                count = self.export(&path, folder)?;
            }
            if count == 0 {
                notices.push(format!(
                    "`{}` was not there at {}: all of it counts as new",
                    dir.given.display(),
                    self.revision
                ));
            } else {
                dirs.push(folder.join(path));
            }
        }
        let mut old = match base {
            Some(base) => over(base, &dirs)?,
            None => match metadata::collect(&dirs, &metadata::Options { progress: None }) {
                Ok(old) => old,
                Err(CollectError::NoFolder | CollectError::NoMetadata { .. }) => {
                    Snapshot::default()
                }
                Err(error) => return Err(error.into()),
            },
        };
        for file in &mut old.files {
            let relative = Path::new(file.as_str()).strip_prefix(folder);
            if let Ok(relative) = relative {
                *file = relative.to_string_lossy().replace('\\', "/");
            }
        }
        Ok(old)
    }

    /// Writes a folder of the commit to `folder`, with the project files above it that rule how it is read.
    fn export(&self, path: &str, folder: &Path) -> Result<usize, GitError> {
        let count = self
            .repository
            .export(&self.commit, &[path.to_owned()], folder)?;
        let mut above: Vec<String> = Vec::new();
        let mut parent = Some(Path::new(path));
        while let Some(at) = parent {
            for name in ["sfdx-project.json", ".forceignore"] {
                above.push(at.join(name).to_string_lossy().replace('\\', "/"));
            }
            parent = at.parent();
        }
        self.repository.export(&self.commit, &above, folder)?;
        Ok(count)
    }

    /// The mapping rows as they were: of the commit for files of the repository, as they are for others.
    fn rows(
        &self,
        flags: &[PathBuf],
        changes: &Changes,
        folder: &Path,
        context: &Context<'_>,
        notices: &mut Vec<String>,
    ) -> Result<Vec<MappingRow>, Error> {
        let mut rows = Vec::new();
        for file in mapping_files(flags, &context.config) {
            let Some(path) = self.repository.path_of(file) else {
                rows.extend(mapping::read(file)?);
                continue;
            };
            let old = changes.moved_from(&path).unwrap_or(&path).to_owned();
            let found = self
                .repository
                .export(&self.commit, std::slice::from_ref(&old), folder)?;
            if found == 0 {
                notices.push(format!(
                    "`{}` was not there at {}: all its rows count as new",
                    file.display(),
                    self.revision
                ));
                continue;
            }
            match mapping::read(&folder.join(&old)) {
                Ok(read) => rows.extend(read),
                Err(_) => notices.push(format!(
                    "`{}` cannot be read as it was at {}: all its rows count as new",
                    file.display(),
                    self.revision
                )),
            }
        }
        Ok(rows)
    }
}

/// Lays the trees as they were over the org; one that held no metadata then changes nothing.
fn over(mut org: Snapshot, dirs: &[PathBuf]) -> Result<Snapshot, Error> {
    for dir in dirs {
        let before = org.clone();
        org = match overlay::read(org, dir, &metadata::Options::default()) {
            Ok(laid) => laid,
            Err(OverlayError::Tree(CollectError::NoFolder | CollectError::NoMetadata { .. })) => {
                before
            }
            Err(error) => return Err(error.into()),
        };
    }
    Ok(org)
}

impl Paths for Change {
    fn in_repository(&self, shown: &str) -> Option<String> {
        self.repository.path_of(Path::new(shown))
    }

    fn shown(&self, path: &str) -> String {
        for dir in &self.dirs {
            let below = if dir.path.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(dir.path.as_str())
                    .and_then(|rest| rest.strip_prefix('/'))
            };
            if let Some(below) = below {
                return dir.given.join(below).to_string_lossy().replace('\\', "/");
            }
        }
        path.to_owned()
    }
}

/// Where most files below a folder were moved from, for a folder that was moved as a whole.
fn moved_folder(changes: &Changes, new: &str) -> Option<String> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for (from, to) in changes.moves() {
        let Some(below) = to.strip_prefix(new).filter(|below| below.starts_with('/')) else {
            continue;
        };
        if let Some(old) = from.strip_suffix(below) {
            *counts.entry(old).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some(most.0.to_owned())
}
