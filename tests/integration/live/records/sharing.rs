//! `records-not-visible` and `records-not-editable`: traps of sharing by name.

use serde_json::{Value, json};

use super::{Report, case, evidence, grants, insert, title, update};

const SEE: &str = "records-not-visible";
const EDIT: &str = "records-not-editable";

/// Without a sample, so that sharing alone is judged.
const UNASKED: &[&str] = &["--sample", "0"];

fn default_of(source: &mut Value, object: &str, model: &str) {
    source["objects"][object]["sharing"] = json!(model);
}

/// The user's role becomes the one above all others, and nobody beside it owns accounts in that same role.
fn role_above(source: &mut Value) {
    let above = json!({ "UserRoleId": "=Managing Director" });
    update(source, "User", "Username", super::HUBSPOT, &above);
    let owner = json!({ "OwnerId": "=User/lena@nordlicht.example" });
    update(source, "Account", "Name", "100% Solar KG", &owner);
}

/// All accounts are Jonas's, in Sales DACH.
fn all_of_jonas(source: &mut Value) {
    for row in source["tables"]["Account"].as_array_mut().unwrap() {
        row["OwnerId"] = json!("=User/jonas@nordlicht.example");
    }
}

fn rules<'s>(source: &'s mut Value, kind: &str) -> &'s mut Value {
    &mut source["metadata"]["SharingRules"]["Account"][kind][0]
}

#[test]
fn private_with_role_above() {
    for args in [&[][..], UNASKED] {
        let report = case(role_above).args(args).run();
        report.is_quiet(SEE, "Account");
        report.is_quiet(EDIT, "Account");
    }
    // Marketing is above nobody. Salesforce's own answer is proof, sharing alone is not.
    let asked = case(|_| {}).run();
    assert_eq!(asked.fires(SEE, "Account")["confidence"], "certain");
    let unasked = case(|_| {}).args(UNASKED).run();
    let finding = unasked.fires(SEE, "Account");
    assert_ne!(finding["confidence"], "certain");
    assert!(evidence(finding).contains("has no role below it"));
}

#[test]
fn public_read_only() {
    let report = case(|source| default_of(source, "Account", "Read")).run();
    report.is_quiet(SEE, "Account");
    let finding = report.fires(EDIT, "Account");
    assert_eq!(finding["confidence"], "certain");
    assert!(evidence(finding).contains("Public Read Only"));
    let report = case(|source| default_of(source, "Account", "ReadWrite")).run();
    report.is_quiet(SEE, "Account");
    report.is_quiet(EDIT, "Account");
}

#[test]
fn owner_based_rule_read_only() {
    for args in [&[][..], UNASKED] {
        let report = case(all_of_jonas).args(args).run();
        report.is_quiet(SEE, "Account");
        let finding = report.fires(EDIT, "Account");
        assert!(evidence(finding).contains("gives Read only"), "{finding:#}");
        let report = case(|source| {
            all_of_jonas(source);
            rules(source, "sharingOwnerRules")["accessLevel"] = json!("Edit");
        })
        .args(args)
        .run();
        report.is_quiet(EDIT, "Account");
    }
}

#[test]
fn a_criteria_rule_that_cannot_be_proved_is_proved_by_a_sample() {
    let open = |source: &mut Value| {
        for row in source["tables"]["Account"].as_array_mut().unwrap() {
            row["Segment__c"] = json!("Medium");
        }
    };
    let unasked = case(open).args(UNASKED).run();
    let finding = unasked.fires(SEE, "Account");
    assert_eq!(finding["confidence"], "possible");
    assert!(evidence(finding).contains("cannot be told without looking"));
    let asked = case(open).run();
    asked.is_quiet(SEE, "Account");
    asked.is_quiet(EDIT, "Account");
    // The user is in the group that the rule names; out of it, the rule opens nothing.
    let out = case(|source| {
        open(source);
        source["tables"]["GroupMember"]
            .as_array_mut()
            .unwrap()
            .pop();
    })
    .run();
    assert_eq!(out.fires(SEE, "Account")["confidence"], "certain");
}

