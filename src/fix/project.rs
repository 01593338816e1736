//! The files of the project: permission sets in source format, `package.xml`, `sfdx-project.json`, `FIX.md`.

use std::io;

use super::plan::{Options, Plan};
use super::proof::Proof;
use super::{FixError, Sources, extended, notes, suggestions, xml};
use crate::output::OutputError;
use crate::report::AuditReport;
use crate::snapshot::Snapshot;

/// Where permission sets stand in the project.
const PERMISSION_SETS: &str = "force-app/main/default/permissionsets";

/// A file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Its path below the folder, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The files of a plan but for its notes, sorted by path; the same input gives the same bytes.
///
/// # Errors
/// A file to extend that is no permission set.
pub fn files(
    snapshot: &Snapshot,
    report: &AuditReport,
    plan: &Plan,
    options: &Options,
    sources: Sources<'_>,
) -> Result<Vec<ProjectFile>, FixError> {
    let failed = |source: io::Error| {
        FixError::Output(OutputError {
            path: "the project".to_owned(),
            cause: source.to_string(),
            untouched: true,
            source,
        })
    };
    let mut files = suggestions::files(snapshot, report, sources).map_err(failed)?;
    for set in &plan.sets {
        files.push(match &set.original {
            Some(original) => ProjectFile {
                path: format!("{PERMISSION_SETS}/{}", source_name(&original.file_name)),
                text: extended(original, &set.grants, &options.api_version)?,
            },
            None => ProjectFile {
                path: format!("{PERMISSION_SETS}/{}.permissionset-meta.xml", set.name),
                text: xml::permission_set(set, &options.api_version).map_err(failed)?,
            },
        });
    }
    if !plan.sets.is_empty() {
        let names = plan.sets.iter().map(|set| &set.name);
        files.push(ProjectFile {
            path: "package.xml".to_owned(),
            text: xml::package(names, &options.api_version).map_err(failed)?,
        });
        let project = serde_json::json!({
            "packageDirectories": [{"path": "force-app", "default": true}],
            "sourceApiVersion": options.api_version,
        });
        files.push(ProjectFile {
            path: "sfdx-project.json".to_owned(),
            text: format!("{project:#}\n"),
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// `FIX.md`, once the proof tells what the project does.
pub fn notes(
    report: &AuditReport,
    plan: &Plan,
    options: &Options,
    proof: &Proof,
    files: &[ProjectFile],
) -> ProjectFile {
    let suggested: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| path.starts_with(suggestions::FOLDER))
        .collect();
    ProjectFile {
        path: "FIX.md".to_owned(),
        text: notes::markdown(report, plan, options, proof, &suggested),
    }
}

/// A file of Metadata API format gets its name in source format.
fn source_name(file_name: &str) -> String {
    match file_name.strip_suffix("-meta.xml") {
        Some(_) => file_name.to_owned(),
        None => format!("{file_name}-meta.xml"),
    }
}
