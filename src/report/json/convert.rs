//! Turns the result of an audit into the types of the format.

use super::v1;
use crate::finding::{Evidence, Finding, Fix};
use crate::report::location;
use crate::report::{AuditReport, AuditedUser, FieldHas, JudgedMapping, ObjectHas};
use crate::snapshot::{AreaCoverage, Name, OrgInfo};

impl From<&AuditReport> for v1::Report {
    fn from(report: &AuditReport) -> Self {
        let fingerprints: Vec<String> = report.findings.iter().map(Finding::fingerprint).collect();
        let concerned = report.mappings_by_finding();
        let findings = report
            .findings
            .iter()
            .zip(&fingerprints)
            .zip(&concerned)
            .map(|((finding, fingerprint), rows)| one_finding(report, finding, fingerprint, rows))
            .collect();
        Self {
            schema: v1::SchemaName::V1,
            tool: v1::Tool::this(),
            generated_at: report.generated_at.clone(),
            org: (&report.org).into(),
            user: (&report.user).into(),
            summary: summary(report),
            mappings: report
                .mappings
                .iter()
                .map(|mapping| judged(mapping, &fingerprints))
                .collect(),
            findings,
            audits: report
                .audits
                .iter()
                .map(|audit| v1::Audit {
                    audit: audit.audit.id.to_owned(),
                    outcome: audit.outcome,
                    reason: audit.reason.clone(),
                })
                .collect(),
            coverage: report
                .coverage
                .iter()
                .map(|(area, covered)| v1::Coverage {
                    area: *area,
                    status: covered.status,
                    reason: reason(covered),
                })
                .collect(),
            notices: report.notices.clone(),
            problems: report
                .problems
                .iter()
                .map(|problem| v1::Problem {
                    area: problem.area,
                    place: problem.place.clone(),
                    line: problem.line,
                    message: problem.message.clone(),
                })
                .collect(),
        }
    }
}

impl v1::Tool {
    /// This program.
    pub(in crate::report) fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl From<&OrgInfo> for v1::Org {
    fn from(org: &OrgInfo) -> Self {
        Self {
            id: org.id.clone(),
            name: org.name.clone(),
            instance_url: org.instance_url.clone(),
            api_version: org.api_version.clone(),
            source: org.source,
            collected_at: org.collected_at.clone(),
        }
    }
}

impl From<&AuditedUser> for v1::User {
    fn from(user: &AuditedUser) -> Self {
        Self {
            id: user.id.clone(),
            username: user.username.clone(),
            profile: user.profile.clone(),
            permission_sets: user.permission_sets.clone(),
            permission_set_groups: user.permission_set_groups.clone(),
        }
    }
}

impl From<ObjectHas> for v1::ObjectHas {
    fn from(has: ObjectHas) -> Self {
        Self {
            read: has.read,
            create: has.create,
            edit: has.edit,
            delete: has.delete,
            view_all: has.view_all,
            modify_all: has.modify_all,
        }
    }
}

impl From<FieldHas> for v1::FieldHas {
    fn from(has: FieldHas) -> Self {
        Self {
            read: has.read,
            edit: has.edit,
        }
    }
}

impl From<&JudgedMapping> for v1::MappingRef {
    fn from(mapping: &JudgedMapping) -> Self {
        Self {
            row: mapping.row,
            file: mapping.file.clone(),
            line: mapping.line,
            hubspot_object: mapping.hubspot_object.clone(),
            hubspot_property: mapping.hubspot_property.clone(),
            sync_rule: mapping.sync_rule.clone(),
            object: mapping.object.to_string(),
            field: mapping.field.to_string(),
        }
    }
}

impl From<&Evidence> for v1::Evidence {
    fn from(evidence: &Evidence) -> Self {
        Self {
            kind: evidence.kind,
            text: evidence.text.clone(),
            file: evidence.file.clone(),
            line: evidence.line,
            container: evidence.container.clone(),
        }
    }
}

impl From<&Fix> for v1::Fix {
    fn from(fix: &Fix) -> Self {
        Self {
            summary: fix.summary.clone(),
            steps: fix.steps.clone(),
            setup_path: fix.setup_path.clone(),
            safety: fix.safety,
            change: fix.change.clone(),
        }
    }
}

fn summary(report: &AuditReport) -> v1::Summary {
    let counts = report.summary();
    v1::Summary {
        critical: counts.critical,
        high: counts.high,
        medium: counts.medium,
        low: counts.low,
        not_evaluated: counts.not_evaluated,
        mappings: v1::MappingCounts {
            ok: counts.mappings_ok,
            gap: counts.mappings_gap,
            unknown: counts.mappings_unknown,
        },
    }
}

fn judged(mapping: &JudgedMapping, fingerprints: &[String]) -> v1::Mapping {
    v1::Mapping {
        row: mapping.row,
        file: mapping.file.clone(),
        hubspot_object: mapping.hubspot_object.clone(),
        hubspot_property: mapping.hubspot_property.clone(),
        object: mapping.object.to_string(),
        field: mapping.field.to_string(),
        sync_rule: mapping.sync_rule.clone(),
        needs: mapping.needs.clone(),
        has: v1::Has {
            object: mapping.has_object.into(),
            field: mapping.has_field.into(),
        },
        verdict: mapping.verdict,
        findings: mapping
            .findings
            .iter()
            .filter_map(|index| fingerprints.get(*index))
            .cloned()
            .collect(),
        line: mapping.line,
    }
}

fn one_finding(
    report: &AuditReport,
    finding: &Finding,
    fingerprint: &str,
    rows: &[&JudgedMapping],
) -> v1::Finding {
    // A finding on an object concerns many rows and is about none of them.
    let own = finding.mapping.and_then(|index| report.mappings.get(index));
    let first = finding.field.as_ref().and_then(|_| rows.first().copied());
    v1::Finding {
        fingerprint: fingerprint.to_owned(),
        audit: finding.audit.id.to_owned(),
        error_type: finding.audit.error_type,
        severity: finding.severity,
        confidence: finding.confidence,
        title: finding.title.clone(),
        detail: finding.detail.clone(),
        object: finding.object.as_ref().map(Name::to_string),
        field: finding.field.as_ref().map(Name::to_string),
        operation: finding.operation,
        mapping: own.or(first).map(Into::into),
        salesforce_errors: finding
            .salesforce_errors
            .iter()
            .map(|&code| code.to_owned())
            .collect(),
        hubspot_category: finding.hubspot_category.map(str::to_owned),
        evidence: finding.evidence.iter().map(Into::into).collect(),
        fix: (&finding.fix).into(),
        baseline: finding.baseline,
        location: location::of(report, finding).map(|place| v1::Location {
            file: place.file.to_owned(),
            line: place.line,
        }),
    }
}

fn reason(covered: &AreaCoverage) -> Option<String> {
    (!covered.reasons.is_empty()).then(|| covered.reasons.join("; "))
}
