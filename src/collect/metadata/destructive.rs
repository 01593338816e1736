//! Reads the delete manifests of a deployment: `destructiveChanges.xml`, `destructiveChangesPre.xml` and
//! `destructiveChangesPost.xml`.
//!
//! In: the folder of the deployment. Out: [`Deletions`]: what is deleted before and after the rest of the folder is
//! deployed. Knows nothing of the org.
//!
//! A manifest has the format of `package.xml`, but takes no wildcards; what it lists is deleted first unless its name
//! says `Post` (Metadata API Developer Guide, "Deleting Components from an Organization").

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::discover::{join, show};
use super::xml::{Document, Fault};

/// Most bytes that are read of a manifest.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// Folders of a project in which manifests are kept, beside the project's own (`manifest` is that of
/// `sf project generate`, `destructiveChanges` that of tools that compare revisions).
const FOLDERS: [&str; 3] = ["", "manifest", "destructiveChanges"];

/// One component that a deployment deletes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deletion {
    /// Its metadata type: `CustomField`.
    pub metadata_type: String,
    /// Its full name: `Account.Segment__c`.
    pub member: String,
    /// The manifest, as shown to people.
    pub file: String,
    /// The line in the manifest, counted from 1.
    pub line: u32,
}

/// What a deployment deletes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deletions {
    /// Deleted before the rest is deployed.
    pub before: Vec<Deletion>,
    /// Deleted afterwards.
    pub after: Vec<Deletion>,
}

impl Deletions {
    /// Whether nothing is deleted.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The operating system refuses.
    #[error("the delete manifest `{path}` cannot be read ({source}): check its permissions")]
    Unreadable {
        /// The file, as shown to people.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// What it says is no manifest.
    #[error("the delete manifest {place}: {message}")]
    Invalid {
        /// The file with the line, where known.
        place: String,
        /// What is wrong, and what to do.
        message: String,
    },
}

/// Reads the delete manifests in `dir`, and in the folders of it that such manifests are kept in.
///
/// # Errors
/// A manifest that cannot be read, is no XML of its kind, or holds a wildcard, which Salesforce refuses.
pub fn deletions(dir: &Path) -> Result<Deletions, ManifestError> {
    let mut deletions = Deletions::default();
    let shown = show(dir);
    for (path, name) in manifests(dir) {
        let shown = join(&shown, &name);
        let text = read(&path, &shown)?;
        let members = parse(&text, &shown).map_err(|fault| ManifestError::Invalid {
            place: match fault.line {
                Some(line) => format!("{shown}:{line}"),
                None => shown.clone(),
            },
            message: format!(
                "{}; correct it, for Salesforce would refuse it",
                fault.message
            ),
        })?;
        if name.to_ascii_lowercase().ends_with("post.xml") {
            deletions.after.extend(members);
        } else {
            deletions.before.extend(members);
        }
    }
    Ok(deletions)
}

/// The manifests of a folder with their names below it, sorted.
fn manifests(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(dir.join(folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let folded = name.to_ascii_lowercase();
            let is_manifest = folded.starts_with("destructivechanges")
                && folded.ends_with(".xml")
                && entry.path().is_file();
            if is_manifest {
                found.push((entry.path(), join(folder, &name)));
            }
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

fn read(path: &Path, shown: &str) -> Result<String, ManifestError> {
    let unreadable = |source| ManifestError::Unreadable {
        path: shown.to_owned(),
        source,
    };
    let invalid = |message: &str| ManifestError::Invalid {
        place: shown.to_owned(),
        message: message.to_owned(),
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
        return Err(invalid("it has more than 16 MiB: it is hardly a manifest"));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8: save it as UTF-8"))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn parse(text: &str, shown: &str) -> Result<Vec<Deletion>, Fault> {
    let mut document = Document::new(text);
    document.root(&["Package"])?;
    let mut deletions = Vec::new();
    while let Some(element) = document.child()? {
        if element.name != "types" {
            document.skip()?;
            continue;
        }
        let types_line = document.line(&element);
        let mut members = Vec::new();
        let mut metadata_type = None;
        while let Some(inner) = document.child()? {
            let line = document.line(&inner);
            match inner.name {
                "members" => {
                    let member = document.text()?.trim().to_owned();
                    if member.contains('*') {
                        return Err(Fault::new(
                            Some(line),
                            format!(
                                "the wildcard `{member}`: a delete manifest names each component"
                            ),
                        ));
                    }
                    members.push((member, line));
                }
                "name" => metadata_type = Some(document.text()?.trim().to_owned()),
                _ => document.skip()?,
            }
        }
        let Some(metadata_type) = metadata_type else {
            return Err(Fault::new(
                Some(types_line),
                "`<types>` without a `<name>` says nothing of what is deleted",
            ));
        };
        deletions.extend(members.into_iter().map(|(member, line)| Deletion {
            metadata_type: metadata_type.clone(),
            member,
            file: shown.to_owned(),
            line,
        }));
    }
    document.finish()?;
    Ok(deletions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(types: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<Package xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n{types}\n\
             <version>66.0</version></Package>\n"
        )
    }

    #[test]
    fn manifests_are_found_and_told_apart_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let types = |name: &str| {
            manifest(&format!(
                "<types><members>Account.{name}</members><name>CustomField</name></types>"
            ))
        };
        fs::create_dir(folder.path().join("manifest")).unwrap();
        for (file, name) in [
            ("destructiveChanges.xml", "A__c"),
            ("destructiveChangesPre.xml", "B__c"),
            ("manifest/destructiveChangesPost.xml", "C__c"),
        ] {
            fs::write(folder.path().join(file), types(name)).unwrap();
        }
        let found = deletions(folder.path()).unwrap();
        let members = |list: &[Deletion]| -> Vec<String> {
            list.iter()
                .map(|deletion| deletion.member.clone())
                .collect()
        };
        assert_eq!(members(&found.before), ["Account.A__c", "Account.B__c"]);
        assert_eq!(members(&found.after), ["Account.C__c"]);
        assert_eq!(found.before[0].line, 3);
    }

    #[test]
    fn what_salesforce_refuses_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("destructiveChanges.xml");
        for (text, says) in [
            (
                manifest("<types><members>*</members><name>CustomField</name></types>"),
                "destructiveChanges.xml:3: the wildcard `*`",
            ),
            (
                manifest("<types><members>A</members></types>"),
                "without a `<name>`",
            ),
            ("<Package>".to_owned(), "cut off"),
            ("<Other/>".to_owned(), "<Package>"),
        ] {
            fs::write(&path, text).unwrap();
            let error = deletions(folder.path()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(
            deletions(folder.path())
                .unwrap_err()
                .to_string()
                .contains("UTF-8")
        );
    }
}
