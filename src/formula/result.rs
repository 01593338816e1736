//! Which type of value a formula gives, as far as its text and the types of its fields tell.
//!
//! In: an [`Ast`] and what is known of the types of references. Out: a [`ResultType`], or nothing where it may be any. Claims
//! nothing of a formula whose parts contradict each other.

use super::ast::{Ast, BinaryOp, Children, Node, NodeId, UnaryOp};

/// A type of the formula language (Salesforce Help, "Formula Data Types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// True or false, and the only type that a rule may have.
    Boolean,
    /// A number, currency or percentage.
    Number,
    /// A text.
    Text,
    /// A day.
    Date,
    /// A day and a time.
    DateTime,
    /// A time of the day.
    Time,
    /// One of those, and not [`Boolean`](Self::Boolean).
    NotBoolean,
}

impl ResultType {
    /// The words for a message: `a number`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Time => "a time",
            Self::NotBoolean => "another value",
        }
    }
}

/// The type of each node, by its index. `of_name` gives the type of a field or global; what is the same in every org is
/// known without it.
pub(super) fn types(
    ast: &Ast,
    of_name: &dyn Fn(&str) -> Option<ResultType>,
) -> Vec<Option<ResultType>> {
    let mut types: Vec<Option<ResultType>> = Vec::with_capacity(ast.len());
    for (_, node, span) in ast.nodes() {
        let of = |id: NodeId| types.get(id.index()).copied().flatten();
        let known = match node {
            Node::Text => Some(ResultType::Text),
            Node::Number => Some(ResultType::Number),
            Node::Bool(_) | Node::Unary(UnaryOp::Not, _) => Some(ResultType::Boolean),
            Node::Unary(..) => Some(ResultType::Number),
            Node::Null | Node::Map(_) | Node::Key => None,
            Node::Reference => {
                let name = ast.source(span);
                in_every_org(name).or_else(|| of_name(name))
            }
            Node::Binary(operator, left, right) => Some(binary(operator, of(left), of(right))),
            Node::Call {
                name, arguments, ..
            } => call(ast, ast.source(name), arguments, &of),
        };
        types.push(known);
    }
    types
}

fn binary(operator: BinaryOp, left: Option<ResultType>, right: Option<ResultType>) -> ResultType {
    use ResultType::{Date, DateTime, NotBoolean, Number, Text, Time};
    match operator {
        BinaryOp::Concat => Text,
        BinaryOp::Power | BinaryOp::Multiply | BinaryOp::Divide => Number,
        BinaryOp::Add | BinaryOp::Subtract => match (left, right) {
            (Some(Number), Some(Number)) => Number,
            (Some(Text), _) | (_, Some(Text)) => Text,
            (Some(of @ (Date | DateTime | Time)), Some(Number)) => of,
            _ => NotBoolean,
        },
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual => ResultType::Boolean,
    }
}

/// What the function gives (Salesforce Help, "Formula Operators and Functions by Context").
fn call(
    ast: &Ast,
    name: &str,
    arguments: Children,
    of: &dyn Fn(NodeId) -> Option<ResultType>,
) -> Option<ResultType> {
    let arguments = ast.children(arguments);
    let at = |index: usize| arguments.get(index).and_then(|id| of(*id));
    let name = name.to_ascii_uppercase();
    match name.as_str() {
        "AND" | "OR" | "NOT" | "ISBLANK" | "ISNULL" | "ISPICKVAL" | "INCLUDES" | "CONTAINS"
        | "BEGINS" | "REGEX" | "ISNEW" | "ISCHANGED" | "ISCLONE" | "ISNUMBER" => {
            Some(ResultType::Boolean)
        }
        "IF" => agreed(at(1), at(2)),
        // Neither a value nor a result of it may be true or false.
        "CASE" => {
            // The value, pairs of a value and a result, and the result of none of them.
            let last = arguments.len().checked_sub(1)?;
            let results = (2..last).step_by(2);
            results
                .chain([last])
                .map(at)
                .fold(None, agreed)
                .filter(|of| *of != ResultType::Boolean)
        }
        "BLANKVALUE" | "NULLVALUE" => agreed(at(0), at(1)),
        "PRIORVALUE" => at(0),
        "TEXT" | "LEFT" | "RIGHT" | "MID" | "TRIM" | "UPPER" | "LOWER" | "SUBSTITUTE" | "LPAD"
        | "RPAD" | "REVERSE" | "INITCAP" | "HYPERLINK" | "IMAGE" | "BR" | "CASESAFEID"
        | "GETSESSIONID" | "URLFOR" | "CHR" => Some(ResultType::Text),
        "VALUE" | "LEN" | "FIND" | "ABS" | "CEILING" | "FLOOR" | "MCEILING" | "MFLOOR"
        | "ROUND" | "TRUNC" | "SQRT" | "EXP" | "LN" | "LOG" | "MOD" | "PI" | "YEAR" | "MONTH"
        | "DAY" | "WEEKDAY" | "HOUR" | "MINUTE" | "SECOND" | "MILLISECOND" | "DAYOFYEAR"
        | "ISOWEEK" | "ISOYEAR" | "UNIXTIMESTAMP" | "DISTANCE" | "ASCII" | "PICKLISTCOUNT"
        | "CURRENCYRATE" => Some(ResultType::Number),
        // The public engine takes numbers only; whether newer releases take dates as well is not known.
        "MAX" | "MIN" => arguments
            .iter()
            .all(|id| of(*id) == Some(ResultType::Number))
            .then_some(ResultType::Number)
            .or(Some(ResultType::NotBoolean)),
        "TODAY" | "DATE" | "DATEVALUE" => Some(ResultType::Date),
        "ADDMONTHS" => at(0).or(Some(ResultType::NotBoolean)),
        "NOW" | "DATETIMEVALUE" | "FROMUNIXTIME" => Some(ResultType::DateTime),
        "TIMENOW" | "TIMEVALUE" => Some(ResultType::Time),
        _ => None,
    }
}

