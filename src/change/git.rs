//! A git repository as it was at a commit, by the `git` command: reads, never writes, never runs what the repository
//! names.
//!
//! In: a folder and a revision. Out: files of that commit, and what differs in the working tree. Objects are read with
//! `cat-file`, because `git archive` leaves out what `.gitattributes` tells it to.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::lines::Changes;

/// Most bytes of one file that are read from a commit: no metadata that an audit uses comes near it.
const FILE_LIMIT: u64 = crate::collect::metadata::FILE_SIZE_LIMIT;

/// Why a change cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no `git`.
    #[error(
        "--changed-since needs the `git` command, which cannot be run ({0}): install git, or put it on the PATH"
    )]
    NoGit(#[source] io::Error),
    /// The folder is in no repository.
    #[error(
        "`{path}` is in no git repository ({says}): --changed-since compares a metadata tree with an earlier commit of \
         its repository"
    )]
    NoRepository {
        /// The folder, as given.
        path: String,
        /// What git says.
        says: String,
    },
    /// The revision cannot be one.
    #[error("`{0}` is no git revision: name a branch, a tag or a commit, such as origin/main")]
    BadRevision(String),
    /// The repository does not have it.
    #[error(
        "the repository has no commit `{0}`: check the spelling, or fetch it first (`git fetch origin`)"
    )]
    UnknownRevision(String),
    /// The repository was cloned without it.
    #[error(
        "the repository is a shallow clone without the commit `{0}`: fetch it first (`git fetch --depth=1 origin <commit>` \
         or `git fetch --unshallow`; for actions/checkout set `fetch-depth: 0`)"
    )]
    Shallow(String),
    /// A folder lies elsewhere.
    #[error(
        "`{path}` is not in the repository `{root}`: --changed-since compares folders of one repository"
    )]
    Outside {
        /// The folder, as given.
        path: String,
        /// The repository.
        root: String,
    },
    /// Git could not do it.
    #[error("`git {what}` failed: {says}")]
    Failed {
        /// The subcommand.
        what: String,
        /// What git says.
        says: String,
    },
    /// The temporary folder.
    #[error(
        "a temporary folder for the tree as it was cannot be written ({0}): free some space, or set TMPDIR"
    )]
    Temporary(#[source] io::Error),
}

/// A commit that the repository has, by its full id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit(String);

impl Commit {
    /// The first digits, as people write them.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }
}

/// A repository with a working tree.
#[derive(Debug, Clone)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// No git, and no repository.
    pub fn containing(folder: &Path) -> Result<Self, GitError> {
        let output = git(folder)
            .args(["rev-parse", "--show-toplevel"])
            .output()
            .map_err(GitError::NoGit)?;
        let path = folder.display().to_string();
        if !output.status.success() {
            return Err(GitError::NoRepository {
                path,
                says: said(&output.stderr),
            });
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let root = fs::canonicalize(text.trim_end_matches(['\r', '\n'])).map_err(|error| {
            GitError::NoRepository {
                path,
                says: error.to_string(),
            }
        })?;
        Ok(Self { root })
    }

    /// The folder of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// A revision that is none, or that the repository does not have.
    pub fn resolve(&self, revision: &str) -> Result<Commit, GitError> {
        if revision.is_empty() || revision.starts_with('-') || revision.contains(char::is_control) {
            return Err(GitError::BadRevision(revision.to_owned()));
        }
        let output = git(&self.root)
            .args(["rev-parse", "--verify", "--quiet", "--end-of-options"])
            .arg(format!("{revision}^{{commit}}"))
            .output()
            .map_err(GitError::NoGit)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let id = text.trim();
        let is_id = id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = Commit(id.to_owned());
        if output.status.success() && is_id && self.has(&commit)? {
            return Ok(commit);
        }
        if self.is_shallow()? {
            Err(GitError::Shallow(revision.to_owned()))
        } else {
            Err(GitError::UnknownRevision(revision.to_owned()))
        }
    }

    fn has(&self, commit: &Commit) -> Result<bool, GitError> {
        let status = git(&self.root)
            .args(["cat-file", "-e"])
            .arg(format!("{}^{{tree}}", commit.0))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(GitError::NoGit)?;
        Ok(status.success())
    }

    fn is_shallow(&self) -> Result<bool, GitError> {
        let output = git(&self.root)
            .args(["rev-parse", "--is-shallow-repository"])
            .output()
            .map_err(GitError::NoGit)?;
        Ok(output.stdout.starts_with(b"true"))
    }

    /// The path from the root, with `/` between folders; empty for the root itself.
    ///
    /// None for what lies elsewhere, or does not exist.
    pub fn path_of(&self, path: &Path) -> Option<String> {
        let real = fs::canonicalize(path).ok()?;
        let relative = real.strip_prefix(&self.root).ok()?;
        let names: Option<Vec<&str>> = relative
            .components()
            .map(|name| name.as_os_str().to_str())
            .collect();
        Some(names?.join("/"))
    }

    /// What differs between a commit and the working tree, new files that git does not know yet among it.
    ///
    /// # Errors
    /// What git says.
    pub fn changes_since(&self, commit: &Commit) -> Result<Changes, GitError> {
        let mut child = git(&self.root)
            .args(["-c", "diff.renameLimit=10000", "-c", "core.quotePath=false"])
            .args(["diff", "--unified=0", "--find-renames", "--no-ext-diff"])
            .args(["--no-textconv", "--no-color", "--src-prefix=a/"])
            .args([
                "--dst-prefix=b/",
                "--inter-hunk-context=0",
                "--ignore-submodules=all",
                "--no-relative",
            ])
            .args([&commit.0, "--"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GitError::NoGit)?;
        let failed = |error: io::Error| GitError::Failed {
            what: "diff".to_owned(),
            says: error.to_string(),
        };
        let mut fault = None;
        let mut changes = Changes::default();
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout);
            let next = std::iter::from_fn(|| match line(&mut lines) {
                Ok(line) => line,
                Err(error) => {
                    fault = Some(error);
                    None
                }
            });
            changes = Changes::parse(next);
        }
        finish(child, "diff")?;
        if let Some(error) = fault {
            return Err(failed(error));
        }
        let untracked = self.run(
            "ls-files",
            &[
                "ls-files",
                "-z",
                "--others",
                "--exclude-standard",
                "--full-name",
            ],
        )?;
        for path in untracked
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty())
        {
            changes.add_untracked(String::from_utf8_lossy(path).into_owned());
        }
        Ok(changes)
    }

    /// Writes the files that a commit has below the given paths to a folder, each under its path.
    ///
    /// Links, submodules and files that are too large to be metadata are left out.
    ///
    /// # Errors
    /// What git says, and a folder that cannot be written to.
    pub fn export(
        &self,
        commit: &Commit,
        paths: &[String],
        folder: &Path,
    ) -> Result<usize, GitError> {
        let mut arguments = vec!["ls-tree", "-r", "-z", "-l", "--full-tree", &commit.0];
        if paths.iter().all(|path| !path.is_empty()) {
            arguments.push("--");
            arguments.extend(paths.iter().map(String::as_str));
        }
        let listing = self.run("ls-tree", &arguments)?;
        let entries: Vec<(String, PathBuf)> =
            listing.split(|byte| *byte == 0).filter_map(entry).collect();
        let mut ids = tempfile::tempfile().map_err(GitError::Temporary)?;
        for (id, _) in &entries {
            writeln!(ids, "{id}").map_err(GitError::Temporary)?;
        }
        io::Seek::rewind(&mut ids).map_err(GitError::Temporary)?;
        let mut child = git(&self.root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::from(ids))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GitError::NoGit)?;
        if let Some(stdout) = child.stdout.take() {
            let mut objects = BufReader::new(stdout);
            for (_, path) in &entries {
                write_object(&mut objects, &folder.join(path))?;
            }
        }
        finish(child, "cat-file")?;
        Ok(entries.len())
    }

    fn run(&self, what: &str, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = git(&self.root)
            .args(arguments)
            .output()
            .map_err(GitError::NoGit)?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(GitError::Failed {
                what: what.to_owned(),
                says: said(&output.stderr),
            })
        }
    }
}

