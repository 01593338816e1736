//! Objects, fields, record types, value sets, rules and automation.

use permgap::snapshot::{
    ApexKind, Area, CoverageStatus, Field, FieldType, Name, ObjectKind, SObject, SharingRuleKind,
    Snapshot,
};

use super::tree::{Tree, xml};

fn object<'s>(snapshot: &'s Snapshot, name: &str) -> &'s SObject {
    snapshot.objects.get(&Name::new(name)).unwrap()
}

fn field<'s>(snapshot: &'s Snapshot, object_name: &str, name: &str) -> &'s Field {
    object(snapshot, object_name)
        .fields
        .get(&Name::new(name))
        .unwrap()
}

/// A tree with one field of `Invoice__c`, in a file of its own.
fn field_tree(body: &str) -> Tree {
    let file = "force-app/objects/Invoice__c/fields/X__c.field-meta.xml";
    Tree::new(&[(file, xml("CustomField", body))])
}

#[test]
fn each_nature_of_a_field_is_told() {
    let of = |body: &str| {
        let tree = field_tree(&format!("<fullName>X__c</fullName>\n{body}"));
        let snapshot = tree.collect();
        assert_eq!(tree.problems(&snapshot), [""; 0]);
        let field = field(&snapshot, "invoice__c", "x__c").clone();
        let place = tree.place(&snapshot, field.at);
        assert_eq!(
            place,
            "force-app/objects/Invoice__c/fields/X__c.field-meta.xml:2"
        );
        field
    };
    let text = of("<label>Ex</label><length>80</length><required>true</required><type>Text</type>");
    assert_eq!((text.field_type, text.length), (FieldType::Text, Some(80)));
    assert!(text.required && !text.has_default);
    assert_eq!(text.label.as_deref(), Some("Ex"));

    let formula =
        of("<formula>IF(A__c &gt; 1,\n&quot;a&quot;, &quot;b&quot;)</formula><type>Text</type>");
    assert_eq!(
        formula.formula.as_deref(),
        Some("IF(A__c > 1,\n\"a\", \"b\")")
    );

    assert_eq!(
        of("<displayFormat>A-{0}</displayFormat><type>AutoNumber</type>").field_type,
        FieldType::AutoNumber
    );
    let roll_up = of(
        "<summarizedField>Line__c.Sum__c</summarizedField><summaryFilterItems><field>Line__c.Open__c</field>\
         <operation>equals</operation><value>True</value></summaryFilterItems><type>Summary</type>",
    );
    assert_eq!(roll_up.field_type, FieldType::Summary);
    assert_eq!(roll_up.formula, None);

    let detail = of(
        "<referenceTo>Account</referenceTo><relationshipName>Xs</relationshipName><type>MasterDetail</type>",
    );
    assert_eq!(detail.field_type, FieldType::MasterDetail);
    assert_eq!(detail.reference_to, ["Account".into()]);
    assert_eq!(detail.relationship_name, Some("X__r".into()));

    let lookup = of(
        "<lookupFilter><active>true</active><filterItems><field>Contact.Site</field></filterItems></lookupFilter>\
         <referenceTo>Contact</referenceTo><type>Lookup</type>",
    );
    assert_eq!(
        (lookup.field_type, lookup.reference_to),
        (FieldType::Lookup, vec!["Contact".into()])
    );

    let checkbox = of("<defaultValue>false</defaultValue><type>Checkbox</type>");
    assert!(checkbox.has_default);
    // Creation and field-level security are nothing that a tree tells.
    assert_eq!((checkbox.created_at, checkbox.permissionable), (None, None));
}

