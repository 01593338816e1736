//! Finds the metadata files of the given folders, each once.
//!
//! In: folders as typed. Out: the files with their names for people, in an order that depends on names only.
//! Opens no metadata file.
//!
//! Links are followed, and a folder that was reached once is not entered again: neither a link loop nor folders
//! that link to each other many times over can keep the walk busy. That is why the walk is its own and not that
//! of the `ignore` crate, which knows loops but not folders reached twice.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;

use super::error::CollectError;
use super::kind::{Identity, identify};
use super::project::{Project, ignore_rules};
use crate::snapshot::{Area, CollectionProblem};

/// Folders that hold no source: version control, the Salesforce command line's own state, installed packages.
const SKIPPED_FOLDERS: &[&str] = &[".git", ".sfdx", ".sf", "node_modules"];

/// A metadata file to read.
#[derive(Debug)]
pub(super) struct MetadataFile {
    /// Where to open it.
    pub(super) path: PathBuf,
    /// Index of its name for people in [`Found::table`].
    pub(super) index: u32,
    /// What it defines.
    pub(super) identity: Identity,
}

/// What the given folders hold.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order of the folders given, and by name inside each.
    pub(super) files: Vec<MetadataFile>,
    /// The files' names for people, sorted.
    pub(super) table: Vec<String>,
    /// What went wrong on the way.
    pub(super) problems: Vec<CollectionProblem>,
    /// Why something may be missing, of which nobody can say what it is.
    pub(super) gaps: Vec<String>,
}

/// A folder to walk.
struct Folder {
    /// Where to open it.
    open: PathBuf,
    /// Its name for people.
    shown: String,
    /// Its path without links, which says whether it was entered before.
    real: PathBuf,
    /// Its path as walked, below the given folder's path without links: tells what the files in it are.
    walked: PathBuf,
}

struct Walk {
    found: Found,
    names: Vec<String>,
    folders_entered: HashSet<PathBuf>,
    files_seen: HashSet<(PathBuf, Identity)>,
    /// Metadata files met in the given folder at hand, those seen before among them.
    met: usize,
    ignored: bool,
}

/// Finds the files of all `dirs`.
///
/// # Errors
/// A folder that is missing, is no folder, cannot be read, or holds no metadata.
pub(super) fn discover(dirs: &[PathBuf]) -> Result<Found, CollectError> {
    if dirs.is_empty() {
        return Err(CollectError::NoFolder);
    }
    let mut walk = Walk {
        found: Found::default(),
        names: Vec::new(),
        folders_entered: HashSet::new(),
        files_seen: HashSet::new(),
        met: 0,
        ignored: false,
    };
    for dir in dirs {
        walk.given(dir)?;
    }
    Ok(walk.finish())
}

