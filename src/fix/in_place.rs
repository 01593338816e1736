//! Changes one element of a metadata file, and leaves every other byte as it is.
//!
//! In: the text of a file and what is to stand in it. Out: the new text; none where the file is not what it should be.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::snapshot::Name;

/// The file of a validation rule with another formula. Of an object's file in Metadata API format, the rule alone.
pub(super) fn with_formula(text: &str, rule: &Name, formula: &str) -> Option<String> {
    let elements = elements(text)?;
    let root = elements.first()?;
    let (of, parent) = match root.name.as_str() {
        "ValidationRule" => (root, 0),
        "CustomObject" => {
            let is_it = |at: usize| {
                let name = child(&elements, at, "fullName")?;
                Some(rule.is(text.get(name.inner.clone())?.trim()))
            };
            let (at, one) = elements.iter().enumerate().rfind(|(at, one)| {
                one.parent == Some(0) && one.name == "validationRules" && is_it(*at) == Some(true)
            })?;
            (one, at)
        }
        _ => return None,
    };
    let old = child(&elements, parent, "errorConditionFormula")?;
    let escaped = quick_xml::escape::partial_escape(formula);
    if parent == 0 {
        return replaced(text, &old.inner, &escaped);
    }
    // The rule's element becomes the root of a file of its own, as source format has it.
    let before = text.get(of.inner.start..old.inner.start)?;
    let after = text.get(old.inner.end..of.inner.end)?;
    let inner = format!("{before}{escaped}{after}");
    let body: Vec<&str> = inner.trim_matches(['\r', '\n']).lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let first = body.first().map_or(0, |line| indent(line));
    let least = first.saturating_sub(4);
    let lines: Vec<&str> = body
        .iter()
        .map(|line| line.get(least.min(indent(line))..).unwrap_or(line))
        .collect();
    Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ValidationRule xmlns=\"{NAMESPACE}\">\n{}\n</ValidationRule>\n",
        lines.join("\n").trim_end()
    ))
}

/// The namespace of all metadata.
const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

/// The file of a flow with another `runInMode`.
pub(super) fn with_run_mode(text: &str, mode: &str) -> Option<String> {
    const ELEMENT: &str = "runInMode";
    let elements = elements(text)?;
    let root = elements.first().filter(|root| root.name == "Flow")?;
    if let Some(old) = child(&elements, 0, ELEMENT) {
        return replaced(text, &old.inner, mode);
    }
    // Elements stand in the order of their names, as a retrieve writes them.
    let new = format!("<{ELEMENT}>{mode}</{ELEMENT}>");
    let next = elements
        .iter()
        .find(|one| one.parent == Some(0) && one.name.as_str() > ELEMENT);
    let last = elements.iter().rfind(|one| one.parent == Some(0));
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match (next, last) {
        (Some(next), _) => {
            let indent = indent(text, next.whole.start);
            let at = next.whole.start..next.whole.start;
            let between = indent.map(|indent| format!("{newline}{indent}"));
            replaced(text, &at, &format!("{new}{}", between.unwrap_or_default()))
        }
        (None, Some(last)) => {
            let indent = indent(text, last.whole.start);
            let at = last.whole.end..last.whole.end;
            let between = indent.map(|indent| format!("{newline}{indent}"));
            replaced(text, &at, &format!("{}{new}", between.unwrap_or_default()))
        }
        (None, None) => replaced(text, &(root.inner.end..root.inner.end), &new),
    }
}

/// An element with where it and its content stand.
struct Place {
    name: String,
    parent: Option<usize>,
    whole: Range<usize>,
    inner: Range<usize>,
}

/// So deep are the elements that are looked at: those of the root, and those of a rule in an object's file.
const DEPTH: usize = 3;

