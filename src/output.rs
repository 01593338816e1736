//! Files written whole or not at all.
//!
//! In: a path and something that writes. Out: the file, or an error with the old file untouched. Knows nothing of
//! what is written.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be written: {cause}{}", .untouched.then_some("; what was there before is unchanged").unwrap_or_default())]
pub struct OutputError {
    /// The file, as given.
    pub path: String,
    /// What is wrong and what to do next, as a clause.
    pub cause: String,
    /// Whether an earlier file of that name is as it was.
    pub untouched: bool,
    /// What the operating system says.
    pub source: io::Error,
}

/// Writes a file so that whoever opens `path` finds the old content or the new, never a part.
///
/// The content goes to a temporary file in the same folder, reaches the disk and is renamed. Where `path` is a
/// link, the file that it leads to is replaced; what is no file (`/dev/stdout`, a named pipe) is written directly.
/// An existing file keeps its permissions.
///
/// # Errors
/// A folder that does not exist or refuses, a full disk, and whatever `write` returns.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    let existing = fs::metadata(path).ok();
    if let Some(metadata) = &existing
        && !metadata.is_file()
        && !metadata.is_dir()
    {
        return write_directly(path, write).map_err(|error| fault(path, error, false));
    }
    let untouched = existing.is_some();
    let fault = |error| fault(path, error, untouched);
    if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(fault(io::ErrorKind::IsADirectory.into()));
    }
    let target = match &existing {
        Some(_) => fs::canonicalize(path).map_err(fault)?,
        None => path.to_owned(),
    };
    let (file, temporary) = Temporary::beside(&target).map_err(fault)?;
    let finish = || {
        let mut writer = BufWriter::new(file);
        write(&mut writer)?;
        let file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        if let Some(metadata) = existing {
            file.set_permissions(metadata.permissions())?;
        }
        file.sync_all()?;
        drop(file);
        temporary.rename(&target)
    };
    finish().map_err(fault)
}

fn write_directly(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = BufWriter::new(OpenOptions::new().write(true).open(path)?);
    write(&mut writer)?;
    writer.flush()
}

fn fault(path: &Path, source: io::Error, untouched: bool) -> OutputError {
    let cause = match source.kind() {
        io::ErrorKind::NotFound => "its folder does not exist: create it first".to_owned(),
        io::ErrorKind::NotADirectory => "what should be its folder is a file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder: name a file in it".to_owned(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("the disk is full ({source}): free some space, or write elsewhere")
        }
        io::ErrorKind::FileTooLarge => {
            format!(
                "it is larger than files may be here ({source}): see `ulimit -f`, or write elsewhere"
            )
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!(
                "its folder does not allow it ({source}): change its permissions, or write elsewhere"
            )
        }
        _ => source.to_string(),
    };
    OutputError {
        path: path.display().to_string(),
        cause,
        untouched,
        source,
    }
}

/// A file under way, removed unless it was renamed to what it is for.
struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    /// Creates a new file in the folder of `target`.
    fn beside(target: &Path) -> io::Result<(File, Self)> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        const TRIES: u32 = 1000;
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut tries = 0;
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!(".permgap-{}-{number}.tmp", std::process::id());
            let path = folder.join(OsString::from(name));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, Self { path, kept: false })),
                // One that a run left behind when it was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.kept = true;
        // The name reaches the disk with the folder; some systems cannot flush one, and the content is safe.
        if let Some(folder) = target.parent()
            && let Ok(folder) = File::open(folder)
        {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing more can be done about a file that cannot be removed.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) -> Result<(), OutputError> {
        write_atomically(path, |writer| writer.write_all(text.as_bytes()))
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write(&path, "old").unwrap();
        let error = write_atomically(&path, |writer| {
            writer.write_all(&[b'x'; 100_000])?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert!(error.to_string().contains("unchanged"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        for (path, words) in [
            ("no/such/a.json", "create it first"),
            ("file/a.json", "is a file"),
            ("", "is a folder"),
        ] {
            let error = write(&folder.path().join(path), "x").unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.json");
        let link = folder.path().join("link.json");
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink("real.json", &link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        let mode = fs::metadata(&real).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_file_is_written_directly() {
        let error = write(Path::new("/dev/full"), "x").unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        write(Path::new("/dev/null"), "x").unwrap();
    }
}
