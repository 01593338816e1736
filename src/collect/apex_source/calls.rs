//! Which methods a source calls, and of which classes.

use tree_sitter::Node;

use super::declarations::Declarations;
use super::{Source, circumstances, in_namespace};
use crate::snapshot::{ApexCall, Name, standard};

/// Classes and namespaces of the platform (Apex Reference Guide), in small letters. What else is called by name is a class of
/// the org.
const PLATFORM: &[&str] = &[
    "accesslevel",
    "aggregateresult",
    "childrelationship",
    "describefieldresult",
    "fieldsetmember",
    "sobjectdescribeoptions",
    "accesstype",
    "address",
    "apexpages",
    "appexchange",
    "applauncher",
    "approval",
    "assert",
    "asyncinfo",
    "asyncoptions",
    "auraenabled",
    "aurahandledexception",
    "auth",
    "authconfiguration",
    "authprovider",
    "blob",
    "boolean",
    "businesshours",
    "cache",
    "callable",
    "callout",
    "canvas",
    "cases",
    "chatteranswers",
    "collator",
    "collection",
    "commercebuygrp",
    "commerceextension",
    "commerceorders",
    "commercepayments",
    "commercetax",
    "comparable",
    "comparator",
    "component",
    "compression",
    "connectapi",
    "context",
    "continuation",
    "cookie",
    "crypto",
    "currencytype",
    "database",
    "datacloud",
    "dataretrieval",
    "datasource",
    "dataweave",
    "date",
    "datetime",
    "decimal",
    "deletedfilter",
    "describedataresult",
    "describesobjectresult",
    "dom",
    "domain",
    "domaincreator",
    "domainparser",
    "domaintype",
    "double",
    "emailmessages",
    "encodingutil",
    "enum",
    "eventbus",
    "eventreplay",
    "exception",
    "externalservice",
    "externalserviceauth",
    "featuremanagement",
    "fieldset",
    "finalizer",
    "finalizercontext",
    "flexqueue",
    "flow",
    "flowtesting",
    "formula",
    "formulaeval",
    "functions",
    "http",
    "httpcalloutmock",
    "httprequest",
    "httpresponse",
    "id",
    "ideas",
    "inboundemail",
    "installcontext",
    "installhandler",
    "integer",
    "invocable",
    "isvpartners",
    "iterable",
    "iterator",
    "json",
    "jsongenerator",
    "jsonparser",
    "jsontoken",
    "kbmanagement",
    "label",
    "limits",
    "list",
    "location",
    "logginglevel",
    "long",
    "lxscheduler",
    "map",
    "matcher",
    "math",
    "messaging",
    "metadata",
    "multistaticresourcecalloutmock",
    "network",
    "object",
    "orglimit",
    "orglimits",
    "orgs",
    "packaging",
    "page",
    "pagereference",
    "parentjobresult",
    "pattern",
    "pickerentry",
    "picklistentry",
    "placequote",
    "platformcache",
    "process",
    "quickaction",
    "queueable",
    "queueablecontext",
    "queueableduplicatesignature",
    "quiddity",
    "recordtypeinfo",
    "remoteobjectcontroller",
    "reports",
    "request",
    "resetpasswordresult",
    "restcontext",
    "restrequest",
    "restresponse",
    "richmessaging",
    "runtime",
    "sandboxcontext",
    "sandboxpostcopy",
    "savepoint",
    "schedulable",
    "schedulablecontext",
    "schema",
    "search",
    "security",
    "selectoption",
    "set",
    "sfc",
    "sfdc_checkout",
    "sfdc_enablement",
    "site",
    "slack",
    "sobject",
    "sobjectaccessdecision",
    "sobjectfield",
    "sobjecttype",
    "stage",
    "staticresourcecalloutmock",
    "string",
    "stubprovider",
    "submit",
    "support",
    "system",
    "territorymgmt",
    "test",
    "time",
    "timezone",
    "transactionfinalizer",
    "trigger",
    "triggeroperation",
    "tooling",
    "txnsecurity",
    "type",
    "uninstallcontext",
    "uninstallhandler",
    "url",
    "userinfo",
    "usermanagement",
    "userprovisioning",
    "uuid",
    "version",
    "visualeditor",
    "wave",
    "wavetemplate",
    "webservicecallout",
    "webservicemock",
    "xmlnode",
    "xmlstreamreader",
    "xmlstreamwriter",
    "xmltag",
    "ziphelper",
];

