//! A second evaluator, written from what Salesforce documents of blanks, errors and types, and formulas of every
//! type for it. It shares nothing with the library but the text that it writes.
//!
//! A verdict must hold whatever the fields are that the library was not told of: so each formula is tried in many
//! worlds that agree only in what is known.

use std::collections::BTreeMap;

use permgap::formula::{Env, Need, Operation, Value, Verdict, evaluate, parse, ways_to_make_false};
use proptest::prelude::*;

/// A value as the platform has it. A blank text is null or empty, which `=` and ISBLANK do not tell apart.
#[derive(Clone, Debug, PartialEq)]
enum V {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    /// Days.
    Date(i64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Type {
    Flag,
    Number,
    Text,
    Date,
}

#[derive(Clone, Debug)]
enum Expr {
    Literal(V),
    Field(&'static str),
    Call(&'static str, Vec<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Not(bool, Box<Expr>),
}

/// The fields of the record: checkboxes, numbers, texts, dates and picklists.
const FIELDS: [(&str, Type); 11] = [
    ("F0", Type::Flag),
    ("F1", Type::Flag),
    ("N0", Type::Number),
    ("N1", Type::Number),
    ("T0", Type::Text),
    ("T1", Type::Text),
    ("T2", Type::Text),
    ("D0", Type::Date),
    ("D1", Type::Date),
    ("P0", Type::Text),
    ("P1", Type::Text),
];
const PICKLISTS: [&str; 2] = ["P0", "P1"];
const WORDS: [&str; 9] = ["a", "A", "b", "ab", "aB", "12", "2", "a;b", "b a"];

/// One save of one record.
#[derive(Clone, Debug)]
struct World {
    now: BTreeMap<&'static str, V>,
    before: BTreeMap<&'static str, V>,
    create: bool,
    today: i64,
}

/// Chance from a seed, so that a case can be told again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn value(&mut self, field: &str, of_type: Type) -> V {
        if of_type != Type::Flag && self.one_in(3) {
            return V::Null;
        }
        match of_type {
            Type::Flag => V::Flag(self.one_in(2)),
            Type::Number => V::Number(self.of(&[0.0, 1.0, 2.5, 2.0, -3.0, 12.0])),
            Type::Date => V::Date(i64::try_from(self.below(4)).unwrap()),
            Type::Text if PICKLISTS.contains(&field) => V::Text(self.of(&WORDS[..4]).into()),
            Type::Text => V::Text(self.of(&WORDS).into()),
        }
    }

    fn fields(&mut self) -> BTreeMap<&'static str, V> {
        FIELDS
            .iter()
            .map(|(name, of_type)| (*name, self.value(name, *of_type)))
            .collect()
    }

    fn field(&mut self, of_type: Type) -> Expr {
        let fields: Vec<&str> = FIELDS
            .iter()
            .filter(|(name, is)| *is == of_type && !PICKLISTS.contains(name))
            .map(|(name, _)| *name)
            .collect();
        Expr::Field(self.of(&fields))
    }

    fn literal(&mut self, of_type: Type) -> Expr {
        match of_type {
            Type::Flag => Expr::Literal(V::Flag(self.one_in(2))),
            Type::Number => Expr::Literal(V::Number(self.of(&[0.0, 1.0, 2.0, 2.5, 12.0]))),
            Type::Text if self.one_in(5) => Expr::Literal(V::Text(String::new())),
            Type::Text => Expr::Literal(V::Text(self.of(&WORDS).into())),
            Type::Date => Expr::Call(
                "DATE",
                vec![number(2026.0), number(1.0), self.literal(Type::Number)],
            ),
        }
    }

    fn expr(&mut self, of_type: Type, depth: usize) -> Expr {
        if depth == 0 {
            return if self.one_in(3) {
                self.literal(of_type)
            } else {
                self.field(of_type)
            };
        }
        let down = depth - 1;
        if of_type != Type::Flag && self.one_in(12) {
            return Expr::Literal(V::Null);
        }
        if self.one_in(8) {
            let condition = self.expr(Type::Flag, down);
            return Expr::Call(
                "IF",
                vec![
                    condition,
                    self.expr(of_type, down),
                    self.expr(of_type, down),
                ],
            );
        }
        if of_type != Type::Flag && self.one_in(8) {
            let name = self.of(&["BLANKVALUE", "NULLVALUE"]);
            return Expr::Call(
                name,
                vec![self.expr(of_type, down), self.expr(of_type, down)],
            );
        }
        if of_type != Type::Flag && self.one_in(8) {
            return self.case(of_type, down);
        }
        if self.one_in(8) {
            let field = self.field(of_type);
            return Expr::Call("PRIORVALUE", vec![field]);
        }
        match of_type {
            Type::Flag => self.flag(down),
            Type::Number => self.number(down),
            Type::Text => self.text(down),
            Type::Date => match self.below(3) {
                0 => Expr::Binary(
                    "+",
                    self.expr(Type::Date, down).into(),
                    self.literal(Type::Number).into(),
                ),
                1 => Expr::Call("TODAY", Vec::new()),
                _ => self.field(Type::Date),
            },
        }
    }

    fn case(&mut self, of_type: Type, down: usize) -> Expr {
        let subject = self.of(&[Type::Text, Type::Number, Type::Date]);
        let mut arguments = if subject == Type::Text && self.one_in(2) {
            vec![Expr::Field(self.of(&PICKLISTS))]
        } else {
            vec![self.expr(subject, down)]
        };
        for _ in 0..=self.below(2) {
            arguments.push(self.literal(subject));
            arguments.push(self.expr(of_type, down));
        }
        arguments.push(self.expr(of_type, down));
        Expr::Call("CASE", arguments)
    }

    fn flag(&mut self, down: usize) -> Expr {
        match self.below(15) {
            0 | 1 => {
                let parts = (0..2 + self.below(2))
                    .map(|_| self.expr(Type::Flag, down))
                    .collect();
                Expr::Call(self.of(&["AND", "OR"]), parts)
            }
            2 | 3 => {
                let operator = self.of(&["&&", "||"]);
                Expr::Binary(
                    operator,
                    self.expr(Type::Flag, down).into(),
                    self.expr(Type::Flag, down).into(),
                )
            }
            4 => Expr::Not(self.one_in(2), self.expr(Type::Flag, down).into()),
            5 | 6 => {
                let of_type =
                    self.of(&[Type::Text, Type::Text, Type::Number, Type::Date, Type::Flag]);
                let operator = self.of(&["=", "==", "<>", "!="]);
                Expr::Binary(
                    operator,
                    self.expr(of_type, down).into(),
                    self.expr(of_type, down).into(),
                )
            }
            7 => {
                let of_type = self.of(&[Type::Number, Type::Date]);
                let operator = self.of(&["<", "<=", ">", ">="]);
                Expr::Binary(
                    operator,
                    self.expr(of_type, down).into(),
                    self.expr(of_type, down).into(),
                )
            }
            8 => {
                let of_type = self.of(&[Type::Text, Type::Number, Type::Date]);
                Expr::Call(
                    self.of(&["ISBLANK", "ISNULL"]),
                    vec![self.expr(of_type, down)],
                )
            }
            9 => {
                let field = Expr::Field(self.of(&PICKLISTS));
                let field = if self.one_in(4) {
                    Expr::Call("PRIORVALUE", vec![field])
                } else {
                    field
                };
                Expr::Call("ISPICKVAL", vec![field, self.literal(Type::Text)])
            }
            10 => {
                let name = self.of(&["CONTAINS", "BEGINS"]);
                Expr::Call(
                    name,
                    vec![self.expr(Type::Text, down), self.expr(Type::Text, down)],
                )
            }
            11 => Expr::Call("ISNUMBER", vec![self.expr(Type::Text, down)]),
            12 => Expr::Call("ISNEW", Vec::new()),
            13 => {
                let (field, _) = self.of(&FIELDS);
                Expr::Call("ISCHANGED", vec![Expr::Field(field)])
            }
            _ => self.field(Type::Flag),
        }
    }

    fn number(&mut self, down: usize) -> Expr {
        match self.below(6) {
            0 => {
                let operator = self.of(&["+", "-", "*", "/"]);
                Expr::Binary(
                    operator,
                    self.expr(Type::Number, down).into(),
                    self.expr(Type::Number, down).into(),
                )
            }
            1 => Expr::Call("LEN", vec![self.expr(Type::Text, down)]),
            2 => Expr::Call(
                "FIND",
                vec![self.expr(Type::Text, down), self.expr(Type::Text, down)],
            ),
            3 => Expr::Call("VALUE", vec![self.expr(Type::Text, down)]),
            4 => {
                let name = self.of(&["MIN", "MAX"]);
                Expr::Call(
                    name,
                    vec![self.expr(Type::Number, down), self.expr(Type::Number, down)],
                )
            }
            _ => Expr::Call("ABS", vec![self.expr(Type::Number, down)]),
        }
    }

    fn text(&mut self, down: usize) -> Expr {
        match self.below(8) {
            0 | 1 => {
                let operator = self.of(&["&", "+"]);
                Expr::Binary(
                    operator,
                    self.expr(Type::Text, down).into(),
                    self.expr(Type::Text, down).into(),
                )
            }
            2 => {
                let name = self.of(&["LEFT", "RIGHT"]);
                Expr::Call(
                    name,
                    vec![
                        self.expr(Type::Text, down),
                        number(self.of(&[0.0, 1.0, 2.0])),
                    ],
                )
            }
            3 => Expr::Call(
                "MID",
                vec![
                    self.expr(Type::Text, down),
                    number(self.of(&[0.0, 1.0, 2.0, 9.0])),
                    number(self.of(&[0.0, 1.0, 2.0])),
                ],
            ),
            4 => {
                let name = self.of(&["TRIM", "UPPER", "LOWER"]);
                Expr::Call(name, vec![self.expr(Type::Text, down)])
            }
            5 => Expr::Call(
                "SUBSTITUTE",
                vec![
                    self.expr(Type::Text, down),
                    self.literal(Type::Text),
                    self.expr(Type::Text, down),
                ],
            ),
            6 => Expr::Call(
                "TEXT",
                vec![Expr::Field(self.of(&["P0", "P1", "N0", "D0"]))],
            ),
            _ => self.field(Type::Text),
        }
    }
}

fn number(value: f64) -> Expr {
    Expr::Literal(V::Number(value))
}

impl Expr {
    fn write(&self) -> String {
        match self {
            Self::Literal(V::Null) => "NULL".to_owned(),
            Self::Literal(V::Flag(value)) => value.to_string(),
            Self::Literal(V::Number(value)) => value.to_string(),
            Self::Literal(V::Text(text)) => format!("\"{text}\""),
            Self::Literal(V::Date(_)) => unreachable!("no literal of a date"),
            Self::Field(name) => (*name).to_owned(),
            Self::Call(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Self::write).collect();
                format!("{name}({})", arguments.join(", "))
            }
            Self::Binary(operator, one, two) => {
                format!("({} {operator} {})", one.write(), two.write())
            }
            Self::Not(true, part) => format!("NOT({})", part.write()),
            Self::Not(false, part) => format!("!({})", part.write()),
        }
    }

