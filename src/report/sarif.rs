//! SARIF 2.1.0, for code scanning: the audits as rules with their documentation, the findings as results.
//!
//! Only real files become physical locations; the object and field are the logical one. Audits that were not
//! evaluated, files that could not be read and notices are notifications of the run.

use std::collections::BTreeMap;
use std::io;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::json;
use serde_sarif::sarif as s;

use super::format::Spec;
use super::json::{v1, write_json};
use super::{AuditReport, Style, location, text};
use crate::audit::AuditMeta;
use crate::finding::{BaselineState, Finding, Severity};

pub(super) const SPEC: Spec = Spec {
    name: "sarif",
    ending: Some("sarif"),
    write,
};

/// The schema that the text names (OASIS, SARIF 2.1.0 with errata 01).
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What stands for itself in a relative reference (RFC 3986, `pchar` and `/`), turned around.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rules: Vec<&AuditMeta> = report.audits.iter().map(|outcome| outcome.audit).collect();
    for finding in &report.findings {
        if !rules.iter().any(|rule| rule.id == finding.audit.id) {
            rules.push(finding.audit);
        }
    }
    let rank: BTreeMap<&str, i64> = rules.iter().map(|rule| rule.id).zip(0..).collect();
    let tool = v1::Tool::this();
    let driver = s::ToolComponent::builder()
        .name(tool.name)
        .semantic_version(tool.version)
        .rules(rules.iter().copied().map(rule).collect::<Vec<_>>())
        .build();
    let invocation = s::Invocation::builder()
        .execution_successful(true)
        .end_time_utc(report.generated_at.clone())
        .tool_execution_notifications(notifications(report, &rank))
        .build();
    let results: Vec<s::Result> = report
        .findings
        .iter()
        .map(|finding| result(report, finding, &rank))
        .collect();
    let run = s::Run::builder()
        .tool(s::Tool::builder().driver(driver).build())
        .invocations(vec![invocation])
        .results(results)
        .build();
    let sarif = s::Sarif::builder()
        .schema(SCHEMA)
        .version(json!("2.1.0"))
        .runs(vec![run])
        .build();
    write_json(&sarif, out)
}

fn rule(audit: &AuditMeta) -> s::ReportingDescriptor {
    let properties = BTreeMap::from([
        ("severity".to_owned(), json!(audit.severity)),
        ("precision".to_owned(), json!(precision(audit))),
        ("type".to_owned(), json!(audit.error_type)),
    ]);
    s::ReportingDescriptor::builder()
        .id(audit.id)
        .short_description(message_string(audit.title))
        .help(
            s::MultiformatMessageString::builder()
                .text(audit.docs)
                .markdown(audit.docs)
                .build(),
        )
        .default_configuration(
            s::ReportingConfiguration::builder()
                .level(json!(level_word(audit.severity)))
                .build(),
        )
        .properties(
            s::PropertyBag::builder()
                .tags(vec!["permissions".to_owned()])
                .additional_properties(properties)
                .build(),
        )
        .build()
}

/// GitHub's word for how sure a rule is.
fn precision(audit: &AuditMeta) -> &'static str {
    match audit.confidence {
        crate::finding::Confidence::Certain => "very-high",
        crate::finding::Confidence::Likely => "high",
        crate::finding::Confidence::Possible => "medium",
    }
}

fn level_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn level(severity: Severity) -> s::ResultLevel {
    match severity {
        Severity::Critical | Severity::High => s::ResultLevel::Error,
        Severity::Medium => s::ResultLevel::Warning,
        Severity::Low => s::ResultLevel::Note,
    }
}

fn result(report: &AuditReport, finding: &Finding, rank: &BTreeMap<&str, i64>) -> s::Result {
    let mut words = text::clean(&finding.title).into_owned();
    for sentence in [&finding.detail, &finding.fix.summary] {
        if !sentence.is_empty() {
            words.push_str("\n\n");
            words.push_str(&text::clean(sentence));
        }
    }
    let properties = BTreeMap::from([
        ("severity".to_owned(), json!(finding.severity)),
        ("confidence".to_owned(), json!(finding.confidence)),
    ]);
    let mut result = s::Result::builder()
        .rule_id(finding.audit.id)
        .message(message(&words))
        .level(level(finding.severity))
        .partial_fingerprints(BTreeMap::from([(
            "permgap/v1".to_owned(),
            finding.fingerprint(),
        )]))
        .properties(
            s::PropertyBag::builder()
                .additional_properties(properties)
                .build(),
        )
        .build();
    result.rule_index = rank.get(finding.audit.id).copied();
    let place = location::of(report, finding);
    let logical = location::logical(finding);
    if place.is_some() || logical.is_some() {
        let mut at = s::Location::builder().build();
        at.physical_location = place.map(|place| physical(place.file, place.line));
        at.logical_locations = logical.map(|name| {
            let kind = if finding.field.is_some() {
                "member"
            } else {
                "type"
            };
            vec![
                s::LogicalLocation::builder()
                    .fully_qualified_name(text::clean(&name).into_owned())
                    .kind(kind)
                    .build(),
            ]
        });
        result.locations = Some(vec![at]);
    }
    if finding.baseline == BaselineState::Known {
        result.suppressions = Some(vec![
            s::Suppression::builder()
                .kind(json!("external"))
                .justification("known: in the baseline, or an intended gap of permgap.toml")
                .build(),
        ]);
    }
    result
}

