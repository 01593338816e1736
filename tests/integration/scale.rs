//! Large inputs come to an end with the right counts. What they take is measured elsewhere (`BENCHMARKS.md`).

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::runner::{Run, permgap};

const USER: &str = "hubspot@acme.example";

/// A snapshot of so many objects with so many fields, whose user has so many permission sets of those there are.
struct Large {
    objects: usize,
    fields: usize,
    sets: usize,
    assigned: usize,
}

impl Large {
    fn write(&self, path: &Path) {
        let field = |at: usize| {
            let name = format!("F{at}__c");
            let field = json!({"name": name, "field_type": "text", "permissionable": true, "createable": true, "updateable": true});
            (name, field)
        };
        let fields: serde_json::Map<String, Value> = (0..self.fields).map(field).collect();
        let object = |at: usize| {
            let name = format!("O{at}__c");
            let object = json!({"name": name, "defined": true, "kind": "ordinary", "sharing_model": "ReadWrite",
                "fields_complete": true, "fields": fields});
            (name, object)
        };
        let objects: serde_json::Map<String, Value> = (0..self.objects).map(object).collect();
        let set = |at: usize| {
            let name = format!("S{at}");
            // Each set gives one field of its own, and all of them the object.
            let given = format!("F{}__c", at % self.fields);
            let set = json!({"kind": "permission_set", "name": name,
                "object_permissions": [{"object": "O0__c", "rights": ["read", "create", "edit"]}],
                "field_permissions": {"O0__c": [{"field": given, "read": true, "edit": true}]}});
            (name, set)
        };
        let sets: serde_json::Map<String, Value> = (0..self.sets).map(set).collect();
        let assignments: Vec<Value> = (0..self.assigned)
            .map(|at| json!({"of": {"permission_set": format!("S{at}")}}))
            .collect();
        let areas = [
            "user",
            "assignments",
            "profiles",
            "permission-sets",
            "permission-set-groups",
            "muting-permission-sets",
            "objects",
            "fields",
        ];
        let coverage: serde_json::Map<String, Value> = (areas.iter())
            .map(|area| ((*area).to_owned(), json!({"status": "read"})))
            .collect();
        let snapshot = json!({
            "schema": "permgap.snapshot/1", "coverage": coverage, "objects": objects, "permission_sets": sets,
            "org": {"id": "00D000000000001AAA", "name": "Large", "instance_url": "https://acme.my.salesforce.com",
                "api_version": "66.0", "source": "live", "collected_at": "2026-11-02T08:00:00Z"},
            "profiles": {"HubSpot": {"kind": "profile", "name": "HubSpot"}},
            "users": [{"id": "005000000000001AAA", "username": USER, "name": "HubSpot", "is_active": true,
                "profile": "HubSpot", "assignments": assignments}],
        });
        fs::write(path, snapshot.to_string()).unwrap();
    }

    /// Audits it with rows that map so many fields of the first object.
    fn audit(&self, rows: usize) -> Value {
        let folder = tempfile::tempdir().unwrap();
        self.write(&folder.path().join("org.json"));
        let mut mappings =
            "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n"
                .to_owned();
        for at in 0..rows {
            writeln!(mappings, "contact,p{at},O0__c,F{at}__c,Two-way").unwrap();
        }
        fs::write(folder.path().join("m.csv"), mappings).unwrap();
        let run: Run = permgap(
            folder.path(),
            &[
                "audit",
                "--snapshot",
                "org.json",
                "--user",
                USER,
                "--mappings",
                "m.csv",
                "--format",
                "json",
            ],
        );
        assert_eq!(run.status, 1, "{}", run.stderr);
        run.json()
    }
}

/// How many rows the report calls ok, and how many a gap.
fn counts(report: &Value) -> [u64; 2] {
    ["ok", "gap"].map(|verdict| report["summary"]["mappings"][verdict].as_u64().unwrap())
}

#[test]
fn ten_thousand_mapping_rows() {
    let large = Large {
        objects: 1,
        fields: 10_000,
        sets: 100,
        assigned: 100,
    };
    assert_eq!(counts(&large.audit(10_000)), [100, 9_900]);
}

#[test]
fn a_hundred_thousand_fields() {
    let large = Large {
        objects: 100,
        fields: 1_000,
        sets: 10,
        assigned: 10,
    };
    assert_eq!(counts(&large.audit(20)), [10, 10]);
}

#[test]
fn five_thousand_permission_sets_and_a_user_with_four_hundred() {
    let large = Large {
        objects: 1,
        fields: 500,
        sets: 5_000,
        assigned: 400,
    };
    assert_eq!(counts(&large.audit(500)), [400, 100]);
}
