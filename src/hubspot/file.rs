//! HubSpot's facts as a file: `permgap.hubspot/1`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::output::{OutputError, write_atomically};
use crate::snapshot::hubspot::HubSpotFacts;

/// The format's name and version.
pub const SCHEMA: &str = "permgap.hubspot/1";

/// Largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A file that holds no such facts.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// It cannot be read.
    #[error("`{path}` cannot be read ({source}): check the path and its permissions")]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It is something else.
    #[error(
        "`{path}` holds no HubSpot facts ({message}): write it with `permgap hubspot --save FILE`"
    )]
    Invalid {
        /// The file, as given.
        path: String,
        /// What is wrong.
        message: String,
    },
}

#[derive(Serialize)]
struct Document<'f> {
    schema: &'static str,
    #[serde(flatten)]
    facts: &'f HubSpotFacts,
}

#[derive(Deserialize)]
struct Read1 {
    schema: String,
    #[serde(flatten)]
    facts: HubSpotFacts,
}

/// Saves facts; the same facts give the same bytes.
///
/// # Errors
/// Those of [`write_atomically`].
pub fn save(facts: &HubSpotFacts, path: &Path) -> Result<(), OutputError> {
    write_atomically(path, |writer| {
        serde_json::to_writer_pretty(
            &mut *writer,
            &Document {
                schema: SCHEMA,
                facts,
            },
        )?;
        writer.write_all(b"\n")
    })
}

/// Loads facts.
///
/// # Errors
/// A file that cannot be read or is of another format.
pub fn load(path: &Path) -> Result<HubSpotFacts, FactsError> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|source| FactsError::Unreadable {
        path: shown.clone(),
        source,
    })?;
    let read: Read1 =
        serde_json::from_reader(BufReader::new(file.take(LARGEST))).map_err(|error| {
            FactsError::Invalid {
                path: shown.clone(),
                message: error.to_string(),
            }
        })?;
    if read.schema != SCHEMA {
        let message = format!(
            "its format is {:?}, and this version reads {SCHEMA}",
            crate::net::bounded(&read.schema, 80)
        );
        return Err(FactsError::Invalid {
            path: shown,
            message,
        });
    }
    Ok(read.facts)
}
