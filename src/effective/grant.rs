//! One entry of a grant trail: what a container gives, and what muting or a missing prerequisite takes away.

use crate::snapshot::{Name, Place, Snapshot};

/// A container, named the way Setup does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerRef {
    /// `profile`, `permission set`, or `permission set group` for the union that a live org computes.
    pub kind: &'static str,
    /// Its name.
    pub name: Name,
    /// The group through which the user has it.
    pub group: Option<Name>,
}

impl std::fmt::Display for ContainerRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        match &self.group {
            Some(group) => write!(f, " in group {group}"),
            None => Ok(()),
        }
    }
}

/// What happens to a right that a container lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It counts.
    Grants,
    /// It does not count inside its group: a muting permission set takes it away.
    Muted,
    /// It is listed, but without a right that it needs (rules R4 and R5), so it has no effect.
    WithoutPrerequisite,
    /// Whether it counts is not known: a muting permission set, or a right that it needs, was not read.
    Uncertain,
}

impl Effect {
    /// What becomes of `rights` of a container, as one sentence. `muting` is the muting permission set, where known.
    pub fn sentence(self, container: &str, rights: &str, muting: Option<&str>) -> String {
        match (self, muting) {
            (Self::Grants, _) => format!("{container} grants {rights}"),
            (Self::Muted, Some(muting)) => format!(
                "{container} grants {rights}, which muting permission set {muting} takes away"
            ),
            (Self::Muted, None) => {
                format!("{container} grants {rights}, which does not count inside the group")
            }
            (Self::WithoutPrerequisite, _) => format!(
                "{container} lists {rights} without a right that it needs, so it has no effect"
            ),
            (Self::Uncertain, _) => format!(
                "{container} lists {rights}; whether it counts is not known, since a muting permission set or a right \
                 that it needs was not read"
            ),
        }
    }
}

/// One right from one container, with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The container that lists the right.
    pub container: ContainerRef,
    /// The right: `read`, `edit`, `view_all` …
    pub right: &'static str,
    /// What becomes of it.
    pub effect: Effect,
    /// Where the container lists it.
    pub at: Option<Place>,
    /// For a muted right: the muting permission set, and where it lists the right; none where several may.
    pub muted_by: Option<(Name, Option<Place>)>,
}

impl Grant {
    /// One sentence for a person, without the place.
    pub fn sentence(&self) -> String {
        let muting = self.muted_by.as_ref().map(|(muting, _)| muting.to_string());
        self.effect
            .sentence(&self.container.to_string(), self.right, muting.as_deref())
    }

    /// Whether the entry is about a right: `edit` is among `create, edit, delete (by EditTask)`.
    pub fn gives(&self, right: &str) -> bool {
        let (rights, _by) = self.right.split_once(" (").unwrap_or((self.right, ""));
        rights == "every right" || rights.split(", ").any(|given| given == right)
    }

    /// The place as file and line.
    pub fn place<'s>(&self, snapshot: &'s Snapshot) -> (Option<&'s str>, Option<u32>) {
        match self.at {
            Some(place) => (snapshot.file(place), Some(place.line)),
            None => (None, None),
        }
    }
}