/// The root and what is below it, in order; none where the text is no XML.
fn elements(text: &str) -> Option<Vec<Place>> {
    let marked = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader::from_str(text.get(marked..)?);
    let mut all: Vec<Place> = Vec::new();
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut add = |name: String, open: &[Option<usize>], whole: Range<usize>| {
        if open.len() >= DEPTH {
            return None;
        }
        all.push(Place {
            name,
            parent: open.last().copied().flatten(),
            inner: whole.end..whole.end,
            whole,
        });
        Some(all.len() - 1)
    };
    let mut ends: Vec<(usize, usize, usize)> = Vec::new();
    loop {
        let at = |reader: &Reader<&[u8]>| {
            usize::try_from(reader.buffer_position()).map_or(text.len(), |at| at + marked)
        };
        let start = at(&reader);
        let event = reader.read_event().ok()?;
        let end = at(&reader);
        match event {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                let index = add(name, &open, start..end);
                open.push(index);
            }
            Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                let _ = add(name, &open, start..end);
            }
            Event::End(_) => {
                if let Some(index) = open.pop()? {
                    ends.push((index, start, end));
                }
            }
            Event::DocType(_) => return None,
            Event::Eof if open.is_empty() => break,
            Event::Eof => return None,
            _ => {}
        }
    }
    for (index, start, end) in ends {
        let place = all.get_mut(index)?;
        place.inner.end = start;
        place.whole.end = end;
    }
    Some(all)
}

fn child<'e>(elements: &'e [Place], parent: usize, name: &str) -> Option<&'e Place> {
    elements
        .iter()
        .find(|one| one.parent == Some(parent) && one.name == name)
}

fn replaced(text: &str, range: &Range<usize>, new: &str) -> Option<String> {
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    Some(format!("{before}{new}{after}"))
}

/// The blanks before `at` on its line; none where something else stands there.
fn indent(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let line = before.get(before.rfind('\n').map_or(0, |newline| newline + 1)..)?;
    line.chars().all(|c| c == ' ' || c == '\t').then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "<?xml version=\"1.0\"?>\r\n<!-- kept -->\r\n<ValidationRule xmlns=\"x\">\r\n\t<active>true</active> \
        <!-- on -->\r\n\t<description>Why &amp; how</description>\r\n\t<errorConditionFormula>A &lt; 5</errorConditionFormula>\r\n\
        \t<urls>x</urls>\r\n</ValidationRule>\r\n";

    #[test]
    fn nothing_but_the_formula_changes() {
        let new = with_formula(RULE, &"R".into(), "AND(B, A < 5 && \"x\" > C)").unwrap();
        let expected = RULE.replace("A &lt; 5", "AND(B, A &lt; 5 &amp;&amp; \"x\" &gt; C)");
        assert_eq!(new, expected);
        assert!(with_formula("<Flow/>", &"R".into(), "A").is_none());
        assert!(with_formula("<ValidationRule><active>", &"R".into(), "A").is_none());
    }

    #[test]
    fn a_rule_of_an_objects_file_gets_its_own() {
        let object = "<CustomObject>\n    <validationRules>\n        <fullName>Other</fullName>\n        \
            <errorConditionFormula>X</errorConditionFormula>\n    </validationRules>\n    <validationRules>\n        \
            <fullName>R</fullName>\n        <active>true</active>\n        <description>Why</description>\n        \
            <errorConditionFormula>Y</errorConditionFormula>\n    </validationRules>\n</CustomObject>\n";
        assert_eq!(
            with_formula(object, &"r".into(), "Z").unwrap(),
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ValidationRule xmlns=\"{NAMESPACE}\">\n    <fullName>R</fullName>\n    \
                 <active>true</active>\n    <description>Why</description>\n    <errorConditionFormula>Z</errorConditionFormula>\n\
                 </ValidationRule>\n"
            )
        );
    }

    #[test]
    fn a_mode_is_changed_or_put_in_its_place() {
        let flow = "<Flow>\n    <label>L</label>\n    <!-- s -->\n    <start>\n        <object>A</object>\n    </start>\n</Flow>\n";
        let new = with_run_mode(flow, "M").unwrap();
        assert_eq!(
            new,
            flow.replace("    <start>", "    <runInMode>M</runInMode>\n    <start>")
        );
        assert_eq!(with_run_mode(&new, "N").unwrap(), new.replace(">M<", ">N<"));
        let short = "<Flow><label>L</label></Flow>";
        assert_eq!(
            with_run_mode(short, "M").unwrap(),
            "<Flow><label>L</label><runInMode>M</runInMode></Flow>"
        );
    }
}
