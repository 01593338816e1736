//! Files that a person may take as a start, for findings that no permission set closes. They stand apart from what is
//! deployed, for each of them changes more than one user's access.
//!
//! In: findings. Out: files under `suggestions/`, which no project file and no `package.xml` names.

use std::io;

use super::project::ProjectFile;
use super::xml::Xml;
use crate::finding::Finding;
use crate::report::AuditReport;
use crate::snapshot::{Name, Snapshot, ValidationRule};

/// The folder of all suggestions.
pub(super) const FOLDER: &str = "suggestions";

/// The custom permission that the suggested validation rules ask for.
const BYPASS: &str = "HubSpot_Sync_Bypass";

/// The suggestions for a report's findings, sorted by path.
pub(super) fn files(snapshot: &Snapshot, report: &AuditReport) -> io::Result<Vec<ProjectFile>> {
    let mut files: Vec<ProjectFile> = Vec::new();
    let mut bypasses = false;
    for finding in &report.findings {
        let Some(object) = &finding.object else {
            continue;
        };
        match finding.audit.id {
            "records-not-visible" | "records-not-editable" => {
                let edit = finding.audit.id == "records-not-editable";
                add(&mut files, sharing_rule(object, edit)?);
            }
            "validation-rule-blocks" => {
                if let Some(rule) = rule_of(snapshot, object, finding)
                    && let Some(formula) = &rule.formula
                {
                    bypasses = true;
                    add(&mut files, validation_rule(object, rule, formula)?);
                }
            }
            _ => {}
        }
    }
    if bypasses {
        let mut xml = Xml::new("CustomPermission")?;
        xml.leaf("isLicensed", "false")?;
        xml.leaf("label", "HubSpot sync bypass")?;
        add(
            &mut files,
            ProjectFile {
                path: format!("{FOLDER}/customPermissions/{BYPASS}.customPermission-meta.xml"),
                text: xml.finish("CustomPermission")?,
            },
        );
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn add(files: &mut Vec<ProjectFile>, file: ProjectFile) {
    match files.iter_mut().find(|known| known.path == file.path) {
        // Of two sharing rules for one object, the wider one.
        Some(known) if file.text.contains("<accessLevel>Edit") => *known = file,
        Some(_) => {}
        None => files.push(file),
    }
}

fn rule_of<'s>(
    snapshot: &'s Snapshot,
    object: &Name,
    finding: &Finding,
) -> Option<&'s ValidationRule> {
    let name = finding.subject.as_deref()?;
    let rules = &snapshot.objects.get(object)?.validation_rules;
    rules.iter().find(|rule| rule.name.is(name))
}

/// A rule that shares every record with a public group, which the integration user has to be put into.
fn sharing_rule(object: &Name, edit: bool) -> io::Result<ProjectFile> {
    let mut xml = Xml::new("SharingRules")?;
    xml.open("sharingOwnerRules")?;
    xml.leaf("fullName", "HubSpot_Sync")?;
    xml.leaf("accessLevel", if edit { "Edit" } else { "Read" })?;
    xml.leaf("label", "HubSpot sync")?;
    xml.open("sharedTo")?;
    xml.leaf("group", "HubSpot_Integration")?;
    xml.close("sharedTo")?;
    xml.open("sharedFrom")?;
    xml.leaf("allInternalUsers", "")?;
    xml.close("sharedFrom")?;
    xml.close("sharingOwnerRules")?;
    Ok(ProjectFile {
        path: format!("{FOLDER}/sharingRules/{object}.sharingRules-meta.xml"),
        text: xml.finish("SharingRules")?,
    })
}

/// The rule with its condition behind a custom permission that nobody has yet.
fn validation_rule(object: &Name, rule: &ValidationRule, formula: &str) -> io::Result<ProjectFile> {
    let mut xml = Xml::new("ValidationRule")?;
    xml.leaf("fullName", rule.name.as_str())?;
    xml.leaf("active", &rule.active.to_string())?;
    let formula = format!("AND(\n  NOT($Permission.{BYPASS}),\n  {formula}\n)");
    xml.leaf("errorConditionFormula", &formula)?;
    if let Some(field) = &rule.error_display_field {
        xml.leaf("errorDisplayField", field.as_str())?;
    }
    xml.leaf(
        "errorMessage",
        rule.error_message.as_deref().unwrap_or_default(),
    )?;
    Ok(ProjectFile {
        path: format!(
            "{FOLDER}/objects/{object}/validationRules/{}.validationRule-meta.xml",
            rule.name
        ),
        text: xml.finish("ValidationRule")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{AuditMeta, CATALOGUE};
    use crate::finding::{Fix, Safety};
    use crate::report::AuditReport;
    use crate::snapshot::SObject;

    const fn meta(id: &'static str) -> AuditMeta {
        AuditMeta {
            id,
            ..*CATALOGUE[0].meta
        }
    }

    static READ: AuditMeta = meta("records-not-visible");
    static EDIT: AuditMeta = meta("records-not-editable");
    static RULE: AuditMeta = meta("validation-rule-blocks");

    #[test]
    fn a_rule_gets_a_bypass_and_an_object_the_wider_sharing_rule() {
        let mut snapshot = Snapshot::default();
        let mut account = SObject::new("Account".into());
        account.validation_rules.push(ValidationRule {
            name: "Phone_Needed".into(),
            active: true,
            formula: Some("ISBLANK(Phone) && Amount < 5".into()),
            error_message: Some("No phone".into()),
            error_display_field: None,
            at: None,
        });
        snapshot.objects.insert("Account".into(), account);
        let finding = |meta| {
            Finding::new(meta, "t", Fix::new(Safety::Advice, "s"))
                .object(&"Account".into())
                .subject("phone_needed")
        };
        let report = AuditReport {
            generated_at: String::new(),
            org: Default::default(),
            user: Default::default(),
            notices: Vec::new(),
            mappings: Vec::new(),
            findings: vec![finding(&READ), finding(&RULE), finding(&EDIT)],
            audits: Vec::new(),
            coverage: Vec::new(),
            problems: Vec::new(),
            subject_incomplete: false,
        };
        let files = files(&snapshot, &report).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "suggestions/customPermissions/HubSpot_Sync_Bypass.customPermission-meta.xml",
                "suggestions/objects/Account/validationRules/Phone_Needed.validationRule-meta.xml",
                "suggestions/sharingRules/Account.sharingRules-meta.xml",
            ]
        );
        assert!(
            files[1]
                .text
                .contains("NOT($Permission.HubSpot_Sync_Bypass)")
        );
        assert!(
            files[1]
                .text
                .contains("ISBLANK(Phone) &amp;&amp; Amount &lt; 5")
        );
        assert!(files[2].text.contains("<accessLevel>Edit</accessLevel>"));
    }
}
