//! `validation-rule-blocks`: a validation rule can refuse what HubSpot saves.

use std::collections::{BTreeMap, BTreeSet};

use super::bypass::Style;
use super::required_field_unmapped::FILLED_BY_HUBSPOT;
use super::{AuditMeta, Facts, Outcome, prove::join_and};
use crate::automation::{Blocking, RuleJudge, RuleVerdict, Saves, Shortfall, environment};
use crate::effective::{Known, ObjectAccess, field_nature};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Operation, Severity};
use crate::formula::{self, Ast, BypassKind, Env, Reach, Value, bypass_idioms, parse};
use crate::snapshot::{Area, CoverageStatus, Name, ValidationRule};

pub(super) static META: AuditMeta = AuditMeta {
    id: "validation-rule-blocks",
    error_type: Some(8),
    title: "A validation rule can refuse what HubSpot saves",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &["FIELD_CUSTOM_VALIDATION_EXCEPTION"],
    hubspot_category: Some("Custom Code"),
    docs: "\
## What it checks
Each active validation rule of the objects that HubSpot writes, evaluated for this user with what is known: its custom
permissions, its profile if that is a custom one, its username, role and id; on create and on update apart. A rule that
can never fire is proved harmless and not reported. Of a rule that can fire, permgap works out what it demands: a field
that the user cannot edit (high), a field that no mapping fills (medium), or only certain values (low).
## Why it matters for the sync
Salesforce evaluates rules on every save, whoever saves and whatever that user may see, and refuses the whole record.
## What it cannot see
The data: whether a record that meets the condition exists. What triggers and flows change before the rule runs is assumed
not to matter, and where they could matter the rule is named as not evaluated. Formulas of managed packages are hidden.
## How to fix it
Give the user what the rule's own bypass asks for, wrap the rule in a bypass of the kind that the org already uses, or
map and grant the field that the rule demands.
## Example
`AND(ISPICKVAL(StageName, \"Closed Lost\"), ISBLANK(Loss_Reason__c))`, where the user cannot edit Loss_Reason__c: no deal
can be closed as lost from HubSpot.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let coverage = &facts.snapshot.coverage;
    let status = coverage.status(Area::ValidationRules);
    if status != CoverageStatus::Read {
        let reason = coverage.reason(Area::ValidationRules);
        outcome.not_known(reason.unwrap_or_else(|| "validation rules were not read".to_owned()));
    }
    let mut style = None;
    for saves in saves(facts) {
        let Some(object) = facts.snapshot.objects.get(&saves.object) else {
            continue;
        };
        let access = facts.object(&saves.object);
        let judge = RuleJudge {
            effective: facts.effective,
            access: &access,
            saves: &saves,
        };
        for rule in object.validation_rules.iter().filter(|rule| rule.active) {
            let label = format!("{}.{}", saves.object, rule.name);
            let Some(text) = &rule.formula else {
                outcome.not_known(format!("the formula of validation rule {label} is hidden"));
                continue;
            };
            let ast = match parse(text) {
                Ok(ast) => ast,
                Err(error) => {
                    outcome.not_known(format!(
                        "the formula of validation rule {label} cannot be read: {error}"
                    ));
                    continue;
                }
            };
            let known = environment(&ast, facts.effective, facts.audited);
            match judge.judge(&ast, &known) {
                RuleVerdict::Never => {}
                RuleVerdict::NeverUnlessWritten(fields) => outcome.not_known(format!(
                    "validation rule {label} cannot fire unless Apex or a flow writes {}, which could not be looked at",
                    list(&fields)
                )),
                RuleVerdict::CanBlock(blocking) => {
                    if let Some(what) = unread(facts, &access, &saves, &ast, &known, &blocking) {
                        outcome.not_known(format!("whether rule {label} can block: {what}"));
                        continue;
                    }
                    let style = style.get_or_insert_with(|| Style::of(facts));
                    let case = Case {
                        facts,
                        saves: &saves,
                        rule,
                        text,
                        ast: &ast,
                        known: &known,
                        blocking: &blocking,
                    };
                    let (finding, mappings) = case.finding(style);
                    outcome.find(finding, mappings);
                }
            }
        }
    }
    outcome
}

