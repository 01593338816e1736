//! Which records of an object one user reaches: org-wide default, roles, sharing rules, parents, View and Modify All.
//!
//! In: a snapshot, the user's [`EffectivePermissions`] and the user. Out: a [`Reach`], which says whether the user reaches
//! *every* record, by what, or which control is in the way. Knows nothing of HubSpot, and makes no requests.
//!
//! A record is reached by its owner, by those above the owner in the role hierarchy, by the org-wide default, by sharing
//! rules, by implicit access, or by View All and Modify All; rules only widen ("Record-Level Access: Under the Hood",
//! Access Grants). Restriction rules alone take away. What is shared record by record (by hand, by Apex, by teams and
//! territories) is not read, only whether the user is in a team or territory at all, so that without Salesforce's own answer
//! no 'no' is certain.

mod members;
mod org_wide_default;
mod owners;
mod restriction;
mod rules;
mod sample;
mod single;

pub use org_wide_default::OrgWideDefault;
pub use sample::{Interval, interval};

use crate::effective::{EffectivePermissions, Known, is_activity};
use crate::finding::Confidence;
use crate::snapshot::{
    Area, FieldType, Name, ObjectRight, Place, Snapshot, User, same_id, standard,
};

/// Deepest chain of parents that is followed.
const DEEPEST: usize = 8;

/// What is to be done with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// See them.
    Read,
    /// Change them.
    Edit,
}

impl Level {
    /// The right on the object that goes with it.
    pub fn right(self) -> ObjectRight {
        match self {
            Self::Read => ObjectRight::Read,
            Self::Edit => ObjectRight::Edit,
        }
    }

    /// `see`, `edit`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Read => "see",
            Self::Edit => "edit",
        }
    }
}

/// A fact that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// One sentence.
    pub text: String,
    /// Where the source has it.
    pub at: Option<Place>,
}

/// Whether a user reaches every record of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Whether it is every record.
    pub all: Known,
    /// How sure a 'no' is.
    pub confidence: Confidence,
    /// Whether records beside the user's own are reached, where not all are.
    pub some: bool,
    /// The control that is in the way, in a few words: `the org-wide default Private`.
    pub control: String,
    /// The object that has the control: another one than was asked for where a parent controls.
    pub controlled_on: Name,
    /// What the answer rests on.
    pub facts: Vec<Fact>,
    /// What could not be looked at, each a clause.
    pub unknown: Vec<String>,
}

impl Reach {
    fn new(object: &Name, all: Known) -> Self {
        Self {
            all,
            confidence: Confidence::Certain,
            some: false,
            control: String::new(),
            controlled_on: object.clone(),
            facts: Vec::new(),
            unknown: Vec::new(),
        }
    }

    fn not_known(object: &Name, what: String) -> Self {
        let mut reach = Self::new(object, Known::Unknown);
        reach.unknown.push(what);
        reach
    }

    fn because(mut self, text: impl Into<String>, at: Option<Place>) -> Self {
        self.fact(text, at);
        self
    }

    fn fact(&mut self, text: impl Into<String>, at: Option<Place>) {
        let text = text.into();
        self.facts.push(Fact { text, at });
    }

    fn lower(&mut self, confidence: Confidence) {
        self.confidence = self.confidence.min(confidence);
    }
}

/// The sharing of an org as it meets one user.
#[derive(Debug, Clone, Copy)]
pub struct Sharing<'a> {
    snapshot: &'a Snapshot,
    effective: &'a EffectivePermissions<'a>,
    user: Option<&'a User>,
}

impl<'a> Sharing<'a> {
    /// The user is none where the source knows none: then roles, groups and rules decide nothing.
    pub fn new(
        snapshot: &'a Snapshot,
        effective: &'a EffectivePermissions<'a>,
        user: Option<&'a User>,
    ) -> Self {
        Self {
            snapshot,
            effective,
            user,
        }
    }

    /// Whether the user reaches every record of an object.
    pub fn reach(&self, object: &Name, level: Level) -> Reach {
        self.within(object, level, 0)
    }

