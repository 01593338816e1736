//! The client and every statement against the simulated org, which refuses what Salesforce refuses.

use std::collections::BTreeSet;
use std::time::Duration;

use permgap::auth::{Credentials, OAuthClient, RefreshGrant, SessionSource};
use permgap::net::OrgUrl;
use permgap::salesforce::soql::{Api, OrgSchema, Query, SoqlError, Statement};
use permgap::salesforce::{ApiErrorKind, Client, ClientSettings, Sub};
use serde_json::Value;

use super::{connect, quick};
use crate::org_simulator::faults::{Chance, Fault, Faults};
use crate::org_simulator::{Org, OrgSimulator};

const ADMIN: &str = "admin@nordlicht.example";
const HUBSPOT: &str = "hubspot@nordlicht.example";

/// The simulator brings its own runtime, which cannot be started inside another.
fn simulator() -> OrgSimulator {
    std::thread::spawn(|| OrgSimulator::start(Org::nordlicht().unwrap()).unwrap())
        .join()
        .unwrap()
}

/// The administrator, by a session that can be renewed.
async fn admin(simulator: &OrgSimulator, settings: ClientSettings) -> Client {
    let source = SessionSource {
        credentials: Credentials::Refresh(RefreshGrant {
            login_url: OrgUrl::parse(&simulator.url()).unwrap(),
            client: OAuthClient {
                id: "PlatformCLI".into(),
                secret: None,
            },
            token: secrecy::SecretString::from(simulator.refresh_token_of(ADMIN).unwrap()).into(),
            kept: None,
        }),
        expected: None,
    };
    connect(source, settings).await.unwrap()
}

/// Patience for a busy machine.
fn patient() -> ClientSettings {
    ClientSettings {
        run_timeout: Some(Duration::from_secs(120)),
        request_timeout: Duration::from_secs(30),
        attempts: 8,
        ..quick()
    }
}

/// The objects of statements that not every org answers in full.
async fn schema(client: &Client) -> OrgSchema {
    let mut objects = BTreeSet::new();
    for query in Query::ALL {
        let template = query.template().unwrap();
        if template.object != ":from" && template.columns.iter().any(|column| column.optional) {
            objects.insert((template.api, template.object));
        }
    }
    let objects: Vec<(Api, &str)> = objects.into_iter().collect();
    client.schema_of(&objects).await.unwrap()
}

/// A statement with values that fit the fixture or nothing.
fn bound(query: Query, schema: &OrgSchema, user: &str) -> Result<Vec<Statement>, SoqlError> {
    let mut binding = query.bind();
    if query.template()?.object == ":from" {
        let from = match query {
            Query::SettingRows => "Sync_Settings__c",
            _ => "Account",
        };
        binding = binding.from(&from.into());
    }
    for placeholder in query.template()?.placeholders() {
        binding = match placeholder {
            "username" => binding.texts(placeholder, [HUBSPOT]),
            "emails" => binding.texts(placeholder, [ADMIN, HUBSPOT]),
            "user" | "users" | "members" => binding.ids(placeholder, [user]),
            "object" => binding.names(placeholder, [&"Account".into()]),
            "objects" | "tables" | "names" => {
                binding.names(placeholder, &["Account".into(), "Lead".into()])
            }
            "limit" => binding.number(placeholder, 5),
            "owners" => binding.ids(placeholder, [user]),
            "kinds" => binding.names(placeholder, [&"CustomPermission".into()]),
            "durable_ids" => binding.texts(placeholder, [format!("Account.Industry.{user}")]),
            _ => binding.ids(placeholder, ["0PS000000000001AAA"]),
        };
    }
    binding.statements(schema)
}

#[tokio::test]
async fn every_statement_is_one_that_salesforce_takes() {
    let simulator = simulator();
    let client = admin(&simulator, patient()).await;
    let schema = schema(&client).await;
    let user = client.caller().await.unwrap().user_id;
    for query in Query::ALL {
        // Setup and catalogue objects alike are described, so few columns are left out.
        for statement in bound(*query, &schema, &user).unwrap() {
            let rows = client.query::<Value>(&statement).await;
            assert!(rows.is_ok(), "{}: {}", rows.unwrap_err(), statement.text());
        }
        // The oldest org answers what is always asked.
        for statement in bound(*query, &OrgSchema::default(), &user).unwrap() {
            client.query::<Value>(&statement).await.unwrap();
        }
    }
    assert!(simulator.requests().iter().all(|request| request.is_read()));
}