    /// What it is; an error is one of those that keep the record from being saved.
    fn value(&self, world: &World) -> Result<V, &'static str> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Field(name) => world.now[name].clone(),
            Self::Not(_, part) => match part.value(world)? {
                V::Flag(flag) => V::Flag(!flag),
                _ => V::Null,
            },
            Self::Binary("&&", one, two) => and(&[(**one).clone(), (**two).clone()], world)?,
            Self::Binary("||", one, two) => or(&[(**one).clone(), (**two).clone()], world)?,
            Self::Binary(operator, one, two) => {
                binary(operator, one.value(world)?, two.value(world)?, self)?
            }
            Self::Call(name, arguments) => call(name, arguments, world)?,
        })
    }

    /// What kind of value it gives, as far as a blank leaves it open; none for NULL itself.
    fn kind(&self) -> Option<Type> {
        match self {
            Self::Literal(V::Null) => None,
            Self::Literal(V::Flag(_)) | Self::Not(..) => Some(Type::Flag),
            Self::Literal(V::Number(_)) => Some(Type::Number),
            Self::Literal(V::Text(_)) => Some(Type::Text),
            Self::Literal(V::Date(_)) => Some(Type::Date),
            Self::Field(name) => FIELDS
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, kind)| *kind),
            Self::Binary("&", ..) => Some(Type::Text),
            Self::Binary("+" | "-" | "*" | "/", one, two) => one.kind().or(two.kind()),
            Self::Binary(..) => Some(Type::Flag),
            Self::Call(name, arguments) => match *name {
                "IF" => arguments[1].kind().or(arguments[2].kind()),
                "BLANKVALUE" | "NULLVALUE" => arguments[0].kind().or(arguments[1].kind()),
                "PRIORVALUE" => arguments[0].kind(),
                "CASE" => arguments
                    .iter()
                    .skip(2)
                    .step_by(2)
                    .chain(arguments.last())
                    .find_map(Self::kind),
                "DATE" | "TODAY" => Some(Type::Date),
                "LEN" | "FIND" | "VALUE" | "MIN" | "MAX" | "ABS" => Some(Type::Number),
                "LEFT" | "RIGHT" | "MID" | "TRIM" | "UPPER" | "LOWER" | "SUBSTITUTE" | "TEXT" => {
                    Some(Type::Text)
                }
                _ => Some(Type::Flag),
            },
        }
    }
}

