//! Apex: classes and triggers, and what they do with records.

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// Whether a piece of Apex is a class or a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApexKind {
    /// `*.cls`
    Class,
    /// `*.trigger`
    Trigger,
}

/// An Apex class or trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apex {
    /// Class or trigger.
    pub kind: ApexKind,
    /// Its name.
    pub name: Name,
    /// The object that a trigger is on, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Name>,
    /// The API version that it is compiled for: `61.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `Active` or `Inactive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it does with records; none where its source is hidden, as in managed packages, or was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<ApexBody>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl Apex {
    /// Whether it is compiled for an API version in which queries and DML run in user mode unless they say otherwise:
    /// 67.0 and later (Salesforce Summer '26 release notes, Apex); none where the version is not known.
    pub fn defaults_to_user_mode(&self) -> Option<bool> {
        let version = self.api_version.as_deref()?;
        let major = version.split('.').next()?.trim().parse::<u32>().ok()?;
        Some(major >= 67)
    }
}

/// What the source of a class or trigger does, as far as access is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApexBody {
    /// `with sharing`, `without sharing` or `inherited sharing` of the outermost class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<String>,
    /// Where it reads or writes records, or asks for access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<ApexOperation>,
    /// Other classes of the org that it names. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Name>,
    /// The methods that it calls. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<ApexCall>,
    /// The operations that a trigger declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ApexEvent>,
    /// Its methods that flows may start (`@InvocableMethod`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invocable: Vec<Name>,
    /// Whether it starts classes by a name that is known only at run time (`Type.forName`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub calls_by_name: bool,
    /// Whether a part of the source could not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// What a save does with a record, as triggers tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApexEvent {
    /// `before insert`, `after insert`
    Insert,
    /// `before update`, `after update`
    Update,
    /// `before delete`, `after delete`
    Delete,
    /// `after undelete`
    Undelete,
}

impl ApexEvent {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Undelete];
}

/// Under which circumstances a piece of code runs, as far as the code around it tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApexCircumstances {
    /// The method that it is in; none for what runs whenever the class or trigger does.
    #[serde(rename = "in_method", default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Name>,
    /// The only operations in which it runs (`if (Trigger.isInsert)`); empty where nothing restricts it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ApexEvent>,
    /// Whether its exceptions are caught, or it saves what it can (`allOrNone` is false).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub caught: bool,
    /// Whether it runs in a transaction of its own: `@future`, Queueable, Batchable, Schedulable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}

/// A call of a method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApexCall {
    /// The class, where the source tells: `Handler`, `ns__Handler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Name>,
    /// The method; that of a class's own name is its constructor.
    pub method: Name,
    /// Where it is called.
    #[serde(flatten)]
    pub at: ApexCircumstances,
}

/// A describe check that must hold before a place in the code is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApexGuard {
    /// What it asks for.
    pub kind: ApexOperationKind,
    /// The object; none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Name>,
    /// The field, where it asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Name>,
}

/// What is done with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApexOperationKind {
    /// A query.
    Read,
    /// `insert`
    Create,
    /// `update`
    Edit,
    /// `upsert`: either of the two before.
    Upsert,
    /// `delete`
    Delete,
}

/// Whose rights count, and what happens where they do not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApexMode {
    /// Nothing is said: by the API version.
    Default,
    /// `WITH USER_MODE`, `as user`, `AccessLevel.USER_MODE`: an exception.
    User,
    /// `WITH SECURITY_ENFORCED`: an exception.
    SecurityEnforced,
    /// `Security.stripInaccessible`: fields are left out in silence.
    Strip,
    /// `isAccessible()`, `isCreateable()` and the like: the code decides.
    Check,
    /// The access level is a value that the source does not tell.
    Unknown,
    /// In system mode: only what its save starts matters.
    System,
}

/// One place where records are read or written, or access is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApexOperation {
    /// What is done.
    pub kind: ApexOperationKind,
    /// Whose rights count.
    pub mode: ApexMode,
    /// The object; none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Name>,
    /// Fields read. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Name>,
    /// Fields written. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Name>,
    /// Whether further fields may be read or written, which the source does not tell here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_fields: bool,
    /// The checks that must hold before it is reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<ApexGuard>,
    /// Where it stands.
    #[serde(flatten)]
    pub at: ApexCircumstances,
    /// The line in the source, counted from 1.
    pub line: u32,
}
