//! What SOQL answers (SOQL and SOSL Reference).

use serde_json::json;

use super::{column, org};

/// Asks for account names and expects these.
fn accounts(condition: &str, expected: &[&str]) {
    let (_simulator, admin) = org(|_| {});
    let answer = admin.query(&format!(
        "SELECT Name FROM Account {condition} ORDER BY Name"
    ));
    assert_eq!(answer.status, 200, "{condition}: {}", answer.body);
    assert_eq!(column(&answer.json(), "Name"), expected, "{condition}");
}

const ALL: [&str; 4] = [
    "100% Solar KG",
    "Hofladen O'Neill",
    "Stadtwerke Mitte",
    "Windpark Nord AG",
];

#[test]
fn compares_texts_without_regard_to_case_and_unescapes_them() {
    accounts(
        "WHERE Industry = 'eNERGY'",
        &["Stadtwerke Mitte", "Windpark Nord AG"],
    );
    accounts(r"WHERE Name = 'Hofladen O\'Neill'", &["Hofladen O'Neill"]);
    accounts(
        r"WHERE Name = '\u0031\u0030\u0030% Solar KG'",
        &["100% Solar KG"],
    );
}

#[test]
fn like_knows_two_wildcards_and_their_escape() {
    accounts("WHERE Name LIKE '%nord%'", &["Windpark Nord AG"]);
    accounts("WHERE Name LIKE '___% Solar KG'", &["100% Solar KG"]);
    accounts(r"WHERE Name LIKE '100\%%'", &["100% Solar KG"]);
    accounts(r"WHERE Name LIKE '10\%%'", &[]);
}

#[test]
fn null_is_a_value_like_another() {
    accounts(
        "WHERE AnnualRevenue = null",
        &["100% Solar KG", "Hofladen O'Neill"],
    );
    accounts(
        "WHERE AnnualRevenue != null",
        &["Stadtwerke Mitte", "Windpark Nord AG"],
    );
    // What is empty is not equal either.
    accounts(
        "WHERE Segment__c != 'Large'",
        &["100% Solar KG", "Hofladen O'Neill", "Stadtwerke Mitte"],
    );
    accounts(
        "WHERE AnnualRevenue < 99999999999",
        &["Stadtwerke Mitte", "Windpark Nord AG"],
    );
}

#[test]
fn compares_numbers_and_times() {
    accounts(
        "WHERE AnnualRevenue >= 1250000 AND AnnualRevenue < 8.4e6",
        &["Stadtwerke Mitte"],
    );
    accounts(
        "WHERE CreatedDate > 2025-01-01T00:00:00Z",
        &["100% Solar KG", "Hofladen O'Neill"],
    );
    accounts(
        "WHERE CreatedDate = 2022-03-01T11:00:00+01:00",
        &["Windpark Nord AG"],
    );
    accounts("WHERE CreatedDate >= LAST_N_DAYS:30", &["100% Solar KG"]);
}

#[test]
fn joins_conditions() {
    accounts(
        "WHERE NOT (Industry = 'Energy' OR Industry = 'Retail')",
        &["100% Solar KG"],
    );
    accounts(
        "WHERE Industry IN ('Retail', 'Manufacturing')",
        &["100% Solar KG", "Hofladen O'Neill"],
    );
    accounts(
        "WHERE Industry NOT IN ('Retail', 'Manufacturing')",
        &["Stadtwerke Mitte", "Windpark Nord AG"],
    );
    accounts("", &ALL);
}

#[test]
fn walks_to_parents_and_back() {
    accounts("WHERE Owner.IsActive = false", &["Stadtwerke Mitte"]);
    accounts(
        "WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Harms')",
        &["Windpark Nord AG"],
    );
    accounts(
        "WHERE Id NOT IN (SELECT AccountId FROM Contact)",
        &["100% Solar KG", "Stadtwerke Mitte"],
    );
}

#[test]
fn an_id_has_fifteen_characters_or_eighteen() {
    let (_simulator, admin) = org(|_| {});
    let id = column(
        &admin
            .query("SELECT Id FROM User WHERE Alias = 'hubsp'")
            .json(),
        "Id",
    )
    .remove(0);
    let short = &id[..15];
    let found = admin
        .query(&format!("SELECT Username FROM User WHERE Id = '{short}'"))
        .json();
    assert_eq!(column(&found, "Username"), ["hubspot@nordlicht.example"]);
    let other_case = short.to_lowercase();
    assert_ne!(other_case, short);
    assert_eq!(
        admin
            .query(&format!("SELECT Id FROM User WHERE Id = '{other_case}'"))
            .json()["totalSize"],
        0
    );
}

#[test]
fn multi_select_picklists_include_all_of_or_one_of() {
    let (_simulator, admin) = org(|_| {});
    let names = |condition: &str| {
        let soql = format!(
            "SELECT LastName FROM Contact WHERE Newsletter_Topics__c {condition} ORDER BY LastName"
        );
        column(&admin.query(&soql).json(), "LastName")
    };
    assert_eq!(names("INCLUDES ('Events', 'Prices')"), ["Harms", "Kock"]);
    assert_eq!(names("INCLUDES ('Products;Events')"), ["Kock"]);
    assert_eq!(names("INCLUDES ('Products;Prices')"), Vec::<String>::new());
    assert_eq!(names("EXCLUDES ('Events')"), ["Harms", "O'Neill"]);
}

