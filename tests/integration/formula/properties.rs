//! What holds for every formula.

use permgap::formula::{Env, Verdict, evaluate, parse, print, references};
use proptest::prelude::*;

use super::two_valued::{Count, Logic, Words, World};

const FIELDS: usize = 3;

/// Letters of one case only, so that no two texts differ in case alone.
fn word() -> impl Strategy<Value = String> {
    "[ab ]{0,3}[abc]"
}

fn world() -> impl Strategy<Value = World> {
    let flags = proptest::collection::vec(any::<bool>(), FIELDS);
    let texts = proptest::collection::vec(word(), FIELDS);
    let counts = proptest::collection::vec(-9_i64..10, FIELDS);
    (flags, texts, counts).prop_map(|(flags, texts, counts)| World {
        flags,
        texts,
        counts,
    })
}

fn words(logic: BoxedStrategy<Logic>) -> BoxedStrategy<Words> {
    let leaf = prop_oneof![
        word().prop_map(Words::Literal),
        (0..FIELDS).prop_map(Words::Field)
    ];
    leaf.prop_recursive(2, 8, 2, move |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(one, two)| Words::Join(one.into(), two.into())),
            (inner.clone(), 1_i64..4).prop_map(|(text, count)| Words::Left(text.into(), count)),
            (logic.clone(), inner.clone(), inner).prop_map(|(condition, yes, no)| Words::If(
                condition.into(),
                yes.into(),
                no.into()
            )),
        ]
    })
    .boxed()
}

fn count(words: BoxedStrategy<Words>) -> BoxedStrategy<Count> {
    let leaf = prop_oneof![
        (0_i64..10).prop_map(Count::Literal),
        (0..FIELDS).prop_map(Count::Field),
        words.prop_map(Count::Length),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(one, operator, two)| Count::Sum(
                one.into(),
                operator,
                two.into()
            )),
            inner.prop_map(|count| Count::Negative(count.into())),
        ]
    })
    .boxed()
}

fn logic() -> BoxedStrategy<Logic> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Logic::Constant),
        (0..FIELDS).prop_map(Logic::Field)
    ];
    leaf.prop_recursive(4, 40, 3, |inner| {
        let words = words(inner.clone().boxed());
        let count = count(words.clone());
        let many = proptest::collection::vec(inner.clone(), 2..4);
        let compared = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
        let arms = proptest::collection::vec((words.clone(), 0_i64..3), 1..3);
        prop_oneof![
            inner.clone().prop_map(|part| Logic::Not(part.into())),
            (many.clone(), any::<bool>()).prop_map(|(parts, infix)| Logic::And(parts, infix)),
            (many, any::<bool>()).prop_map(|(parts, infix)| Logic::Or(parts, infix)),
            (inner.clone(), inner.clone(), inner).prop_map(|(condition, yes, no)| Logic::If(
                condition.into(),
                yes.into(),
                no.into()
            )),
            (words.clone(), words.clone(), any::<bool>())
                .prop_map(|(one, two, same)| Logic::SameText(one, two, same)),
            (count.clone(), compared, count)
                .prop_map(|(one, operator, two)| Logic::Compare(one, operator, two)),
            (words.clone(), words.clone()).prop_map(|(text, part)| Logic::Contains(text, part)),
            (words.clone(), words.clone()).prop_map(|(text, part)| Logic::Begins(text, part)),
            words.clone().prop_map(Logic::IsBlank),
            (words, arms, 0_i64..3, 0_i64..3).prop_map(|(subject, arms, otherwise, wanted)| {
                Logic::Case(subject, arms, otherwise, wanted)
            }),
        ]
    })
    .boxed()
}

/// Any tree the grammar allows, whatever the types, as text with chance blanks and parentheses.
fn any_formula() -> BoxedStrategy<String> {
    let leaf = prop::sample::select(vec![
        "A__c",
        "$User.Id",
        "Owner:User.Name",
        "12",
        "0.50",
        "'it\\'s'",
        "\"a\\\"\\\\b\\n\"",
        "TRUE",
        "false",
        "null",
        "F()",
        "/* c */ x.Y__c",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(6, 60, 3, |inner| {
            let operator = prop::sample::select(vec![
                "||", "&&", "=", "==", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "&", "^", "*", "/",
            ]);
            let prefix = prop::sample::select(vec!["-", "+", "!", "NOT ", "not\n"]);
            let name = prop::sample::select(vec!["AND", "if", "CASE ", "Unheard_of"]);
            prop_oneof![
                4 => (inner.clone(), operator, inner.clone())
                    .prop_map(|(one, operator, two)| format!("{one} {operator}\n{two}")),
                1 => (prefix, inner.clone()).prop_map(|(prefix, part)| format!("{prefix}{part}")),
                1 => inner.clone().prop_map(|part| format!("( {part})")),
                1 => (name, proptest::collection::vec(inner.clone(), 0..3))
                    .prop_map(|(name, parts)| format!("{name}({})", parts.join(" ,"))),
                1 => (inner.clone(), inner).prop_map(|(one, two)| format!("[k = {one}, l = {two}]")),
            ]
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_and_parsing_agree(text in any_formula()) {
        let ast = parse(&text).unwrap();
        let printed = print(&ast);
        let again = parse(&printed).unwrap();
        prop_assert!(ast.same_tree(&again), "{} printed as {}", text, printed);
        prop_assert_eq!(&print(&again), &printed);
        let (one, two) = (references(&ast), references(&again));
        prop_assert_eq!(one, two);
        for (_, _, span) in ast.nodes() {
            prop_assert!(parse(ast.source(span)).is_ok() || ast.source(span).len() == 1);
        }
    }

    #[test]
    fn with_everything_known_it_is_a_plain_evaluator(formula in logic(), world in world()) {
        let text = formula.write();
        let known = world.known();
        let outcome = evaluate(&parse(&text).unwrap(), &Env::from(&known));
        let wanted = if formula.holds(&world) { Verdict::AlwaysFires } else { Verdict::NeverFires };
        prop_assert_eq!(outcome.verdict, wanted, "{} with {:?}", text, world);
    }

    #[test]
    fn a_verdict_holds_for_whatever_is_not_known(
        formula in logic(), world in world(), shown in any::<u16>(),
    ) {
        let text = formula.write();
        let ast = parse(&text).unwrap();
        let mut env = Env::new();
        let mut before = evaluate(&ast, &env).verdict;
        let truth = if formula.holds(&world) { Verdict::AlwaysFires } else { Verdict::NeverFires };
        for (at, (name, value)) in world.known().into_iter().enumerate() {
            if shown >> at & 1 == 1 {
                env.set(&name, value);
            }
            let now = evaluate(&ast, &env).verdict;
            prop_assert!(now == Verdict::CanFire || now == truth, "{} is wrong: {:?}", text, now);
            prop_assert!(before == Verdict::CanFire || now == before, "{} went back", text);
            before = now;
        }
    }

    #[test]
    fn no_text_panics(text in r#"[AaNOTnot01.$_:#()\[\],=<>!&|^*/+\-"'\\ é“\n\u{0}İ]{0,40}"#) {
        match parse(&text) {
            Ok(ast) => {
                evaluate(&ast, &Env::new());
                prop_assert!(parse(&print(&ast)).unwrap().same_tree(&ast));
            }
            Err(error) => prop_assert!(text.is_char_boundary(error.offset)),
        }
    }

    #[test]
    fn no_string_panics(text in any::<String>()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.offset <= text.len());
        }
    }
}
