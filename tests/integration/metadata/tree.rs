//! Metadata trees built in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};

use permgap::collect::metadata::{self, CollectError};
use permgap::snapshot::{Area, Place, Snapshot};
use tempfile::TempDir;

/// A folder with files, removed with the value.
pub(crate) struct Tree(TempDir);

impl Tree {
    /// A folder with these files: path and content each.
    pub(crate) fn new<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, content) in files {
            tree.add(path, content);
        }
        tree
    }

    /// Adds or replaces a file.
    pub(crate) fn add(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The place of a file, or of the folder itself for `""`.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        match path {
            "" => self.0.path().to_owned(),
            path => self.0.path().join(path),
        }
    }

    /// What is in the folder.
    pub(crate) fn collect(&self) -> Snapshot {
        self.try_collect().unwrap()
    }

    /// What is in the folder, or why it cannot be told.
    pub(crate) fn try_collect(&self) -> Result<Snapshot, CollectError> {
        collect(&[self.0.path()])
    }

    /// Where something was read, as `file:line`, the file below this folder.
    pub(crate) fn place(&self, snapshot: &Snapshot, at: Option<Place>) -> String {
        let Some(at) = at else { return "-".to_owned() };
        let file = snapshot.file(at).unwrap_or("?");
        format!("{}:{}", self.below(file), at.line)
    }

    /// The problems met, as `area file:line message`.
    pub(crate) fn problems(&self, snapshot: &Snapshot) -> Vec<String> {
        let problems = snapshot.problems.iter();
        problems
            .map(|problem| {
                let line = problem.line.map_or("-".to_owned(), |line| line.to_string());
                let area: Area = problem.area;
                format!(
                    "{} {}:{line} {}",
                    area.as_str(),
                    self.below(&problem.place),
                    problem.message
                )
            })
            .collect()
    }

    fn below<'p>(&self, path: &'p str) -> &'p str {
        let folder = self.0.path().to_str().unwrap();
        path.strip_prefix(folder)
            .map_or(path, |rest| rest.trim_start_matches('/'))
    }
}

/// What is in several folders, read as one org.
pub(crate) fn collect(folders: &[&Path]) -> Result<Snapshot, CollectError> {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    metadata::collect(&folders, &metadata::Options::default())
}

/// A metadata file: the root element on line 2, `body` from line 3.
pub(crate) fn xml(root: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{root} xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n{body}\n</{root}>\n"
    )
}

/// A field permission on one line.
pub(crate) fn field_permission(field: &str, read: bool, edit: bool) -> String {
    format!(
        "<fieldPermissions><editable>{edit}</editable><field>{field}</field><readable>{read}</readable></fieldPermissions>"
    )
}

/// An object permission on one line, with these rights allowed.
pub(crate) fn object_permission(object: &str, rights: &[&str]) -> String {
    let rights: String = rights
        .iter()
        .map(|right| format!("<{right}>true</{right}>"))
        .collect();
    format!("<objectPermissions><object>{object}</object>{rights}</objectPermissions>")
}
