//! The table of statements: one line for each file in `queries/`.

use std::sync::OnceLock;

use super::{SoqlError, Template};

/// Declares [`Query`]: variant, name in messages, file.
macro_rules! queries {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $file:literal;)+) => {
        /// A statement of `queries/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Query {
            $($(#[$doc])* $variant,)+
        }

        impl Query {
            /// All statements, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in messages: the file's, without its ending.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The file, below `queries/`.
            pub fn file(self) -> &'static str {
                match self { $(Self::$variant => $file,)+ }
            }

            fn source(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("../../../queries/", $file)),)+ }
            }

            /// The statement taken apart; it is parsed once.
            pub fn template(self) -> Result<&'static Template, SoqlError> {
                match self {
                    $(Self::$variant => {
                        static PARSED: OnceLock<Result<Template, SoqlError>> = OnceLock::new();
                        PARSED
                            .get_or_init(|| Template::parse(self.name(), self.source()))
                            .as_ref()
                            .map_err(Clone::clone)
                    })+
                }
            }
        }
    };
}

queries! {
    /// The integration user itself: active, profile, licence, role.
    UserByUsername => "user_by_username", "user_by_username.soql";
    /// Usernames that begin like one that was not found.
    UsersLike => "users_like", "users_like.soql";
    /// Users known by id: the integration user given as an id, owners, whose login a session is.
    UsersById => "users_by_id", "users_by_id.soql";
    /// The Salesforce users behind HubSpot owners, whom the sync finds by email.
    UsersByEmail => "users_by_email", "users_by_email.soql";
    /// Whether a user is frozen or locked out; Salesforce keeps no row for one who never was.
    UserLogins => "user_logins", "user_logins.soql";
    /// The caller's own rights: without them, no rows from Setup mean nothing.
    UserPermissionAccess => "user_permission_access", "user_permission_access.soql";
    /// What is assigned to the user: its profile's own set, permission sets and groups, and until when.
    PermissionSetAssignments => "permission_set_assignments", "permission_set_assignments.soql";
    /// The permission sets that count for the user, and the system permissions that they grant.
    PermissionSets => "permission_sets", "permission_sets.soql";
    /// A profile's own permission set, where the assignments do not show it.
    PermissionSetsOfProfiles => "permission_sets_of_profiles", "permission_sets_of_profiles.soql";
    /// The aggregate permission set of a group, where its assignment does not point to it.
    PermissionSetsOfGroups => "permission_sets_of_groups", "permission_sets_of_groups.soql";
    /// What a group is made of, to explain it: component sets and muting sets.
    PermissionSetGroupComponents => "permission_set_group_components", "permission_set_group_components.soql";
    /// The muting sets among a group's components, by name.
    MutingPermissionSets => "muting_permission_sets", "muting_permission_sets.soql";
    /// Permission sets asked for by name, which count as assigned or are compared.
    PermissionSetsNamed => "permission_sets_named", "permission_sets_named.soql";
    /// Permission set groups asked for by name, which count as assigned or are compared.
    PermissionSetGroupsNamed => "permission_set_groups_named", "permission_set_groups_named.soql";
    /// The permission sets of profiles asked for by name, which are compared.
    ProfilesNamed => "profiles_named", "profiles_named.soql";
    /// Permission sets that look made for HubSpot, whether assigned or not.
    PermissionSetsForHubSpot => "permission_sets_for_hubspot", "permission_sets_for_hubspot.soql";
    /// The permission set licences that the user holds.
    PermissionSetLicenseAssigns => "permission_set_license_assigns", "permission_set_license_assigns.soql";
    /// The permission set licences that permission sets ask for.
    PermissionSetLicenses => "permission_set_licenses", "permission_set_licenses.soql";
    /// The user licences that permission sets are tied to.
    UserLicenses => "user_licenses", "user_licenses.soql";
    /// What permission sets grant on the mapped objects; no row is no access.
    ObjectPermissions => "object_permissions", "object_permissions.soql";
    /// All that permission sets grant on objects, mapped or not.
    ObjectPermissionsWhole => "object_permissions_whole", "object_permissions_whole.soql";
    /// All that permission sets grant on fields, mapped or not.
    FieldPermissionsWhole => "field_permissions_whole", "field_permissions_whole.soql";
    /// Every object that permission sets let their users change, whether it is mapped or not.
    ObjectsUserChanges => "objects_user_changes", "objects_user_changes.soql";
    /// What permission sets grant on the fields of the mapped objects; no row is no access.
    FieldPermissions => "field_permissions", "field_permissions.soql";
    /// Which permission sets of the org let their users edit the mapped objects, whoever has them.
    ObjectPermissionsOfOthers => "object_permissions_of_others", "object_permissions_of_others.soql";
    /// What permission sets grant on the mapped fields only; for sets that the user does not have.
    FieldPermissionsOfFields => "field_permissions_of_fields", "field_permissions_of_fields.soql";
    /// Custom permissions, connected apps and setup entities that permission sets open.
    SetupEntityAccess => "setup_entity_access", "setup_entity_access.soql";
    /// The names of custom permissions, which formulas use to let the sync past.
    CustomPermissions => "custom_permissions", "custom_permissions.soql";
    /// Connected apps that only admin-approved users may use.
    ConnectedApplications => "connected_applications", "connected_applications.soql";
    /// The apps that hold a token of the user.
    OauthTokens => "oauth_tokens", "oauth_tokens.soql";
    /// The org itself: name, kind, default sharing of the oldest objects.
    Organization => "organization", "organization.soql";
    /// The rows of a hierarchy custom setting that count for the user, where a rule asks for it.
    SettingRows => "setting_rows", "setting_rows.soql";
    /// The record types of the mapped objects; who may use them is in metadata only.
    RecordTypes => "record_types", "record_types.soql";
    /// The role hierarchy: whose records a role sees.
    UserRoles => "user_roles", "user_roles.soql";
    /// The groups and queues that the user is a member of.
    GroupMembers => "group_members", "group_members.soql";
    /// The queues of the mapped objects, which may own records.
    QueueSobjects => "queue_sobjects", "queue_sobjects.soql";
    /// Installed packages that need a licence for each user.
    PackageLicenses => "package_licenses", "package_licenses.soql";
    /// The package licences that the user holds.
    UserPackageLicenses => "user_package_licenses", "user_package_licenses.soql";
    /// All flows: kind, trigger, active version.
    FlowDefinitionViews => "flow_definition_views", "flow_definition_views.soql";
    /// Active triggers on the mapped objects, with their source where it may be read.
    ApexTriggers => "apex_triggers", "tooling/apex_triggers.soql";
    /// The source of the classes that triggers lead to.
    ApexClasses => "apex_classes", "apex_classes.soql";
    /// Salesforce's own answer: what the user may do with objects, licence and muting counted.
    UserEntityAccess => "user_entity_access", "user_entity_access.soql";
    /// Salesforce's own answer for a field, where the org takes this filter.
    UserFieldAccess => "user_field_access", "user_field_access.soql";
    /// How many records of an object each owner has, to tell which of them sharing opens.
    RecordOwners => "record_owners", "record_owners.soql";
    /// The ids of the newest records of some owners, for a sample.
    RecordsNewest => "records_newest", "records_newest.soql";
    /// The ids of the oldest records of some owners, for a sample.
    RecordsOldest => "records_oldest", "records_oldest.soql";
    /// Salesforce's own answer on sampled records, sharing counted.
    UserRecordAccess => "user_record_access", "user_record_access.soql";
    /// The groups that stand for roles, which public groups have as members.
    GroupsOfRoles => "groups_of_roles", "groups_of_roles.soql";
    /// Who shares the integration user's profile.
    UsersOfProfile => "users_of_profile", "users_of_profile.soql";
    /// The territories that the user is assigned to, whose accounts it reaches.
    UserTerritories => "user_territories", "user_territories.soql";
    /// The account teams that the user is a member of.
    AccountTeamMembers => "account_team_members", "account_team_members.soql";
    /// The opportunity teams that the user is a member of.
    OpportunityTeamMembers => "opportunity_team_members", "opportunity_team_members.soql";
    /// How the integration user logged in of late.
    LoginHistory => "login_history", "login_history.soql";
    /// Rules that hide records which sharing opens.
    RestrictionRules => "restriction_rules", "tooling/restriction_rules.soql";
    /// Org-wide defaults of the mapped objects, and their ids in the metadata catalogue.
    EntityDefinitions => "entity_definitions", "tooling/entity_definitions.soql";
    /// An object's fields as the catalogue has them: it lists fields that describe hides from the caller.
    FieldDefinitions => "field_definitions", "tooling/field_definitions.soql";
    /// The ids of the mapped fields in the metadata catalogue.
    FieldDurableIds => "field_durable_ids", "tooling/field_durable_ids.soql";
    /// When the custom fields of the mapped objects were created: a new one has no access yet.
    CustomFields => "custom_fields", "tooling/custom_fields.soql";
    /// Active validation rules of the mapped objects; the formula itself is read rule by rule.
    ValidationRules => "validation_rules", "tooling/validation_rules.soql";
    /// Active flow versions and the mode that they run in, which the list of definitions lacks.
    Flows => "flows", "tooling/flows.soql";
    /// Installed packages, for the mapped objects and fields that belong to one.
    InstalledSubscriberPackages => "installed_subscriber_packages", "tooling/installed_subscriber_packages.soql";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::Api;
    use super::*;

    #[test]
    fn every_file_is_in_the_table_and_parses() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
        let mut files = BTreeSet::new();
        for folder in ["", "tooling/"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_file() {
                    files.insert(format!("{folder}{}", entry.file_name().to_str().unwrap()));
                }
            }
        }
        let table: BTreeSet<String> = Query::ALL
            .iter()
            .map(|query| query.file().to_owned())
            .collect();
        assert_eq!(table, files);
        assert_eq!(table.len(), Query::ALL.len());
        for query in Query::ALL {
            let template = query.template().unwrap();
            let tooling = query.file().starts_with("tooling/");
            assert_eq!(template.api == Api::Tooling, tooling, "{}", query.name());
            let stem = query
                .file()
                .trim_start_matches("tooling/")
                .trim_end_matches(".soql");
            assert_eq!(query.name(), stem);
            assert!(template.why.ends_with('.'), "{}", query.name());
        }
    }
}
