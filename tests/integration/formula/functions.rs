//! What each function makes of known arguments, of blank ones, and of those that nobody knows.

use permgap::formula::{Env, Operation, Value, Verdict, evaluate, parse};

const NEVER: Verdict = Verdict::NeverFires;
const CAN: Verdict = Verdict::CanFire;
const ALWAYS: Verdict = Verdict::AlwaysFires;

/// `Nothing` is known to have no value, `Unread` is not known at all.
fn env() -> Env {
    Env::new()
        .with("Text", "north-west")
        .with("Spaced", "  a b ")
        .with("Hobbies", "Golf; Tennis;Chess")
        .with("Digits", "12.50")
        .with("When", "2026-01-31 10:00:00Z")
        .with("Nothing", Value::Null)
        .with("Ten", 10)
        .with("Minus", -4)
        .with("Yes", true)
}

#[track_caller]
fn verdicts(rows: &[(&str, Verdict)]) {
    for (text, verdict) in rows {
        let outcome = evaluate(&parse(text).unwrap(), &env());
        assert_eq!(
            outcome.verdict, *verdict,
            "{text}: {}",
            outcome.because.sentence
        );
    }
}

#[test]
fn parts_of_texts() {
    verdicts(&[
        ("FIND('-', Text) = 6", ALWAYS),
        ("FIND('x', Text) = 0", ALWAYS),
        ("FIND('NORTH', Text) = 0", CAN),
        ("FIND('x', Nothing) = 0", ALWAYS),
        ("FIND(Nothing, Text) = 0", CAN),
        ("FIND('x', Unread) = 0", CAN),
        ("FIND('-', Text, 2) = 6", CAN),
        ("MID(Text, 7, 4) = 'west'", ALWAYS),
        ("MID(Text, 7, 99) = 'west'", ALWAYS),
        ("MID(Text, 1, 5) = 'North'", CAN),
        ("MID(Text, 1, 5) = 'south'", NEVER),
        ("ISBLANK(MID(Text, 3, 0))", ALWAYS),
        ("ISBLANK(MID(Text, 3, Minus))", ALWAYS),
        ("MID(Text, 0, 5) = 'north'", CAN),
        ("MID(Nothing, 1, 5) = 'north'", CAN),
        ("LEFT(Text, 5) = 'north'", ALWAYS),
        ("LEFT(Text, 5) & '!' = 'north!'", ALWAYS),
        ("ISBLANK(LEFT(Text, 0))", ALWAYS),
        ("ISBLANK(RIGHT(Text, Minus))", ALWAYS),
        ("ISBLANK(LEFT(Nothing, 5))", ALWAYS),
        ("LEFT(Text, Unread) = 'north'", CAN),
        ("RIGHT(Text, 4) = 'west'", ALWAYS),
        ("RIGHT(Text, 4) = 'east'", NEVER),
        ("LEN(Text) = 10", ALWAYS),
        ("LEN(Nothing) = 0", ALWAYS),
        ("LEN(Unread) = 0", CAN),
        ("INCLUDES(Hobbies, 'Tennis')", ALWAYS),
        ("INCLUDES(Hobbies, 'Tenni')", NEVER),
        ("INCLUDES(Hobbies, 'tennis')", CAN),
        ("INCLUDES(Nothing, 'Tennis')", CAN),
        ("INCLUDES(Unread, 'Tennis')", CAN),
    ]);
}

#[test]
fn changed_texts() {
    verdicts(&[
        ("SUBSTITUTE(Text, '-', '') = 'northwest'", ALWAYS),
        ("SUBSTITUTE(Text, '-', NULL) = 'northwest'", ALWAYS),
        ("SUBSTITUTE(Text, 'x', 'y') = 'north-west'", ALWAYS),
        ("SUBSTITUTE(Text, Unread, 'y') = 'north-west'", CAN),
        ("ISBLANK(SUBSTITUTE(Nothing, '-', '+'))", ALWAYS),
        ("TRIM(Spaced) = 'a b'", ALWAYS),
        ("ISBLANK(TRIM(Nothing))", ALWAYS),
        ("ISBLANK(TRIM('   '))", ALWAYS),
        ("UPPER(Text) = 'NORTH-WEST'", ALWAYS),
        ("LOWER('NORTH-West') = Text", ALWAYS),
        ("UPPER(Text) = 'SOUTH'", NEVER),
        ("ISBLANK(UPPER(Nothing))", ALWAYS),
        ("UPPER('straße') = 'STRASSE'", CAN),
        ("Text & Nothing = 'north-west'", ALWAYS),
        ("Nothing & Text = 'north-west'", ALWAYS),
        ("ISBLANK(Nothing & Nothing)", ALWAYS),
        ("Text + '!' = 'north-west!'", ALWAYS),
        ("Text & Unread = 'north-west'", CAN),
        ("BEGINS(Text, 'north')", ALWAYS),
        ("BEGINS(Text, 'west')", NEVER),
        ("BEGINS(Nothing, 'west')", CAN),
        ("CONTAINS(Text, 'west')", ALWAYS),
        ("CONTAINS(Text, 'south')", NEVER),
    ]);
}

