//! The rules as a run-book: if an error says this, check that first.

use serde::Serialize;

use super::rules::{Certainty, Rule, RuleKind, Rules};

/// One group of errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunbookEntry<'r> {
    /// The rule.
    pub rule: &'r str,
    /// Whose refusal it is.
    pub kind: &'static str,
    /// What it is, where it is no permission error of Salesforce's.
    pub group: Option<&'r str>,
    /// The guide's types, the likeliest first.
    pub types: &'r [u8],
    /// How sure the wording is.
    pub certainty: Certainty,
    /// Status codes that say it.
    pub codes: &'r [String],
    /// Words that say it.
    pub phrases: Vec<&'r str>,
    /// What decides.
    pub control: &'r str,
    /// What to check first.
    pub check_first: &'r str,
    /// The audits that find its causes.
    pub audits: &'r [String],
}

impl Rules {
    /// Every group of errors, in the order in which rules are looked at.
    pub fn runbook(&self) -> impl Iterator<Item = RunbookEntry<'_>> {
        self.rules.iter().map(entry)
    }

    /// The groups that a status code, a rule's id or a group's name stands for.
    pub fn explaining<'r>(&'r self, name: &str) -> Vec<RunbookEntry<'r>> {
        let name = name.trim();
        let code = super::normal::Normal::of(&name.to_ascii_uppercase());
        self.rules
            .iter()
            .filter(|rule| {
                rule.id.eq_ignore_ascii_case(name)
                    || (rule.group.as_deref()).is_some_and(|group| group.eq_ignore_ascii_case(name))
                    || rule.codes.iter().any(|wanted| code.code(wanted).is_some())
            })
            .map(entry)
            .collect()
    }
}

fn entry(rule: &Rule) -> RunbookEntry<'_> {
    RunbookEntry {
        rule: &rule.id,
        kind: match rule.kind {
            RuleKind::Permission => "permission error",
            RuleKind::Hubspot => "HubSpot's refusal",
            RuleKind::Other => "not a permission error",
        },
        group: rule.group.as_deref(),
        types: &rule.types,
        certainty: rule.certainty,
        codes: &rule.codes,
        // What stands in brackets is permgap's own mark.
        phrases: (rule.phrases.iter().map(String::as_str))
            .filter(|phrase| !phrase.starts_with('['))
            .collect(),
        control: &rule.control,
        check_first: &rule.next,
        audits: &rule.audits,
    }
}