/// What the judgement hangs on and the source should hold, but did not show: the user's right to a field that the rule
/// looks at, or to a permission by which it spares users. A verdict without it would be another one with it.
fn unread(
    facts: &Facts<'_>,
    access: &ObjectAccess,
    saves: &Saves,
    ast: &Ast,
    known: &Env,
    blocking: &Blocking,
) -> Option<String> {
    let permissions_read = facts.snapshot.coverage.is_read(Area::CustomPermissions);
    let complete = facts.effective.is_complete();
    let spared_by = bypass_idioms(ast)
        .into_iter()
        .find(|bypass| bypass.kind == BypassKind::Permission && known.get(&bypass.global).is_none())
        .map(|bypass| bypass.global);
    if let Some(global) = spared_by.filter(|_| !permissions_read || !complete) {
        return Some(format!("whether {global} spares the user is not known"));
    }
    if complete || blocking.shortfall == Shortfall::NotEditable {
        return None;
    }
    let fields = blocking.written.iter().chain(&blocking.demanded);
    let open = |field: &&Name| {
        let field = facts.effective.field(&saves.object, access, field);
        field.security_edit == Known::Unknown && field.nature.writable == Known::Yes
    };
    let field = fields.into_iter().find(open)?;
    Some(format!(
        "whether the user may edit {}.{field} is not known",
        saves.object
    ))
}

/// What HubSpot saves on each object that it writes.
fn saves(facts: &Facts<'_>) -> Vec<Saves> {
    let mut all: BTreeMap<&Name, Saves> = BTreeMap::new();
    let either = facts
        .requirements
        .any_create
        .iter()
        .flat_map(|any| &any.objects)
        .map(|object| (object, true, false));
    let each = facts
        .requirements
        .objects
        .iter()
        .map(|(object, needs)| (object, needs.create.is_some(), needs.edit.is_some()));
    for (object, creates, updates) in each.chain(either) {
        if creates || updates {
            let saves = all.entry(object).or_insert_with(|| Saves {
                object: object.clone(),
                creates: false,
                updates: false,
                written: written(facts, object),
            });
            saves.creates |= creates;
            saves.updates |= updates;
        }
    }
    all.into_values().collect()
}

/// The fields of an object that HubSpot writes, by a mapping or by itself.
fn written(facts: &Facts<'_>, object: &Name) -> BTreeSet<Name> {
    let mapped = facts
        .requirements
        .mappings
        .iter()
        .filter(|mapping| mapping.object == *object && mapping.row.sync_rule.writes())
        .map(|mapping| mapping.row.field.clone());
    let by_itself = FILLED_BY_HUBSPOT
        .iter()
        .filter(|(known, _)| object.is(known))
        .flat_map(|(_, fields)| fields.iter().map(|field| Name::new(field)));
    // HubSpot Knowledge Base, "Sync activities and tasks": text, date and the records that it is about.
    let of_tasks = ["ActivityDate", "Description", "WhatId", "WhoId"]
        .into_iter()
        .filter(|_| object.is("Task"))
        .map(Name::new);
    let by_itself = by_itself.chain(of_tasks);
    let mut written: BTreeSet<Name> = mapped.chain(by_itself).collect();
    // An address changes with its parts, a person's name too.
    let whole: Vec<Name> = written
        .iter()
        .flat_map(|field| field_nature(facts.snapshot, object, field).keys)
        .map(|(_, field)| field)
        .collect();
    written.extend(whole);
    if ["FirstName", "LastName"]
        .iter()
        .any(|part| written.contains(&Name::new(part)))
    {
        written.insert(Name::new("Name"));
    }
    written
}

fn list(fields: &[Name]) -> String {
    join_and(&fields.iter().map(Name::as_str).collect::<Vec<_>>())
}

/// A rule that can block, with everything that a finding says of it.
pub(super) struct Case<'c> {
    pub(super) facts: &'c Facts<'c>,
    pub(super) saves: &'c Saves,
    pub(super) rule: &'c ValidationRule,
    /// The formula as written.
    pub(super) text: &'c str,
    pub(super) ast: &'c Ast,
    /// What is known of the user.
    pub(super) known: &'c Env,
    pub(super) blocking: &'c Blocking,
}

