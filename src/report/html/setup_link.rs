//! Links into Setup of the org, from the way that a fix names.
//!
//! The addresses are those that Lightning Experience shows in the browser; `*.my.salesforce.com` leads on to them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// The page of Setup where a way such as `Setup > Permission Sets > …` begins; none without an `https` address.
pub(super) fn of(instance_url: Option<&str>, setup_path: &str) -> Option<String> {
    let base = Url::parse(instance_url?).ok()?;
    let host = base.host_str()?;
    if base.scheme() != "https" || !base.username().is_empty() {
        return None;
    }
    let mut steps = setup_path.split(" > ").map(str::trim);
    if steps.next() != Some("Setup") {
        return None;
    }
    let page = match (steps.next()?, steps.next(), steps.next()) {
        ("Permission Sets", ..) => "PermSets/home".to_owned(),
        ("Permission Set Groups", ..) => "PermSetGroups/home".to_owned(),
        ("Profiles", ..) => "EnhancedProfiles/home".to_owned(),
        ("Users", ..) => "ManageUsers/home".to_owned(),
        ("Sharing Settings", ..) => "SecuritySharing/home".to_owned(),
        ("Flows", ..) => "Flows/home".to_owned(),
        ("Object Manager", Some(object), part) => {
            let object = utf8_percent_encode(object, NON_ALPHANUMERIC)
                .to_string()
                .replace("%5F", "_");
            let part = match part {
                Some("Fields & Relationships") => "FieldsAndRelationships",
                Some("Record Types") => "RecordTypes",
                Some("Validation Rules") => "ValidationRules",
                _ => "Details",
            };
            format!("ObjectManager/{object}/{part}/view")
        }
        ("Object Manager", ..) => "ObjectManager/home".to_owned(),
        _ => "SetupOneHome/home".to_owned(),
    };
    let port = base
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("https://{host}{port}/lightning/setup/{page}"))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_way_through_setup_becomes_an_address() {
        let org = Some("https://acme.my.salesforce.com");
        assert_eq!(
            of(
                org,
                "Setup > Object Manager > A__c > Fields & Relationships > B__c"
            )
            .unwrap(),
            "https://acme.my.salesforce.com/lightning/setup/ObjectManager/A__c/FieldsAndRelationships/view"
        );
        assert_eq!(
            of(org, "Setup > Permission Sets > X").unwrap(),
            "https://acme.my.salesforce.com/lightning/setup/PermSets/home"
        );
        for org in [
            None,
            Some("http://acme"),
            Some("javascript:alert(1)"),
            Some("https://a@b"),
        ] {
            assert_eq!(of(org, "Setup > Users"), None);
        }
        assert_eq!(of(org, "HubSpot > Settings"), None);
        let odd = of(org, "Setup > Object Manager > \"><script> > X").unwrap();
        assert!(!odd.contains(['<', '"']), "{odd}");
    }
}
