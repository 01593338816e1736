//! Apex source to facts: what it reads and writes, in whose name, and which classes it names.
//!
//! In: the source of a class or trigger, from a file or the Tooling API. Out: an [`ApexBody`]. Knows nothing of other
//! classes: names are kept as they stand, and whoever knows the org keeps those that are classes.
//!
//! Trees are walked with a cursor, so that no nesting exhausts the stack.

mod declarations;
mod operations;

use std::collections::BTreeSet;

use tree_sitter::{Node, Parser, TreeCursor};

use self::declarations::Declarations;
use crate::snapshot::{Apex, ApexBody, ApexMode, Name};

/// The largest source that is read, in bytes: Salesforce takes a million characters (Apex Developer Guide, "Execution
/// Governors and Limits").
const SIZE_LIMIT: usize = 4_000_000;

/// What a source does; none where it cannot be read at all, or is hidden.
pub(super) fn facts(text: &str) -> Option<ApexBody> {
    if text.trim() == "(hidden)" || text.len() > SIZE_LIMIT {
        return None;
    }
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_sfapex::apex::LANGUAGE.into())
        .ok()?;
    let tree = parser.parse(text, None)?;
    let root = tree.root_node();
    let source = Source { text };
    let declarations = Declarations::of(root, source);
    let mut body = ApexBody {
        incomplete: root.has_error(),
        ..ApexBody::default()
    };
    let mut names: BTreeSet<Name> = BTreeSet::new();
    let mut is_test = false;
    walk(root, |node, method| {
        match node.kind() {
            "with_sharing" | "without_sharing" | "inherited_sharing" if body.sharing.is_none() => {
                body.sharing = Some(node.kind().replace('_', " "));
            }
            "annotation" => {
                let text = source.of(node);
                is_test |= text.to_ascii_lowercase().starts_with("@istest");
            }
            "type_identifier" => {
                names.insert(Name::new(source.of(node)));
            }
            // A class of a package: `new ns.Handler()`, `ns.Handler.run()`.
            "scoped_type_identifier" => {
                names.extend(in_namespace(source.of(node).split('.')));
            }
            "method_invocation" | "field_access" => {
                let Some(holder) = node.child_by_field_name("object") else {
                    return;
                };
                if holder.kind() == "field_access" && node.kind() == "method_invocation" {
                    names.extend(in_namespace(source.of(holder).split('.')));
                }
                if holder.kind() == "identifier" {
                    let holder = source.of(holder);
                    names.insert(Name::new(holder));
                    body.calls_by_name |= holder.eq_ignore_ascii_case("Type")
                        && source.field(node, "name").eq_ignore_ascii_case("forName");
                }
            }
            _ => {}
        }
        body.operations
            .extend(operations::at(node, method, source, &declarations));
    });
    if is_test {
        // Tests never run on a save.
        return Some(ApexBody::default());
    }
    body.calls = names.into_iter().collect();
    Some(body)
}

/// Leaves out what no audit uses: names that are no classes of the org, and operations that run in system mode by the
/// class's API version. A large org has tens of thousands of either.
pub(super) fn prune(apex: &mut Apex, classes: &BTreeSet<Name>) {
    let by_default = apex.defaults_to_user_mode();
    let own = apex.name.clone();
    if let Some(body) = &mut apex.body {
        body.calls
            .retain(|name| classes.contains(name) && *name != own);
        body.calls.shrink_to_fit();
        body.operations
            .retain(|one| one.mode != ApexMode::Default || by_default != Some(false));
        body.operations.shrink_to_fit();
    }
}

/// `ns__Class`, as a class of a package is named, for two words of a path.
fn in_namespace<'t>(mut parts: impl Iterator<Item = &'t str>) -> Option<Name> {
    let (namespace, class) = (parts.next()?.trim(), parts.next()?.trim());
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_one = parts.next().is_none() && is_word(namespace) && is_word(class);
    (is_one && !namespace.eq_ignore_ascii_case("this"))
        .then(|| Name::from(format!("{namespace}__{class}")))
}

/// The text that nodes point into.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t str,
}

