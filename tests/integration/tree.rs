//! Metadata trees in a temporary folder, written file by file.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A metadata tree in SFDX source format.
pub(crate) struct Tree {
    folder: TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that holds the metadata.
    pub(crate) fn dir(&self) -> PathBuf {
        self.path().join("force-app")
    }

    /// Any file below the folder.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn metadata(self, path: &str, root: &str, body: &str) -> Self {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n{body}\n</{root}>\n"
        );
        self.file(&format!("force-app/main/default/{path}"), xml)
    }

    /// An object's own definition.
    pub(crate) fn object(self, name: &str, body: &str) -> Self {
        self.metadata(
            &format!("objects/{name}/{name}.object-meta.xml"),
            "CustomObject",
            body,
        )
    }

    /// A field: its type and further elements.
    pub(crate) fn field(self, object: &str, name: &str, field_type: &str, more: &str) -> Self {
        self.metadata(
            &format!("objects/{object}/fields/{name}.field-meta.xml"),
            "CustomField",
            &format!("<fullName>{name}</fullName>\n<type>{field_type}</type>\n{more}"),
        )
    }

    /// An active validation rule; `formula` is XML text.
    pub(crate) fn rule(self, object: &str, name: &str, formula: &str) -> Self {
        self.metadata(
            &format!("objects/{object}/validationRules/{name}.validationRule-meta.xml"),
            "ValidationRule",
            &format!(
                "<fullName>{name}</fullName>\n<active>true</active>\n<errorConditionFormula>{formula}\
                 </errorConditionFormula>\n<errorMessage>{name} says no</errorMessage>"
            ),
        )
    }

    /// An active trigger on an object, with the code in it.
    pub(crate) fn trigger(self, name: &str, object: &str, version: &str, code: &str) -> Self {
        let path = format!("force-app/main/default/triggers/{name}.trigger");
        let source =
            format!("trigger {name} on {object} (before insert, before update) {{\n{code}\n}}\n");
        self.file(&path, source).metadata(
            &format!("triggers/{name}.trigger-meta.xml"),
            "ApexTrigger",
            &format!("<apiVersion>{version}</apiVersion><status>Active</status>"),
        )
    }

    /// A class with its whole source.
    pub(crate) fn class(self, name: &str, version: &str, source: &str) -> Self {
        self.file(
            &format!("force-app/main/default/classes/{name}.cls"),
            source,
        )
        .metadata(
            &format!("classes/{name}.cls-meta.xml"),
            "ApexClass",
            &format!("<apiVersion>{version}</apiVersion><status>Active</status>"),
        )
    }

    /// An active flow with further elements.
    pub(crate) fn flow(self, name: &str, process_type: &str, elements: &str) -> Self {
        self.metadata(
            &format!("flows/{name}.flow-meta.xml"),
            "Flow",
            &format!(
                "<label>{name}</label>\n<processType>{process_type}</processType>\n<status>Active</status>\n{elements}"
            ),
        )
    }

    pub(crate) fn record_type(self, object: &str, name: &str, active: bool) -> Self {
        self.metadata(
            &format!("objects/{object}/recordTypes/{name}.recordType-meta.xml"),
            "RecordType",
            &format!("<fullName>{name}</fullName>\n<active>{active}</active>"),
        )
    }

    pub(crate) fn permission_set(self, name: &str, grants: &str) -> Self {
        self.metadata(
            &format!("permissionsets/{name}.permissionset-meta.xml"),
            "PermissionSet",
            &format!("<label>{name}</label>\n{grants}"),
        )
    }

    pub(crate) fn profile(self, name: &str, grants: &str) -> Self {
        self.metadata(
            &format!("profiles/{name}.profile-meta.xml"),
            "Profile",
            grants,
        )
    }

    pub(crate) fn muting(self, name: &str, mutes: &str) -> Self {
        self.metadata(
            &format!("mutingpermissionsets/{name}.mutingpermissionset-meta.xml"),
            "MutingPermissionSet",
            &format!("<label>{name}</label>\n{mutes}"),
        )
    }

    pub(crate) fn group(self, name: &str, members: &[&str], mutings: &[&str]) -> Self {
        let members = members
            .iter()
            .map(|m| format!("<permissionSets>{m}</permissionSets>"));
        let mutings = mutings
            .iter()
            .map(|m| format!("<mutingPermissionSets>{m}</mutingPermissionSets>"));
        let body: Vec<String> = members.chain(mutings).collect();
        self.metadata(
            &format!("permissionsetgroups/{name}.permissionsetgroup-meta.xml"),
            "PermissionSetGroup",
            &body.join("\n"),
        )
    }

    /// `mappings.csv` beside the tree, with one line a row: `object,field,rule`.
    pub(crate) fn mappings(self, rows: &[(&str, &str, &str)]) -> Self {
        let mut csv =
            "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n"
                .to_owned();
        for (index, (object, field, rule)) in rows.iter().enumerate() {
            let hubspot = match *object {
                "Account" => "companies",
                "Opportunity" => "deals",
                _ => "contacts",
            };
            csv.push_str(&format!(
                "{hubspot},property_{index},{object},{field},{rule}\n"
            ));
        }
        self.file("mappings.csv", csv)
    }
}

/// `<objectPermissions>` with the rights named by letters: `r`, `c`, `e`, `d`, `v` (View All), `m` (Modify All),
/// `f` (View All Fields).
pub(crate) fn object_permissions(object: &str, rights: &str) -> String {
    let flag = |letter: char| rights.contains(letter);
    format!(
        "<objectPermissions><allowCreate>{}</allowCreate><allowDelete>{}</allowDelete><allowEdit>{}</allowEdit>\
         <allowRead>{}</allowRead><modifyAllRecords>{}</modifyAllRecords><object>{object}</object>\
         <viewAllFields>{}</viewAllFields><viewAllRecords>{}</viewAllRecords></objectPermissions>\n",
        flag('c'),
        flag('d'),
        flag('e'),
        flag('r'),
        flag('m'),
        flag('f'),
        flag('v')
    )
}

/// `<fieldPermissions>` with the rights named by letters: `r`, `e`.
pub(crate) fn field_permissions(field: &str, rights: &str) -> String {
    format!(
        "<fieldPermissions><editable>{}</editable><field>{field}</field><readable>{}</readable></fieldPermissions>\n",
        rights.contains('e'),
        rights.contains('r')
    )
}

/// `<userPermissions>`, enabled.
pub(crate) fn user_permissions(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| {
            format!(
                "<userPermissions><enabled>true</enabled><name>{name}</name></userPermissions>\n"
            )
        })
        .collect()
}

/// `<recordTypeVisibilities>`.
pub(crate) fn record_type_visibility(record_type: &str, visible: bool) -> String {
    format!(
        "<recordTypeVisibilities><recordType>{record_type}</recordType><visible>{visible}</visible></recordTypeVisibilities>\n"
    )
}
