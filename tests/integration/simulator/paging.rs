//! Pages and limits.

use serde_json::json;

use super::{ADMIN, Client, HUBSPOT, column, org};
use crate::org_simulator::fixture::row;

#[test]
fn follows_from_page_to_page() {
    let (simulator, admin) = org(|org| org.page_size = Some(3));
    let first = admin
        .query("SELECT QualifiedApiName FROM EntityDefinition WHERE IsQueryable = true")
        .json();
    assert_eq!(
        first["done"], true,
        "the metadata catalogue comes in one batch"
    );
    let mut page = admin
        .query("SELECT SobjectType, Field FROM FieldPermissions WHERE Parent.Name = 'HubSpot_Sync'")
        .json();
    let total = page["totalSize"].as_u64().unwrap();
    let mut seen = column(&page, "Field");
    assert_eq!((seen.len(), &page["done"]), (3, &json!(false)));
    while let Some(next) = page["nextRecordsUrl"].as_str() {
        let again = admin.get(next).json();
        page = admin.get(next).json();
        assert_eq!(
            column(&again, "Field"),
            column(&page, "Field"),
            "a page can be asked for twice"
        );
        seen.extend(column(&page, "Field"));
    }
    assert_eq!((seen.len() as u64, &page["done"]), (total, &json!(true)));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len() as u64, total);
    assert!(simulator.requests().len() > 4);
}

#[test]
fn a_locator_is_its_caller_s() {
    let (simulator, admin) = org(|org| org.page_size = Some(2));
    let next = admin.query("SELECT Name FROM Account").json()["nextRecordsUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    for (client, url) in [
        (Client::of(&simulator, HUBSPOT), next.clone()),
        (Client::of(&simulator, ADMIN), next.replace("-2", "-4")),
    ] {
        assert_eq!(
            client.get(&url).refusal(),
            (
                400,
                "INVALID_QUERY_LOCATOR".to_owned(),
                "invalid query locator".to_owned()
            )
        );
    }
}

#[test]
fn a_page_has_200_to_2000_rows_and_children_count() {
    // REST API Developer Guide, "Query Options Header".
    let (_simulator, admin) = org(|org| {
        let owner = org.id_of("User", ADMIN).unwrap();
        let account = org.insert("Account", row(json!({ "Name": "Many", "OwnerId": owner })));
        for number in 0..450 {
            org.insert("Contact", row(json!({ "LastName": format!("C{number}"), "AccountId": account, "OwnerId": owner })));
        }
    });
    let ask = |size: &str, soql: &str| {
        let target = format!(
            "/services/data/v66.0/query?q={}",
            super::client::encode(soql)
        );
        let answer = admin
            .send("GET", &target, &[("sforce-query-options", size)], "")
            .json();
        answer["records"].as_array().unwrap().len()
    };
    assert_eq!(ask("batchSize=50", "SELECT Id FROM Contact"), 200);
    assert_eq!(ask("batchSize=300", "SELECT Id FROM Contact"), 300);
    assert_eq!(ask("batchSize=9000", "SELECT Id FROM Contact"), 453);
    let with_children =
        "SELECT Name, (SELECT Id FROM Contacts) FROM Account ORDER BY CreatedDate NULLS FIRST";
    assert_eq!(
        ask("batchSize=200", with_children),
        1,
        "the first account fills a page with its 450 contacts"
    );
}

#[test]
fn every_counted_answer_tells_the_usage() {
    let (_simulator, admin) = org(|org| {
        org.calls_before = 10;
        org.daily_limit = 12;
    });
    assert_eq!(
        admin.get("/services/data/").header("sforce-limit-info"),
        None,
        "versions are free"
    );
    let first = admin.query("SELECT Id FROM Account");
    assert_eq!(
        first.header("sforce-limit-info").as_deref(),
        Some("api-usage=11/12")
    );
    assert_eq!(
        admin.get("/services/data/v66.0/limits").json()["DailyApiRequests"],
        json!({ "Max": 12, "Remaining": 0 })
    );
    assert_eq!(
        admin.query("SELECT Id FROM Account").refusal().1,
        "REQUEST_LIMIT_EXCEEDED"
    );
}