/// Stops at the first that is not true; a blank makes it false.
fn and(parts: &[Expr], world: &World) -> Result<V, &'static str> {
    for part in parts {
        if part.value(world)? != V::Flag(true) {
            return Ok(V::Flag(false));
        }
    }
    Ok(V::Flag(true))
}

/// Stops at the first that is true; a blank counts as false.
fn or(parts: &[Expr], world: &World) -> Result<V, &'static str> {
    for part in parts {
        if part.value(world)? == V::Flag(true) {
            return Ok(V::Flag(true));
        }
    }
    Ok(V::Flag(false))
}

fn is_text(expr: &Expr) -> bool {
    expr.kind() == Some(Type::Text)
}

/// `=` of two values, as texts or not.
fn same(one: V, two: V, texts: bool) -> V {
    if texts {
        return V::Flag(words(one) == words(two));
    }
    match (&one, &two) {
        (V::Null, _) | (_, V::Null) => V::Null,
        _ => V::Flag(one == two),
    }
}

/// A blank text as an empty one.
fn words(value: V) -> String {
    match value {
        V::Text(text) => text,
        _ => String::new(),
    }
}

/// An empty text as a blank one.
fn text(words: String) -> V {
    if words.is_empty() {
        V::Null
    } else {
        V::Text(words)
    }
}

