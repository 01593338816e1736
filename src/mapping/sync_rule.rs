//! HubSpot's sync rules, and which access each needs.

use std::fmt;

/// How HubSpot keeps a property and a Salesforce field in step
/// (HubSpot Knowledge Base, "Map HubSpot properties to Salesforce fields").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncRule {
    /// Salesforce's value counts; HubSpot's fills a blank one.
    PreferSalesforceUnlessBlank,
    /// The latest value counts, whichever side it is from.
    TwoWay,
    /// HubSpot never writes.
    AlwaysUseSalesforce,
    /// Nothing is sent either way.
    DontSync,
}

impl SyncRule {
    /// Every rule.
    pub const ALL: [Self; 4] = [
        Self::PreferSalesforceUnlessBlank,
        Self::TwoWay,
        Self::AlwaysUseSalesforce,
        Self::DontSync,
    ];

    /// HubSpot's words for the rule.
    pub fn label(self) -> &'static str {
        match self {
            Self::PreferSalesforceUnlessBlank => "Prefer Salesforce unless blank",
            Self::TwoWay => "Two-way",
            Self::AlwaysUseSalesforce => "Always use Salesforce",
            Self::DontSync => "Don't sync",
        }
    }

    /// Whether the sync reads the field in Salesforce. A rule that writes reads too: HubSpot compares values.
    pub fn reads(self) -> bool {
        self != Self::DontSync
    }

    /// Whether the sync writes the field in Salesforce.
    pub fn writes(self) -> bool {
        matches!(self, Self::PreferSalesforceUnlessBlank | Self::TwoWay)
    }

    /// The rule that a text names; none for a text that names no rule.
    ///
    /// Exports write `Two way` and the help page `Two-way`, so hyphens, underscores and white space count as one
    /// space; letter case and the kind of apostrophe do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let folded: String = text
            .chars()
            .map(|c| match c {
                '-' | '_' | '\u{2010}'..='\u{2014}' => ' ',
                '\u{2018}' | '\u{2019}' | '`' | '\u{b4}' => '\'',
                c => c.to_ascii_lowercase(),
            })
            .collect();
        let words: Vec<&str> = folded.split_whitespace().collect();
        Some(match words.join(" ").as_str() {
            "prefer salesforce unless blank" => Self::PreferSalesforceUnlessBlank,
            "two way" | "twoway" => Self::TwoWay,
            "always use salesforce" => Self::AlwaysUseSalesforce,
            "don't sync" | "dont sync" | "do not sync" | "none" => Self::DontSync,
            _ => return None,
        })
    }
}

impl fmt::Display for SyncRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_in_use_names_its_rule_and_nothing_else_does() {
        for (text, rule) in [
            ("Two way", SyncRule::TwoWay),
            (" TWO-WAY ", SyncRule::TwoWay),
            ("two_way", SyncRule::TwoWay),
            ("Don\u{2019}t sync", SyncRule::DontSync),
            ("None", SyncRule::DontSync),
            ("always  use Salesforce", SyncRule::AlwaysUseSalesforce),
        ] {
            assert_eq!(SyncRule::parse(text), Some(rule), "{text}");
        }
        for rule in SyncRule::ALL {
            assert_eq!(SyncRule::parse(rule.label()), Some(rule));
        }
        for text in ["", "Always use HubSpot", "two", "sync"] {
            assert_eq!(SyncRule::parse(text), None, "{text}");
        }
    }
}
