//! Profiles, permission sets, groups and mutings.

use permgap::snapshot::{Name, ObjectRight, PermissionSet, Snapshot};

use super::tree::{Tree, field_permission, object_permission, xml};

fn set<'s>(snapshot: &'s Snapshot, name: &str) -> &'s PermissionSet {
    snapshot.permission_sets.get(&Name::new(name)).unwrap()
}

#[test]
fn a_permission_set_tells_each_entry_with_its_line() {
    let body = [
        "<description>x</description>",
        "<hasActivationRequired>true</hasActivationRequired>",
        &field_permission("Account.Industry", true, true),
        &field_permission("Account.Site", true, false),
        "<label>HubSpot &amp; more</label>",
        "<license>Salesforce</license>",
        &object_permission("Account", &["allowRead", "viewAllRecords", "viewAllFields"]),
        "<recordTypeVisibilities><recordType>Account.Partner</recordType><visible>true</visible></recordTypeVisibilities>",
        "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>",
        "<customPermissions><enabled>true</enabled><name>Bypass</name></customPermissions>",
        "<tabSettings><tab>Account</tab><visibility>Visible</visibility></tabSettings>",
    ]
    .join("\n");
    let file = "permissionsets/HubSpot.permissionset-meta.xml";
    let tree = Tree::new(&[(file, xml("PermissionSet", &body))]);
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    let set = set(&snapshot, "hubspot");
    let at = |line: u32| format!("{file}:{line}");
    let place = |at| tree.place(&snapshot, at);

    assert_eq!(set.label.as_deref(), Some("HubSpot & more"));
    assert_eq!(set.license.as_deref(), Some("Salesforce"));
    assert!(set.has_activation_required);
    assert_eq!(place(set.at), at(2));
    let account = Name::new("ACCOUNT");
    let site = set.field(&account, &Name::new("SITE")).first().unwrap();
    assert!(site.read && !site.edit);
    assert_eq!(place(site.at), at(6));
    let rights = set.object(&account).first().unwrap();
    assert_eq!(place(rights.at), at(9));
    assert_eq!(
        rights.rights.iter().collect::<Vec<_>>(),
        [
            ObjectRight::Read,
            ObjectRight::ViewAll,
            ObjectRight::ViewAllFields
        ]
    );
    let record_type = set.record_types_of(&account).first().unwrap();
    assert!(record_type.visible && !record_type.default);
    assert_eq!(record_type.record_type, "Partner".into());
    assert_eq!(place(record_type.at), at(10));
    let api = set.user_permission("apienabled").first().unwrap();
    assert_eq!((api.enabled, place(api.at)), (true, at(11)));
    let bypass = set.custom_permission("BYPASS").first().unwrap();
    assert_eq!((bypass.enabled, place(bypass.at)), (true, at(12)));
}

