//! Results of audits for the tests of all formats, with the texts that a hostile org could hold.

use super::{
    AuditOutcome, AuditReport, AuditedUser, FieldHas, JudgedMapping, ObjectHas, OutcomeKind,
    Verdict,
};
use crate::audit::by_id;
use crate::finding::{
    BaselineState, Change, Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety,
    Severity,
};
use crate::snapshot::{
    Area, AreaCoverage, CollectionProblem, CoverageStatus, ObjectRight, OrgInfo, SourceKind,
};

fn outcome(id: &str, outcome: OutcomeKind, reason: Option<&str>) -> AuditOutcome {
    AuditOutcome {
        audit: by_id(id).unwrap().meta,
        outcome,
        reason: reason.map(str::to_owned),
    }
}

fn covered(area: Area, status: CoverageStatus, reasons: &[&str]) -> (Area, AreaCoverage) {
    let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
    (area, AreaCoverage { status, reasons })
}

fn mapping(row: usize, property: &str, object: &str, field: &str) -> JudgedMapping {
    JudgedMapping {
        row,
        line: row + 1,
        file: "mappings/contacts.csv".into(),
        hubspot_object: "contacts".into(),
        hubspot_property: property.into(),
        object: object.into(),
        field: field.into(),
        sync_rule: "Two-way".into(),
        needs: vec![Operation::Read, Operation::Edit],
        has_object: ObjectHas {
            read: Some(true),
            create: Some(true),
            edit: Some(true),
            delete: Some(false),
            view_all: Some(false),
            modify_all: Some(false),
        },
        has_field: FieldHas {
            read: Some(true),
            edit: Some(true),
        },
        verdict: Verdict::Ok,
        findings: Vec::new(),
    }
}

/// A run in which all was looked at and nothing is wrong.
pub(super) fn clean() -> AuditReport {
    AuditReport {
        generated_at: "2026-01-02T03:04:05Z".into(),
        org: OrgInfo {
            id: Some("00D000000000001EAA".into()),
            name: Some("Acme".into()),
            instance_url: Some("https://acme.my.salesforce.com".into()),
            api_version: Some("66.0".into()),
            source: SourceKind::Live,
            collected_at: Some("2026-01-02T03:00:00Z".into()),
            ..OrgInfo::default()
        },
        user: AuditedUser {
            id: Some("005000000000001AAA".into()),
            username: Some("hubspot@acme.example".into()),
            profile: Some("Minimum Access - API Only Integrations".into()),
            permission_sets: vec!["HubSpot_Sync".into()],
            permission_set_groups: Vec::new(),
        },
        notices: Vec::new(),
        changed_since: None,
        subject_incomplete: false,
        mappings: vec![mapping(1, "jobtitle", "Contact", "Title")],
        findings: Vec::new(),
        audits: vec![
            outcome("api-access-missing", OutcomeKind::Clean, None),
            outcome("field-not-editable", OutcomeKind::Clean, None),
        ],
        coverage: vec![covered(Area::Profiles, CoverageStatus::Read, &[])],
        problems: Vec::new(),
    }
}

fn field_finding(title: &str, field: &str) -> Finding {
    let fix = Fix::new(
        Safety::Safe,
        format!("Grant Read and Edit on Contact.{field}"),
    )
    .step("Open a permission set that is assigned to the integration user")
    .step(format!(
        "Object Settings > Contact > Edit: select Read and Edit for {field}, save"
    ))
    .setup("Setup > Permission Sets > HubSpot Sync > Object Settings > Contact")
    .change(Change::GrantField {
        object: "Contact".into(),
        field: field.into(),
        read: true,
        edit: true,
    });
    Finding::new(by_id("field-not-editable").unwrap().meta, title, fix)
        .detail(
            "Salesforce refuses each record with a value in this field, and saves nothing of it.",
        )
        .object(&"Contact".into())
        .field(&field.into())
        .operation(Operation::Edit)
        .evidence([
            Evidence::new(EvidenceKind::Mapping, "row 2: contacts industry is mapped")
                .at(Some("mappings/contacts.csv"), Some(3)),
            Evidence::new(
                EvidenceKind::Grant,
                "permission set HubSpot_Sync grants read",
            )
            .at(
                Some("force-app/main/default/permissionsets/HubSpot_Sync.permissionset-meta.xml"),
                Some(41),
            )
            .container("permission set HubSpot_Sync"),
            Evidence::new(
                EvidenceKind::NoGrant,
                format!("permission set HubSpot_Sync does not grant Edit on Contact.{field}"),
            )
            .at(
                Some("force-app/main/default/permissionsets/HubSpot_Sync.permissionset-meta.xml"),
                Some(2),
            )
            .container("permission set HubSpot_Sync"),
            Evidence::new(
                EvidenceKind::NoGrant,
                "profile =Profile\u{1b}[31m\u{202e} does not grant it either",
            )
            .container("profile =Profile\u{1b}[31m\u{202e}"),
        ])
}

