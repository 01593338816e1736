//! Answers that depend on who asks.

use serde_json::json;

use super::{ADMIN, Client, HUBSPOT, column, org};
use crate::org_simulator::org::WithoutViewSetup;

#[test]
fn describe_and_queries_answer_as_the_caller() {
    let (simulator, admin) = org(|_| {});
    let hubspot = Client::of(&simulator, HUBSPOT);
    let describe = |client: &Client| {
        client
            .get("/services/data/v66.0/sobjects/Account/describe")
            .json()
    };
    let field = |client: &Client, name: &str| {
        let fields = describe(client)["fields"].as_array().unwrap().clone();
        fields.into_iter().find(|field| field["name"] == name)
    };
    // Readable and not editable; not readable; a formula; read only because of security.
    assert_eq!(
        field(&hubspot, "AnnualRevenue").unwrap()["updateable"],
        false
    );
    assert_eq!(field(&hubspot, "Churn_Risk__c"), None);
    assert_eq!(field(&admin, "Churn_Risk__c").unwrap()["updateable"], true);
    assert_eq!(
        field(&admin, "Health_Score__c").unwrap()["calculated"],
        true
    );
    assert_eq!(
        field(&hubspot, "BillingCity").unwrap()["compoundFieldName"],
        "BillingAddress"
    );
    assert_eq!(
        field(&hubspot, "BillingCity").unwrap()["updateable"],
        true,
        "a part follows its compound field"
    );
    assert_eq!(describe(&hubspot)["deletable"], false);
    assert_eq!(
        hubspot
            .query("SELECT Churn_Risk__c FROM Account")
            .refusal()
            .1,
        "INVALID_FIELD"
    );
    // No right on the object: it does not exist.
    assert_eq!(
        hubspot
            .query("SELECT Id FROM Service_Contract__c")
            .refusal()
            .1,
        "INVALID_TYPE",
        "the assignment has expired"
    );
    assert_eq!(
        hubspot
            .get("/services/data/v66.0/sobjects/Service_Contract__c/describe")
            .status,
        404
    );
}

#[test]
fn record_types_are_available_through_profile_and_group() {
    let (simulator, _) = org(|_| {});
    let infos = Client::of(&simulator, HUBSPOT)
        .get("/services/data/v66.0/sobjects/Account/describe")
        .json()["recordTypeInfos"]
        .clone();
    let available: Vec<_> = infos
        .as_array()
        .unwrap()
        .iter()
        .filter(|info| info["available"] == true)
        .map(|info| info["developerName"].clone())
        .collect();
    assert_eq!(available, ["Customer", "Partner", "Master"]);
    assert_eq!(infos[0]["defaultRecordTypeMapping"], true);
}

#[test]
fn setup_objects_answer_nothing_without_view_setup() {
    // The documentation leaves open which of the two a caller gets: both must be told from 'no access'.
    let (simulator, _) = org(|_| {});
    let hubspot = Client::of(&simulator, HUBSPOT);
    assert_eq!(
        hubspot.query("SELECT Id FROM ObjectPermissions").json()["totalSize"],
        0
    );
    assert_eq!(
        hubspot.query("SELECT Id FROM UserLogin").json()["totalSize"],
        0
    );
    simulator.change(|org| org.without_view_setup = WithoutViewSetup::InvalidType);
    assert_eq!(
        hubspot
            .query("SELECT Id FROM ObjectPermissions")
            .refusal()
            .1,
        "INVALID_TYPE"
    );
    let own = hubspot
        .query("SELECT PermissionsViewSetup, PermissionsApiEnabled FROM UserPermissionAccess")
        .json();
    assert_eq!(
        (
            &own["records"][0]["PermissionsViewSetup"],
            &own["records"][0]["PermissionsApiEnabled"]
        ),
        (&json!(false), &json!(true))
    );
}

