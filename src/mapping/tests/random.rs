//! Mapping files of random rows and random bytes.

use proptest::prelude::*;

use super::super::*;
use super::lines;

/// One row as text in a format, and whether it is good.
fn write_rows(format: Format, good: &[bool]) -> (String, Vec<Option<usize>>) {
    let mut text = match format {
        Format::Csv => "hubspot_object,hubspot_property,salesforce_field,sync_rule\n".to_owned(),
        Format::Json => "[\n".to_owned(),
        Format::Toml => String::new(),
    };
    let mut bad = Vec::new();
    for (index, good) in good.iter().enumerate() {
        let rule = if *good { "Two-way" } else { "maybe" };
        if format == Format::Json && index > 0 {
            text.push_str(",\n");
        }
        let written = match format {
            Format::Csv => format!("deals,p{index},F{index}__c,{rule}\n"),
            Format::Json => format!(
                "{{\"hubspot_object\":\"deals\",\"hubspot_property\":\"p\",\n\"salesforce_field\":\"F\",\"sync_rule\":\"{rule}\"}}"
            ),
            Format::Toml => format!(
                "[[mapping]]\nhubspot_object=\"deals\"\nhubspot_property=\"p\"\nsalesforce_field=\"F\"\nsync_rule=\"{rule}\"\n"
            ),
        };
        text.push_str(&written);
        if !good {
            let last = text.trim_end().matches('\n').count() + 1;
            bad.push(Some(last));
        }
    }
    if format == Format::Json {
        text.push_str("\n]");
    }
    (text, bad)
}

fn formats() -> impl Strategy<Value = Format> {
    prop_oneof![Just(Format::Csv), Just(Format::Json), Just(Format::Toml)]
}

proptest! {
    #[test]
    fn every_bad_row_is_reported_with_its_line(
        format in formats(),
        good in prop::collection::vec(any::<bool>(), 1..30),
    ) {
        let (text, bad) = write_rows(format, &good);
        match read_str(&text, "m", format) {
            Ok(rows) => prop_assert_eq!((rows.len(), bad.len()), (good.len(), 0)),
            Err(error) => prop_assert_eq!(lines(&error), bad),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), name in "[a-z0-9_]{0,9}(_field_mappings)?[.](csv|json|toml|x)") {
        let _ = read_bytes(&bytes, &name).map_err(|error| error.to_string());
    }

    #[test]
    fn no_text_of_the_right_letters_makes_it_panic(
        format in formats(),
        parts in prop::collection::vec(
            prop_oneof![
                Just("hubspot_object,hubspot_property,salesforce_field,sync_rule\n"), Just("contacts"), Just("Two-way"),
                Just("[[mapping]]\n"), Just("{\"mappings\":["), Just("sync_rule"), Just("="), Just("{"), Just("}"), Just("["),
                Just("]"), Just("\""), Just(","), Just(";"), Just("\n"), Just("\r"), Just("\\ud800"), Just(":"), Just("."),
                Just("é"), Just("\u{0}"), Just(" "), Just("sep=;\n"),
            ],
            0..40,
        ),
    ) {
        let text = parts.concat();
        if let Err(error @ MappingFileError::Faults(_)) = read_str(&text, "m", format) {
            let last = text.matches(['\n', '\r']).count() + 1;
            prop_assert!(lines(&error).iter().flatten().all(|line| (1..=last).contains(line)));
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