fn binary(operator: &str, one: V, two: V, whole: &Expr) -> Result<V, &'static str> {
    let Expr::Binary(_, left, right) = whole else {
        unreachable!("only an operator has operands")
    };
    let texts = is_text(left) || is_text(right);
    Ok(match operator {
        "=" | "==" => same(one, two, texts),
        "<>" | "!=" => match same(one, two, texts) {
            V::Flag(flag) => V::Flag(!flag),
            other => other,
        },
        "&" => text(words(one) + &words(two)),
        "+" if texts => match (one, two) {
            (V::Text(one), V::Text(two)) => text(one + &two),
            _ => V::Null,
        },
        _ => match (operator, one, two) {
            (_, V::Null, _) | (_, _, V::Null) => V::Null,
            ("+", V::Date(day), V::Number(days)) => V::Date(day + whole_number(days)),
            (_, V::Date(one), V::Date(two)) => compared(operator, one.partial_cmp(&two)),
            ("+", V::Number(one), V::Number(two)) => V::Number(one + two),
            ("-", V::Number(one), V::Number(two)) => V::Number(one - two),
            ("*", V::Number(one), V::Number(two)) => V::Number(one * two),
            ("/", V::Number(_), V::Number(0.0)) => return Err("division by zero"),
            ("/", V::Number(one), V::Number(two)) => V::Number(one / two),
            (_, V::Number(one), V::Number(two)) => compared(operator, one.partial_cmp(&two)),
            _ => return Err("types"),
        },
    })
}

