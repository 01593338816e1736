//! What opens records one by one lowers confidence, and Salesforce's own answer settles it.

use serde_json::{Value, json};

use super::{case, evidence, insert};

const SEE: &str = "records-not-visible";

/// Nothing opens accounts to the user but what is shared one by one.
fn closed(source: &mut Value) {
    source["metadata"]["SharingRules"]["Account"] = json!({});
}

fn in_a_territory(source: &mut Value) {
    closed(source);
    let row = json!({"UserId": "=hubspot@nordlicht.example", "IsActive": true});
    insert(source, "UserTerritory2Association", row);
}

fn in_two_teams(source: &mut Value) {
    closed(source);
    for table in ["AccountTeamMember", "OpportunityTeamMember"] {
        insert(
            source,
            table,
            json!({"UserId": "=User/hubspot@nordlicht.example"}),
        );
    }
}

#[test]
fn a_territory_may_open_records() {
    let unasked = case(in_a_territory).args(&["--sample", "0"]).run();
    let finding = unasked.fires(SEE, "Account");
    assert_eq!(finding["confidence"], "possible");
    assert!(evidence(finding).contains("the user is in 1 territory"));
    let asked = case(in_a_territory).run();
    assert_eq!(asked.fires(SEE, "Account")["confidence"], "certain");
}

#[test]
fn teams_may_open_records() {
    let report = case(in_two_teams).args(&["--sample", "0"]).run();
    let finding = report.fires(SEE, "Account");
    assert_eq!(finding["confidence"], "likely");
    assert!(evidence(finding).contains("in the team of 1 account"));
    assert!(!evidence(finding).contains("of 1 opportunity"));
}

#[test]
fn an_org_without_them_and_one_that_refuses_them_are_told_apart() {
    let none = case(closed).args(&["--sample", "0"]).run();
    let text = evidence(none.fires(SEE, "Account"));
    assert!(!text.contains("territory"), "{text}");
    let refused = case(closed)
        .args(&["--sample", "0"])
        .lacks("AccountTeamMember.UserId")
        .run();
    let finding = refused.fires(SEE, "Account");
    assert_eq!(finding["confidence"], "likely");
    assert!(evidence(finding).contains("in a territory or in teams of records was not read"));
}
