//! `apex-runs-as-user`: which fields, levels, classes and ways through the code count.

use serde_json::Value;

use super::{Audited, WHO, audit, sound};
use crate::runner::permgap;
use crate::tree::Tree;

const AUDIT: &str = "apex-runs-as-user";

/// The sound tree with a field that the user can neither read nor edit.
fn tree() -> Tree {
    sound()
        .field("Account", "Code__c", "Text", "<length>20</length>")
        .file("permgap.toml", "[sync]\nactivities = false\n")
}

fn trigger(version: &str, code: &str) -> Audited {
    audit(&tree().trigger("OnAccount", "Account", version, code), &WHO)
}

/// A trigger and further classes, by name and source.
fn with_classes(code: &str, classes: &[(&str, &str)]) -> Audited {
    let mut tree = tree().trigger("OnAccount", "Account", "60.0", code);
    for (name, source) in classes {
        tree = tree.class(name, "60.0", source);
    }
    audit(&tree, &WHO)
}

const NEEDS_EDIT: &str = "needs Edit on Account.Code__c, which the user lacks";

fn has(audited: &Audited, title: &str) {
    let found = audited.findings(AUDIT);
    let titles: Vec<&str> = found
        .iter()
        .filter_map(|one| one["title"].as_str())
        .collect();
    assert!(titles.iter().any(|one| one.contains(title)), "{titles:?}");
}

#[test]
fn fields_that_another_method_sets_count() {
    for code in [
        "Account one = new Account();\none.put('Code__c', 'x');\nupdate as user one;",
        "Account one = new Account();\none.put(Account.Code__c, 'x');\nupdate as user one;",
        "Account one = new Account();\nList<Account> all = new List<Account>();\nall.add(one);\none.Code__c = 'x';\nupdate as user all;",
        "Map<Id, Account> all = new Map<Id, Account>();\nall.get(null).Code__c = 'x';\nupdate as user all.values();",
    ] {
        has(&trigger("60.0", code), NEEDS_EDIT);
    }
    for source in [
        "public class Work {\n public static void run() { Account one = made(); update as user one; }\n static Account made() { Account fresh = new Account(); fresh.Code__c = 'x'; return fresh; }\n}",
        "public class Work {\n private static List<Account> all = new List<Account>();\n public static void run() { fill(); update as user all; }\n static void fill() { all.add(new Account(Code__c = 'x')); }\n}",
        "public class Work {\n public static void run() { Account one = new Account(); mark(one); update as user one; }\n static void mark(Account some) { some.Code__c = 'x'; }\n}",
    ] {
        has(
            &with_classes("Work.run();", &[("Work", source)]),
            NEEDS_EDIT,
        );
    }
}

#[test]
fn fields_that_the_source_does_not_tell_are_not_evaluated() {
    let marker =
        "public class Marker { public static void mark(Account one) { one.Code__c = 'x'; } }";
    let code =
        "Account one = new Account(Segment__c = 'x');\nMarker.mark(one);\nupdate as user one;";
    with_classes(code, &[("Marker", marker)])
        .is_not_evaluated(AUDIT, "which fields of Account line 4 of OnAccount writes");
    let saver = "public class Saver {\n public static void save(Account one) {\n  update as user one;\n }\n}";
    with_classes(
        "Account one = new Account(Code__c = 'x');\nSaver.save(one);",
        &[("Saver", saver)],
    )
    .is_not_evaluated(AUDIT, "which fields of Account line 3 of Saver writes");
    trigger(
        "60.0",
        "Object all = [SELECT FIELDS(CUSTOM) FROM Account WITH USER_MODE LIMIT 1];",
    )
    .is_not_evaluated(AUDIT, "which fields of Account line 2 of OnAccount reads");
}

#[test]
fn only_the_variable_that_is_saved_as_the_user_counts() {
    let code = "Account one = new Account(Code__c = 'x');\nupdate one;\nAccount other = new Account(Segment__c = 'y');\nupdate as user other;";
    trigger("60.0", code).is_clean(AUDIT);
    let blocks = "if (flag) { Account one = new Account(Code__c = 'x'); update one; }\nif (flag) { Account one = new Account(Segment__c = 'y'); update as user one; }";
    trigger("60.0", blocks).is_clean(AUDIT);
}

