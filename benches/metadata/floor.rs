//! The least that any reader has to do: find the files, read them, run quick-xml through all their events.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::Event;
use rayon::prelude::*;

/// Tokenises those files below `folders` that are in `wanted`, in parallel; the number of events.
///
/// # Errors
/// Those of the file system, and text that is not UTF-8.
pub(crate) fn tokenise(folders: &[PathBuf], wanted: &HashSet<PathBuf>) -> io::Result<usize> {
    let mut files = Vec::new();
    for folder in folders {
        walk(folder, wanted, &mut files)?;
    }
    files.sort();
    files
        .par_iter()
        .map_init(Vec::new, |bytes, file| events(file, bytes))
        .sum()
}

fn walk(folder: &Path, wanted: &HashSet<PathBuf>, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path, wanted, files)?;
        } else if wanted.contains(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn events(file: &Path, bytes: &mut Vec<u8>) -> io::Result<usize> {
    bytes.clear();
    File::open(file)?.read_to_end(bytes)?;
    let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
    let mut reader = Reader::from_str(text);
    let mut count = 0;
    loop {
        match reader.read_event().map_err(io::Error::other)? {
            Event::Eof => return Ok(count),
            event => {
                std::hint::black_box(event);
                count += 1;
            }
        }
    }
}
