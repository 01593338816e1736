//! Files that a person may take as a start, for findings that no permission set closes. They stand apart from what is
//! deployed, for each of them changes more than one user's access.
//!
//! In: findings. Out: files under `suggestions/`, which no project file and no `package.xml` names.

use std::collections::BTreeSet;
use std::io;

use super::in_place::{with_formula, with_run_mode};
use super::project::ProjectFile;
use super::xml::Xml;
use crate::finding::{Change, Finding};
use crate::formula::{BypassKind, Reach, bypass_idioms, parse, references};
use crate::report::AuditReport;
use crate::snapshot::{Name, Place, Snapshot, ValidationRule};

/// The folder of all suggestions.
pub(super) const FOLDER: &str = "suggestions";

/// The text of the file that a place is in, where the source has files. A draft then changes what must change, and keeps
/// comments, order and whatever else is there.
pub type Sources<'f> = &'f dyn Fn(Place) -> Option<String>;

/// The suggestions for a report's findings, sorted by path.
pub(super) fn files(
    snapshot: &Snapshot,
    report: &AuditReport,
    sources: Sources<'_>,
) -> io::Result<Vec<ProjectFile>> {
    let mut files: Vec<ProjectFile> = Vec::new();
    for finding in &report.findings {
        let Some(object) = &finding.object else {
            continue;
        };
        match finding.audit.id {
            "records-not-visible" | "records-not-editable" => {
                // A detail's records are shared by sharing its master's; activities have no sharing rules.
                if let Some((shared, edit)) = &finding.fix.sharing {
                    add(&mut files, sharing_rule(shared, *edit)?);
                }
            }
            "validation-rule-blocks" => {
                // Where a permission set closes it, or the new formula would be too long, there is nothing to suggest.
                if let Some(Change::ChangeValidationRule { formula, .. }) = &finding.fix.change
                    && let Some(rule) = rule_of(snapshot, object, finding)
                {
                    add(&mut files, validation_rule(object, rule, formula, sources)?);
                    for permission in new_permissions(snapshot, formula) {
                        add(&mut files, custom_permission(&permission)?);
                    }
                }
            }
            "flow-runs-as-user" => {
                if let Some(draft) = flow_mode(snapshot, finding, sources) {
                    add(&mut files, draft);
                }
            }
            _ => {}
        }
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
    if object.is("Account") {
        // Demanded of account rules: they could open the account's cases, contacts and opportunities along.
        xml.open("accountSettings")?;
        for level in [
            "caseAccessLevel",
            "contactAccessLevel",
            "opportunityAccessLevel",
        ] {
            xml.leaf(level, "None")?;
        }
        xml.close("accountSettings")?;
    }
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

/// The custom permissions that switch the new formula off and that the org seems not to have: it defines none of the name,
/// and no rule of it asks for one.
fn new_permissions(snapshot: &Snapshot, formula: &str) -> BTreeSet<String> {
    let Ok(ast) = parse(formula) else {
        return BTreeSet::new();
    };
    bypass_idioms(&ast)
        .into_iter()
        .filter(|bypass| bypass.kind == BypassKind::Permission && bypass.reach == Reach::Whole)
        .filter(|bypass| !is_asked_for(snapshot, &bypass.global))
        .filter_map(|bypass| Some(bypass.global.split_once('.')?.1.to_owned()))
        .filter(|name| {
            !snapshot
                .custom_permissions
                .contains_key(&Name::new(name.as_str()))
        })
        .collect()
}

fn is_asked_for(snapshot: &Snapshot, global: &str) -> bool {
    snapshot
        .objects
        .values()
        .flat_map(|object| &object.validation_rules)
        .filter_map(|rule| parse(rule.formula.as_deref()?).ok())
        .flat_map(|ast| references(&ast).globals)
        .any(|known| known.eq_ignore_ascii_case(global))
}

/// A custom permission that nobody has yet.
fn custom_permission(name: &str) -> io::Result<ProjectFile> {
    let mut xml = Xml::new("CustomPermission")?;
    xml.leaf("isLicensed", "false")?;
    xml.leaf("label", &name.replace('_', " "))?;
    Ok(ProjectFile {
        path: format!("{FOLDER}/customPermissions/{name}.customPermission-meta.xml"),
        text: xml.finish("CustomPermission")?,
    })
}

/// The rule with the formula that its finding tells.
fn validation_rule(
    object: &Name,
    rule: &ValidationRule,
    formula: &str,
    sources: Sources<'_>,
) -> io::Result<ProjectFile> {
    let path = format!(
        "{FOLDER}/objects/{object}/validationRules/{}.validationRule-meta.xml",
        rule.name
    );
    let original = rule.at.and_then(sources);
    if let Some(text) = original.and_then(|text| with_formula(&text, &rule.name, formula)) {
        return Ok(ProjectFile { path, text });
    }
    let mut xml = Xml::new("ValidationRule")?;
    xml.leaf("fullName", rule.name.as_str())?;
    xml.leaf("active", &rule.active.to_string())?;
    if let Some(description) = &rule.description {
        xml.leaf("description", description)?;
    }
    xml.leaf("errorConditionFormula", formula)?;
    if let Some(field) = &rule.error_display_field {
        xml.leaf("errorDisplayField", field.as_str())?;
    }
    xml.leaf(
        "errorMessage",
        rule.error_message.as_deref().unwrap_or_default(),
    )?;
    Ok(ProjectFile {
        path,
        text: xml.finish("ValidationRule")?,
    })
}

/// The flow's file with the mode in which it no longer takes the rights of whoever starts it, records that sharing hides
/// left hidden. Without a file there is no draft: a flow is not written anew.
fn flow_mode(snapshot: &Snapshot, finding: &Finding, sources: Sources<'_>) -> Option<ProjectFile> {
    let (name, _) = finding.subject.as_deref()?.split_once('.')?;
    let flow = snapshot.flows.iter().find(|flow| flow.name.is(name))?;
    let text = with_run_mode(&sources(flow.at?)?, "SystemModeWithSharing")?;
    Some(ProjectFile {
        path: format!("{FOLDER}/flows/{}.flow-meta.xml", flow.name),
        text,
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
            description: Some("Sales & <ops>".into()),
            error_message: Some("No phone".into()),
            error_display_field: None,
            at: None,
        });
        snapshot.objects.insert("Account".into(), account);
        let finding = |meta| {
            let fix = Fix::new(Safety::Advice, "s").change(Change::ChangeValidationRule {
                object: "Account".into(),
                rule: "Phone_Needed".into(),
                formula: "AND(NOT($Permission.Skip), ISBLANK(Phone) && Amount < 5)".into(),
            });
            let fix = Fix {
                sharing: Some(("Account".into(), meta == &EDIT)),
                ..fix
            };
            Finding::new(meta, "t", fix)
                .object(&"Account".into())
                .subject("phone_needed")
        };
        let report = AuditReport {
            changed_since: None,
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
        let suggested = files(&snapshot, &report, &|_| None).unwrap();
        let paths: Vec<&str> = suggested.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "suggestions/customPermissions/Skip.customPermission-meta.xml",
                "suggestions/objects/Account/validationRules/Phone_Needed.validationRule-meta.xml",
                "suggestions/sharingRules/Account.sharingRules-meta.xml",
            ]
        );
        assert!(
            suggested[1]
                .text
                .contains(">AND(NOT($Permission.Skip), ISBLANK")
        );
        assert!(
            suggested[1]
                .text
                .contains("ISBLANK(Phone) &amp;&amp; Amount &lt; 5")
        );
        assert!(
            suggested[1]
                .text
                .contains("<description>Sales &amp; &lt;ops&gt;</description>")
        );
        assert!(
            suggested[2]
                .text
                .contains("<accessLevel>Edit</accessLevel>")
        );
        assert!(suggested[2].text.contains("<caseAccessLevel>None<"));

        // A permission by which another rule goes is there already.
        let account = snapshot.objects.get_mut(&Name::new("Account")).unwrap();
        account.validation_rules.push(ValidationRule {
            name: "Other".into(),
            active: true,
            formula: Some("AND(NOT($Permission.SKIP), ISBLANK(Fax))".into()),
            description: None,
            error_message: None,
            error_display_field: None,
            at: None,
        });
        let suggested = files(&snapshot, &report, &|_| None).unwrap();
        assert!(
            !suggested
                .iter()
                .any(|file| file.path.contains("customPermissions"))
        );
    }
}
