//! Adds grants to the file of an existing permission set, as a person would: new entries at their sorted places, a
//! `false` turned to `true`, and everything else, comments and order too, byte for byte as it was.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::FixError;
use super::grants::Grants;
use super::xml::{Leaf, field_leaves, named_leaves, object_leaves, record_type_leaves};
use crate::collect::metadata::FILE_SIZE_LIMIT;
use crate::snapshot::Name;

/// Endings of what else grants.
const OTHERS: &[(&str, &str)] = &[
    (".profile", "a profile"),
    (".permissionsetgroup", "a permission set group"),
    (".mutingpermissionset", "a muting permission set"),
];

/// The file of an existing permission set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// API name, from the file's name.
    pub name: Name,
    /// The label, where the file has one.
    pub label: String,
    /// The licence that the set carries, where it does.
    pub license: Option<String>,
    /// The file's name: `Sync.permissionset-meta.xml`.
    pub file_name: String,
    /// The file, as given.
    pub shown: String,
    /// Its text, byte for byte.
    text: String,
}

impl Original {
    /// Reads the file.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, not UTF-8, not named as a permission set or not one.
    pub fn read(path: &Path) -> Result<Self, FixError> {
        let shown = path.display().to_string();
        let fault = |message: String| FixError::Extend {
            place: shown.clone(),
            message,
        };
        let unreadable = |error| {
            fault(format!(
                "it cannot be read ({error}): check the path and its permissions"
            ))
        };
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(FILE_SIZE_LIMIT + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_SIZE_LIMIT {
            return Err(fault("it is far larger than any permission set".into()));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| fault("it is not UTF-8: save it as UTF-8".into()))?;
        let file_name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let stem = [".permissionset-meta.xml", ".permissionset"]
            .iter()
            .find_map(|ending| file_name.strip_suffix(ending))
            .filter(|stem| !stem.is_empty())
            .ok_or_else(|| {
                let other = OTHERS.iter().find(|(ending, _)| {
                    file_name.trim_end_matches("-meta.xml").ends_with(ending)
                });
                match other {
                    Some((_, what)) => fault(format!(
                        "it is {what}, and permgap adds to permission sets alone: name the file of one, or leave --extend out"
                    )),
                    None => fault(
                        "it is not named as a permission set is: `NAME.permissionset-meta.xml` or `NAME.permissionset`"
                            .into(),
                    ),
                }
            })?;
        let name = Name::new(&percent_decode_str(stem).decode_utf8_lossy());
        if name.as_str().contains("__") {
            return Err(fault(
                "it belongs to a managed package, and Salesforce refuses changes of it: leave --extend out".into(),
            ));
        }
        let layout = Layout::of(&text, &shown)?;
        let label = layout.text_of("label").unwrap_or_default();
        let license = layout.text_of("license").filter(|text| !text.is_empty());
        Ok(Self {
            label: if label.is_empty() {
                name.to_string()
            } else {
                label
            },
            name,
            license,
            file_name,
            shown,
            text,
        })
    }

    /// The text as it is in the file.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The file's text with the grants added. With nothing to add it is the same, byte for byte.
///
/// # Errors
/// A file that is no permission set.
pub fn extended(
    original: &Original,
    grants: &Grants,
    api_version: &str,
) -> Result<String, FixError> {
    let layout = Layout::of(&original.text, &original.shown)?;
    let mut edits = Edits {
        layout: &layout,
        replaced: Vec::new(),
        inserted: BTreeMap::new(),
    };
    for name in grants.custom_permissions.keys() {
        edits.want("customPermissions", "name", named_leaves(name));
    }
    for ((object, field), granted) in &grants.fields {
        edits.want(
            "fieldPermissions",
            "field",
            field_leaves(object, field, granted.what),
        );
    }
    for (object, granted) in &grants.objects {
        edits.want(
            "objectPermissions",
            "object",
            object_leaves(object, granted.what, api_version),
        );
    }
    for (object, name) in grants.record_types.keys() {
        edits.want(
            "recordTypeVisibilities",
            "recordType",
            record_type_leaves(object, name),
        );
    }
    for name in grants.user_permissions.keys() {
        edits.want("userPermissions", "name", named_leaves(name));
    }
    Ok(edits.apply())
}

/// An element below an entry.
struct Leaflet {
    name: String,
    value: String,
    whole: Range<usize>,
}

/// An element below the root.
struct Entry {
    name: String,
    value: String,
    whole: Range<usize>,
    leaves: Vec<Leaflet>,
}

impl Entry {
    fn leaf(&self, name: &str) -> Option<&Leaflet> {
        self.leaves.iter().find(|leaf| leaf.name == name)
    }
}

/// Where the parts of the file are.
struct Layout<'t> {
    text: &'t str,
    entries: Vec<Entry>,
    /// Where the root's opening tag ends.
    root: usize,
    newline: &'static str,
}

impl<'t> Layout<'t> {
    fn of(text: &'t str, shown: &str) -> Result<Self, FixError> {
        let fault = |at: usize, message: &str| {
            let before = text.as_bytes().get(..at).unwrap_or_default();
            FixError::Extend {
                place: format!("{shown}:{}", 1 + memchr::memchr_iter(b'\n', before).count()),
                message: message.to_owned(),
            }
        };
        let mut layout = Self {
            text,
            entries: Vec::new(),
            root: 0,
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
        };
        let marked = text.len() - text.trim_start_matches('\u{feff}').len();
        let body = text.get(marked..).unwrap_or_default();
        let mut reader = Reader::from_str(body);
        let mut depth = 0_usize;
        let mut closed = false;
        loop {
            let position = |reader: &Reader<&[u8]>| {
                usize::try_from(reader.buffer_position()).map_or(text.len(), |at| at + marked)
            };
            let start = position(&reader);
            let event = reader
                .read_event()
                .map_err(|error| fault(start, &format!("it is not XML ({error}): correct it")))?;
            let end = position(&reader);
            match event {
                Event::Start(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    if depth == 0 {
                        if name != "PermissionSet" || closed {
                            return Err(fault(start, "the root element is not `<PermissionSet>`"));
                        }
                        layout.root = end;
                    }
                    layout.open(depth, name, start..end);
                    depth += 1;
                }
                Event::Empty(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    if depth == 0 {
                        return Err(fault(
                            start,
                            "it holds an empty element where the permission set belongs",
                        ));
                    }
                    layout.open(depth, name, start..end);
                }
                Event::End(_) => {
                    depth = depth.saturating_sub(1);
                    closed |= depth == 0;
                    layout.close(depth, end);
                }
                Event::Text(content) => layout.value(depth, &content.xml10_content()),
                Event::CData(content) => layout.value(depth, &content.xml10_content()),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character.to_string()),
                        _ => quick_xml::escape::resolve_predefined_entity(&reference)
                            .map(str::to_owned),
                    };
                    layout.value(depth, &resolved.unwrap_or_default());
                }
                Event::DocType(_) => {
                    return Err(fault(start, "a `<!DOCTYPE>`, which metadata never has"));
                }
                Event::Eof if depth > 0 || !closed => {
                    return Err(fault(text.len(), "the file is cut off"));
                }
                Event::Eof => return Ok(layout),
                _ => {}
            }
        }
    }

    fn open(&mut self, depth: usize, name: String, whole: Range<usize>) {
        match depth {
            1 => self.entries.push(Entry {
                name,
                value: String::new(),
                whole,
                leaves: Vec::new(),
            }),
            2 => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.leaves.push(Leaflet {
                        name,
                        value: String::new(),
                        whole,
                    });
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, depth: usize, end: usize) {
        let Some(entry) = self.entries.last_mut() else {
            return;
        };
        match depth {
            1 => entry.whole.end = end,
            2 => {
                if let Some(leaf) = entry.leaves.last_mut() {
                    leaf.whole.end = end;
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, depth: usize, text: &str) {
        let Some(entry) = self.entries.last_mut() else {
            return;
        };
        match depth {
            2 => entry.value.push_str(text),
            3 => {
                if let Some(leaf) = entry.leaves.last_mut() {
                    leaf.value.push_str(text);
                }
            }
            _ => {}
        }
    }

    fn text_of(&self, name: &str) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        Some(entry.value.trim().to_owned())
    }

    /// The blanks before `at` on its line; none where something else stands there.
    fn indent(&self, at: usize) -> Option<&'t str> {
        let before = self.text.get(..at)?;
        let line = before.get(before.rfind('\n').map_or(0, |newline| newline + 1)..)?;
        line.chars().all(|c| c == ' ' || c == '\t').then_some(line)
    }

    /// The end of the line of `at` where only blanks and a comment follow on it, else `at`.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = rest.split(['\r', '\n']).next().unwrap_or_default();
        let trimmed = line.trim();
        let comment = trimmed.starts_with("<!--")
            && trimmed
                .find("-->")
                .is_some_and(|end| end + 3 == trimmed.len());
        if comment { at + line.len() } else { at }
    }
}

