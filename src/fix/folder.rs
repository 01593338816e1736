//! Puts the project into its folder: first beside it, where it is proved, then in place.
//!
//! A folder that holds something else is left alone unless forced; of an earlier output, files that are no longer
//! part of the project are removed.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::FixError;
use super::project::ProjectFile;
use crate::output::write_atomically;

/// Lists the files of the project, so that the next run knows its own output.
const LIST: &str = ".permgap-fix.json";

/// Most bytes that are read of the list.
const LIST_LIMIT: u64 = 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct List {
    tool: String,
    files: Vec<String>,
}

/// A project that is written, but not in place. Dropped, it is gone.
#[derive(Debug)]
pub struct Staged {
    target: PathBuf,
    staging: PathBuf,
    files: Vec<ProjectFile>,
    earlier: Vec<String>,
}

/// Writes the project beside the folder that it is for.
///
/// # Errors
/// A folder that holds something else, unless `force`; one that cannot be read or written.
pub fn stage(target: &Path, files: Vec<ProjectFile>, force: bool) -> Result<Staged, FixError> {
    let earlier = match fs::read_dir(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(folder(target, source)),
        Ok(mut entries) => {
            let earlier = earlier_files(target);
            if entries.next().is_some() && earlier.is_none() && !force {
                let path = target.display().to_string();
                return Err(FixError::NotEmpty { path });
            }
            earlier.unwrap_or_default()
        }
    };
    if !force {
        // Of a project in which somebody has put files of their own, those are left alone.
        let own = |path: &str| earlier.iter().any(|known| known == path);
        let foreign = (files.iter().map(|file| file.path.as_str()))
            .find(|path| !own(path) && target.join(path).exists());
        if let Some(path) = foreign {
            let path = target.join(path).display().to_string();
            return Err(FixError::Foreign { path });
        }
    }
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let staging = parent.join(format!(".permgap-fix-{}", std::process::id()));
    // One that a run of the same number left when it was killed.
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(|source| folder(&staging, source))?;
    }
    fs::create_dir(&staging).map_err(|source| folder(parent, source))?;
    let staged = Staged {
        target: target.to_owned(),
        staging,
        files,
        earlier,
    };
    for file in &staged.files {
        let path = staged.staging.join(&file.path);
        write(&path, &file.text)?;
    }
    Ok(staged)
}

impl Staged {
    /// Where the project is now.
    pub fn path(&self) -> &Path {
        &self.staging
    }

    /// The project's files.
    pub fn files(&self) -> &[ProjectFile] {
        &self.files
    }

    /// Adds a file to the project.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn add(&mut self, file: ProjectFile) -> Result<(), FixError> {
        write(&self.staging.join(&file.path), &file.text)?;
        self.files.push(file);
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    /// Puts the project in place, each file whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written; those before it are in place then.
    pub fn put_in_place(self) -> Result<(), FixError> {
        let list = List {
            tool: env!("CARGO_PKG_NAME").to_owned(),
            files: self.files.iter().map(|file| file.path.clone()).collect(),
        };
        let list = format!(
            "{}\n",
            serde_json::to_string_pretty(&list).unwrap_or_default()
        );
        if !self.target.exists() {
            write(&self.staging.join(LIST), &list)?;
            return fs::rename(&self.staging, &self.target)
                .map_err(|source| folder(&self.target, source));
        }
        for stale in &self.earlier {
            let kept = self.files.iter().any(|file| file.path == *stale);
            if !kept && is_below(stale) {
                // One that a person removed is as it should be.
                let _ = fs::remove_file(self.target.join(stale));
            }
        }
        for file in &self.files {
            write(&self.target.join(&file.path), &file.text)?;
        }
        write(&self.target.join(LIST), &list)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename nothing is there; what cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(&self.staging);
    }
}

fn write(path: &Path, text: &str) -> Result<(), FixError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| folder(parent, source))?;
    }
    write_atomically(path, |writer| writer.write_all(text.as_bytes()))?;
    Ok(())
}

fn folder(path: &Path, source: io::Error) -> FixError {
    FixError::Folder {
        path: path.display().to_string(),
        source,
    }
}

/// The files of an earlier output; none where the folder is not one.
fn earlier_files(target: &Path) -> Option<Vec<String>> {
    let path = target.join(LIST);
    if fs::metadata(&path).ok()?.len() > LIST_LIMIT {
        return None;
    }
    let list: List = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    (list.tool == env!("CARGO_PKG_NAME")).then_some(list.files)
}

/// Whether a path of the list stays in the folder: the list may have been written by anybody.
fn is_below(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}
