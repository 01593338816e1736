//! `permgap triage`, from outside.

use serde_json::Value;

use crate::runner::{Run, command, finish, permgap};

const MESSAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/triage/messages.tsv");
const PHRASINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/triage/phrasings.tsv");
const WORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/triage/wordings.tsv");
const CODES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/triage/status_codes.txt"
);
const EXPORT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/triage/sync_errors.csv"
);

fn piped(text: &str, args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    finish(
        command(folder.path())
            .args(["triage"])
            .args(args)
            .write_stdin(text),
    )
}

fn json(text: &str, args: &[&str]) -> Value {
    piped(text, &[&["--format", "json"], args].concat()).json()
}

/// What a group is called in the labelled set.
fn label(group: &Value) -> String {
    match (&group["type"], &group["group"]) {
        (Value::Number(number), _) => number.to_string(),
        (_, Value::String(name)) => name.clone(),
        _ => group["kind"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn each_labelled_message_is_what_its_label_says() {
    let text = std::fs::read_to_string(MESSAGES).unwrap();
    let rows: Vec<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    assert!(rows.len() >= 120, "{}", rows.len());
    let messages: Vec<&str> = rows.iter().map(|(_, message)| *message).collect();
    let report = json(&messages.join("\n"), &["--input", "text"]);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), rows.len());
    let mut wrong = Vec::new();
    for (error, (expected, message)) in errors.iter().zip(rows) {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        if label(group) != expected {
            wrong.push(format!(
                "{expected} is {} by {}: {message}",
                label(group),
                group["rule"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Columns: what it is, object, field, operation, kind of the record that an id names, message; `*` is not looked at, `-`
/// must not be told.
#[test]
fn other_wordings_are_sorted_and_what_they_tell_is_taken() {
    let text = std::fs::read_to_string(PHRASINGS).unwrap();
    let rows: Vec<Vec<&str>> = (text.lines().skip(1))
        .map(|line| line.splitn(6, '\t').collect())
        .collect();
    assert!(rows.len() >= 200, "{}", rows.len());
    let messages: Vec<&str> = rows.iter().map(|row| row[5]).collect();
    let report = json(&messages.join("\n"), &["--input", "text"]);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), rows.len());
    let mut wrong = Vec::new();
    for (error, row) in errors.iter().zip(&rows) {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        if label(group) != row[0] {
            wrong.push(format!(
                "{} is {} by {}: {}",
                row[0],
                label(group),
                group["rule"],
                row[5]
            ));
        }
        for (key, wanted) in [
            ("object", row[1]),
            ("field", row[2]),
            ("operation", row[3]),
            ("refers_to", row[4]),
        ] {
            let told = group[key].as_str().unwrap_or("-");
            if wanted != "*" && wanted != told {
                wrong.push(format!("{key} {wanted} is {told}: {}", row[5]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Columns: the types that the message may be (or `other`, `hubspot`), and the message.
#[test]
fn many_wordings_are_sorted_and_no_look_alike_is_called_a_permission_error() {
    let text = std::fs::read_to_string(WORDINGS).unwrap();
    let rows: Vec<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    assert!(rows.len() >= 400, "{}", rows.len());
    let messages: Vec<&str> = rows.iter().map(|(_, message)| *message).collect();
    let report = json(&messages.join("\n"), &["--input", "text"]);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), rows.len());
    let codes = std::fs::read_to_string(CODES).unwrap();
    let codes: Vec<&str> = codes.lines().filter(|code| code.contains('_')).collect();
    let (mut wrong, mut other) = (Vec::new(), 0);
    for (error, (expected, message)) in errors.iter().zip(&rows) {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        let told = match group["kind"].as_str().unwrap() {
            "permission-error" => group["type"].to_string(),
            "hubspot-error" => "hubspot".to_owned(),
            "not-a-permission-error" => "other".to_owned(),
            kind => kind.to_owned(),
        };
        let coded = codes.iter().any(|code| message.contains(code));
        other += usize::from(!coded);
        if !expected.split(',').any(|one| one == told) {
            let line = format!("{expected} is {told} by {}: {message}", group["rule"]);
            assert!(!coded, "with a status code: {line}");
            let refused = group["kind"] == "permission-error";
            assert!(*expected != "other" || !refused, "look-alike: {line}");
            wrong.push(line);
        }
    }
    assert!(wrong.len() * 20 <= other, "{other}: {}", wrong.join("\n"));
}

#[test]
fn patterns_of_the_users_own_may_use_the_classes_of_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    let rule = "[words]\ngadget = ['gizmo(s)', 'doo dad']\n[[rule]]\nid = 'gadgets'\nkind = 'other'\ngroup = 'gadget'\ncertainty = 'certain'\npatterns = ['{gadget} ... {none} .. {right}']\nunless = ['on sundays']\n";
    std::fs::write(&file, rule).unwrap();
    let path = file.to_str().unwrap();
    let text = "The doo dad hasn't got any access\nOn Sundays gizmos don't have access\n";
    let report = json(text, &["--input", "text", "--rules", path]);
    let rules: Vec<&Value> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &report["groups"][error["group"].as_u64().unwrap() as usize]["rule"])
        .collect();
    assert_eq!(rules[0], "gadgets");
    assert_ne!(rules[1], "gadgets");
    std::fs::write(&file, rule.replace("{none}", "{nought}")).unwrap();
    let run = piped(text, &["--input", "text", "--rules", path]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("nought"), "{}", run.stderr);
}

#[test]
fn every_status_code_of_salesforce_is_sorted_and_access_is_called_access() {
    let text = std::fs::read_to_string(CODES).unwrap();
    let codes: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let report = json(&codes.join("\n"), &["--input", "text"]);
    for (error, code) in report["errors"].as_array().unwrap().iter().zip(&codes) {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        assert_ne!(group["kind"], "unclassified", "{code}");
        assert_ne!(group["kind"], "hubspot-error", "{code}");
        let of_access = [
            "INSUFFICIENT_ACCESS",
            "NO_ACCESS",
            "_PERMISSION",
            "FORBIDDEN",
            "UNAUTHORIZED_EXCEPTION",
        ]
        .iter()
        .any(|part| code.contains(part));
        let other = ["NO_ACCESS_TOKEN"].iter().any(|part| code.contains(part));
        if of_access && !other {
            assert_eq!(group["kind"], "permission-error", "{code}");
        }
        for (part, kind) in [
            ("LIMIT_EXCEEDED", "limit"),
            ("DUPLICATE", "duplicate"),
            ("LOCK_ROW", "lock"),
        ] {
            if code.contains(part) && !code.starts_with("CART") {
                assert_eq!(group["group"], kind, "{code}");
            }
        }
    }
}

#[test]
fn the_export_is_read_by_its_columns_and_joined_with_an_audit() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(
        folder.path(),
        &["triage", EXPORT, "--demo", "--format", "json"],
    );
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report = run.json();
    assert_eq!(report["joined"], true);
    assert_eq!(report["summary"]["errors"], 12);
    let group = |rule: &str| {
        let all = report["groups"].as_array().unwrap();
        all.iter()
            .find(|group| group["rule"] == rule)
            .unwrap_or_else(|| panic!("{rule}: {all:#?}"))
    };
    let field = group("field-security");
    assert_eq!(
        (&field["object"], &field["field"], &field["operation"]),
        (&"Account".into(), &"Segment__c".into(), &"edit".into())
    );
    assert_eq!(field["count"], 2);
    assert_eq!(field["explained"], true);
    assert_eq!(field["findings"][0]["certainty"], "certain");
    assert!(
        field["sentence"]
            .as_str()
            .unwrap()
            .contains("integration user tried to edit Account.Segment__c")
    );
    let nothing = group("parent-not-accessible");
    assert_eq!(nothing["explained"], false);
    assert!(!nothing["next_check"].as_str().unwrap().is_empty());
    assert_eq!(report["errors"][2]["record_kind"], "Opportunity");
    let audit = permgap(
        folder.path(),
        &["audit", "--demo", "--format", "json", "-o", "report.json"],
    );
    assert_eq!(audit.status, 1, "{}", audit.stderr);
    let joined = permgap(
        folder.path(),
        &[
            "triage",
            EXPORT,
            "--report",
            "report.json",
            "--format",
            "json",
        ],
    )
    .json();
    assert_eq!(joined["groups"], report["groups"]);
}

#[test]
fn every_format_tells_the_same_and_a_spreadsheet_runs_nothing() {
    let text = "error message,object\n\"=cmd|' /C calc'!A0 UNABLE_TO_LOCK_ROW\u{1b}[2J\",Lead\n";
    for (format, holds) in [
        ("table", "Not permission errors: 1"),
        ("csv", "lock"),
        ("json", "\"lock\""),
        ("markdown", "## Not permission errors: 1"),
    ] {
        let run = piped(text, &["--format", format]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(run.stdout.contains(holds), "{}", run.stdout);
        assert!(!run.stdout.contains('\u{1b}'), "{format}");
    }
    let run = piped(text, &["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    let record = reader.records().next().unwrap().unwrap();
    assert!(record.get(17).unwrap().starts_with('\''), "{record:?}");
}

#[test]
fn the_exit_status_is_the_contracts() {
    assert_eq!(piped("UNABLE_TO_LOCK_ROW", &[]).status, 0);
    assert_eq!(piped("INSUFFICIENT_ACCESS_OR_READONLY", &[]).status, 1);
    assert_eq!(
        piped("INSUFFICIENT_ACCESS_OR_READONLY", &["--fail-on", "never"]).status,
        0
    );
    assert_eq!(piped("no idea", &[]).status, 3);
    assert_eq!(piped("", &[]).status, 0);
    let run = piped("a,b\n1,2\n", &["--col-message", "c"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("no column `c`; it has a, b"),
        "{}",
        run.stderr
    );
}

#[test]
fn thousands_of_rows_are_grouped_and_counted() {
    let mut text = "Error message,Salesforce object\n".to_owned();
    for row in 0..5000 {
        text.push_str(&format!("\"INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: F{}__c.\",Contact\n", row % 7));
    }
    let report = json(&text, &[]);
    assert_eq!(report["summary"]["permission_errors"], 5000);
    assert_eq!(report["groups"].as_array().unwrap().len(), 7);
    assert_eq!(report["errors"].as_array().unwrap().len(), 5000);
}

#[test]
fn rules_of_the_users_own_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "[[rule]]\nid = 'ours'\nkind = 'permission'\ntypes = [7]\ncertainty = 'certain'\nphrases = ['house rule']\n";
    std::fs::write(folder.path().join("r.toml"), rules).unwrap();
    let run = finish(
        command(folder.path())
            .args(["triage", "--rules", "r.toml", "--format", "json"])
            .write_stdin("House  Rule!"),
    );
    assert_eq!(run.json()["groups"][0]["type"], 7);
}

#[test]
fn exports_in_utf16_are_read_and_without_their_mark_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "Error message,Salesforce object\r\n".to_owned();
    for row in 0..3000 {
        text.push_str(&format!(
            "\"Kündigung \u{1f600}: Unable to create/update fields: F{}__c.\",Contact\r\n",
            row % 7
        ));
    }
    let wanted = json(&text, &[]);
    let units: Vec<u16> = text.encode_utf16().collect();
    let little = units.iter().flat_map(|unit| unit.to_le_bytes());
    let big = units.iter().flat_map(|unit| unit.to_be_bytes());
    let files = [
        (
            "le.csv",
            [0xFF, 0xFE]
                .into_iter()
                .chain(little.clone())
                .collect::<Vec<u8>>(),
        ),
        ("be.csv", [0xFE, 0xFF].into_iter().chain(big).collect()),
        ("bare.csv", little.collect()),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let run = permgap(folder.path(), &["triage", name, "--format", "json"]);
        if *name == "bare.csv" {
            assert_eq!(run.status, 2);
            assert!(run.stderr.contains("UTF-16"), "{}", run.stderr);
        } else {
            assert_eq!(run.json()["groups"], wanted["groups"], "{name}");
        }
    }
}

/// What the text names outright is certain; the same refusal without a name is not.
#[test]
fn a_sentence_is_certain_only_where_it_names_what_was_refused() {
    let rows = [
        ("permission denied for field Industry", Some(1), "certain"),
        (
            "The connected user can't edit Lead.Rating",
            Some(1),
            "certain",
        ),
        (
            "The integration user needs edit rights on \"Annual Revenue\" (Account)",
            Some(1),
            "possible",
        ),
        (
            "Access to this opportunity is restricted; ask the owner to share it",
            Some(9),
            "possible",
        ),
        (
            "The integration user can't see the Campaign object in Salesforce",
            Some(2),
            "certain",
        ),
        (
            "INSUFFICIENT_ACCESS? The user has no license for installed package",
            Some(12),
            "possible",
        ),
        (
            "This record is being edited by someone else right now",
            None,
            "possible",
        ),
        ("Permission denied", Some(3), "possible"),
        (
            "You need permission to view this dashboard",
            None,
            "possible",
        ),
        (
            "You don't have permission to do this in HubSpot",
            None,
            "certain",
        ),
    ];
    let text: Vec<&str> = rows.iter().map(|(text, ..)| *text).collect();
    let report = json(&text.join("\n"), &["--input", "text"]);
    for (error, (text, number, certainty)) in report["errors"].as_array().unwrap().iter().zip(rows)
    {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        assert_eq!(group["type"].as_u64(), number, "{text}: {}", group["rule"]);
        assert_eq!(group["certainty"], certainty, "{text}: {}", group["rule"]);
    }
    let quoted = &report["groups"][report["errors"][2]["group"].as_u64().unwrap() as usize];
    assert_eq!(quoted["possible_types"], serde_json::json!([1, 11]));
}

/// The finding that explains an error is about the same object and field; where there is none, the next check is said.
#[test]
fn an_error_is_joined_with_its_own_finding_and_no_other() {
    const NOTHING: &str = "";
    let rows = [
        (
            "Unable to create/update fields: Phone. Please check the security settings of this field",
            "Contact",
            "field-not-editable",
        ),
        (
            "Unable to create/update fields: Email. Please check the security settings of this field",
            "Contact",
            NOTHING,
        ),
        (
            "Unable to create/update fields: Phone. Please check the security settings of this field",
            "Lead",
            NOTHING,
        ),
        (
            "You do not have edit permission on field MobilePhone of Contact",
            "",
            "field-not-editable",
        ),
        (
            "INVALID_FIELD: No such column 'Segment__c' on entity 'Account'",
            "",
            "field-not-readable",
        ),
        (
            "INVALID_FIELD: No such column 'Amount' on sobject of type Opportunity",
            "",
            "field-not-readable",
        ),
        (
            "INVALID_FIELD: No such column 'Amount' on sobject of type Lead",
            "",
            NOTHING,
        ),
        (
            "INVALID_FIELD: No such column 'Score__c' on sobject of type Lead",
            "",
            "mapped-field-missing",
        ),
        (
            "INVALID_TYPE: sObject type 'Opportunity' is not supported.",
            "",
            "object-not-accessible",
        ),
        (
            "INVALID_TYPE: sObject type 'Case' is not supported.",
            "",
            NOTHING,
        ),
        (
            "entity type cannot be inserted: Account",
            "",
            "object-operation-missing",
        ),
        ("entity type cannot be deleted: Account", "", NOTHING),
        ("entity type cannot be inserted: Contact", "", NOTHING),
        (
            "INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id 003500000000001AAA",
            "",
            "records-not-editable",
        ),
        (
            "INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id 006500000000001AAA",
            "",
            "object-not-accessible",
        ),
        (
            "The integration user has no access to this contact record",
            "",
            "records-not-editable",
        ),
        (
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: insufficient access rights on cross-reference id",
            "Task",
            "parent-not-accessible",
        ),
        (
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: insufficient access rights on cross-reference id",
            "Contact",
            NOTHING,
        ),
        (
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: bad value for restricted picklist field: Gold: Segment__c",
            "Account",
            "picklist-value-rejected",
        ),
        (
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: bad value for restricted picklist field: Gold: Rating",
            "Account",
            NOTHING,
        ),
        (
            "REQUIRED_FIELD_MISSING: Required fields are missing: [Region__c]",
            "Account",
            "required-field-unmapped",
        ),
        (
            "REQUIRED_FIELD_MISSING: Required fields are missing: [LastName]",
            "Contact",
            NOTHING,
        ),
        (
            "FIELD_CUSTOM_VALIDATION_EXCEPTION: Please give a reason: Loss_Reason__c",
            "Opportunity",
            "validation-rule-blocks",
        ),
        (
            "FIELD_CUSTOM_VALIDATION_EXCEPTION: Please give a name",
            "Contact",
            NOTHING,
        ),
        (
            "CANNOT_EXECUTE_FLOW_TRIGGER: INSUFFICIENT_ACCESS_OR_READONLY",
            "Lead",
            "flow-runs-as-user",
        ),
        (
            "CANNOT_EXECUTE_FLOW_TRIGGER: INSUFFICIENT_ACCESS_OR_READONLY",
            "Case",
            NOTHING,
        ),
        (
            "Record Type ID: this ID value isn't valid for the user: 012300000012345",
            "Opportunity",
            "record-type-not-available",
        ),
        (
            "Record Type ID: this ID value isn't valid for the user: 012300000012345",
            "Case",
            NOTHING,
        ),
        (
            "No access to field SBQQ__Renewal_Model__c",
            "Account",
            "field-not-readable",
        ),
        (
            "API_DISABLED_FOR_ORG: API is not enabled for this Organization or Partner",
            "",
            "api-access-missing",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut text = "Error message,Salesforce object\n".to_owned();
    for (message, object, _) in rows {
        text.push_str(&format!("\"{message}\",{object}\n"));
    }
    std::fs::write(folder.path().join("errors.csv"), text).unwrap();
    // After the day on which an assignment of the sample org ends.
    let audit = [
        "audit",
        "--demo",
        "--now",
        "2026-11-02T00:00:00Z",
        "--format",
        "json",
        "-o",
        "report.json",
    ];
    assert_eq!(permgap(folder.path(), &audit).status, 1);
    let args = [
        "triage",
        "errors.csv",
        "--report",
        "report.json",
        "--format",
        "json",
    ];
    let report = permgap(folder.path(), &args).json();
    for (error, (message, object, audit)) in report["errors"].as_array().unwrap().iter().zip(rows) {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        let case = format!("{message} ({object}): {group:#}");
        if audit == NOTHING {
            assert_eq!(group["explained"], false, "{case}");
            assert!(!group["next_check"].as_str().unwrap().is_empty(), "{case}");
        } else {
            assert_eq!(group["findings"][0]["audit"], audit, "{case}");
        }
    }
}

/// Object, field and operation, as sentences name them.
#[test]
fn sentences_give_their_object_field_and_operation() {
    let rows = [
        (
            "Insufficient permissions: cannot insert Contact",
            "Contact",
            "",
            "create",
        ),
        (
            "access denied: create Opportunity",
            "Opportunity",
            "",
            "create",
        ),
        (
            "Missing \"Create\" object permission on Lead for user hubspot@corp.example",
            "Lead",
            "",
            "create",
        ),
        ("Profile restricts creation of Leads", "Lead", "", "create"),
        (
            "Insufficient permission to insert object Task",
            "Task",
            "",
            "create",
        ),
        (
            "The user has no object permission at all on Tasks",
            "Task",
            "",
            "read",
        ),
        (
            "HubSpot needs Read on Campaigns to sync them; the user has none",
            "Campaign",
            "",
            "read",
        ),
        (
            "The user has no permissions for the Leads object",
            "Lead",
            "",
            "read",
        ),
        (
            "Integration user has no read permission for object Opportunity",
            "Opportunity",
            "",
            "read",
        ),
        (
            "The connected Salesforce user can't edit MobilePhone on Contact",
            "Contact",
            "MobilePhone",
            "edit",
        ),
        (
            "FIELD_NOT_UPDATABLE, Field is not updateable: CreatedDate",
            "",
            "CreatedDate",
            "edit",
        ),
        (
            "Salesforce field access error: IsGoldCustomer__c",
            "",
            "IsGoldCustomer__c",
            "edit",
        ),
        (
            "Field Website is not editable for the connected user",
            "",
            "Website",
            "edit",
        ),
        (
            "You don't have permission to edit the field Next Step on Opportunity records",
            "Opportunity",
            "",
            "edit",
        ),
        (
            "The integration user has no access to this contact record",
            "Contact",
            "",
            "edit",
        ),
    ];
    let text: Vec<&str> = rows.iter().map(|(text, ..)| *text).collect();
    let report = json(&text.join("\n"), &["--input", "text"]);
    for (error, (text, object, field, operation)) in
        report["errors"].as_array().unwrap().iter().zip(rows)
    {
        let group = &report["groups"][error["group"].as_u64().unwrap() as usize];
        let told = |key: &str| group[key].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            [told("object"), told("field"), told("operation")],
            [object, field, operation],
            "{text}: {}",
            group["rule"]
        );
    }
}
