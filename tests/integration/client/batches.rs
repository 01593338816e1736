//! Many reads in one call, SOAP reads, and that nothing else is ever sent.

use std::sync::{Arc, Mutex};

use permgap::salesforce::soql::{Api, OrgSchema, Query};
use permgap::salesforce::{ApiErrorKind, Sub};
use serde::Deserialize;
use serde_json::Value;

use super::server::{Reply, Seen, Server};
use super::{TOKEN, access_token, connect, quick};

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "Id")]
    id: String,
}

/// Answers the reads of a composite one by one.
fn composite(seen: &Seen, each: impl Fn(&str) -> (u16, Value)) -> Reply {
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(body["allOrNone"], false);
    let subs = body["compositeRequest"].as_array().unwrap();
    assert!(subs.len() <= 25);
    let answers: Vec<Value> = subs
        .iter()
        .rev()
        .map(|sub| {
            assert_eq!(sub["method"], "GET");
            let (status, body) = each(sub["url"].as_str().unwrap());
            serde_json::json!({"body": body, "httpHeaders": {}, "httpStatusCode": status,
                "referenceId": sub["referenceId"]})
        })
        .collect();
    Reply::ok(&serde_json::json!({"compositeResponse": answers}).to_string())
}

#[tokio::test]
async fn composites_hold_25_reads_and_each_stands_for_itself() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&asked);
    let server = Server::start(move |seen, _| {
        assert_eq!(seen.path(), "/services/data/v67.0/tooling/composite");
        composite(seen, |url| {
            let id = url.rsplit('/').next().unwrap();
            let mut log = log.lock().unwrap();
            let again = log.iter().any(|earlier| earlier == id);
            log.push(id.to_owned());
            let error = |code: &str| serde_json::json!([{"errorCode": code, "message": "m"}]);
            match id {
                "03d000000000003" => (404, error("NOT_FOUND")),
                "03d000000000004" if !again => (503, error("SERVER_UNAVAILABLE")),
                _ => (200, serde_json::json!({"Id": id})),
            }
        })
    })
    .await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let subs: Vec<Sub> = (0..60)
        .map(|n| Sub::row("ValidationRule", &format!("03d{n:012}")).unwrap())
        .collect();
    let replies = client.tooling_composite_get(&subs).await.unwrap();
    assert_eq!(replies.len(), 60);
    for (n, reply) in replies.iter().enumerate() {
        if n == 3 {
            let error = reply.as_ref().unwrap_err();
            assert_eq!(error.kind, ApiErrorKind::Refused);
            assert!(
                error.to_string().contains("ValidationRule 03d000000000003"),
                "{error}"
            );
        } else {
            let row: Row = reply.as_ref().unwrap().decode("x").unwrap();
            assert_eq!(row.id, format!("03d{n:012}"));
        }
    }
    assert_eq!(
        client.traffic().api_calls,
        4,
        "60 reads are 3 calls, and one repeat"
    );
    assert_eq!(asked.lock().unwrap().len(), 61);
}

