//! A generated metadata tree: many objects, each with many fields, and permission sets that list every field.
//!
//! In: sizes and a folder. Out: files as a retrieve writes them. The same sizes give the same bytes.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// How much to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Custom objects.
    pub(crate) objects: usize,
    /// Fields of each object.
    pub(crate) fields: usize,
    /// Permission sets, each with an entry for every field.
    pub(crate) permission_sets: usize,
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "xmlns=\"http://soap.sforce.com/2006/04/metadata\"";

/// The API name of an object, counted from 0.
pub(crate) fn object_name(number: usize) -> String {
    format!("Bench_Object_{number:03}__c")
}

/// The API name of a field, counted from 0.
pub(crate) fn field_name(number: usize) -> String {
    format!("Bench_Field_{number:03}__c")
}

/// Writes the tree, in source format, below `folder`.
///
/// # Errors
/// Those of the file system.
pub(crate) fn generate(folder: &Path, size: Size) -> io::Result<()> {
    for object in 0..size.objects {
        let name = object_name(object);
        let object_folder = folder.join("objects").join(&name);
        fs::create_dir_all(object_folder.join("fields"))?;
        let file = object_folder.join(format!("{name}.object-meta.xml"));
        fs::write(file, object_xml(object))?;
        for field in 0..size.fields {
            let file = format!("fields/{}.field-meta.xml", field_name(field));
            fs::write(object_folder.join(file), field_xml(field))?;
        }
    }
    let sets = folder.join("permissionsets");
    fs::create_dir_all(&sets)?;
    for set in 0..size.permission_sets {
        let file = format!("Bench_Set_{set:03}.permissionset-meta.xml");
        fs::write(sets.join(file), permission_set_xml(set, size))?;
    }
    Ok(())
}

fn object_xml(number: usize) -> String {
    format!(
        "{HEAD}<CustomObject {NAMESPACE}>\n    <deploymentStatus>Deployed</deploymentStatus>\n    \
         <enableReports>true</enableReports>\n    <label>Bench Object {number}</label>\n    <nameField>\n        \
         <label>Name</label>\n        <type>Text</type>\n    </nameField>\n    \
         <pluralLabel>Bench Objects {number}</pluralLabel>\n    <sharingModel>Private</sharingModel>\n\
         </CustomObject>\n"
    )
}

fn field_xml(number: usize) -> String {
    let name = field_name(number);
    let nature = match number % 4 {
        0 => "<length>80</length>\n    <type>Text</type>",
        1 => "<precision>18</precision>\n    <scale>2</scale>\n    <type>Number</type>",
        2 => "<formula>IF(ISBLANK(Name), &quot;none&quot;, Name)</formula>\n    <type>Text</type>",
        _ => "<referenceTo>Account</referenceTo>\n    <type>Lookup</type>",
    };
    format!(
        "{HEAD}<CustomField {NAMESPACE}>\n    <fullName>{name}</fullName>\n    <externalId>false</externalId>\n    \
         <label>Bench Field {number}</label>\n    <required>false</required>\n    \
         <trackHistory>false</trackHistory>\n    {nature}\n</CustomField>\n"
    )
}

fn permission_set_xml(number: usize, size: Size) -> String {
    let mut xml = format!("{HEAD}<PermissionSet {NAMESPACE}>\n");
    for object in 0..size.objects {
        let object = object_name(object);
        for field in 0..size.fields {
            let editable = (number + field).is_multiple_of(2);
            let field = field_name(field);
            // A `String` takes whatever is written.
            let _ = write!(
                xml,
                "    <fieldPermissions>\n        <editable>{editable}</editable>\n        \
                 <field>{object}.{field}</field>\n        <readable>true</readable>\n    </fieldPermissions>\n"
            );
        }
    }
    let _ = writeln!(xml, "    <label>Bench Set {number}</label>");
    for object in 0..size.objects {
        let object = object_name(object);
        let _ = write!(
            xml,
            "    <objectPermissions>\n        <allowCreate>true</allowCreate>\n        \
             <allowDelete>false</allowDelete>\n        <allowEdit>true</allowEdit>\n        \
             <allowRead>true</allowRead>\n        <modifyAllRecords>false</modifyAllRecords>\n        \
             <object>{object}</object>\n        <viewAllRecords>false</viewAllRecords>\n    \
             </objectPermissions>\n"
        );
    }
    xml.push_str("</PermissionSet>\n");
    xml
}