#[test]
fn a_profile_tells_its_login_limits_and_keeps_entries_listed_twice() {
    let body = [
        object_permission("Lead", &["allowRead"]),
        object_permission("lead", &["allowRead", "allowEdit"]),
        "<loginIpRanges><endAddress>10.0.0.9</endAddress><startAddress>10.0.0.1</startAddress></loginIpRanges>".to_owned(),
        "<loginHours>\n<mondayStart>480</mondayStart><mondayEnd>960</mondayEnd></loginHours>".to_owned(),
        "<userLicense>Salesforce Integration</userLicense>".to_owned(),
    ]
    .join("\n");
    let tree = Tree::new(&[(
        "profiles/Force%2Ecom - A%2FB.profile",
        xml("Profile", &body),
    )]);
    let snapshot = tree.collect();
    let profile = snapshot.profiles.get(&"force.com - a/b".into()).unwrap();
    assert_eq!(profile.license.as_deref(), Some("Salesforce Integration"));
    assert_eq!(profile.object(&"Lead".into()).len(), 2);
    assert!(profile.object_rights(&"Lead".into()).has(ObjectRight::Edit));
    let limits = profile.login_limits.as_ref().unwrap();
    let range = limits.ip_ranges.first().unwrap();
    assert_eq!(
        (range.start.as_str(), range.end.as_str()),
        ("10.0.0.1", "10.0.0.9")
    );
    assert_eq!(
        limits.hours,
        [("mondayStart", "480"), ("mondayEnd", "960")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    let at = tree.place(&snapshot, limits.hours_at);
    assert_eq!(at, "profiles/Force%2Ecom - A%2FB.profile:6");
}

#[test]
fn groups_name_their_members_and_mutings() {
    let group = "<description>x</description>\n<label>Group</label>\n\
        <mutingPermissionSets>Mute</mutingPermissionSets>\n<permissionSets>B</permissionSets>\n\
        <permissionSets>ns__A</permissionSets>\n<status>Updated</status>";
    let mute = field_permission("Account.Industry", true, false);
    let tree = Tree::new(&[
        (
            "permissionsetgroups/G.permissionsetgroup-meta.xml",
            xml("PermissionSetGroup", group),
        ),
        (
            "mutingpermissionsets/Mute.mutingpermissionset-meta.xml",
            xml("MutingPermissionSet", &mute),
        ),
    ]);
    let snapshot = tree.collect();
    let group = snapshot.permission_set_groups.get(&"g".into()).unwrap();
    assert_eq!(group.members, ["B".into(), "ns__A".into()]);
    assert_eq!(group.mutings, ["Mute".into()]);
    assert_eq!(group.status.as_deref(), Some("Updated"));
    assert!(!group.has_activation_required);
    let muting = snapshot.muting_permission_sets.get(&"mute".into()).unwrap();
    assert!(
        muting
            .field(&"Account".into(), &"Industry".into())
            .first()
            .unwrap()
            .read
    );
    assert!(snapshot.permission_sets.is_empty());
}

#[test]
fn text_is_read_whatever_its_spelling_in_xml() {
    let body = "<fieldPermissions>\n<editable> true\n</editable><!-- a -->\n\
        <field>Acc<!-- b -->ount.<![CDATA[Industry]]></field>\n<readable>tr&#117;e</readable>\n</fieldPermissions>\n\
        <fieldPermissions><editable/><field>Account.Site</field><readable>true</readable></fieldPermissions>\n\
        <description><b>markup</b> &lt;&gt;</description>";
    let tree = Tree::new(&[("permissionsets/A.permissionset", xml("PermissionSet", body))]);
    let snapshot = tree.collect();
    let set = set(&snapshot, "A");
    let industry = set
        .field(&"Account".into(), &"Industry".into())
        .first()
        .unwrap();
    assert!(industry.read && industry.edit);
    // An empty truth value is none: the entry is told and not used.
    assert!(set.field(&"Account".into(), &"Site".into()).is_empty());
    assert!(set.incomplete);
    let problems = tree.problems(&snapshot);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("permission-sets permissionsets/A.permissionset:9 "),
        "{problems:?}"
    );
}

#[test]
fn field_permissions_of_old_api_versions_are_read() {
    let body = "<fieldLevelSecurities><editable>true</editable><field>Account.Site</field><hidden>false</hidden>\
        <readable>true</readable></fieldLevelSecurities><fieldLevelSecurities><hidden>true</hidden>\
        <editable>false</editable><field>Account.Fax</field><readable>true</readable></fieldLevelSecurities>";
    let tree = Tree::new(&[("profiles/Old.profile", xml("Profile", body))]);
    let snapshot = tree.collect();
    let profile = snapshot.profiles.get(&"Old".into()).unwrap();
    let of = |field: &str| {
        let entry = profile
            .field(&"Account".into(), &field.into())
            .first()
            .unwrap();
        (entry.read, entry.edit)
    };
    assert_eq!((of("Site"), of("Fax")), ((true, true), (false, false)));
}

#[test]
fn parts_of_a_decomposed_permission_set_are_one_set() {
    let own = "<label>Sales</label>";
    let settings = format!(
        "{}\n{}",
        field_permission("Account.Site", true, true),
        object_permission("Account", &["allowRead"])
    );
    let tree = Tree::new(&[
        (
            "permissionsets/Sales/Sales.permissionset-meta.xml",
            xml("PermissionSet", own),
        ),
        (
            "permissionsets/Sales/objectSettings/Account.objectSettings-meta.xml",
            xml("PermissionSet", &settings),
        ),
    ]);
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    assert_eq!(snapshot.permission_sets.len(), 1);
    let sales = set(&snapshot, "Sales");
    assert_eq!(sales.label.as_deref(), Some("Sales"));
    let site = sales
        .field(&"Account".into(), &"Site".into())
        .first()
        .unwrap();
    assert_eq!(
        tree.place(&snapshot, site.at),
        "permissionsets/Sales/objectSettings/Account.objectSettings-meta.xml:3"
    );
}
