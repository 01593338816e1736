//! The grammar's traps and the evaluator's rules, case by case.

use permgap::formula::{Env, Operation, Verdict, evaluate, parse, print};

/// The formula with all its parentheses, as `print` would need none: shows the tree.
#[track_caller]
fn same(text: &str, spelled_out: &str) {
    let (one, two) = (parse(text).unwrap(), parse(spelled_out).unwrap());
    assert!(one.same_tree(&two), "{text} is {}", print(&one));
}

#[test]
fn precedence_and_its_traps() {
    same("2 * X ^ 2 / 3", "(2 * X) ^ (2 / 3)");
    same("-X ^ 2", "(-X) ^ 2");
    same("X ^ Y ^ Z", "(X ^ Y) ^ Z");
    same("X - Y - Z + 1", "((X - Y) - Z) + 1");
    same("X & Y + Z", "(X & Y) + Z");
    same("NOT(X) = Y", "(NOT X) = Y");
    same("NOT X && Y", "(NOT X) && Y");
    same("!X || Y && Z", "(!X) || (Y && Z)");
    same("X = Y = Z", "(X = Y) = Z");
    same("X = Y < Z", "X = (Y < Z)");
    same("X < Y + 1", "X < (Y + 1)");
    same("NOT -X", "NOT (-X)");
    same("A <> - 2 && -B > +1", "(A <> (-2)) && ((-B) > (+1))");
    same("not not x", "!(!(x))");
    same("a == 'q' != b", "(a = \"q\") <> b");
    same("and (x, Or(y)) ", "AND(x, OR(y))");
    same("A /* one *\\/ B */ = 1", "A = 1");
}

#[test]
fn odd_but_valid() {
    for text in [
        "IF()",
        "a.b.c(1)",
        "A..B",
        "A.",
        "ns____c",
        "$User.I.d",
        "true.x = 1",
        "NOTHING(1)",
        "(AND)",
        "Owner:User.Name",
        "a\t=\r\n\x0cb",
        "'it\\'s' = \"\\N\"",
        "NOT\"x\"",
        "[k = 1, l = A]",
        "['k' = [m = 2]]",
        "\u{212a}elvin = 1",
        "'e\u{a0}\u{301}🎾' = A",
        "/**/A/***/",
        "F#1:2 > 0",
        "!!A",
    ] {
        let ast = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(parse(&print(&ast)).unwrap().same_tree(&ast), "{text}");
    }
}

#[test]
fn invalid_with_the_place() {
    for (text, offset) in [
        ("", 0),
        (" \n/* x */ ", 0),
        (".5 < A", 0),
        ("5. < A", 1),
        ("1x", 1),
        ("1e5", 1),
        ("A.B . C", 4),
        ("A B", 2),
        ("A = ", 4),
        ("A =< B", 3),
        ("A => B", 3),
        ("A & & B", 4),
        ("A % B", 2),
        ("A // c", 2),
        ("A;", 1),
        ("_A = 1", 0),
        ("é = 1", 0),
        ("A = “x”", 4),
        ("A\u{a0}= 1", 1),
        ("A = 'x", 4),
        ("A = 'x\n'", 6),
        ("A = 'x\\q'", 6),
        ("A = 'say ''no'''", 10),
        ("A /* b", 2),
        ("A /* b \\*/", 2),
        ("TRUE()", 4),
        ("NOT(A, B)", 5),
        ("NOT()", 4),
        ("(A, B)", 2),
        ("F(A,)", 4),
        ("F(,A)", 2),
        ("AND(A, B", 8),
        ("A)", 1),
        ("(A]", 2),
        ("A[0]", 1),
        ("[]", 1),
        ("[a = 1, 'b' = 2]", 8),
        ("[a == 1]", 3),
        ("A AND B", 2),
        ("{!A}", 0),
        ("A = '\u{1}'", 5),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.offset, offset, "{text}: {error}");
        assert!(!error.message.is_empty() && text.is_char_boundary(error.offset));
    }
}

#[test]
fn errors_help_with_the_usual_slips() {
    let message = |text: &str| parse(text).unwrap_err().message;
    assert_eq!(
        message("A AND B"),
        "expected an operator, found `AND`; AND and OR are functions, between two values write `&&` or `||`"
    );
    assert_eq!(
        message("A =< B"),
        "expected a value, found `<`; 'at most' and 'at least' are written `<=` and `>=`"
    );
    assert_eq!(
        message("A = “x”"),
        "`“` may not stand here; texts are written in straight quotes"
    );
    assert_eq!(
        message("AND(\n  OR(A, B),\n  C"),
        "a `)` is missing: what opens at line 1, column 4 is not closed"
    );
}