#[test]
fn access_of_another_user() {
    // Object Reference, UserEntityAccess, UserFieldAccess, UserRecordAccess.
    let (simulator, admin) = org(|_| {});
    let user = column(
        &admin
            .query(&format!("SELECT Id FROM User WHERE Username = '{HUBSPOT}'"))
            .json(),
        "Id",
    )
    .remove(0);
    let entity = admin.query(&format!("SELECT IsReadable, IsDeletable FROM UserEntityAccess WHERE UserId = '{user}' AND EntityDefinition.QualifiedApiName = 'Opportunity'")).json();
    assert_eq!(
        (
            &entity["records"][0]["IsReadable"],
            &entity["records"][0]["IsDeletable"]
        ),
        (&json!(true), &json!(false)),
        "delete is muted"
    );
    let durable = column(&admin.query("SELECT DurableId FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Opportunity' AND QualifiedApiName = 'Margin__c'").json(), "DurableId").remove(0);
    let field = format!(
        "SELECT IsAccessible, IsUpdatable FROM UserFieldAccess WHERE DurableId = '{durable}.{user}'"
    );
    let answer = admin.query(&field).json();
    assert_eq!(
        (
            &answer["records"][0]["IsAccessible"],
            &answer["records"][0]["IsUpdatable"]
        ),
        (&json!(true), &json!(false)),
        "edit is muted"
    );
    simulator.change(|org| org.user_field_access = false);
    assert_eq!(admin.query(&field).json()["totalSize"], 0);
    let ids = column(
        &admin.query("SELECT Id FROM Account ORDER BY Name").json(),
        "Id",
    );
    let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let records = admin.query(&format!("SELECT RecordId, MaxAccessLevel FROM UserRecordAccess WHERE UserId = '{user}' AND RecordId IN ({})", ids.join(","))).json();
    // Private; own but no right to delete; a criteria rule for edit; an owner rule for reading.
    assert_eq!(
        column(&records, "MaxAccessLevel"),
        ["None", "Edit", "Edit", "Read"]
    );
}

#[test]
fn records_follow_sharing() {
    let (simulator, _) = org(|_| {});
    let hubspot = Client::of(&simulator, HUBSPOT);
    let names = |object: &str| {
        column(
            &hubspot
                .query(&format!("SELECT Name FROM {object} ORDER BY Name"))
                .json(),
            "Name",
        )
    };
    assert_eq!(
        names("Account"),
        ["Hofladen O'Neill", "Stadtwerke Mitte", "Windpark Nord AG"]
    );
    assert_eq!(names("Opportunity"), ["Hofladen Kasse"]);
    assert_eq!(
        names("Contact"),
        ["Eva O'Neill", "Maren Kock", "Piet Harms"],
        "controlled by the account"
    );
    // Above the owner in the role hierarchy.
    simulator.change(|org| {
        let role = org.id_of("UserRole", "Sales_EMEA");
        org.update(
            "User",
            |row| row["Username"] == HUBSPOT,
            &json!({ "UserRoleId": role }),
        );
    });
    assert_eq!(names("Opportunity"), ["Hofladen Kasse", "Windpark 2027"]);
    simulator.change(|org| {
        org.objects.get_mut("opportunity").unwrap().sharing = "ReadWrite".to_owned();
        org.update(
            "User",
            |row| row["Username"] == HUBSPOT,
            &json!({ "UserRoleId": null }),
        );
    });
    assert_eq!(names("Opportunity"), ["Hofladen Kasse", "Windpark 2027"]);
}

#[test]
fn a_user_without_api_or_active_state_gets_nothing() {
    let (simulator, admin) = org(|_| {});
    let hubspot = Client::of(&simulator, HUBSPOT);
    simulator.change(|org| {
        org.update(
            "PermissionSet",
            |row| row["Type"] == "Profile",
            &json!({ "PermissionsApiEnabled": false }),
        );
    });
    assert_eq!(
        hubspot.query("SELECT Id FROM Account").refusal().1,
        "API_DISABLED_FOR_ORG"
    );
    simulator.change(|org| {
        org.update(
            "User",
            |row| row["Username"] == ADMIN,
            &json!({ "IsActive": false }),
        );
    });
    assert_eq!(
        admin.query("SELECT Id FROM Account").refusal(),
        (
            401,
            "INVALID_SESSION_ID".to_owned(),
            "Session expired or invalid".to_owned()
        )
    );
}

