//! 2,000 rules of 3,900 characters, parsed, looked through for names, and evaluated on one core.
//!
//! `cargo bench --bench formula` prints the best of several rounds for each step.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use permgap::formula::{Ast, Env, evaluate, limits, parse, references};

const RULES: usize = 2_000;
const ROUNDS: usize = 10;

/// A rule of the greatest length, in the manner of real ones, different for each number.
fn rule(number: usize) -> String {
    let mut text = format!("AND(NOT($Permission.Bypass_{number}),\n    OR(FALSE");
    let mut at = number;
    loop {
        let part = match at % 6 {
            0 => format!(
                ",\n        ISPICKVAL(Stage{at}__c, \"Closed Won\") && ISBLANK(Reason_{at}__c)"
            ),
            1 => format!(",\n        AND($Profile.Name <> 'Sales {at}', ISCHANGED(Owner{at}__c))"),
            2 => format!(",\n        LEN(Account.Name{at}__c) > {at} /* no longer */"),
            3 => format!(",\n        CASE($UserRole.Name, \"VP\", 1, \"Rep {at}\", 2, 0) = 2"),
            4 => format!(
                ",\n        NOT(CONTAINS(\"a:b:c{at}\", TEXT(Kind{at}__c))) || Amount__c * 2 >= {at}.5"
            ),
            _ => format!(
                ",\n        IF(ISNEW(), Parent__r.Open{at}__c = FALSE, (Date{at}__c < TODAY()))"
            ),
        };
        if text.len() + part.len() + 2 > limits::MAX_CHARACTERS {
            break;
        }
        text.push_str(&part);
        at += 1;
    }
    text.push_str("))");
    text.extend(std::iter::repeat_n(
        ' ',
        limits::MAX_CHARACTERS - text.len(),
    ));
    text
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    });
    rounds.min().unwrap_or_default()
}

fn main() -> io::Result<()> {
    let rules: Vec<String> = (0..RULES).map(rule).collect();
    let env = Env::new()
        .with("$Profile.Name", "HubSpot Integration")
        .with("$UserRole.Name", "Integration")
        .with("$User.Username", "hubspot@integration.example");
    let trees: Vec<Ast> = rules.iter().filter_map(|rule| parse(rule).ok()).collect();

    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} of {RULES} rules of {} characters parse",
        trees.len(),
        limits::MAX_CHARACTERS
    )?;
    let parsed = best(|| rules.iter().filter(|rule| parse(rule).is_ok()).count());
    writeln!(out, "parse               {parsed:?}")?;
    let named = best(|| {
        trees
            .iter()
            .map(|ast| references(ast).fields.len())
            .sum::<usize>()
    });
    writeln!(out, "names               {named:?}")?;
    let judged = best(|| {
        trees
            .iter()
            .map(|ast| evaluate(ast, &env))
            .collect::<Vec<_>>()
    });
    writeln!(out, "evaluate            {judged:?}")?;
    let both = best(|| {
        rules
            .iter()
            .filter_map(|rule| parse(rule).ok())
            .map(|ast| evaluate(&ast, &env))
            .collect::<Vec<_>>()
    });
    writeln!(out, "parse and evaluate  {both:?}")
}
