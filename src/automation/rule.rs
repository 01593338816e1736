//! One validation rule against one user and one sync: can it block, and what does it demand?
//!
//! In: the rule's formula, what is known of the user, and the [`Saves`] that the sync makes. Out: a [`RuleVerdict`].
//! Knows nothing of mappings, HubSpot or reports.

use std::collections::BTreeSet;

use super::environment::only_record_type;
use super::path::{Path, follow};
use super::saves::{Saves, written_by_automation};
use crate::effective::{EffectivePermissions, FieldAccess, Known, ObjectAccess};
use crate::formula::{
    Ast, Because, Demand, Env, Function, Need, Node, Operation, Outcome, Value, Verdict, evaluate,
    parse, references, ways_to_make_false,
};
use crate::snapshot::Name;

/// Whether a rule can block the sync.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleVerdict {
    /// It never fires for this user and these saves.
    Never,
    /// It never fires unless something else than the sync writes one of these fields, and whether that happens could
    /// not be looked at.
    NeverUnlessWritten(Vec<Name>),
    /// It can fire.
    CanBlock(Box<Blocking>),
}

/// How far the user and the sync are from what a rule demands. Ordered from least to worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortfall {
    /// What is demanded is for the values that are synced, or of other records.
    #[default]
    Values,
    /// A field that the user may edit and the sync does not write.
    NotWritten,
    /// A field that the user may not edit, or not even read.
    NotEditable,
}

/// How a rule can block.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocking {
    /// On which saves it can fire.
    pub on: Vec<Operation>,
    /// It fires on each of them, whatever the values.
    pub always: bool,
    /// It fires on each new record that nothing else than the sync fills.
    pub always_when_new: bool,
    /// Which part of the formula decides.
    pub because: Because,
    /// How far away what it demands is.
    pub shortfall: Shortfall,
    /// The fields of the record that are demanded and fall short.
    pub demanded: Vec<Name>,
    /// What exactly they must be, as clauses.
    pub demands: Vec<String>,
    /// Fields of the rule that the sync writes.
    pub written: Vec<Name>,
    /// References that the source does not hold, as clauses.
    pub not_found: Vec<String>,
    /// Whether some of the ways to satisfy the rule were left out for their number.
    pub ways_left_out: bool,
}

/// Judges rules of one object.
#[derive(Debug)]
pub struct RuleJudge<'a, 's> {
    /// The user's access.
    pub effective: &'a EffectivePermissions<'s>,
    /// The user's access to the object.
    pub access: &'a ObjectAccess,
    /// What the sync does.
    pub saves: &'a Saves,
}

/// One operation on which the rule can fire.
struct Fires {
    operation: Operation,
    env: Env,
    outcome: Outcome,
    always_when_new: bool,
}

/// What one demand asks of the sync.
enum Ask {
    /// It is met as long as something is left alone, or it is of another record: nobody's to fill.
    Condition,
    /// A field of the record must get a value.
    Fill(Name, Shortfall),
}

impl RuleJudge<'_, '_> {
    /// Judges a rule with what is known of the user.
    pub fn judge(&self, ast: &Ast, known: &Env) -> RuleVerdict {
        let own = self.own_fields(ast);
        let mut fires = Vec::new();
        let mut open: BTreeSet<Name> = BTreeSet::new();
        let operations = [
            (self.saves.creates, Operation::Create),
            (self.saves.updates, Operation::Update),
        ];
        for (_, operation) in operations.into_iter().filter(|(does, _)| *does) {
            match self.on(ast, known.clone().on(operation), &own) {
                Ok(found) => fires.push(found),
                Err(assumed) => open.extend(assumed),
            }
        }
        if fires.is_empty() {
            return if open.is_empty() {
                RuleVerdict::Never
            } else {
                RuleVerdict::NeverUnlessWritten(open.into_iter().collect())
            };
        }
        RuleVerdict::CanBlock(Box::new(self.blocking(ast, fires, &own)))
    }

