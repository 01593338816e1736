//! Which folders of a given folder are to be read: the package directories of an SFDX project, or the folder
//! itself; and the `.forceignore` that rules there.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

use super::xml::Fault;

const PROJECT_FILE: &str = "sfdx-project.json";
const IGNORE_FILE: &str = ".forceignore";

/// Most bytes that are read of either file.
const SIZE_LIMIT: u64 = 1024 * 1024;
const TOO_LARGE: &str = "it has more than 1 MiB: it is hardly what its name says";

/// `sfdx-project.json` (Salesforce DX Developer Guide, "Salesforce DX Project Configuration").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProjectFile {
    package_directories: Vec<PackageDirectory>,
}

#[derive(Deserialize)]
struct PackageDirectory {
    path: String,
}

/// What a folder's project file asks for.
pub(super) struct Project {
    /// The folders to read, relative to the folder; empty for the folder itself.
    pub(super) folders: Vec<String>,
    /// What is wrong with the project file.
    pub(super) fault: Option<Fault>,
}

impl Project {
    /// The project file of `dir`, where it has one.
    pub(super) fn of(dir: &Path) -> Self {
        let path = dir.join(PROJECT_FILE);
        let mut project = Self {
            folders: Vec::new(),
            fault: None,
        };
        if !path.is_file() {
            return project;
        }
        match read(&path) {
            Ok(folders) => project.folders = folders,
            Err(fault) => project.fault = Some(fault),
        }
        project
    }

    /// Where `dir`'s project file is, for people.
    pub(super) fn file_in(shown: &str) -> String {
        super::discover::join(shown, PROJECT_FILE)
    }
}

fn read(path: &Path) -> Result<Vec<String>, Fault> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes))
        .map_err(|error| Fault::new(None, format!("it cannot be read ({error})")))?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(Fault::new(None, TOO_LARGE));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let project: ProjectFile = serde_json::from_slice(bytes).map_err(|error| {
        let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
        Fault::new(line, format!("it is not a project file ({error})"))
    })?;
    let folders: Vec<String> = project
        .package_directories
        .into_iter()
        .map(|package| package.path)
        .collect();
    if folders.is_empty() {
        return Err(Fault::new(None, "it names no package directory"));
    }
    Ok(folders)
}

/// The rules of `.forceignore` for the files below `real`, a folder without links in its path.
///
/// The file of the project counts, also for a folder inside the project; that of the folder itself where there
/// is no project. Its syntax is that of `.gitignore` (Salesforce DX Developer Guide, "How to Exclude Source
/// When Syncing").
pub(super) fn ignore_rules(real: &Path) -> (Gitignore, Option<Fault>) {
    let project = real
        .ancestors()
        .find(|folder| folder.join(PROJECT_FILE).is_file());
    let places = match project {
        Some(project) => real
            .ancestors()
            .take_while(|folder| folder.starts_with(project))
            .collect(),
        None => vec![real],
    };
    let Some(file) = places
        .into_iter()
        .map(|folder| folder.join(IGNORE_FILE))
        .find(|file| file.is_file())
    else {
        return (Gitignore::empty(), None);
    };
    if fs::metadata(&file).is_ok_and(|metadata| metadata.len() > SIZE_LIMIT) {
        return (Gitignore::empty(), Some(Fault::new(None, TOO_LARGE)));
    }
    let mut builder = GitignoreBuilder::new(file.parent().map_or_else(PathBuf::new, PathBuf::from));
    let error = builder.add(&file);
    let (rules, other) = match builder.build() {
        Ok(rules) => (rules, None),
        Err(error) => (Gitignore::empty(), Some(error)),
    };
    let fault = error.or(other).map(|error| {
        let text = error.to_string();
        let text = text.replace(&file.display().to_string(), IGNORE_FILE);
        Fault::new(
            None,
            format!("a pattern of `.forceignore` is not valid ({text})"),
        )
    });
    (rules, fault)
}
