//! What Salesforce refuses, with its error codes.

use serde_json::json;

use super::client::{Answer, encode};
use super::{HUBSPOT, column, org};

/// Expects an error code, and that the message says this.
fn refused(answer: &Answer, status: u16, code: &str, message: &str) {
    let found = answer.refusal();
    assert!(
        found.0 == status && found.1 == code && found.2.contains(message),
        "{found:?} is not {code} '{message}'"
    );
}

#[test]
fn refuses_what_is_not_there() {
    let (_simulator, admin) = org(|org| org.lacks("PermissionSetAssignment.IsRevoked"));
    refused(
        &admin.query("SELECT Id FROM Nonsense__c"),
        400,
        "INVALID_TYPE",
        "sObject type 'Nonsense__c' is not supported",
    );
    refused(
        &admin.query("SELECT Nonsense__c FROM Account"),
        400,
        "INVALID_FIELD",
        "No such column 'Nonsense__c' on entity 'Account'",
    );
    refused(
        &admin.query("SELECT Id FROM Account WHERE Nonsense__r.Name = 'x'"),
        400,
        "INVALID_FIELD",
        "Didn't understand relationship 'Nonsense__r'",
    );
    refused(
        &admin.query("SELECT IsRevoked FROM PermissionSetAssignment"),
        400,
        "INVALID_FIELD",
        "IsRevoked",
    );
    refused(
        &admin.get("/services/data/v66.0/sobjects/Nonsense__c/describe"),
        404,
        "NOT_FOUND",
        "does not exist",
    );
}

#[test]
fn a_refused_name_is_shown_in_its_place() {
    let (_simulator, admin) = org(|_| {});
    let (_, _, message) = admin.query("SELECT Id, Nonsense__c FROM Account").refusal();
    let start = "\nSELECT Id, Nonsense__c FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Nonsense__c' on entity 'Account'. ";
    assert!(message.starts_with(start), "{message}");
    let (_, _, message) = admin.query("SELECT Id\nFROM Nonsense__c").refusal();
    assert!(
        message.contains("\n     ^\nERROR at Row:2:Column:6\nsObject type 'Nonsense__c'"),
        "{message}"
    );
}

#[test]
fn rest_and_tooling_have_other_objects_and_columns() {
    let (_simulator, admin) = org(|_| {});
    refused(
        &admin.query("SELECT Id FROM ValidationRule"),
        400,
        "INVALID_TYPE",
        "ValidationRule",
    );
    refused(
        &admin.tooling("SELECT Id FROM FieldPermissions"),
        400,
        "INVALID_TYPE",
        "FieldPermissions",
    );
    refused(
        &admin.tooling("SELECT Id FROM FlowDefinitionView"),
        400,
        "INVALID_TYPE",
        "FlowDefinitionView",
    );
    refused(
        &admin.query("SELECT Metadata FROM Profile WHERE Name = 'Standard User'"),
        400,
        "INVALID_FIELD",
        "Metadata",
    );
    // A Tooling PermissionSet has no Metadata: record types of a permission set come from SOAP only.
    refused(
        &admin.tooling("SELECT Metadata FROM PermissionSet WHERE Name = 'HubSpot_Sync'"),
        400,
        "INVALID_FIELD",
        "Metadata",
    );
    assert_eq!(
        admin
            .tooling("SELECT Metadata FROM Profile WHERE Name = 'Standard User'")
            .status,
        200
    );
}

#[test]
fn an_older_version_has_fewer_columns() {
    let (_simulator, admin) = org(|_| {});
    let soql = encode("SELECT PermissionsViewAllFields FROM ObjectPermissions");
    refused(
        &admin.get(&format!("/services/data/v62.0/query?q={soql}")),
        400,
        "INVALID_FIELD",
        "PermissionsViewAllFields",
    );
    assert_eq!(
        admin
            .get(&format!("/services/data/v63.0/query?q={soql}"))
            .status,
        200
    );
    refused(
        &admin.get("/services/data/v29.0/limits"),
        410,
        "UNSUPPORTED_API_VERSION",
        "retired",
    );
    refused(
        &admin.get("/services/data/v99.0/limits"),
        404,
        "NOT_FOUND",
        "",
    );
}

