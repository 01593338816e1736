//! What `permgap hubspot` writes: the account, the token, features against scopes, and findings.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{v1, write_json};
use super::page::Page;
use super::style::Tone;
use super::text::{count, fact};
use super::{AuditReport, OutcomeKind, Style};
use crate::hubspot::file::SCHEMA;
use crate::hubspot::{Feature, Hint, ScopeState};
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::{HubSpotFacts, HubSpotToken, Refusal, TokenKind, TokenState};

/// The facts, with findings beside them, as `permgap.hubspot/1`: `--hubspot` reads it again.
///
/// # Errors
/// What the writer answers.
pub fn json(
    facts: &HubSpotFacts,
    audited: &AuditReport,
    hints: &[Hint],
    out: &mut dyn Write,
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'f> {
        schema: &'static str,
        #[serde(flatten)]
        facts: &'f HubSpotFacts,
        scopes: Vec<FeatureScopes>,
        findings: Vec<v1::Finding>,
        audits: Vec<v1::Audit>,
        hints: &'f [Hint],
    }
    #[derive(Serialize)]
    struct FeatureScopes {
        feature: &'static str,
        state: &'static str,
        needed: &'static [Vec<String>],
    }
    let report = v1::Report::from(audited);
    let scopes = facts.wanted_features().map(|feature| FeatureScopes {
        feature: &feature.name,
        state: word(&feature.state(facts)),
        needed: &feature.scopes,
    });
    let document = Document {
        schema: SCHEMA,
        facts,
        scopes: scopes.collect(),
        findings: report.findings,
        audits: report.audits,
        hints,
    };
    write_json(&document, out)
}

fn word(state: &ScopeState) -> &'static str {
    match state {
        ScopeState::Granted => "granted",
        ScopeState::Missing(_) => "missing",
        ScopeState::NotKnown => "not known",
    }
}

fn tone(state: &ScopeState) -> Tone {
    match state {
        ScopeState::Granted => Tone::Good,
        ScopeState::Missing(_) => Tone::Bad,
        ScopeState::NotKnown => Tone::Warn,
    }
}

/// The table of features.
///
/// # Errors
/// What the writer answers.
pub fn features(all: &[Feature], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<_> = all
        .iter()
        .map(|feature| {
            let needed: Vec<String> = feature.scopes.iter().map(|any| any.join(" or ")).collect();
            vec![
                (Tone::Strong, feature.name.clone()),
                (Tone::Plain, feature.title.clone()),
                (Tone::Plain, needed.join(" and ")),
            ]
        })
        .collect();
    Page::new(style, out).grid(&["Feature", "What", "Scopes"], &rows)
}

