//! Profiles, permission sets and muting permission sets: what they list for whom.

use std::collections::BTreeMap;

use super::{Fragment, Source};
use crate::collect::metadata::xml::{Element, Fault};
use crate::snapshot::{
    ContainerKind, FieldPermissions, IpRange, LoginLimits, Name, NamedPermission,
    ObjectPermissions, ObjectRight, ObjectRights, PermissionSet, RecordTypeVisibility,
};

/// A whole file.
pub(super) fn whole(
    source: &mut Source<'_, '_>,
    kind: ContainerKind,
    name: Name,
) -> Result<Fragment, Fault> {
    let root = match kind {
        ContainerKind::Profile => "Profile",
        ContainerKind::PermissionSet => "PermissionSet",
        ContainerKind::MutingPermissionSet => "MutingPermissionSet",
    };
    let root = source.document.root(&[root])?;
    let mut reading = Reading::new(kind, name);
    reading.set.at = Some(source.place(&root));
    while let Some(element) = source.child()? {
        reading.child(source, &element)?;
    }
    Ok(reading.finish(source))
}

/// A file of a decomposed permission set: several entries below `<PermissionSet>`, or one as the root.
pub(super) fn part(source: &mut Source<'_, '_>, name: Name) -> Result<Fragment, Fault> {
    let root = source.document.root(&[
        "PermissionSet",
        "FieldPermission",
        "ObjectPermission",
        "RecordTypeVisibility",
        "UserPermission",
        "CustomPermission",
    ])?;
    let mut reading = Reading::new(ContainerKind::PermissionSet, name);
    match root.name {
        "FieldPermission" => reading.field_permissions(source, &root)?,
        "ObjectPermission" => reading.object_permissions(source, &root)?,
        "RecordTypeVisibility" => reading.record_type(source, &root)?,
        "UserPermission" => {
            let entry = named_permission(source, &root)?;
            reading.set.user_permissions.extend(entry);
        }
        "CustomPermission" => {
            let entry = named_permission(source, &root)?;
            reading.set.custom_permissions.extend(entry);
        }
        _ => {
            while let Some(element) = source.child()? {
                reading.child(source, &element)?;
            }
        }
    }
    Ok(reading.finish(source))
}

/// A container being read. Field permissions come in runs of one object, so a run is gathered apart and filed
/// when the object changes.
struct Reading {
    set: PermissionSet,
    run_object: Option<Name>,
    run: Vec<FieldPermissions>,
}

impl Reading {
    fn new(kind: ContainerKind, name: Name) -> Self {
        Self {
            set: PermissionSet::new(kind, name),
            run_object: None,
            run: Vec::new(),
        }
    }

    fn child(&mut self, source: &mut Source<'_, '_>, element: &Element<'_>) -> Result<(), Fault> {
        match element.name {
            // Files of API versions before 23.0 have the second.
            "fieldPermissions" | "fieldLevelSecurities" => {
                self.field_permissions(source, element)?
            }
            "objectPermissions" => self.object_permissions(source, element)?,
            "recordTypeVisibilities" => self.record_type(source, element)?,
            "userPermissions" => {
                let entry = named_permission(source, element)?;
                self.set.user_permissions.extend(entry);
            }
            "customPermissions" => {
                let entry = named_permission(source, element)?;
                self.set.custom_permissions.extend(entry);
            }
            "label" => self.set.label = source.line_of_text()?,
            "license" | "userLicense" => self.set.license = source.line_of_text()?,
            // Every grant of the set hangs on this one, so none of them is known.
            "hasActivationRequired" => {
                self.set.has_activation_required = source.decisive_boolean(element)?
            }
            "loginIpRanges" => {
                let range = ip_range(source, element)?;
                self.limits().ip_ranges.extend(range);
            }
            "loginHours" => {
                let at = source.place(element);
                while let Some(hour) = source.child()? {
                    let value = source.line_of_text()?;
                    let entry = value.map(|value| (hour.name.to_owned(), value));
                    self.limits().hours.extend(entry);
                }
                if let Some(limits) = &mut self.set.login_limits {
                    limits.hours_at = (!limits.hours.is_empty()).then_some(at);
                }
            }
            _ => source.skip()?,
        }
        Ok(())
    }

    fn limits(&mut self) -> &mut LoginLimits {
        self.set.login_limits.get_or_insert_default()
    }

    fn field_permissions(
        &mut self,
        source: &mut Source<'_, '_>,
        element: &Element<'_>,
    ) -> Result<(), Fault> {
        let at = Some(source.place(element));
        let (mut read, mut edit, mut field) = (Some(false), Some(false), None);
        let mut hidden = Some(false);
        while let Some(child) = source.child()? {
            match child.name {
                "readable" => read = source.boolean(&child)?,
                "editable" => edit = source.boolean(&child)?,
                "field" => field = Some(source.document.text()?),
                // Only in files of API versions before 23.0.
                "hidden" => hidden = source.boolean(&child)?,
                _ => source.skip()?,
            }
        }
        let (Some(read), Some(edit), Some(hidden)) = (read, edit, hidden) else {
            return Ok(());
        };
        let Some((object, field)) = field.as_deref().and_then(split) else {
            source.note(
                element,
                "`<fieldPermissions>` without a `<field>` of the form `Object.Field`",
            );
            return Ok(());
        };
        if self
            .run_object
            .as_ref()
            .is_none_or(|known| known.as_str() != object)
        {
            self.file_run();
            self.run_object = Some(source.names.name(object));
        }
        self.run.push(FieldPermissions {
            field: source.names.name(field),
            read: read && !hidden,
            edit: edit && !hidden,
            at,
        });
        Ok(())
    }

