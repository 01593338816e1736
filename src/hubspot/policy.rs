//! The policy file: what people may do through a connector, and what HubSpot's API does not tell of users and apps.
//!
//! In: TOML, and HubSpot's export of users that it names. Out: a [`Policy`], or an error with the file and line.

use std::io::Read;
use std::path::Path;

use crate::snapshot::hubspot::policy::{ExportedUser, Policy};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file cannot be read.
    #[error("`{path}` cannot be read ({source}): check the path and its permissions")]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It says something that cannot be.
    #[error("{path}: {message}")]
    Invalid {
        /// The file, with the line where known.
        path: String,
        /// What is wrong.
        message: String,
    },
}

/// Reads a policy and the export of users that it names.
///
/// # Errors
/// A file that cannot be read, is no TOML, or holds an unknown key, two entries for one person, or an export without
/// addresses.
pub fn load(path: &Path) -> Result<Policy, PolicyError> {
    let shown = path.display().to_string();
    let text = read(path, &shown)?;
    let mut policy: Policy =
        toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            PolicyError::Invalid {
                path: match before {
                    Some(before) => format!("{shown}:{}", 1 + before.matches('\n').count()),
                    None => shown.clone(),
                },
                message: error.message().to_owned(),
            }
        })?;
    let invalid = |message: String| PolicyError::Invalid {
        path: shown.clone(),
        message,
    };
    if policy.exported.is_some() {
        return Err(invalid(
            "`exported` is no key: name the file with `users-export`".into(),
        ));
    }
    for person in &mut policy.people {
        person.email = person.email.trim().to_lowercase();
        if person.email.is_empty() {
            return Err(invalid(
                "a person has no `email`; `*` stands for everybody else".into(),
            ));
        }
        if person.super_admin == Some(true) && person.super_admin_until.is_some() {
            return Err(invalid(format!(
                "{} is meant to be super admin for good and until a day: keep `super-admin` or `super-admin-until`",
                person.email
            )));
        }
        for objects in [&mut person.may, &mut person.rights].into_iter().flatten() {
            *objects = std::mem::take(objects)
                .into_iter()
                .map(|(object, access)| (object.trim().to_lowercase(), access))
                .collect();
        }
    }
    for app in &mut policy.apps {
        app.installer = app.installer.trim().to_lowercase();
        app.needs = std::mem::take(&mut app.needs)
            .into_iter()
            .map(|(object, access)| (object.trim().to_lowercase(), access))
            .collect();
    }
    let mut emails: Vec<&str> = policy
        .people
        .iter()
        .map(|person| person.email.as_str())
        .collect();
    emails.sort_unstable();
    if let Some(twice) = emails.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    }) {
        return Err(invalid(format!(
            "{twice} stands twice: keep one [[person]]"
        )));
    }
    if let Some(export) = &policy.users_export {
        let export = path.parent().unwrap_or(Path::new("")).join(export);
        policy.exported = Some(exported(&export)?);
    }
    policy.file = shown;
    Ok(policy)
}

fn read(path: &Path, shown: &str) -> Result<String, PolicyError> {
    let unreadable = |source| PolicyError::Unreadable {
        path: shown.to_owned(),
        source,
    };
    let mut text = String::new();
    std::fs::File::open(path)
        .map_err(unreadable)?
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(PolicyError::Invalid {
            path: shown.to_owned(),
            message: format!(
                "it holds more than {LARGEST} bytes, which no policy or export of users needs"
            ),
        });
    }
    Ok(text)
}

/// HubSpot's export of users (headers UNCONFIRMED): its article names what it holds (user id, names, e-mail address, last login, teams, role,
/// permissions), and no source its headers, so the columns are found by what they contain.
fn exported(path: &Path) -> Result<Vec<ExportedUser>, PolicyError> {
    let shown = path.display().to_string();
    let text = read(path, &shown)?;
    let invalid = |line: Option<u64>, message: String| PolicyError::Invalid {
        path: line.map_or_else(|| shown.clone(), |line| format!("{shown}:{line}")),
        message,
    };
    let text = text.trim_start_matches('\u{feff}');
    // A spreadsheet of a country with decimal commas saves semicolons.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|one| {
            (
                first.bytes().filter(|byte| byte == one).count(),
                *one == b',',
            )
        })
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader
        .headers()
        .map_err(|error| invalid(Some(1), error.to_string()))?
        .clone();
    let holding = |words: &[&str]| -> Vec<usize> {
        headers
            .iter()
            .enumerate()
            .filter(|(_, header)| {
                let header = header.to_lowercase();
                words.iter().any(|word| header.contains(word))
            })
            .map(|(at, _)| at)
            .collect()
    };
    let email = holding(&["email", "e-mail"]);
    let email = *email.first().ok_or_else(|| {
        invalid(
            Some(1),
            format!(
                "no column's name holds `email` or `e-mail`, so this is no export of HubSpot's users; it has {}",
                headers.iter().collect::<Vec<_>>().join(", ")
            ),
        )
    })?;
    let permissions = holding(&["role", "permission"]);
    let mut users = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            invalid(error.position().map(csv::Position::line), error.to_string())
        })?;
        let Some(email) = record.get(email).filter(|email| !email.is_empty()) else {
            continue;
        };
        let cells: Vec<&str> = permissions
            .iter()
            .filter_map(|at| record.get(*at))
            .filter(|cell| !cell.is_empty())
            .collect();
        users.push(ExportedUser {
            email: email.to_lowercase(),
            permissions: cells.join("; ").chars().take(2000).collect(),
        });
    }
    Ok(users)
}