#[test]
fn picklists_tell_their_values_and_whether_they_are_restricted() {
    let values = "<type>Picklist</type><valueSet><controllingField>Kind__c</controllingField>\
        <restricted>true</restricted><valueSetDefinition><sorted>false</sorted>\
        <value><fullName>A&amp;B</fullName><default>true</default><label>x</label></value>\
        <value><fullName>Old</fullName><default>false</default><isActive>false</isActive></value>\
        </valueSetDefinition></valueSet>";
    let snapshot = field_tree(values).collect();
    let own = field(&snapshot, "Invoice__c", "X__c");
    let told: Vec<_> = own
        .values
        .iter()
        .map(|value| (value.value.as_str(), value.active))
        .collect();
    assert_eq!(told, [("A&B", true), ("Old", false)]);
    assert_eq!((own.restricted, own.has_default), (Some(true), true));
    assert_eq!(own.controlling_field, Some("Kind__c".into()));

    let open = "<type>Picklist</type><valueSet><valueSetDefinition><value><fullName>A</fullName></value>\
        </valueSetDefinition></valueSet>";
    assert_eq!(
        field(&field_tree(open).collect(), "Invoice__c", "X__c").restricted,
        Some(false)
    );

    let old = "<type>Picklist</type><picklist><picklistValues><fullName>A</fullName></picklistValues>\
        <restrictedPicklist>true</restrictedPicklist></picklist>";
    let snapshot = field_tree(old).collect();
    let old = field(&snapshot, "Invoice__c", "X__c");
    assert_eq!((old.values.len(), old.restricted), (1, Some(true)));
}