    /// Evaluates for one operation. An error means 'never', with the fields for which that is only assumed.
    fn on(&self, ast: &Ast, mut env: Env, own: &[Name]) -> Result<Fires, Vec<Name>> {
        let snapshot = self.effective.snapshot();
        let operation = env.operation();
        if operation == Operation::Create
            && let Some(record_type) = only_record_type(self.effective, &self.saves.object)
        {
            for name in ["$RecordType.DeveloperName", "RecordType.DeveloperName"] {
                env.set(name, record_type.as_str());
            }
        }
        let outcome = evaluate(ast, &env);
        if outcome.verdict == Verdict::NeverFires {
            return Err(Vec::new());
        }
        let assumed: Vec<&Name> = own
            .iter()
            .filter(|field| match operation {
                Operation::Create => self.saves.value_when_new(snapshot, field).is_some(),
                _ => self.saves.stays(snapshot, field),
            })
            .filter(|field| {
                written_by_automation(snapshot, &self.saves.object, field) != Known::Yes
            })
            .collect();
        let mut assuming = env.clone();
        for field in &assumed {
            match operation {
                Operation::Create => {
                    let value = self.saves.value_when_new(snapshot, field);
                    assuming.set(field.as_str(), value.unwrap_or(Value::Null));
                }
                _ => assuming.assume_unwritten(field.as_str()),
            }
        }
        let guessed = evaluate(ast, &assuming);
        if guessed.verdict == Verdict::NeverFires {
            let open = assumed.into_iter().filter(|field| {
                written_by_automation(snapshot, &self.saves.object, field) == Known::Unknown
            });
            return Err(open.cloned().collect());
        }
        Ok(Fires {
            operation,
            // A blank that is only assumed must not pass for what the rule demands.
            env: if operation == Operation::Create {
                env
            } else {
                assuming
            },
            always_when_new: operation == Operation::Create
                && guessed.verdict == Verdict::AlwaysFires,
            outcome,
        })
    }

    fn blocking(&self, ast: &Ast, fires: Vec<Fires>, own: &[Name]) -> Blocking {
        let written: Vec<Name> = own
            .iter()
            .filter(|field| self.saves.writes(field))
            .cloned()
            .collect();
        let mut worst = (Shortfall::Values, BTreeSet::new(), Vec::new());
        let mut ways_left_out = false;
        for one in &fires {
            let ways = ways_to_make_false(ast, &one.env);
            ways_left_out |= !ways.complete;
            let found = self.easiest(&ways.ways, &one.env);
            // An update that touches nothing of the rule meets only records that break it already, unless the rule
            // has no condition but its demand.
            let unconcerned =
                one.operation == Operation::Update && written.is_empty() && found.conditional;
            if !unconcerned && found.shortfall > worst.0 {
                worst = (found.shortfall, found.fields, found.demands);
            }
        }
        let always = fires
            .iter()
            .all(|one| one.outcome.verdict == Verdict::AlwaysFires);
        let because = fires
            .first()
            .map(|one| one.outcome.because.clone())
            .unwrap_or_else(|| Because {
                sentence: String::new(),
                expression: String::new(),
                span: ast.root().map(|root| ast.span(root)).unwrap_or_default(),
            });
        Blocking {
            always,
            always_when_new: fires.iter().any(|one| one.always_when_new),
            on: fires.iter().map(|one| one.operation).collect(),
            because,
            shortfall: worst.0,
            demanded: worst.1.into_iter().collect(),
            demands: worst.2,
            written,
            not_found: self.not_found(ast),
            ways_left_out,
        }
    }

    /// The way to satisfy the rule that asks for least, and what it asks for: in the worst of the cases that the data can
    /// bring, as a rule with a branch for each stage demands something else at each.
    fn easiest(&self, ways: &[BTreeSet<Demand>], env: &Env) -> Easiest {
        let mut asked: Vec<(BTreeSet<&Demand>, Easiest)> = Vec::new();
        let mut conditional = false;
        for way in ways {
            let mut found = Easiest::default();
            let mut conditions = BTreeSet::new();
            let mut fills = false;
            for demand in way {
                let Ask::Fill(field, shortfall) = self.ask(demand, env) else {
                    conditions.insert(demand);
                    continue;
                };
                fills = true;
                if shortfall > found.shortfall {
                    found = Easiest {
                        shortfall,
                        ..Easiest::default()
                    };
                }
                if shortfall == found.shortfall && shortfall != Shortfall::Values {
                    found.demands.push(clause(&field, &demand.need));
                    found.fields.insert(field);
                }
            }
            if fills {
                asked.push((conditions, found));
            } else {
                conditional = true;
            }
        }
        // In each case some conditions hold, and only ways that need no more than these are open.
        let mut worst: Option<&Easiest> = None;
        for (case, _) in &asked {
            let open = asked.iter().filter(|(needs, _)| needs.is_subset(case));
            let easiest = open
                .map(|(_, found)| found)
                .min_by_key(|found| found.shortfall);
            if easiest.is_some_and(|easiest| {
                worst.is_none_or(|worst| easiest.shortfall > worst.shortfall)
            }) {
                worst = easiest;
            }
        }
        Easiest {
            conditional,
            ..worst.cloned().unwrap_or_default()
        }
    }

