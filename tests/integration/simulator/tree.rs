//! The same org as a metadata tree and live: two evaluations that know nothing of each other must agree.

use permgap::collect::metadata::{Options, collect};
use permgap::effective::{EffectivePermissions, Known, ProfileReading, Subject};
use permgap::snapshot::{Name, ObjectRight};

use super::{Client, HUBSPOT, org};
use crate::org_simulator::{Org, tree};

#[test]
fn permgap_on_the_tree_and_describe_as_the_user_agree() {
    let folder = tempfile::tempdir().unwrap();
    tree::write(&Org::nordlicht().unwrap(), folder.path()).unwrap();
    let snapshot = collect(&[folder.path().to_owned()], &Options::default()).unwrap();
    let subject = Subject {
        profile: Some(Name::new("HubSpot Integration")),
        // Not the set whose assignment has expired.
        permission_sets: vec![Name::new("HubSpot_Sync")],
        groups: vec![Name::new("HubSpot_Group")],
        ..Subject::default()
    };
    let permissions = EffectivePermissions::of(&snapshot, &subject, ProfileReading::Complete);
    assert_eq!(permissions.missing, []);
    let (simulator, _) = org(|_| {});
    let hubspot = Client::of(&simulator, HUBSPOT);
    let (mut compared, mut unknown) = (0, Vec::new());
    for object in [
        "Account",
        "Contact",
        "Lead",
        "Opportunity",
        "Task",
        "Campaign",
        "Service_Contract__c",
    ] {
        let describe = hubspot
            .get(&format!("/services/data/v66.0/sobjects/{object}/describe"))
            .json();
        let name = Name::new(object);
        let access = permissions.object(&name);
        for (right, key) in [
            (ObjectRight::Create, "createable"),
            (ObjectRight::Edit, "updateable"),
            (ObjectRight::Delete, "deletable"),
        ] {
            let live = describe[key].as_bool().unwrap_or(false);
            assert_eq!(
                access.right(right).to_option(),
                Some(live),
                "{object}: {key}"
            );
        }
        let fields = Org::nordlicht()
            .unwrap()
            .object(object)
            .unwrap()
            .fields
            .clone();
        for field in &fields {
            let live = describe["fields"]
                .as_array()
                .and_then(|all| all.iter().find(|f| f["name"] == field.name()));
            let on_tree = permissions.field(&name, &access, &Name::new(field.name()));
            let live_edit = live.is_some_and(|field| field["updateable"] == true);
            for (what, tree, live) in [
                ("read", on_tree.read, live.is_some()),
                ("edit", on_tree.edit, live_edit),
            ] {
                if tree == Known::Unknown {
                    unknown.push(format!("{object}.{} {what}", field.name()));
                    continue;
                }
                // A tree does not tell which standard fields the platform keeps to itself.
                let kept = !field.name().ends_with("__c") && !field.flag("updateable");
                if what == "edit" && kept {
                    continue;
                }
                assert_eq!(
                    tree == Known::Yes,
                    live,
                    "{object}.{} {what}: {on_tree:?}",
                    field.name()
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "{compared} answers compared");
    // What a tree defines, it knows.
    assert!(
        unknown.iter().all(|name| !name.contains("__c")),
        "{unknown:?}"
    );
}
