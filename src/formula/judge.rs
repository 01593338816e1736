//! One formula, one answer: what `permgap formula` prints.
//!
//! In: a [`Request`], or a line of JSON that holds one. Out: a [`Judgement`] in the shape of the contract.
//! Knows nothing of files, arguments or output formats.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use super::check::check;
use super::evaluate::{Verdict, evaluate};
use super::parse::parse;
use super::references::{fold_cmp, references};
use super::result::ResultType;
use super::value::{Env, Operation, Value};

/// A formula to judge. Keys beyond these are passed over.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Request {
    /// Given back as it came; any JSON value, `null` when absent.
    #[serde(default)]
    pub id: serde_json::Value,
    /// The text of the formula.
    pub formula: String,
    /// What is known: names with a text, a number, true, false or null (blank). `None` when the request
    /// says nothing, so that a caller can put in what it knows of the user.
    #[serde(default)]
    pub env: Option<Known>,
    /// Whether the record is created or updated.
    #[serde(default)]
    pub operation: Operation,
}

/// The `env` of a request.
#[derive(Clone, Debug, Default)]
pub struct Known(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Known;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of names and what is known of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Known, A::Error> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        while let Some((name, json)) = map.next_entry::<String, serde_json::Value>()? {
            let Some(value) = Value::from_json(&json) else {
                return Err(serde::de::Error::custom(format!(
                    "`{name}` must be a text, a number, true, false or null"
                )));
            };
            entries.push((name, value));
        }
        // Names that differ only in case name one thing: two values for it cannot both be known.
        let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_by(|one, two| fold_cmp(one, two));
        if let Some([name, _]) = names
            .array_windows::<2>()
            .find(|[one, two]| one.eq_ignore_ascii_case(two))
        {
            return Err(serde::de::Error::custom(format!("`{name}` is given twice")));
        }
        Ok(Known(entries))
    }
}

/// The answer. All keys are always there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// The request's id.
    pub id: serde_json::Value,
    /// Whether the formula parses, as any formula of the language: a rule's, or a field's.
    pub valid: bool,
    /// Where it does not.
    pub error: Option<Fault>,
    /// Field paths, each once, sorted without regard to case; empty for an invalid formula, as are the
    /// other two.
    pub fields: Vec<String>,
    /// Globals, likewise.
    pub globals: Vec<String>,
    /// Called functions in capitals.
    pub functions: Vec<String>,
    /// `null` for an invalid formula.
    pub verdict: Option<Verdict>,
    /// One sentence on what decides; `null` for an invalid formula, and for one with problems, which can be no rule.
    pub because: Option<String>,
    /// Why Salesforce would not save a formula that parses as a rule: it gives no true or false, or refers to what the org
    /// does not have.
    pub problems: Vec<Fault>,
    /// What of the formula could not be looked up.
    pub not_known: Vec<Fault>,
}

impl Judgement {
    /// Adds a reason why Salesforce would not save the formula. Of what is never saved nothing is proved.
    pub fn refuse(&mut self, fault: Fault) {
        self.verdict = Some(Verdict::CanFire);
        self.because = None;
        self.problems.push(fault);
    }
}

/// A syntax error as the contract has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Where, in characters (Unicode scalar values) from 0; the number of characters of the formula when
    /// it ends too early.
    pub offset: usize,
}

impl Fault {
    /// A fault at a byte of a formula.
    pub fn at(formula: &str, byte: usize, message: String) -> Self {
        let before = formula.char_indices().take_while(|(at, _)| *at < byte);
        Self {
            message,
            offset: before.count(),
        }
    }
}

/// Judges a formula with what the request itself says is known.
pub fn judge(request: &Request) -> Judgement {
    let known = request.env.clone().unwrap_or_default();
    let env: Env = known.0.into_iter().collect();
    judge_with(&request.id, &request.formula, &env.on(request.operation))
}

/// Judges a formula in an environment of the caller's.
pub fn judge_with(id: &serde_json::Value, formula: &str, env: &Env) -> Judgement {
    judge_typed(id, formula, env, &|_| None)
}

/// The same with what is known of the types of fields and globals.
pub fn judge_typed(
    id: &serde_json::Value,
    formula: &str,
    env: &Env,
    of_name: &dyn Fn(&str) -> Option<ResultType>,
) -> Judgement {
    let mut judgement = Judgement {
        id: id.clone(),
        valid: false,
        error: None,
        fields: Vec::new(),
        globals: Vec::new(),
        functions: Vec::new(),
        verdict: None,
        because: None,
        problems: Vec::new(),
        not_known: Vec::new(),
    };
    match parse(formula) {
        Err(error) => {
            judgement.error = Some(Fault {
                offset: error.character(formula),
                message: error.message,
            });
        }
        Ok(ast) => {
            let names = references(&ast);
            let outcome = evaluate(&ast, env);
            judgement.valid = true;
            judgement.fields = names.fields;
            judgement.globals = names.globals;
            judgement.functions = names.functions;
            judgement.verdict = Some(outcome.verdict);
            judgement.because = Some(outcome.because.sentence);
            for one in check(&ast, of_name) {
                let fault = Fault::at(formula, one.offset, one.message);
                match one.is_refused {
                    true => judgement.refuse(fault),
                    false => judgement.not_known.push(fault),
                }
            }
        }
    }
    judgement
}