fn notifications(report: &AuditReport, rank: &BTreeMap<&str, i64>) -> Vec<s::Notification> {
    let mut all = Vec::new();
    for outcome in report.audits.iter() {
        if outcome.outcome != super::OutcomeKind::NotEvaluated && outcome.reason.is_none() {
            continue;
        }
        let reason = outcome.reason.as_deref().unwrap_or("no reason is known");
        let words = format!("{} {}: {reason}", outcome.audit.id, not_evaluated(outcome));
        let mut rule = s::ReportingDescriptorReference::builder()
            .id(outcome.audit.id)
            .build();
        rule.index = rank.get(outcome.audit.id).copied();
        let mut notification = notification(&words, "warning");
        notification.associated_rule = Some(rule);
        all.push(notification);
    }
    for problem in &report.problems {
        let words = format!("{}: {}", problem.place, problem.message);
        all.push(notification(&words, "warning"));
    }
    all.extend(
        report
            .notices
            .iter()
            .map(|notice| notification(notice, "note")),
    );
    all
}

/// `was not evaluated`, or `was evaluated in part only`.
pub(super) fn not_evaluated(outcome: &super::AuditOutcome) -> &'static str {
    if outcome.outcome == super::OutcomeKind::NotEvaluated {
        "was not evaluated"
    } else {
        "was evaluated in part only"
    }
}

fn notification(words: &str, level: &str) -> s::Notification {
    s::Notification::builder()
        .message(message(&text::clean(words)))
        .level(json!(level))
        .build()
}

fn message(words: &str) -> s::Message {
    s::Message::builder().text(words).build()
}

fn message_string(words: &str) -> s::MultiformatMessageString {
    s::MultiformatMessageString::builder().text(words).build()
}

fn physical(file: &str, line: Option<u32>) -> s::PhysicalLocation {
    let mut place = s::PhysicalLocation::builder()
        .artifact_location(s::ArtifactLocation::builder().uri(uri(file)).build())
        .build();
    place.region = line.map(|line| s::Region::builder().start_line(i64::from(line)).build());
    place
}

/// A path as a URI reference: relative as it is, absolute with the scheme `file`.
fn uri(path: &str) -> String {
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.to_owned()
    };
    let path = path.strip_prefix("./").unwrap_or(&path);
    let escaped = utf8_percent_encode(path, ESCAPED).to_string();
    let first = escaped.split('/').next().unwrap_or_default();
    if escaped.starts_with('/') {
        format!("file://{escaped}")
    } else if cfg!(windows) && first.ends_with(':') {
        format!("file:///{escaped}")
    } else if first.contains(':') {
        // A colon in the first segment would read as a scheme (RFC 3986, section 4.2).
        format!("./{escaped}")
    } else {
        escaped
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    fn rendered(report: &AuditReport) -> String {
        let mut out = Vec::new();
        render(report, Format::Sarif, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_is_sarif_and_loses_nothing_when_read() {
        for report in [sample::report(), sample::clean()] {
            let text = rendered(&report);
            let sarif: s::Sarif = serde_json::from_str(&text).unwrap();
            let mut again = Vec::new();
            write_json(&sarif, &mut again).unwrap();
            assert_eq!(String::from_utf8(again).unwrap(), text);
            let run = &sarif.runs[0];
            assert_eq!(run.results.as_ref().unwrap().len(), report.findings.len());
        }
    }

    #[test]
    fn locations_are_real_and_levels_follow_the_severity() {
        let json: serde_json::Value = serde_json::from_str(&rendered(&sample::report())).unwrap();
        let results = json["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results[0]["level"], "error");
        assert!(results[0]["locations"].is_null(), "no file is concerned");
        let place = &results[1]["locations"][0];
        assert_eq!(
            place["physicalLocation"]["artifactLocation"]["uri"],
            "mutingpermissionsets/Mute.mutingpermissionset"
        );
        assert_eq!(place["physicalLocation"]["region"]["startLine"], 4);
        assert_eq!(
            place["logicalLocations"][0]["fullyQualifiedName"],
            "Account"
        );
        assert_eq!(results[3]["suppressions"][0]["kind"], "external");
        assert_eq!(results[4]["level"], "warning");
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            let rules = json["runs"][0]["tool"]["driver"]["rules"]
                .as_array()
                .unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn paths_become_uris() {
        for (path, is) in [
            ("a b/c#d.xml", "a%20b/c%23d.xml"),
            ("./a.csv", "a.csv"),
            ("/a/ü.csv", "file:///a/%C3%BC.csv"),
            ("a:b/c", "./a:b/c"),
        ] {
            assert_eq!(uri(path), is);
        }
    }
}