#[test]
fn metadata_is_for_one_row_and_limit_does_not_help() {
    // Tooling API Developer Guide, every object with a Metadata field.
    let (_simulator, admin) = org(|_| {});
    for soql in [
        "SELECT Metadata FROM ValidationRule",
        "SELECT FullName FROM ValidationRule WHERE Active = true LIMIT 1",
        "SELECT Id, Metadata FROM Flow WHERE Id IN ('3017Q00000FlowAQAR', '3017Q00000FlowBQAR')",
    ] {
        refused(
            &admin.tooling(soql),
            400,
            "MALFORMED_QUERY",
            "no more than one row for retrieval. Result size: ",
        );
    }
    let one = admin
        .tooling("SELECT Metadata FROM Flow WHERE Id = '3017Q00000FlowAQAR'")
        .json();
    assert_eq!(one["records"][0]["Metadata"]["start"]["object"], "Contact");
    let record = admin
        .get("/services/data/v66.0/tooling/sobjects/Flow/3017Q00000FlowBQAR")
        .json();
    assert_eq!(record["Metadata"]["variables"][0]["objectType"], "Lead");
}

#[test]
fn the_metadata_catalogue_takes_few_filters() {
    // Tooling API Developer Guide, "SOQL Operation Limitations".
    let (_simulator, admin) = org(|_| {});
    for (soql, message) in [
        (
            "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'A' OR QualifiedApiName = 'B'",
            "Disjunctions not supported",
        ),
        (
            "SELECT QualifiedApiName FROM EntityDefinition WHERE NOT QualifiedApiName = 'A'",
            "Only equals comparisons permitted",
        ),
        (
            "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName != 'A'",
            "Only equals comparisons permitted",
        ),
        (
            "SELECT QualifiedApiName FROM FieldDefinition",
            "FieldDefinition: a filter on a reified column is required",
        ),
        (
            "SELECT QualifiedApiName FROM FieldDefinition WHERE QualifiedApiName = 'Name'",
            "is required [EntityDefinitionId",
        ),
        (
            "SELECT Label FROM FlowVersionView",
            "FlowVersionView: a filter on a reified column is required",
        ),
        (
            "SELECT Label FROM FlowVersionView WHERE FlowDefinitionViewId IN (SELECT Id FROM FlowDefinitionView)",
            "Unsupported filter type",
        ),
        (
            "SELECT IsEditable FROM UserEntityAccess WHERE UserId = '005000000000001'",
            "UserEntityAccess: a filter",
        ),
        (
            "SELECT IsAccessible FROM UserFieldAccess WHERE UserId = '005000000000001'",
            "UserFieldAccess: a filter",
        ),
    ] {
        refused(&admin.query(soql), 400, "MALFORMED_QUERY", message);
    }
    for soql in [
        "SELECT COUNT() FROM EntityDefinition",
        "SELECT COUNT(Id) FROM EntityDefinition",
        "SELECT Label FROM EntityDefinition GROUP BY Label",
    ] {
        refused(
            &admin.query(soql),
            400,
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "not yet supported by this SObject storage type",
        );
    }
    let good = "SELECT QualifiedApiName, InternalSharingModel FROM EntityDefinition WHERE QualifiedApiName IN ('Account', 'Lead')";
    assert_eq!(
        column(&admin.query(good).json(), "InternalSharingModel"),
        ["Private", "Read"]
    );
    let fields = admin.tooling("SELECT QualifiedApiName, IsFlsEnabled FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Service_Contract__c' AND IsFlsEnabled = true");
    assert_eq!(
        column(&fields.json(), "QualifiedApiName"),
        ["Value__c", "State__c"]
    );
}

#[test]
fn the_metadata_catalogue_has_no_second_page() {
    let (_simulator, admin) = org(|org| {
        let pattern = org
            .object("Account")
            .unwrap()
            .field("Phone")
            .unwrap()
            .clone();
        let account = org.objects.get_mut("account").unwrap();
        for number in 0..2000 {
            let mut field = pattern.clone();
            field
                .describe
                .insert("name".to_owned(), json!(format!("Extra_{number}__c")));
            account.fields.push(field);
        }
    });
    let soql = "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Account'";
    refused(
        &admin.query(soql),
        400,
        "EXCEEDED_ID_LIMIT",
        "FieldDefinition does not support queryMore(), use LIMIT to restrict the results to a single batch",
    );
    assert_eq!(
        admin.query(&format!("{soql} LIMIT 2000")).json()["totalSize"],
        2000
    );
}

