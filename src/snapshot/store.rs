//! Snapshots as files: versioned JSON, plain or compressed with gzip.
//!
//! In: a [`Snapshot`] to save, or a file to load. Out: the file, or the snapshot as it was saved. Reading takes
//! memory for the snapshot and never for the whole text, and stops at a limit, also inside compressed data.

mod envelope;
mod error;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use serde::de::DeserializeSeed;

use self::envelope::{Envelope, Schema, Versioned};
pub use self::error::StoreError;
use super::{Name, PermissionSet, Snapshot};
use crate::output::write_atomically;

/// The format that this version writes, and the newest that it reads.
pub const SCHEMA: &str = "permgap.snapshot/1";

/// Most bytes of JSON that are read of a snapshot, after decompression. An org with a million field permissions
/// has about 80 MB.
pub const SIZE_LIMIT: u64 = 1024 * 1024 * 1024;

/// Saves a snapshot, compressed where the name ends in `.gz`. The same snapshot gives the same bytes.
///
/// # Errors
/// Those of [`write_atomically`].
pub fn save(snapshot: &Snapshot, path: &Path) -> Result<(), StoreError> {
    let compressed = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    write_atomically(path, |writer| {
        if compressed {
            // No time in the header: it would make two runs differ.
            let encoder = GzBuilder::new()
                .mtime(0)
                .write(writer, Compression::default());
            // JSON comes in tiny pieces, and each costs the compression a call.
            let mut buffered = BufWriter::with_capacity(BUFFER, encoder);
            write(snapshot, &mut buffered)?;
            let encoder = buffered
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            encoder.finish().map(drop)
        } else {
            write(snapshot, writer)
        }
    })?;
    Ok(())
}

/// Writes a snapshot as one line of JSON.
///
/// # Errors
/// Those of the writer.
pub fn write(snapshot: &Snapshot, mut writer: impl io::Write) -> io::Result<()> {
    let schema = SCHEMA;
    serde_json::to_writer(&mut writer, &Envelope { schema, snapshot })?;
    writer.write_all(b"\n")
}

/// Loads a snapshot, compressed or not.
///
/// # Errors
/// A file that cannot be read, is no snapshot, is of a newer format, or exceeds [`SIZE_LIMIT`].
pub fn load(path: &Path) -> Result<Snapshot, StoreError> {
    load_within(path, SIZE_LIMIT)
}

/// Loads a snapshot of at most `limit` bytes of JSON.
///
/// # Errors
/// As [`load`].
pub fn load_within(path: &Path, limit: u64) -> Result<Snapshot, StoreError> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => StoreError::Missing {
            path: shown.clone(),
        },
        _ => StoreError::Unreadable {
            path: shown.clone(),
            source,
        },
    })?;
    read(file, &shown, limit)
}

/// Reads a snapshot of at most `limit` bytes of JSON, compressed or not; `shown` names it in errors.
///
/// # Errors
/// As [`load`].
pub fn read(source: impl Read, shown: &str, limit: u64) -> Result<Snapshot, StoreError> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    let start = match source.fill_buf() {
        Ok(start) => start,
        Err(source) => {
            let path = shown.to_owned();
            return Err(StoreError::Unreadable { path, source });
        }
    };
    if start.starts_with(&[0x1F, 0x8B]) {
        parse(MultiGzDecoder::new(source), shown, limit)
    } else {
        parse(source, shown, limit)
    }
}

const BUFFER: usize = 64 * 1024;

fn parse(source: impl Read, shown: &str, limit: u64) -> Result<Snapshot, StoreError> {
    let limited = Limited {
        inner: source,
        left: limit,
    };
    let mut buffered = BufReader::with_capacity(BUFFER, limited);
    let start = buffered
        .fill_buf()
        .map_err(|error| explain_io(error, shown, limit))?;
    // A byte order mark is no JSON, but editors leave one.
    if start.starts_with(b"\xEF\xBB\xBF") {
        buffered.consume(3);
    }
    let schema = RefCell::new(Schema::Missing);
    let mut json = serde_json::Deserializer::from_reader(buffered);
    let result = Versioned(&schema)
        .deserialize(&mut json)
        .and_then(|snapshot| json.end().map(|()| snapshot));
    match result {
        Ok(mut snapshot) => {
            normalise(&mut snapshot);
            Ok(snapshot)
        }
        Err(error) => Err(explain(error, schema.into_inner(), shown, limit)),
    }
}

