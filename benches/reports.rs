//! How long each format takes for ten thousand findings, as a ratio to writing them as JSON.
//!
//! Fails where a format takes a second or more.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use permgap::audit::by_id;
use permgap::finding::{Evidence, EvidenceKind, Finding, Fix, Operation, Safety};
use permgap::report::{
    AuditOutcome, AuditReport, AuditedUser, FieldHas, Format, JudgedMapping, ObjectHas,
    OutcomeKind, Style, Verdict, render,
};
use permgap::snapshot::{Name, OrgInfo};

const FINDINGS: usize = 10_000;
const OBJECTS: usize = 40;
const RUNS: usize = 3;
const LIMIT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let Some(report) = report() else {
        return ExitCode::FAILURE;
    };
    let times: Vec<(Format, Duration)> = Format::ALL
        .iter()
        .filter_map(|format| Some((*format, fastest(&report, *format)?)))
        .collect();
    let json = times.iter().find(|(format, _)| *format == Format::Json);
    let floor = json.map_or(f64::NAN, |(_, time)| time.as_secs_f64());
    let mut out = io::stdout().lock();
    let mut status = ExitCode::SUCCESS;
    for (format, time) in &times {
        let ratio = time.as_secs_f64() / floor;
        let millis = time.as_millis();
        let _ = writeln!(out, "{format:<10} {millis:>6} ms  {ratio:>6.2} x json");
        if *time >= LIMIT {
            status = ExitCode::FAILURE;
        }
    }
    if times.len() == Format::ALL.len() {
        status
    } else {
        ExitCode::FAILURE
    }
}

fn fastest(report: &AuditReport, format: Format) -> Option<Duration> {
    let style = Style::default();
    (0..RUNS)
        .filter_map(|_| {
            let start = Instant::now();
            render(report, format, &style, &mut io::sink()).ok()?;
            Some(start.elapsed())
        })
        .min()
}

/// Each finding with a mapping row of its own.
fn report() -> Option<AuditReport> {
    let meta = by_id("field-not-editable")?.meta;
    let mut findings = Vec::new();
    let mut mappings = Vec::new();
    for index in 0..FINDINGS {
        let object = Name::new(&format!("Object_{}__c", index % OBJECTS));
        let field = Name::new(&format!("Field_{index}__c"));
        let fix = Fix::new(
            Safety::Safe,
            format!("Grant Read and Edit on {object}.{field}"),
        )
        .step("Open a permission set that is assigned to the integration user")
        .step(format!(
            "Object Settings > {object} > Edit: select Read and Edit for {field}"
        ))
        .setup(format!(
            "Setup > Permission Sets > Object Settings > {object}"
        ));
        let file = "force-app/main/default/permissionsets/HubSpot_Sync.permissionset-meta.xml";
        let evidence = (0..4).map(|number| {
            Evidence::new(
                EvidenceKind::NoGrant,
                format!("permission set Set_{number} does not grant Edit on {object}.{field}"),
            )
            .at(Some(file), Some(2))
        });
        findings.push(
            Finding::new(meta, format!("The user cannot edit {object}.{field}"), fix)
                .detail("Salesforce refuses each record with a value in this field.")
                .object(&object)
                .field(&field)
                .operation(Operation::Edit)
                .mapping(index)
                .evidence(evidence),
        );
        mappings.push(JudgedMapping {
            row: index + 1,
            line: index + 2,
            file: "mappings.csv".into(),
            hubspot_object: "companies".into(),
            hubspot_property: format!("property_{index}"),
            object,
            field,
            sync_rule: "Two-way".into(),
            needs: vec![Operation::Read, Operation::Edit],
            has_object: ObjectHas::default(),
            has_field: FieldHas {
                read: Some(true),
                edit: Some(false),
            },
            verdict: Verdict::Gap,
            findings: vec![index],
        });
    }
    Some(AuditReport {
        generated_at: "2026-01-02T03:04:05Z".into(),
        org: OrgInfo::default(),
        user: AuditedUser::default(),
        notices: Vec::new(),
        mappings,
        findings,
        audits: vec![AuditOutcome {
            audit: meta,
            outcome: OutcomeKind::Findings,
            reason: None,
        }],
        coverage: Vec::new(),
        problems: Vec::new(),
        changed_since: None,
        subject_incomplete: false,
    })
}