#[test]
fn user_record_access_is_for_one_user_and_two_hundred_records() {
    // Object Reference, UserRecordAccess.
    let (simulator, admin) = org(|_| {});
    let ids = vec!["'0017Q00000000AAAAA'"; 201].join(",");
    let user = "UserId = '0057Q0000000001'";
    refused(
        &admin.query(&format!(
            "SELECT RecordId FROM UserRecordAccess WHERE {user} AND RecordId IN ({ids})"
        )),
        400,
        "MALFORMED_QUERY",
        "at most 200",
    );
    refused(
        &admin.query(&format!(
            "SELECT RecordId FROM UserRecordAccess WHERE {user}"
        )),
        400,
        "MALFORMED_QUERY",
        "required as filters",
    );
    refused(&admin.query("SELECT RecordId FROM UserRecordAccess WHERE UserId IN ('0057Q0000000001', '0057Q0000000002') AND RecordId = '0017Q00000000AAAAA'"), 400, "MALFORMED_QUERY", "unsupported filter");
    refused(&admin.query(&format!("SELECT RecordId, HasReadAccess FROM UserRecordAccess WHERE {user} AND RecordId = '0017Q00000000AAAAA' AND HasEditAccess = true")), 400, "MALFORMED_QUERY", "Can select only RecordId");
    assert_eq!(simulator.requests().len(), 4);
}

#[test]
fn field_permissions_are_selected_with_object_and_field() {
    // Object Reference, FieldPermissions.
    let (_simulator, admin) = org(|_| {});
    refused(
        &admin.query("SELECT Field, PermissionsRead FROM FieldPermissions"),
        400,
        "MALFORMED_QUERY",
        "SobjectType and Field",
    );
    refused(
        &admin.query("SELECT SobjectType FROM FieldPermissions"),
        400,
        "MALFORMED_QUERY",
        "SobjectType and Field",
    );
    assert_eq!(
        admin.query("SELECT COUNT() FROM FieldPermissions").status,
        200
    );
}

#[test]
fn values_have_the_column_s_type() {
    let (_simulator, admin) = org(|_| {});
    let type_of = "value of filter criterion for field";
    refused(
        &admin.query("SELECT Id FROM User WHERE IsActive = 'true'"),
        400,
        "INVALID_FIELD",
        type_of,
    );
    refused(
        &admin.query("SELECT Id FROM User WHERE Username = 5"),
        400,
        "INVALID_FIELD",
        type_of,
    );
    refused(
        &admin.query("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01"),
        400,
        "INVALID_FIELD",
        "must be of type dateTime",
    );
    refused(
        &admin.query("SELECT Id FROM Account WHERE OwnerId = 'me'"),
        400,
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid ID field: me",
    );
    refused(
        &admin.query("SELECT Id FROM Account WHERE Industry INCLUDES ('Energy')"),
        400,
        "INVALID_QUERY_FILTER_OPERATOR",
        "multipicklist",
    );
}

#[test]
fn refuses_what_is_no_soql() {
    let (_simulator, admin) = org(|_| {});
    for soql in [
        "SELECT FROM Account",
        "SELECT Id FROM Account WHERE",
        "SELECT Id FROM Account WHERE Name = 'open",
        r"SELECT Id FROM Account WHERE Name = 'bad \x escape'",
        "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
        "SELECT Id FROM Account; DELETE",
        "SELECT Id, FROM Account",
        "SELECT Id FROM Account WHERE Name = \"a\"",
        "SELECT Industry, COUNT(Id) FROM Account",
        "SELECT Name n FROM Account",
        "UPDATE Account SET Name = 'x'",
    ] {
        refused(&admin.query(soql), 400, "MALFORMED_QUERY", "");
    }
    let deep = format!(
        "SELECT Id FROM Account WHERE {}Name = 'a'{}",
        "(".repeat(500),
        ")".repeat(500)
    );
    refused(&admin.query(&deep), 400, "QUERY_TOO_COMPLICATED", "");
}

#[test]
fn a_uri_has_an_end() {
    // REST API Developer Guide, "Status Codes and Error Responses": 16,384 bytes, after encoding.
    let (_simulator, admin) = org(|_| {});
    let long = admin.query(&format!(
        "SELECT Id FROM Account WHERE Name = '{}'",
        "a".repeat(16_400)
    ));
    assert_eq!(long.status, 414);
    let just = format!("/services/data/v66.0/query?q={}", "a".repeat(16_300));
    assert_eq!(admin.get(&just).status, 431);
    assert!(long.body.starts_with("<html>"));
}

