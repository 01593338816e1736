//! Rows as the API gives them. Only what is used is named; whatever may be hidden is optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::snapshot::Name;

/// A related record of which only names are asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Named {
    pub(super) name: Option<String>,
    pub(super) developer_name: Option<String>,
    pub(super) qualified_api_name: Option<Name>,
    pub(super) namespace_prefix: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserRow {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) name: Option<String>,
    pub(super) is_active: Option<bool>,
    pub(super) user_type: Option<String>,
    pub(super) profile_id: Option<String>,
    pub(super) profile: Option<ProfileOfUser>,
    pub(super) user_role_id: Option<String>,
    pub(super) user_role: Option<Named>,
    pub(super) last_login_date: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileOfUser {
    pub(super) name: Option<String>,
    pub(super) user_license: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UsernameRow {
    pub(super) username: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserLoginRow {
    pub(super) is_frozen: Option<bool>,
    pub(super) is_password_locked: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssignmentRow {
    pub(super) permission_set_id: Option<String>,
    pub(super) permission_set: Option<SetOfAssignment>,
    pub(super) permission_set_group_id: Option<String>,
    pub(super) permission_set_group: Option<GroupOfAssignment>,
    #[serde(default)]
    pub(super) expiration_date: Option<String>,
    #[serde(default)]
    pub(super) is_active: Option<bool>,
    #[serde(default)]
    pub(super) is_revoked: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SetOfAssignment {
    pub(super) name: Option<String>,
    pub(super) label: Option<String>,
    pub(super) is_owned_by_profile: Option<bool>,
    pub(super) namespace_prefix: Option<String>,
    pub(super) license_id: Option<String>,
    pub(super) has_activation_required: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct GroupOfAssignment {
    pub(super) developer_name: Option<String>,
    pub(super) master_label: Option<String>,
    pub(super) namespace_prefix: Option<String>,
    pub(super) status: Option<String>,
    pub(super) has_activation_required: Option<bool>,
}

/// A permission set with the columns of its system permissions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetRow {
    pub(super) id: String,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) permission_set_group_id: Option<String>,
    #[serde(default)]
    pub(super) namespace_prefix: Option<String>,
    #[serde(default)]
    pub(super) license_id: Option<String>,
    #[serde(default)]
    pub(super) has_activation_required: Option<bool>,
    /// `PermissionsApiEnabled` and its like.
    #[serde(flatten)]
    pub(super) columns: BTreeMap<String, Value>,
}

/// A permission set group asked for by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamedGroupRow {
    pub(super) id: String,
    pub(super) developer_name: String,
    #[serde(default)]
    pub(super) master_label: Option<String>,
    #[serde(default)]
    pub(super) namespace_prefix: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
}

/// The permission set of a profile asked for by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileSetRow {
    pub(super) id: String,
    pub(super) profile_id: Option<String>,
    pub(super) profile: Option<Named>,
}

/// The caller's own rights.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OwnRights(pub(super) BTreeMap<String, Value>);

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ObjectPermissionsRow {
    pub(super) parent_id: String,
    pub(super) sobject_type: Name,
    #[serde(default)]
    pub(super) permissions_read: bool,
    #[serde(default)]
    pub(super) permissions_create: bool,
    #[serde(default)]
    pub(super) permissions_edit: bool,
    #[serde(default)]
    pub(super) permissions_delete: bool,
    #[serde(default)]
    pub(super) permissions_view_all_records: bool,
    #[serde(default)]
    pub(super) permissions_modify_all_records: bool,
    #[serde(default)]
    pub(super) permissions_view_all_fields: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FieldPermissionsRow {
    pub(super) parent_id: String,
    pub(super) field: String,
    #[serde(default)]
    pub(super) permissions_read: bool,
    #[serde(default)]
    pub(super) permissions_edit: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetupAccessRow {
    pub(super) parent_id: String,
    pub(super) setup_entity_id: String,
    pub(super) setup_entity_type: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ComponentRow {
    pub(super) permission_set_group_id: String,
    pub(super) permission_set_id: String,
}

/// A thing with an id and names: muting sets, custom permissions, licences.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ThingRow {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) developer_name: Option<String>,
    #[serde(default)]
    pub(super) master_label: Option<String>,
    #[serde(default)]
    pub(super) namespace_prefix: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LicenceAssignRow {
    pub(super) permission_set_license: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConnectedAppRow {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) options_allow_admin_approved_users_only: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenRow {
    pub(super) app_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EntityRow {
    pub(super) durable_id: String,
    pub(super) qualified_api_name: Name,
    pub(super) label: Option<String>,
    pub(super) internal_sharing_model: Option<String>,
    pub(super) external_sharing_model: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CustomFieldRow {
    pub(super) developer_name: String,
    pub(super) namespace_prefix: Option<String>,
    pub(super) entity_definition: Option<Named>,
    pub(super) created_date: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FieldDefinitionRow {
    pub(super) qualified_api_name: Name,
    pub(super) data_type: Option<String>,
    pub(super) label: Option<String>,
    pub(super) is_calculated: Option<bool>,
    #[serde(default)]
    pub(super) is_fls_enabled: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RecordTypeRow {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) developer_name: String,
    pub(super) namespace_prefix: Option<String>,
    pub(super) sobject_type: Name,
    pub(super) is_active: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EntityAccessRow {
    pub(super) entity_definition_id: String,
    pub(super) is_readable: Option<bool>,
    pub(super) is_creatable: Option<bool>,
    pub(super) is_editable: Option<bool>,
    pub(super) is_deletable: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OrganizationRow {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) instance_name: Option<String>,
    pub(super) is_sandbox: Option<bool>,
    pub(super) organization_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleRow {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) developer_name: Option<Name>,
    pub(super) parent_role_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueRow {
    pub(super) queue_id: String,
    pub(super) queue: Option<Named>,
    pub(super) sobject_type: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PackageRow {
    pub(super) subscriber_package: Option<Named>,
    pub(super) subscriber_package_version: Option<VersionOfPackage>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionOfPackage {
    pub(super) major_version: Option<i64>,
    pub(super) minor_version: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PackageLicenceRow {
    pub(super) id: String,
    pub(super) namespace_prefix: Option<Name>,
    pub(super) status: Option<String>,
    pub(super) allowed_licenses: Option<i64>,
    pub(super) used_licenses: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PackageLicenceOfUser {
    pub(super) package_license_id: String,
}

/// A profile's metadata, as its Tooling row gives it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProfileBody {
    #[serde(rename = "Metadata")]
    pub(super) metadata: Option<ProfileMetadata>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileMetadata {
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(super) record_type_visibilities: Vec<RecordTypeEntry>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(super) login_ip_ranges: Vec<IpRangeEntry>,
    #[serde(default)]
    pub(super) login_hours: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordTypeEntry {
    pub(super) record_type: String,
    #[serde(default)]
    pub(super) visible: bool,
    #[serde(default)]
    pub(super) default: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IpRangeEntry {
    pub(super) start_address: String,
    pub(super) end_address: String,
}

/// Absent lists come as `[]` or as null.
fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

/// An API name with its namespace, as metadata spells it.
pub(super) fn full_name(namespace: Option<&str>, name: &str) -> Name {
    match namespace.filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => Name::from(format!("{namespace}__{name}")),
        None => Name::new(name),
    }
}

/// A time as RFC 3339; Salesforce writes `2026-10-31T22:00:00.000+0000`.
pub(super) fn instant(text: &str) -> String {
    jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
        .and_then(|parsed| parsed.to_timestamp())
        .map_or_else(|_| text.to_owned(), |time| time.to_string())
}

/// How many records an owner has.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OwnerCountRow {
    #[serde(rename = "OwnerId")]
    pub(super) owner_id: Option<String>,
    pub(super) records: u64,
}

/// How many users a profile has.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CountRow {
    pub(super) records: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SampledRow {
    pub(super) id: String,
    pub(super) owner_id: Option<String>,
    #[serde(default)]
    pub(super) record_type_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::collect) struct RecordAccessRow {
    pub(in crate::collect) record_id: String,
    pub(in crate::collect) has_read_access: bool,
    pub(in crate::collect) has_edit_access: bool,
}

/// A user beside the integration user.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PersonRow {
    pub(super) id: String,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) is_active: Option<bool>,
    pub(super) user_type: Option<String>,
    pub(super) user_role_id: Option<String>,
    pub(super) user_role: Option<Named>,
    pub(super) profile: Option<ProfileOfUser>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MemberRow {
    pub(super) group_id: String,
    pub(super) group: Option<GroupRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupRow {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) developer_name: Option<String>,
    pub(super) name: Option<String>,
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) related_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoginRow {
    pub(super) login_time: String,
    pub(super) login_type: Option<String>,
    #[serde(default)]
    pub(super) application: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RestrictionRow {
    pub(super) developer_name: Name,
    pub(super) target_entity: Name,
    #[serde(default)]
    pub(super) is_active: bool,
    pub(super) enforcement_type: Option<String>,
    pub(super) user_criteria: Option<String>,
    pub(super) record_filter: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(
            instant("2026-10-31T22:00:00.000+0000"),
            "2026-10-31T22:00:00Z"
        );
        assert_eq!(instant("2026-10-31T22:00:00Z"), "2026-10-31T22:00:00Z");
    }

    #[test]
    fn lists_may_be_null() {
        let body = r#"{"Metadata":{"recordTypeVisibilities":null,"loginHours":null}}"#;
        let body: ProfileBody = serde_json::from_str(body).unwrap();
        assert!(body.metadata.unwrap().record_type_visibilities.is_empty());
    }
}
