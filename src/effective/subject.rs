//! Whose access is asked for: a profile with permission sets and groups, named or taken from a user.

use crate::snapshot::{Assigned, Assignment, Name, PlatformAccess, Snapshot, User};

/// The containers that make up one user's access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The profile; none where it is not known, which leaves open what it grants (rule R7).
    pub profile: Option<Name>,
    /// Assigned permission sets.
    pub permission_sets: Vec<Name>,
    /// Assigned permission set groups.
    pub groups: Vec<Name>,
    /// Assignments that exist and grant nothing, each with the reason.
    pub ineffective: Vec<(Assigned, String)>,
    /// Assignments of which it is not known whether they still count, each with the reason.
    pub uncertain: Vec<(Assigned, String)>,
    /// Permission sets and groups that are among the above without being assigned: what would be if they were.
    pub as_if: Vec<Name>,
    /// Salesforce's own answers on the user's access.
    pub platform: Vec<PlatformAccess>,
    /// Whether the source tells what the user has, and not whoever runs the audit.
    pub of_user: bool,
}

impl Subject {
    /// The containers of a user, from its assignments as of `now` (RFC 3339).
    ///
    /// An assignment that has expired, that Salesforce marks inactive, or that a user access policy revoked
    /// grants nothing (Object Reference, PermissionSetAssignment: `ExpirationDate`, `IsActive`, `IsRevoked`).
    pub fn of_user(user: &User, now: jiff::Timestamp) -> Self {
        let mut subject = Self {
            profile: user.profile.clone(),
            platform: user.platform_access.clone(),
            of_user: true,
            ..Self::default()
        };
        for assignment in &user.assignments {
            let of = &assignment.of;
            match (Standing::of(assignment, now), of) {
                (Standing::Over(reason), _) => subject.ineffective.push((of.clone(), reason)),
                (Standing::Unclear(reason), _) => subject.uncertain.push((of.clone(), reason)),
                (Standing::Counts, Assigned::PermissionSet(name)) => {
                    subject.permission_sets.push(name.clone());
                }
                (Standing::Counts, Assigned::PermissionSetGroup(name)) => {
                    subject.groups.push(name.clone());
                }
            }
        }
        subject
    }
}

/// Whether an assignment counts.
enum Standing {
    Counts,
    Over(String),
    Unclear(String),
}

impl Standing {
    fn of(assignment: &Assignment, now: jiff::Timestamp) -> Self {
        let end = assignment.expires_at.as_deref();
        let parsed = end.map(|end| (end, end.parse::<jiff::Timestamp>()));
        match parsed {
            Some((end, Ok(time))) if time <= now => {
                Self::Over(format!("the assignment expired at {end}"))
            }
            _ if assignment.is_revoked == Some(true) => {
                Self::Over("a user access policy revoked the assignment".to_owned())
            }
            _ if assignment.is_active == Some(false) => {
                Self::Over("Salesforce marks the assignment as not active".to_owned())
            }
            Some((end, Err(_))) => Self::Unclear(format!("its expiry `{end}` is no time")),
            _ => Self::Counts,
        }
    }
}

/// Something that was named and that the snapshot does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `profile`, `permission set`, `permission set group`, `muting permission set`.
    pub kind: &'static str,
    /// The name asked for.
    pub name: Name,
    /// The group that has it as a member; none where it was named or assigned directly.
    pub group: Option<Name>,
    /// The names that come nearest, best first.
    pub nearest: Vec<String>,
}

impl Missing {
    /// One sentence for a person.
    pub fn sentence(&self) -> String {
        let mut text = match &self.group {
            Some(group) => format!(
                "{} {}, a member of group {group}, was not found",
                self.kind, self.name
            ),
            None => format!("{} {} was not found", self.kind, self.name),
        };
        if !self.nearest.is_empty() {
            text.push_str("; nearest: ");
            text.push_str(&self.nearest.join(", "));
        }
        text.push_str(
            ". What it might change is not known: correct the name, or add its file to the source",
        );
        text
    }
}

/// The legacy names under which metadata keeps some standard profiles.
///
/// A profile's `fullName` is not what Setup shows (Metadata API Developer Guide, Profile): `Admin` is
/// System Administrator, `Standard` is Standard User.
const PROFILE_ALIASES: [(&str, &str); 6] = [
    ("Admin", "System Administrator"),
    ("Standard", "Standard User"),
    ("ReadOnly", "Read Only"),
    ("MarketingProfile", "Marketing User"),
    ("ContractManager", "Contract Manager"),
    ("SolutionManager", "Solution Manager"),
];