    fn file_run(&mut self) {
        if let Some(object) = self.run_object.take() {
            let entries = self.set.field_permissions.entry(object).or_default();
            entries.reserve_exact(self.run.len());
            entries.append(&mut self.run);
        }
    }

    fn object_permissions(
        &mut self,
        source: &mut Source<'_, '_>,
        element: &Element<'_>,
    ) -> Result<(), Fault> {
        let at = Some(source.place(element));
        let (mut object, mut rights, mut whole) = (None, ObjectRights::NONE, true);
        while let Some(child) = source.child()? {
            let right = match child.name {
                "object" => {
                    object = source.name()?;
                    continue;
                }
                "allowRead" => ObjectRight::Read,
                "allowCreate" => ObjectRight::Create,
                "allowEdit" => ObjectRight::Edit,
                "allowDelete" => ObjectRight::Delete,
                "viewAllRecords" => ObjectRight::ViewAll,
                "modifyAllRecords" => ObjectRight::ModifyAll,
                "viewAllFields" => ObjectRight::ViewAllFields,
                _ => {
                    source.skip()?;
                    continue;
                }
            };
            match source.boolean(&child)? {
                Some(true) => rights = rights.with(right),
                Some(false) => {}
                None => whole = false,
            }
        }
        match object {
            Some(object) if whole => {
                self.set
                    .object_permissions
                    .push(ObjectPermissions { object, rights, at });
            }
            Some(_) => {}
            None => source.note(element, "`<objectPermissions>` without an `<object>`"),
        }
        Ok(())
    }

    fn record_type(
        &mut self,
        source: &mut Source<'_, '_>,
        element: &Element<'_>,
    ) -> Result<(), Fault> {
        let at = Some(source.place(element));
        let (mut name, mut visible, mut default) = (None, Some(false), Some(false));
        while let Some(child) = source.child()? {
            match child.name {
                "recordType" => name = Some(source.document.text()?),
                "visible" => visible = source.boolean(&child)?,
                "default" => default = source.boolean(&child)?,
                _ => source.skip()?,
            }
        }
        let (Some(visible), Some(default)) = (visible, default) else {
            return Ok(());
        };
        match name.as_deref().and_then(split) {
            Some((object, record_type)) => self.set.record_types.push(RecordTypeVisibility {
                object: source.names.name(object),
                record_type: source.names.name(record_type),
                visible,
                default,
                at,
            }),
            None => source.note(
                element,
                "`<recordTypeVisibilities>` without a `<recordType>` of the form `Object.RecordType`",
            ),
        }
        Ok(())
    }

    fn finish(mut self, source: &Source<'_, '_>) -> Fragment {
        self.file_run();
        self.set.incomplete = source.fault_count > 0;
        // Here and not when all is merged, for here many threads share the work.
        self.set.sort();
        // Half a million entries live as long as the snapshot.
        self.set.object_permissions.shrink_to_fit();
        self.set.user_permissions.shrink_to_fit();
        self.set.custom_permissions.shrink_to_fit();
        self.set.record_types.shrink_to_fit();
        debug_assert!(lists_are_filed(&self.set.field_permissions));
        Fragment::Container(Box::new(self.set))
    }
}

fn lists_are_filed(lists: &BTreeMap<Name, Vec<FieldPermissions>>) -> bool {
    lists.values().all(|list| !list.is_empty())
}

fn named_permission(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
) -> Result<Option<NamedPermission>, Fault> {
    let at = Some(source.place(element));
    let (mut name, mut enabled) = (None, Some(false));
    while let Some(child) = source.child()? {
        match child.name {
            "name" => name = source.name()?,
            "enabled" => enabled = source.boolean(&child)?,
            _ => source.skip()?,
        }
    }
    let Some(enabled) = enabled else {
        return Ok(None);
    };
    if name.is_none() {
        source.note(element, format!("`<{}>` without a `<name>`", element.name));
    }
    Ok(name.map(|name| NamedPermission { name, enabled, at }))
}

fn ip_range(source: &mut Source<'_, '_>, element: &Element<'_>) -> Result<Option<IpRange>, Fault> {
    let at = Some(source.place(element));
    let (mut start, mut end) = (None, None);
    while let Some(child) = source.child()? {
        match child.name {
            "startAddress" => start = source.line_of_text()?,
            "endAddress" => end = source.line_of_text()?,
            _ => source.skip()?,
        }
    }
    if start.is_none() || end.is_none() {
        source.note(
            element,
            "`<loginIpRanges>` without `<startAddress>` and `<endAddress>`",
        );
    }
    Ok(start
        .zip(end)
        .map(|(start, end)| IpRange { start, end, at }))
}

/// `Account.Industry` is `("Account", "Industry")`.
fn split(text: &str) -> Option<(&str, &str)> {
    let (object, part) = text.trim().split_once('.')?;
    (!object.is_empty() && !part.is_empty()).then_some((object, part))
}