/// `git` in a folder: no hooks or helpers of the repository, no network, no prompt, plain messages.
///
/// A hook runs with variables that name another folder or index; the folder alone counts here.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder);
    git.args([
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
    ]);
    git.args(["--literal-pathspecs", "--no-pager"]);
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_OBJECT_DIRECTORY",
        "GIT_EXTERNAL_DIFF",
        "GIT_DIFF_OPTS",
    ] {
        git.env_remove(variable);
    }
    git.env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null());
    git
}

fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or("it does not say why").to_owned()
}

fn finish(child: Child, what: &str) -> Result<(), GitError> {
    let failed = |says: String| GitError::Failed {
        what: what.to_owned(),
        says,
    };
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(failed(said(&output.stderr)))
    }
}

/// The next line without its end; bytes that are no UTF-8 are replaced.
fn line(lines: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if lines.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
}

/// `100644 blob <id> <size>\t<path>`: the id and path of an ordinary file of ordinary size.
fn entry(line: &[u8]) -> Option<(String, PathBuf)> {
    let text = std::str::from_utf8(line).ok()?;
    let (head, path) = text.split_once('\t')?;
    let mut parts = head.split_ascii_whitespace();
    let (mode, kind, id, size) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let ordinary = mode.starts_with("100") && kind == "blob";
    if !ordinary || size.parse::<u64>().ok()? > FILE_LIMIT {
        return None;
    }
    let path = PathBuf::from(path);
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(name) if name != OsStr::new(".git")));
    inside.then(|| (id.to_owned(), path))
}

/// Copies one object of `cat-file --batch` (`<id> blob <size>`, the content, a line feed) to a file.
fn write_object(objects: &mut impl BufRead, path: &Path) -> Result<(), GitError> {
    let failed = |says: String| GitError::Failed {
        what: "cat-file".to_owned(),
        says,
    };
    let unreadable = |error: io::Error| failed(error.to_string());
    let head = line(objects)
        .map_err(unreadable)?
        .ok_or_else(|| failed("it ended early".to_owned()))?;
    let size: u64 = head
        .rsplit(' ')
        .next()
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| failed(format!("an object cannot be read ({head})")))?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(GitError::Temporary)?;
    }
    let mut file = File::create(path).map_err(GitError::Temporary)?;
    let copied =
        io::copy(&mut objects.by_ref().take(size), &mut file).map_err(GitError::Temporary)?;
    let mut end = [0];
    objects.read_exact(&mut end).map_err(unreadable)?;
    if copied == size {
        Ok(())
    } else {
        Err(failed("it ended early".to_owned()))
    }
}
