//! Generated orgs of the sizes that figures are taken on.

use super::{ADMIN, Client, HUBSPOT, column};
use crate::org_simulator::large::{Scale, object_name};
use crate::org_simulator::{Org, OrgSimulator};

#[test]
fn a_generated_org_has_its_size_and_answers_in_pages() {
    let simulator = OrgSimulator::start(Org::large(Scale::of_objects(24)).unwrap()).unwrap();
    let admin = Client::of(&simulator, ADMIN);
    let total = |soql: &str| admin.query(soql).json()["totalSize"].as_u64().unwrap();
    assert_eq!(
        total("SELECT COUNT() FROM PermissionSet WHERE Name LIKE 'Gen_Set_%'"),
        9
    );
    assert_eq!(
        total("SELECT QualifiedApiName FROM EntityDefinition WHERE IsQueryable = true"),
        24 + 9
    );
    // What a set grants is the same seen from the rows and from the user.
    let object = object_name(3);
    let granting = column(&admin.query(&format!("SELECT ParentId FROM ObjectPermissions WHERE SobjectType = '{object}' AND Parent.Name LIKE 'Gen_Set_%'")).json(), "ParentId");
    assert!(!granting.is_empty() && granting.len() < 9, "{granting:?}");
    let list: Vec<String> = granting.iter().map(|id| format!("'{id}'")).collect();
    let fields = admin.query(&format!("SELECT SobjectType, Field FROM FieldPermissions WHERE ParentId IN ({}) AND SobjectType = '{object}'", list.join(","))).json();
    let mut granted: Vec<String> = column(&fields, "Field");
    granted.sort();
    granted.dedup();
    let described = Client::of(&simulator, HUBSPOT)
        .get(&format!("/services/data/v66.0/sobjects/{object}/describe"))
        .json();
    let visible = described["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["permissionable"] == true)
        .count();
    assert_eq!(visible, granted.len());
    // Nobody can list everything.
    assert_eq!(
        admin
            .query("SELECT SobjectType, Field FROM FieldPermissions")
            .refusal()
            .1,
        "QUERY_TIMEOUT"
    );
}
