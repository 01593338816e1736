//! What closes a rule's finding, and where it is shown.

use super::validation_rule_blocks::{AUDIT, text, tree};
use super::{WHO, audit};
use crate::runner::permgap;

#[test]
fn a_checkbox_that_the_rule_goes_by_is_set_and_not_put_around_it_again() {
    for (rule, summary) in [
        (
            "AND(NOT($User.No_Rules__c), ISBLANK(Shut__c))",
            "Have No_Rules__c checked on the integration user, by which the rule spares users",
        ),
        (
            "$User.No_Rules__c = FALSE &amp;&amp; ISBLANK(Shut__c)",
            "Have No_Rules__c checked on the integration user, by which the rule spares users",
        ),
        (
            "AND(NOT($Setup.Rules__c.Off__c), ISBLANK(Shut__c))",
            "Give the integration user a row of Rules__c with Off__c checked, by which the rule spares users",
        ),
        (
            "AND($Setup.Rules__c.On__c, ISBLANK(Shut__c))",
            "Give the integration user a row of Rules__c with On__c not checked, by which the rule spares users",
        ),
    ] {
        let audited = audit(&tree().rule("Account", "Code", rule), &WHO);
        let fix = &audited.finding(AUDIT)["fix"];
        assert_eq!(text(fix, "summary"), summary);
        assert!(fix["change"].is_null(), "{fix}");
        assert!(fix.to_string().contains("Or keep the rule for HubSpot"));
    }
    // A standard checkbox of the user is not for this.
    let rule = "AND($User.IsActive, ISBLANK(Shut__c))";
    let audited = audit(&tree().rule("Account", "Code", rule), &WHO);
    let change = &audited.finding(AUDIT)["fix"]["change"];
    assert_eq!(change["kind"], "change-validation-rule");
}

#[test]
fn a_rule_of_a_package_is_its_vendors() {
    let tree = tree().rule("Account", "acme__Code", "ISBLANK(Shut__c)");
    let audited = audit(&tree, &WHO);
    let fix = &audited.finding(AUDIT)["fix"];
    assert_eq!(
        text(fix, "summary"),
        "Ask the vendor of package acme how rule acme__Code of Account spares an integration user"
    );
    assert!(fix["change"].is_null(), "{fix}");
    assert!(fix.to_string().contains("deactivate acme__Code"));
    let args = [
        "fix",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
        "-o",
        "out",
    ];
    permgap(tree.path(), &[&args[..], &WHO].concat());
    assert!(tree.path().join("out").exists());
    assert!(!tree.path().join("out/suggestions/objects").exists());
    // What the rule itself asks for can be given all the same.
    let rule = "AND(NOT($Permission.acme__Skip), ISBLANK(Shut__c))";
    let audited = audit(
        &super::validation_rule_blocks::tree().rule("Account", "acme__Code", rule),
        &WHO,
    );
    let change = &audited.finding(AUDIT)["fix"]["change"];
    assert_eq!(change["kind"], "grant-custom-permission");
}

#[test]
fn a_rule_is_shown_at_its_formula() {
    // An entry of the permission set is evidence too, and not where the rule is.
    let tree = tree()
        .permission_set(
            "Sync",
            &(super::sync_grants() + &crate::tree::field_permissions("Account.Shut__c", "r")),
        )
        .rule("Account", "Code", "ISBLANK(\nShut__c)");
    let audited = audit(&tree, &WHO);
    let location = &audited.finding(AUDIT)["location"];
    let file =
        "force-app/main/default/objects/Account/validationRules/Code.validationRule-meta.xml";
    assert_eq!(location["file"], file);
    let line = location["line"].as_u64().unwrap();
    let content = std::fs::read_to_string(tree.path().join(file)).unwrap();
    let shown = content
        .lines()
        .nth(usize::try_from(line).unwrap() - 1)
        .unwrap();
    assert!(shown.starts_with("<errorConditionFormula>"), "{shown}");
    let args = [
        "audit",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
        "--format",
        "sarif",
    ];
    let sarif = permgap(tree.path(), &[&args[..], &WHO].concat()).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of_rule = results
        .iter()
        .find(|result| result["ruleId"] == AUDIT)
        .unwrap();
    let place = &of_rule["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], file);
    assert_eq!(place["region"]["startLine"], line);
}
