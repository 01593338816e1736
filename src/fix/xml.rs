//! Writes a permission set as metadata XML: elements and their order as the metadata WSDL has them, entries sorted.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::plan::PlannedSet;
use crate::snapshot::{Name, ObjectRight, ObjectRights};

/// The namespace of all metadata XML.
const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

/// The API version in which `viewAllFields` came (Metadata API Developer Guide, PermissionSetObjectPermissions).
const VIEW_ALL_FIELDS_SINCE: f64 = 63.0;

/// One element of an entry with its text.
pub(super) type Leaf = (&'static str, String);

/// The leaves of an `objectPermissions` entry.
pub(super) fn object_leaves(object: &Name, rights: ObjectRights, api_version: &str) -> Vec<Leaf> {
    let flag = |right| rights.has(right).to_string();
    let mut leaves = vec![
        ("allowCreate", flag(ObjectRight::Create)),
        ("allowDelete", flag(ObjectRight::Delete)),
        ("allowEdit", flag(ObjectRight::Edit)),
        ("allowRead", flag(ObjectRight::Read)),
        ("modifyAllRecords", flag(ObjectRight::ModifyAll)),
        ("object", object.to_string()),
        ("viewAllRecords", flag(ObjectRight::ViewAll)),
    ];
    if api_version
        .parse()
        .is_ok_and(|version: f64| version >= VIEW_ALL_FIELDS_SINCE)
    {
        leaves.insert(6, ("viewAllFields", flag(ObjectRight::ViewAllFields)));
    }
    leaves
}

/// The leaves of a `fieldPermissions` entry.
pub(super) fn field_leaves(object: &Name, field: &Name, edit: bool) -> Vec<Leaf> {
    vec![
        ("editable", edit.to_string()),
        ("field", format!("{object}.{field}")),
        ("readable", true.to_string()),
    ]
}

/// The leaves of a `recordTypeVisibilities` entry.
pub(super) fn record_type_leaves(object: &Name, name: &Name) -> Vec<Leaf> {
    vec![
        ("recordType", format!("{object}.{name}")),
        ("visible", true.to_string()),
    ]
}

/// The leaves of a `userPermissions` or `customPermissions` entry.
pub(super) fn named_leaves(name: &Name) -> Vec<Leaf> {
    vec![("enabled", true.to_string()), ("name", name.to_string())]
}

/// The text of a new permission set's file.
///
/// # Errors
/// None in memory; the writer's type has one.
pub fn permission_set(set: &PlannedSet, api_version: &str) -> io::Result<String> {
    let mut xml = Xml::new("PermissionSet")?;
    let grants = &set.grants;
    for name in grants.custom_permissions.keys() {
        xml.entry("customPermissions", &named_leaves(name))?;
    }
    xml.leaf("description", &set.description)?;
    for ((object, field), granted) in &grants.fields {
        xml.entry(
            "fieldPermissions",
            &field_leaves(object, field, granted.what),
        )?;
    }
    // No licence: a set that carries one can be assigned to its users only.
    xml.leaf("hasActivationRequired", "false")?;
    xml.leaf("label", &set.label)?;
    for (object, granted) in &grants.objects {
        xml.entry(
            "objectPermissions",
            &object_leaves(object, granted.what, api_version),
        )?;
    }
    for (object, name) in grants.record_types.keys() {
        xml.entry("recordTypeVisibilities", &record_type_leaves(object, name))?;
    }
    for name in grants.user_permissions.keys() {
        xml.entry("userPermissions", &named_leaves(name))?;
    }
    xml.finish("PermissionSet")
}

/// The text of a `package.xml` that names permission sets.
///
/// # Errors
/// As [`permission_set`].
pub(super) fn package<'n>(
    sets: impl Iterator<Item = &'n Name>,
    api_version: &str,
) -> io::Result<String> {
    let mut xml = Xml::new("Package")?;
    let mut leaves: Vec<Leaf> = sets.map(|name| ("members", name.to_string())).collect();
    leaves.push(("name", "PermissionSet".to_owned()));
    xml.entry("types", &leaves)?;
    xml.leaf("version", api_version)?;
    xml.finish("Package")
}

/// A metadata file under way, four spaces a level as Salesforce writes.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    pub(super) fn new(root: &str) -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 4);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let root = BytesStart::new(root).with_attributes([("xmlns", NAMESPACE)]);
        writer.write_event(Event::Start(root))?;
        Ok(Self(writer))
    }

    pub(super) fn leaf(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new(name)))?;
        self.0.write_event(Event::Text(BytesText::new(text)))?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    pub(super) fn open(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new(name)))
    }

    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    fn entry(&mut self, name: &str, leaves: &[Leaf]) -> io::Result<()> {
        self.open(name)?;
        for (name, text) in leaves {
            self.leaf(name, text)?;
        }
        self.close(name)
    }

    pub(super) fn finish(mut self, root: &str) -> io::Result<String> {
        self.close(root)?;
        let mut text = String::from_utf8(self.0.into_inner()).map_err(io::Error::other)?;
        text.push('\n');
        Ok(text)
    }
}
