//! What surrounds the user: the org, sharing rules, roles, queues, packages, connected apps, licences, its login.

use std::collections::{BTreeMap, BTreeSet};

use super::Wanted;
use super::ask::Ask;
use super::containers::name_of_thing;
use super::field_answers;
use super::objects::Objects;
use super::record_types::documents;
use super::user::Caller;
use super::wire::{
    ConnectedAppRow, EntityAccessRow, LicenceAssignRow, OrganizationRow, PackageLicenceOfUser,
    PackageLicenceRow, PackageRow, QueueRow, RoleRow, ThingRow, TokenRow, UserLoginRow,
};
use crate::collect::metadata::document;
use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{
    Area, ConnectedApp, CustomPermission, InstalledPackage, Name, PackageLicense, PlatformAccess,
    Queue, Role, SharingRule, User, same_id,
};

/// What needs no user.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) organization: Option<OrganizationRow>,
    pub(super) roles: Vec<Role>,
    pub(super) queues: Vec<Queue>,
    pub(super) custom_permissions: Vec<(String, CustomPermission)>,
    pub(super) connected_apps: Vec<(String, ConnectedApp)>,
    packages: Vec<PackageRow>,
    package_licences: Option<Vec<PackageLicenceRow>>,
}

impl Surroundings {
    /// Reads everything in one round trip.
    pub(super) async fn read(ask: &Ask<'_>, wanted: &Wanted) -> Self {
        let none = OrgSchema::default();
        let branches: [Ask<'_>; 7] = std::array::from_fn(|_| ask.branch());
        let [a, b, c, d, e, f, g] = &branches;
        let (organization, roles, queues, permissions, apps, packages, licences) = tokio::join!(
            a.rows::<OrganizationRow>(&[Area::Objects], Query::Organization.bind(), &none),
            b.rows::<RoleRow>(&[Area::Owners], Query::UserRoles.bind(), &none),
            c.rows::<QueueRow>(
                &[Area::Owners],
                Query::QueueSobjects
                    .bind()
                    .names("objects", &wanted.objects),
                &none
            ),
            d.rows::<ThingRow>(
                &[Area::CustomPermissions],
                Query::CustomPermissions.bind(),
                &none
            ),
            e.rows::<ConnectedAppRow>(
                &[Area::LoginPolicy],
                Query::ConnectedApplications.bind(),
                &none
            ),
            f.rows::<PackageRow>(
                &[Area::Packages],
                Query::InstalledSubscriberPackages.bind(),
                &none
            ),
            g.rows::<PackageLicenceRow>(&[Area::Packages], Query::PackageLicenses.bind(), &none),
        );
        branches.iter().for_each(|branch| ask.join(branch));
        let mut roles: Vec<Role> = roles
            .into_iter()
            .flatten()
            .map(|row| Role {
                name: row.name.unwrap_or_default(),
                id: row.id,
                developer_name: row.developer_name,
                parent_id: row.parent_role_id,
            })
            .collect();
        roles.sort_by(|a, b| a.id.cmp(&b.id));
        let mut custom_permissions: Vec<(String, CustomPermission)> = permissions
            .into_iter()
            .flatten()
            .filter_map(|row| {
                let name = name_of_thing(&row)?;
                let permission = CustomPermission {
                    name,
                    label: row.master_label,
                    required: Vec::new(),
                    at: None,
                };
                Some((row.id, permission))
            })
            .collect();
        custom_permissions.sort_by(|a, b| a.0.cmp(&b.0));
        let mut connected_apps: Vec<(String, ConnectedApp)> = apps
            .into_iter()
            .flatten()
            .map(|row| {
                let app = ConnectedApp {
                    name: Name::from(row.name),
                    admin_approved_only: row.options_allow_admin_approved_users_only,
                    used_by_user: None,
                };
                (row.id, app)
            })
            .collect();
        connected_apps.sort_by(|a, b| (&a.1.name, &a.0).cmp(&(&b.1.name, &b.0)));
        Self {
            organization: organization.and_then(|rows| rows.into_iter().next()),
            roles,
            queues: queues_of(queues.unwrap_or_default()),
            custom_permissions,
            connected_apps,
            packages: packages.unwrap_or_default(),
            package_licences: licences,
        }
    }
}

fn queues_of(rows: Vec<QueueRow>) -> Vec<Queue> {
    let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
    for row in rows {
        let named = row.queue.unwrap_or_default();
        let queue = queues.entry(row.queue_id).or_insert_with_key(|id| Queue {
            id: id.clone(),
            name: named.name,
            developer_name: named.developer_name.map(Name::from),
            objects: Vec::new(),
        });
        queue.objects.push(row.sobject_type);
    }
    let mut queues: Vec<Queue> = queues.into_values().collect();
    queues.iter_mut().for_each(|queue| queue.objects.sort());
    queues.sort_by(|a, b| (&a.developer_name, &a.id).cmp(&(&b.developer_name, &b.id)));
    queues
}

/// The sharing rules of the objects, which the Metadata API alone tells.
pub(super) async fn sharing_rules(ask: &Ask<'_>, wanted: &Wanted) -> Vec<SharingRule> {
    // Activities and users are shared in other ways, and have no such rules to read.
    let objects: Vec<Name> = wanted
        .objects
        .iter()
        .filter(|name| !["Task", "Event"].iter().any(|other| name.is(other)))
        .cloned()
        .collect();
    let mut rules = Vec::new();
    for record in documents(ask, "SharingRules", &objects, Area::SharingRules).await {
        let object = Name::new(&record.full_name);
        match document::sharing_rules(&record.document(), &object) {
            Ok(found) => rules.extend(found),
            Err(fault) => ask.ledger.lack(
                Area::SharingRules,
                format!("the sharing rules of {object} cannot be used: {fault}"),
            ),
        }
    }
    rules.sort_by(|a, b| {
        (&a.object, &a.name, a.kind as u8).cmp(&(&b.object, &b.name, b.kind as u8))
    });
    rules
}

/// What hangs on the user alone.
#[derive(Debug, Default)]
pub(super) struct OfUser {
    login: Option<Vec<UserLoginRow>>,
    licences: Option<Vec<LicenceAssignRow>>,
    packages: Option<Vec<PackageLicenceOfUser>>,
    tokens: Option<Vec<TokenRow>>,
    access: Option<Vec<EntityAccessRow>>,
    field_access: Vec<PlatformAccess>,
}

impl OfUser {
    /// Reads everything in one round trip.
    pub(super) async fn read(
        ask: &Ask<'_>,
        schema: &OrgSchema,
        user: &str,
        wanted: &Wanted,
        objects: &Objects,
    ) -> Self {
        let branches: [Ask<'_>; 6] = std::array::from_fn(|_| ask.branch());
        let [a, b, c, d, e, f] = &branches;
        let ids: BTreeSet<&str> = wanted
            .objects
            .iter()
            .map(|name| {
                let id = objects.durable_ids.get(name);
                id.map_or(name.as_str(), String::as_str)
            })
            .collect();
        let (login, licences, packages, tokens, access, field_access) = tokio::join!(
            a.rows::<UserLoginRow>(
                &[Area::LoginPolicy],
                Query::UserLogins.bind().ids("users", [user]),
                schema
            ),
            b.rows::<LicenceAssignRow>(
                &[Area::Licences],
                Query::PermissionSetLicenseAssigns
                    .bind()
                    .ids("users", [user]),
                schema
            ),
            c.rows::<PackageLicenceOfUser>(
                &[Area::Packages],
                Query::UserPackageLicenses.bind().ids("users", [user]),
                schema
            ),
            d.rows::<TokenRow>(
                &[Area::LoginPolicy],
                Query::OauthTokens.bind().ids("users", [user]),
                schema
            ),
            e.rows::<EntityAccessRow>(
                &[Area::User],
                Query::UserEntityAccess
                    .bind()
                    .ids("user", [user])
                    .texts("objects", ids),
                schema
            ),
            field_answers::answers(f, &objects.field_ids, user),
        );
        branches.iter().for_each(|branch| ask.join(branch));
        Self {
            login,
            licences,
            packages,
            tokens,
            access,
            field_access,
        }
    }

    /// Adds the facts to the user, and to what surrounds it. Returns the packages.
    pub(super) fn add_to(
        self,
        user: &mut User,
        around: &mut Surroundings,
        objects: &Objects,
        caller: &Caller,
        ask: &Ask<'_>,
    ) -> Vec<InstalledPackage> {
        let manages = caller.can("ManageUsers");
        if !manages {
            ask.ledger
                .lack(Area::LoginPolicy, caller.lacks("Manage Users"));
        }
        if let Some(rows) = self.login {
            let row = rows.first();
            // Salesforce keeps no row for a user who never was frozen or locked.
            let of = |flag: Option<bool>| flag.or(manages.then_some(false));
            user.is_frozen = of(row.and_then(|row| row.is_frozen));
            user.is_password_locked = of(row.and_then(|row| row.is_password_locked));
        }
        let mut licences: Vec<Name> = self
            .licences
            .into_iter()
            .flatten()
            .filter_map(|row| row.permission_set_license?.developer_name)
            .map(Name::from)
            .collect();
        licences.sort();
        licences.dedup();
        user.permission_set_licenses = licences;
        if let Some(tokens) = self.tokens {
            let used: BTreeSet<Name> = tokens
                .into_iter()
                .filter_map(|row| row.app_name)
                .map(Name::from)
                .collect();
            for (_, app) in &mut around.connected_apps {
                let is_used = used.contains(&app.name);
                app.used_by_user = (is_used || manages).then_some(is_used);
            }
        }
        let name_of = |id: &str| {
            objects
                .durable_ids
                .iter()
                .find(|(_, known)| same_id(known, id))
                .map_or_else(|| Name::new(id), |(name, _)| name.clone())
        };
        let mut access: Vec<PlatformAccess> = self
            .access
            .into_iter()
            .flatten()
            .map(|row| PlatformAccess {
                object: name_of(&row.entity_definition_id),
                field: None,
                read: row.is_readable,
                create: row.is_creatable,
                edit: row.is_editable,
                delete: row.is_deletable,
            })
            .collect();
        access.sort_by(|a, b| a.object.cmp(&b.object));
        access.extend(self.field_access);
        user.platform_access = access;
        let held: Option<BTreeSet<String>> = self
            .packages
            .map(|rows| rows.into_iter().map(|row| row.package_license_id).collect());
        packages(around, held.as_ref())
    }
}

fn packages(around: &mut Surroundings, held: Option<&BTreeSet<String>>) -> Vec<InstalledPackage> {
    let mut licences: BTreeMap<Name, PackageLicense> = BTreeMap::new();
    for row in around.package_licences.take().into_iter().flatten() {
        let Some(namespace) = row.namespace_prefix else {
            continue;
        };
        let license = PackageLicense {
            status: row.status,
            allowed: row.allowed_licenses,
            used: row.used_licenses,
            held_by_user: held.map(|held| held.contains(&row.id)),
        };
        licences.insert(namespace, license);
    }
    let mut packages: Vec<InstalledPackage> = Vec::new();
    for row in std::mem::take(&mut around.packages) {
        let package = row.subscriber_package.unwrap_or_default();
        let namespace = package.namespace_prefix.map(Name::from);
        let version = row.subscriber_package_version.and_then(|version| {
            Some(format!(
                "{}.{}",
                version.major_version?,
                version.minor_version.unwrap_or_default()
            ))
        });
        packages.push(InstalledPackage {
            license: namespace.as_ref().and_then(|name| licences.remove(name)),
            namespace,
            name: package.name,
            version,
        });
    }
    // The list of packages takes rights that the licences do not.
    packages.extend(
        licences
            .into_iter()
            .map(|(namespace, license)| InstalledPackage {
                namespace: Some(namespace),
                name: None,
                version: None,
                license: Some(license),
            }),
    );
    packages.sort_by(|a, b| {
        (&a.namespace, &a.name, &a.version).cmp(&(&b.namespace, &b.name, &b.version))
    });
    packages
}