#[test]
fn an_access_level_may_stand_in_a_variable() {
    let level = |code: &str| trigger("60.0", code);
    has(
        &level("AccessLevel mode = AccessLevel.USER_MODE;\nDatabase.insert(new Case(), mode);"),
        "needs Create on Case",
    );
    level("AccessLevel mode = AccessLevel.SYSTEM_MODE;\nDatabase.insert(new Case(), mode);")
        .is_clean(AUDIT);
    level("Boolean whole = true;\nDatabase.insert(new Case(), whole);").is_clean(AUDIT);
    level("Database.upsert(new Case(), Case.Fields.Ext__c);").is_clean(AUDIT);
    for code in [
        "Database.insert(new Case(), Modes.STRICT);",
        "Database.insert(new Case(), (AccessLevel) kept);",
        "Database.insert(new Case(), flag ? AccessLevel.USER_MODE : AccessLevel.SYSTEM_MODE);",
        "AccessLevel mode = AccessLevel.SYSTEM_MODE;\nmode = other;\nDatabase.insert(new Case(), mode);",
    ] {
        level(code).is_not_evaluated(AUDIT, "enforces the user's rights on Case is not known");
    }
}

#[test]
fn a_class_that_is_not_there_is_named() {
    trigger("60.0", "new Elsewhere().run();")
        .is_not_evaluated(AUDIT, "class Elsewhere, which OnAccount calls");
    trigger("60.0", "Elsewhere.run(Trigger.new);").is_not_evaluated(AUDIT, "class Elsewhere");
    trigger("60.0", "pack.Elsewhere.run();").is_not_evaluated(AUDIT, "class pack.Elsewhere");
    let heir = "public class Heir extends Elsewhere { public void run() { } }";
    with_classes("new Heir().run();", &[("Heir", heir)])
        .is_not_evaluated(AUDIT, "class Elsewhere, which Heir calls");
    let own = "System.debug(Math.abs(1)); List<String> all = new List<String>(); all.add(JSON.serialize(UserInfo.getUserId()));\nLimits.getQueries(); EventBus.publish(new Done__e()); Schema.getGlobalDescribe(); Test.isRunningTest();\nthrow new AuraHandledException('x'); new Case().addError('x'); String.valueOf(Trigger.new.size()); Database.setSavepoint();\nfor (AggregateResult one : [SELECT COUNT(Id) FROM Account]) { one.get('x'); }\nAccount.SObjectType.getDescribe().getName(); Label.Text.toUpperCase();";
    trigger("60.0", own).is_clean(AUDIT);
}

const ON_SAVE: &str = "<start><locationX>0</locationX><locationY>0</locationY><connector><targetReference>Do</targetReference></connector><object>Account</object><recordTriggerType>CreateAndUpdate</recordTriggerType><triggerType>RecordAfterSave</triggerType></start>";

#[test]
fn apex_that_a_flow_of_the_save_starts_counts() {
    let call = format!(
        "<actionCalls><name>Do</name><label>Do</label><locationX>0</locationX><locationY>0</locationY><actionName>Act</actionName><actionType>apex</actionType></actionCalls>{ON_SAVE}"
    );
    let flow = || {
        tree()
            .trigger("OnAccount", "Account", "60.0", "Integer i = 1;")
            .flow("On_Save", "AutoLaunchedFlow", &call)
    };
    let act = "public class Act {\n @InvocableMethod\n public static void act(List<Id> ids) { insert as user new Case(); }\n}";
    let audited = audit(&flow().class("Act", "60.0", act), &WHO);
    let finding = audited.finding(AUDIT);
    assert!(
        finding["detail"]
            .as_str()
            .unwrap()
            .contains("flow On_Save > Act")
    );
    audit(&flow(), &WHO).is_not_evaluated(AUDIT, "class Act, which flow On_Save calls");
    let other = "public class Act {\n @InvocableMethod\n public static void act(List<Id> ids) { }\n public static void other() { insert as user new Case(); }\n}";
    audit(&flow().class("Act", "60.0", other), &WHO).is_clean(AUDIT);
}