/// Why reading failed, in the words of the one who has the file.
fn explain(error: serde_json::Error, schema: Schema, shown: &str, limit: u64) -> StoreError {
    let path = shown.to_owned();
    let line = error.line();
    match error.classify() {
        serde_json::error::Category::Io => explain_io(error.into(), shown, limit),
        serde_json::error::Category::Eof if line <= 1 && error.column() == 0 => {
            StoreError::Empty { path }
        }
        serde_json::error::Category::Eof => StoreError::CutOff { path, line },
        serde_json::error::Category::Syntax => StoreError::NotJson {
            path,
            line,
            message: without_place(&error),
        },
        serde_json::error::Category::Data => match schema {
            Schema::Known => StoreError::Invalid {
                path,
                line,
                message: without_place(&error),
            },
            Schema::Newer(found) => StoreError::Newer { path, found },
            Schema::Other(found) => StoreError::NotASnapshot {
                path,
                line,
                found: format!("its `schema` is `{found}`"),
            },
            Schema::Missing => StoreError::NotASnapshot {
                path,
                line,
                found: "it names no `schema`".to_owned(),
            },
        },
    }
}

/// Why no more could be read: what decompression says is told from what the operating system says.
fn explain_io(source: io::Error, shown: &str, limit: u64) -> StoreError {
    let path = shown.to_owned();
    if source
        .get_ref()
        .is_some_and(|inner| inner.is::<LimitReached>())
    {
        return StoreError::TooLarge { path, limit };
    }
    match source.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            StoreError::Corrupt { path, source }
        }
        _ => StoreError::Unreadable { path, source },
    }
}

/// The parser's message without the line, which stands in front, and the column.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// Brings a snapshot that a person may have edited into the order that the look-ups rely on, and its things to
/// the names they are filed under.
fn normalise(snapshot: &mut Snapshot) {
    for (name, object) in &mut snapshot.objects {
        object.name = name.clone();
        for (name, field) in &mut object.fields {
            field.name = name.clone();
        }
        for (name, record_type) in &mut object.record_types {
            record_type.name = name.clone();
        }
        object.validation_rules.sort_by(|a, b| a.name.cmp(&b.name));
    }
    for containers in [
        &mut snapshot.profiles,
        &mut snapshot.permission_sets,
        &mut snapshot.muting_permission_sets,
    ] {
        for (name, container) in containers {
            normalise_container(name, container);
        }
    }
    for (name, group) in &mut snapshot.permission_set_groups {
        group.name = name.clone();
        if let Some(aggregate) = &mut group.aggregate {
            aggregate.sort();
        }
    }
    for (name, set) in &mut snapshot.value_sets {
        set.name = name.clone();
    }
    for (name, permission) in &mut snapshot.custom_permissions {
        permission.name = name.clone();
    }
    snapshot.flows.sort_by(|a, b| a.name.cmp(&b.name));
    snapshot
        .apex
        .sort_by(|a, b| (a.kind as u8, &a.name).cmp(&(b.kind as u8, &b.name)));
    snapshot
        .sharing_rules
        .sort_by(|a, b| (&a.object, &a.name).cmp(&(&b.object, &b.name)));
}

fn normalise_container(name: &Name, container: &mut PermissionSet) {
    container.name = name.clone();
    container.sort();
}

/// A reader that fails when more than `left` bytes come.
struct Limited<R> {
    inner: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the limit is reached")]
struct LimitReached;

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(LimitReached)),
        }
        Ok(count)
    }
}
