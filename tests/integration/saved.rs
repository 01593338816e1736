//! Snapshots of invented live orgs, as JSON that a test can change before it is saved.

use serde_json::{Value, json};

use crate::tree::Tree;

/// An org in which nothing is wrong: the user HubSpot with the permission set Sync, one mapped field of Account.
pub(crate) fn live_org() -> Value {
    let read = json!({"status": "read"});
    let areas = [
        "user",
        "assignments",
        "profiles",
        "permission-sets",
        "permission-set-groups",
        "muting-permission-sets",
        "objects",
        "fields",
        "record-types",
        "licences",
        "login-policy",
    ];
    let coverage: serde_json::Map<String, Value> = areas
        .iter()
        .map(|area| ((*area).to_owned(), read.clone()))
        .collect();
    let enabled = ["ActivitiesAccess", "ApiEnabled", "EditTask", "ViewSetup"]
        .map(|name| json!({"name": name, "enabled": true}));
    json!({
        "schema": "permgap.snapshot/1",
        "org": {"source": "live", "collected_at": "2026-11-01T00:00:00Z"},
        "coverage": coverage,
        "users": [{
            "id": "005000000000001AAA", "username": "hubspot@org.example", "is_active": true, "is_frozen": false,
            "user_type": "Standard", "profile": "HubSpot", "license": "Salesforce",
            "assignments": [{"of": {"permission_set": "Sync"}}],
        }],
        "objects": {"Task": {"name": "Task", "defined": true, "fields_complete": true}, "Account": {
            "name": "Account", "defined": true, "fields_complete": true,
            "fields": {"Segment__c": {
                "name": "Segment__c", "field_type": "text", "permissionable": true, "created_at": "2024-01-01T00:00:00Z",
            }},
        }},
        "profiles": {"HubSpot": {
            "kind": "profile", "name": "HubSpot",
            "user_permissions": enabled,
        }},
        "permission_sets": {"Sync": {
            "kind": "permission_set", "name": "Sync",
            "object_permissions": [{"object": "Account", "rights": ["read", "create", "edit"]}],
            "field_permissions": {"Account": [{"field": "Segment__c", "read": true, "edit": true}]},
        }},
    })
}

/// The org saved as `org.json` beside mappings of Account.Segment__c.
pub(crate) fn saved(org: &Value) -> Tree {
    Tree::new()
        .file("org.json", org.to_string())
        .mappings(&[("Account", "Segment__c", "Two-way")])
}