/// Everything for people.
///
/// # Errors
/// What the writer answers.
pub fn table(
    facts: &HubSpotFacts,
    audited: &AuditReport,
    hints: &[Hint],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    match &facts.account {
        Some(account) => {
            let kind = account.account_type.as_deref().unwrap_or("kind not told");
            page.fact("Account", &format!("{} ({kind})", account.portal_id))?;
        }
        None => page.fact("Account", "not told")?,
    }
    page.fact(
        "Token",
        &facts.token.as_ref().map_or("not asked".to_owned(), token),
    )?;
    for usage in &facts.usage {
        page.fact(
            "Calls",
            &format!(
                "{} of {} used today ({})",
                usage.used, usage.limit, usage.name
            ),
        )?;
    }
    let admins: Vec<&str> = facts
        .users
        .rows
        .iter()
        .filter(|user| user.super_admin)
        .map(|user| user.email.as_str())
        .collect();
    match &facts.users.reason {
        Some(reason) => page.fact("Users", reason)?,
        None => page.fact(
            "Users",
            &format!(
                "{}, super admins: {}",
                facts.users.rows.len(),
                some(&admins)
            ),
        )?,
    }
    let archived = facts
        .owners
        .rows
        .iter()
        .filter(|owner| owner.archived)
        .count();
    match &facts.owners.reason {
        Some(reason) => page.fact("Owners", reason)?,
        None if facts.owners.status == CoverageStatus::Read => page.fact(
            "Owners",
            &format!("{}, of them {archived} archived", facts.owners.rows.len()),
        )?,
        None => page.fact("Owners", "not asked")?,
    }
    for (object, part) in &facts.properties {
        let was_read = matches!(part.status, CoverageStatus::Read | CoverageStatus::Partial);
        let read = was_read.then(|| count(part.rows.len(), "property", "properties"));
        let told: Vec<String> = read.into_iter().chain(part.reason.clone()).collect();
        let text = if told.is_empty() {
            "not read".to_owned()
        } else {
            told.join("; ")
        };
        page.fact("Read", &format!("{object}: {text}"))?;
    }
    page.heading("Scopes")?;
    let rows: Vec<_> = facts
        .wanted_features()
        .map(|feature| {
            let state = feature.state(facts);
            let needed: Vec<String> = feature.scopes.iter().map(|any| any.join(" or ")).collect();
            let probe = facts
                .probes
                .iter()
                .find(|probe| probe.feature == feature.name);
            let answer = match probe.map(|probe| &probe.refusal) {
                None => "not tried".to_owned(),
                Some(None) => "answered".to_owned(),
                Some(Some(refusal)) => said(refusal),
            };
            vec![
                (Tone::Strong, feature.name.clone()),
                (tone(&state), word(&state).to_owned()),
                (Tone::Plain, needed.join(" and ")),
                (Tone::Plain, answer),
            ]
        })
        .collect();
    page.grid(&["Feature", "State", "Needs", "HubSpot's answer"], &rows)?;
    if !audited.findings.is_empty() {
        page.heading(&count(audited.findings.len(), "finding", "findings"))?;
    }
    for finding in &audited.findings {
        page.flagged(
            Tone::of(finding.severity),
            finding.severity.as_str(),
            &finding.title,
        )?;
        page.under(Tone::Plain, &finding.detail)?;
        for evidence in &finding.evidence {
            page.labelled("because", Tone::Plain, &fact(evidence))?;
        }
        page.labelled("fix", Tone::Plain, &finding.fix.summary)?;
        page.labelled(
            "audit",
            Tone::Dim,
            &format!("{} {}", finding.audit.id, finding.fingerprint()),
        )?;
    }
    if !hints.is_empty() {
        page.heading("Hints: properties that may be mapped, and are in no mapping file")?;
    }
    for hint in hints {
        let why = match hint.from_salesforce {
            Some(true) => "its history names Salesforce as a source",
            _ => {
                "it is named as the sync names properties; --history asks where its values come from"
            }
        };
        page.item(&format!(
            "{} {}, perhaps of {} (letter case is lost): {why}",
            hint.hubspot_object, hint.hubspot_property, hint.salesforce_field
        ))?;
    }
    let open: Vec<_> = audited
        .audits
        .iter()
        .filter(|outcome| outcome.reason.is_some())
        .collect();
    if !open.is_empty() {
        page.heading("Not evaluated, or in part")?;
        for outcome in open {
            let all = if outcome.outcome == OutcomeKind::NotEvaluated {
                ""
            } else {
                " (in part)"
            };
            page.item(&format!(
                "{}{all}: {}",
                outcome.audit.id,
                outcome.reason.as_deref().unwrap_or_default()
            ))?;
        }
    }
    Ok(())
}

fn some(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    match names.len() {
        0 => "none".to_owned(),
        all if all > SHOWN => format!(
            "{} and {} more",
            names
                .iter()
                .take(SHOWN)
                .copied()
                .collect::<Vec<_>>()
                .join(", "),
            all - SHOWN
        ),
        _ => names.join(", "),
    }
}

fn token(token: &HubSpotToken) -> String {
    let kind = match token.kind {
        TokenKind::Static => "service key or private app",
        TokenKind::OAuth => "OAuth access token",
        TokenKind::NotAToken => "old API key",
        TokenKind::Unknown => "of a kind that its form does not tell",
    };
    let state = match token.state {
        TokenState::Accepted => "accepted",
        TokenState::Expired => "expired",
        TokenState::WrongKind => "no API access token",
        TokenState::NotKnown => "not known to HubSpot",
        TokenState::Unanswered => "HubSpot did not say",
    };
    let scopes = match &token.scopes {
        Some(scopes) => count(scopes.len(), "scope", "scopes"),
        None => "scopes not told".to_owned(),
    };
    let expires = token
        .expires_in
        .map_or_else(String::new, |seconds| format!(", expires in {seconds} s"));
    format!("{kind}: {state}, {scopes}{expires}")
}

fn said(refusal: &Refusal) -> String {
    let mut text = refusal
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    if let Some(category) = &refusal.category {
        text.push_str(&format!(" {category}"));
    }
    text.push_str(&format!(": {}", refusal.message));
    if let Some(id) = &refusal.correlation_id {
        text.push_str(&format!(" [{id}]"));
    }
    text
}
