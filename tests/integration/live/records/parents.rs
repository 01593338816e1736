//! `parent-not-accessible` and the audits of owners.

use serde_json::{Value, json};

use super::{ACCOUNT, case, evidence, grants, take_object, title, update};

const PARENT: &str = "parent-not-accessible";

/// A mapped lookup to an object that does not sync itself.
const CAMPAIGN: &str = "deal,campaign,Opportunity,CampaignId,Two-way\n";

#[test]
fn a_parent_object_that_the_user_cannot_read() {
    let report = case(|source| take_object(source, "Campaign"))
        .rows(CAMPAIGN)
        .run();
    let finding = report.fires(PARENT, "Opportunity");
    assert!(title(finding).contains("cannot read Campaign"), "{finding}");
    // Campaigns are public read only, and the user has Read on them.
    case(|_| {})
        .rows(CAMPAIGN)
        .run()
        .is_quiet(PARENT, "Opportunity");
}

#[test]
fn parents_that_sharing_hides() {
    let report = case(|source| source["objects"]["Campaign"]["sharing"] = json!("Private"))
        .rows(CAMPAIGN)
        .run();
    let finding = report.fires(PARENT, "Opportunity");
    assert!(title(finding).contains("cannot see every Campaign record"));
    assert_ne!(finding["confidence"], "certain");
}

#[test]
fn a_parent_whose_rights_were_refused_is_not_evaluated() {
    case(|_| {})
        .rows(CAMPAIGN)
        .refused("ObjectPermissions", "FROM ObjectPermissions")
        .run()
        .is_not_evaluated(PARENT, "Campaign");
}

#[test]
fn fixed_associations_need_their_parents_too() {
    let rows = format!("deal,name,Opportunity,Name,Two-way\n{ACCOUNT}");
    let report = case(|source| take_object(source, "Account"))
        .rows(&rows)
        .run();
    let finding = report.fires(PARENT, "Opportunity");
    assert_eq!(finding["field"], "AccountId");
    case(|_| {})
        .rows(&rows)
        .run()
        .is_quiet(PARENT, "Opportunity");
}

/// Only a master-detail field without `writeRequiresMasterRead` demands Edit on the master.
#[test]
fn a_detail_needs_edit_on_its_master_unless_read_is_enough() {
    let rows = format!("company,contract,Service_Contract__c,Account__c,Two-way\n{ACCOUNT}");
    let with = |read_is_enough: bool| {
        case(move |source| {
            take_object(source, "Account");
            let sync = grants(source, "HubSpot_Sync");
            sync["objects"]["Account"] = json!("R");
            sync["objects"]["Service_Contract__c"] = json!("RCE");
            let fields = &mut source["objects"]["Service_Contract__c"]["fields"];
            let field = (fields.as_array_mut().unwrap().iter_mut())
                .find(|field| field["name"] == "Account__c")
                .unwrap();
            field["writeRequiresMasterRead"] = json!(read_is_enough);
        })
        .rows(&rows)
        .run()
    };
    let report = with(false);
    let finding = report.fires(PARENT, "Service_Contract__c");
    assert!(title(finding).contains("cannot edit Account"), "{finding}");
    with(true).is_quiet(PARENT, "Service_Contract__c");
}

#[test]
fn inactive_owner_with_open_records() {
    const AUDIT: &str = "owner-inactive";
    let report = case(|_| {}).run();
    let finding = report.fires(AUDIT, "Account");
    assert_eq!(
        title(finding),
        "1 Account records belong to 1 user who is not active"
    );
    let active = |source: &mut Value| {
        let active = json!({ "IsActive": true });
        update(
            source,
            "User",
            "Username",
            "lena@nordlicht.example",
            &active,
        );
    };
    case(active).run().is_clean(AUDIT);
    // Who the owners are is refused, or how many records they have.
    case(active)
        .refused("User", "FROM User\u{20}WHERE Id IN")
        .run()
        .is_not_evaluated(AUDIT, "owners of Account records are active was not read");
    case(active)
        .refused("Account", "SELECT OwnerId")
        .run()
        .is_not_evaluated(AUDIT, "who owns Account records was not read");
}

const OWNERS: &[(&str, &str)] = &[(
    "owners.csv",
    "email,name,archived\njonas@nordlicht.example,Jonas,false\n",
)];
const STRANGERS: &[(&str, &str)] = &[(
    "owners.csv",
    "email,name,archived\nnobody@nordlicht.example,Nobody,false\n",
)];
const WITH_OWNERS: &[&str] = &["--hubspot-owners", "owners.csv"];

#[test]
fn owners_are_matched_by_address() {
    const AUDIT: &str = "owner-unmatched";
    let with = |files| case(|_| {}).args(WITH_OWNERS).files(files);
    let report = with(STRANGERS).run();
    assert!(title(report.fires(AUDIT, "")).contains("nobody@nordlicht.example"));
    with(OWNERS).run().is_clean(AUDIT);
    with(STRANGERS)
        .refused("User", "Email IN")
        .run()
        .is_not_evaluated(AUDIT, "was not asked");
    case(|_| {})
        .run()
        .is_not_evaluated(AUDIT, "--hubspot-owners");
}

#[test]
fn a_queue_of_another_object() {
    const AUDIT: &str = "owner-not-assignable";
    let settings =
        |object: &str| format!("[[sync.queue]]\nobject = '{object}'\nname = 'Inbound_Leads'\n");
    let rows = "contact,company,Lead,Company,Two-way\ncompany,industry,Account,Industry,Two-way\n";
    let report = case(|_| {}).rows(rows).settings(&settings("Account")).run();
    let finding = report.fires(AUDIT, "Account");
    assert_eq!(
        title(finding),
        "Queue Inbound_Leads cannot own Account records"
    );
    assert!(evidence(finding).contains("supports Lead"));
    let lead = settings("Lead");
    case(|_| {})
        .rows(rows)
        .settings(&lead)
        .run()
        .is_clean(AUDIT);
    case(|_| {})
        .rows(rows)
        .settings(&lead)
        .refused("QueueSobject", "FROM QueueSobject")
        .run()
        .is_not_evaluated(
            AUDIT,
            "whether queue Inbound_Leads supports Lead was not read",
        );
}
