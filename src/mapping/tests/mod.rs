//! Mapping files as people write them, good and bad, from outside.

use std::path::{Path, PathBuf};

use super::*;

mod documentation;
mod random;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/mappings")
        .join(name)
}

fn good(name: &str) -> Vec<MappingRow> {
    read(&fixture(&format!("good/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The message for a broken file, with the folder left out.
fn refused(name: &str) -> String {
    let path = fixture(&format!("broken/{name}"));
    let folder = path.parent().unwrap().display().to_string();
    let message = read(&path).unwrap_err().to_string();
    message.replace(&format!("{folder}{}", std::path::MAIN_SEPARATOR), "")
}

/// A row without its place.
fn facts(row: &MappingRow) -> (&str, &str, Option<&str>, &str, SyncRule, SyncRule) {
    (
        &row.hubspot_object,
        &row.hubspot_property,
        row.object.as_ref().map(crate::snapshot::Name::as_str),
        row.field.as_str(),
        row.sync_rule,
        row.stated_rule,
    )
}

fn lines(error: &MappingFileError) -> Vec<Option<usize>> {
    match error {
        MappingFileError::Faults(faults) => faults.faults().iter().map(|f| f.line).collect(),
        other => panic!("no faults with lines: {other}"),
    }
}

#[test]
fn the_export_of_hubspot_is_read_with_its_object_from_the_file_name() {
    use SyncRule::{
        AlwaysUseSalesforce as Always, DontSync, PreferSalesforceUnlessBlank as Prefer, TwoWay,
    };
    let rows = good("9900001_CONTACT_field_mappings.csv");
    let expected = [
        ("contacts", "email", None, "Email", TwoWay, TwoWay),
        ("contacts", "jobtitle", None, "Title", Prefer, Prefer),
        (
            "contacts",
            "hubspot_owner_id",
            None,
            "OwnerId",
            TwoWay,
            Prefer,
        ),
        (
            "contacts",
            "lifetime_value",
            None,
            "Lifetime_Value__c",
            Always,
            Always,
        ),
        (
            "contacts",
            "internal_note",
            None,
            "Internal_Note__c",
            DontSync,
            DontSync,
        ),
    ];
    assert_eq!(rows.iter().map(facts).collect::<Vec<_>>(), expected);
    let places: Vec<_> = rows.iter().map(|row| (row.row, row.line)).collect();
    assert_eq!(places, [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]);
    assert!(rows[0].file.ends_with("9900001_CONTACT_field_mappings.csv"));
}

#[test]
fn the_same_mappings_are_read_alike_in_every_format_each_with_its_own_lines() {
    use SyncRule::{
        AlwaysUseSalesforce as Always, DontSync, PreferSalesforceUnlessBlank as Prefer, TwoWay,
    };
    let expected = [
        (
            "contacts",
            "email",
            Some("Contact"),
            "Email",
            TwoWay,
            TwoWay,
        ),
        ("companies", "name", Some("Account"), "Name", Prefer, Prefer),
        (
            "deals",
            "amount",
            Some("Opportunity"),
            "Amount",
            Always,
            Always,
        ),
        (
            "p_contract",
            "ends_on",
            Some("Contract__c"),
            "Ends_On__c",
            TwoWay,
            TwoWay,
        ),
        (
            "tasks",
            "hubspot_owner_id",
            Some("Task"),
            "OwnerId",
            TwoWay,
            Prefer,
        ),
        (
            "tickets",
            "subject",
            Some("Case"),
            "Subject",
            DontSync,
            DontSync,
        ),
    ];
    for (name, places) in [
        ("own.csv", [2, 3, 4, 5, 6, 7]),
        ("semicolons.csv", [2, 3, 5, 7, 8, 9]),
        ("tabs.tsv", [2, 3, 4, 5, 6, 7]),
        ("own.json", [3, 4, 5, 6, 7, 8]),
        ("own.toml", [2, 9, 15, 21, 28, 34]),
    ] {
        let rows = good(name);
        assert_eq!(
            rows.iter().map(facts).collect::<Vec<_>>(),
            expected,
            "{name}"
        );
        assert_eq!(
            rows.iter().map(|row| row.line).collect::<Vec<_>>(),
            places,
            "{name}"
        );
        let counted: Vec<_> = rows.iter().map(|row| row.row).collect();
        assert_eq!(counted, [1, 2, 3, 4, 5, 6], "{name}");
    }
}

#[test]
fn a_file_without_a_telling_ending_is_known_by_its_text() {
    for name in [
        "own.csv",
        "semicolons.csv",
        "tabs.tsv",
        "own.json",
        "own.toml",
    ] {
        let bytes = std::fs::read(fixture(&format!("good/{name}"))).unwrap();
        let rows = read_bytes(&bytes, "mappings").unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(rows.len(), 6, "{name}");
    }
    let headers =
        b"mapping_type;hubspot_object;hubspot_property;salesforce_field\nnone;deals;a;A__c\n";
    assert_eq!(read_bytes(headers, "list.txt").unwrap().len(), 1);
    let table = b"mappings=[{hubspot_object='deals',hubspot_property='a',salesforce_field='A',sync_rule='none'}]";
    assert_eq!(read_bytes(table, "list").unwrap().len(), 1);
    let list = br#" [{"hubspot_object":"deals","hubspot_property":"a","salesforce_field":"A__c","sync_rule":"none"}]"#;
    assert_eq!(read_bytes(list, "/dev/stdin").unwrap().len(), 1);
}

#[test]
fn each_broken_file_says_what_is_wrong_where_and_what_to_do() {
    let mut names: Vec<String> = std::fs::read_dir(fixture("broken"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut all = String::new();
    for name in names {
        all.push_str(&refused(&name));
        all.push_str("\n\n");
    }
    insta::with_settings!({
        snapshot_path => "../../../fixtures/mappings",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("refusals", all.trim_end());
    });
}

#[test]
fn what_is_not_there_or_no_file_is_said_so() {
    let missing = read(&fixture("nowhere.csv")).unwrap_err();
    assert!(
        matches!(missing, MappingFileError::Missing { .. }),
        "{missing}"
    );
    let folder = read(&fixture("good")).unwrap_err();
    assert!(
        matches!(folder, MappingFileError::Folder { .. }),
        "{folder}"
    );
}

#[test]
fn a_file_of_200_mb_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.csv");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(200_000_000)
        .unwrap();
    let error = read(&path).unwrap_err();
    assert!(
        matches!(error, MappingFileError::TooLarge { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("larger than 4 MiB"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_file_without_an_end_is_refused() {
    let error = read(Path::new("/dev/zero")).unwrap_err();
    assert!(
        matches!(error, MappingFileError::TooLarge { .. }),
        "{error}"
    );
}

#[test]
fn every_mapping_of_the_corpora_is_read() {
    let Some(corpora) = std::env::var_os("PERMGAP_CORPORA") else {
        return;
    };
    let mut files = 0;
    for corpus in std::fs::read_dir(corpora).unwrap() {
        for number in 1..=2 {
            let path = corpus
                .as_ref()
                .unwrap()
                .path()
                .join(format!("cases/mapping-{number}.csv"));
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let rows = read(&path).unwrap_or_else(|error| panic!("{error}"));
            let stated: Vec<_> = text
                .lines()
                .skip(1)
                .map(|l| l.split(',').nth(2).unwrap().to_owned())
                .collect();
            let found: Vec<_> = rows
                .iter()
                .map(|row| row.object.clone().unwrap().to_string())
                .collect();
            assert_eq!(found, stated, "{}", path.display());
            files += 1;
        }
    }
    assert!(files > 0, "PERMGAP_CORPORA has no mapping file");
}

#[test]
fn more_rows_than_any_portal_has_stop_the_reading() {
    let mut text = String::from("hubspot_object,hubspot_property,salesforce_field,sync_rule\n");
    for _ in 0..=MAX_ROWS {
        text.push_str("deals,a,A,None\n");
    }
    let error = read_str(&text, "m.csv", Format::Csv).unwrap_err();
    assert_eq!(lines(&error), [Some(MAX_ROWS + 2)]);
}

#[test]
fn lines_are_right_after_blank_lines_and_quoted_line_breaks() {
    let text = "\r\n\r\nhubspot_object,hubspot_property,salesforce_field,sync_rule,note\r\n\
                deals,a,A__c,None,\"one\r\ntwo\nthree\"\r\n\r\n  \r\ndeals,b,B__c,what,\r\ndeals,c,C__c,None,";
    let error = read_str(text, "m.csv", Format::Csv).unwrap_err();
    assert_eq!(lines(&error), [Some(9)]);
    let rows = read_str(&text.replace("what", "None"), "m.csv", Format::Csv).unwrap();
    let places: Vec<_> = rows.iter().map(|row| (row.row, row.line)).collect();
    assert_eq!(places, [(1, 4), (2, 9), (3, 10)]);
}

#[test]
fn excel_may_state_the_separator_and_pad_rows() {
    let text = "sep=;\r\nHubSpot Property Name;Salesforce Field Name;Sync Direction;Mapping Type;;\r\n\
                amount;Amount;Two-way;Custom;;;;\r\n";
    let rows = read_str(text, "1_DEAL_field_mappings.csv", Format::Csv).unwrap();
    assert_eq!((rows[0].line, rows[0].sync_rule), (3, SyncRule::TwoWay));
}

#[test]
fn a_sync_direction_that_is_no_rule_is_never_replaced_by_the_mapping_type() {
    let text = "HubSpot Property Name,Salesforce Field Name,Sync Direction,Mapping Type\namount,Amount,Both,None\n";
    let error = read_str(text, "1_DEAL_field_mappings.csv", Format::Csv).unwrap_err();
    assert_eq!(lines(&error), [Some(2)]);
    assert!(
        error.to_string().contains("`Both` in `Sync Direction`"),
        "{error}"
    );
}

#[test]
fn two_columns_for_one_thing_are_refused() {
    let text = "hubspot_object,hubspot_property,HubSpot Field Name,salesforce_field,sync_rule\n";
    let error = read_str(text, "m.csv", Format::Csv).unwrap_err();
    assert!(
        error.to_string().contains("more than one column"),
        "{error}"
    );
}

#[test]
fn an_owner_that_is_not_synced_stays_so() {
    let row = |rule: &str| {
        let text = format!(
            "hubspot_object,hubspot_property,salesforce_field,sync_rule\ndeals,x,ownerid,{rule}\n"
        );
        read_str(&text, "m.csv", Format::Csv).unwrap().remove(0)
    };
    assert_eq!(row("None").sync_rule, SyncRule::DontSync);
    let always = row("Always use Salesforce");
    assert_eq!(always.sync_rule, SyncRule::TwoWay);
    assert_eq!(always.stated_rule, SyncRule::AlwaysUseSalesforce);
}

#[test]
fn keys_given_twice_are_refused_in_json() {
    let text = "[{\"hubspot_object\":\"deals\",\n\"hubspot_property\":\"a\",\"HubSpot Property\":\"b\",\n\
                \"salesforce_field\":\"A\",\"salesforce_field\":\"B\",\"sync_rule\":\"none\"}]";
    let error = read_str(text, "m.json", Format::Json).unwrap_err();
    assert_eq!(lines(&error), [Some(2), Some(3)]);
}

#[test]
fn json_and_toml_that_hold_no_list_say_what_to_write() {
    for (text, format) in [
        ("7", Format::Json),
        ("{}", Format::Json),
        ("{\"mappings\": {}}", Format::Json),
        ("{\"mapings\": []}", Format::Json),
        ("[7]", Format::Json),
        ("mapping = 7", Format::Toml),
        ("[mapping]\na = 1", Format::Toml),
        ("[[mappping]]\na = 1", Format::Toml),
        ("mapping = [7]", Format::Toml),
    ] {
        let error = read_str(text, "m", format).unwrap_err();
        assert_eq!(lines(&error), [Some(1)], "{text}: {error}");
        assert!(error.to_string().contains("mapping"), "{text}: {error}");
    }
    for (text, format) in [
        ("[]", Format::Json),
        ("mapping = []", Format::Toml),
        ("# x", Format::Toml),
    ] {
        let error = read_str(text, "m", format).unwrap_err();
        assert!(error.to_string().contains("no data row"), "{text}: {error}");
    }
}

#[test]
fn a_million_brackets_do_not_overflow_the_stack() {
    for (text, format) in [
        ("[".repeat(1_000_000), Format::Json),
        ("{\"a\":".repeat(200_000), Format::Json),
        (format!("mapping = {}", "[".repeat(1_000_000)), Format::Toml),
    ] {
        assert!(read_str(&text, "m", format).is_err());
    }
}
