//! Checks a permission set file against the elements of the metadata WSDL and their order.

use std::collections::BTreeMap;

use serde_json::Value;

fn types() -> BTreeMap<String, Vec<Value>> {
    let text = include_str!("../../../fixtures/schema/permission-set.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let of = |(name, fields): (&String, &Value)| Some((name.clone(), fields.as_array()?.clone()));
    schema.as_object().unwrap().iter().filter_map(of).collect()
}

/// Panics where the file has an element that a permission set has not, one that is out of order or doubled, or lacks
/// one that it needs; and where entries are not sorted.
pub(crate) fn check(xml: &str) {
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PermissionSet xmlns="));
    let types = types();
    let mut depth: Vec<(String, Vec<String>)> = Vec::new();
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                if let Some((_, children)) = depth.last_mut() {
                    children.push(name.clone());
                }
                depth.push((name, Vec::new()));
                text.clear();
            }
            quick_xml::events::Event::Text(part) => text.push_str(&part.xml10_content()),
            quick_xml::events::Event::End(_) => {
                let (name, children) = depth.pop().unwrap();
                if ["field", "object", "recordType", "name"].contains(&name.as_str()) {
                    let (entry, _) = depth.last().unwrap();
                    keys.entry(entry.clone()).or_default().push(text.clone());
                }
                if depth.is_empty() {
                    children_are(&types["PermissionSet"], &children, "PermissionSet");
                } else if depth.len() == 1 && !children.is_empty() {
                    let fields = &types["PermissionSet"];
                    let field = fields.iter().find(|field| field["name"] == *name).unwrap();
                    children_are(&types[field["type"].as_str().unwrap()], &children, &name);
                }
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    for (entry, keys) in keys {
        let mut sorted = keys.clone();
        sorted.sort_by_key(|key| key.to_ascii_lowercase());
        sorted.dedup();
        assert_eq!(keys, sorted, "{entry}");
    }
}

fn children_are(fields: &[Value], children: &[String], of: &str) {
    let place = |child: &String| {
        fields
            .iter()
            .position(|field| field["name"] == **child)
            .unwrap_or_else(|| panic!("{of} has no element {child}"))
    };
    let places: Vec<usize> = children.iter().map(place).collect();
    assert!(places.is_sorted(), "{of}: {children:?}");
    for (index, field) in fields.iter().enumerate() {
        let count = places.iter().filter(|place| **place == index).count();
        assert!(count <= 1 || field["repeated"] == true, "{of}: {field}");
        assert!(count > 0 || field["required"] == false, "{of}: {field}");
    }
}
