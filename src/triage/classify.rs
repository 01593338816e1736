//! One error against the rules: by its codes first, then by its words.

use super::extract::{Resource, resource};
use super::input::SyncError;
use super::normal::Normal;
use super::rules::{About, Certainty, Rule, RuleKind, Rules};
use crate::finding::Operation;

/// What an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Salesforce refused the integration user: one of the guide's types.
    PermissionError,
    /// HubSpot refused somebody or something.
    HubspotError,
    /// Something else: a value, a duplicate, a lock, a limit.
    NotAPermissionError,
    /// The rules say nothing of it.
    Unclassified,
}

impl Kind {
    /// The words used in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::PermissionError => "permission error",
            Self::HubspotError => "HubSpot's refusal",
            Self::NotAPermissionError => "not a permission error",
            Self::Unclassified => "unclassified",
        }
    }
}

/// An error, sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Classified {
    /// What it is.
    pub kind: Kind,
    /// The rule that says so; none for an unclassified error.
    pub rule: Option<String>,
    /// What it is when it is no permission error of Salesforce's: `picklist`, `lock`.
    pub group: Option<String>,
    /// The guide's types that it can be, the likeliest first; for an error that is none, what may be behind it.
    pub types: Vec<u8>,
    /// How sure that is.
    pub certainty: Option<Certainty>,
    /// The status code that decided.
    pub code: Option<String>,
    /// The Salesforce object, as far as the text or its row tells.
    pub object: Option<String>,
    /// The field, without its object.
    pub field: Option<String>,
    /// What was tried.
    pub operation: Option<Operation>,
    /// The kind of record that the text refers to by an id: `Account`.
    pub refers_to: Option<String>,
    /// What decides.
    pub control: String,
}

/// A rule that matches, with the code that did.
pub(super) struct Match<'r> {
    pub(super) rule: &'r Rule,
    code: Option<String>,
}

impl Rules {
    /// Sorts an error. The message decides; where it says nothing, the error's type and category in HubSpot's export do.
    pub fn classify(&self, error: &SyncError) -> Classified {
        self.sort(error).0
    }

    /// As [`classify`](Self::classify), with the rule.
    pub(super) fn sort(&self, error: &SyncError) -> (Classified, Option<&Rule>) {
        let message = Normal::of(&error.message);
        let found = self.find(&message).or_else(|| {
            let labels = [&error.error_type, &error.category];
            labels
                .into_iter()
                .flatten()
                .find_map(|label| self.find(&Normal::of(label)))
        });
        let resource = resource(error);
        let classified = classified(found.as_ref(), error, &message, resource);
        (classified, found.map(|found| found.rule))
    }

    fn find(&self, message: &Normal) -> Option<Match<'_>> {
        let seen = self.index.look(message);
        let by_code = |rule: &Rule| {
            // Most messages have no code, and the rules know hundreds.
            if message.codes.is_empty() {
                return None;
            }
            rule.codes
                .iter()
                .find_map(|code| message.code(code))
                .map(str::to_owned)
        };
        let all = || self.rules.iter().enumerate();
        let later = || all().filter(|(_, rule)| !rule.first);
        let first = all()
            .filter(|(at, rule)| rule.first && seen.allows(*at, rule))
            .find_map(|(at, rule)| match by_code(rule) {
                Some(code) => Some(Match {
                    rule,
                    code: Some(code),
                }),
                None => seen.says(at, rule).then_some(Match { rule, code: None }),
            });
        first
            .or_else(|| {
                later().find_map(|(at, rule)| {
                    let code = Some(by_code(rule)?);
                    seen.allows(at, rule).then_some(Match { rule, code })
                })
            })
            .or_else(|| {
                let (_, rule) =
                    later().find(|(at, rule)| seen.says(*at, rule) && seen.allows(*at, rule))?;
                Some(Match { rule, code: None })
            })
    }
}

