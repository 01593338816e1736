//! A bypass to add to a rule.
//!
//! In: what a user is to be spared by, and the text of a rule. Out: the text of the rule with the clause put
//! around. Knows nothing of whether the permission, profile or setting exists.

use std::fmt;

use super::print::quote;

/// A condition that is false for whoever is to be spared. Its [`Display`](fmt::Display) is the text to
/// put into a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BypassClause {
    /// Spares the holders of a custom permission, named by its API name.
    Permission(String),
    /// Spares a profile, by its name. A standard profile's name is translated with the org's language.
    Profile(String),
    /// Spares one user, by username.
    Username(String),
    /// Spares users with a checkbox of the user set, by its field's API name.
    UserFlag(String),
    /// Spares those for whom a checkbox of a hierarchy setting is set, by API names.
    Setting {
        /// The custom setting.
        setting: String,
        /// Its checkbox.
        field: String,
    },
    /// Spares a role, by its name.
    Role(String),
}

impl fmt::Display for BypassClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(name) => write!(f, "NOT($Permission.{name})"),
            Self::Profile(name) => write!(f, "$Profile.Name <> {}", quote(name)),
            Self::Username(name) => write!(f, "$User.Username <> {}", quote(name)),
            Self::UserFlag(field) => write!(f, "NOT($User.{field})"),
            Self::Setting { setting, field } => write!(f, "NOT($Setup.{setting}.{field})"),
            Self::Role(name) => write!(f, "$UserRole.Name <> {}", quote(name)),
        }
    }
}

/// Puts a clause around a rule: `AND(clause, rule)`. The rule's own text stays as it is, comments and all,
/// and is valid in there whenever it was valid alone, whatever operators it has.
pub fn wrap(formula: &str, clause: &BypassClause) -> String {
    if formula.contains('\n') {
        format!("AND(\n  {clause},\n{formula}\n)")
    } else {
        format!("AND({clause}, {formula})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Env, Value, Verdict, evaluate, parse};

    #[test]
    fn a_wrapped_rule_spares_and_keeps_its_text() {
        let clauses = [
            (
                BypassClause::Permission("Sync".into()),
                "$Permission.Sync",
                Value::Bool(true),
            ),
            (
                BypassClause::Profile("The \"Sync\"".into()),
                "$Profile.Name",
                "The \"Sync\"".into(),
            ),
            (
                BypassClause::Username("a@b.c".into()),
                "$User.Username",
                "a@b.c".into(),
            ),
            (
                BypassClause::UserFlag("Off__c".into()),
                "$User.Off__c",
                Value::Bool(true),
            ),
            (
                BypassClause::Role("Sync".into()),
                "$UserRole.Name",
                "Sync".into(),
            ),
            (
                BypassClause::Setting {
                    setting: "S__c".into(),
                    field: "Off__c".into(),
                },
                "$Setup.S__c.Off__c",
                Value::Bool(true),
            ),
        ];
        for rule in [
            "A || B",
            "/* a rule */\n ISBLANK(A) || B /* end */ ",
            "IF(A, B, C) = TRUE",
        ] {
            for (clause, global, value) in &clauses {
                let wrapped = wrap(rule, clause);
                assert!(wrapped.contains(rule));
                let ast = parse(&wrapped).unwrap();
                let spared = Env::new().with(global, value.clone());
                assert_eq!(
                    evaluate(&ast, &spared).verdict,
                    Verdict::NeverFires,
                    "{wrapped}"
                );
                assert_eq!(
                    evaluate(&ast, &Env::new()).verdict,
                    Verdict::CanFire,
                    "{wrapped}"
                );
            }
        }
    }
}
