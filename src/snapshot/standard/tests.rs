use super::*;

fn get(object: &str, name: &str) -> &'static StandardField {
    field(&Name::new(object), &Name::new(name)).unwrap_or_else(|| panic!("{object}.{name}"))
}

fn governed(object: &str, name: &str) -> FieldSecurity {
    get(object, name).governed
}

fn compound(object: &str, name: &str) -> Option<String> {
    compound_of(&Name::new(object), &Name::new(name)).map(|name| name.to_string())
}

fn required(object: &str) -> Vec<&'static str> {
    required_on_create(&Name::new(object))
        .iter()
        .map(|field| field.name.as_str())
        .collect()
}

fn never_written(object: &str, name: &str) -> bool {
    let field = get(object, name);
    field.createable == Some(false) && field.updateable == Some(false)
}

#[test]
fn every_line_of_the_data_can_be_read() {
    let none: [String; 0] = [];
    assert_eq!(TABLE.rejected, none);
    let (objects, fields) = (
        TABLE.objects().len(),
        TABLE
            .objects()
            .iter()
            .map(|object| object.fields.len())
            .sum::<usize>(),
    );
    assert!((90..150).contains(&objects), "{objects} objects");
    assert!((2500..4000).contains(&fields), "{fields} fields");
    for object in TABLE.objects() {
        assert!(!object.fields.is_empty(), "{}", object.name);
        let twice = object
            .fields
            .windows(2)
            .find(|pair| pair[0].name == pair[1].name);
        assert!(twice.is_none(), "{twice:?}");
    }
}

#[test]
fn malformed_lines_are_set_aside() {
    let text = "Stray string CU\n[Thing]\nName\nCode string X\nSize int C len=big\nGood string CU\nOdd int C x=1";
    let table = Table::parse(text);
    let thing = table
        .object(&Name::new("thing"))
        .map(|object| object.fields.len());
    assert_eq!(thing, Some(1));
    assert_eq!(table.rejected.len(), 5);
}

#[test]
fn names_are_compared_without_regard_to_case() {
    assert_eq!(get("ACCOUNT", "billingcity").name.as_str(), "BillingCity");
    assert!(is_standard_object(&Name::new("opportunitylineitem")));
    assert!(is_system_field("SYSTEMMODSTAMP"));
    assert_eq!(
        compound("Shop__c", "PLACE__LATITUDE__S").as_deref(),
        Some("PLACE__c")
    );
}

#[test]
fn unknown_names_answer_nothing() {
    assert!(field(&Name::new("Account"), &Name::new("Industri")).is_none());
    assert!(!is_standard_object(&Name::new("Invoice__c")));
    assert_eq!(fields(&Name::new("Invoice__c")).count(), 0);
    assert!(required("Invoice__c").is_empty());
    assert_eq!(has_object_permissions(&Name::new("Invoice__c")), None);
    assert_eq!(compound("Account", ""), None);
    assert_eq!(compound("Shop__c", "é__s"), None);
}

#[test]
fn ordinary_fields_are_governed_by_field_level_security() {
    for (object, name) in [
        ("Account", "Industry"),
        ("Account", "Website"),
        ("Contact", "Email"),
        ("Contact", "MailingAddress"),
        ("Lead", "LeadSource"),
        ("Opportunity", "Amount"),
        ("Case", "Subject"),
        ("Task", "WhatId"),
        ("Contract", "Name"),
        ("OpportunityLineItem", "Discount"),
    ] {
        assert_eq!(
            governed(object, name),
            FieldSecurity::Governed,
            "{object}.{name}"
        );
    }
}

#[test]
fn a_part_of_an_address_is_governed_as_the_address_is() {
    assert_eq!(governed("Account", "BillingCity"), FieldSecurity::Governed);
    assert_eq!(
        governed("Contact", "MailingStateCode"),
        FieldSecurity::Governed
    );
    assert_eq!(governed("User", "City"), FieldSecurity::NotKnown);
}

#[test]
fn names_required_fields_and_owners_are_not_governed() {
    for (object, name) in [
        ("Account", "Name"),
        ("Account", "OwnerId"),
        ("Account", "RecordTypeId"),
        ("Contact", "FirstName"),
        ("Contact", "LastName"),
        ("Lead", "Company"),
        ("Lead", "Status"),
        ("Opportunity", "StageName"),
        ("Opportunity", "CloseDate"),
        ("Opportunity", "CurrencyIsoCode"),
        ("Task", "Subject"),
        ("Event", "StartDateTime"),
        ("Case", "CreatedDate"),
        ("CampaignMember", "Status"),
    ] {
        assert_eq!(
            governed(object, name),
            FieldSecurity::NotGoverned,
            "{object}.{name}"
        );
    }
}

#[test]
fn what_no_source_proves_is_not_known() {
    assert_eq!(governed("Account", "PersonEmail"), FieldSecurity::NotKnown);
    assert_eq!(governed("User", "Title"), FieldSecurity::NotKnown);
    // The references list the properties of campaigns and quotes only in part.
    assert_eq!(get("Campaign", "Type").updateable, None);
    assert_eq!(get("Quote", "Description").updateable, None);
    assert_eq!(get("Account", "PersonMailingCity").createable, None);
}

