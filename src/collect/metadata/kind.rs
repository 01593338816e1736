//! What a file of a metadata tree is, told from its path alone.
//!
//! In: the parts of a path. Out: a [`FileKind`] and the name of what the file defines. Reads no file.

use percent_encoding::percent_decode_str;

use crate::snapshot::{Area, SharingRuleKind};

/// What an empty tree is said to lack.
pub(super) const LOOKED_FOR: &str = "objects, fields, profiles, permission sets, permission set groups, muting \
     permission sets, flows, Apex, sharing rules, value sets and custom permissions";

/// The type of a metadata file, as far as an audit uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FileKind {
    /// `X.object`: a whole object, or in source format what is not decomposed.
    Object,
    Field,
    RecordType,
    ValidationRule,
    Profile,
    PermissionSet,
    /// A file of a decomposed permission set (source behaviours `decomposePermissionSetBeta` and
    /// `decomposePermissionSetBeta2` of the Salesforce command line).
    PermissionSetPart,
    MutingPermissionSet,
    PermissionSetGroup,
    Flow,
    FlowDefinition,
    ApexClass,
    ApexClassMeta,
    ApexTrigger,
    ApexTriggerMeta,
    SharingRules,
    /// One rule of decomposed sharing rules (`decomposeSharingRulesBeta`).
    SharingRule(SharingRuleKind),
    GlobalValueSet,
    StandardValueSet,
    CustomPermission,
}

impl FileKind {
    /// The area whose coverage a file of this kind stands for.
    pub(super) fn area(self) -> Area {
        match self {
            Self::Object => Area::Objects,
            Self::Field | Self::GlobalValueSet | Self::StandardValueSet => Area::Fields,
            Self::RecordType => Area::RecordTypes,
            Self::ValidationRule => Area::ValidationRules,
            Self::Profile => Area::Profiles,
            Self::PermissionSet | Self::PermissionSetPart => Area::PermissionSets,
            Self::MutingPermissionSet => Area::MutingPermissionSets,
            Self::PermissionSetGroup => Area::PermissionSetGroups,
            Self::Flow | Self::FlowDefinition => Area::Flows,
            Self::ApexClass | Self::ApexClassMeta | Self::ApexTrigger | Self::ApexTriggerMeta => {
                Area::Apex
            }
            Self::SharingRules | Self::SharingRule(_) => Area::SharingRules,
            Self::CustomPermission => Area::CustomPermissions,
        }
    }
}

/// What a path tells of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    /// The type of metadata.
    pub(super) kind: FileKind,
    /// The name of what it defines, percent-decoded; of a permission set part, the permission set.
    pub(super) name: String,
    /// The object that a field, record type, rule or sharing rule is of.
    pub(super) object: Option<String>,
}

/// Tells what the file is that these path parts lead to; none for a file that no audit uses.
pub(super) fn identify(parts: &[&str]) -> Option<Identity> {
    let (file, folders) = parts.split_last()?;
    let (stem, suffix, meta) = split_file_name(file)?;
    let in_permission_set = after(folders, "permissionsets").is_some();
    let kind = kind_of_suffix(suffix, meta, in_permission_set)?;
    let (name, object) = match kind {
        FileKind::Field | FileKind::RecordType | FileKind::ValidationRule => {
            (decode(stem), object_of(folders).map(decode))
        }
        FileKind::PermissionSetPart => (decode(owner_of_part(folders)?), None),
        FileKind::SharingRules => (decode(stem), Some(decode(stem))),
        FileKind::SharingRule(_) => (decode(stem), after(folders, "sharingRules").map(decode)),
        _ => (decode(stem), None),
    };
    Some(Identity { kind, name, object })
}

/// `Admin.profile-meta.xml` and `Admin.profile` are both `("Admin", "profile")`; the flag tells whether the
/// name ends in `-meta.xml`.
fn split_file_name(file: &str) -> Option<(&str, &str, bool)> {
    const META: &str = "-meta.xml";
    let cut = file.len().checked_sub(META.len());
    let short = cut
        .and_then(|at| Some((file.get(..at)?, file.get(at..)?)))
        .filter(|(_, end)| end.eq_ignore_ascii_case(META))
        .map(|(start, _)| start);
    let (stem, suffix) = short.unwrap_or(file).rsplit_once('.')?;
    (!stem.is_empty()).then_some((stem, suffix, short.is_some()))
}