#[expect(clippy::cast_possible_truncation, reason = "days are few")]
fn whole_number(value: f64) -> i64 {
    value.trunc() as i64
}

fn count(value: &V) -> usize {
    match value {
        V::Number(value) => usize::try_from(whole_number(*value).max(0)).unwrap(),
        _ => 0,
    }
}

fn compared(operator: &str, order: Option<std::cmp::Ordering>) -> V {
    let order = order.unwrap();
    V::Flag(match operator {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "texts are short")]
fn call(name: &str, arguments: &[Expr], world: &World) -> Result<V, &'static str> {
    match name {
        "AND" => return and(arguments, world),
        "OR" => return or(arguments, world),
        "IF" => {
            let taken = if arguments[0].value(world)? == V::Flag(true) {
                1
            } else {
                2
            };
            return arguments[taken].value(world);
        }
        "ISNEW" => return Ok(V::Flag(world.create)),
        "TODAY" => return Ok(V::Date(world.today)),
        "ISCHANGED" | "PRIORVALUE" => {
            let Expr::Field(field) = arguments[0] else {
                unreachable!("only fields have an old value")
            };
            let (now, before) = (&world.now[field], &world.before[field]);
            return Ok(match (name, world.create) {
                ("ISCHANGED", create) => V::Flag(!create && now != before),
                (_, true) => now.clone(),
                (_, false) => before.clone(),
            });
        }
        _ => {}
    }
    let values: Vec<V> = arguments
        .iter()
        .map(|one| one.value(world))
        .collect::<Result<_, _>>()?;
    let texts = is_text(&arguments[0]);
    Ok(match (name, values.as_slice()) {
        ("CASE", [subject, pairs @ .., otherwise]) => {
            let texts = texts || is_text(&arguments[1]);
            let hit = pairs
                .chunks_exact(2)
                .find(|pair| same(subject.clone(), pair[0].clone(), texts) == V::Flag(true));
            hit.map_or(otherwise, |pair| &pair[1]).clone()
        }
        ("ISBLANK", [value]) => V::Flag(*value == V::Null || *value == V::Text(String::new())),
        ("ISNULL", [value]) => V::Flag(!texts && *value == V::Null),
        ("BLANKVALUE", [value, substitute]) => match value {
            V::Null => substitute.clone(),
            V::Text(words) if words.is_empty() => substitute.clone(),
            other => other.clone(),
        },
        ("NULLVALUE", [value, substitute]) => {
            let texts = texts || is_text(&arguments[1]);
            if *value == V::Null && !texts {
                substitute.clone()
            } else {
                value.clone()
            }
        }
        ("ISPICKVAL", [value, wanted]) => V::Flag(words(value.clone()) == words(wanted.clone())),
        ("CONTAINS" | "BEGINS", [whole, part]) => match (words(whole.clone()), words(part.clone()))
        {
            (_, part) if part.is_empty() => V::Flag(true),
            (whole, _) if whole.is_empty() => V::Null,
            (whole, part) if name == "CONTAINS" => V::Flag(whole.contains(&part)),
            (whole, part) => V::Flag(whole.starts_with(&part)),
        },
        ("ISNUMBER", [value]) => V::Flag(words(value.clone()).parse::<f64>().is_ok()),
        ("VALUE", [value]) => match words(value.clone()) {
            words if words.is_empty() => V::Null,
            words => V::Number(words.parse().map_err(|_| "no number")?),
        },
        ("LEN", [value]) => V::Number(words(value.clone()).len() as f64),
        ("FIND", [part, whole]) => match (words(part.clone()), words(whole.clone())) {
            (part, whole) if part.is_empty() || whole.is_empty() => V::Number(0.0),
            (part, whole) => V::Number(whole.find(&part).map_or(0.0, |at| at as f64 + 1.0)),
        },
        ("LEFT", [value, many]) => text(words(value.clone()).chars().take(count(many)).collect()),
        ("RIGHT", [value, many]) => {
            let words = words(value.clone());
            text(
                words
                    .chars()
                    .skip(words.len().saturating_sub(count(many)))
                    .collect(),
            )
        }
        ("MID", [value, start, many]) => {
            let start = count(start).max(1) - 1;
            text(
                words(value.clone())
                    .chars()
                    .skip(start)
                    .take(count(many))
                    .collect(),
            )
        }
        ("TRIM", [value]) => text(words(value.clone()).trim().to_owned()),
        ("UPPER", [value]) => text(words(value.clone()).to_uppercase()),
        ("LOWER", [value]) => text(words(value.clone()).to_lowercase()),
        ("SUBSTITUTE", [value, old, new]) => match words(old.clone()) {
            old if old.is_empty() => value.clone(),
            old => text(words(value.clone()).replace(&old, &words(new.clone()))),
        },
        ("TEXT", [V::Null]) => V::Null,
        ("TEXT", [V::Number(value)]) => V::Text(value.to_string()),
        ("TEXT", [V::Date(day)]) => V::Text(date(*day)),
        ("TEXT", [value]) => value.clone(),
        ("DATE", [_, _, V::Null]) => V::Null,
        ("DATE", [_, _, V::Number(day)]) if whole_number(*day) < 1 => return Err("no such day"),
        ("DATE", [_, _, V::Number(day)]) => V::Date(whole_number(*day)),
        (_, [V::Null, ..] | [_, V::Null]) => V::Null,
        ("ABS", [V::Number(value)]) => V::Number(value.abs()),
        ("MIN", [V::Number(one), V::Number(two)]) => V::Number(one.min(*two)),
        ("MAX", [V::Number(one), V::Number(two)]) => V::Number(one.max(*two)),
        _ => return Err("types"),
    })
}