#[test]
fn printing_drops_what_is_superfluous() {
    let printed = |text: &str| print(&parse(text).unwrap());
    assert_eq!(
        printed("((A)) && (B || C) && ((D = (1 + 2)))"),
        "A && (B || C) && D = 1 + 2"
    );
    assert_eq!(
        printed("A - (B - C) * (2 / (3 / D))"),
        "A - (B - C) * (2 / (3 / D))"
    );
    assert_eq!(
        printed("(2 * 3) ^ 2 - 2 * (3 ^ 2)"),
        "2 * 3 ^ 2 - 2 * (3 ^ 2)"
    );
    assert_eq!(printed("! (A && B) != true /* c */"), "NOT(A && B) <> TRUE");
    assert_eq!(
        printed("-(-(A + 1)) = + 'it\\'s \"x\"\\n'"),
        "--(A + 1) = +\"it's \\\"x\\\"\\n\""
    );
    assert_eq!(
        printed("if (a,[ k=1 ,l = 2 ] , 'x')"),
        "if(a, [k = 1, l = 2], \"x\")"
    );
}

const NEVER: Verdict = Verdict::NeverFires;
const CAN: Verdict = Verdict::CanFire;
const ALWAYS: Verdict = Verdict::AlwaysFires;

fn env() -> Env {
    Env::new()
        .with("$Profile.Name", "HubSpot Integration")
        .with("$User.Username", "hubspot@integration.example")
        .with("$User.Id", "005000000000ZZZ")
        .with("$Permission.On", true)
        .with("$Permission.Off", false)
        .with("$UserRole.Name", permgap::formula::Value::Null)
        .with("Empty__c", "")
        .with("Amount", 250)
}

#[test]
fn verdicts() {
    for (text, verdict) in [
        // Logic
        ("$permission.ON && ISBLANK(Name)", CAN),
        ("$Permission.Off && ISBLANK(Name)", NEVER),
        ("AND(ISBLANK(Name), NOT $Permission.On)", NEVER),
        ("OR(ISBLANK(Name), $Permission.On)", ALWAYS),
        ("OR($Permission.Off, FALSE)", NEVER),
        ("$Permission.Missing", CAN),
        ("AND() || $Permission.Off", CAN),
        ("IF(ISBLANK(Name), $Permission.Off, FALSE)", NEVER),
        ("IF(ISBLANK(Name), $Permission.Off, TRUE)", CAN),
        ("IF($Permission.On, FALSE, ISBLANK(Name))", NEVER),
        ("IF(Name, 1, 1.0) = 1", ALWAYS),
        ("NOT($Permission.On) && A || B", CAN),
        ("A__c || B__c && NOT($Permission.On)", CAN),
        ("\"x\"", CAN),
        ("NOT('x')", CAN),
        // Equality of texts
        ("$Profile.Name = 'HubSpot Integration'", ALWAYS),
        ("$Profile.Name = 'Hubspot integration'", CAN),
        ("$Profile.Name <> 'Hubspot integration'", CAN),
        ("$Profile.Name == 'Sales'", NEVER),
        ("$User.Id = '005000000000ZZZAAA'", CAN),
        ("$User.Id = '005000000000ZZYAAA'", NEVER),
        ("$User.Id <> '005000000000ZZZ'", NEVER),
        ("$UserRole.Name = 'Sales'", NEVER),
        ("$UserRole.Name = NULL", ALWAYS),
        ("Empty__c = $UserRole.Name", ALWAYS),
        ("$UserRole.Name = 5", CAN),
        ("$UserRole.Name = FALSE", CAN),
        ("$Profile.Name = 5", CAN),
        ("$Permission.On = TRUE", ALWAYS),
        ("$Permission.On <> FALSE", ALWAYS),
        ("NULL = Name", CAN),
        // Blanks
        ("ISBLANK($UserRole.Name)", ALWAYS),
        ("ISBLANK(Empty__c)", ALWAYS),
        ("ISBLANK($Profile.Name)", NEVER),
        ("ISBLANK(Amount)", NEVER),
        ("ISNULL(Empty__c)", CAN),
        ("ISNULL($UserRole.Name)", CAN),
        ("ISNULL($Profile.Name)", NEVER),
        ("BLANKVALUE(Empty__c, 'x') = 'x'", ALWAYS),
        ("BLANKVALUE($Profile.Name, 'x') = 'x'", NEVER),
        ("NULLVALUE(Empty__c, 'x') = 'x'", CAN),
        ("NULLVALUE($Profile.Name, 'x') = 'x'", NEVER),
        ("ISPICKVAL(Empty__c, '')", ALWAYS),
        ("ISPICKVAL($UserRole.Name, 'X')", NEVER),
        // Texts
        (
            "CONTAINS('Sales:HubSpot Integration', $Profile.Name)",
            ALWAYS,
        ),
        ("CONTAINS('Sales:hubspot integration', $Profile.Name)", CAN),
        ("CONTAINS('Sales:Service', $Profile.Name)", NEVER),
        ("CONTAINS('Sales:Service', $UserRole.Name)", CAN),
        ("CONTAINS($Profile.Name, '')", CAN),
        ("BEGINS($User.Username, 'hubspot@')", ALWAYS),
        ("BEGINS($User.Username, 'HUBSPOT@')", CAN),
        ("LEN($Profile.Name) = 19", ALWAYS),
        ("LEN(Empty__c) > 0", NEVER),
        ("UPPER(LEFT($Profile.Name, 7)) = 'HUBSPOT'", ALWAYS),
        ("RIGHT($User.Username, 7) = 'example'", ALWAYS),
        ("TRIM('  a ') & LOWER('B') = 'ab'", ALWAYS),
        ("'a' & NULL & 'b' = 'ab'", ALWAYS),
        ("'a' + NULL = 'a'", CAN),
        ("TEXT(Amount) = '250'", ALWAYS),
        ("REGEX($User.Username, '.*')", CAN),
        ("$Label.X = $Profile.Name", CAN),
        // Numbers
        ("Amount * 2 - 100 >= 400", ALWAYS),
        ("2 * 3 ^ 2 = 36", ALWAYS),
        ("0.1 + 0.2 = 0.3", ALWAYS),
        ("Amount / 0 = 1", CAN),
        ("NOT(Amount / (Amount - 250) > 1)", CAN),
        ("1 / 3 * 3 = 1", CAN),
        ("1 / 3 > 0.3", ALWAYS),
        ("Amount > 'x'", CAN),
        // CASE
        (
            "CASE($Profile.Name, 'Sales', 1, 'HubSpot Integration', 0, 1) = 1",
            NEVER,
        ),
        ("CASE($Profile.Name, 'hubspot integration', 1, 0) = 1", CAN),
        (
            "CASE($Profile.Name, 'hubspot integration', 0, 'Sales', 1, 0) = 1",
            NEVER,
        ),
        ("CASE(StageName, 'A', 0, 'B', 0, 0) = 1", NEVER),
        ("CASE(StageName, 'A', 0, 'B', 1, 0) = 1", CAN),
        ("CASE(StageName, 'A', 0, 'B') = 1", CAN),
        // The record
        ("ISNEW() && ISCHANGED(Name)", CAN),
        (
            "VLOOKUP($ObjectType.Z__c.Fields.C__c, $ObjectType.Z__c.Fields.Name, 'x') = 'y'",
            CAN,
        ),
        ("TODAY() > DATE(2020, 1, 1)", CAN),
        ("AMADEUP($Profile.Name)", CAN),
        ("[k = TRUE]", CAN),
    ] {
        let outcome = evaluate(&parse(text).unwrap(), &env());
        assert_eq!(
            outcome.verdict, verdict,
            "{text}: {}",
            outcome.because.sentence
        );
    }
}