    fn ask(&self, demand: &Demand, env: &Env) -> Ask {
        let snapshot = self.effective.snapshot();
        let Path::Field {
            object,
            field,
            own: true,
        } = follow(snapshot, &self.saves.object, &demand.field)
        else {
            return Ask::Condition;
        };
        let must_be_set = match &demand.need {
            Need::Filled | Need::Changed => true,
            // A checkbox that nothing sets is not checked.
            Need::Is(value) => value != "FALSE",
            Need::Blank | Need::IsNot(_) | Need::Unchanged => false,
            Need::Suits(condition, wanted) => blank_breaks(condition, *wanted, &demand.field, env),
        };
        if !must_be_set {
            return Ask::Condition;
        }
        let access: FieldAccess = self.effective.field(&object, self.access, &field);
        if access.nature.never_editable.is_some() {
            return Ask::Condition;
        }
        let denied = access.security_edit == Known::No || access.security_read == Known::No;
        let shortfall = if denied {
            Shortfall::NotEditable
        } else if self.saves.writes(&field) {
            // One value of a field that is synced is what the data brings, and nobody's to choose.
            if matches!(demand.need, Need::Is(_)) {
                return Ask::Condition;
            }
            Shortfall::Values
        } else {
            Shortfall::NotWritten
        };
        Ask::Fill(field, shortfall)
    }

    /// The fields of the record itself that the rule looks at.
    fn own_fields(&self, ast: &Ast) -> Vec<Name> {
        let snapshot = self.effective.snapshot();
        let paths = references(ast).fields;
        paths
            .iter()
            .filter(|path| !path.contains('.'))
            .filter_map(|path| match follow(snapshot, &self.saves.object, path) {
                Path::Field { field, .. } => Some(field),
                _ => None,
            })
            .collect()
    }

    fn not_found(&self, ast: &Ast) -> Vec<String> {
        let snapshot = self.effective.snapshot();
        let paths = references(ast).fields;
        paths
            .iter()
            .filter_map(|path| match follow(snapshot, &self.saves.object, path) {
                Path::NotFound { object, part } => Some(format!(
                    "`{path}` could not be followed: the source holds no {object}.{part}"
                )),
                _ => None,
            })
            .collect()
    }
}

#[derive(Clone, Default)]
struct Easiest {
    shortfall: Shortfall,
    fields: BTreeSet<Name>,
    demands: Vec<String>,
    /// Whether the rule also passes when some condition is left alone.
    conditional: bool,
}

/// Whether a blank field alone makes the condition other than wanted, so that it must be filled.
fn blank_breaks(condition: &str, wanted: bool, field: &str, env: &Env) -> bool {
    let Ok(ast) = parse(condition) else {
        return false;
    };
    let blank = env.clone().with(field, Value::Null);
    match evaluate(&ast, &blank).verdict {
        Verdict::AlwaysFires => !wanted,
        Verdict::NeverFires => wanted,
        // A multi-select picklist without a value includes none.
        Verdict::CanFire => wanted && asks_for_a_value_in(&ast, field),
    }
}

/// Whether the condition is `INCLUDES(field, …)`.
fn asks_for_a_value_in(ast: &Ast, field: &str) -> bool {
    let Some(root) = ast.root() else {
        return false;
    };
    let Node::Call {
        function: Function::Includes,
        arguments,
        ..
    } = ast.node(root)
    else {
        return false;
    };
    let first = ast.children(arguments).first();
    first.is_some_and(|first| ast.source(ast.span(*first)).eq_ignore_ascii_case(field))
}

fn clause(field: &Name, need: &Need) -> String {
    match need {
        Need::Filled => format!("{field} filled"),
        Need::Blank => format!("{field} blank"),
        Need::Is(value) if value == "TRUE" => format!("{field} checked"),
        Need::Is(value) => format!("{field} set to \"{value}\""),
        Need::IsNot(value) => format!("{field} other than \"{value}\""),
        Need::Changed => format!("{field} changed"),
        Need::Unchanged => format!("{field} unchanged"),
        Need::Suits(condition, value) => format!(
            "{field} such that `{condition}` is {}",
            if *value { "true" } else { "false" }
        ),
    }
}
