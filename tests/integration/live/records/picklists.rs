//! Record types, picklists and packages.

use serde_json::{Value, json};

use super::{Case, Report, case, evidence, grants, insert, title};

const TYPES: &str = "record-type-not-available";
const VALUES: &str = "picklist-value-rejected";
const LICENCE: &str = "package-not-licensed";
const ACCESS: &str = "package-access-missing";

fn uses(name: &str) -> String {
    format!("[[sync.record-type]]\nobject = 'Account'\nname = '{name}'\n")
}

fn writes(value: &str) -> String {
    format!("[[sync.picklist]]\nobject = 'Account'\nfield = 'Segment__c'\nvalues = ['{value}']\n")
}

#[test]
fn a_record_type_granted_only_by_a_permission_set() {
    // Partner comes with a permission set of the user's group, Customer with the profile.
    for name in ["Partner", "Customer"] {
        case(|_| {}).settings(&uses(name)).run().is_clean(TYPES);
    }
    let without = |source: &mut Value| grants(source, "HubSpot_Deals")["recordTypes"] = json!({});
    let settings = uses("Partner");
    let report = case(without).settings(&settings).run();
    let finding = report.fires(TYPES, "Account");
    assert!(title(finding).contains("is not available to the user"));
    for (name, trouble) in [("Legacy", "is not active"), ("Reseller", "does not exist")] {
        let report = case(|_| {}).settings(&uses(name)).run();
        assert!(title(report.fires(TYPES, "Account")).contains(trouble));
    }
    // The Metadata API alone tells what a permission set makes available.
    case(without)
        .settings(&settings)
        .refused("PermissionSet", "<m:type>PermissionSet</m:type>")
        .run()
        .is_not_evaluated(TYPES, "Account.Partner");
}

#[test]
fn a_mapped_record_type_id_is_one_finding_whatever_types_there_are() {
    let rows = "company,type,Account,RecordTypeId,Two-way\n";
    let nothing = |source: &mut Value| {
        for name in ["HubSpot_Deals", "HubSpot Integration"] {
            grants(source, name)["recordTypes"] = json!({});
        }
    };
    let report = case(nothing).rows(rows).run();
    let finding = report.fires(TYPES, "Account");
    assert_eq!(
        title(finding),
        "No record type of Account is available to the user"
    );
    let more = case(|source| {
        nothing(source);
        let first = json!({"Name": "Agency", "DeveloperName": "Agency", "SobjectType": "Account", "IsActive": true});
        source["tables"]["RecordType"]
            .as_array_mut()
            .unwrap()
            .insert(0, first);
    })
    .rows(rows)
    .run();
    assert_eq!(
        more.fires(TYPES, "Account")["fingerprint"],
        finding["fingerprint"]
    );
    case(|_| {}).rows(rows).run().is_quiet(TYPES, "Account");
}

#[test]
fn values_are_those_of_the_record_type() {
    let rows = "company,segment,Account,Segment__c,Two-way\n";
    let run = |settings: &str| case(|_| {}).rows(rows).settings(settings).run();
    let report = run(&(writes("Huge") + &uses("Partner")));
    assert_eq!(
        title(report.fires(VALUES, "Account")),
        "Account.Segment__c does not take `Huge`"
    );
    // Large is a value of the field, and none of the record type Partner.
    let report = run(&(writes("Large") + &uses("Partner")));
    assert_eq!(
        title(report.fires(VALUES, "Account")),
        "Record type Partner does not take `Large` in Account.Segment__c"
    );
    run(&(writes("Small") + &uses("Partner"))).is_clean(VALUES);
    run(&writes("Small")).is_not_evaluated(VALUES, "which record types of Account the sync uses");
    run("").is_not_evaluated(VALUES, "[[sync.picklist]]");
    let settings = writes("Small") + &uses("Partner");
    case(|_| {})
        .rows(rows)
        .settings(&settings)
        .refused("RecordType", "<m:type>RecordType</m:type>")
        .run()
        .is_not_evaluated(VALUES, "record type Partner leaves was not read");
}

