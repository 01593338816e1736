//! One entry of a grant trail: what a container gives, and what muting or a missing prerequisite takes away.

use crate::snapshot::{ContainerKind, Name, Place, Snapshot};

/// A container, named the way Setup does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerRef {
    /// Profile, permission set or muting permission set.
    pub kind: ContainerKind,
    /// Its name.
    pub name: Name,
    /// The group through which the user has it.
    pub group: Option<Name>,
}

impl std::fmt::Display for ContainerRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.label(), self.name)?;
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
    /// A muting permission set of the group takes it away.
    Muted,
    /// It is listed, but without a right that it needs (rules R4 and R5), so it has no effect.
    WithoutPrerequisite,
    /// It counts unless a muting permission set that was not read takes it away.
    Uncertain,
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
    /// For a muted right: the muting permission set, and where it lists the right.
    pub muted_by: Option<(Name, Option<Place>)>,
}

impl Grant {
    /// One sentence for a person, without the place.
    pub fn sentence(&self) -> String {
        let Self {
            container, right, ..
        } = self;
        match (&self.effect, &self.muted_by) {
            (Effect::Grants, _) => format!("{container} grants {right}"),
            (Effect::Muted, Some((muting, _))) => {
                format!(
                    "{container} grants {right}, which muting permission set {muting} takes away"
                )
            }
            (Effect::Muted, None) => format!("{container} grants {right}, which is muted"),
            (Effect::WithoutPrerequisite, _) => {
                format!(
                    "{container} lists {right} without a right that it needs, so it has no effect"
                )
            }
            (Effect::Uncertain, _) => format!(
                "{container} grants {right}, unless a muting permission set that was not read takes it away"
            ),
        }
    }

    /// The place as file and line.
    pub fn place<'s>(&self, snapshot: &'s Snapshot) -> (Option<&'s str>, Option<u32>) {
        match self.at {
            Some(place) => (snapshot.file(place), Some(place.line)),
            None => (None, None),
        }
    }
}