/// The type of two values of which either may be the result. They must be of one type, so that one tells that of the other.
fn agreed(one: Option<ResultType>, two: Option<ResultType>) -> Option<ResultType> {
    use ResultType::{Boolean, NotBoolean};
    match (one, two) {
        (None, known) | (known, None) => known,
        (Some(one), Some(two)) if one == two => Some(one),
        (Some(Boolean), Some(_)) | (Some(_), Some(Boolean)) => None,
        (Some(_), Some(_)) => Some(NotBoolean),
    }
}

/// Names that mean the same in every org (Object Reference, "System Fields"; Salesforce Help, "Global Variables").
fn in_every_org(name: &str) -> Option<ResultType> {
    let is = |names: &[&str], name: &str| names.iter().any(|one| name.eq_ignore_ascii_case(one));
    let (first, last) = match (name.split_once('.'), name.rsplit_once('.')) {
        (Some((first, _)), Some((_, last))) => (first, last),
        _ => (name, name),
    };
    if is(&["$Permission"], first) {
        return Some(ResultType::Boolean);
    }
    if is(&["$Label", "$Api"], first) {
        return Some(ResultType::Text);
    }
    if is(&["$System"], first) {
        return Some(ResultType::DateTime);
    }
    if is(&["$ObjectType", "$CustomMetadata", "$Setup"], first) {
        return None;
    }
    let texts = [
        "Id",
        "Name",
        "OwnerId",
        "CreatedById",
        "LastModifiedById",
        "RecordTypeId",
    ];
    if is(&texts, last) {
        return Some(ResultType::Text);
    }
    is(&["CreatedDate", "LastModifiedDate", "SystemModstamp"], last).then_some(ResultType::DateTime)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[track_caller]
    fn gives(formula: &str, wanted: Option<ResultType>) {
        let of = |name: &str| (name == "Flag__c").then_some(ResultType::Boolean);
        let types = types(&parse(formula).unwrap(), &of);
        assert_eq!(types.last().copied().flatten(), wanted, "{formula}");
    }

    #[test]
    fn rules_are_told_from_other_formulas() {
        for rule in [
            "Flag__c",
            "NOT Flag__c",
            "ISBLANK(Name)",
            "1 < 2",
            "IF(Any__c, Flag__c, NULL)",
            "BLANKVALUE(Flag__c, FALSE)",
            "PRIORVALUE(Flag__c)",
            "$Permission.Bypass",
        ] {
            gives(rule, Some(ResultType::Boolean));
        }
        for (other, of) in [
            ("1+1", ResultType::Number),
            ("Name", ResultType::Text),
            ("Account.Owner.Id", ResultType::Text),
            ("today()", ResultType::Date),
            ("TODAY() + 1", ResultType::Date),
            ("Any__c - Other__c", ResultType::NotBoolean),
            ("-Any__c", ResultType::Number),
            ("IF(Flag__c, 1, Any__c)", ResultType::Number),
            ("CASE(Any__c, 'a', 1, 0)", ResultType::Number),
            ("'a' & 'b'", ResultType::Text),
        ] {
            gives(other, Some(of));
        }
    }

    #[test]
    fn nothing_is_claimed_of_what_may_be_any() {
        for open in [
            "Any__c",
            "NULL",
            "$User.Any__c",
            "$Setup.S__c.Any__c",
            "$CustomMetadata.T__mdt.R.Name",
            "IF(Flag__c, TRUE, 1)",
            "CASE(Any__c, 'a', TRUE, FALSE)",
            "VLOOKUP($ObjectType.A__c.Fields.B__c, $ObjectType.A__c.Fields.Name, 'x')",
            "UNHEARD_OF(1)",
            "IF()",
            "CASE()",
        ] {
            gives(open, None);
        }
    }
}