fn classified(
    found: Option<&Match<'_>>,
    error: &SyncError,
    message: &Normal,
    resource: Resource,
) -> Classified {
    let Some(Match { rule, code }) = found else {
        return Classified {
            kind: Kind::Unclassified,
            rule: None,
            group: None,
            types: Vec::new(),
            certainty: None,
            // A word of capitals is a code only where a rule knows it; the first may help a reader.
            code: message.codes.first().cloned(),
            object: resource.object,
            field: resource.field,
            operation: error.operation.or(resource.operation),
            refers_to: resource.refers_to,
            control: String::new(),
        };
    };
    let kind = match rule.kind {
        RuleKind::Permission => Kind::PermissionError,
        RuleKind::Hubspot => Kind::HubspotError,
        RuleKind::Other => Kind::NotAPermissionError,
    };
    let told = error.operation.or(resource.operation);
    let operation = match rule.operation {
        // What a person tried ('Update') is done by logging in, or by setting an owner.
        Some(own @ (Operation::Connect | Operation::Assign)) => Some(own),
        own => told.or(own),
    };
    // The sync sees no field or object in what is about the connection, whatever names stand in the text.
    let names =
        rule.about != About::Connection || error.salesforce_object.is_some() || code.is_some();
    Classified {
        kind,
        rule: Some(rule.id.clone()),
        group: rule.group.clone(),
        types: rule.types.clone(),
        certainty: Some(certainty(rule, code.as_deref(), message)),
        code: code.clone(),
        object: if names {
            // The record that was refused is the one whose id the text has.
            let of_record = rule.record.then(|| resource.refers_to.clone()).flatten();
            resource.object.or(of_record)
        } else {
            None
        },
        field: if names { resource.field } else { None },
        operation: if kind == Kind::HubspotError {
            None
        } else {
            operation
        },
        refers_to: resource.refers_to,
        control: rule.control.clone(),
    }
}

/// A rule that knows a message by its words is certain only where they name what was refused.
fn certainty(rule: &Rule, code: Option<&str>, message: &Normal) -> Certainty {
    let named = rule.names.is_empty()
        || code.is_some()
        || rule.names.iter().any(|said| said.is_in(&message.words));
    if named {
        rule.certainty
    } else {
        Certainty::Possible
    }
}

impl Classified {
    /// The type as a reader sees it first; none for what is no permission error.
    pub fn error_type(&self) -> Option<u8> {
        match self.kind {
            Kind::PermissionError => self.types.first().copied(),
            _ => None,
        }
    }

    /// `Contact.Email`, `Contact`, or nothing known.
    pub fn resource(&self) -> Option<String> {
        match (&self.object, &self.field) {
            (Some(object), Some(field)) => Some(format!("{object}.{field}")),
            (Some(object), None) => Some(object.clone()),
            (None, Some(field)) => Some(field.clone()),
            (None, None) => None,
        }
    }

    /// Who tried what on what, and what decides: one sentence.
    pub fn sentence(&self) -> String {
        let what = self.resource();
        match self.kind {
            Kind::Unclassified => "No rule knows this message: read it as it stands.".to_owned(),
            Kind::NotAPermissionError => {
                let on = what.map_or_else(String::new, |what| format!(" ({what})"));
                format!("Not a permission error: {} decides{on}.", self.control)
            }
            Kind::HubspotError => {
                format!(
                    "HubSpot, not Salesforce, refused it: {} decides.",
                    self.control
                )
            }
            Kind::PermissionError => {
                let what = what.unwrap_or_else(|| "a record that the text does not name".into());
                let tried = match self.operation {
                    Some(Operation::Connect) => "tried to connect to Salesforce".to_owned(),
                    Some(Operation::Assign) => format!("tried to set the owner of {what}"),
                    Some(operation) => format!("tried to {} {what}", operation.as_str()),
                    None => format!("tried to use {what}"),
                };
                let verb = match self.certainty {
                    Some(Certainty::Certain) => "decides",
                    _ => "may decide",
                };
                format!("The integration user {tried}; {} {verb}.", self.control)
            }
        }
    }
}
