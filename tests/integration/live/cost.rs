//! What collecting costs: API calls, and requests that wait for one another. Counts, no times.

use std::collections::BTreeSet;
use std::time::Duration;

use permgap::auth::{Credentials, SessionSource};
use permgap::collect::live_org::{self, Wanted};
use permgap::net::OrgUrl;
use permgap::salesforce::ClientSettings;
use permgap::snapshot::{Area, CoverageStatus, Name, Snapshot};
use secrecy::SecretString;
use serde_json::json;

use super::{ADMIN, HUBSPOT};
use crate::client::{connect, quick};
use crate::org_simulator::large::{Scale, object_name};
use crate::org_simulator::{Org, OrgSimulator};

/// Round trips, the list of API versions among them.
const LONGEST_PATH: u32 = 6;

const MOST_CALLS: u64 = 150;

struct Cost {
    snapshot: Snapshot,
    chain: Vec<String>,
    path: u32,
    calls: u64,
}

/// Collects an org with four mapped objects, and the first generated ones, which have more than 200 fields.
async fn cost(org: fn() -> Org, generated: usize, sample: u32) -> Cost {
    // The simulator brings its own runtime, which cannot be started inside another.
    let start = move || OrgSimulator::start(org()).unwrap();
    let simulator = std::thread::spawn(start).join().unwrap();
    let mut wanted = Wanted {
        user: HUBSPOT.to_owned(),
        sample,
        ..Wanted::default()
    };
    // What is named beside the user's own costs no step more.
    wanted
        .beside
        .permission_sets
        .insert("Service_Contracts".into());
    wanted.beside.groups.insert("HubSpot_Group".into());
    wanted.beside.profiles.insert("System Administrator".into());
    let mut map = |object: Name, fields: Vec<String>| {
        let fields: BTreeSet<Name> = fields.into_iter().map(Name::from).collect();
        wanted.objects.insert(object.clone());
        wanted.fields.insert(object, fields);
    };
    for object in ["Account", "Contact", "Lead", "Opportunity"] {
        map(object.into(), vec!["Name".to_owned(), "OwnerId".to_owned()]);
    }
    for number in 0..generated {
        let fields = (0..25).map(|field| format!("Field_{field:03}__c"));
        map(object_name(number).into(), fields.collect());
    }
    let source = SessionSource {
        credentials: Credentials::AccessToken {
            instance_url: OrgUrl::parse(&simulator.url()).unwrap(),
            token: SecretString::from(simulator.session_of(ADMIN).unwrap()),
        },
        expected: None,
    };
    let settings = ClientSettings {
        request_timeout: Duration::from_secs(120),
        run_timeout: Some(Duration::from_secs(300)),
        start_at_once: 24,
        most_at_once: 24,
        ..quick()
    };
    let client = connect(source, settings).await.unwrap();
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    let snapshot = live_org::collect(&client, &wanted, now, None)
        .await
        .unwrap();
    let traffic = client.traffic();
    assert_eq!(traffic.retries, 0, "a repeat would count as a round trip");
    Cost {
        snapshot,
        chain: client.longest_chain(),
        path: traffic.longest_path,
        calls: traffic.api_calls,
    }
}

/// Adds a rule that asks for the user's own record, a setting with rows, and a custom permission.
fn with_bypasses(mut org: Org) -> Org {
    let formula = "AND(NOT($Setup.Sync_Settings__c.Skip_Validation__c), NOT($Permission.Bypass_Validation), \
                   $User.Bypass_Rules__c = FALSE, ISBLANK(Name))";
    let user = org.id_of("User", HUBSPOT).unwrap();
    let rows = [
        (
            "ValidationRule",
            json!({
                "ValidationName": "By_All", "EntityDefinitionId": "Account", "Active": true, "ErrorMessage": "No.",
                "ManageableState": "unmanaged", "FullName": "Account.By_All",
                "Metadata": { "active": true, "errorConditionFormula": formula, "errorMessage": "No." },
            }),
        ),
        (
            "Sync_Settings__c",
            json!({ "SetupOwnerId": user, "Skip_Validation__c": true, "Name": "of the user" }),
        ),
    ];
    for (table, row) in rows {
        org.insert(table, row.as_object().unwrap().clone());
    }
    org
}

#[tokio::test]
async fn no_more_than_six_requests_wait_for_one_another() {
    let cost = cost(|| with_bypasses(Org::nordlicht().unwrap()), 0, 200).await;
    assert!(cost.path <= LONGEST_PATH, "{:?}", cost.chain);
    let asked = &cost.snapshot.users[0].globals;
    let names: Vec<&str> = asked.keys().map(Name::as_str).collect();
    assert_eq!(
        names,
        [
            "$Setup.Sync_Settings__c.Skip_Validation__c",
            "$User.Bypass_Rules__c"
        ]
    );
}

#[tokio::test]
async fn a_wide_org_costs_few_calls_in_few_steps_with_samples_and_without() {
    for sample in [0, 200] {
        let cost = cost(|| Org::large(Scale::of_objects(40)).unwrap(), 16, sample).await;
        assert!(cost.path <= LONGEST_PATH, "{:?}", cost.chain);
        assert!(cost.calls <= MOST_CALLS, "{} calls", cost.calls);
        // What was left out would be cheap.
        for area in [
            Area::PermissionSets,
            Area::Profiles,
            Area::Fields,
            Area::Owners,
        ] {
            let status = cost.snapshot.coverage.status(area);
            assert_eq!(status, CoverageStatus::Read, "{}", area.as_str());
        }
        // One of the wide objects is a detail, which has no owner: nothing of it is unread.
        let owned = |number| {
            cost.snapshot
                .ownership
                .contains_key(&Name::from(object_name(number)))
        };
        assert_eq!((owned(0), owned(1)), (false, true));
        let on_records = cost.snapshot.coverage.reason(Area::RecordAccess);
        assert!(
            on_records.iter().all(|reason| !reason.contains("Gen_")),
            "{on_records:?}"
        );
        let sampled = cost.snapshot.record_samples.len();
        assert_eq!(sampled > 10, sample > 0, "{sampled} objects sampled");
        let fields = (cost.snapshot.permission_sets.values())
            .map(|set| set.field_permissions.values().map(Vec::len).sum::<usize>())
            .max();
        assert!(fields > Some(500), "{fields:?}");
    }
}
