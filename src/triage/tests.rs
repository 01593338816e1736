use proptest::prelude::*;

use super::*;

fn sorted(message: &str) -> Classified {
    Rules::built_in().unwrap().classify(&SyncError::of(message))
}

#[test]
fn the_built_in_rules_are_sound_and_name_only_audits_of_the_contract() {
    let rules = Rules::built_in().unwrap();
    let ids: std::collections::BTreeSet<_> = rules.rules.iter().map(|rule| &rule.id).collect();
    assert_eq!(ids.len(), rules.rules.len());
    for rule in &rules.rules {
        assert!(
            !rule.control.is_empty() && !rule.next.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn codes_decide_before_phrases() {
    let error = sorted("DUPLICATES_DETECTED: insufficient access rights on object id");
    assert_eq!(error.group.as_deref(), Some("duplicate"));
    assert_eq!(error.code.as_deref(), Some("DUPLICATES_DETECTED"));
}

#[test]
fn what_the_text_tells_is_taken_and_no_more() {
    for (text, object, field) in [
        (
            "INVALID_FIELD: No such column 'Renewal_Date__c' on sobject of type Contact",
            Some("Contact"),
            Some("Renewal_Date__c"),
        ),
        (
            "INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: A__c, B__c. Please check the security settings",
            None,
            Some("A__c"),
        ),
        (
            "bad value for restricted picklist field: Working: Industry",
            None,
            Some("Industry"),
        ),
        (
            "entity type cannot be inserted: Account",
            Some("Account"),
            None,
        ),
        (
            "sObject type 'Deal__c' is not supported.",
            Some("Deal__c"),
            None,
        ),
        (
            "REQUIRED_FIELD_MISSING: Required fields are missing: [Company]: [Company]",
            None,
            Some("Company"),
        ),
        (
            "You cannot update this field. Account.Industry",
            Some("Account"),
            Some("Industry"),
        ),
        (
            "INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id",
            None,
            None,
        ),
        ("insufficient access", None, None),
    ] {
        let resource = extract::resource(&SyncError::of(text));
        assert_eq!(
            (resource.object.as_deref(), resource.field.as_deref()),
            (object, field),
            "{text}"
        );
    }
}

#[test]
fn ids_tell_the_kind_of_record() {
    let error = sorted(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: insufficient access rights on cross-reference id: 001000000000009",
    );
    assert_eq!(error.refers_to.as_deref(), Some("Account"));
    assert_eq!(error.types, [4, 3]);
    let error = sorted(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: insufficient access rights on cross-reference id: 005000000000009",
    );
    assert_eq!(error.types.first(), Some(&5));
}

#[test]
fn a_token_that_ended_in_1970_is_of_the_wrong_kind_and_not_expired() {
    let body = r#"{"status":"error","message":"The OAuth token used to make this call expired 20781 day(s) ago.","category":"EXPIRED_AUTHENTICATION","context":{"expire time":["1970-01-01T00:00:00Z"]}}"#;
    assert_eq!(
        sorted(body).rule.as_deref(),
        Some("token-of-the-wrong-kind")
    );
    let days = "The OAuth token used to make this call expired 20781 day(s) ago.";
    assert_eq!(
        sorted(days).rule.as_deref(),
        Some("token-of-the-wrong-kind")
    );
    let real = "The OAuth token used to make this call expired 75 second(s) ago.";
    assert_eq!(sorted(real).rule.as_deref(), Some("token-expired"));
}

#[test]
fn a_file_of_rules_is_looked_at_first_and_its_faults_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    std::fs::write(&file, "[[rule]]\nid = 'ours'\nkind = 'other'\ngroup = 'ours'\ncertainty = 'certain'\ncodes = ['UNABLE_TO_LOCK_ROW']\n").unwrap();
    let rules = Rules::with_file(&file).unwrap();
    assert_eq!(
        rules
            .classify(&SyncError::of("UNABLE_TO_LOCK_ROW"))
            .rule
            .as_deref(),
        Some("ours")
    );
    for (text, says) in [
        (
            "[[rule]]\nid='x'\nkind='permission'\ncertainty='certain'\ncodes=['X']",
            "types",
        ),
        (
            "[[rule]]\nid='x'\nkind='other'\ngroup='g'\ncertainty='certain'\nphrases=['']",
            "empty text",
        ),
        (
            "[[rule]]\nid='x'\nkind='other'\ngroup='g'\ncertainty='certain'",
            "codes",
        ),
        (
            "[[rule]]\nid='x'\nkind='permission'\ntypes=[14]\ncertainty='certain'\ncodes=['X']",
            "no type 14",
        ),
        ("[[rule]]\nid='x'\ncolour='red'", "colour"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = Rules::with_file(&file).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

fn read_all(text: &[u8]) -> Vec<SyncError> {
    let mut all = Vec::new();
    input::read(text, "input", &Reading::default(), &mut |error| {
        all.push(error)
    })
    .unwrap();
    all
}

#[test]
fn pasted_text_is_read_by_lines_indented_lines_and_bodies() {
    let text = b"first message\n  goes on\n\n{\n \"category\": \"MISSING_SCOPES\",\n \"message\": \"x\"\n}\n[{\"errorCode\":\"A_B_C\",\"message\":\"m\",\"fields\":[\"Email\"]},{\"message\":\"n\"}]\n[Contact] last\n";
    let all = read_all(text);
    let messages: Vec<&str> = all.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "first message\n  goes on",
            "MISSING_SCOPES: x",
            "A_B_C: m: fields: Email",
            "n",
            "[Contact] last"
        ]
    );
    assert_eq!(all[2].field.as_deref(), Some("Email"));
    assert_eq!(all[4].line, 9);
}

#[test]
fn the_column_of_messages_is_found_by_what_stands_in_it() {
    let all = read_all(b"operation,what happened,type\nUpdate,UNABLE_TO_LOCK_ROW: unable to obtain exclusive access,x\n");
    assert_eq!(
        all[0].message,
        "UNABLE_TO_LOCK_ROW: unable to obtain exclusive access"
    );
    assert_eq!(all[0].operation, Some(crate::finding::Operation::Edit));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let error = sorted(&text);
        let _ = (error.sentence(), error.error_type());
        let rules = Rules::built_in().unwrap();
        let mut sorter = Sorter::new(&rules, None);
        for csv in [None, Some(true), Some(false)] {
            let how = Reading { csv, ..Reading::default() };
            let _ = input::read(bytes.as_slice(), "bytes", &how, &mut |error| sorter.add(&error));
            let _ = input::read(text.as_bytes(), "text", &how, &mut |error| sorter.add(&error));
        }
        let triage = sorter.finish();
        prop_assert_eq!(triage.errors.len(), triage.groups.iter().map(|group| group.count).sum::<usize>());
    }
}