/// An input line that is no request.
#[derive(Debug, Error)]
#[error("line {line}: {source}; each line must be an object {{\"id\", \"formula\", \"env\"}}")]
pub struct LineError {
    /// From 1.
    pub line: usize,
    /// What is wrong with the JSON.
    pub source: serde_json::Error,
}

/// Reads one line of `--jsonl` input; `None` for a blank line.
///
/// # Errors
///
/// Anything that is no JSON object with a `formula`, or whose `env` is not as described.
pub fn read_line(number: usize, line: &str) -> Result<Option<Request>, LineError> {
    let line_text = line.strip_prefix('\u{feff}').unwrap_or(line).trim();
    if line_text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(line_text)
        .map(Some)
        .map_err(|source| LineError {
            line: number,
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(line: &str) -> serde_json::Value {
        let request = read_line(1, line).unwrap().unwrap();
        serde_json::to_value(judge(&request)).unwrap()
    }

    #[test]
    fn a_valid_formula_has_every_key() {
        let line = r#"{"id": 7, "formula": "AND(NOT($Permission.Bypass), isblank(Name))",
                       "env": {"$permission.bypass": true}}"#;
        assert_eq!(
            answer(line),
            serde_json::json!({
                "id": 7, "valid": true, "error": null,
                "fields": ["Name"], "globals": ["$Permission.Bypass"],
                "functions": ["AND", "ISBLANK"], "verdict": "never fires",
                "because": "`NOT($Permission.Bypass)` is false ($Permission.Bypass is true), which makes the AND false",
                "problems": [], "not_known": [],
            })
        );
    }

    #[test]
    fn an_invalid_formula_says_where_in_characters() {
        assert_eq!(
            answer(r#"{"formula": "'é' = % 1"}"#),
            serde_json::json!({
                "id": null, "valid": false,
                "error": {
                    "message": "`%` may not stand here; use MOD for a remainder, a division by 100 for a percentage",
                    "offset": 6,
                },
                "fields": [], "globals": [], "functions": [], "verdict": null, "because": null,
                "problems": [], "not_known": [],
            })
        );
    }

    #[test]
    fn a_formula_that_gives_no_true_or_false_parses_and_is_no_rule() {
        let given = answer(r#"{"formula": " 1 + 1"}"#);
        assert_eq!(
            (&given["valid"], &given["verdict"]),
            (&true.into(), &"can fire".into())
        );
        assert_eq!(given["because"], serde_json::Value::Null);
        assert_eq!(given["problems"][0]["offset"], 1);
        let call = answer(r#"{"formula": " IF(A__c, 1, 2)"}"#);
        assert_eq!(call["problems"][0]["offset"], 1);
        let message = given["problems"][0]["message"].as_str().unwrap();
        assert!(message.contains("gives a number"), "{message}");
        assert_eq!(
            answer(r#"{"formula": "Any__c"}"#)["problems"],
            serde_json::json!([])
        );
    }

    #[test]
    fn nothing_is_proved_of_what_salesforce_refuses() {
        let given = answer(
            r#"{"formula": "AND($Permission.Off, BLANKVALUE(Name))", "env": {"$Permission.Off": false}}"#,
        );
        assert_eq!(given["verdict"], "can fire");
        assert_eq!(given["problems"][0]["offset"], 21);
        let given = answer(r#"{"formula": "AND(FALSE, FOOBAR(Name))"}"#);
        assert_eq!(given["verdict"], "never fires");
        assert!(
            given["not_known"][0]["message"]
                .as_str()
                .unwrap()
                .contains("FOOBAR")
        );
    }

    #[test]
    fn the_operation_can_be_said() {
        let on = |operation: &str| {
            let line = format!(r#"{{"formula": "ISNEW()", "operation": "{operation}"}}"#);
            answer(&line)["verdict"].clone()
        };
        assert_eq!(on("create"), "always fires");
        assert_eq!(on("update"), "never fires");
        assert_eq!(on("unknown"), "can fire");
    }

    #[test]
    fn a_broken_line_is_named() {
        let message = |line: &str| read_line(12, line).unwrap_err().to_string();
        assert!(message("{").starts_with("line 12: "));
        assert!(message("{}").contains("missing field `formula`"));
        assert!(message(r#"{"formula": "A", "env": {"X": [1]}}"#).contains("`X` must be a text"));
        assert!(message(r#"{"formula": "A", "env": {"X": 1, "x": 2}}"#).contains("given twice"));
        assert!(message(r#"{"formula": "A", "env": 5}"#).contains("an object of names"));
        assert!(message(r#"{"formula": 5}"#).contains("line 12"));
        assert!(read_line(1, "  \r\n").unwrap().is_none());
    }
}