#[test]
fn triggers_of_what_the_save_saves_count_with_less_confidence() {
    let on_case = |tree: Tree| tree.trigger("OnCase", "Case", "60.0", "insert as user new Lead();");
    let tree_of = |code: &str| on_case(tree().trigger("OnAccount", "Account", "60.0", code));
    let audited = audit(&tree_of("insert new Case();"), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["object"], "Lead");
    assert_eq!(finding["confidence"], "possible");
    assert!(
        finding["detail"]
            .as_str()
            .unwrap()
            .contains("trigger OnAccount > trigger OnCase")
    );
    audit(&tree_of("delete new Case();"), &WHO).is_clean(AUDIT);
    audit(&tree_of("insert some;"), &WHO)
        .is_not_evaluated(AUDIT, "which triggers a save starts in line 2 of OnAccount");
    let create = format!(
        "<recordCreates><name>Do</name><label>Do</label><locationX>0</locationX><locationY>0</locationY><object>Case</object></recordCreates>{ON_SAVE}"
    );
    let by_flow = on_case(tree()).flow("On_Save", "AutoLaunchedFlow", &create);
    has(
        &audit(&by_flow, &WHO),
        "Trigger OnCase needs Create on Lead",
    );
}

#[test]
fn every_way_to_read_or_write_is_looked_at() {
    for (code, needs) in [
        (
            "Object o = [SELECT COUNT(Id) n FROM Account WITH USER_MODE GROUP BY Code__c];",
            "Read on Account.Code__c",
        ),
        (
            "Object o = [SELECT Segment__c FROM Account WITH USER_MODE GROUP BY Segment__c HAVING MAX(Code__c) > 'a'];",
            "Read on Account.Code__c",
        ),
        (
            "Object o = [SELECT x.Code__c FROM Account x WITH USER_MODE];",
            "Read on Account.Code__c",
        ),
        (
            "String q = 'SELECT Code__c FROM Account WITH SECURITY_ENFORCED';\nObject o = Database.query(q);",
            "Read on Account.Code__c",
        ),
        (
            "Database.insertAsync(new Case(), AccessLevel.USER_MODE);",
            "Create on Case",
        ),
        (
            "Database.insertImmediate(new Case(), AccessLevel.USER_MODE);",
            "Create on Case",
        ),
        (
            "Account one;\nAccount other;\nmerge as user one other;",
            "Delete on Account",
        ),
        (
            "List<Account> all = [SELECT Code__c FROM Account];\nSecurity.stripInaccessible(AccessType.READABLE, all);",
            "Read on Account.Code__c",
        ),
        (
            "Schema.DescribeSObjectResult known = Case.SObjectType.getDescribe();\nif (!known.isCreateable()) { return; }",
            "Create on Case",
        ),
        (
            "if (!Schema.getGlobalDescribe().get('Case').getDescribe().isCreateable()) { return; }",
            "Create on Case",
        ),
    ] {
        has(&trigger("60.0", code), needs);
    }
    for code in [
        "Object o = Search.query('FIND {x} RETURNING Case(Id)', AccessLevel.USER_MODE);",
        "Object o = [FIND 'x' IN ALL FIELDS RETURNING Case(Id) WITH USER_MODE];",
        "Database.LeadConvert one;\nDatabase.convertLead(one, AccessLevel.USER_MODE);",
        "Object o = Database.query('SELECT Code__c FROM Account WHERE ' + more + ' WITH SECURITY_ENFORCED');",
    ] {
        trigger("60.0", code).is_not_evaluated(AUDIT, "of OnAccount works on is not known");
    }
    trigger(
        "60.0",
        "Object o = [FIND 'x' IN ALL FIELDS RETURNING Case(Id) WITH SYSTEM_MODE];",
    )
    .is_clean(AUDIT);
}