/// A run with gaps of each grade, with rows and audits not known, and with hostile texts.
pub(super) fn report() -> AuditReport {
    let object_fix = Fix::new(Safety::Safe, "Grant Read, Create and Edit on Account")
        .step("Open a permission set")
        .setup("Setup > Permission Sets > HubSpot Sync > Object Settings > Account")
        .change(Change::GrantObject {
            object: "Account".into(),
            rights: vec![ObjectRight::Read, ObjectRight::Create, ObjectRight::Edit],
        });
    let whole_object = Finding::new(
        by_id("object-not-accessible").unwrap().meta,
        "The user cannot read Account",
        object_fix,
    )
    .object(&"Account".into())
    .operation(Operation::Read)
    .evidence([
        Evidence::new(
            EvidenceKind::Grant,
            "permission set Sales in group HubSpot grants read, which muting permission set Mute takes away",
        )
        .at(Some("permissionsets/Sales.permissionset"), Some(9))
        .container("permission set Sales in group HubSpot"),
        Evidence::new(EvidenceKind::Muting, "muting permission set Mute mutes read")
            .at(Some("mutingpermissionsets/Mute.mutingpermissionset"), Some(4))
            .container("muting permission set Mute"),
    ]);
    let api = Finding::new(
        by_id("api-access-missing").unwrap().meta,
        "The user may not use the API",
        Fix::new(
            Safety::Advice,
            "Enable API Enabled for the integration user",
        )
        .step("Ask an administrator, since no file of the tree holds the profile")
        .step("Audit again"),
    )
    .operation(Operation::Connect)
    .at_most(Confidence::Possible);
    let mut hostile = field_finding(
        "=HYPERLINK(\"http://evil\")\r\nNo gaps: all is well.\u{9b}2J",
        "東京_項目__c",
    );
    hostile.mapping = Some(2);
    let record_type = Finding::new(
        by_id("record-type-not-available").unwrap().meta,
        "Record type Partner of Account is not available",
        Fix::new(Safety::Safe, "Make the record type available"),
    )
    .object(&"Account".into())
    .subject("Partner")
    .severity(Severity::Medium)
    .at_most(Confidence::Likely);
    let mut known = field_finding("The user cannot edit Contact.Fax", "Fax");
    known.baseline = BaselineState::Known;

    let lacks_edit = FieldHas {
        read: Some(true),
        edit: Some(false),
    };
    let mappings = vec![
        mapping(1, "jobtitle", "Contact", "Title"),
        JudgedMapping {
            has_object: ObjectHas {
                read: Some(false),
                ..ObjectHas::default()
            },
            has_field: FieldHas {
                read: Some(false),
                edit: Some(false),
            },
            verdict: Verdict::Gap,
            findings: vec![1],
            ..mapping(2, "name", "Account", "Name")
        },
        JudgedMapping {
            has_field: lacks_edit,
            verdict: Verdict::Gap,
            findings: vec![2],
            ..mapping(3, "@city", "Contact", "東京_項目__c")
        },
        JudgedMapping {
            has_field: lacks_edit,
            verdict: Verdict::Gap,
            findings: vec![3],
            ..mapping(4, "fax", "Contact", "Fax")
        },
        JudgedMapping {
            has_field: lacks_edit,
            verdict: Verdict::Gap,
            findings: vec![3],
            sync_rule: "Prefer Salesforce unless blank".into(),
            ..mapping(5, "fax_2", "Contact", "Fax")
        },
        JudgedMapping {
            has_field: FieldHas {
                read: Some(true),
                edit: None,
            },
            verdict: Verdict::Unknown,
            ..mapping(6, "industry", "Lead", "Industry")
        },
    ];
    AuditReport {
        org: OrgInfo {
            source: SourceKind::Metadata,
            ..OrgInfo::default()
        },
        user: AuditedUser {
            profile: Some("Minimum Access".into()),
            permission_sets: vec!["HubSpot_Sync".into(), "HubSpot_Snyc".into()],
            permission_set_groups: vec!["HubSpot".into()],
            ..AuditedUser::default()
        },
        notices: vec![
            "permission set HubSpot_Snyc was not found; nearest: HubSpot_Sync. What it might change is not known"
                .into(),
        ],
        mappings,
        findings: vec![api, whole_object, hostile, known, record_type],
        audits: vec![
            outcome("api-access-missing", OutcomeKind::Findings, None),
            outcome("object-not-accessible", OutcomeKind::Findings, None),
            outcome(
                "field-not-editable",
                OutcomeKind::Findings,
                Some("Edit on Lead.Industry is not known"),
            ),
            outcome(
                "permission-set-unassigned",
                OutcomeKind::NotEvaluated,
                Some("a metadata tree does not tell what is assigned"),
            ),
            outcome("required-field-unmapped", OutcomeKind::NotEvaluated, None),
            outcome("duplicate-mapping", OutcomeKind::Clean, None),
        ],
        coverage: vec![
            covered(Area::User, CoverageStatus::Absent, &["a metadata tree holds no users"]),
            covered(Area::Assignments, CoverageStatus::Absent, &["a metadata tree holds no users"]),
            covered(
                Area::Profiles,
                CoverageStatus::Partial,
                &["a retrieved profile may hold less than the profile grants", "one file is broken"],
            ),
            covered(Area::Objects, CoverageStatus::Read, &[]),
            covered(Area::Flows, CoverageStatus::Refused, &[]),
        ],
        problems: vec![CollectionProblem {
            area: Area::Profiles,
            place: "profiles/Bro\u{1b}]0;ken.profile-meta.xml".into(),
            line: Some(17),
            message: "the element fieldPermissions is not closed; mend the file and audit again".into(),
        }],
        ..clean()
    }
}
