//! Reads the files that were found, in parallel.
//!
//! In: files. Out: their facts, in the order of the files, whatever thread read them. Holds the text of one file a
//! thread at a time.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::Progress;
use super::discover::MetadataFile;
use super::kind::FileKind;
use super::parse::{Facts, apex_class, apex_trigger, broken, parse};
use super::xml::{Fault, decode};
use crate::snapshot::NameInterner;

/// The size of a file, in bytes, above which it is not read: no org writes a metadata file near it, and a reader
/// must not take memory without bound.
pub const FILE_SIZE_LIMIT: u64 = 64 * 1024 * 1024;

/// Buffers above this size, in bytes, are given back after use.
const BUFFER_KEPT: usize = 4 * 1024 * 1024;

/// What a thread reuses from file to file.
#[derive(Default)]
struct Worker {
    names: NameInterner,
    bytes: Vec<u8>,
    text: String,
}

/// Reads `files`; one [`Facts`] for each, in their order.
pub(super) fn read_all(files: &[MetadataFile], progress: Option<Progress<'_>>) -> Vec<Facts> {
    let mut workers = Vec::new();
    workers.resize_with(rayon::current_num_threads() + 1, Mutex::<Worker>::default);
    let done = AtomicUsize::new(0);
    files
        .par_iter()
        .map(|file| {
            // A thread of the pool has its worker to itself; the last is for a thread that is none of the pool's.
            let own = rayon::current_thread_index().and_then(|index| workers.get(index));
            let facts = match own.or(workers.last()) {
                Some(worker) => {
                    let mut worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
                    read(file, &mut worker)
                }
                None => read(file, &mut Worker::default()),
            };
            if let Some(progress) = progress {
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
            }
            facts
        })
        .collect()
}

fn read(file: &MetadataFile, worker: &mut Worker) -> Facts {
    let Worker { names, bytes, text } = worker;
    let identity = &file.identity;
    let facts = match load(&file.path, bytes).and_then(|()| decode(bytes, text)) {
        Ok(text) if identity.kind == FileKind::ApexClass => Facts {
            fragment: Some(apex_class(text, &identity.name, file.index, names)),
            ..Facts::default()
        },
        Ok(text) if identity.kind == FileKind::ApexTrigger => {
            match apex_trigger(text, &identity.name, file.index, names) {
                Ok(fragment) => Facts {
                    fragment: Some(fragment),
                    ..Facts::default()
                },
                Err(fault) => broken(fault, identity, file.index),
            }
        }
        Ok(text) => parse(text, identity, file.index, names),
        Err(fault) => broken(fault, identity, file.index),
    };
    bytes.clear();
    bytes.shrink_to(BUFFER_KEPT);
    text.clear();
    text.shrink_to(BUFFER_KEPT);
    facts
}

fn load(path: &Path, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let unreadable =
        |error: std::io::Error| Fault::new(None, format!("the file cannot be read ({error})"));
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    if size > FILE_SIZE_LIMIT {
        return Err(too_large(size));
    }
    bytes.clear();
    bytes.reserve(usize::try_from(size).unwrap_or_default().saturating_add(1));
    // The file may have grown since its size was asked for.
    file.take(FILE_SIZE_LIMIT + 1)
        .read_to_end(bytes)
        .map_err(unreadable)?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > FILE_SIZE_LIMIT {
        return Err(too_large(size));
    }
    Ok(())
}

fn too_large(size: u64) -> Fault {
    const MIB: u64 = 1024 * 1024;
    Fault::new(
        None,
        format!(
            "the file has {} MiB, more than the {} MiB that permgap reads of one: it is hardly metadata",
            size / MIB,
            FILE_SIZE_LIMIT / MIB
        ),
    )
}