impl Walk {
    /// Walks one folder that a person gave.
    fn given(&mut self, dir: &Path) -> Result<(), CollectError> {
        let shown = show(dir);
        let unreadable = |source| CollectError::Unreadable {
            path: shown.clone(),
            source,
        };
        let metadata = match fs::metadata(dir) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(CollectError::Missing { path: shown });
            }
            Err(error) => return Err(unreadable(error)),
        };
        if !metadata.is_dir() {
            let parent = dir.parent().map_or_else(|| ".".to_owned(), show);
            return Err(CollectError::NotAFolder {
                path: shown,
                parent: if parent.is_empty() {
                    ".".to_owned()
                } else {
                    parent
                },
            });
        }
        fs::read_dir(dir).map_err(unreadable)?;
        let real = fs::canonicalize(dir).map_err(unreadable)?;

        let (rules, fault) = ignore_rules(&real);
        if let Some(fault) = fault {
            let place = join(&shown, ".forceignore");
            let message = format!(
                "{}; correct it, for what it meant to exclude is read",
                fault.message
            );
            self.problem(place, fault.line, message);
        }
        let project = Project::of(dir);
        if let Some(fault) = project.fault {
            let message = format!(
                "{}; all of the folder was read instead: correct it",
                fault.message
            );
            self.gap("sfdx-project.json could not be used");
            self.problem(Project::file_in(&shown), fault.line, message);
        }
        self.met = 0;
        self.ignored = false;
        if project.folders.is_empty() {
            self.folder_tree(
                Folder {
                    open: dir.to_owned(),
                    shown: shown.clone(),
                    walked: real.clone(),
                    real,
                },
                &rules,
            );
        }
        for package in project.folders {
            let relative = package
                .trim_start_matches("./")
                .trim_end_matches('/')
                .to_owned();
            let open = if relative.is_empty() || relative == "." {
                dir.to_owned()
            } else {
                dir.join(&relative)
            };
            match fs::canonicalize(&open) {
                Ok(real) if real.is_dir() => self.folder_tree(
                    Folder {
                        open,
                        shown: if relative == "." {
                            shown.clone()
                        } else {
                            join(&shown, &relative)
                        },
                        walked: real.clone(),
                        real,
                    },
                    &rules,
                ),
                _ => {
                    self.gap(&format!("the package directory `{package}` is not there"));
                    self.problem(
                        Project::file_in(&shown),
                        None,
                        format!(
                            "its package directory `{package}` is not there: check it out, or take it out of \
                             `packageDirectories`"
                        ),
                    );
                }
            }
        }
        if self.met == 0 {
            return Err(CollectError::NoMetadata {
                path: shown,
                ignored: self.ignored,
            });
        }
        Ok(())
    }

    /// Walks a folder with all below it: first what is really in it, then what it links to, so that a file
    /// reached both ways is known by its own place.
    fn folder_tree(&mut self, top: Folder, rules: &Gitignore) {
        // The rules may exclude the top, or a folder above it that the walk does not meet.
        let below = |folder: &&Path| folder.starts_with(rules.path()) && *folder != rules.path();
        if top
            .walked
            .ancestors()
            .take_while(below)
            .any(|folder| self.excluded(rules, folder, true))
        {
            return;
        }
        let from = self.found.files.len();
        let mut pending = vec![top];
        let mut links = Vec::new();
        loop {
            while let Some(folder) = pending.pop() {
                if self.folders_entered.insert(folder.real.clone()) {
                    self.folder(&folder, rules, &mut pending, &mut links);
                } else {
                    self.met += 1;
                }
            }
            let Some(link) = links.pop() else { break };
            pending.extend(self.link(link, rules));
        }
        let names = &self.names;
        let name_of = |file: &MetadataFile| names.get(file.index as usize).cloned();
        if let Some(files) = self.found.files.get_mut(from..) {
            files.sort_by_cached_key(name_of);
        }
    }

    fn folder(
        &mut self,
        folder: &Folder,
        rules: &Gitignore,
        pending: &mut Vec<Folder>,
        links: &mut Vec<(Folder, PathBuf)>,
    ) {
        let entries = match fs::read_dir(&folder.open) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(&folder.shown, &error),
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                Ok(entry) => names.push(entry),
                Err(error) => self.unreadable(&folder.shown, &error),
            }
        }
        // What is pushed last is walked first; the reverse order makes that the order of names.
        names.sort_by(|(a, _), (b, _)| b.cmp(a));
        let walked_text = folder.walked.to_string_lossy();
        let names: Vec<_> = names
            .iter()
            .map(|(name, file_type)| (name, name.to_string_lossy(), file_type))
            .collect();
        let mut parts: Vec<&str> = walked_text.split(['/', '\\']).collect();
        for (name, text, file_type) in &names {
            if file_type.is_file() {
                parts.push(text);
                let identity = identify(&parts);
                parts.pop();
                let Some(identity) = identity else { continue };
                if self.excluded(rules, &folder.walked.join(name), false) {
                    continue;
                }
                let real = folder.real.join(name);
                self.file(
                    folder.open.join(name),
                    join(&folder.shown, text),
                    real,
                    identity,
                );
            } else if file_type.is_symlink() {
                let link = Folder {
                    open: folder.open.join(name),
                    shown: join(&folder.shown, text),
                    real: PathBuf::new(),
                    walked: folder.walked.join(name),
                };
                links.push((link, folder.real.clone()));
            } else if file_type.is_dir() {
                let walked = folder.walked.join(name);
                if SKIPPED_FOLDERS.contains(&text.as_ref()) || self.excluded(rules, &walked, true) {
                    continue;
                }
                pending.push(Folder {
                    open: folder.open.join(name),
                    shown: join(&folder.shown, text),
                    real: folder.real.join(name),
                    walked,
                });
            }
        }
    }

    /// A link to a file, which is taken, or to a folder, which is returned to be walked.
    fn link(&mut self, (mut link, holder): (Folder, PathBuf), rules: &Gitignore) -> Option<Folder> {
        let walked_text = link.walked.to_string_lossy().into_owned();
        let parts: Vec<&str> = walked_text.split(['/', '\\']).collect();
        let identity = identify(&parts);
        let target = fs::canonicalize(&link.open)
            .and_then(|real| fs::metadata(&real).map(|metadata| (real, metadata)));
        let (real, metadata) = match target {
            Ok(target) => target,
            Err(error) => {
                // A dead link that looks like nothing that matters is left alone.
                let looped = error.kind() != io::ErrorKind::NotFound;
                if (identity.is_some() || looped) && !self.excluded(rules, &link.walked, false) {
                    self.met += 1;
                    self.gap(&format!("the link `{}` cannot be followed", link.shown));
                    let message =
                        format!("the link cannot be followed ({error}): mend it or remove it");
                    self.problem(link.shown, None, message);
                }
                return None;
            }
        };
        if metadata.is_file() {
            let identity = identity?;
            if !self.excluded(rules, &link.walked, false) {
                self.file(link.open, link.shown, real, identity);
            }
            return None;
        }
        if !metadata.is_dir() || self.excluded(rules, &link.walked, true) {
            return None;
        }
        if holder.starts_with(&real) {
            let message = "the link leads back to a folder that it is in: it was not followed, and \
                           nothing is missing because of that; remove it";
            self.problem(link.shown, None, message.to_owned());
            return None;
        }
        link.real = real;
        Some(link)
    }

    fn file(&mut self, path: PathBuf, shown: String, real: PathBuf, identity: Identity) {
        self.met += 1;
        if !self.files_seen.insert((real, identity.clone())) {
            return;
        }
        let Ok(index) = u32::try_from(self.names.len()) else {
            return;
        };
        self.names.push(shown);
        self.found.files.push(MetadataFile {
            path,
            index,
            identity,
        });
    }

    fn excluded(&mut self, rules: &Gitignore, walked: &Path, is_dir: bool) -> bool {
        let excluded = !rules.is_empty()
            && walked.starts_with(rules.path())
            && rules.matched(walked, is_dir).is_ignore();
        self.ignored |= excluded;
        excluded
    }

    fn unreadable(&mut self, shown: &str, error: &io::Error) {
        self.gap(&format!("the folder `{shown}` could not be read"));
        let message = format!("the folder cannot be read ({error}): check its permissions");
        self.problem(shown.to_owned(), None, message);
    }

    fn gap(&mut self, reason: &str) {
        self.found.gaps.push(reason.to_owned());
    }

    /// A problem that no area owns stands with the objects, from which an audit starts.
    fn problem(&mut self, place: String, line: Option<u32>, message: String) {
        self.found.problems.push(CollectionProblem {
            area: Area::Objects,
            place,
            line,
            message,
        });
    }

    /// Sorts the table of names and points the files into it.
    fn finish(self) -> Found {
        let Self {
            mut found, names, ..
        } = self;
        let mut order: Vec<(String, usize)> = names.into_iter().zip(0..).collect();
        order.sort_unstable();
        let mut position = vec![0_u32; order.len()];
        for (new, (_, old)) in order.iter().enumerate() {
            if let (Some(slot), Ok(new)) = (position.get_mut(*old), u32::try_from(new)) {
                *slot = new;
            }
        }
        for file in &mut found.files {
            file.index = position
                .get(file.index as usize)
                .copied()
                .unwrap_or_default();
        }
        found.table = order.into_iter().map(|(name, _)| name).collect();
        found
    }
}

/// A path as typed, with forward slashes and without an end slash; empty for the current folder.
pub(super) fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '\\' {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    };
    let trimmed = text.trim_end_matches('/');
    match trimmed {
        "" if !text.is_empty() => "/".to_owned(),
        other => other.to_owned(),
    }
}

/// A name for people, inside a folder; the current folder goes without saying.
pub(super) fn join(folder: &str, name: &str) -> String {
    match folder {
        "" | "." => name.to_owned(),
        folder if folder.ends_with('/') => format!("{folder}{name}"),
        folder => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_typed() {
        assert_eq!(show(Path::new("force-app/")), "force-app");
        assert_eq!(show(Path::new("/")), "/");
        assert_eq!(
            join(&show(Path::new("../org")), "objects"),
            "../org/objects"
        );
        assert_eq!(join(&show(Path::new(".")), "objects"), "objects");
        assert_eq!(join("/", "objects"), "/objects");
    }
}