fn date(day: i64) -> String {
    format!("2026-01-{day:02}")
}

/// A value as a caller gives it; a blank text in both spellings.
fn told(value: &V, chance: &mut Chance, of_type: Type) -> Value {
    match value {
        V::Null if of_type == Type::Text && chance.one_in(2) => "".into(),
        V::Null => Value::Null,
        V::Flag(flag) => (*flag).into(),
        V::Number(number) => Value::from_json(&serde_json::json!(number)).unwrap(),
        V::Text(words) => words.as_str().into(),
        V::Date(day) => date(*day).as_str().into(),
    }
}

/// What a caller knows of a world, and worlds that agree with it.
struct Knowledge {
    env: Env,
    worlds: Vec<World>,
}

impl Knowledge {
    fn new(chance: &mut Chance) -> Self {
        let operation = chance.of(&[Operation::Create, Operation::Update, Operation::Unknown]);
        let model = chance.fields();
        let mut env = Env::new().on(operation);
        let mut known = Vec::new();
        let mut unwritten = Vec::new();
        for (name, of_type) in FIELDS {
            if chance.one_in(2) {
                env.set(&name.to_lowercase(), told(&model[name], chance, of_type));
                known.push(name);
            }
            if chance.one_in(3) {
                env.assume_unwritten(name);
                unwritten.push(name);
            }
        }
        let worlds = (0..24).map(|_| {
            let mut now = chance.fields();
            for name in &known {
                now.insert(name, model[name].clone());
            }
            let mut before = chance.fields();
            for name in unwritten.iter().filter(|_| operation == Operation::Update) {
                before.insert(name, now[name].clone());
            }
            let create = match operation {
                Operation::Create => true,
                Operation::Update => false,
                Operation::Unknown => chance.one_in(2),
            };
            World {
                now,
                before,
                create,
                today: 2,
            }
        });
        Self {
            worlds: worlds.collect(),
            env,
        }
    }
}