impl<'t> Source<'t> {
    fn of(self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn field(self, node: Node<'_>, name: &str) -> &'t str {
        node.child_by_field_name(name)
            .map(|child| self.of(child))
            .unwrap_or_default()
    }
}

/// Identifies a method by where it starts; 0 for what stands in none.
type Method = usize;

/// Visits each node before its children, with the method that it is in.
fn walk<'n>(root: Node<'n>, mut visit: impl FnMut(Node<'n>, Method)) {
    let mut cursor: TreeCursor<'n> = root.walk();
    let mut methods: Vec<(usize, Method)> = Vec::new();
    loop {
        let node = cursor.node();
        while methods
            .last()
            .is_some_and(|(end, _)| *end <= node.start_byte())
        {
            methods.pop();
        }
        if matches!(
            node.kind(),
            "method_declaration"
                | "constructor_declaration"
                | "static_initializer"
                | "trigger_body"
        ) {
            methods.push((node.end_byte(), node.start_byte()));
        }
        visit(node, methods.last().map_or(0, |(_, method)| *method));
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The children of a node that have names.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn line(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row)
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let body = facts(text).unwrap();
        body.operations
            .iter()
            .map(|one| {
                let list =
                    |names: &[Name]| names.iter().map(Name::as_str).collect::<Vec<_>>().join(",");
                format!(
                    "{}: {:?} {:?} {} r[{}] w[{}]",
                    one.line,
                    one.mode,
                    one.kind,
                    one.object.as_ref().map_or("?", Name::as_str),
                    list(&one.reads),
                    list(&one.writes)
                )
            })
            .collect()
    }

    fn in_method(code: &str) -> Vec<String> {
        shown(&format!(
            "public with sharing class C {{ void m(List<Lead> given) {{\n{code}\n}} }}"
        ))
    }

    #[test]
    fn queries_with_their_mode() {
        assert_eq!(
            in_method(
                "List<Account> a = [SELECT Id, Name, Owner.Name, Code__c FROM Account WHERE Region__c = 'x' WITH USER_MODE];"
            ),
            ["2: User Read Account r[Code__c,Name,Owner.Name,Region__c] w[]"]
        );
        assert_eq!(
            in_method("Object o = [select Name from Contact with security_enforced];"),
            ["2: SecurityEnforced Read Contact r[Name] w[]"]
        );
        assert_eq!(
            in_method("Object o = [SELECT Name FROM Contact];"),
            ["2: Default Read Contact r[Name] w[]"]
        );
        assert!(in_method("Object o = [SELECT Name FROM Contact WITH SYSTEM_MODE];").is_empty());
        assert_eq!(
            in_method("Object o = Database.query('x', AccessLevel.USER_MODE);"),
            ["2: User Read ? r[] w[]"]
        );
    }

    #[test]
    fn queries_in_texts_and_of_children() {
        assert_eq!(
            in_method(
                "Object o = Database.query('SELECT Id, Name FROM Account ' + 'WHERE Code__c = \\'x\\'', AccessLevel.USER_MODE);"
            ),
            ["2: User Read Account r[Code__c,Name] w[]"]
        );
        assert_eq!(
            in_method("Object o = Database.query('SELECT Name FROM Account WITH USER_MODE');"),
            ["2: User Read Account r[Name] w[]"]
        );
        assert_eq!(
            in_method(
                "Object o = Database.countQueryWithBinds(text, binds, AccessLevel.USER_MODE);"
            ),
            ["2: User Read ? r[] w[]"]
        );
        assert_eq!(
            in_method(
                "Object o = [SELECT Id, (SELECT Id, Code__c FROM Lines__r) FROM Account WITH USER_MODE];"
            ),
            [
                "2: User Read Account r[] w[]",
                "2: User Read ? r[Code__c] w[]"
            ]
        );
        assert_eq!(
            in_method(
                "Object o = [SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) WITH USER_MODE];"
            ),
            [
                "2: User Read Account r[] w[]",
                "2: User Read Contact r[AccountId] w[]"
            ]
        );
    }

    #[test]
    fn dml_with_the_fields_that_were_set() {
        assert_eq!(
            in_method("Account a = new Account(Name = 'x');\na.Code__c = 'y';\ninsert as user a;"),
            ["4: User Create Account r[] w[Code__c,Name]"]
        );
        assert_eq!(
            in_method(
                "for (Lead l : given) { l.Grade__c = 'A'; }\nDatabase.update(given, AccessLevel.USER_MODE);"
            ),
            ["3: User Edit Lead r[] w[Grade__c]"]
        );
        assert_eq!(
            in_method("delete given;"),
            ["2: Default Delete Lead r[] w[]"]
        );
        assert!(in_method("update as system given;").is_empty());
        assert_eq!(
            in_method("Map<Id, Lead> m = new Map<Id, Lead>(given); upsert as user m.values();"),
            ["2: User Upsert Lead r[] w[]"]
        );
    }

    #[test]
    fn stripping_and_checking() {
        assert_eq!(
            in_method(
                "given[0].Grade__c = 'x';\nSecurity.stripInaccessible(AccessType.UPDATABLE, given);"
            ),
            ["3: Strip Edit Lead r[] w[Grade__c]"]
        );
        assert_eq!(
            in_method("if (!Schema.sObjectType.Account.fields.Code__c.isUpdateable()) { return; }"),
            ["2: Check Edit Account r[] w[Code__c]"]
        );
        assert_eq!(
            in_method("if (Account.SObjectType.getDescribe().isCreateable()) { return; }"),
            ["2: Check Create Account r[] w[]"]
        );
    }

    #[test]
    fn usual_shapes_of_real_code() {
        assert_eq!(
            in_method(
                "Map<Id, Account> m = new Map<Id, Account>([SELECT Id, (SELECT LastName FROM Contacts) FROM Account \
                 WHERE Id IN :ids WITH USER_MODE]);\nfor (Account a : [SELECT Name FROM Account WITH SECURITY_ENFORCED]) {}"
            ),
            [
                "2: User Read Account r[] w[]",
                "2: User Read Contact r[LastName] w[]",
                "3: SecurityEnforced Read Account r[Name] w[]"
            ]
        );
        assert_eq!(
            in_method(
                "Database.SaveResult[] r = Database.insert(given, false, AccessLevel.USER_MODE);"
            ),
            ["2: User Create Lead r[] w[]"]
        );
        assert_eq!(
            in_method("if (Account.Code__c.getDescribe().isUpdateable()) {}"),
            ["2: Check Edit Account r[] w[Code__c]"]
        );
        assert_eq!(
            in_method(
                "if (Account.SObjectType.getDescribe(SObjectDescribeOptions.DEFERRED).isDeletable()) { delete as user given; }"
            ),
            [
                "2: Check Delete Account r[] w[]",
                "2: User Delete Lead r[] w[]"
            ]
        );
        assert_eq!(
            in_method(
                "SObjectAccessDecision d = Security.stripInaccessible(AccessType.READABLE, [SELECT Name FROM Lead]);"
            ),
            [
                "2: Strip Read Lead r[Name] w[]",
                "2: Default Read Lead r[Name] w[]"
            ]
        );
        let inner = "public class C { private List<Lead> all; class D { void m() { all.add(new Lead()); update as user all; } } }";
        assert_eq!(shown(inner), ["1: User Edit Lead r[] w[]"]);
    }

    #[test]
    fn comments_texts_and_tests_do_not_count() {
        assert!(
            in_method("// insert as user given;\nString s = 'insert as user given;';").is_empty()
        );
        assert!(
            shown("@IsTest private class T { void m() { insert as user new Account(); } }")
                .is_empty()
        );
    }

    #[test]
    fn triggers_hand_on_their_records() {
        let trigger = "trigger T on Account (before update) {\n  update as user Trigger.new;\n  Handler.run(Trigger.new);\n}";
        assert_eq!(shown(trigger), ["2: User Edit Account r[] w[]"]);
        let body = facts(trigger).unwrap();
        assert!(body.calls.contains(&"Handler".into()));
        assert!(facts("(hidden)").is_none());
    }

    #[test]
    fn sharing_and_calls_by_name_are_seen_and_broken_source_is_said() {
        let body = facts(
            "public without sharing class C { void m() { Type.forName('X').newInstance(); } }",
        )
        .unwrap();
        assert_eq!(body.sharing.as_deref(), Some("without sharing"));
        assert!(body.calls_by_name && !body.incomplete);
        assert!(facts("public class C { void m( }").unwrap().incomplete);
        let deep = format!(
            "public class C {{ Integer i = {}1{}; }}",
            "(".repeat(5000),
            ")".repeat(5000)
        );
        assert!(facts(&deep).is_some());
    }
}
