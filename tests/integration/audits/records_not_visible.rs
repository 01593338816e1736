use serde_json::{Value, json};

use super::{WHO, audit, audit_live, evidence, sound, sound_but, sync_grants};
use crate::saved::live_org;
use crate::tree::object_permissions;

const AUDIT: &str = "records-not-visible";

/// The sound live org with sharing that was read: nobody has a role, and no rule shares anything.
pub(super) fn shared(default: &str) -> Value {
    let mut org = live_org();
    for area in ["sharing-rules", "org-wide-defaults", "owners"] {
        org["coverage"][area] = json!({"status": "read"});
    }
    org["objects"]["Account"]["sharing_model"] = json!(default);
    org["objects"]["Task"]["sharing_model"] = json!("ControlledByParent");
    org["users"][0]["groups"] = json!([]);
    org["restriction_rules"] = json!([]);
    org
}

/// EMEA with Germany below it, beside APAC.
pub(super) fn with_roles(org: &mut Value, role: &str) {
    org["roles"] = json!([
        {"id": "00E000000000001AAA", "name": "EMEA", "developer_name": "EMEA"},
        {"id": "00E000000000002AAA", "name": "Germany", "developer_name": "Germany", "parent_id": "00E000000000001AAA"},
        {"id": "00E000000000003AAA", "name": "APAC", "developer_name": "APAC"},
    ]);
    org["users"][0]["role_id"] = json!(role);
}

/// A sharing rule of Account.
pub(super) fn rule(kind: &str, access: &str, to: Value, from: Value) -> Value {
    json!({"object": "Account", "name": "Rule", "kind": kind, "access_level": access, "shared_to": to, "shared_from": from})
}

pub(super) fn grant(org: &mut Value, rights: Value) {
    org["permission_sets"]["Sync"]["object_permissions"] =
        json!([{"object": "Account", "rights": rights}]);
}

/// Owners of accounts: two users and a queue.
fn with_owners(org: &mut Value) {
    org["people"] = json!([
        {"id": "005000000000011AAA", "username": "a@x.example", "role_id": "00E000000000002AAA", "user_type": "Standard"},
        {"id": "005000000000012AAA", "username": "b@x.example", "role_id": "00E000000000003AAA", "user_type": "Standard"},
    ]);
    org["ownership"] = json!({"Account": {"complete": true, "records": {
        "005000000000011AAA": 60, "005000000000012AAA": 40,
    }}});
}

#[test]
fn private_and_nothing_that_opens_it_is_likely_until_records_are_looked_at() {
    for spelling in ["Private", "None"] {
        let audited = audit_live(&shared(spelling));
        let finding = audited.finding(AUDIT);
        assert_eq!(finding["confidence"], "likely");
        assert_eq!(finding["severity"], "high");
        assert_eq!(
            finding["title"],
            "The user can see only Account records that it owns: the org-wide default Private"
        );
        let text = evidence(finding);
        for fact in ["no role", "has no sharing rule", "neither View All"] {
            assert!(text.contains(fact), "{text}");
        }
        assert_eq!(finding["type"], 3);
    }
}