    fn within(&self, object: &Name, level: Level, depth: usize) -> Reach {
        let access = self.effective.object(object);
        let (view, modify) = (
            access.right(ObjectRight::ViewAll),
            access.right(ObjectRight::ModifyAll),
        );
        let over = match level {
            Level::Read => view.or(modify),
            Level::Edit => modify,
        };
        if over == Known::Yes {
            let name = if modify == Known::Yes {
                "Modify All"
            } else {
                "View All"
            };
            return Reach::new(object, Known::Yes).because(
                format!("the user has {name} on {object}, which sharing does not limit"),
                None,
            );
        }
        let mut reach = match self.default_of(object) {
            None => Reach::not_known(
                object,
                format!("the org-wide default of {object} is not known"),
            ),
            Some((OrgWideDefault::Other(text), _)) => Reach::not_known(
                object,
                format!("the org-wide default `{text}` of {object} is not one that permgap knows"),
            ),
            Some((OrgWideDefault::ControlledByParent, at)) => {
                self.by_parent(object, level, depth, at)
            }
            Some((default, at)) if default.gives(level) => Reach::new(object, Known::Yes).because(
                format!("the org-wide default of {object} is {}", default.label()),
                at,
            ),
            Some((default, at)) => self.closed(object, level, &default, at),
        };
        if reach.all == Known::No && over == Known::Unknown {
            let name = match level {
                Level::Read => "View All",
                Level::Edit => "Modify All",
            };
            reach.all = Known::Unknown;
            reach.unknown.push(format!(
                "whether the user has {name} on {object} is not known"
            ));
        }
        reach
    }

    /// The org-wide default that counts for the user: the external one for a partner or customer.
    fn default_of(&self, object: &Name) -> Option<(OrgWideDefault, Option<Place>)> {
        let definition = self.snapshot.objects.get(object)?;
        let external = self
            .user
            .and_then(|user| user.user_type.as_deref())
            .is_some_and(|kind| !kind.eq_ignore_ascii_case("Standard"));
        let text = if external {
            definition.external_sharing_model.as_deref()?
        } else {
            definition.sharing_model.as_deref()?
        };
        Some((OrgWideDefault::parse(text), definition.at))
    }

    /// The org-wide default of an object, as the source spells it.
    pub fn org_wide_default(&self, object: &Name) -> Option<OrgWideDefault> {
        self.default_of(object).map(|(default, _)| default)
    }

    /// A record that is controlled by its parent is reached as the parent is.
    fn by_parent(&self, object: &Name, level: Level, depth: usize, at: Option<Place>) -> Reach {
        if is_activity(object) {
            return Reach::new(object, Known::Yes).because(
                format!("{object} follows the records it is about, which are looked at themselves"),
                at,
            );
        }
        if depth >= DEEPEST {
            return Reach::not_known(
                object,
                format!("{object} has more than {DEEPEST} parents above each other"),
            );
        }
        let parents = self.parents(object);
        if parents.is_empty() {
            return Reach::not_known(
                object,
                format!("{object} is controlled by its parent, and which that is was not read"),
            );
        }
        let mut worst = Reach::new(object, Known::Yes);
        for (field, parent, place) in parents {
            let read_is_enough = self.write_requires_master_read(object, &field);
            let on_parent = match read_is_enough {
                Some(true) => Level::Read,
                _ => level,
            };
            let mut reach = self.within(&parent, on_parent, depth.saturating_add(1));
            let text = format!(
                "{object} is controlled by its parent: who may {} a {object} is who may {} its {parent} ({object}.{field})",
                level.verb(),
                on_parent.verb()
            );
            let fact = Fact {
                text,
                at: place.or(at),
            };
            reach.facts.insert(0, fact);
            // A master-detail field may be set to demand only Read on the master.
            if level == Level::Edit && object.is_custom() && read_is_enough.is_none() {
                reach.lower(Confidence::Likely);
            }
            if reach.all < worst.all {
                worst = reach;
            } else if reach.all == Known::Yes && worst.all == Known::Yes {
                worst.facts.extend(reach.facts);
            }
        }
        worst
    }

    /// Whether Read on the master is enough to write a detail; none where the source does not tell.
    fn write_requires_master_read(&self, object: &Name, field: &Name) -> Option<bool> {
        let definition = self.snapshot.objects.get(object)?.fields.get(field)?;
        definition.write_requires_master_read
    }

    /// The fields that point to the parents which control an object, with their targets.
    fn parents(&self, object: &Name) -> Vec<(Name, Name, Option<Place>)> {
        let mut parents: Vec<(Name, Name, Option<Place>)> = Vec::new();
        if let Some(definition) = self.snapshot.objects.get(object) {
            for field in definition.fields.values() {
                if field.field_type == FieldType::MasterDetail {
                    let targets = field.reference_to.iter();
                    parents.extend(
                        targets.map(|target| (field.name.clone(), target.clone(), field.at)),
                    );
                }
            }
        }
        // Object Reference: the account controls contacts, assets and orders where sharing is set so.
        if parents.is_empty()
            && ["Contact", "Asset", "Order"]
                .iter()
                .any(|name| object.is(name))
        {
            parents.push((Name::new("AccountId"), Name::new("Account"), None));
        }
        if let Some(parent) = standard::controlling_parent(object)
            && parents.is_empty()
        {
            parents.push((Name::from(format!("{parent}Id")), parent, None));
        }
        parents
    }