#[test]
fn security_enforced_checks_select_and_from_only() {
    let where_ = "Object o = [SELECT Id FROM Account WHERE Code__c = 'x' WITH SECURITY_ENFORCED ORDER BY Code__c];";
    trigger("60.0", where_).is_clean(AUDIT);
    let inner = "Object o = [SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Case) WITH SECURITY_ENFORCED];";
    trigger("60.0", inner).is_clean(AUDIT);
    has(
        &trigger("60.0", &where_.replace("SECURITY_ENFORCED", "USER_MODE")),
        "Read on Account.Code__c",
    );
    has(
        &trigger(
            "60.0",
            "Object o = [SELECT Code__c FROM Account WITH SECURITY_ENFORCED];",
        ),
        "Read on Account.Code__c",
    );
}

#[test]
fn a_trigger_counts_for_what_the_sync_does() {
    let on = |events: &str, code: &str| {
        let source = format!("trigger OnAccount on Account ({events}) {{\n{code}\n}}\n");
        let tree = tree()
            .trigger("OnAccount", "Account", "60.0", "")
            .file("force-app/main/default/triggers/OnAccount.trigger", source);
        audit(&tree, &WHO)
    };
    let code = "insert as user new Case();";
    on("before delete, after undelete", code).is_clean(AUDIT);
    has(&on("after undelete, after update", code), "Create on Case");
    for never in [
        "if (Trigger.isDelete) { insert as user new Case(); }",
        "if (Trigger.isInsert || Trigger.isUpdate) { return; }\ninsert as user new Case();",
        "if (Trigger.isBefore && Trigger.isUndelete) { insert as user new Case(); }",
        "switch on Trigger.operationType { when BEFORE_DELETE { insert as user new Case(); } }",
        "if (Trigger.operationType == TriggerOperation.AFTER_DELETE) { insert as user new Case(); }",
    ] {
        trigger("60.0", never).is_clean(AUDIT);
    }
    has(
        &trigger(
            "60.0",
            "if (Trigger.isDelete) { return; } else { insert as user new Case(); }",
        ),
        "Create on Case",
    );
    let handler = "public class Handler { public static void onDelete() { insert as user new Case(); } public static void onSave() { } }";
    with_classes(
        "if (Trigger.isDelete) { Handler.onDelete(); } else { Handler.onSave(); }",
        &[("Handler", handler)],
    )
    .is_clean(AUDIT);
}

#[test]
fn code_that_asks_first_does_not_throw() {
    for code in [
        "if (Schema.sObjectType.Case.isCreateable()) { insert as user new Case(); }",
        "if (!Schema.sObjectType.Case.isCreateable()) return;\ninsert as user new Case();",
        "if (!Schema.sObjectType.Case.isCreateable()) { return; } else { insert as user new Case(); }",
    ] {
        let audited = trigger("60.0", code);
        let finding = audited.finding(AUDIT);
        assert_eq!(finding["severity"], "medium", "{code}");
        assert_eq!(finding["confidence"], "possible");
    }
    let other = trigger(
        "60.0",
        "if (Schema.sObjectType.Lead.isCreateable()) { insert as user new Case(); }",
    );
    assert!(
        other
            .findings(AUDIT)
            .iter()
            .any(|one| one["severity"] == "high" && one["object"] == "Case")
    );
}

#[test]
fn what_is_caught_or_runs_apart_does_not_refuse_the_record() {
    let later =
        "public class Later { @future public static void go() { insert as user new Case(); } }";
    let job = "public class Job implements Queueable { public void execute(QueueableContext c) { insert as user new Case(); } }";
    let caller = "public class Caller { public static void go() { insert as user new Case(); } }";
    for audited in [
        trigger(
            "60.0",
            "try { insert as user new Case(); } catch (Exception e) { System.debug(e); }",
        ),
        trigger(
            "60.0",
            "Database.insert(new Case(), false, AccessLevel.USER_MODE);",
        ),
        with_classes("Later.go();", &[("Later", later)]),
        with_classes("System.enqueueJob(new Job());", &[("Job", job)]),
        with_classes(
            "try { Caller.go(); } catch (Exception e) { System.debug(e); }",
            &[("Caller", caller)],
        ),
    ] {
        let finding = audited.finding(AUDIT);
        assert_eq!(finding["severity"], "medium");
        let detail = finding["detail"].as_str().unwrap();
        assert!(
            !detail.contains("refuses") && detail.contains("the record is saved"),
            "{detail}"
        );
    }
    for thrown in [
        "try { insert as user new Case(); } catch (DmlException e) { throw e; }",
        "try { insert as user new Case(); } catch (MathException e) { System.debug(e); }",
        "try { Integer i = 1; } catch (Exception e) { insert as user new Case(); }",
    ] {
        assert_eq!(
            trigger("60.0", thrown).finding(AUDIT)["severity"],
            "high",
            "{thrown}"
        );
    }
}

