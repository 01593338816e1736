//! Which lines of which files a change touched, read from what `git diff --unified=0` prints.
//!
//! In: the diff, line by line. Out: [`Changes`], which leads from a line as it was to the line as it is.

use std::collections::BTreeMap;

/// One run of lines that differ; a side of no lines stands after the line that its start names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hunk {
    old: (u32, u32),
    new: (u32, u32),
}

/// What a change did to one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FileChange {
    old: Option<String>,
    new: Option<String>,
    hunks: Vec<Hunk>,
}

/// The files that a change touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    files: Vec<FileChange>,
    by_old: BTreeMap<String, usize>,
    by_new: BTreeMap<String, usize>,
}

impl Changes {
    /// Reads a diff without context lines, so that each line of content starts with a sign of its own.
    pub fn parse(lines: impl Iterator<Item = String>) -> Self {
        let mut files: Vec<FileChange> = Vec::new();
        for line in lines {
            if line.starts_with("diff --git ") {
                files.push(FileChange::default());
                continue;
            }
            let Some(file) = files.last_mut() else {
                continue;
            };
            if let Some(hunk) = line.strip_prefix("@@ ") {
                file.hunks.extend(parse_hunk(hunk));
            } else if !file.hunks.is_empty() {
                // Content.
            } else if let Some(path) = line.strip_prefix("--- ") {
                file.old = side(path, "a/");
            } else if let Some(path) = line.strip_prefix("+++ ") {
                file.new = side(path, "b/");
            } else if let Some(path) = line.strip_prefix("rename from ") {
                file.old = Some(unquoted(path));
            } else if let Some(path) = line.strip_prefix("rename to ") {
                file.new = Some(unquoted(path));
            }
        }
        let mut changes = Self {
            files,
            ..Self::default()
        };
        for (index, file) in changes.files.iter().enumerate() {
            if let Some(old) = &file.old {
                changes.by_old.insert(old.clone(), index);
            }
            if let Some(new) = &file.new {
                changes.by_new.insert(new.clone(), index);
            }
        }
        changes
    }

    /// Says that a file is wholly new: one that the repository does not know yet.
    pub fn add_untracked(&mut self, path: String) {
        let index = self.files.len();
        self.files.push(FileChange {
            old: None,
            new: Some(path.clone()),
            hunks: vec![Hunk {
                old: (0, 0),
                new: (1, u32::MAX),
            }],
        });
        self.by_new.insert(path, index);
    }

    /// The path that a file had before, where the change moved it.
    pub fn moved_from(&self, new: &str) -> Option<&str> {
        let file = self.files.get(*self.by_new.get(new)?)?;
        file.old.as_deref().filter(|old| *old != new)
    }

    /// Every file that the change moved: its old path and its new one.
    pub fn moves(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter_map(|file| Some((file.old.as_deref()?, file.new.as_deref()?)))
            .filter(|(old, new)| old != new)
    }

    /// The first line among those from `first` to `last` that the change wrote.
    pub fn first_new(&self, path: &str, first: u32, last: u32) -> Option<u32> {
        let file = self.files.get(*self.by_new.get(path)?)?;
        file.hunks.iter().find_map(|hunk| {
            let (start, length) = hunk.new;
            let end = start.saturating_add(length);
            let touched = length > 0 && start <= last && first < end;
            touched.then(|| start.max(first))
        })
    }

    /// The first line of a file that the change wrote, or that stands where it took lines away.
    pub fn first_changed(&self, path: &str) -> Option<u32> {
        let file = self.files.get(*self.by_new.get(path)?)?;
        file.hunks.first().map(|hunk| hunk.new.0.max(1))
    }

    /// Whether the change took a whole file away.
    pub fn is_gone(&self, old: &str) -> bool {
        let file = self
            .by_old
            .get(old)
            .and_then(|index| self.files.get(*index));
        file.is_some_and(|file| file.new.is_none())
    }

    /// Where lines from `first` to `last` of a file as it was were changed or taken away, as the file is now.
    pub fn removed(&self, old: &str, first: u32, last: u32) -> Option<(String, u32)> {
        let file = self.files.get(*self.by_old.get(old)?)?;
        let new = file.new.clone()?;
        file.hunks.iter().find_map(|hunk| {
            let (start, length) = hunk.old;
            let end = start.saturating_add(length);
            let touched = length > 0 && start <= last && first < end;
            touched.then(|| (new.clone(), hunk.new.0.max(1)))
        })
    }
}

/// `-12,3 +14 @@ …`
fn parse_hunk(text: &str) -> Option<Hunk> {
    let mut parts = text.split(' ');
    let old = range(parts.next()?.strip_prefix('-')?)?;
    let new = range(parts.next()?.strip_prefix('+')?)?;
    Some(Hunk { old, new })
}

fn range(text: &str) -> Option<(u32, u32)> {
    match text.split_once(',') {
        Some((start, length)) => Some((start.parse().ok()?, length.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

/// The path of one side; none for `/dev/null`.
fn side(text: &str, prefix: &str) -> Option<String> {
    // A path with a space in it is followed by a tab.
    let path = unquoted(text.strip_suffix('\t').unwrap_or(text));
    path.strip_prefix(prefix).map(str::to_owned)
}

/// A path as it is, where git quotes it like a string of C.
fn unquoted(text: &str) -> String {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return text.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    if let Some(digit) = rest.next_if(|digit| (b'0'..=b'7').contains(digit)) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
            }
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "\
diff --git a/p.xml b/p.xml
index 1..2 100644
--- a/p.xml
+++ b/p.xml
@@ -10,5 +9,0 @@ head
-    <fieldPermissions>
--- a/trap
@@ -20 +14,2 @@
-a
+b
+++ b/trap
diff --git a/old name.xml b/new/name.xml
similarity index 100%
rename from old name.xml
rename to new/name.xml
diff --git \"a/\\303\\274\\\"x\" \"b/\\303\\274\\\"x\"
new file mode 100644
--- /dev/null
+++ \"b/\\303\\274\\\"x\"
@@ -0,0 +1,3 @@
+x
diff --git a/gone b/gone
--- a/gone
+++ /dev/null
@@ -1,3 +0,0 @@
-x
";

    #[test]
    fn lines_lead_from_what_was_to_what_is() {
        let changes = Changes::parse(DIFF.lines().map(str::to_owned));
        assert_eq!(changes.removed("p.xml", 10, 14), Some(("p.xml".into(), 9)));
        assert_eq!(changes.removed("p.xml", 15, 19), None);
        assert_eq!(changes.removed("p.xml", 18, 22), Some(("p.xml".into(), 14)));
        assert_eq!(changes.removed("gone", 1, 3), None);
        assert!(changes.is_gone("gone") && !changes.is_gone("p.xml") && !changes.is_gone("other"));
        assert_eq!(changes.first_new("p.xml", 1, 13), None);
        assert_eq!(changes.first_new("p.xml", 12, 15), Some(14));
        assert_eq!(changes.first_new("ü\"x", 2, 2), Some(2));
        assert_eq!(changes.first_changed("p.xml"), Some(9));
        assert_eq!(changes.moved_from("new/name.xml"), Some("old name.xml"));
        assert_eq!(changes.moved_from("p.xml"), None);
        assert_eq!(changes.moves().count(), 1);
    }
}