struct Edits<'l, 't> {
    layout: &'l Layout<'t>,
    replaced: Vec<(Range<usize>, String)>,
    /// New text by the offset that it goes to, in the order met, which is sorted.
    inserted: BTreeMap<usize, Vec<String>>,
}

impl Edits<'_, '_> {
    /// Makes sure of an entry: `key` names the leaf that tells it from others of its kind, the other leaves are
    /// flags, of which those that are `true` must be.
    fn want(&mut self, element: &str, key: &str, leaves: Vec<Leaf>) {
        let wanted = leaves
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| Name::new(value))
            .unwrap_or_else(|| Name::new(""));
        let layout = self.layout;
        let known = layout.entries.iter().find(|entry| {
            entry.name == element
                && entry
                    .leaf(key)
                    .is_some_and(|leaf| wanted.is(leaf.value.trim()))
        });
        match known {
            Some(entry) => {
                let is_on =
                    |name: &str| (entry.leaf(name)).is_some_and(|leaf| leaf.value.trim() == "true");
                if leaves
                    .iter()
                    .all(|(name, value)| *name == key || value != "true" || is_on(name))
                {
                    return;
                }
                // An entry that changes is completed: Salesforce's own files have every flag, `false` too.
                for (name, value) in &leaves {
                    if *name != key {
                        self.flag(entry, name, value == "true");
                    }
                }
            }
            None => self.add(element, key, &wanted, &leaves),
        }
    }

    /// Turns a flag on, or adds one that is missing at its sorted place.
    fn flag(&mut self, entry: &Entry, flag: &str, on: bool) {
        let text = format!("<{flag}>{on}</{flag}>");
        match entry.leaf(flag) {
            Some(leaf) if !on || leaf.value.trim() == "true" => {}
            Some(leaf) => self.replaced.push((leaf.whole.clone(), text)),
            None => {
                let after = entry
                    .leaves
                    .iter()
                    .filter(|leaf| leaf.name.as_str() < flag)
                    .max_by_key(|leaf| leaf.whole.end);
                let Some(beside) = after.or(entry.leaves.first()) else {
                    return;
                };
                let newline = match self.layout.indent(beside.whole.start) {
                    Some(indent) => format!("{}{indent}", self.layout.newline),
                    None => String::new(),
                };
                let (at, line) = match after {
                    Some(leaf) => (
                        self.layout.line_end(leaf.whole.end),
                        format!("{newline}{text}"),
                    ),
                    None => (beside.whole.start, format!("{text}{newline}")),
                };
                self.inserted.entry(at).or_default().push(line);
            }
        }
    }

    fn add(&mut self, element: &str, key: &str, wanted: &Name, leaves: &[Leaf]) {
        let layout = self.layout;
        let mut same = layout.entries.iter().filter(|entry| entry.name == element);
        let first_of_kind = same.clone().next();
        // Behind the last entry of its kind that sorts before it; else behind the kinds that sort before.
        let before = same
            .rfind(|entry| {
                entry
                    .leaf(key)
                    .is_some_and(|leaf| wanted.cmp_text(leaf.value.trim()).is_gt())
            })
            .or_else(|| match first_of_kind {
                Some(first) => layout
                    .entries
                    .iter()
                    .rfind(|entry| entry.whole.end <= first.whole.start),
                None => layout
                    .entries
                    .iter()
                    .rfind(|entry| entry.name.as_str() < element),
            });
        let sample = first_of_kind.or(before).or(layout.entries.first());
        let outer = sample.and_then(|entry| layout.indent(entry.whole.start));
        let inner = layout
            .entries
            .iter()
            .filter_map(|entry| entry.leaves.first())
            .find_map(|leaf| layout.indent(leaf.whole.start));
        let at = before.map_or(layout.root, |entry| entry.whole.end);
        let at = layout.line_end(at);
        let text = match outer {
            Some(outer) => {
                let newline = layout.newline;
                let twice = outer.repeat(2);
                let inner = inner.unwrap_or(&twice);
                let mut text = format!("{newline}{outer}<{element}>");
                for (name, value) in leaves {
                    text += &format!("{newline}{inner}<{name}>{}</{name}>", escaped(value));
                }
                text + &format!("{newline}{outer}</{element}>")
            }
            // A file of one line stays one.
            None => {
                let leaves: String = leaves
                    .iter()
                    .map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value)))
                    .collect();
                format!("<{element}>{leaves}</{element}>")
            }
        };
        self.inserted.entry(at).or_default().push(text);
    }

    fn apply(self) -> String {
        let mut edits = self.replaced;
        for (at, texts) in self.inserted {
            edits.push((at..at, texts.concat()));
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let text = self.layout.text;
        let mut result = String::with_capacity(text.len() + 1024);
        let mut done = 0;
        for (range, new) in edits {
            result.push_str(text.get(done..range.start).unwrap_or_default());
            result.push_str(&new);
            done = range.end;
        }
        result.push_str(text.get(done..).unwrap_or_default());
        result
    }
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests;