#[test]
fn what_does_not_count_gives_no_right() {
    let (simulator, _) = org(|org| org.now = "2026-10-01T00:00:00Z".to_owned());
    let hubspot = Client::of(&simulator, HUBSPOT);
    let status = || hubspot.query("SELECT Id FROM Service_Contract__c").status;
    assert_eq!(status(), 200, "before the assignment's end");
    let of_set = |row: &crate::org_simulator::model::Row| row["Name"] == "Service_Contracts";
    simulator.change(|org| {
        org.update(
            "PermissionSet",
            of_set,
            &json!({ "HasActivationRequired": true }),
        );
    });
    assert_eq!(status(), 400, "only in an activated session");
    simulator.change(|org| {
        org.update(
            "PermissionSet",
            of_set,
            &json!({ "HasActivationRequired": false }),
        );
    });
    assert_eq!(status(), 200);
    simulator.change(|org| {
        org.update(
            "PermissionSetAssignment",
            |row| row.contains_key("ExpirationDate"),
            &json!({ "IsRevoked": true }),
        );
    });
    assert_eq!(status(), 400, "revoked");
}

#[test]
fn private_users_are_seen_by_themselves_and_by_those_who_manage_them() {
    // Object Reference, User: user sharing, and View All Users.
    let (simulator, admin) =
        org(|org| org.objects.get_mut("user").unwrap().sharing = "Private".to_owned());
    let hubspot = Client::of(&simulator, HUBSPOT);
    let names = |client: &Client| {
        column(
            &client
                .query("SELECT Username FROM User ORDER BY Username")
                .json(),
            "Username",
        )
    };
    assert_eq!(names(&hubspot), [HUBSPOT]);
    assert_eq!(names(&admin).len(), 4);
}

#[test]
fn a_licence_withholds_what_permission_sets_grant() {
    // The rows still say yes; what the platform answers for the user says no.
    let (simulator, admin) = org(|org| {
        let names = ["Opportunity".to_owned(), "EditTask".to_owned()];
        org.withheld.insert("Salesforce".to_owned(), names.into());
    });
    let rows = admin.query("SELECT PermissionsRead FROM ObjectPermissions WHERE Parent.Name = 'HubSpot_Group' AND SobjectType = 'Opportunity'").json();
    assert_eq!(rows["records"][0]["PermissionsRead"], true);
    let access = admin.query(&format!("SELECT IsReadable FROM UserEntityAccess WHERE User.Username = '{HUBSPOT}' AND EntityDefinitionId = 'Opportunity'")).json();
    assert_eq!(access["records"][0]["IsReadable"], false);
    let hubspot = Client::of(&simulator, HUBSPOT);
    assert_eq!(hubspot.query("SELECT Id FROM Opportunity").status, 400);
    let task = hubspot
        .get("/services/data/v66.0/sobjects/Task/describe")
        .json();
    assert_eq!(
        (&task["createable"], &task["queryable"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn a_group_is_calculated_anew_when_the_test_says_so() {
    let (simulator, _) = org(|_| {});
    let hubspot = Client::of(&simulator, HUBSPOT);
    let status = || hubspot.query("SELECT NextStep FROM Opportunity").status;
    assert_eq!(status(), 400, "muted");
    let unmute = |org: &mut crate::org_simulator::Org| {
        let muting = org
            .id_of("MutingPermissionSet", "HubSpot_Group_Muting")
            .unwrap();
        org.remove("FieldPermissions", |row| row["ParentId"] == muting.as_str());
    };
    simulator.change(unmute);
    assert_eq!(
        status(),
        400,
        "the aggregate is stale until it is calculated"
    );
    simulator.change(crate::org_simulator::Org::recalculate_groups);
    assert_eq!(status(), 200);
    let grant = crate::org_simulator::fixture::Grant {
        to: "HubSpot_Sync".to_owned(),
        ..serde_json::from_value(
            json!({ "to": "", "fields": { "Account": { "Churn_Risk__c": "rw" } } }),
        )
        .unwrap()
    };
    assert_eq!(
        hubspot.query("SELECT Churn_Risk__c FROM Account").status,
        400
    );
    simulator.change(|org| org.grant(&grant).unwrap());
    assert_eq!(
        hubspot.query("SELECT Churn_Risk__c FROM Account").status,
        200
    );
}