#[tokio::test]
async fn optional_columns_follow_the_orgs_describe() {
    let server = Server::start(|seen, _| {
        composite(seen, |url| match url {
            "/services/data/v67.0/sobjects/ObjectPermissions/describe" => (
                200,
                serde_json::json!({"fields": [{"name": "PermissionsViewAllFields"}]}),
            ),
            _ => (
                404,
                serde_json::json!([{"errorCode": "NOT_FOUND", "message": "m"}]),
            ),
        })
    })
    .await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let objects = [
        (Api::Rest, "ObjectPermissions"),
        (Api::Rest, "PermissionSetAssignment"),
    ];
    let schema = client.schema_of(&objects).await.unwrap();
    let bind = |query: Query, list: &'static str| query.bind().ids(list, ["005000000000001AAA"]);
    let known = bind(Query::ObjectPermissions, "parents")
        .names("objects", [&"Account".into()])
        .statements(&schema)
        .unwrap();
    assert!(known[0].text().contains("PermissionsViewAllFields"));
    let unknown = bind(Query::PermissionSetAssignments, "users")
        .statements(&schema)
        .unwrap();
    assert!(unknown[0].dropped().contains(&"IsRevoked"));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn soap_reads_carry_the_session_and_faults_are_judged_by_their_code() {
    let server = Server::start(|seen, earlier| {
        assert_eq!(seen.path(), "/services/Soap/m/67.0");
        assert!(seen.body.contains(&format!("<m:sessionId>{TOKEN}</m:sessionId>")));
        assert_eq!(seen.header("authorization"), None);
        let fault = |code: &str| Reply::Json(
            500,
            format!("<E><B><Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: no</faultstring></Fault></B></E>"),
        );
        match earlier {
            0 => fault("SERVER_UNAVAILABLE"),
            1 => Reply::ok(
                "<E><B><r><result><records><fullName>Sync</fullName></records></result></r></B></E>",
            ),
            _ => fault("INSUFFICIENT_ACCESS"),
        }
    })
    .await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let names = ["Sync".to_owned()];
    let records = client
        .soap_read_metadata("PermissionSet", &names)
        .await
        .unwrap();
    assert_eq!(records[0].full_name, "Sync");
    let error = client.list_metadata("Profile").await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Refused);
    assert_eq!(server.count("/services/Soap/m/67.0"), 3);
}

#[tokio::test]
async fn objects_are_described_one_by_one_where_composites_hold_no_describes() {
    let server = Server::start(|seen, _| {
        if seen.path().ends_with("/composite") {
            return composite(seen, |_| {
                (400, serde_json::json!([{"errorCode": "INVALID_REQUEST", "message": "not supported"}]))
            });
        }
        assert_eq!(seen.path(), "/services/data/v67.0/tooling/sobjects/FieldDefinition/describe");
        Reply::ok(r#"{"fields":[{"name":"IsCompound"}]}"#)
    })
    .await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let schema = client
        .schema_of(&[(Api::Tooling, "FieldDefinition")])
        .await
        .unwrap();
    assert!(
        schema
            .object(Api::Tooling, "fielddefinition")
            .unwrap()
            .has("iscompound")
    );
}

#[tokio::test]
async fn every_request_is_a_read() {
    let server = Server::start(|seen, _| match seen.path() {
        path if path.ends_with("composite") => composite(seen, |_| (200, serde_json::json!({}))),
        "/services/Soap/m/67.0" => Reply::ok("<E><B/></E>"),
        _ => Reply::page("[]"),
    })
    .await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let roles = Query::UserRoles
        .bind()
        .statements(&OrgSchema::default())
        .unwrap();
    client.query_all::<Row>(&roles).await.unwrap();
    client
        .get::<Value>("limits", Api::Rest, "limits")
        .await
        .unwrap();
    client
        .describe::<Value>(Api::Tooling, "Flow")
        .await
        .unwrap();
    client
        .composite_get(Api::Rest, &[Sub::describe("Account").unwrap()])
        .await
        .unwrap();
    client.list_metadata("Profile").await.unwrap();
    for hostile in [
        "../../apexrest/wipe",
        "x\\y",
        "limits#x",
        "a/../../../../apexrest",
    ] {
        assert!(
            client.get::<Value>("x", Api::Rest, hostile).await.is_err(),
            "{hostile}"
        );
        assert!(
            client.describe::<Value>(Api::Rest, hostile).await.is_err(),
            "{hostile}"
        );
        assert!(Sub::describe(hostile).is_err() && Sub::row(hostile, "x").is_err());
    }
    for seen in server.seen() {
        match seen.method.as_str() {
            "GET" => assert!(
                seen.path().starts_with("/services/data/"),
                "{}",
                seen.target
            ),
            "POST" if seen.path().ends_with("/composite") => assert!(!seen.body.contains("POST")),
            "POST" => assert!(seen.body.contains("<m:listMetadata>"), "{}", seen.body),
            other => panic!("{other} {}", seen.target),
        }
    }
}