#[test]
fn texts_and_numbers() {
    verdicts(&[
        ("VALUE(Digits) = 12.5", ALWAYS),
        ("VALUE(Digits) > 13", NEVER),
        ("VALUE(Text) = 0", CAN),
        ("VALUE(Nothing) = 0", CAN),
        ("ISNUMBER(Digits)", ALWAYS),
        ("ISNUMBER(Text)", NEVER),
        ("ISNUMBER('1e5')", CAN),
        ("ISNUMBER(Nothing)", NEVER),
        ("ISNUMBER(Unread)", CAN),
        ("TEXT(Ten) = '10'", ALWAYS),
        ("TEXT(Minus) = '-4'", ALWAYS),
        ("TEXT(Text) = Text", ALWAYS),
        ("TEXT(When) = '2026-01-31 10:00:00Z'", CAN),
        ("ISBLANK(TEXT(Nothing))", ALWAYS),
        ("TEXT(Yes) = 'true'", CAN),
        ("TEXT(12.50) = '12.5'", CAN),
    ]);
}

#[test]
fn numbers() {
    verdicts(&[
        ("ABS(Minus) = 4", ALWAYS),
        ("ABS(Ten) = 10", ALWAYS),
        ("ABS(0) = 0", ALWAYS),
        ("ABS(Unread) = 4", CAN),
        ("-Ten = -10", ALWAYS),
        ("+Ten = 10", ALWAYS),
        ("-Minus = 4", ALWAYS),
        ("-Unread = 4", CAN),
        ("MIN(Ten, Minus, 3) = -4", ALWAYS),
        ("MIN(3, Ten, Minus) = -4", ALWAYS),
        ("MAX(Minus, Ten, 3) = 10", ALWAYS),
        ("MAX(Ten, 3, Minus) = 10", ALWAYS),
        ("MAX(3, 3) = 3", ALWAYS),
        ("MAX(Ten) = 10", ALWAYS),
        ("MAX(Ten, Unread) = 10", CAN),
        ("MIN(Ten, Nothing) = 10", CAN),
        ("Ten < 10", NEVER),
        ("Ten <= 10", ALWAYS),
        ("Ten > 10", NEVER),
        ("Ten >= 10", ALWAYS),
        ("Ten <> 10", NEVER),
        ("Ten - Minus = 14", ALWAYS),
        ("Ten / Minus = -2.5", ALWAYS),
        ("Ten ^ 2 = 100", ALWAYS),
        ("ROUND(2.5, 0) = 3", CAN),
        ("MOD(Ten, 3) = 1", CAN),
    ]);
}

#[test]
fn what_is_not_one_of_its_cases() {
    verdicts(&[
        ("CASE(Text, 'south', 1, 'north-west', 2, 3) = 2", ALWAYS),
        ("CASE(Text, 'south', 1, 'east', 2, 3) = 3", ALWAYS),
        ("CASE(Ten, 1, 'a', 10, 'b', 'c') = 'b'", ALWAYS),
        ("CASE(Ten, 1, 'a', 2, 'b', 'c') = 'b'", NEVER),
        ("CASE(Unread, 1, 'a', 2, 'a', 'a') = 'a'", ALWAYS),
        ("CASE(Unread, 1, 'a', 2, 'b', 'a') = 'c'", CAN),
        ("CASE(Text, 'a') = 'a'", CAN),
        ("CASE(Text) = 'a'", CAN),
        ("IF(Yes, Ten, 1) = 10", ALWAYS),
        ("IF(NOT(Yes), Ten, 1) = 1", ALWAYS),
        ("IF(Unread, Ten, Ten) = 10", ALWAYS),
        ("IF(Yes, Ten) = 10", CAN),
        ("BLANKVALUE(Nothing, Text) = Text", ALWAYS),
        ("BLANKVALUE(Ten, 3) = 10", ALWAYS),
        ("BLANKVALUE(Unread, 3) = 3", CAN),
        ("NULLVALUE(Ten, 3) = 10", ALWAYS),
        ("ISNULL(Ten)", NEVER),
        ("ISPICKVAL(Text, 'north-west')", ALWAYS),
        ("ISPICKVAL(Text, 'north')", NEVER),
        ("ISPICKVAL(Text, '')", NEVER),
        ("ISPICKVAL(Unread, '')", CAN),
    ]);
}

#[test]
fn wrong_numbers_of_arguments_decide_nothing() {
    for text in [
        "ISNEW(Text)",
        "ISNEW(Text) || Unread",
        "ISBLANK()",
        "ISBLANK(Nothing, Nothing)",
        "ISPICKVAL(Text)",
        "FIND('-') = 6",
        "ABS() = 0",
        "MIN() = 0",
        "ISCHANGED(Text, Text)",
        "PRIORVALUE() = Text",
    ] {
        for operation in [Operation::Create, Operation::Update] {
            let outcome = evaluate(&parse(text).unwrap(), &env().on(operation));
            assert_eq!(outcome.verdict, CAN, "{text}");
        }
    }
}

#[test]
fn what_the_sync_never_writes_keeps_its_value_in_an_update() {
    let mut known = env().on(Operation::Update);
    known.assume_unwritten("Text");
    let verdict = |text: &str| evaluate(&parse(text).unwrap(), &known).verdict;
    assert_eq!(verdict("PRIORVALUE(Text) = 'north-west'"), ALWAYS);
    assert_eq!(verdict("PRIORVALUE(Text) = 'south'"), NEVER);
    assert_eq!(verdict("PRIORVALUE(Ten) = 10"), CAN);
    assert_eq!(verdict("ISCHANGED(Text)"), NEVER);
    assert_eq!(verdict("ISCHANGED(Ten)"), CAN);
}
