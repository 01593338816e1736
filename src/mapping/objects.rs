//! HubSpot's objects: the names that files give them, and the Salesforce object that each syncs with.

use super::headers::fold;

/// A standard HubSpot object that syncs with a known Salesforce object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Standard {
    /// HubSpot's name in its API.
    plural: &'static str,
    /// The singular without separators, as [`fold`] leaves it.
    singular: &'static str,
    /// The object type id (HubSpot developer documentation, "Using object APIs").
    type_id: &'static str,
    /// The Salesforce object; none for contacts, which sync as Lead or as Contact.
    salesforce: Option<&'static str>,
}

const fn standard(
    plural: &'static str,
    singular: &'static str,
    type_id: &'static str,
    salesforce: Option<&'static str>,
) -> Standard {
    Standard {
        plural,
        singular,
        type_id,
        salesforce,
    }
}

/// Activities of every kind become Salesforce tasks (HubSpot Knowledge Base, "Sync activities and tasks
/// between HubSpot and Salesforce").
const STANDARD: [Standard; 13] = [
    standard("contacts", "contact", "0-1", None),
    standard("companies", "company", "0-2", Some("Account")),
    standard("deals", "deal", "0-3", Some("Opportunity")),
    standard("tickets", "ticket", "0-5", Some("Case")),
    standard("products", "product", "0-7", Some("Product2")),
    standard("line_items", "lineitem", "0-8", Some("OpportunityLineItem")),
    standard("quotes", "quote", "0-14", Some("Quote")),
    standard("tasks", "task", "0-27", Some("Task")),
    standard("notes", "note", "0-46", Some("Task")),
    standard("meetings", "meeting", "0-47", Some("Task")),
    standard("calls", "call", "0-48", Some("Task")),
    standard("emails", "email", "0-49", Some("Task")),
    standard("leads", "lead", "0-136", Some("Lead")),
];

/// A HubSpot object as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HubspotObject {
    /// One that syncs with a known Salesforce object.
    Standard(&'static Standard),
    /// Any other, by the name given.
    Other(String),
}

/// What a row says of its Salesforce object by its HubSpot object alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counterpart {
    /// This object.
    Object(&'static str),
    /// Lead and Contact.
    LeadAndContact,
    /// It must be stated.
    NotKnown,
}

impl HubspotObject {
    /// The object that a text names: singular, plural, any letter case, or HubSpot's object type id.
    pub(super) fn named(text: &str) -> Self {
        let text = text.trim();
        let folded = fold(text);
        STANDARD
            .iter()
            .find(|known| {
                known.type_id == text || known.singular == folded || fold(known.plural) == folded
            })
            .map_or_else(|| Self::Other(text.to_owned()), Self::Standard)
    }

    /// The object that HubSpot's export names in its file name: `4711001_CONTACT_field_mappings.csv`, and
    /// what a browser makes of a second download, `4711001_CONTACT_field_mappings (1).csv`. Without the
    /// portal's number only a standard object counts, since `all_field_mappings.csv` names no object.
    pub(super) fn of_file_name(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next()?;
        let lower = name.to_ascii_lowercase();
        let stem = name.get(..lower.rfind("_field_mappings")?)?;
        let after = lower.get(stem.len() + "_field_mappings".len()..)?;
        let copy = after.split('.').next()?.trim();
        if !copy
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '(' | ')' | '-' | '_' | ' '))
        {
            return None;
        }
        let (portal, object) = stem.split_once('_').unwrap_or(("", stem));
        let numbered = !portal.is_empty() && portal.bytes().all(|byte| byte.is_ascii_digit());
        if numbered && !object.is_empty() {
            return Some(Self::named(object));
        }
        match Self::named(stem) {
            known @ Self::Standard(_) => Some(known),
            Self::Other(_) => None,
        }
    }

    /// HubSpot's plural for a standard object, the name given for another.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Standard(known) => known.plural,
            Self::Other(name) => name,
        }
    }

    /// The Salesforce object that it syncs with where a row names none.
    pub(super) fn counterpart(&self) -> Counterpart {
        match self {
            Self::Standard(known) => known
                .salesforce
                .map_or(Counterpart::LeadAndContact, Counterpart::Object),
            Self::Other(_) => Counterpart::NotKnown,
        }
    }

    /// Whether both are one object; letter case does not count.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.name().eq_ignore_ascii_case(other.name())
    }

    /// The names of the standard objects.
    pub(super) fn standard_names() -> impl Iterator<Item = &'static str> {
        STANDARD.iter().map(|known| known.plural)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_known_by_every_name_in_use() {
        for (text, name, counterpart) in [
            ("CONTACT", "contacts", Counterpart::LeadAndContact),
            ("0-1", "contacts", Counterpart::LeadAndContact),
            (" Companies ", "companies", Counterpart::Object("Account")),
            ("0-3", "deals", Counterpart::Object("Opportunity")),
            (
                "Line Item",
                "line_items",
                Counterpart::Object("OpportunityLineItem"),
            ),
            (
                "LINE_ITEMS",
                "line_items",
                Counterpart::Object("OpportunityLineItem"),
            ),
            ("Meeting", "meetings", Counterpart::Object("Task")),
            ("p_Contact", "p_Contact", Counterpart::NotKnown),
            ("2-1234567", "2-1234567", Counterpart::NotKnown),
            ("01", "01", Counterpart::NotKnown),
        ] {
            let object = HubspotObject::named(text);
            assert_eq!(
                (object.name(), object.counterpart()),
                (name, counterpart),
                "{text}"
            );
        }
    }

    #[test]
    fn the_object_is_told_from_the_file_name_of_an_export_only() {
        for (path, name) in [
            ("in/4711001_CONTACT_field_mappings.csv", "contacts"),
            (r"C:\in\4711001_COMPANY_field_mappings.csv", "companies"),
            ("4711001_DEAL_field_mappings (1).csv", "deals"),
            ("4711001_TICKET_FIELD_MAPPINGS.CSV", "tickets"),
            ("4711001_p_contract_field_mappings.csv", "p_contract"),
            ("4711001_LINE_ITEM_field_mappings.csv", "line_items"),
            ("contact_field_mappings.json", "contacts"),
        ] {
            let object = HubspotObject::of_file_name(path);
            assert_eq!(
                object.as_ref().map(HubspotObject::name),
                Some(name),
                "{path}"
            );
        }
        for path in [
            "",
            "mappings.csv",
            "contacts.csv",
            "all_field_mappings.csv",
            "_field_mappings.csv",
            "4711001__field_mappingsx.csv",
            "4711001_field_mappings.csv",
            "4711001_CONTACT_field_mappings/mine.csv",
        ] {
            assert_eq!(HubspotObject::of_file_name(path), None, "{path}");
        }
    }
}