#[test]
fn a_global_value_set_gives_its_values_to_the_fields_that_name_it() {
    let tree = field_tree(
        "<type>Picklist</type><valueSet><valueSetName>regions</valueSetName></valueSet>",
    );
    let unread = tree.collect();
    let alone = field(&unread, "Invoice__c", "X__c");
    assert_eq!((alone.restricted, alone.values.len()), (Some(true), 0));
    let values = "<customValue><fullName>North</fullName><default>false</default></customValue>\
        <customValue><fullName>South</fullName><isActive>false</isActive></customValue><sorted>false</sorted>";
    tree.add(
        "gvs/Regions.globalValueSet-meta.xml",
        xml("GlobalValueSet", values),
    );
    let snapshot = tree.collect();
    let told = &field(&snapshot, "Invoice__c", "X__c").values;
    assert_eq!(
        told.iter().map(|value| value.active).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(!snapshot.value_sets.get(&"Regions".into()).unwrap().standard);
}

#[test]
fn a_decomposed_object_is_put_together() {
    let own = "<label>Invoice</label>\n<nameField>\n<displayFormat>I-{0}</displayFormat><type>AutoNumber</type></nameField>\n\
        <sharingModel>Private</sharingModel><externalSharingModel>Private</externalSharingModel>";
    let record_type = "<fullName>Partner</fullName><active>false</active><label>P</label>\n\
        <picklistValues><picklist>Type</picklist><values><fullName>A%2FB</fullName><default>false</default></values>\
        </picklistValues>";
    let rule = "<fullName>Need_Site</fullName><active>true</active>\n<errorConditionFormula>ISBLANK(Site) &amp;&amp; \
        NOT($Permission.Bypass)</errorConditionFormula><errorDisplayField>Site</errorDisplayField>\
        <errorMessage>No &apos;site&apos;</errorMessage>";
    let folder = "objects/Invoice__c";
    let tree = Tree::new(&[
        (
            format!("{folder}/Invoice__c.object-meta.xml").as_str(),
            xml("CustomObject", own),
        ),
        (
            &format!("{folder}/recordTypes/Partner.recordType-meta.xml"),
            xml("RecordType", record_type),
        ),
        (
            &format!("{folder}/validationRules/Need_Site.validationRule-meta.xml"),
            xml("ValidationRule", rule),
        ),
        (
            "objectTranslations/Invoice__c-de/Invoice__c-de.objectTranslation-meta.xml",
            "<broken".to_owned(),
        ),
    ]);
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    assert_eq!(snapshot.objects.len(), 1);
    let invoice = object(&snapshot, "Invoice__c");
    assert!(invoice.defined && !invoice.fields_complete);
    assert_eq!(invoice.sharing_model.as_deref(), Some("Private"));
    let name = invoice.name_field.as_ref().unwrap();
    assert!(name.auto_number);
    assert_eq!(
        tree.place(&snapshot, name.at),
        format!("{folder}/Invoice__c.object-meta.xml:4")
    );
    let partner = invoice.record_types.get(&"partner".into()).unwrap();
    assert!(!partner.active);
    assert_eq!(
        partner.picklist_values.get(&"Type".into()).unwrap(),
        &["A/B"]
    );
    let rule = invoice.validation_rules.first().unwrap();
    assert!(rule.active);
    assert_eq!(
        rule.formula.as_deref(),
        Some("ISBLANK(Site) && NOT($Permission.Bypass)")
    );
    assert_eq!(rule.error_message.as_deref(), Some("No 'site'"));
    assert_eq!(rule.error_display_field, Some("Site".into()));
}

#[test]
fn kinds_of_objects_are_told() {
    let setting = "<customSettingsType>Hierarchy</customSettingsType><label>S</label>";
    let plain = "<label>x</label>";
    let activity = "<fields><fullName>Topic__c</fullName><type>Text</type></fields>";
    let tree = Tree::new(&[
        ("objects/Setting__c.object", xml("CustomObject", setting)),
        ("objects/Event__e.object", xml("CustomObject", plain)),
        ("objects/Type__mdt.object", xml("CustomObject", plain)),
        ("objects/Big__b.object", xml("CustomObject", plain)),
        ("objects/Ext__x.object", xml("CustomObject", plain)),
        ("objects/Account.object", xml("CustomObject", plain)),
        ("objects/Activity.object", xml("CustomObject", activity)),
    ]);
    let snapshot = tree.collect();
    let kinds: Vec<_> = snapshot
        .objects
        .iter()
        .map(|(name, object)| (name.as_str(), object.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("Account", ObjectKind::Ordinary),
            ("Activity", ObjectKind::Ordinary),
            ("Big__b", ObjectKind::BigObject),
            ("Event__e", ObjectKind::PlatformEvent),
            ("Ext__x", ObjectKind::ExternalObject),
            ("Setting__c", ObjectKind::CustomSetting),
            ("Type__mdt", ObjectKind::CustomMetadata),
        ]
    );
    // Fields alone do not define the object itself.
    assert!(!object(&snapshot, "Activity").defined);
    assert!(object(&snapshot, "Account").defined);
    assert!(
        object(&snapshot, "Activity")
            .fields
            .contains_key(&"topic__c".into())
    );
}

#[test]
fn the_active_version_of_a_flow_counts() {
    let flow = |label: &str, status: &str| {
        xml(
            "Flow",
            &format!(
                "<label>{label}</label><processType>AutoLaunchedFlow</processType>\
                 <runInMode>SystemModeWithSharing</runInMode><start>\n<object>Lead</object>\
                 <recordTriggerType>Update</recordTriggerType><triggerType>RecordAfterSave</triggerType></start>\
                 <status>{status}</status>"
            ),
        )
    };
    let tree = Tree::new(&[
        ("flows/Now.flow-meta.xml", flow("now", "Active")),
        ("flows/Old-1.flow", flow("one", "Active")),
        ("flows/Old-2.flow", flow("two", "Draft")),
        ("flows/Chosen-1.flow", flow("one", "Obsolete")),
        ("flows/Chosen-2.flow", flow("two", "Draft")),
        (
            "flowDefinitions/Chosen.flowDefinition",
            xml(
                "FlowDefinition",
                "<activeVersionNumber>1</activeVersionNumber>",
            ),
        ),
    ]);
    let snapshot = tree.collect();
    let told: Vec<_> = snapshot
        .flows
        .iter()
        .map(|flow| {
            (
                flow.name.as_str(),
                flow.label.as_deref().unwrap(),
                flow.status.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Chosen", "one", "Active"),
            ("Now", "now", "Active"),
            ("Old", "one", "Active")
        ]
    );
    let now = &snapshot.flows[1];
    assert_eq!(now.object, Some("Lead".into()));
    assert_eq!(now.run_in_mode.as_deref(), Some("SystemModeWithSharing"));
    assert_eq!(now.trigger_type.as_deref(), Some("RecordAfterSave"));
    assert_eq!(now.record_trigger_type.as_deref(), Some("Update"));
}

#[test]
fn a_process_tells_the_object_that_starts_it() {
    let values = |kind: &str| {
        xml(
            "Flow",
            &format!(
                "<processMetadataValues><name>ObjectType</name><value><stringValue>Case</stringValue></value>\
                 </processMetadataValues><processMetadataValues><name>ObjectVariable</name><value>\
                 <elementReference>x</elementReference></value></processMetadataValues>\
                 <processType>{kind}</processType>"
            ),
        )
    };
    let tree = Tree::new(&[
        ("flows/Called.flow", values("InvocableProcess")),
        ("flows/Started.flow", values("Workflow")),
    ]);
    let flows = tree.collect().flows;
    assert_eq!(flows[0].object, None);
    assert_eq!(flows[1].object, Some("Case".into()));
}

#[test]
fn apex_is_told_from_source_and_meta_file() {
    let meta = |root: &str| {
        xml(
            root,
            "<apiVersion>61.0</apiVersion><status>Inactive</status>",
        )
    };
    let tree = Tree::new(&[
        (
            "triggers/T.trigger",
            "/* x */\ntrigger T on Opportunity (before update) {}".to_owned(),
        ),
        ("triggers/T.trigger-meta.xml", meta("ApexTrigger")),
        ("classes/C.cls-meta.xml", meta("ApexClass")),
        ("classes/C.cls", "\u{FEFF}class C {}".to_owned()),
    ]);
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    let [class, trigger] = snapshot.apex.as_slice() else {
        panic!("{:?}", snapshot.apex)
    };
    assert_eq!(
        (class.kind, class.api_version.as_deref()),
        (ApexKind::Class, Some("61.0"))
    );
    assert_eq!(trigger.object, Some("Opportunity".into()));
    assert_eq!(trigger.status.as_deref(), Some("Inactive"));
    assert_eq!(tree.place(&snapshot, trigger.at), "triggers/T.trigger:2");
}

#[test]
fn a_trigger_whose_source_is_hidden_lowers_coverage_and_is_no_fault() {
    let tree = Tree::new(&[("triggers/ns__T.trigger", "(hidden)")]);
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    assert_eq!(snapshot.apex[0].object, None);
    assert_eq!(
        snapshot.coverage.status(Area::Apex),
        CoverageStatus::Partial
    );
    tree.add(
        "triggers/ns__T.trigger",
        "trigger T on Lead (before insert) {}",
    );
    assert!(tree.collect().coverage.is_read(Area::Apex));
}

#[test]
fn sharing_rules_tell_who_gets_what() {
    let body = "<sharingOwnerRules>\n<fullName>R1</fullName><accessLevel>Edit</accessLevel><label>x</label>\
        <sharedTo><group>Sync</group></sharedTo><sharedFrom><allInternalUsers/></sharedFrom></sharingOwnerRules>\n\
        <sharingCriteriaRules><fullName>R2</fullName><accessLevel>Read</accessLevel><sharedTo><role>CEO</role></sharedTo>\
        <criteriaItems><field>Site</field></criteriaItems></sharingCriteriaRules>";
    let tree = Tree::new(&[(
        "sharingRules/Account.sharingRules-meta.xml",
        xml("SharingRules", body),
    )]);
    let snapshot = tree.collect();
    let [owner, criteria] = snapshot.sharing_rules.as_slice() else {
        panic!()
    };
    assert_eq!(
        (owner.kind, owner.access_level.as_deref()),
        (SharingRuleKind::Owner, Some("Edit"))
    );
    let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
    assert_eq!(owner.shared_to, pair("group", "Sync"));
    assert_eq!(owner.shared_from, pair("allInternalUsers", ""));
    assert_eq!(
        (criteria.kind, criteria.object.as_str()),
        (SharingRuleKind::Criteria, "Account")
    );
    assert_eq!(criteria.shared_to, pair("role", "CEO"));
    assert_eq!(
        tree.place(&snapshot, criteria.at),
        "sharingRules/Account.sharingRules-meta.xml:5"
    );
}

#[test]
fn custom_permissions_tell_what_they_require() {
    let body = "<label>Bypass</label><requiredPermission><customPermission>Base</customPermission>\
        <dependency>true</dependency></requiredPermission>";
    let tree = Tree::new(&[(
        "customPermissions/Bypass.customPermission-meta.xml",
        xml("CustomPermission", body),
    )]);
    let snapshot = tree.collect();
    let bypass = snapshot.custom_permissions.get(&"bypass".into()).unwrap();
    assert_eq!(bypass.required, ["Base".into()]);
}