#[test]
fn the_operation_decides_new_and_changed() {
    let verdict = |text: &str, operation: Operation| {
        evaluate(&parse(text).unwrap(), &env().on(operation)).verdict
    };
    assert_eq!(
        verdict("AND(ISNEW(), ISBLANK(Email))", Operation::Update),
        NEVER
    );
    assert_eq!(
        verdict("OR(ISNEW(), ISBLANK(Email))", Operation::Create),
        ALWAYS
    );
    assert_eq!(
        verdict("ISCHANGED(Email) && ISBLANK(Email)", Operation::Create),
        NEVER
    );
    assert_eq!(
        verdict("ISCHANGED(Email) && ISBLANK(Email)", Operation::Update),
        CAN
    );
    assert_eq!(
        verdict("PRIORVALUE(Amount) = 250", Operation::Create),
        ALWAYS
    );
    assert_eq!(verdict("PRIORVALUE(Amount) = 250", Operation::Update), CAN);
    assert_eq!(
        verdict("ISCHANGED(Account.Name)", Operation::Create),
        CAN,
        "not valid there"
    );
}

#[test]
fn a_field_that_nothing_writes_stays_unchanged_by_assumption() {
    let mut known = env().on(Operation::Update);
    known.assume_unwritten("StageName");
    let judged = |text: &str| {
        let outcome = evaluate(&parse(text).unwrap(), &known);
        (outcome.verdict, outcome.assumes_unwritten)
    };
    assert_eq!(
        judged("ISCHANGED(stagename) && ISBLANK(Email)"),
        (NEVER, true)
    );
    assert_eq!(
        judged("ISCHANGED(StageName) && $Permission.Off"),
        (NEVER, false)
    );
    assert_eq!(judged("ISCHANGED(Email)"), (CAN, false));
    known = known.on(Operation::Unknown);
    assert_eq!(
        evaluate(&parse("ISCHANGED(StageName)").unwrap(), &known).verdict,
        CAN
    );
}