#[test]
fn nests_parents_and_children_in_records() {
    let (_simulator, admin) = org(|_| {});
    let soql = r"SELECT name, owner.profile.userlicense.name, RecordType.DeveloperName, (SELECT LastName FROM Contacts)
                 FROM account WHERE Name LIKE 'Hof%' OR Name LIKE '100%' ORDER BY Name DESC";
    let records = admin.query(soql).json()["records"].clone();
    // Names come back as the org spells them, relationships too.
    assert_eq!(records[0]["Name"], "Hofladen O'Neill");
    assert_eq!(records[0]["Owner"]["attributes"]["type"], "User");
    assert_eq!(records[0]["RecordType"]["DeveloperName"], "Partner");
    assert_eq!(records[0]["Contacts"]["totalSize"], 1);
    assert_eq!(records[0]["Contacts"]["records"][0]["LastName"], "O'Neill");
    // An empty relationship is null, and so is a child list without rows.
    assert_eq!(records[1]["RecordType"], json!(null));
    assert_eq!(records[1]["Contacts"], json!(null));
}

#[test]
fn orders_cuts_and_counts() {
    let (_simulator, admin) = org(|_| {});
    let names = |soql: &str| column(&admin.query(soql).json(), "Name");
    assert_eq!(
        names("SELECT Name FROM Account ORDER BY AnnualRevenue DESC NULLS LAST LIMIT 2"),
        ["Windpark Nord AG", "Stadtwerke Mitte"]
    );
    assert_eq!(
        names("SELECT Name FROM Account ORDER BY Name LIMIT 2 OFFSET 1"),
        ["Hofladen O'Neill", "Stadtwerke Mitte"]
    );
    assert_eq!(
        admin
            .query("SELECT COUNT() FROM Account WHERE Industry = 'Energy'")
            .json(),
        json!({"totalSize": 2, "done": true, "records": []})
    );
    let grouped = admin.query("SELECT Industry, COUNT(Id) n, MAX(AnnualRevenue) FROM Account WHERE Industry = 'Energy' GROUP BY Industry").json();
    assert_eq!(grouped["records"][0]["Industry"], "Energy");
    assert_eq!(grouped["records"][0]["n"], 2);
    assert_eq!(grouped["records"][0]["expr0"], 8_400_000);
    assert_eq!(
        grouped["records"][0]["attributes"],
        json!({"type": "AggregateResult"})
    );
}

#[test]
fn a_group_s_assignment_points_to_its_aggregate_with_muting_applied() {
    // Object Reference, PermissionSetGroup; muting: what the muting set lists is taken away in its group only.
    let (_simulator, admin) = org(|_| {});
    let rows = admin.query("SELECT PermissionSet.Type, PermissionSet.Name FROM PermissionSetAssignment WHERE PermissionSetGroup.DeveloperName = 'HubSpot_Group'").json();
    assert_eq!(rows["records"][0]["PermissionSet"]["Type"], "Group");
    let fields = admin.query("SELECT SobjectType, Field, PermissionsEdit FROM FieldPermissions WHERE Parent.Name = 'HubSpot_Group' AND SobjectType = 'Opportunity' AND Field IN ('Opportunity.Margin__c', 'Opportunity.NextStep', 'Opportunity.Amount') ORDER BY Field").json();
    assert_eq!(
        column(&fields, "Field"),
        ["Opportunity.Amount", "Opportunity.Margin__c"]
    );
    assert_eq!(fields["records"][1]["PermissionsEdit"], false);
    let object = admin.query("SELECT PermissionsEdit, PermissionsDelete FROM ObjectPermissions WHERE Parent.Name = 'HubSpot_Group' AND SobjectType = 'Opportunity'").json();
    assert_eq!(object["records"][0]["PermissionsEdit"], true);
    assert_eq!(object["records"][0]["PermissionsDelete"], false);
}

#[test]
fn modify_all_data_shows_as_rows_that_nothing_stores() {
    // Object Reference, ObjectPermissions: their ids start with 000.
    let (_simulator, admin) = org(|_| {});
    let rows = admin.query("SELECT Id, PermissionsModifyAllRecords FROM ObjectPermissions WHERE Parent.Profile.Name = 'System Administrator' AND SobjectType = 'Opportunity'").json();
    assert_eq!(column(&rows, "Id"), ["000000000000000AAA"]);
    assert_eq!(rows["records"][0]["PermissionsModifyAllRecords"], true);
}

#[test]
fn view_all_fields_shows_as_a_readable_row_for_each_field() {
    // Object Reference, FieldPermissions, API 63.0 and later.
    let (_simulator, admin) = org(|_| {});
    let soql = "SELECT SobjectType, Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE Parent.Name = 'HubSpot_Sync' AND Field = 'Contact.MobilePhone'";
    let rows = admin.query(soql).json();
    assert_eq!(
        (
            &rows["records"][0]["PermissionsRead"],
            &rows["records"][0]["PermissionsEdit"]
        ),
        (&json!(true), &json!(false))
    );
    let old = admin.get(&format!(
        "/services/data/v62.0/query?q={}",
        super::client::encode(soql)
    ));
    assert_eq!(old.json()["totalSize"], 0);
}