    /// The default does not open the records: what else may.
    fn closed(
        &self,
        object: &Name,
        level: Level,
        default: &OrgWideDefault,
        at: Option<Place>,
    ) -> Reach {
        let label = default.label();
        let Some(user) = self.user else {
            return Reach::not_known(
                object,
                format!(
                    "the org-wide default of {object} is {label}, and the roles and groups of the user are not known"
                ),
            );
        };
        let mut reach = Reach::new(object, Known::No);
        reach.control = format!("the org-wide default {label}");
        reach.fact(format!("the org-wide default of {object} is {label}"), at);
        let over = match level {
            Level::Read => "neither View All nor Modify All",
            Level::Edit => "no Modify All",
        };
        reach.fact(
            format!("the user has {over} on {object}, by object or by data permission"),
            None,
        );
        if !self.snapshot.is_in_scope(object) {
            reach.all = Known::Unknown;
            reach.unknown.push(format!(
                "the org-wide default of {object} is {label}, and what else shares it was not read, for it does not sync"
            ));
            return reach;
        }
        self.hierarchy(object, user, &mut reach);
        self.rules(object, level, user, &mut reach);
        self.implicit(object, level, &mut reach);
        self.count_owners(object, level, user, &mut reach);
        if reach.all == Known::No {
            single::shares(object, user, &mut reach);
        }
        reach
    }

    /// The role hierarchy: who is above the owner has the owner's access.
    fn hierarchy(&self, object: &Name, user: &User, reach: &mut Reach) {
        let Some(role) = &user.role_id else {
            if self.snapshot.coverage.is_read(Area::User) {
                reach.fact(
                    "the user has no role, so the role hierarchy gives it no record".to_owned(),
                    None,
                );
            } else {
                reach.lower(Confidence::Likely);
                reach.fact("whether the user has a role was not read".to_owned(), None);
            }
            return;
        };
        let name = user.role.as_deref().unwrap_or(role);
        if self.snapshot.roles.is_empty() {
            reach.all = Known::Unknown;
            reach.unknown.push(format!(
                "which roles are below the user's role {name} was not read, and they open records of {object}"
            ));
            return;
        }
        let others = (self.snapshot.roles.iter())
            .filter(|other| !same_id(&other.id, role))
            .count();
        let below = (self.snapshot.roles.iter())
            .filter(|other| self.is_below(&other.id, role))
            .count();
        if below == 0 {
            reach.fact(
                format!("the user's role {name} has no role below it, so the role hierarchy gives it no record"),
                None,
            );
            return;
        }
        reach.some = true;
        reach.fact(
            format!("the user's role {name} is above {below} of {others} other roles, whose users' records it reaches"),
            None,
        );
        if below == others {
            reach.all = Known::Unknown;
            reach.unknown.push(format!(
                "the user's role {name} is above every other role, and whether users without a role, queues or users of \
                 that same role own {object} records is not known"
            ));
        } else {
            reach.lower(Confidence::Likely);
        }
    }

    /// Whoever reaches a contact, opportunity or case may read its account.
    fn implicit(&self, object: &Name, level: Level, reach: &mut Reach) {
        if !object.is("Account") || level != Level::Read {
            return;
        }
        let children: Vec<&str> = ["Contact", "Opportunity", "Case"]
            .into_iter()
            .filter(|child| {
                let name = Name::new(child);
                let access = self.effective.object(&name);
                let all = access
                    .right(ObjectRight::ViewAll)
                    .or(access.right(ObjectRight::ModifyAll));
                let open = self.default_of(&name).is_some_and(|(default, _)| {
                    default != OrgWideDefault::ControlledByParent && default.gives(Level::Read)
                });
                access.right(ObjectRight::Read) == Known::Yes && (all == Known::Yes || open)
            })
            .collect();
        if !children.is_empty() {
            reach.some = true;
            reach.lower(Confidence::Likely);
            reach.fact(
                format!(
                    "the user sees every {}, and with each its account (implicit access); accounts without one stay hidden",
                    children.join(" and every ")
                ),
                None,
            );
        }
    }
}
