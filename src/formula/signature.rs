//! How many arguments each function of the language takes.
//!
//! In: a function's name. Out: the least and the most arguments, or nothing for a name that is not known here.

/// Name, least and most arguments (Salesforce Help, "All Formula Operators and Functions"). Where editions of that page
/// differ, the wider range stands.
#[rustfmt::skip]
const SIGNATURES: &[(&str, usize, usize)] = &[
    ("ABS", 1, 1), ("ADDMONTHS", 2, 2), ("AND", 1, MANY), ("ASCII", 1, 1), ("BEGINS", 2, 2), ("BLANKVALUE", 2, 2),
    ("BR", 0, 0), ("CASE", 4, MANY), ("CASESAFEID", 1, 1), ("CEILING", 1, 1), ("CHR", 1, 1), ("CONTAINS", 2, 2),
    ("CURRENCYRATE", 1, 1), ("DATE", 3, 3), ("DATETIMEVALUE", 1, 1), ("DATEVALUE", 1, 1), ("DAY", 1, 1),
    ("DAYOFYEAR", 1, 1), ("DISTANCE", 3, 3), ("EXP", 1, 1), ("FIND", 2, 3), ("FLOOR", 1, 1), ("FORMATDURATION", 1, 3),
    ("FROMUNIXTIME", 1, 1), ("GEOLOCATION", 2, 2), ("GETSESSIONID", 0, 0), ("HOUR", 1, 1), ("HYPERLINK", 2, 3),
    ("IF", 3, 3), ("IMAGE", 2, 4), ("INCLUDES", 2, 2), ("INITCAP", 1, 2), ("ISBLANK", 1, 1), ("ISCHANGED", 1, 1),
    ("ISCLONE", 0, 0), ("ISNEW", 0, 0), ("ISNULL", 1, 1), ("ISNUMBER", 1, 1), ("ISOWEEK", 1, 1), ("ISOYEAR", 1, 1),
    ("ISPICKVAL", 2, 2), ("LEFT", 2, 2), ("LEN", 1, 1), ("LN", 1, 1), ("LOG", 1, 1), ("LOWER", 1, 2), ("LPAD", 2, 3),
    ("MAX", 1, MANY), ("MCEILING", 1, 1), ("MFLOOR", 1, 1), ("MID", 3, 3), ("MILLISECOND", 1, 1), ("MIN", 1, MANY),
    ("MINUTE", 1, 1), ("MOD", 2, 2), ("MONTH", 1, 1), ("NOW", 0, 0), ("NULLVALUE", 2, 2), ("OR", 1, MANY), ("PI", 0, 0),
    ("PICKLISTCOUNT", 1, 1), ("PRIORVALUE", 1, 1), ("REGEX", 2, 2), ("REVERSE", 1, 1), ("RIGHT", 2, 2), ("ROUND", 1, 2),
    ("RPAD", 2, 3), ("SECOND", 1, 1), ("SQRT", 1, 1), ("SUBSTITUTE", 3, 3), ("TEXT", 1, 2), ("TIMENOW", 0, 0),
    ("TIMEVALUE", 1, 1), ("TODAY", 0, 0), ("TRIM", 1, 1), ("TRUNC", 1, 2), ("UNIXTIMESTAMP", 1, 1), ("UPPER", 1, 2),
    ("VALUE", 1, 1), ("VLOOKUP", 3, 3), ("WEEKDAY", 1, 1), ("YEAR", 1, 1),
];

const MANY: usize = usize::MAX;

/// Least and most arguments of the function, whatever the case of its name.
pub(super) fn arguments_of(name: &str) -> Option<(usize, usize)> {
    let found = SIGNATURES.binary_search_by(|(known, ..)| {
        let known = known.bytes();
        known.cmp(name.bytes().map(|byte| byte.to_ascii_uppercase()))
    });
    let (_, least, most) = SIGNATURES.get(found.ok()?)?;
    Some((*least, *most))
}

/// `1 argument`, `2 or 3 arguments`, `at least 4 arguments`.
pub(super) fn in_words(least: usize, most: usize) -> String {
    let plural = if most == 1 { "" } else { "s" };
    match (least, most) {
        (0, 0) => "no argument".to_owned(),
        (least, MANY) => format!(
            "at least {least} argument{}",
            if least == 1 { "" } else { "s" }
        ),
        (least, most) if least == most => format!("{least} argument{plural}"),
        (least, most) if least + 1 == most => format!("{least} or {most} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_in_any_case() {
        assert!(SIGNATURES.is_sorted_by(|one, two| one.0 < two.0));
        for (name, least, most) in SIGNATURES {
            assert_eq!(
                arguments_of(&name.to_ascii_lowercase()),
                Some((*least, *most))
            );
        }
        assert_eq!(arguments_of("FOOBAR"), None);
        assert_eq!(arguments_of(""), None);
    }

    #[test]
    fn counts_are_put_into_words() {
        assert_eq!(in_words(0, 0), "no argument");
        assert_eq!(in_words(1, 1), "1 argument");
        assert_eq!(in_words(2, 3), "2 or 3 arguments");
        assert_eq!(in_words(2, 4), "2 to 4 arguments");
        assert_eq!(in_words(1, MANY), "at least 1 argument");
    }
}
