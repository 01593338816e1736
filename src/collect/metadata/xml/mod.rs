//! A metadata file as a stream of elements with lines: a thin, strict cursor over `quick-xml`.
//!
//! In: the text of one file. Out: elements and their texts, borrowed from it, or a [`Fault`] with its line.
//! Knows nothing of metadata types. Nothing here recurses, so nesting costs no stack.

mod decode;

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

pub(super) use decode::decode;

/// Something wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Line, counted from 1; none for the file as a whole.
    pub(super) line: Option<u32>,
    /// What is wrong, as a clause.
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(line: Option<u32>, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// The opening tag of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'x> {
    /// Its name as written.
    pub(super) name: &'x str,
    /// Offset of its `<`.
    start: usize,
}

/// The cursor. Elements are visited depth first; whoever takes an element from [`child`](Self::child) takes its
/// content too, with [`child`](Self::child) until none is left, [`text`](Self::text) or [`skip`](Self::skip).
pub(super) struct Document<'x> {
    text: &'x str,
    reader: Reader<&'x [u8]>,
    /// The line of the offset `counted_to`.
    line: u32,
    counted_to: usize,
}

impl<'x> Document<'x> {
    /// Starts at the beginning of `text`, which has no byte order mark.
    pub(super) fn new(text: &'x str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self {
            text,
            reader,
            line: 1,
            counted_to: 0,
        }
    }

    /// The line of an element. Cheap when asked in document order.
    pub(super) fn line(&mut self, element: &Element<'_>) -> u32 {
        if element.start < self.counted_to {
            return line_of(self.text, element.start);
        }
        let passed = self.text.as_bytes().get(self.counted_to..element.start);
        self.line = self.line.saturating_add(newlines(passed));
        self.counted_to = element.start;
        self.line
    }

    /// The root element, which must be one of `expected`.
    pub(super) fn root(&mut self, expected: &[&str]) -> Result<Element<'x>, Fault> {
        loop {
            let start = self.offset();
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => {
                    let root = self.element(start, tag.name().as_ref())?;
                    if expected.contains(&root.name) {
                        return Ok(root);
                    }
                    let wanted = expected.join(">` or `<");
                    return Err(self.fault(
                        start,
                        format!(
                            "the root element is `<{}>`, where `<{wanted}>` belongs",
                            shorten(root.name)
                        ),
                    ));
                }
                Ok(Event::Text(text)) if text.trim().is_empty() => {}
                Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
                Ok(Event::Eof) if self.text.trim().is_empty() => {
                    return Err(Fault::new(None, "the file is empty"));
                }
                event @ (Ok(Event::DocType(_)) | Err(_)) => self.rare(start, event)?,
                Ok(_) => return Err(self.fault(start, "this is not XML")),
            }
        }
    }

    /// The next child of the element that the cursor is in; none at its end.
    pub(super) fn child(&mut self) -> Result<Option<Element<'x>>, Fault> {
        loop {
            let start = self.offset();
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => return self.element(start, tag.name().as_ref()).map(Some),
                Ok(Event::End(_)) => return Ok(None),
                Ok(Event::Text(text)) => self.refuse_conflict(start, &text)?,
                event => self.rare(start, event)?,
            }
        }
    }

    /// The text of the element just taken, entities resolved, elements inside it left out.
    pub(super) fn text(&mut self) -> Result<Cow<'x, str>, Fault> {
        let mut whole = Cow::Borrowed("");
        loop {
            let start = self.offset();
            match self.reader.read_event() {
                Ok(Event::Text(text)) => append(&mut whole, text.xml10_content()),
                Ok(Event::End(_)) => return Ok(whole),
                Ok(Event::CData(text)) => append(&mut whole, text.xml10_content()),
                Ok(Event::GeneralRef(reference)) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character),
                        Ok(None) => predefined_entity(&reference),
                        Err(_) => None,
                    };
                    match resolved {
                        Some(character) => whole.to_mut().push(character),
                        None => {
                            let entity = shorten(&reference).to_owned();
                            return Err(self.fault(
                                start,
                                format!("`&{entity};` stands for nothing in metadata XML"),
                            ));
                        }
                    }
                }
                Ok(Event::Start(tag)) => {
                    self.element(start, tag.name().as_ref())?;
                    self.skip()?;
                }
                event => self.rare(start, event)?,
            }
        }
    }

    /// Passes over the content of the element just taken.
    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        let mut depth = 0_usize;
        loop {
            let start = self.offset();
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => {
                    self.element(start, tag.name().as_ref())?;
                    depth += 1;
                }
                Ok(Event::End(_)) if depth == 0 => return Ok(()),
                Ok(Event::End(_)) => depth -= 1,
                Ok(Event::Text(_)) => {}
                event => self.rare(start, event)?,
            }
        }
    }

    /// Makes sure that nothing follows the root element, whose content has been taken.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        loop {
            let start = self.offset();
            match self.reader.read_event() {
                Ok(Event::Eof) => return Ok(()),
                Ok(Event::Text(text)) if text.trim().is_empty() => {}
                Ok(Event::PI(_) | Event::Comment(_)) => {}
                event @ (Ok(Event::DocType(_)) | Err(_)) => self.rare(start, event)?,
                Ok(_) => {
                    return Err(
                        self.fault(start, "there is more after the end of the root element")
                    );
                }
            }
        }
    }

    /// The element whose opening tag starts at `start`.
    fn element(&self, start: usize, name: &str) -> Result<Element<'x>, Fault> {
        if !starts_a_name(name) {
            return Err(self.fault(
                start,
                "a `<` that opens no element; in a text it is written `&lt;`",
            ));
        }
        // The same name again, borrowed from the text and not from the event.
        let name = start
            .checked_add(1)
            .and_then(|from| self.text.get(from..from.checked_add(name.len())?));
        match name {
            Some(name) => Ok(Element { name, start }),
            None => Err(self.fault(start, "this is not XML")),
        }
    }

    /// Passes over what is neither element nor text, and refuses what cannot be.
    ///
    /// Apart from the loops above, and they match on the reader's own result, because moving each event once more
    /// costs a tenth of the time of reading.
    #[cold]
    fn rare(&self, start: usize, event: quick_xml::Result<Event<'x>>) -> Result<(), Fault> {
        match event {
            Ok(Event::DocType(_)) => Err(self.fault(
                start,
                "a `<!DOCTYPE>`, which metadata never has; entities are not expanded",
            )),
            Ok(Event::Eof) => Err(self.cut_off()),
            Ok(_) => Ok(()),
            Err(error) => {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(start);
                let message = match error {
                    quick_xml::Error::Syntax(error) => error.to_string(),
                    quick_xml::Error::IllFormed(error) => error.to_string(),
                    other => other.to_string(),
                };
                Err(self.fault(at, shorten(&message)))
            }
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// A fault at an offset; said to be a merge conflict where the file has one.
    fn fault(&self, offset: usize, message: impl Into<String>) -> Fault {
        match conflict_line(self.text) {
            Some(line) => conflict(line),
            None => Fault::new(Some(line_of(self.text, offset)), message),
        }
    }

    fn cut_off(&self) -> Fault {
        self.fault(
            self.text.trim_end().len(),
            "the file ends in the middle of an element: it is cut off",
        )
    }

    /// A conflict marker between elements is text to XML.
    fn refuse_conflict(&self, start: usize, text: &str) -> Result<(), Fault> {
        // Asked for each gap between elements, which is blank nearly always.
        let first = text.bytes().find(|byte| !byte.is_ascii_whitespace());
        if !matches!(first, Some(b'=' | b'>')) {
            return Ok(());
        }
        let text = text.trim_start();
        if text.starts_with("=======") || text.starts_with(">>>>>>>") {
            let line = conflict_line(self.text).unwrap_or_else(|| {
                let lead = self.text.get(start..).unwrap_or_default();
                let blank = lead.len() - lead.trim_start().len();
                line_of(self.text, start + blank)
            });
            return Err(conflict(line));
        }
        Ok(())
    }
}

fn conflict(line: u32) -> Fault {
    Fault::new(Some(line), "a merge conflict was left in the file")
}

/// The first line that opens a merge conflict.
fn conflict_line(text: &str) -> Option<u32> {
    let at = text
        .lines()
        .position(|line| line.starts_with("<<<<<<< ") || line == "<<<<<<<")?;
    Some(u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1))
}

