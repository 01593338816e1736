//! Which sharing rules of an object reach the user, and how far they open it.

use super::members::{list, names_everybody};
use super::{Level, OrgWideDefault, Reach, Sharing};
use crate::effective::Known;
use crate::finding::Confidence;
use crate::snapshot::{Area, Name, SharingRule, SharingRuleKind, User};

impl<'a> Sharing<'a> {
    /// Sharing rules that reach the user.
    pub(super) fn rules(&self, object: &Name, level: Level, user: &User, reach: &mut Reach) {
        if !self.snapshot.coverage.is_read(Area::SharingRules) {
            reach.lower(Confidence::Likely);
            reach.fact(
                format!("the sharing rules of {object} were not fully read"),
                None,
            );
        }
        let rules = self.rules_of(object);
        let mut none = 0_usize;
        for rule in &rules {
            let gives = OrgWideDefault::level_of_rule(rule.access_level.as_deref());
            let label = self.rule_label(rule);
            match self.is_among(user, &rule.shared_to) {
                Known::No => none = none.saturating_add(1),
                _ if gives.is_none() => {
                    reach.lower(Confidence::Possible);
                    reach.fact(format!("what {label} gives is not known"), rule.at);
                }
                _ if gives.is_some_and(|gives| gives < level) => {
                    reach.fact(
                        format!("{label} reaches the user, but gives Read only"),
                        rule.at,
                    );
                }
                Known::Unknown => {
                    reach.lower(Confidence::Possible);
                    reach.fact(
                        format!(
                            "whether the user is among those whom {label} reaches is not known"
                        ),
                        rule.at,
                    );
                }
                Known::Yes if rule.kind == SharingRuleKind::Criteria => {
                    reach.some = true;
                    reach.lower(Confidence::Possible);
                    reach.fact(
                        format!("{label} reaches the user; how many records meet its criteria cannot be told without looking at them"),
                        rule.at,
                    );
                }
                Known::Yes if names_everybody(&rule.shared_from) => {
                    reach.all = Known::Yes;
                    reach.fact(
                        format!("{label} shares what every internal user owns with the user"),
                        rule.at,
                    );
                }
                Known::Yes => {
                    reach.some = true;
                    reach.lower(Confidence::Likely);
                    reach.fact(
                        format!(
                            "{label} opens to the user what {} own, and no more",
                            list(&rule.shared_from)
                        ),
                        rule.at,
                    );
                }
            }
        }
        if none > 0 && none == rules.len() {
            let rules = if none == 1 {
                "the 1 sharing rule"
            } else {
                "none of the sharing rules"
            };
            let count = if none == 1 {
                String::new()
            } else {
                format!(" ({none})")
            };
            let verb = if none == 1 {
                "does not reach"
            } else {
                "reaches"
            };
            reach.fact(format!("{rules} of {object}{count} {verb} the user"), None);
        } else if rules.is_empty() && self.snapshot.coverage.is_read(Area::SharingRules) {
            reach.fact(format!("{object} has no sharing rule"), None);
        }
    }

    pub(super) fn rules_of(&self, object: &Name) -> Vec<&'a SharingRule> {
        (self.snapshot.sharing_rules.iter())
            .filter(|rule| rule.object == *object && rule.kind != SharingRuleKind::Guest)
            .collect()
    }

    fn rule_label(&self, rule: &SharingRule) -> String {
        let kind = match rule.kind {
            SharingRuleKind::Owner => "owner-based sharing rule",
            SharingRuleKind::Criteria => "criteria-based sharing rule",
            SharingRuleKind::Guest => "guest sharing rule",
            SharingRuleKind::Territory => "territory sharing rule",
        };
        format!("{kind} {} (to {})", rule.name, list(&rule.shared_to))
    }
}
