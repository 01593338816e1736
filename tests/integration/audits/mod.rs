//! Each audit has a case that fires, one that must not, and one that must say 'not evaluated'. Files are named
//! after the audits.

mod apex_runs_as_user;
mod apex_ways;
mod api_access_missing;
mod assignment_not_effective;
mod catalogue;
mod connector_exceeds_user;
mod duplicate_mapping;
mod field_never_editable;
mod field_not_editable;
mod field_not_readable;
mod flow_runs_as_user;
mod hubspot_side;
mod installer_below_minimum;
mod least_privilege;
mod licence_limits_grant;
mod login_restricted;
mod mapped_field_missing;
mod muted_in_group;
mod new_field_without_access;
mod object_not_accessible;
mod object_operation_missing;
mod owners;
mod packages;
mod parent_not_accessible;
mod permission_set_unassigned;
mod picklist_value_rejected;
mod record_type_not_available;
mod records_not_editable;
mod records_not_visible;
mod required_field_unmapped;
mod super_admin_left_over;
mod system_permission_missing;
mod user_cannot_log_in;
mod validation_rule_blocks;
mod validation_rule_fixes;
mod validation_rule_saves;
mod validation_rule_weights;

use serde_json::Value;

use crate::runner::{Run, permgap};
use crate::tree::{Tree, field_permissions, object_permissions, user_permissions};

/// What one audit run said.
pub(crate) struct Audited {
    pub(crate) run: Run,
    pub(crate) report: Value,
}

impl Audited {
    /// The findings of one audit.
    pub(crate) fn findings(&self, audit: &str) -> Vec<&Value> {
        let all = self.report["findings"].as_array().unwrap().iter();
        all.filter(|finding| finding["audit"] == audit).collect()
    }

    /// The only finding of one audit.
    pub(crate) fn finding(&self, audit: &str) -> &Value {
        let found = self.findings(audit);
        assert_eq!(found.len(), 1, "{audit}: {:#}", self.report["findings"]);
        found[0]
    }

    fn outcome(&self, audit: &str) -> &Value {
        let all = self.report["audits"].as_array().unwrap();
        all.iter()
            .find(|outcome| outcome["audit"] == audit)
            .unwrap()
    }

    pub(crate) fn is_clean(&self, audit: &str) {
        let outcome = self.outcome(audit);
        assert_eq!(outcome["outcome"], "clean", "{outcome}");
        assert!(self.findings(audit).is_empty());
    }

    /// Not evaluated, with a reason that says `why`.
    pub(crate) fn is_not_evaluated(&self, audit: &str, why: &str) {
        let outcome = self.outcome(audit);
        assert_eq!(outcome["outcome"], "not_evaluated", "{outcome}");
        let reason = outcome["reason"].as_str().unwrap();
        assert!(reason.contains(why), "{reason}");
    }

    /// The verdict of the first mapping row of a field.
    pub(crate) fn verdict(&self, object: &str, field: &str) -> &str {
        let rows = self.report["mappings"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["object"] == object && row["field"] == field);
        row.unwrap()["verdict"].as_str().unwrap()
    }
}

/// The text of all evidence of a finding, with places.
pub(crate) fn evidence(finding: &Value) -> String {
    let all = finding["evidence"].as_array().unwrap().iter();
    all.map(|fact| {
        let place = match (fact["file"].as_str(), fact["line"].as_u64()) {
            (Some(file), Some(line)) => format!(" [{file}:{line}]"),
            _ => String::new(),
        };
        format!(
            "{}: {}{place}\n",
            fact["kind"].as_str().unwrap(),
            fact["text"].as_str().unwrap()
        )
    })
    .collect()
}

/// The profile and permission set of [`sound`].
pub(crate) const WHO: [&str; 4] = ["--profile", "HubSpot", "--permission-set", "Sync"];

/// Audits a tree for `who`, with the mappings beside it.
pub(crate) fn audit(tree: &Tree, who: &[&str]) -> Audited {
    let mut args = vec![
        "audit",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
        "--format",
        "json",
    ];
    args.extend(who);
    of(permgap(tree.path(), &args))
}

/// Audits a saved snapshot for `who`, with the mappings beside it.
pub(crate) fn audit_snapshot(tree: &Tree, file: &str, who: &[&str]) -> Audited {
    let mut args = vec![
        "audit",
        "--snapshot",
        file,
        "--mappings",
        "mappings.csv",
        "--format",
        "json",
    ];
    args.extend(who);
    of(permgap(tree.path(), &args))
}

fn of(run: Run) -> Audited {
    let report = run.json();
    Audited { run, report }
}

/// Saves the tree as a snapshot that claims to hold all fields of every object, as a live org's does.
pub(crate) fn as_complete_snapshot(tree: Tree) -> Tree {
    as_snapshot_but(tree, |_| {})
}

/// The same of an org that knows its user, who has the profile HubSpot and the group Integration, with further changes.
pub(crate) fn as_live_snapshot(tree: Tree, change: impl FnOnce(&mut Value)) -> Tree {
    as_snapshot_but(tree, |snapshot| {
        snapshot["users"] = serde_json::json!([{
            "id": "0050000000000PGAAA",
            "username": "hubspot@example.com",
            "profile": "HubSpot",
            "assignments": [{"of": {"permission_set_group": "Integration"}}],
        }]);
        for area in [
            "user",
            "assignments",
            "permission-sets",
            "permission-set-groups",
            "muting-permission-sets",
        ] {
            snapshot["coverage"][area] = serde_json::json!({"status": "read"});
        }
        change(snapshot);
    })
}

fn as_snapshot_but(tree: Tree, change: impl FnOnce(&mut Value)) -> Tree {
    let args = ["snapshot", "--source-dir", "force-app", "-o", "tree.json"];
    let run = permgap(tree.path(), &args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let path = tree.path().join("tree.json");
    let mut snapshot: Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (_, object) in snapshot["objects"].as_object_mut().unwrap() {
        object["fields_complete"] = true.into();
        object["defined"] = true.into();
    }
    for area in ["objects", "fields", "record-types", "profiles"] {
        snapshot["coverage"][area] = serde_json::json!({"status": "read"});
    }
    change(&mut snapshot);
    tree.file("org.json", snapshot.to_string())
}

/// What the sound tree's profile enables.
pub(crate) const SYSTEM: [&str; 4] = ["ApiEnabled", "ViewSetup", "ActivitiesAccess", "EditTask"];

/// Grants of the sound tree's permission set.
pub(crate) fn sync_grants() -> String {
    object_permissions("Account", "rce")
        + &field_permissions("Account.Segment__c", "re")
        + &field_permissions("Account.Website", "re")
}

/// A tree in which nothing is wrong: two mapped fields of Account, and a profile and permission set that grant what
/// the sync needs.
pub(crate) fn sound() -> Tree {
    sound_but(&SYSTEM, &sync_grants())
}

/// The sound tree with other system permissions or another permission set.
pub(crate) fn sound_but(system: &[&str], grants: &str) -> Tree {
    Tree::new()
        .object("Account", "<sharingModel>Private</sharingModel>")
        .field("Account", "Segment__c", "Text", "<length>20</length>")
        .profile("HubSpot", &user_permissions(system))
        .permission_set("Sync", grants)
        .mappings(&[
            ("Account", "Segment__c", "Two-way"),
            ("Account", "Website", "Always use Salesforce"),
        ])
}

/// Audits a live org as it was saved, at a time shortly after.
pub(crate) fn audit_live(org: &Value) -> Audited {
    let tree = crate::saved::saved(org);
    audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"])
}