const TIER: &str = "company,tier,Account,SBQQ__Tier__c,Always use Salesforce\n";

/// Salesforce CPQ with a licence of that status for each of `allowed` users, one of them the integration user where `held`.
fn packaged<'c>(status: &'c str, allowed: i64, held: bool) -> Case<'c> {
    case(move |source| {
        let tier = json!({"name": "SBQQ__Tier__c", "type": "string", "length": 20});
        let fields = source["objects"]["Account"]["fields"].as_array_mut().unwrap();
        fields.push(tier);
        insert(source, "SubscriberPackage", json!({"Id": "0337Q0000000CpqQAE", "Name": "Salesforce CPQ", "NamespacePrefix": "SBQQ"}));
        insert(source, "SubscriberPackageVersion", json!({"Id": "04t7Q0000000CpqQAE", "Name": "CPQ", "MajorVersion": 240, "MinorVersion": 1, "SubscriberPackageId": "0337Q0000000CpqQAE"}));
        insert(source, "InstalledSubscriberPackage", json!({"SubscriberPackageId": "0337Q0000000CpqQAE", "SubscriberPackageVersionId": "04t7Q0000000CpqQAE"}));
        insert(source, "PackageLicense", json!({"Id": "0507Q0000000CpqQAE", "NamespacePrefix": "SBQQ", "Status": status, "AllowedLicenses": allowed, "UsedLicenses": 1}));
        if held {
            insert(source, "UserPackageLicense", json!({"PackageLicenseId": "0507Q0000000CpqQAE", "UserId": "=hubspot@nordlicht.example"}));
        }
        grants(source, "HubSpot_Sync")["fields"]["Account"]["SBQQ__Tier__c"] = json!("r");
    })
    .rows(TIER)
}

fn licence(report: &Report) -> &str {
    title(report.fires(LICENCE, ""))
}

#[test]
fn expired_licence() {
    let report = packaged("Expired", 5, true).run();
    assert_eq!(
        licence(&report),
        "The licence of Salesforce CPQ (SBQQ) has expired"
    );
}

#[test]
fn a_licence_for_each_user() {
    let report = packaged("Active", 5, false).run();
    assert_eq!(
        licence(&report),
        "The user has no licence for Salesforce CPQ (SBQQ)"
    );
    packaged("Active", 5, true).run().is_clean(LICENCE);
    packaged("Active", -1, false).run().is_clean(LICENCE);
    packaged("Active", 5, true)
        .refused("UserPackageLicense", "FROM UserPackageLicense")
        .run()
        .is_not_evaluated(LICENCE, "whether the user has a licence");
    packaged("Active", 5, true)
        .refused("PackageLicense", "FROM PackageLicense")
        .run()
        .is_not_evaluated(LICENCE, "needs a licence for each user was not fully read");
}

#[test]
fn the_fields_of_a_package() {
    packaged("Active", -1, false).run().is_clean(ACCESS);
    let hidden = Case {
        source: Box::new(|source| {
            (packaged("Active", -1, false).source)(source);
            let fields = &mut grants(source, "HubSpot_Sync")["fields"]["Account"];
            fields.as_object_mut().unwrap().remove("SBQQ__Tier__c");
        }),
        ..case(|_| {}).rows(TIER)
    };
    let report = hidden.run();
    let finding = report.fires(ACCESS, "");
    assert!(title(finding).contains("Account.SBQQ__Tier__c"));
    assert!(
        finding["fix"]["steps"]
            .to_string()
            .contains("Salesforce CPQ")
    );
    assert!(evidence(finding).contains("permission set of Salesforce CPQ"));
    packaged("Active", -1, false)
        .refused("FieldPermissions", "FROM FieldPermissions")
        .run()
        .is_not_evaluated(ACCESS, "Account.SBQQ__Tier__c");
}