/// Objects that are not in the table of standard ones and that code constructs often.
const OBJECTS: &[&str] = &[
    "attachment",
    "asyncapexjob",
    "casecomment",
    "contentdocument",
    "contentdocumentlink",
    "contentversion",
    "crontrigger",
    "document",
    "duplicaterecorditem",
    "duplicaterecordset",
    "emailmessage",
    "emailmessagerelation",
    "emailtemplate",
    "entitysubscription",
    "feedattachment",
    "feedcomment",
    "feeditem",
    "folder",
    "group",
    "groupmember",
    "loginhistory",
    "note",
    "organization",
    "permissionset",
    "permissionsetassignment",
    "permissionsetgroup",
    "processinstance",
    "processinstanceworkitem",
    "profile",
    "queuesobject",
    "setupentityaccess",
    "staticresource",
    "topic",
    "topicassignment",
    "usershare",
    "campaignmemberstatus",
    "opportunityteammember",
    "accountteammember",
];

/// The method that a node calls, and when.
pub(super) fn at(
    node: Node<'_>,
    path: &[Node<'_>],
    source: Source<'_>,
    declarations: &Declarations<'_>,
) -> Option<ApexCall> {
    let (class, method) = match node.kind() {
        "method_invocation" => {
            let method = Name::new(source.field(node, "name"));
            let class = match node.child_by_field_name("object") {
                None => declarations.outermost.clone(),
                Some(holder) => match receiver(holder, source, declarations) {
                    Receiver::Class(class) => Some(class),
                    Receiver::Unknown => None,
                    Receiver::Platform => return None,
                },
            };
            (class, method)
        }
        // What a superclass does, its subclass does.
        "superclass" => {
            let of = node.named_child(0)?;
            let Receiver::Class(class) = of_type(source.of(of), declarations) else {
                return None;
            };
            (Some(class.clone()), class)
        }
        "object_creation_expression" => {
            let of = node.child_by_field_name("type")?;
            let named = node
                .child_by_field_name("arguments")
                .and_then(|arguments| arguments.named_child(0))
                .is_some_and(|first| first.kind() == "assignment_expression");
            if named {
                return None;
            }
            match of_type(source.of(of), declarations) {
                Receiver::Class(class) => {
                    let text = class.as_str();
                    let method = Name::new(text.split_once("__").map_or(text, |(_, name)| name));
                    (Some(class), method)
                }
                Receiver::Unknown => {
                    let text = source.of(of);
                    let last = text.rsplit('.').next().unwrap_or(text).trim();
                    (None, Name::new(last))
                }
                Receiver::Platform => return None,
            }
        }
        _ => return None,
    };
    let (when, _) = circumstances::of(node, path, source, declarations)?;
    Some(ApexCall {
        class,
        method,
        at: when,
    })
}

enum Receiver {
    Class(Name),
    /// The class is not told.
    Unknown,
    /// What is called is no code of the org.
    Platform,
}

/// What a method is called on.
fn receiver(holder: Node<'_>, source: Source<'_>, declarations: &Declarations<'_>) -> Receiver {
    match holder.kind() {
        "this" | "super" => Receiver::Unknown,
        "object_creation_expression" => of_type(source.field(holder, "type"), declarations),
        "string_literal" | "query_expression" | "class_literal" => Receiver::Platform,
        "identifier" => {
            let text = source.of(holder);
            if let Some(index) = declarations.variable_at(holder, source) {
                let known = declarations.variables.get(index);
                return known.map_or(Receiver::Unknown, |known| {
                    of_variable(&known.of, known.object.as_ref(), declarations)
                });
            }
            let inherited = declarations.inherits
                && text
                    .bytes()
                    .next()
                    .is_some_and(|byte| byte.is_ascii_lowercase());
            if inherited || declarations.is_variable(text) {
                return Receiver::Unknown;
            }
            of_type(text, declarations)
        }
        "field_access" => {
            if let Some(index) = declarations.variable_at(holder, source) {
                let known = declarations.variables.get(index);
                return known.map_or(Receiver::Unknown, |known| {
                    of_variable(&known.of, known.object.as_ref(), declarations)
                });
            }
            let text = source.of(holder);
            let first = text.split('.').next().unwrap_or(text).trim();
            let ends = text.rsplit('.').next().unwrap_or_default();
            let is_own = declarations.types.iter().any(|own| own.is(first));
            let lower = declarations.inherits
                && first
                    .bytes()
                    .next()
                    .is_some_and(|byte| byte.is_ascii_lowercase());
            if declarations.is_variable(first) || is_own || lower || first == "this" {
                return Receiver::Unknown;
            }
            if is_platform(first) || is_object(first) || ends.eq_ignore_ascii_case("sObjectType") {
                return Receiver::Platform;
            }
            in_namespace(text.split('.')).map_or(Receiver::Unknown, Receiver::Class)
        }
        _ => Receiver::Unknown,
    }
}

/// A variable of an interface or a superclass holds objects of other classes: the class is told, and others are not ruled out.
fn of_variable(of: &str, object: Option<&Name>, declarations: &Declarations<'_>) -> Receiver {
    let is_collection = of.contains('<') || of.contains('[');
    if is_collection {
        return Receiver::Platform;
    }
    match object {
        Some(object) => of_type(object.as_str(), declarations),
        None if of.contains('.') => of_type(of, declarations),
        None => Receiver::Platform,
    }
}

/// What a type is.
fn of_type(text: &str, declarations: &Declarations<'_>) -> Receiver {
    let text = text.trim();
    if text.contains('<') || text.contains('[') {
        return Receiver::Platform;
    }
    let mut parts = text.split('.');
    let first = parts.next().unwrap_or_default().trim();
    if is_platform(first) || is_object(first) {
        return Receiver::Platform;
    }
    if declarations.types.iter().any(|own| own.is(first)) {
        return match &declarations.outermost {
            Some(own) if own.is(first) && parts.next().is_none() => Receiver::Class(own.clone()),
            _ => Receiver::Unknown,
        };
    }
    // Classes of exceptions have little code, and there are many of the platform.
    if text.to_ascii_lowercase().ends_with("exception") {
        return Receiver::Platform;
    }
    match parts.next() {
        None => Receiver::Class(Name::new(first)),
        Some(_) => in_namespace(text.split('.')).map_or(Receiver::Unknown, Receiver::Class),
    }
}

fn is_platform(name: &str) -> bool {
    PLATFORM
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

fn is_object(name: &str) -> bool {
    const ENDINGS: [&str; 5] = ["share", "history", "feed", "changeevent", "__c"];
    let lower = name.to_ascii_lowercase();
    let custom = name.rsplit_once("__").is_some_and(|(_, suffix)| {
        let known = [
            "c",
            "e",
            "x",
            "b",
            "mdt",
            "kav",
            "ka",
            "share",
            "history",
            "feed",
            "r",
            "changeevent",
        ];
        known.iter().any(|known| known.eq_ignore_ascii_case(suffix))
    });
    custom
        || ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || OBJECTS.iter().any(|known| known.eq_ignore_ascii_case(name))
        || standard::is_standard_object(&Name::new(name))
}