#[tokio::test]
async fn rows_of_the_integration_user_are_found() {
    let simulator = simulator();
    let client = admin(&simulator, patient()).await;
    let schema = schema(&client).await;
    let user = bound(Query::UserByUsername, &schema, "").unwrap();
    let rows: Vec<Value> = client.query_all(&user).await.unwrap();
    let [user] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(user["Username"], HUBSPOT);
    let id = user["Id"].as_str().unwrap();
    let assignments = bound(Query::PermissionSetAssignments, &schema, id).unwrap();
    let rows: Vec<Value> = client.query_all(&assignments).await.unwrap();
    assert!(
        rows.iter()
            .any(|row| row["PermissionSet"]["IsOwnedByProfile"] == true),
        "{rows:?}"
    );
    let sets: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["PermissionSetId"].as_str())
        .collect();
    let grants = Query::ObjectPermissions
        .bind()
        .ids("parents", sets)
        .names("objects", [&"account".into()])
        .statements(&schema)
        .unwrap();
    let rows: Vec<Value> = client.query_all(&grants).await.unwrap();
    assert!(!rows.is_empty());
}

/// Everything that one run reads, as text.
async fn read_all(client: &Client) -> Vec<(String, Result<String, ApiErrorKind>)> {
    // Not all that has optional columns: the describes of permission sets are megabytes.
    let objects = [
        (Api::Rest, "ObjectPermissions"),
        (Api::Rest, "PermissionSetAssignment"),
        (Api::Tooling, "FieldDefinition"),
    ];
    let schema = client.schema_of(&objects).await.unwrap();
    let user = client.caller().await.unwrap().user_id;
    let mut read = Vec::new();
    for query in Query::ALL {
        let statements = bound(*query, &schema, &user).unwrap();
        let rows = client.query_all::<Value>(&statements).await;
        read.push((
            query.name().to_owned(),
            rows.map(|rows| serde_json::to_string(&rows).unwrap())
                .map_err(|error| error.kind),
        ));
    }
    let rules = bound(Query::ValidationRules, &schema, &user).unwrap();
    let rules: Vec<Value> = client.query_all(&rules).await.unwrap();
    let subs: Vec<Sub> = rules
        .iter()
        .map(|rule| Sub::row("ValidationRule", rule["Id"].as_str().unwrap()).unwrap())
        .collect();
    assert!(!subs.is_empty());
    for reply in client.tooling_composite_get(&subs).await.unwrap() {
        let body = reply.map(|reply| reply.decode::<Value>("rule").unwrap().to_string());
        read.push(("rule".into(), body.map_err(|error| error.kind)));
    }
    for profile in client.list_metadata("Profile").await.unwrap() {
        let records = client
            .soap_read_metadata("Profile", std::slice::from_ref(&profile.full_name))
            .await;
        read.push((
            profile.full_name,
            records
                .map(|records| records.iter().map(|record| record.document()).collect())
                .map_err(|error| error.kind),
        ));
    }
    read
}

#[tokio::test]
async fn one_failure_in_ten_changes_nothing_that_is_read() {
    let simulator = simulator();
    let whole = read_all(&admin(&simulator, patient()).await).await;
    assert!(whole.iter().all(|(_, read)| read.is_ok()));
    for seed in 0..2 {
        simulator.set_faults(Faults {
            chance: Some(Chance {
                seed,
                one_in: 10,
                faults: vec![
                    Fault::ExpiredSession,
                    Fault::TooManyRequests(0),
                    Fault::Unavailable,
                    Fault::ServerError,
                    Fault::Slow(Duration::from_millis(20)),
                    Fault::Reset,
                    Fault::Cut,
                    Fault::Locked,
                ],
            }),
            ..Faults::default()
        });
        let client = admin(&simulator, patient()).await;
        assert_eq!(read_all(&client).await, whole, "seed {seed}");
        assert!(client.traffic().retries > 0);
    }
}

#[tokio::test]
async fn a_hanging_org_ends_with_the_runs_time_limit() {
    let simulator = simulator();
    let settings = ClientSettings {
        run_timeout: Some(Duration::from_millis(700)),
        ..quick()
    };
    let client = admin(&simulator, settings).await;
    simulator.set_faults(Faults {
        rules: vec![crate::org_simulator::faults::Rule::always(
            Fault::Hang,
            "query",
        )],
        ..Faults::default()
    });
    let statements = Query::UserRoles
        .bind()
        .statements(&OrgSchema::default())
        .unwrap();
    let error = client.query_all::<Value>(&statements).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Timeout);
}