#[test]
fn composite_takes_25_subrequests_and_five_queries() {
    // REST API Developer Guide, "Composite" and "Composite Batch".
    let (simulator, admin) = org(|_| {});
    let query = format!(
        "/services/data/v66.0/query?q={}",
        encode("SELECT Name FROM Account LIMIT 1")
    );
    let composite = |count: usize, url: &str| {
        let parts: Vec<_> = (0..count)
            .map(|n| json!({"method": "GET", "url": url, "referenceId": format!("r{n}")}))
            .collect();
        json!({ "compositeRequest": parts }).to_string()
    };
    let post = |path: &str, body: &str| {
        admin.send(
            "POST",
            &format!("/services/data/v66.0{path}"),
            &[("content-type", "application/json")],
            body,
        )
    };
    assert_eq!(
        post("/composite", &composite(6, &query)).refusal().1,
        "PROCESSING_HALTED"
    );
    let limits = "/services/data/v66.0/limits";
    refused(
        &post("/composite", &composite(26, limits)),
        400,
        "LIMIT_EXCEEDED",
        "25",
    );
    let good = post("/composite", &composite(5, &query)).json();
    assert_eq!(
        good["compositeResponse"][4]["body"]["records"][0]["attributes"]["type"],
        "Account"
    );
    // An error inside is no error outside.
    let inside = post(
        "/composite",
        &composite(1, "/services/data/v66.0/query?q=SELECT"),
    )
    .json();
    assert_eq!(inside["compositeResponse"][0]["httpStatusCode"], 400);
    assert_eq!(
        inside["compositeResponse"][0]["body"][0]["errorCode"],
        "MALFORMED_QUERY"
    );
    // Tooling has a composite of its own; the batch has none.
    let rule = "/services/data/v66.0/tooling/sobjects/Flow/3017Q00000FlowAQAR";
    assert_eq!(
        post("/composite", &composite(1, rule)).json()["compositeResponse"][0]["httpStatusCode"],
        400
    );
    let tooling = post("/tooling/composite", &composite(25, rule)).json();
    assert_eq!(
        tooling["compositeResponse"][24]["body"]["Metadata"]["label"],
        "Contact: welcome"
    );
    let batch = json!({ "batchRequests": [{ "method": "GET", "url": "v66.0/limits" }, { "method": "GET", "url": "v66.0/tooling/query?q=SELECT" }] });
    let batch = post("/composite/batch", &batch.to_string()).json();
    assert_eq!(
        (
            &batch["hasErrors"],
            &batch["results"][0]["statusCode"],
            &batch["results"][1]["statusCode"]
        ),
        (&json!(true), &json!(200), &json!(400))
    );
    assert!(
        simulator
            .requests()
            .iter()
            .all(super::super::org_simulator::log::Request::is_read)
    );
}

#[test]
fn soap_reads_ten_components_at_a_time() {
    // Metadata API Developer Guide, readMetadata().
    let (_simulator, admin) = org(|_| {});
    let call = |session: &str, kind: &str, names: &[&str]| {
        let names: String = names
            .iter()
            .map(|name| format!("<m:fullNames>{name}</m:fullNames>"))
            .collect();
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:m=\"http://soap.sforce.com/2006/04/metadata\"><e:Header><m:SessionHeader><m:sessionId>{session}</m:sessionId></m:SessionHeader></e:Header><e:Body><m:readMetadata><m:type>{kind}</m:type>{names}</m:readMetadata></e:Body></e:Envelope>"
        );
        admin.send(
            "POST",
            "/services/Soap/m/66.0",
            &[("content-type", "text/xml"), ("soapaction", "\"\"")],
            &body,
        )
    };
    let set = call(
        &admin.session,
        "PermissionSet",
        &["HubSpot_Deals", "Nonsense"],
    );
    assert!(set.body.contains("<recordTypeVisibilities><recordType>Account.Partner</recordType><visible>true</visible></recordTypeVisibilities>"), "{}", set.body);
    assert!(set.body.contains("<records xsi:nil=\"true\"/>"));
    let profile = call(&admin.session, "Profile", &["HubSpot Integration"]);
    assert!(
        profile.body.contains("<loginIpRanges>")
            && profile.body.contains("<default>true</default>"),
        "{}",
        profile.body
    );
    assert!(
        call(&admin.session, "SharingRules", &["Account"])
            .body
            .contains("<sharedTo><role>Marketing</role></sharedTo>")
    );
    let record_type = call(&admin.session, "RecordType", &["Account.Partner"]);
    assert!(record_type.body.contains(
        "<picklist>Segment__c</picklist><values><default>false</default><fullName>Small</fullName>"
    ));
    let many = call(&admin.session, "Profile", &["x"; 11]);
    assert!(many.status == 500 && many.body.contains("sf:LIMIT_EXCEEDED"));
    assert!(
        call("00D7Q!gone", "Profile", &["x"])
            .body
            .contains("INVALID_SESSION_ID")
    );
    let (simulator, _) = org(|_| {});
    let user = super::Client::of(&simulator, HUBSPOT);
    let body = format!(
        "<Envelope><Header><sessionId>{}</sessionId></Header><Body><listMetadata><type>Profile</type></listMetadata></Body></Envelope>",
        user.session
    );
    assert!(
        user.send("POST", "/services/Soap/m/66.0", &[], &body)
            .body
            .contains("INSUFFICIENT_ACCESS")
    );
}
