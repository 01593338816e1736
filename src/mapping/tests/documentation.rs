//! What the documentation says of mapping files, tried.

use super::super::*;

/// What stands between backquotes.
fn quoted_words(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The page from `title` to the next heading.
fn section(title: &str) -> &'static str {
    let page = include_str!("../../../docs/mappings.md");
    let rest = page
        .split(title)
        .nth(1)
        .unwrap_or_else(|| panic!("no section {title}"));
    rest.split("\n## ").next().unwrap()
}

/// The rows of the first table in a section.
fn table(section: &'static str) -> impl Iterator<Item = &'static str> {
    section.lines().filter(|line| line.starts_with("| `"))
}

#[test]
fn the_example_is_read() {
    let example = section("```csv\n").split("```").next().unwrap();
    assert_eq!(read_str(example, "m.csv", Format::Csv).unwrap().len(), 3);
}

#[test]
fn every_other_name_of_a_column_is_accepted() {
    let mut names = 0;
    for line in table(section("| column | other names |")) {
        let words = quoted_words(line);
        for name in &words[1..] {
            let column = headers::Column::of(name).map(|(column, _)| column.name());
            assert_eq!(column, Some(words[0]), "{name}");
            names += 1;
        }
    }
    assert_eq!(names, 16);
}

#[test]
fn every_standard_object_is_named_with_its_counterpart() {
    for name in objects::HubspotObject::standard_names() {
        let mut rows = table(section("| HubSpot object | Salesforce object"));
        let row = rows.find(|row| quoted_words(row).contains(&name)).unwrap();
        let counterpart = match objects::HubspotObject::named(name).counterpart() {
            objects::Counterpart::Object(object) => object,
            _ => "Lead and Contact",
        };
        assert!(row.contains(counterpart), "{name}: {row}");
    }
}

#[test]
fn every_rule_is_named_with_the_access_that_it_needs() {
    let rows: Vec<_> = table(section("| rule | also written")).collect();
    assert_eq!(rows.len(), SyncRule::ALL.len());
    for row in rows {
        let words = quoted_words(row);
        let rule = SyncRule::parse(words[0]).unwrap();
        assert_eq!(rule.label(), words[0]);
        assert!(
            words.iter().all(|word| SyncRule::parse(word) == Some(rule)),
            "{row}"
        );
        let needs = row.rsplit('|').nth(1).unwrap();
        assert_eq!(
            (needs.contains("read"), needs.contains("edit")),
            (rule.reads(), rule.writes()),
            "{row}"
        );
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    let mib = MAX_FILE_BYTES / 1024 / 1024;
    assert!(
        section("## Formats")
            .contains(&format!("up to {mib} MiB and {},000 rows", MAX_ROWS / 1000))
    );
}
