//! Picklist values: of one field, of a global value set, of a standard value set.

use super::{Fragment, Source};
use crate::collect::metadata::xml::{Element, Fault};
use crate::snapshot::{Field, Name, PicklistValue, ValueSet};

/// A `<valueSet>`, or the `<picklist>` of API versions before 38.0, of a field.
pub(super) fn of_field(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    field: &mut Field,
) -> Result<(), Fault> {
    let modern = element.name == "valueSet";
    let mut restricted = None;
    while let Some(child) = source.child()? {
        match child.name {
            "restricted" | "restrictedPicklist" => restricted = source.boolean(&child)?,
            "controllingField" => field.controlling_field = source.name()?,
            "valueSetName" => field.value_set = source.name()?,
            "valueSetDefinition" => {
                while let Some(entry) = source.child()? {
                    match entry.name {
                        "value" => value_of_field(source, &entry, field)?,
                        _ => source.skip()?,
                    }
                }
            }
            "picklistValues" if !modern => value_of_field(source, &child, field)?,
            _ => source.skip()?,
        }
    }
    // Without the element a picklist takes any value (Metadata API Developer Guide, ValueSet), but one on a
    // global value set is always restricted (Salesforce Help, "Global Picklist Value Sets").
    field.restricted = restricted.or(Some(field.value_set.is_some()));
    field.values.shrink_to_fit();
    Ok(())
}

fn value_of_field(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    field: &mut Field,
) -> Result<(), Fault> {
    if let Some((value, default)) = value(source, element)? {
        field.has_default |= default;
        field.values.push(value);
    }
    Ok(())
}

/// A global or standard value set.
pub(super) fn shared(
    source: &mut Source<'_, '_>,
    name: Name,
    standard: bool,
) -> Result<Fragment, Fault> {
    let root = source.document.root(if standard {
        &["StandardValueSet"]
    } else {
        &["GlobalValueSet"]
    })?;
    let at = Some(source.place(&root));
    let mut values = Vec::new();
    while let Some(element) = source.child()? {
        match element.name {
            "customValue" | "standardValue" => {
                values.extend(value(source, &element)?.map(|(value, _)| value));
            }
            _ => source.skip()?,
        }
    }
    values.shrink_to_fit();
    Ok(Fragment::ValueSet(Box::new(ValueSet {
        name,
        standard,
        values,
        at,
    })))
}

/// One value, and whether it is the default.
fn value(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
) -> Result<Option<(PicklistValue, bool)>, Fault> {
    let (mut value, mut active, mut default) = (None, Some(true), Some(false));
    while let Some(child) = source.child()? {
        match child.name {
            "fullName" | "valueName" => value = source.line_of_text()?,
            "isActive" => active = source.boolean(&child)?,
            "default" => default = source.boolean(&child)?,
            _ => source.skip()?,
        }
    }
    if value.is_none() {
        source.note(element, "a picklist value without a `<fullName>`");
    }
    Ok(value
        .zip(active)
        .zip(default)
        .map(|((value, active), default)| (PicklistValue { value, active }, default)))
}