#[test]
fn controlled_by_parent_chain_of_three() {
    let rows = "company,note,Visit__c,Note__c,Two-way\n";
    let chain = |source: &mut Value| {
        source["objects"]["Visit__c"] = json!({
            "keyPrefix": "a01", "sharing": "ControlledByParent", "parentField": "Contract__c", "fields": [
                {"name": "Name", "type": "string", "length": 80, "autoNumber": true, "nillable": false, "permissionable": false},
                {"name": "Contract__c", "type": "reference", "to": ["Service_Contract__c"], "masterDetail": true},
                {"name": "Note__c", "type": "string", "length": 80}]
        });
        insert(
            source,
            "Visit__c",
            json!({"Name": "V-1", "Contract__c": "=SC-0001"}),
        );
        let sync = grants(source, "HubSpot_Sync");
        sync["objects"]["Visit__c"] = json!("RCE");
        sync["objects"]["Service_Contract__c"] = json!("RCE");
        sync["fields"]["Visit__c"] = json!({"Note__c": "rw"});
    };
    let told = |report: &Report| evidence(report.fires(SEE, "Visit__c"));
    let contract = "company,value,Service_Contract__c,Value__c,Two-way\n";
    let rows = format!("{rows}{contract}{}", super::ACCOUNT);
    let text = told(&case(chain).rows(&rows).run());
    for link in [
        "Visit__c is controlled by its parent",
        "Service_Contract__c is controlled by its parent",
        "the org-wide default of Account is Private",
    ] {
        assert!(text.contains(link), "{link}: {text}");
    }
    case(|source| {
        chain(source);
        default_of(source, "Account", "ReadWrite");
    })
    .rows(&rows)
    .run()
    .is_quiet(SEE, "Visit__c");
}

#[test]
fn modify_all_on_the_object() {
    let report = case(|source| {
        grants(source, "HubSpot_Sync")["objects"]["Account"] = json!("RCEDVM");
    })
    .run();
    report.is_quiet(SEE, "Account");
    report.is_quiet(EDIT, "Account");
    // View All lets see, and no more.
    let report = case(|source| {
        grants(source, "HubSpot_Sync")["objects"]["Account"] = json!("RCEV");
    })
    .run();
    report.is_quiet(SEE, "Account");
    assert_eq!(report.fires(EDIT, "Account")["confidence"], "certain");
}

#[test]
fn view_all_fields_without_object_read() {
    let report = case(|source| {
        super::take_object(source, "Account");
        grants(source, "HubSpot_Sync")["objects"]["Account"] = json!("F");
    })
    .run();
    report.fires("object-not-accessible", "Account");
    assert!(report.findings(SEE, "Account").is_empty());
    assert_eq!(report.0["mappings"][0]["verdict"], "gap");
}

#[test]
fn what_was_refused_is_not_evaluated() {
    let report = case(|source| default_of(source, "Account", "Private"))
        .args(UNASKED)
        .refused("EntityDefinition", "FROM EntityDefinition")
        .run();
    report.is_not_evaluated(SEE, "the org-wide default of Account is not known");
    report.is_not_evaluated(EDIT, "the org-wide default of Account is not known");
    let report = case(role_above)
        .args(UNASKED)
        .refused("UserRole", "FROM UserRole ")
        .run();
    report.is_not_evaluated(SEE, "roles are below the user's role");
}

#[test]
fn a_sample_that_reads_all_does_not_silence_a_restriction_rule() {
    let rows = "company,value,Service_Contract__c,Value__c,Two-way\n";
    let open = |source: &mut Value| {
        default_of(source, "Account", "ReadWrite");
        grants(source, "HubSpot_Sync")["objects"]["Service_Contract__c"] = json!("RCE");
        grants(source, "HubSpot_Sync")["fields"]["Service_Contract__c"] = json!({"Value__c": "rw"});
    };
    let rule = |kind: &str, criteria: &str| {
        json!({"DeveloperName": "Only_active", "TargetEntity": "Service_Contract__c", "IsActive": true,
            "EnforcementType": kind, "UserCriteria": criteria, "RecordFilter": "State__c = 'Active'"})
    };
    let object = "Service_Contract__c";
    case(open).rows(rows).run().is_quiet(SEE, object);
    let with = |kind: &'static str, criteria: &'static str| {
        case(move |source| {
            open(source);
            insert(source, "RestrictionRule", rule(kind, criteria));
        })
        .rows(rows)
        .run()
    };
    let report = with("Restrict", "$User.IsActive = true");
    assert!(title(report.fires(SEE, object)).contains("Restriction rule Only_active"));
    with("Restrict", "$User.Department = 'Sales'").is_not_evaluated(SEE, "Only_active");
    with("FieldRestrict", "$User.IsActive = true")
        .is_not_evaluated(SEE, "of the kind FieldRestrict");
    with("Restrict", "$User.IsActive = false").is_quiet(SEE, object);
    with("Scoping", "$User.IsActive = true").is_quiet(SEE, object);
    case(open)
        .rows(rows)
        .refused("RestrictionRule", "FROM RestrictionRule")
        .run()
        .is_not_evaluated(
            SEE,
            "the restriction rules of Service_Contract__c were not read",
        );
}

#[test]
fn selective_sync_is_no_finding_until_its_end_date() {
    let gap = |until: &str| {
        format!(
            "[[intended-gap]]\nobject = 'Account'\naudit = '{SEE}'\nreason = 'selective sync'\nuntil = {until}\n"
        )
    };
    let state = |until: &str| {
        let settings = gap(until);
        let report = case(|_| {}).settings(&settings).run();
        report.fires(SEE, "Account")["baseline"].clone()
    };
    assert_eq!(state("2099-01-01"), "known");
    assert_eq!(state("2020-01-01"), "new");
}
