//! HubSpot's owners from a file: what its API answers, or a CSV with the columns `email`, `name`, `archived`.
//!
//! In: bytes. Out: owners with an address, or an error that names the file and the line.

use std::io::Read;
use std::path::Path;

use serde::Deserialize;

pub use crate::snapshot::hubspot::HubSpotOwner;

/// Largest file that is read; a portal has some thousands of owners at most.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// An owners file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OwnersFileError {
    /// It cannot be read.
    #[error(
        "the owners file `{path}` cannot be read ({source}): check the path and its permissions"
    )]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It is too large to be one.
    #[error(
        "the owners file `{path}` has more than {SIZE_LIMIT} bytes: it is hardly a list of owners"
    )]
    TooLarge {
        /// The file, as given.
        path: String,
    },
    /// It is neither HubSpot's answer nor a CSV.
    #[error("{path}: {message}")]
    Invalid {
        /// The file, with the line where known.
        path: String,
        /// What is wrong, and what is expected.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiOwner {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
struct ApiPage {
    results: Vec<ApiOwner>,
}

/// Reads a file: JSON where it begins with `{` or `[`, else CSV.
///
/// # Errors
/// A file that cannot be read, is too large, or is neither.
pub fn read(path: &Path) -> Result<Vec<HubSpotOwner>, OwnersFileError> {
    let shown = path.display().to_string();
    let unreadable = |source| OwnersFileError::Unreadable {
        path: shown.clone(),
        source,
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
        return Err(OwnersFileError::TooLarge { path: shown });
    }
    parse(&bytes, &shown)
}

/// Reads bytes; `shown` names the file in errors. Owners come sorted, each address once.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], shown: &str) -> Result<Vec<HubSpotOwner>, OwnersFileError> {
    let invalid = |line: Option<u64>, message: String| OwnersFileError::Invalid {
        path: match line {
            Some(line) => format!("{shown}:{line}"),
            None => shown.to_owned(),
        },
        message,
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let mut owners: Vec<HubSpotOwner> = Vec::new();
    if matches!(first, Some(b'{' | b'[')) {
        let page = if first == Some(&b'[') {
            serde_json::from_slice(bytes).map(|results| ApiPage { results })
        } else {
            serde_json::from_slice::<ApiPage>(bytes)
        };
        let page = page.map_err(|error| {
            let line = u64::try_from(error.line()).ok();
            invalid(line, format!("not what HubSpot's owners API answers ({error}): expected `results`, or a list, of objects with `email`"))
        })?;
        for owner in page.results {
            // Queues and teams have no address, and are matched in another way.
            let Some(email) = owner
                .email
                .as_deref()
                .map(str::trim)
                .filter(|email| !email.is_empty())
            else {
                continue;
            };
            let name = [owner.first_name, owner.last_name]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            owners.push(HubSpotOwner {
                email: email.to_lowercase(),
                name: (!name.trim().is_empty()).then_some(name),
                archived: owner.archived,
            });
        }
    } else {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let headers = reader
            .headers()
            .map_err(|error| invalid(Some(1), error.to_string()))?
            .clone();
        let column = |name: &str| {
            headers
                .iter()
                .position(|header| header.eq_ignore_ascii_case(name))
        };
        let email = column("email").ok_or_else(|| {
            invalid(
                Some(1),
                "no column `email`: the columns are email, name, archived".to_owned(),
            )
        })?;
        let (name, archived) = (column("name"), column("archived"));
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map(csv::Position::line);
                invalid(line, error.to_string())
            })?;
            let line = record.position().map(csv::Position::line);
            let cell = |at: Option<usize>| {
                at.and_then(|at| record.get(at))
                    .filter(|text| !text.is_empty())
            };
            let Some(email) = cell(Some(email)) else {
                continue;
            };
            let archived = match cell(archived).map(str::to_ascii_lowercase).as_deref() {
                None | Some("false" | "no" | "0") => false,
                Some("true" | "yes" | "1") => true,
                Some(other) => {
                    return Err(invalid(
                        line,
                        format!("`{other}` in column archived is neither true nor false"),
                    ));
                }
            };
            owners.push(HubSpotOwner {
                email: email.to_lowercase(),
                name: cell(name).map(str::to_owned),
                archived,
            });
        }
    }
    owners.sort();
    owners.dedup_by(|a, b| a.email == b.email);
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hubspots_answer_and_a_csv_give_the_same_owners() {
        let json = br#"{"results":[{"id":"1","email":"Ann@X.example","firstName":"Ann","lastName":"Lee","archived":false},{"id":"2","type":"QUEUE"}]}"#;
        let csv = b"\xef\xbb\xbfEmail,Name,Archived\r\nann@x.example,Ann Lee,false\r\n";
        let owners = parse(json, "o.json").unwrap();
        assert_eq!(owners, parse(csv, "o.csv").unwrap());
        assert_eq!(owners[0].email, "ann@x.example");
        assert_eq!(owners.len(), 1);
    }

    #[test]
    fn faults_name_the_line() {
        let error = parse(
            b"email,archived\na@x.example,no\nb@x.example,perhaps\n",
            "o.csv",
        )
        .unwrap_err();
        assert!(error.to_string().starts_with("o.csv:3: "), "{error}");
        let error = parse(b"name\nAnn\n", "o.csv").unwrap_err();
        assert!(error.to_string().contains("no column `email`"), "{error}");
        assert!(parse(b"{\"x\": 1}", "o.json").is_err());
        assert!(parse(b"", "o.csv").is_err());
    }
}