fn append<'x>(whole: &mut Cow<'x, str>, piece: Cow<'x, str>) {
    if whole.is_empty() {
        *whole = piece;
    } else {
        whole.to_mut().push_str(&piece);
    }
}

/// The five entities that XML itself defines (Extensible Markup Language 1.0, section 4.6).
fn predefined_entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn starts_a_name(name: &str) -> bool {
    name.bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80)
}

/// Keeps a message of noise from filling the screen.
fn shorten(text: &str) -> &str {
    const MOST: usize = 200;
    text.char_indices()
        .nth(MOST)
        .and_then(|(at, _)| text.get(..at))
        .unwrap_or(text)
}

fn newlines(bytes: Option<&[u8]>) -> u32 {
    let count = bytes.map_or(0, |bytes| memchr::memchr_iter(b'\n', bytes).count());
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The line of an offset, counted from 1.
fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset.min(text.len()));
    newlines(before).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Result<Vec<(u32, String, String)>, Fault> {
        let mut document = Document::new(text);
        document.root(&["Root"])?;
        let mut seen = Vec::new();
        while let Some(element) = document.child()? {
            let line = document.line(&element);
            let content = document.text()?.into_owned();
            seen.push((line, element.name.to_owned(), content));
        }
        document.finish()?;
        Ok(seen)
    }

    fn fault(text: &str) -> Fault {
        read_all(text).unwrap_err()
    }

    #[test]
    fn elements_come_with_line_and_text() {
        let xml = "<?xml version=\"1.0\"?>\n<!-- a -->\n<Root xmlns=\"x\">\n <a>1 &amp; 2 &#x41;</a>\n\n <b/>\n<c><![CDATA[<x>]]></c>\n</Root>\n";
        let seen = read_all(xml).unwrap();
        let expected = [(4, "a", "1 & 2 A"), (6, "b", ""), (7, "c", "<x>")];
        assert_eq!(
            seen.iter()
                .map(|(line, name, text)| (*line, name.as_str(), text.as_str()))
                .collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn each_fault_has_its_line_and_cause() {
        for (xml, line, cause) in [
            ("<Root>\n <a>1</b>\n</Root>", Some(2), "expected `</a>`"),
            ("<Root>\n <a>1</a>\n", Some(2), "cut off"),
            ("<Root>\n <a>1", Some(2), "cut off"),
            ("<Root>\n <a", Some(2), "not closed"),
            ("", None, "empty"),
            (" \n ", None, "empty"),
            ("name,value\n1,2\n", Some(1), "not XML"),
            ("<Other/>", Some(1), "root element is `<Other>`"),
            ("<Root/>\n<Root/>", Some(2), "more after"),
            ("<Root>\n<a>&nbsp;</a></Root>", Some(2), "`&nbsp;`"),
            ("<!DOCTYPE x>\n<Root/>", Some(1), "DOCTYPE"),
            ("<Root>\n<a> 1 < 2</a></Root>", Some(2), "opens no element"),
            (
                "<Root>\n<a/>\n=======\n<b/></Root>",
                Some(3),
                "merge conflict",
            ),
            (
                "<Root>\n<<<<<<< HEAD\n<a/>\n=======\n<b/>\n>>>>>>> x\n</Root>",
                Some(2),
                "merge conflict",
            ),
        ] {
            let found = fault(xml);
            assert_eq!(found.line, line, "{xml}: {}", found.message);
            assert!(found.message.contains(cause), "{xml}: {}", found.message);
        }
    }

    #[test]
    fn a_million_levels_cost_no_stack() {
        let deep = "<a>".repeat(1_000_000);
        assert!(fault(&format!("<Root>{deep}")).message.contains("cut off"));
        let closed = format!("<Root>{deep}{}</Root>", "</a>".repeat(1_000_000));
        assert_eq!(read_all(&closed).unwrap().len(), 1);
    }
}