#[test]
fn fields_that_nobody_can_write_are_told_from_those_that_can_be_written() {
    for (object, name) in [
        ("Account", "Id"),
        ("Contact", "Name"),
        ("Lead", "MasterRecordId"),
        ("Opportunity", "ExpectedRevenue"),
        ("Opportunity", "IsWon"),
        ("Case", "CaseNumber"),
        ("Task", "IsClosed"),
    ] {
        assert!(never_written(object, name), "{object}.{name}");
    }
    for (object, name) in [
        ("Account", "Name"),
        ("Contact", "MailingCity"),
        // Edit on an address is granted as a whole.
        ("Contact", "MailingAddress"),
        ("Lead", "ConvertedAccountId"),
        ("Opportunity", "Probability"),
        ("Campaign", "Name"),
        ("Contract", "EndDate"),
    ] {
        assert!(!never_written(object, name), "{object}.{name}");
    }
    assert_eq!(get("Contact", "Name").field_type, FieldType::PersonName);
    assert_eq!(get("Case", "CaseNumber").field_type, FieldType::AutoNumber);
}

#[test]
fn system_fields_are_neither_governed_nor_written_on_any_object() {
    for object in TABLE.objects() {
        for field in &object.fields {
            if field.createable == Some(true) || field.updateable == Some(true) {
                assert!(
                    !is_system_field(field.name.as_str()),
                    "{}.{}",
                    object.name,
                    field.name
                );
            }
            if is_system_field(field.name.as_str()) {
                assert_eq!(
                    field.governed,
                    FieldSecurity::NotGoverned,
                    "{}.{}",
                    object.name,
                    field.name
                );
            }
        }
    }
}

#[test]
fn parts_of_addresses_and_geolocations_name_their_compound_field() {
    assert_eq!(
        compound("Account", "ShippingGeocodeAccuracy").as_deref(),
        Some("ShippingAddress")
    );
    assert_eq!(
        compound("Contact", "OtherStreet").as_deref(),
        Some("OtherAddress")
    );
    assert_eq!(compound("Lead", "PostalCode").as_deref(), Some("Address"));
    assert_eq!(
        compound("Account", "PersonMailingCity").as_deref(),
        Some("PersonMailingAddress")
    );
    assert_eq!(
        compound("Quote", "QuoteToCity").as_deref(),
        Some("QuoteToAddress")
    );
    assert_eq!(
        compound("Shop__c", "ns__Place__Longitude__s").as_deref(),
        Some("ns__Place__c")
    );
    assert_eq!(
        compound("Account", "Home__CountryCode__s").as_deref(),
        Some("Home__c")
    );
    // Not parts, although the names look like it.
    assert_eq!(compound("Contact", "FirstName"), None);
    assert_eq!(compound("CampaignMember", "City"), None);
    assert_eq!(compound("Shop__c", "Place__Colour__s"), None);
    assert_eq!(compound("Shop__c", "City__c"), None);
}

#[test]
fn every_compound_named_in_the_table_is_an_address_or_a_geolocation_of_the_object() {
    for object in TABLE.objects() {
        for field in &object.fields {
            let Some(compound) = &field.compound else {
                continue;
            };
            let compound = object.field(compound).map(|compound| &compound.field_type);
            assert!(
                matches!(compound, Some(FieldType::Address | FieldType::Geolocation)),
                "{}.{}",
                object.name,
                field.name
            );
        }
    }
}

#[test]
fn required_fields_are_those_without_which_a_record_is_refused() {
    assert_eq!(required("Account"), ["Name"]);
    assert_eq!(required("Contact"), ["LastName"]);
    assert_eq!(required("Lead"), ["Company", "LastName"]);
    assert_eq!(required("Opportunity"), ["CloseDate", "Name", "StageName"]);
    assert_eq!(required("Case"), [""; 0]);
    assert_eq!(required("Task"), [""; 0]);
    assert_eq!(required("Event"), [""; 0]);
    assert_eq!(required("Contract"), ["AccountId"]);
    assert_eq!(
        required("OpportunityLineItem"),
        ["OpportunityId", "Quantity"]
    );
    assert_eq!(
        required("PricebookEntry"),
        ["Pricebook2Id", "Product2Id", "UnitPrice"]
    );
}

#[test]
fn objects_without_permissions_of_their_own_are_known() {
    let parent = |object| controlling_parent(&Name::new(object)).map(|name| name.to_string());
    assert_eq!(parent("orderitem").as_deref(), Some("Order"));
    assert_eq!(parent("CampaignMember").as_deref(), Some("Campaign"));
    assert_eq!(parent("Contact"), None);
    let has = |object| has_object_permissions(&Name::new(object));
    assert_eq!(has("Contact"), Some(true));
    assert_eq!(has("Quote"), Some(true));
    assert_eq!(has("User"), Some(false));
    assert_eq!(has("PricebookEntry"), Some(false));
    for object in objects().filter(|object| controlling_parent(object).is_some()) {
        assert_eq!(has_object_permissions(object), Some(false), "{object}");
    }
}

#[test]
fn a_field_of_some_orgs_only_does_not_exist_everywhere() {
    let exists = |object, name| exists_on(&Name::new(object), &Name::new(name));
    assert!(exists("Account", "Industry"));
    assert!(exists("Account", "Id"));
    assert!(exists("Lead", "DoNotCall"));
    assert!(!exists("Account", "PersonEmail"));
    assert!(!exists("Opportunity", "CurrencyIsoCode"));
    assert!(!exists("Contact", "MailingStateCode"));
}

#[test]
fn lookups_tell_their_targets_and_relationship() {
    let parent = get("Account", "ParentId");
    assert_eq!(parent.field_type, FieldType::Lookup);
    assert_eq!(parent.reference_to, [Name::new("Account")]);
    assert_eq!(parent.relationship, Some(Name::new("Parent")));
    assert!(
        get("Task", "WhoId")
            .reference_to
            .contains(&Name::new("Lead"))
    );
    assert_eq!(get("Account", "AccountNumber").length, Some(40));
    assert!(get("Contact", "GenderIdentity").restricted_picklist);
}
