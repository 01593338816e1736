//! How much a rule weighs: whether it fires always, for whom, and for lack of which fields.

use super::validation_rule_blocks::{AUDIT, fields, text, tree};
use super::{
    SYSTEM, WHO, as_snapshot_but, audit, audit_snapshot, evidence, sound_but, sync_grants,
};
use crate::tree::Tree;

/// Severity, confidence and title of the only finding.
fn weight(tree: &Tree) -> (String, String, String) {
    let audited = audit(tree, &WHO);
    let finding = audited.finding(AUDIT);
    let of = |key: &str| text(finding, key).to_owned();
    (of("severity"), of("confidence"), of("title"))
}

#[track_caller]
fn weighs(formula: &str, severity: &str, title: &str) {
    let (found, _, said) = weight(&tree().rule("Account", "R", formula));
    assert_eq!(
        (found.as_str(), said.as_str()),
        (severity, title),
        "{formula}"
    );
}

#[test]
fn what_refuses_every_save_is_as_bad_as_no_access_at_all() {
    let whole = "Rule R refuses every Account that HubSpot creates or updates";
    weighs("TRUE", "critical", whole);
    weighs("$Profile.Name = \"HubSpot\"", "critical", whole);
    let new = "Rule R refuses every Account that HubSpot creates";
    weighs("AND(ISNEW(), $Profile.Name = \"HubSpot\")", "high", new);
    weighs("OR(ISNEW(), ISCHANGED(Segment__c))", "high", new);
    weighs(
        "NOT(ISNEW())",
        "high",
        "Rule R refuses every Account that HubSpot updates",
    );
    let settings = "[sync]\nactivities = false\nnever-creates = [\"Account\"]\n";
    let only_updates = tree()
        .rule("Account", "R", "NOT(ISNEW())")
        .file("permgap.toml", settings);
    assert_eq!(weight(&only_updates).0, "critical");
    assert_eq!(audit(&only_updates, &WHO).run.status, 1);
}

#[test]
fn both_operations_are_told_where_a_rule_always_fires_on_one() {
    let rule = "OR(ISNEW(), ISCHANGED(Segment__c))";
    let audited = audit(&tree().rule("Account", "R", rule), &WHO);
    let finding = audited.finding(AUDIT);
    let detail = text(finding, "detail");
    assert!(
        detail.starts_with("It fires on every Account that HubSpot creates: "),
        "{detail}"
    );
    assert!(detail.contains("It can fire when HubSpot updates them too."));
    assert_eq!(finding["operation"], "create");
}

#[test]
fn the_lack_of_a_permission_is_as_sure_as_the_profile_is_whole() {
    let rule = || tree().rule("Account", "R", "NOT($Permission.Skip_All)");
    let audited = audit(&rule(), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["confidence"], "likely");
    let said = evidence(finding);
    for part in [
        "permission set Sync does not grant the custom permission Skip_All",
        "coverage: profile HubSpot has no entry for it; a retrieved profile may hold less",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let whole = as_snapshot_but(rule(), |_| {});
    let audited = audit_snapshot(&whole, "org.json", &WHO);
    assert_eq!(audited.finding(AUDIT)["confidence"], "certain");
    // A permission that decides nothing lowers nothing.
    let (_, confidence, _) =
        weight(&tree().rule("Account", "R", "OR(TRUE, NOT($Permission.Skip_All))"));
    assert_eq!(confidence, "certain");
    // Nor does one that the user holds.
    let held = "<customPermissions><enabled>true</enabled><name>Watched</name></customPermissions>";
    let holder = fields(sound_but(&SYSTEM, &(sync_grants() + held)));
    let (severity, confidence, _) = weight(&holder.rule("Account", "R", "$Permission.Watched"));
    assert_eq!(
        (severity.as_str(), confidence.as_str()),
        ("critical", "certain")
    );
}

#[test]
fn fields_in_one_expression_are_demanded_together() {
    let tree = |rule: &str| {
        tree()
            .field("Account", "Veiled__c", "Text", "<length>20</length>")
            .rule("Account", "R", rule)
    };
    let of = |rule: &str| {
        let (severity, _, title) = weight(&tree(rule));
        (severity, title)
    };
    let high = |field: &str| {
        let title = format!("Rule R on Account demands {field}, which the user cannot edit");
        ("high".to_owned(), title)
    };
    let count =
        |test: &str| format!("IF(ISBLANK(Shut__c), 0, 1) + IF(ISBLANK(Veiled__c), 0, 1) {test}");
    assert_eq!(of("ISBLANK(Shut__c &amp; Veiled__c)"), high("Shut__c"));
    assert_eq!(of(&count("&lt; 1")), high("Shut__c"));
    assert_eq!(of(&count("&lt;&gt; 2")), high("Shut__c"));
    // On a condition too, so that not every new record is met.
    let fleet = "AND(Segment__c = \"Fleet\", ISBLANK(Shut__c &amp; Veiled__c))";
    assert_eq!(of(fleet), high("Shut__c"));
    // One that the user may edit will do.
    let (severity, title) = of("ISBLANK(Shut__c &amp; Open__c)");
    assert_eq!(severity, "medium");
    assert_eq!(
        title,
        "Rule R on Account demands Open__c, which no mapping fills"
    );
    // One that is synced is for the data to fill.
    assert_eq!(of("ISBLANK(Shut__c &amp; Segment__c)").0, "low");
    // Both blank is no fault here.
    assert_eq!(of("ISBLANK(Shut__c) &lt;&gt; ISBLANK(Open__c)").0, "low");
}

#[test]
fn what_fires_on_each_new_record_for_lack_of_a_field_is_never_low() {
    let of = |rule: &str| weight(&tree().rule("Account", "R", rule));
    let (severity, _, title) = of("PRIORVALUE(Shut__c) &lt;&gt; \"x\"");
    assert_eq!(severity, "high");
    assert_eq!(
        title,
        "Rule R on Account demands Shut__c, which the user cannot edit"
    );
    let (severity, _, title) = of("PRIORVALUE(Open__c) &lt;&gt; \"x\"");
    assert_eq!(severity, "medium");
    assert_eq!(
        title,
        "Rule R on Account demands Open__c, which no mapping fills"
    );
    assert_eq!(of("PRIORVALUE(Segment__c) &lt;&gt; \"x\"").0, "low");
}