fn kind_of_suffix(suffix: &str, meta: bool, in_permission_set: bool) -> Option<FileKind> {
    // Suffixes of the Metadata API types (Metadata API Developer Guide), and those of the Salesforce command
    // line's decomposed types (forcedotcom/source-deploy-retrieve, `src/registry`).
    let kinds: &[(&str, FileKind)] = &[
        ("field", FileKind::Field),
        ("object", FileKind::Object),
        ("recordType", FileKind::RecordType),
        ("validationRule", FileKind::ValidationRule),
        ("profile", FileKind::Profile),
        ("permissionset", FileKind::PermissionSet),
        ("mutingpermissionset", FileKind::MutingPermissionSet),
        ("permissionsetgroup", FileKind::PermissionSetGroup),
        ("flow", FileKind::Flow),
        ("flowDefinition", FileKind::FlowDefinition),
        ("sharingRules", FileKind::SharingRules),
        (
            "sharingOwnerRule",
            FileKind::SharingRule(SharingRuleKind::Owner),
        ),
        (
            "sharingCriteriaRule",
            FileKind::SharingRule(SharingRuleKind::Criteria),
        ),
        (
            "sharingGuestRule",
            FileKind::SharingRule(SharingRuleKind::Guest),
        ),
        (
            "sharingTerritoryRule",
            FileKind::SharingRule(SharingRuleKind::Territory),
        ),
        ("globalValueSet", FileKind::GlobalValueSet),
        ("standardValueSet", FileKind::StandardValueSet),
    ];
    const PARTS: &[&str] = &[
        "objectSettings",
        "fieldPermission",
        "fieldPermissions",
        "objectPermission",
        "objectPermissions",
        "recordTypeVisibility",
        "recordTypeVisibilities",
        "userPermission",
        "userPermissions",
        "customPermission",
        "customPermissions",
    ];
    let is = |text: &str| suffix.eq_ignore_ascii_case(text);
    if in_permission_set && meta && PARTS.iter().any(|part| is(part)) {
        return Some(FileKind::PermissionSetPart);
    }
    if let Some((_, kind)) = kinds.iter().find(|(text, _)| is(text)) {
        return Some(*kind);
    }
    match (suffix, meta) {
        _ if is("customPermission") => Some(FileKind::CustomPermission),
        (_, false) if is("cls") => Some(FileKind::ApexClass),
        (_, true) if is("cls") => Some(FileKind::ApexClassMeta),
        (_, false) if is("trigger") => Some(FileKind::ApexTrigger),
        (_, true) if is("trigger") => Some(FileKind::ApexTriggerMeta),
        _ => None,
    }
}

/// The folder below the last folder called `name`.
fn after<'a>(folders: &[&'a str], name: &str) -> Option<&'a str> {
    let at = folders
        .iter()
        .rposition(|folder| folder.eq_ignore_ascii_case(name))?;
    folders.get(at + 1).copied()
}

/// The object of a decomposed part: `Account` of `objects/Account/fields/X.field-meta.xml`.
fn object_of<'a>(folders: &[&'a str]) -> Option<&'a str> {
    let (last, above) = folders.split_last()?;
    let decomposed = ["fields", "recordTypes", "validationRules"]
        .iter()
        .any(|folder| last.eq_ignore_ascii_case(folder));
    if decomposed {
        return above.last().copied();
    }
    after(folders, "objects")
}

/// The permission set of a part: `Sales` of `permissionsets/Sales/objectSettings/X.objectSettings-meta.xml`, and
/// of `permissionsets/Sales/Sales.userPermissions-meta.xml`.
fn owner_of_part<'a>(folders: &[&'a str]) -> Option<&'a str> {
    const PART_FOLDERS: &[&str] = &[
        "objectSettings",
        "fieldPermissions",
        "objectPermissions",
        "recordTypeVisibilities",
        "userPermissions",
        "customPermissions",
    ];
    let (last, above) = folders.split_last()?;
    let part = PART_FOLDERS
        .iter()
        .any(|folder| last.eq_ignore_ascii_case(folder));
    if part {
        above.last().copied()
    } else {
        Some(last)
    }
}

/// File names are percent-encoded where the name holds `/`, `.` and the like (rule R20).
fn decode(text: &str) -> String {
    percent_decode_str(text)
        .decode_utf8()
        .map_or_else(|_| text.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<(FileKind, String, Option<String>)> {
        let parts: Vec<&str> = path.split('/').collect();
        identify(&parts).map(|id| (id.kind, id.name, id.object))
    }

    #[test]
    fn both_suffix_forms_name_the_same_thing() {
        let admin = Some((FileKind::Profile, "Admin".to_owned(), None));
        assert_eq!(of("profiles/Admin.profile"), admin);
        assert_eq!(of("a/b/Admin.profile-meta.xml"), admin);
        assert_eq!(of("profiles/Admin.profile-meta.xml.dup"), None);
        assert_eq!(of("profiles/.profile"), None);
        assert_eq!(of("package.xml"), None);
    }

    #[test]
    fn file_names_are_percent_decoded() {
        let free = of("profiles/Force%2Ecom - Free User.profile-meta.xml");
        assert_eq!(free.unwrap().1, "Force.com - Free User");
        assert_eq!(of("profiles/100%25.profile").unwrap().1, "100%");
        assert_eq!(of("profiles/%FF.profile").unwrap().1, "%FF");
    }

    #[test]
    fn the_object_comes_from_the_folder() {
        for path in [
            "force-app/objects/Account/fields/X__c.field-meta.xml",
            "objects/Account/X__c.field-meta.xml",
            "Account/fields/X__c.field-meta.xml",
            "home/objects/org/Account/fields/X__c.field-meta.xml",
        ] {
            let (kind, name, object) = of(path).unwrap();
            assert_eq!((kind, name.as_str()), (FileKind::Field, "X__c"));
            assert_eq!(object.as_deref(), Some("Account"), "{path}");
        }
        assert_eq!(of("X__c.field-meta.xml").unwrap().2, None);
    }

    #[test]
    fn parts_of_decomposed_permission_sets_belong_to_their_folder() {
        for path in [
            "permissionsets/Sales/objectSettings/Account.objectSettings-meta.xml",
            "permissionsets/hub/Sales/fieldPermissions/Account.X__c.fieldPermission-meta.xml",
            "permissionsets/Sales/Sales.userPermissions-meta.xml",
            "permissionsets/Sales/customPermissions/Bypass.customPermission-meta.xml",
        ] {
            let part = (FileKind::PermissionSetPart, "Sales".to_owned(), None);
            assert_eq!(of(path), Some(part), "{path}");
        }
        let own = of("customPermissions/Bypass.customPermission-meta.xml").unwrap();
        assert_eq!(own.0, FileKind::CustomPermission);
    }
}
