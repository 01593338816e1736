//! Taking one entry out of a fix brings back the findings that it closes, and no others.

use serde_json::Value;

use super::{SET, after, fingerprints, fix, gaps, read};

/// The entries of the permission set, as text.
fn entries(xml: &str) -> Vec<String> {
    let mut entries = Vec::new();
    for element in [
        "customPermissions",
        "fieldPermissions",
        "objectPermissions",
        "recordTypeVisibilities",
        "userPermissions",
    ] {
        let (open, close) = (format!("    <{element}>"), format!("</{element}>\n"));
        let mut rest = xml;
        while let Some(at) = rest.find(&open) {
            let end = at + rest[at..].find(&close).unwrap() + close.len();
            entries.push(rest[at..end].to_owned());
            rest = &rest[end..];
        }
    }
    entries
}

#[test]
fn each_entry_closes_what_it_is_said_to_close() {
    let custom = "<label>Skip</label>";
    let path = "customPermissions/Skip.customPermission-meta.xml";
    let tree = gaps()
        .field("Account", "Shut__c", "Text", "<length>20</length>")
        .rule(
            "Account",
            "Needs_Shut",
            "AND(NOT($Permission.Skip), ISBLANK(Shut__c))",
        )
        .metadata(path, "CustomPermission", custom);
    let fixed = fix(&tree, &["--allow-unsafe", "--format", "json"]).json();
    let xml = read(tree.path(), SET);
    let grants = fixed["permission_sets"][0]["grants"].as_array().unwrap();
    let all = entries(&xml);
    assert_eq!(all.len(), grants.len());
    assert!(all.len() > 8, "{}", all.len());
    for kind in ["object", "field", "custom", "user"] {
        let element = format!("<{kind}Permissions>");
        assert!(xml.contains(&element), "{element} in {xml}");
    }
    assert!(xml.contains("<recordTypeVisibilities>"), "{xml}");
    for entry in all {
        let named =
            |grant: &&Value| entry.contains(&format!(">{}<", grant["name"].as_str().unwrap()));
        let grant = grants.iter().find(named).unwrap();
        std::fs::write(tree.path().join(SET), xml.replace(&entry, "")).unwrap();
        let mut back = fingerprints(&after(&tree), "findings");
        let mut expected: Vec<String> = grant["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|print| print.as_str().unwrap().to_owned())
            .collect();
        expected.sort();
        // An activity's field is listed under Task and Event, either of which counts for both.
        let twice = entry.contains("Outcome__c");
        // What is there only because something else demands it, closes nothing by itself.
        let demanded = expected.is_empty() || twice;
        back.retain(|print| fingerprints(&fixed, "closes").contains(print));
        assert_eq!(
            back,
            if demanded { Vec::new() } else { expected },
            "{entry}"
        );
    }
}
