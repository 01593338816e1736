//! Mapping files: opening, size, text encoding and format.
//!
//! In: a path, or bytes with a name. Out: mapping rows. Knows nothing of what a row means.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::check::RowReader;
use super::error::Faults;
use super::headers::Column;
use super::lines::Lines;
use super::{MappingFileError, MappingRow, csv, json, toml};

/// The largest mapping file that is read: a thousand mappings take about 100 KB, and noise of this size, read as TOML,
/// already takes some 300 MB of memory.
pub const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The most rows that one mapping file can have.
pub const MAX_ROWS: usize = 100_000;

/// The format of a mapping file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Own CSV or HubSpot's export.
    Csv,
    /// `{"mappings": [{…}]}` or `[{…}]`.
    Json,
    /// `[[mapping]]` tables.
    Toml,
}

impl Format {
    /// The format that the ending of a file name says; none for another ending.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit(['/', '\\']).next()?.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Self::Csv,
            "json" => Self::Json,
            "toml" => Self::Toml,
            _ => return None,
        })
    }
}

/// Reads a mapping file, in the format that its ending says (`.csv`, `.json`, `.toml`); with another ending, the
/// format that its text shows.
///
/// # Errors
/// The file cannot be opened, is larger than [`MAX_FILE_BYTES`] or is in no format that is read; or all that is wrong
/// in it, each fault with its line: one bad row makes the whole file unusable, since a mapping left out would be a
/// gap that nobody hears of.
pub fn read(path: &Path) -> Result<Vec<MappingRow>, MappingFileError> {
    let file = path.to_string_lossy();
    let failed = |source: io::Error| {
        let file = file.clone().into_owned();
        match source.kind() {
            io::ErrorKind::NotFound => MappingFileError::Missing { file },
            io::ErrorKind::IsADirectory => MappingFileError::Folder { file },
            _ => MappingFileError::Unreadable { file, source },
        }
    };
    let too_large = || MappingFileError::TooLarge {
        file: file.clone().into_owned(),
        limit_mib: MAX_FILE_BYTES / (1024 * 1024),
    };
    // Asked before opening: opening a folder fails on Windows without saying so.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // A pipe has no length, and a file can grow.
    File::open(path)
        .and_then(|open| open.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(too_large());
    }
    read_bytes(&bytes, &file)
}

/// Reads the bytes of a mapping file called `file`, as [`read`] does.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8], file: &str) -> Result<Vec<MappingRow>, MappingFileError> {
    if let Some((found, next)) = known_binary(bytes) {
        return Err(unknown(file, found, next));
    }
    let text = decode(bytes, file)?;
    let format = match Format::of_name(file) {
        Some(format) => format,
        None => sniff(&text).ok_or_else(|| {
            unknown(
                file,
                "neither CSV with known headers, nor JSON, nor TOML",
                "save it as CSV with the columns `hubspot_object`, `hubspot_property`, `salesforce_object`, \
                 `salesforce_field` and `sync_rule`, and name it `.csv`",
            )
        })?,
    };
    read_str(&text, file, format)
}

/// Reads the text of a mapping file called `file` in a known format.
///
/// # Errors
/// All that is wrong in it, as [`read`] says.
pub fn read_str(
    text: &str,
    file: &str,
    format: Format,
) -> Result<Vec<MappingRow>, MappingFileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = RowReader::new(file);
    if text.trim().is_empty() {
        rows.fault(None, || {
            "it is empty: write the mappings into it, or leave the file out".to_owned()
        });
        return rows.finish();
    }
    let lines = Lines::of(text);
    match format {
        Format::Csv => csv::read(text, &lines, &mut rows),
        Format::Json => json::read(text, &lines, &mut rows),
        Format::Toml => toml::read(text, &lines, &mut rows),
    }
    rows.finish()
}

fn unknown(file: &str, found: &'static str, next: &'static str) -> MappingFileError {
    MappingFileError::UnknownFormat {
        file: file.to_owned(),
        found,
        next,
    }
}

/// What a file is by its first bytes, where it is something that people give for a list, and what to do with it.
fn known_binary(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const WORKBOOK: &str = "open it and save it as CSV (UTF-8)";
    [
        (
            b"PK\x03\x04".as_slice(),
            "a ZIP archive or an Excel workbook",
            WORKBOOK,
        ),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook", WORKBOOK),
        (b"\x1F\x8B", "compressed with gzip", "unpack it first"),
        (
            b"%PDF",
            "a PDF document",
            "export the mappings as CSV instead",
        ),
    ]
    .into_iter()
    .find(|(magic, ..)| bytes.starts_with(magic))
    .map(|(_, found, next)| (found, next))
}

/// The format that a text shows; none where it shows none.
fn sniff(text: &str) -> Option<Format> {
    let text = text.trim_start();
    if text.starts_with('{') || text.is_empty() {
        return Some(Format::Json);
    }
    let first = text
        .lines()
        .find(|line| !line.trim_start().starts_with('#'))?;
    let is_list_key = |line: &str| {
        line.strip_prefix("mapping")
            .map(|rest| rest.strip_prefix('s').unwrap_or(rest))
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    if first.starts_with("[[") || is_list_key(first) {
        return Some(Format::Toml);
    }
    if text.starts_with('[') {
        return Some(Format::Json);
    }
    let known = text
        .lines()
        .take(2)
        .flat_map(|line| line.split([',', ';', '\t']))
        .any(|header| Column::of(header.trim().trim_matches('"')).is_some());
    known.then_some(Format::Csv)
}

/// The bytes as text: UTF-8, or UTF-16 where a byte order mark says so.
fn decode<'b>(bytes: &'b [u8], file: &str) -> Result<Cow<'b, str>, MappingFileError> {
    let decoded = if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        utf16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        utf16(rest, u16::from_be_bytes)
    } else {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| Encoding::Utf8(bytes))
    };
    let mut faults = Faults::new(file);
    match decoded {
        Ok(text) => match memchr::memchr(0, text.as_bytes()) {
            None => return Ok(text),
            Some(at) => faults.add(Some(Lines::of(&text).at(at)), || {
                "a NUL character, so this is no text, or UTF-16 without a byte order mark: save the file as CSV \
                 (UTF-8)"
                    .to_owned()
            }),
        },
        Err(Encoding::Utf16 { line }) => faults.add(Some(line), || {
            "this is not UTF-16, though the file begins with its byte order mark: save the file as UTF-8".to_owned()
        }),
        Err(Encoding::Utf8(bytes)) => {
            for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
                let Err(error) = std::str::from_utf8(line) else {
                    continue;
                };
                let byte = line.get(error.valid_up_to()).copied().unwrap_or_default();
                faults.add(Some(index.saturating_add(1)), || {
                    format!(
                        "byte 0x{byte:02X} is not UTF-8 (the file may be saved as Latin-1 or Windows-1252): save it \
                         as UTF-8"
                    )
                });
            }
        }
    }
    Err(faults.into_error())
}

/// Bytes that are not in the encoding they seem to be in.
enum Encoding<'b> {
    Utf8(&'b [u8]),
    Utf16 { line: usize },
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Encoding<'_>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => {
                let line = Lines::of(&text).at(text.len());
                return Err(Encoding::Utf16 { line });
            }
        }
    }
    if rest.is_empty() {
        Ok(Cow::Owned(text))
    } else {
        let line = Lines::of(&text).at(text.len());
        Err(Encoding::Utf16 { line })
    }
}
