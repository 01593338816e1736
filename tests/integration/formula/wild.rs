//! Constructs as admins write them, spread over orgs, years and tools: each with the names that it refers to.

use permgap::formula::{
    BypassClause, Env, Value, Verdict, evaluate, parse, print, references, wrap,
};

/// A formula, its fields, its globals, its functions.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: [Case; 34] = [
    // Layout: blanks before parentheses and commas, parentheses around everything, tabs, Windows line ends.
    (
        "AND (  ($Profile.Name <> 'Loader: Night'),  (LEN ( Code__c ) > 0) , (A__c) )",
        &["A__c", "Code__c"],
        &["$Profile.Name"],
        &["AND", "LEN"],
    ),
    (
        "OR\t(\r\n\tISNEW ( )\r\n,\tISCHANGED( Tier__c )\r\n)",
        &["Tier__c"],
        &[],
        &["ISCHANGED", "ISNEW", "OR"],
    ),
    ("((((Won__c))))", &["Won__c"], &[], &[]),
    ("  \n ISBLANK(Fax)\n\n", &["Fax"], &[], &["ISBLANK"]),
    // Letters of any case, also in words.
    (
        "if ( RecordType.Name = 'Dealer', True, FALSE )",
        &["RecordType.Name"],
        &[],
        &["IF"],
    ),
    (
        "and(Not(isnull(Rate__c)), Or(TRUE, rate__C > 1))",
        &["Rate__c"],
        &[],
        &["AND", "ISNULL", "OR"],
    ),
    ("nOt Done__c && !Open__c", &["Done__c", "Open__c"], &[], &[]),
    // Comments before, between and behind, with code and quotes in them.
    (
        "/* ISBLANK(Old__c) || */ ISBLANK(New__c) /* it's \"so\" **/",
        &["New__c"],
        &[],
        &["ISBLANK"],
    ),
    (
        "A__c /**/ && /* && B__c \n */ C__c",
        &["A__c", "C__c"],
        &[],
        &[],
    ),
    (
        "Url__c = 'https://x.example/*.html' && B__c",
        &["B__c", "Url__c"],
        &[],
        &[],
    ),
    // Both spellings of the operators, and chains of them.
    (
        "A__c == 'x' || B__c != 2 && C__c <> 'y'",
        &["A__c", "B__c", "C__c"],
        &[],
        &[],
    ),
    ("Total__c - -1 > +2 * 3 ^ 2 / 4", &["Total__c"], &[], &[]),
    (
        "'A' & B__c & \"'\" & 'it\\'s' + \"\\\"\" <> ''",
        &["B__c"],
        &[],
        &[],
    ),
    ("Stage__c = 'a' = TRUE", &["Stage__c"], &[], &[]),
    // Relationships, compound names, namespaces.
    (
        "Owner:User.UserRole.Name <> Owner:Queue.DeveloperName",
        &["Owner:Queue.DeveloperName", "Owner:User.UserRole.Name"],
        &[],
        &[],
    ),
    (
        "acme__Site__r.acme__Region__r.Parent__r.Code__c = Account.Parent.Owner.Manager.Email",
        &[
            "Account.Parent.Owner.Manager.Email",
            "acme__Site__r.acme__Region__r.Parent__r.Code__c",
        ],
        &[],
        &[],
    ),
    (
        "ISBLANK(Place__Latitude__s) || ISBLANK(Owner__pc)",
        &["Owner__pc", "Place__Latitude__s"],
        &[],
        &["ISBLANK"],
    ),
    (
        "RecordType.DeveloperName <> $RecordType.DeveloperName",
        &["RecordType.DeveloperName"],
        &["$RecordType.DeveloperName"],
        &[],
    ),
    // Globals of every kind.
    (
        "$User.ProfileId != $Label.Loader_Profile",
        &[],
        &["$Label.Loader_Profile", "$User.ProfileId"],
        &[],
    ),
    (
        "NOT($Setup.acme__Off__c.acme__Rules__c) && $Permission.acme__Skip = false",
        &[],
        &[
            "$Permission.acme__Skip",
            "$Setup.acme__Off__c.acme__Rules__c",
        ],
        &[],
    ),
    (
        "CONTAINS($CustomMetadata.Limit__mdt.Loaders.Names__c, $UserRole.DeveloperName)",
        &[],
        &[
            "$CustomMetadata.Limit__mdt.Loaders.Names__c",
            "$UserRole.DeveloperName",
        ],
        &["CONTAINS"],
    ),
    (
        "VLOOKUP($ObjectType.Town__c.Fields.State__c, $ObjectType.Town__c.Fields.Name, LEFT(Zip__c,5)) <> State__c",
        &["State__c", "Zip__c"],
        &[
            "$ObjectType.Town__c.Fields.Name",
            "$ObjectType.Town__c.Fields.State__c",
        ],
        &["LEFT", "VLOOKUP"],
    ),
    (
        "$Organization.Id = LEFT($Api.Session_ID, 15) || $System.OriginDateTime > NOW()",
        &[],
        &[
            "$Api.Session_ID",
            "$Organization.Id",
            "$System.OriginDateTime",
        ],
        &["LEFT", "NOW"],
    ),
    // Functions of dates, places, texts and links.
    (
        "MOD( DATEVALUE(CreatedDate) - DATE(1900, 1, 7), 7) >= 5",
        &["CreatedDate"],
        &[],
        &["DATE", "DATEVALUE", "MOD"],
    ),
    (
        "VALUE(MID(TEXT(NOW()), 12, 2)) < 8 || TIMEVALUE(Start__c) > TIMENOW()",
        &["Start__c"],
        &[],
        &["MID", "NOW", "TEXT", "TIMENOW", "TIMEVALUE", "VALUE"],
    ),
    (
        "CASE(WEEKDAY(Due__c), 1, 0, 7, 0, 1) = 0 && ADDMONTHS(Due__c, -3) < TODAY()",
        &["Due__c"],
        &[],
        &["ADDMONTHS", "CASE", "TODAY", "WEEKDAY"],
    ),
    (
        "DISTANCE(Place__c, GEOLOCATION(48.2, 16.37), 'km') > 50.0",
        &["Place__c"],
        &[],
        &["DISTANCE", "GEOLOCATION"],
    ),
    (
        "NOT(REGEX(Tax__c, \"^[A-Z]{2}\\\\d{8}(-\\\\d{2})?$\"))",
        &["Tax__c"],
        &[],
        &["REGEX"],
    ),
    (
        "HYPERLINK('/' & Id, IMAGE(\"/img/\" & TEXT(Light__c) & '.png', 'light', 12, 12), '_self') = BR()",
        &["Id", "Light__c"],
        &[],
        &["BR", "HYPERLINK", "IMAGE", "TEXT"],
    ),
    (
        "CASESAFEID(Id) = GETSESSIONID() & TEXT(ISOWEEK(Due__c))",
        &["Due__c", "Id"],
        &[],
        &["CASESAFEID", "GETSESSIONID", "ISOWEEK", "TEXT"],
    ),
    // Old values and picklists.
    (
        "NOT(ISPICKVAL(PRIORVALUE(Status), 'Gesperrt – prüfen'))",
        &["Status"],
        &[],
        &["ISPICKVAL", "PRIORVALUE"],
    ),
    (
        "INCLUDES(Days__c, 'Mo') && PICKLISTCOUNT(Days__c) > 2 && NOT INCLUDES(PRIORVALUE(Days__c), 'Mo')",
        &["Days__c"],
        &[],
        &["INCLUDES", "PICKLISTCOUNT", "PRIORVALUE"],
    ),
    (
        "CASE(StageName, 'A', 1, 'B', 2, NULL) < CASE(PRIORVALUE(StageName), 'A', 1, 'B', 2, null)",
        &["StageName"],
        &[],
        &["CASE", "PRIORVALUE"],
    ),
    // A constant, and a name that only begins like a word.
    (
        "TRUE && Nothing__c && Trueish__c && Null_Rate__c = NULL",
        &["Nothing__c", "Null_Rate__c", "Trueish__c"],
        &[],
        &[],
    ),
];