#[test]
fn the_deciding_part_is_named() {
    let text = "AND( ISBLANK(Email),\n  OR($Profile.Name = 'Sales', NOT($Permission.On)) )";
    let because = evaluate(&parse(text).unwrap(), &env()).because;
    assert_eq!(
        because.expression,
        "OR($Profile.Name = \"Sales\", NOT($Permission.On))"
    );
    assert_eq!(
        because.sentence,
        "`OR($Profile.Name = \"Sales\", NOT($Permission.On))` is false ($Profile.Name is \"HubSpot \
         Integration\", $Permission.On is true), which makes the AND false"
    );
    assert_eq!(
        &text[because.span.start()..because.span.end()],
        "OR($Profile.Name = 'Sales', NOT($Permission.On))"
    );

    let sentence = |text: &str| evaluate(&parse(text).unwrap(), &env()).because.sentence;
    assert_eq!(
        sentence("IF($Permission.On, FALSE, ISBLANK(Email))"),
        "`$Permission.On` is true, so the IF gives FALSE"
    );
    assert_eq!(
        sentence("A && (B && $Permission.Off)"),
        "`$Permission.Off` is false, which makes the && false"
    );
    assert_eq!(sentence("FALSE"), "the formula is FALSE");
    assert_eq!(
        sentence("$Permission.On && ISBLANK(Email) && (NOT(X) || REGEX(Y, 'z'))"),
        "it depends on `ISBLANK(Email)`, `X`, `REGEX(Y, \"z\")`, which is not known"
    );
    assert_eq!(
        sentence("AND(A, B, C, D, E)"),
        "it depends on `A`, `B`, `C` and 2 more, which is not known"
    );
}

/// On a thread whose stack is far too small for a recursive descent of this depth.
#[test]
fn deep_nesting_costs_no_stack() {
    std::thread::Builder::new()
        .stack_size(96 * 1024)
        .spawn(|| {
            let depth = 10_000;
            let texts = [
                format!("{}A{}", "(".repeat(depth), ")".repeat(depth)),
                format!("{}A{}", "NOT(".repeat(depth), ")".repeat(depth)),
                format!("{}A", "!-".repeat(depth)),
                format!(
                    "{}A{}",
                    "IF(A, B && (".repeat(depth),
                    "), TRUE)".repeat(depth)
                ),
                format!("{}A{}", "A = (".repeat(depth), ")".repeat(depth)),
                format!("{}A{}", "[k = ".repeat(depth), "]".repeat(depth)),
                format!("A{}", " ^ A".repeat(depth)),
            ];
            for text in texts {
                let ast = parse(&text).unwrap();
                assert!(parse(&print(&ast)).unwrap().same_tree(&ast));
                assert_eq!(evaluate(&ast, &Env::new()).verdict, CAN);
            }
            assert!(parse(&"(".repeat(100_000)).is_err());
        })
        .unwrap()
        .join()
        .unwrap();
}

/// Far longer than Salesforce takes: what takes more than linear time would not end.
#[test]
fn long_formulas_end() {
    let count = 40_000;
    let long = "x".repeat(5_000);
    let env = Env::new()
        .with("$User.Text__c", long.as_str())
        .with("$Permission.On", true);
    for text in [
        format!("'a'{} = 'b'", " & 'ab'".repeat(count)),
        format!("$User.Text__c{} = 'b'", " & $User.Text__c".repeat(count)),
        format!("{}'É'{} = 'b'", "LOWER(".repeat(count), ")".repeat(count)),
        format!(
            "{}$User.Text__c{} = 'b'",
            "UPPER(".repeat(count),
            ")".repeat(count)
        ),
        format!(
            "{}'aa'{} = 'b'",
            "SUBSTITUTE(".repeat(count),
            ", 'a', 'aa')".repeat(count)
        ),
        format!("A{}", " && A".repeat(count)),
        format!("AND(A{})", ", CONTAINS($User.Text__c, 'y')".repeat(count)),
        format!("{}1{} > 0", "(2 * ".repeat(count), ")".repeat(count)),
        format!("CASE($User.Text__c{}, 0) = 1", ", 'a', 0".repeat(count)),
        format!(
            "{}A{}",
            "IF($Permission.On, ".repeat(count),
            ", FALSE)".repeat(count)
        ),
    ] {
        let ast = parse(&text).unwrap();
        evaluate(&ast, &env);
    }
    for text in ["/*", "(", "'a' & ", "[a = ", "F(", "\\*/", "NOT "] {
        assert!(parse(&text.repeat(count)).is_err());
    }
    assert!(parse(&format!("/*{}", "\\*/".repeat(count))).is_err());
}