#[test]
fn only_methods_that_are_called_count() {
    let util = "public class Util {\n public static String shown(String s) { return s; }\n public static void other() { insert as user new Case(); }\n public static void outer() { other(); }\n}";
    with_classes("Util.shown('x');", &[("Util", util)]).is_clean(AUDIT);
    let audited = with_classes("Util.outer();", &[("Util", util)]);
    assert_eq!(audited.finding(AUDIT)["confidence"], "likely");
    let base = "public virtual class Base { public void run() { work(); } protected virtual void work() { } }";
    let heir = "public class Heir extends Base { protected override void work() { insert as user new Case(); } }";
    let audited = with_classes("new Heir().run();", &[("Base", base), ("Heir", heir)]);
    assert_eq!(audited.finding(AUDIT)["confidence"], "possible");
}

#[test]
fn triggers_beyond_what_was_read_are_not_taken_for_none() {
    let saving = |object: &str| {
        let tree = tree().trigger(
            "OnAccount",
            "Account",
            "60.0",
            &format!("insert new {object}();"),
        );
        let saved = ["snapshot", "--source-dir", "force-app", "-o", "org.json"];
        assert_eq!(permgap(tree.path(), &saved).status, 0);
        let path = tree.path().join("org.json");
        let mut org: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        // As a live org is saved: with the objects that were asked for.
        org["scope"] = serde_json::json!(["Account", "Contact"]);
        std::fs::write(&path, org.to_string()).unwrap();
        let args = [
            "audit",
            "--snapshot",
            "org.json",
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ];
        let report = permgap(tree.path(), &[&args[..], &WHO].concat()).json();
        let audits = report["audits"].as_array().unwrap().clone();
        audits
            .into_iter()
            .find(|one| one["audit"] == AUDIT)
            .unwrap()
    };
    let beyond = saving("Case");
    assert_eq!(beyond["outcome"], "not_evaluated", "{beyond}");
    assert!(
        beyond["reason"]
            .as_str()
            .unwrap()
            .contains("triggers of Case"),
        "{beyond}"
    );
    assert_eq!(saving("Contact")["outcome"], "clean");
}

#[test]
fn ordinary_triggers_are_readable() {
    for code in [
        "Trigger.new[0].addError('no');",
        "if (Trigger.new.size() > 0) { Trigger.new.get(0).addError('no'); }",
        "Trigger.newMap.get(null).addError('no');",
        "Trigger.old[0].addError('no');",
        "Trigger.new[0].Segment__c.addError('no');",
        "Trigger.new[0].Segment__c = 'x';",
    ] {
        trigger("60.0", code).is_clean(AUDIT);
        has(
            &trigger("60.0", &format!("{code}\ninsert as user new Case();")),
            "Create on Case",
        );
    }
}

#[test]
fn a_finding_is_shown_at_its_file_and_line() {
    let class = "public class Handler {\n  public static void run() {\n\n    update as user new Account(Code__c = 'x');\n  }\n}\n";
    let tree = tree()
        .trigger("OnAccount", "Account", "60.0", "Handler.run();")
        .class("Handler", "60.0", class);
    let shown = |format: &str| {
        let mut args = vec![
            "audit",
            "--source-dir",
            "force-app",
            "--mappings",
            "mappings.csv",
        ];
        args.extend(["--format", format]);
        args.extend(WHO);
        permgap(tree.path(), &args)
    };
    let github = shown("github").stdout;
    assert!(
        github.contains(
            "file=force-app/main/default/classes/Handler.cls,line=4,title=apex-runs-as-user"
        ),
        "{github}"
    );
    let sarif = shown("sarif").json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|one| one["ruleId"] == AUDIT).unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "force-app/main/default/classes/Handler.cls"
    );
    assert_eq!(place["region"]["startLine"], 4);
}
