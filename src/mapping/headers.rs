//! The names of the five columns, and the other names that files give them.

/// A column that a mapping file can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    HubspotObject,
    HubspotProperty,
    SalesforceObject,
    SalesforceField,
    SyncRule,
}

/// How many columns there are.
pub(super) const COLUMNS: usize = Column::ALL.len();

/// The accepted names, folded, each with its column and how sure it is. HubSpot's export says
/// `HubSpot Field Name`, `Salesforce Field Name` and `Sync Rule`. `Sync Direction` and `Mapping Type` are
/// reported of it and were never seen in a file, so they count only where no surer name is there.
const NAMES: [(&str, Column, u8); 21] = [
    ("hubspotobject", Column::HubspotObject, 0),
    ("hubspotobjectname", Column::HubspotObject, 0),
    ("hubspotobjecttype", Column::HubspotObject, 0),
    ("hubspotobjecttypeid", Column::HubspotObject, 0),
    ("hubspotproperty", Column::HubspotProperty, 0),
    ("hubspotpropertyname", Column::HubspotProperty, 0),
    ("hubspotfield", Column::HubspotProperty, 0),
    ("hubspotfieldname", Column::HubspotProperty, 0),
    ("hubspotinternalname", Column::HubspotProperty, 0),
    ("salesforceobject", Column::SalesforceObject, 0),
    ("salesforceobjectname", Column::SalesforceObject, 0),
    ("salesforceobjectapiname", Column::SalesforceObject, 0),
    ("salesforcefield", Column::SalesforceField, 0),
    ("salesforcefieldname", Column::SalesforceField, 0),
    ("salesforcefieldapiname", Column::SalesforceField, 0),
    ("salesforceapiname", Column::SalesforceField, 0),
    ("syncrule", Column::SyncRule, 0),
    ("syncrules", Column::SyncRule, 0),
    ("updaterule", Column::SyncRule, 0),
    ("syncdirection", Column::SyncRule, 1),
    ("mappingtype", Column::SyncRule, 2),
];

impl Column {
    /// Every column, in the order of the documentation.
    pub(super) const ALL: [Self; 5] = [
        Self::HubspotObject,
        Self::HubspotProperty,
        Self::SalesforceObject,
        Self::SalesforceField,
        Self::SyncRule,
    ];

    /// The documented name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HubspotObject => "hubspot_object",
            Self::HubspotProperty => "hubspot_property",
            Self::SalesforceObject => "salesforce_object",
            Self::SalesforceField => "salesforce_field",
            Self::SyncRule => "sync_rule",
        }
    }

    /// The name with the one that HubSpot's export uses, where it has the column.
    pub(super) fn names(self) -> &'static str {
        match self {
            Self::HubspotObject => "`hubspot_object`",
            Self::HubspotProperty => "`hubspot_property` (HubSpot's export: `HubSpot Field Name`)",
            Self::SalesforceObject => "`salesforce_object`",
            Self::SalesforceField => {
                "`salesforce_field` (HubSpot's export: `Salesforce Field Name`)"
            }
            Self::SyncRule => "`sync_rule` (HubSpot's export: `Sync Rule`)",
        }
    }

    /// The column that a header or key names, and how far behind the surest name it stands; none for another.
    /// Letter case, white space, `_` and `-` do not count.
    pub(super) fn of(header: &str) -> Option<(Self, u8)> {
        let folded = fold(header);
        NAMES
            .iter()
            .find(|(name, ..)| *name == folded)
            .map(|(_, column, rank)| (*column, *rank))
    }
}

/// The columns of a row by their place in [`Column::ALL`].
#[derive(Debug, Clone)]
pub(super) struct ByColumn<T>([Option<T>; COLUMNS]);

impl<T> ByColumn<T> {
    pub(super) fn new() -> Self {
        Self([const { None }; COLUMNS])
    }

    pub(super) fn get(&self, column: Column) -> Option<&T> {
        self.0.get(column as usize)?.as_ref()
    }

    /// Sets a column and gives what it held.
    pub(super) fn set(&mut self, column: Column, value: T) -> Option<T> {
        self.0.get_mut(column as usize)?.replace(value)
    }
}

/// A header, key or object name without what does not count in it.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_by_its_own_name_and_by_that_of_the_export() {
        for column in Column::ALL {
            assert_eq!(Column::of(column.name()), Some((column, 0)));
        }
        for (header, column) in [
            ("HubSpot Field Name", Column::HubspotProperty),
            (" SALESFORCE-FIELD_NAME\u{a0}", Column::SalesforceField),
            ("Sync Rule", Column::SyncRule),
            ("HubSpot Property Name", Column::HubspotProperty),
        ] {
            assert_eq!(Column::of(header), Some((column, 0)), "{header}");
        }
        for header in [
            "",
            "HubSpot Property Type",
            "Salesforce Field Type",
            "hubspot.object",
        ] {
            assert_eq!(Column::of(header), None, "{header}");
        }
    }
}