#[test]
fn every_construct_parses_with_its_names() {
    for (text, fields, globals, functions) in CASES {
        let ast = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found = references(&ast);
        assert_eq!(found.fields, fields, "{text}");
        assert_eq!(found.globals, globals, "{text}");
        assert_eq!(found.functions, functions, "{text}");
        assert!(parse(&print(&ast)).unwrap().same_tree(&ast), "{text}");
        let verdict = evaluate(&ast, &Env::new()).verdict;
        assert_eq!(verdict, Verdict::CanFire, "{text}");
    }
}

#[test]
fn every_construct_can_be_wrapped_in_a_bypass() {
    let setting = BypassClause::Setting {
        setting: "Off__c".into(),
        field: "Rules__c".into(),
    };
    for (clause, global, value) in [
        (
            BypassClause::Permission("Skip".into()),
            "$Permission.Skip",
            Value::Bool(true),
        ),
        (
            BypassClause::Profile("Night's \"Sync\"".into()),
            "$Profile.Name",
            "Night's \"Sync\"".into(),
        ),
        (
            BypassClause::Username("a+b@c.example".into()),
            "$User.UserName",
            "a+b@c.example".into(),
        ),
        (
            BypassClause::UserFlag("Free__c".into()),
            "$User.Free__c",
            Value::Bool(true),
        ),
        (setting, "$Setup.Off__c.Rules__c", Value::Bool(true)),
    ] {
        for (text, ..) in CASES {
            let ast = parse(&wrap(text, &clause))
                .unwrap_or_else(|error| panic!("{clause} {text}: {error}"));
            let spared = Env::new().with(global, value.clone());
            assert_eq!(
                evaluate(&ast, &spared).verdict,
                Verdict::NeverFires,
                "{clause} {text}"
            );
        }
    }
}