/// Blanks that `=` takes for equal whatever their type: the literal NULL is set against a field only to ask whether it
/// is blank, which the verdicts answer so, whatever the engine makes of it.
fn compares_with_null(expr: &Expr) -> bool {
    match expr {
        Expr::Binary("=" | "==" | "<>" | "!=", one, two)
            if one.kind().is_none() || two.kind().is_none() =>
        {
            true
        }
        Expr::Binary(_, one, two) => compares_with_null(one) || compares_with_null(two),
        Expr::Not(_, part) => compares_with_null(part),
        Expr::Call(_, parts) => parts.iter().any(compares_with_null),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_proof_holds_on_the_platform(seed in 1_u64.., depth in 1_usize..5) {
        let mut chance = Chance(seed);
        let formula = chance.expr(Type::Flag, depth);
        prop_assume!(!compares_with_null(&formula));
        let text = formula.write();
        let ast = parse(&text).unwrap();
        let knowledge = Knowledge::new(&mut chance);
        let verdict = evaluate(&ast, &knowledge.env).verdict;
        for world in &knowledge.worlds {
            let fires = match formula.value(world) {
                Ok(value) => value == V::Flag(true),
                Err(_) => continue,
            };
            let wrong = if fires { Verdict::NeverFires } else { Verdict::AlwaysFires };
            prop_assert!(
                verdict != wrong,
                "{} is said to be '{}' with {:?}, but in {:?} it {}",
                text, verdict.as_str(), knowledge.env, world, if fires { "fires" } else { "does not fire" }
            );
        }
    }

    /// Whoever meets all demands of a way is not refused.
    #[test]
    fn a_demand_that_is_met_satisfies_the_rule(seed in 1_u64.., depth in 1_usize..4) {
        let mut chance = Chance(seed);
        let formula = chance.expr(Type::Flag, depth);
        prop_assume!(!compares_with_null(&formula));
        let text = formula.write();
        let knowledge = Knowledge::new(&mut chance);
        let found = ways_to_make_false(&parse(&text).unwrap(), &knowledge.env);
        for way in &found.ways {
            'worlds: for world in &knowledge.worlds {
                for demand in way {
                    let name = FIELDS.iter().find(|(name, _)| *name == demand.field).unwrap().0;
                    let now = &world.now[name];
                    let met = match &demand.need {
                        Need::Filled => *now != V::Null,
                        Need::Blank => *now == V::Null,
                        Need::Is(value) => *now == V::Text(value.clone())
                            || *now == V::Flag(value == "TRUE") && (value == "TRUE" || value == "FALSE"),
                        Need::IsNot(value) => *now != V::Text(value.clone()),
                        Need::Changed => !world.create && *now != world.before[name],
                        Need::Unchanged => world.create || *now == world.before[name],
                        Need::Suits(..) => false,
                    };
                    if !met {
                        continue 'worlds;
                    }
                }
                prop_assert!(
                    formula.value(world) != Ok(V::Flag(true)),
                    "{} fires in {:?}, which meets {:?}", text, world, way
                );
            }
        }
    }
}