impl Case<'_> {
    fn finding(&self, style: &Style) -> (Finding, Vec<usize>) {
        let Self {
            facts,
            rule,
            blocking,
            ..
        } = self;
        let object = &self.saves.object;
        let demanded = list(&blocking.demanded);
        let (severity, title) = match blocking.shortfall {
            Shortfall::NotEditable => (
                Severity::High,
                format!(
                    "Rule {} on {object} demands {demanded}, which the user cannot edit",
                    rule.name
                ),
            ),
            Shortfall::NotWritten => (
                Severity::Medium,
                format!(
                    "Rule {} on {object} demands {demanded}, which no mapping fills",
                    rule.name
                ),
            ),
            Shortfall::Values => (
                Severity::Low,
                format!("Rule {} can refuse some {object} records", rule.name),
            ),
        };
        let mappings = self.mappings();
        let operation = match blocking.on.as_slice() {
            [formula::Operation::Create] => Operation::Create,
            _ => Operation::Edit,
        };
        let mut finding = Finding::new(&META, title, style.fix(self))
            .detail(self.detail())
            .severity(severity)
            .object(object)
            .operation(operation)
            .subject(rule.name.as_str())
            .at_most(self.confidence())
            .evidence(self.definition())
            .evidence(facts.rows_in_short(&mappings));
        if let [field] = blocking.demanded.as_slice() {
            finding = finding.field(field);
        }
        if blocking.shortfall == Shortfall::NotEditable {
            for field in &blocking.demanded {
                let nature = field_nature(facts.snapshot, object, field);
                let trail = facts.effective.field_trail(&nature);
                finding = finding
                    .evidence(facts.trail(&trail))
                    .evidence(facts.no_grant(&format!("Edit on {object}.{field}"), "edit", &trail));
                finding = facts.unless_profile_is_silent_on_field(finding, &nature.keys);
            }
        }
        let not_found = blocking.not_found.iter();
        let not_found = not_found.map(|text| Evidence::new(EvidenceKind::Coverage, text));
        (finding.evidence(not_found), mappings)
    }

    /// The rows that write a field of the rule.
    fn mappings(&self) -> Vec<usize> {
        let concerned = |field: &Name| {
            self.blocking.written.contains(field) || self.blocking.demanded.contains(field)
        };
        self.facts
            .mappings()
            .filter(|(_, mapping, _)| {
                mapping.object == self.saves.object
                    && mapping.row.sync_rule.writes()
                    && concerned(&mapping.row.field)
            })
            .map(|(index, ..)| index)
            .collect()
    }

    fn detail(&self) -> String {
        let blocking = self.blocking;
        let when = match blocking.on.as_slice() {
            [formula::Operation::Create] => "creates",
            [formula::Operation::Update] => "updates",
            _ => "creates or updates",
        };
        let object = &self.saves.object;
        let mut text = if blocking.always {
            format!(
                "It fires on every {object} that HubSpot {when}: {}.",
                blocking.because.sentence
            )
        } else {
            format!(
                "It can fire when HubSpot {when} {object} records: {}.",
                blocking.because.sentence
            )
        };
        if blocking.always_when_new && !blocking.always {
            text.push_str(" It fires on each new record that no flow or trigger fills.");
        }
        if !blocking.demands.is_empty() {
            text.push_str(&format!(" It demands {}.", blocking.demands.join(" and ")));
        }
        if let Some(message) = &self.rule.error_message {
            text.push_str(&format!(
                " The sync shows FIELD_CUSTOM_VALIDATION_EXCEPTION: \"{message}\"."
            ));
        }
        text
    }

    fn definition(&self) -> Vec<Evidence> {
        let text = format!(
            "validation rule {}.{}: `{}` decides",
            self.saves.object, self.rule.name, self.blocking.because.expression
        );
        vec![
            self.facts
                .fact(EvidenceKind::Definition, text, self.rule.at),
        ]
    }

    /// Certain only where the rule is proved to fire; a bypass whose state is not known makes it a guess.
    fn confidence(&self) -> Confidence {
        let blocking = self.blocking;
        if blocking.always {
            return Confidence::Certain;
        }
        let may_be_spared = self
            .whole_bypasses()
            .any(|bypass| self.known.get(&bypass.global).is_none());
        if may_be_spared || blocking.ways_left_out || blocking.shortfall == Shortfall::Values {
            Confidence::Possible
        } else {
            Confidence::Likely
        }
    }

    /// By what the rule itself spares users.
    pub(super) fn whole_bypasses(&self) -> impl Iterator<Item = formula::BypassIdiom> {
        bypass_idioms(self.ast)
            .into_iter()
            .filter(|bypass| bypass.reach == Reach::Whole)
    }

    /// The custom permission that would spare the user, if the rule has such a bypass.
    pub(super) fn own_permission(&self) -> Option<String> {
        self.whole_bypasses()
            .find(|bypass| {
                bypass.kind == BypassKind::Permission && bypass.value == Value::Bool(true)
            })
            .and_then(|bypass| Some(bypass.global.split_once('.')?.1.to_owned()))
    }
}