/// Slips that Salesforce refuses as well.
#[test]
fn what_salesforce_refuses_is_refused() {
    for text in [
        "NOT(ISBLANK(A__c)) AND B__c > TODAY()",
        "A__c = 'x' OR B__c",
        "ISBLANK(A__c",
        "A__c = ‘x’",
        "A__c >= 10%",
        "{!A__c} = 1",
        "A__c = 'it's'",
        "Account . Name = 'x'",
        "// note\nA__c",
        "A__c\u{a0}&& B__c",
        "AND(A__c, )",
        "/* formula */",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

/// Where a blank, its type, or the way back to a truth makes the answer another one.
#[test]
fn blanks_of_an_unknown_type_prove_nothing() {
    let env = Env::new()
        .with("None__c", Value::Null)
        .with("Nil__c", Value::Null)
        .with("Due__c", "2026-03-01")
        .with("Void__c", "")
        .with("Tier__c", "Gold");
    for (text, verdict) in [
        // As dates both would be null, and so would be the comparison.
        ("None__c = Nil__c", Verdict::CanFire),
        ("IF(None__c = Nil__c, FALSE, TRUE)", Verdict::CanFire),
        ("None__c <> Due__c", Verdict::CanFire),
        (
            "IF(Due__c <> None__c, FALSE, ISBLANK(X__c))",
            Verdict::CanFire,
        ),
        ("CASE(None__c, Nil__c, 0, 1) = 1", Verdict::CanFire),
        ("PRIORVALUE(None__c) = None__c", Verdict::CanFire),
        ("IF(X__c, NULL, None__c) = Nil__c", Verdict::CanFire),
        // As texts they are known.
        ("None__c = Void__c", Verdict::AlwaysFires),
        ("None__c <> ''", Verdict::NeverFires),
        ("None__c = NULL", Verdict::AlwaysFires),
        ("None__c = Tier__c", Verdict::NeverFires),
        ("Void__c = Due__c", Verdict::NeverFires),
        ("TEXT(None__c) = TRIM(Nil__c)", Verdict::AlwaysFires),
        ("CASE(None__c, '', 0, 1) = 1", Verdict::NeverFires),
        ("Void__c & NULL & None__c = ''", Verdict::AlwaysFires),
        ("LEN(None__c) + LEN(Void__c) > 0", Verdict::NeverFires),
        ("ISBLANK(Void__c) && ISBLANK(None__c)", Verdict::AlwaysFires),
        ("ISPICKVAL(None__c, '')", Verdict::AlwaysFires),
        (
            "BLANKVALUE(Void__c, BLANKVALUE(None__c, 'x')) = 'x'",
            Verdict::AlwaysFires,
        ),
    ] {
        assert_eq!(
            evaluate(&parse(text).unwrap(), &env).verdict,
            verdict,
            "{text}"
        );
    }
}