#[test]
fn private_with_role_above() {
    let mut org = shared("Private");
    with_roles(&mut org, "00E000000000001AAA");
    let audited = audit_live(&org);
    assert_eq!(audited.finding(AUDIT)["confidence"], "likely");
    assert_eq!(audited.finding(AUDIT)["severity"], "medium");
    // Above every other role: whether records without such an owner exist is not known …
    org["roles"].as_array_mut().unwrap().truncate(2);
    audit_live(&org).is_not_evaluated(AUDIT, "above every other role");
    // … until the owners are known.
    with_owners(&mut org);
    org["people"][1]["role_id"] = json!("00E000000000002AAA");
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn owners_out_of_reach_are_counted() {
    let mut org = shared("Private");
    with_roles(&mut org, "00E000000000001AAA");
    with_owners(&mut org);
    let audited = audit_live(&org);
    let text = evidence(audited.finding(AUDIT));
    assert!(text.contains("60 of 100 Account records"), "{text}");
}

#[test]
fn public_read_only() {
    for spelling in ["Read", "ReadWrite", "Edit", "FullAccess"] {
        audit_live(&shared(spelling)).is_clean(AUDIT);
    }
}

#[test]
fn an_unknown_default_decides_nothing() {
    audit_live(&shared("ReadMostly")).is_not_evaluated(AUDIT, "ReadMostly");
    let mut org = shared("Private");
    org["objects"]["Account"]
        .as_object_mut()
        .unwrap()
        .remove("sharing_model");
    audit_live(&org).is_not_evaluated(AUDIT, "org-wide default of Account is not known");
}

#[test]
fn view_all_and_the_data_permissions_are_enough() {
    let mut org = shared("Private");
    grant(&mut org, json!(["read", "create", "edit", "view_all"]));
    audit_live(&org).is_clean(AUDIT);
    for permission in ["ViewAllData", "ModifyAllData"] {
        let mut org = shared("Private");
        org["profiles"]["HubSpot"]["user_permissions"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": permission, "enabled": true}));
        audit_live(&org).is_clean(AUDIT);
    }
}

#[test]
fn modify_all_on_the_object() {
    let mut org = shared("Private");
    grant(
        &mut org,
        json!(["read", "create", "edit", "delete", "view_all", "modify_all"]),
    );
    let audited = audit_live(&org);
    audited.is_clean(AUDIT);
    audited.is_clean("records-not-editable");
}

#[test]
fn view_all_fields_without_object_read() {
    let mut org = shared("Private");
    grant(&mut org, json!(["view_all_fields"]));
    let audited = audit_live(&org);
    assert!(
        audited.findings(AUDIT).is_empty(),
        "the object is out of reach"
    );
    assert_eq!(
        audited.finding("object-not-accessible")["object"],
        "Account"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
}

#[test]
fn an_owner_rule_to_the_users_group_opens_what_its_owners_own() {
    let mut org = shared("Private");
    with_roles(&mut org, "00E000000000003AAA");
    org["sharing_rules"] = json!([rule(
        "owner",
        "Edit",
        json!([["group", "HubSpot"]]),
        json!([["roleAndSubordinates", "EMEA"]])
    )]);
    let audited = audit_live(&org);
    let text = evidence(audited.finding(AUDIT));
    assert!(
        text.contains("none of the sharing rules") || text.contains("does not reach the user"),
        "{text}"
    );
    org["users"][0]["groups"] = json!([{"name": "HubSpot", "kind": "Regular"}]);
    let audited = audit_live(&org);
    assert_eq!(audited.finding(AUDIT)["confidence"], "likely");
    assert_eq!(audited.finding(AUDIT)["severity"], "medium");
    // With an owner in EMEA and none elsewhere, it is everything.
    with_owners(&mut org);
    org["ownership"]["Account"]["records"]
        .as_object_mut()
        .unwrap()
        .remove("005000000000012AAA");
    audit_live(&org).is_clean(AUDIT);
    // Groups that were not read prove nothing.
    org["users"][0].as_object_mut().unwrap().remove("groups");
    assert_eq!(audit_live(&org).finding(AUDIT)["confidence"], "possible");
}

#[test]
fn an_owner_rule_for_all_internal_users_is_everything() {
    let mut org = shared("Private");
    org["sharing_rules"] = json!([rule(
        "owner",
        "Read",
        json!([["allInternalUsers", ""]]),
        json!([["allInternalUsers", ""]])
    )]);
    audit_live(&org).is_clean(AUDIT);
    // In words that nobody knows it may give anything, and so proves nothing: neither as a whole nor owner by owner.
    org["sharing_rules"][0]["access_level"] = json!("Superlative");
    let told = |org: &Value| {
        let audited = audit_live(org);
        let finding = audited.finding(AUDIT);
        assert_eq!(finding["confidence"], "possible", "{finding:#}");
        evidence(finding)
    };
    assert!(told(&org).contains("gives is not known"));
    with_owners(&mut org);
    audit_live(&org).finding(AUDIT);
}

#[test]
fn criteria_rule_that_cannot_be_proved() {
    let mut org = shared("Private");
    org["sharing_rules"] = json!([rule(
        "criteria",
        "Edit",
        json!([["allInternalUsers", ""]]),
        json!([])
    )]);
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["confidence"], "possible");
    assert!(evidence(finding).contains("cannot be told without looking at them"));
}

#[test]
fn sharing_rules_that_were_not_read_lower_it_to_likely() {
    let mut org = shared("Private");
    org["coverage"]["sharing-rules"] = json!({"status": "refused"});
    assert_eq!(audit_live(&org).finding(AUDIT)["confidence"], "likely");
}

#[test]
fn controlled_by_parent_chain_of_three() {
    let mut org = shared("Private");
    let detail = |name: &str, parent: &str| {
        json!({"name": name, "defined": true, "fields_complete": true, "sharing_model": "ControlledByParent", "fields": {
            "Parent__c": {"name": "Parent__c", "field_type": "master_detail", "required": true, "createable": true, "updateable": false, "permissionable": false, "reference_to": [parent]},
            "Note__c": {"name": "Note__c", "field_type": "text", "permissionable": false, "createable": true, "updateable": true},
        }})
    };
    org["objects"]["Invoice__c"] = detail("Invoice__c", "Account");
    org["objects"]["Line__c"] = detail("Line__c", "Invoice__c");
    org["permission_sets"]["Sync"]["object_permissions"] = json!([
        {"object": "Account", "rights": ["read"]},
        {"object": "Invoice__c", "rights": ["read"]},
        {"object": "Line__c", "rights": ["read", "edit"]},
    ]);
    let tree = crate::saved::saved(&org).mappings(&[("Line__c", "Note__c", "Two-way")]);
    let audited = super::audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"]);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["object"], "Line__c");
    assert_eq!(
        finding["title"],
        "The user can see only Line__c records that it owns: the org-wide default Private of its parent Account"
    );
    let text = evidence(finding);
    assert!(
        text.contains("(Line__c.Parent__c)") && text.contains("(Invoice__c.Parent__c)"),
        "{text}"
    );
    // The root decides.
    org["objects"]["Account"]["sharing_model"] = json!("ReadWrite");
    let tree = crate::saved::saved(&org).mappings(&[("Line__c", "Note__c", "Two-way")]);
    super::audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"]).is_clean(AUDIT);
}

#[test]
fn parents_in_a_circle_end() {
    let mut org = shared("ControlledByParent");
    org["objects"]["Account"]["fields"]["Up__c"] =
        json!({"name": "Up__c", "field_type": "master_detail", "reference_to": ["Account"]});
    audit_live(&org).is_not_evaluated(AUDIT, "parents");
}

#[test]
fn a_sample_outweighs_suspicion_and_proves_a_gap() {
    let stratum = |readable: u64| json!({"owner": "owned in EMEA", "owner_active": true, "age": "newest", "asked": 100, "readable": readable, "editable": 0});
    let mut org = shared("Private");
    org["record_samples"] = json!({"Account": {"strata": [stratum(100)]}});
    audit_live(&org).is_clean(AUDIT);
    // What sharing seemed to open, Salesforce denies.
    let mut org = shared("ReadWrite");
    org["record_samples"] = json!({"Account": {"strata": [stratum(10)]}});
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["confidence"], "certain");
    let text = evidence(finding);
    assert!(
        text.contains("10 of 100 Account records owned in EMEA (owner active), newest: readable"),
        "{text}"
    );
    assert!(text.contains("5.5 % to 17.4 %"), "{text}");
    // A few records do not outweigh anything.
    let mut org = shared("Private");
    org["record_samples"] = json!({"Account": {"strata": [
        {"owner": "owned in EMEA", "asked": 5, "readable": 5, "editable": 5}]}});
    assert_eq!(audit_live(&org).finding(AUDIT)["confidence"], "possible");
}

fn with_sample(default: &str, readable: u64) -> Value {
    let mut org = shared(default);
    org["record_samples"] = json!({"Account": {"strata": [
        {"owner": "owned in EMEA", "asked": 100, "readable": readable, "editable": readable}]}});
    org
}

/// A session that does not see all records sees what it sees for the same reasons as the user.
#[test]
fn a_sample_of_a_session_that_sees_too_little_proves_nothing() {
    let mut org = with_sample("Private", 100);
    org["coverage"]["record-access"] =
        json!({"status": "partial", "reason": "the session's user lacks View All Data"});
    audit_live(&org).is_not_evaluated(AUDIT, "the session may not see the others");
}

/// What Salesforce answered is of the org as it was.
#[test]
fn a_sample_from_before_a_change_of_access_decides_nothing() {
    let change = |rights: &str| {
        let set = format!(
            "<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\"><label>Sync</label>{}</PermissionSet>",
            object_permissions("Account", rights)
        );
        move |org: &Value| {
            let tree =
                crate::saved::saved(org).file("change/permissionsets/Sync.permissionset", &set);
            let flags = ["--now", "2026-11-02T00:00:00Z", "--overlay", "change"];
            super::audit_snapshot(&tree, "org.json", &flags)
        }
    };
    // View All may be gone.
    change("rce")(&with_sample("Private", 100))
        .is_not_evaluated(AUDIT, "before the change of access");
    // It is granted now, whatever the records were.
    change("rcev")(&with_sample("Private", 0)).is_clean(AUDIT);
    // Nothing opens the records yet.
    change("rce")(&with_sample("Private", 0)).finding(AUDIT);
}

#[test]
fn a_restriction_rule_that_holds_for_the_user_hides_records() {
    let mut org = shared("ReadWrite");
    let rule = |criteria: &str| json!([{"object": "Account", "name": "Own_Region", "active": true, "enforcement": "Restrict", "user_criteria": criteria, "record_filter": "OwnerId = $User.Id"}]);
    org["restriction_rules"] = rule("$User.IsActive = true");
    assert_eq!(audit_live(&org).finding(AUDIT)["severity"], "medium");
    org["restriction_rules"] = rule("$User.IsActive = false");
    audit_live(&org).is_clean(AUDIT);
    // A fact that was not read, and a criterion of more than one comparison, are not judged.
    for open in [
        "$User.Department = 'Sales'",
        "$User.IsActive = false OR $User.Department = 'Sales'",
        "$User.Id = '005000000000001AAA' AND $User.Department = 'Sales'",
    ] {
        org["restriction_rules"] = rule(open);
        audit_live(&org).is_not_evaluated(AUDIT, "Own_Region");
    }
    // View All exempts.
    org["restriction_rules"] = rule("$User.IsActive = true");
    grant(&mut org, json!(["read", "create", "edit", "view_all"]));
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn a_declared_intended_gap_is_known() {
    let gap = "[[intended-gap]]\nobject = 'Account'\naudit = 'records-not-visible'\nreason = 'selective sync'\nuntil = 2027-01-01\n";
    let tree = crate::saved::saved(&shared("Private")).file("permgap.toml", gap);
    let audited = super::audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"]);
    assert_eq!(audited.finding(AUDIT)["baseline"], "known");
    assert_eq!(audited.run.status, 0, "{}", audited.run.stderr);
}

#[test]
fn on_a_tree_only_what_needs_no_user_is_decided() {
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "roles and groups of the user are not known");
    let open = sound().object("Account", "<sharingModel>ReadWrite</sharingModel>");
    let outcome = audit(&open, &WHO);
    assert!(outcome.findings(AUDIT).is_empty());
    outcome.is_not_evaluated(AUDIT, "Task");
    let all = sound_but(
        &super::SYSTEM,
        &(sync_grants().replace(
            &object_permissions("Account", "rce"),
            &object_permissions("Account", "rcev"),
        )),
    );
    assert!(audit(&all, &WHO).findings(AUDIT).is_empty());
}

#[test]
fn activities_have_no_sharing_rules_to_make() {
    let mut org = shared("ReadWrite");
    org["objects"]["Task"]["sharing_model"] = json!("Private");
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["object"], "Task", "{finding}");
    let fix = finding["fix"].to_string();
    assert!(
        fix.contains("Controlled by Parent") && fix.contains("Setup > Roles"),
        "{fix}"
    );
    for impossible in [
        "Task Sharing Rules",
        "Modify All Records",
        "Object Settings",
    ] {
        assert!(!fix.contains(impossible), "{fix}");
    }
}