/// Both names of a standard profile that has two, whichever is given; none for any other profile.
pub fn profile_alias(name: &Name) -> Option<Name> {
    PROFILE_ALIASES.iter().find_map(|(file, shown)| {
        if name.is(file) {
            Some(Name::new(shown))
        } else if name.is(shown) {
            Some(Name::new(file))
        } else {
            None
        }
    })
}

/// Looks a profile up by its file name or the name that Setup shows.
pub fn find_profile<'s>(
    snapshot: &'s Snapshot,
    name: &Name,
) -> Option<&'s crate::snapshot::PermissionSet> {
    snapshot.profiles.get(name).or_else(|| {
        let alias = profile_alias(name)?;
        snapshot.profiles.get(&alias)
    })
}

/// Up to three names near `wanted`, best first.
pub fn nearest<'n>(wanted: &Name, known: impl Iterator<Item = &'n Name>) -> Vec<String> {
    let wanted = wanted.as_str().to_lowercase();
    let mut scored: Vec<(f64, &Name)> = known
        .map(|name| (similarity(&wanted, &name.as_str().to_lowercase()), name))
        .filter(|(score, _)| *score > 0.7)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored
        .into_iter()
        .take(3)
        .map(|(_, name)| name.to_string())
        .collect()
}

fn similarity(a: &str, b: &str) -> f64 {
    // NOTE: a part of a name ('Sync' for 'HubSpot_Sync') scores low by edits, though a person would see it.
    let contained = a.len() >= 4 && b.contains(a) || b.len() >= 4 && a.contains(b);
    let edits = strsim::normalized_damerau_levenshtein(a, b).max(strsim::jaro_winkler(a, b) - 0.1);
    if contained { edits.max(0.75) } else { edits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expired_revoked_and_inactive_assignments_grant_nothing() {
        let assignment = |name: &str| Assignment {
            of: Assigned::PermissionSet(name.into()),
            expires_at: None,
            is_active: None,
            is_revoked: None,
        };
        let mut user: User =
            serde_json::from_str(r#"{"id":"005","username":"a@b.c","profile":"P"}"#).unwrap();
        user.assignments = vec![
            assignment("Good"),
            Assignment {
                expires_at: Some("2026-01-02T00:00:00Z".into()),
                ..assignment("Expired")
            },
            Assignment {
                expires_at: Some("2026-01-04T00:00:00Z".into()),
                ..assignment("Later")
            },
            Assignment {
                is_revoked: Some(true),
                ..assignment("Revoked")
            },
            Assignment {
                is_active: Some(false),
                ..assignment("Inactive")
            },
        ];
        let subject = Subject::of_user(&user, "2026-01-03T00:00:00Z".parse().unwrap());
        assert_eq!(subject.permission_sets, ["Good".into(), "Later".into()]);
        assert_eq!(subject.ineffective.len(), 3);
        assert!(subject.uncertain.is_empty());
    }

    #[test]
    fn an_end_is_read_as_the_api_writes_it_and_one_that_is_no_time_decides_nothing() {
        let mut user: User = serde_json::from_str(r#"{"id":"005","username":"a@b.c"}"#).unwrap();
        user.assignments = ["2026-01-02T00:00:00.000+0000", "soon"]
            .map(|end| Assignment {
                of: Assigned::PermissionSet(end.into()),
                expires_at: Some(end.into()),
                is_active: None,
                is_revoked: None,
            })
            .to_vec();
        let subject = Subject::of_user(&user, "2026-01-03T00:00:00Z".parse().unwrap());
        assert!(subject.permission_sets.is_empty());
        assert_eq!(subject.ineffective.len(), 1);
        assert_eq!(subject.uncertain.len(), 1);
    }

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let known: Vec<Name> = ["HubSpot_Sync", "Sales_User", "HubSpot_Sync_2"]
            .map(Name::new)
            .to_vec();
        assert_eq!(
            nearest(&"hubspotsync".into(), known.iter())[0],
            "HubSpot_Sync"
        );
        assert!(nearest(&"Zzz".into(), known.iter()).is_empty());
        let missing = Missing {
            kind: "profile",
            name: "Zzz".into(),
            group: None,
            nearest: Vec::new(),
        };
        let sentence = missing.sentence();
        assert!(sentence.contains("correct the name"), "{sentence}");
    }
}
