//! A page of text for people: wrapped at the width of the terminal, coloured where wanted.
//!
//! Every text that goes onto a page is cleaned here, so what is written above it need not think of escape
//! sequences in an org's labels.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use textwrap::{Options, WordSplitter, wrap};

use super::Style;
use super::style::Tone;
use super::text::clean;

/// The column at which the text beside a label begins.
const LABEL: usize = 9;

/// Widths beyond this are cut, because lines as long as that are not read.
const LONGEST: usize = 140;

/// Where a report for people is written.
pub(super) struct Page<'w> {
    out: &'w mut dyn Write,
    style: Style,
}

impl<'w> Page<'w> {
    pub(super) fn new(style: &Style, out: &'w mut dyn Write) -> Self {
        Self { out, style: *style }
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A heading with an empty line before it.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.blank()?;
        self.paragraph(Tone::Strong, text)
    }

    pub(super) fn paragraph(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        self.wrapped("", "", tone, text)
    }

    /// A line of a list.
    pub(super) fn item(&mut self, text: &str) -> io::Result<()> {
        self.wrapped("  - ", "    ", Tone::Plain, text)
    }

    /// A line under an item or a title.
    pub(super) fn under(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        self.wrapped("    ", "    ", tone, text)
    }

    /// A title behind a word that stands out.
    pub(super) fn flagged(&mut self, tone: Tone, flag: &str, text: &str) -> io::Result<()> {
        let text = clean(text);
        let line = format!("{flag} {text}");
        let wrapped = wrap(&line, self.options("  ", "    "));
        for (index, line) in wrapped.iter().enumerate() {
            match line.trim_start().strip_prefix(flag) {
                Some(rest) if index == 0 => {
                    let flag = self.style.paint(tone, flag);
                    let rest = self.style.paint(Tone::Strong, rest);
                    writeln!(self.out, "  {flag}{rest}")?;
                }
                _ => self.line(Tone::Strong, line)?,
            }
        }
        Ok(())
    }

    /// A label with its text beside it, or under it where the page is narrow.
    pub(super) fn labelled(&mut self, label: &str, tone: Tone, text: &str) -> io::Result<()> {
        if self.style.is_wide() {
            let first = format!("{label:LABEL$} ");
            self.labelled_at(4, &first, tone, text)
        } else {
            self.labelled_at(4, &format!("{label}: "), tone, text)
        }
    }

    /// A label at the margin.
    pub(super) fn fact(&mut self, label: &str, text: &str) -> io::Result<()> {
        let first = format!("{label:LABEL$} ");
        self.labelled_at(0, &first, Tone::Plain, text)
    }

    fn labelled_at(
        &mut self,
        indent: usize,
        label: &str,
        tone: Tone,
        text: &str,
    ) -> io::Result<()> {
        let narrow = label.ends_with(": ");
        let label_width = textwrap::core::display_width(label);
        let margin = " ".repeat(indent);
        let hang = " ".repeat(indent + if narrow { 2 } else { label_width });
        let first = " ".repeat(indent + label_width);
        let text = clean(text);
        for (index, line) in wrap(&text, self.options(&first, &hang)).iter().enumerate() {
            if index == 0 {
                let rest = self.style.paint(tone, line.trim_start());
                let label = self.style.paint(Tone::Dim, label);
                writeln!(self.out, "{margin}{label}{rest}")?;
            } else {
                self.line(tone, line)?;
            }
        }
        Ok(())
    }

    /// A table; where the page is narrow, each row as its first cell with the others under it.
    pub(super) fn grid(&mut self, head: &[&str], rows: &[Vec<(Tone, String)>]) -> io::Result<()> {
        if !self.style.is_wide() {
            return self.stacked(head, rows);
        }
        let mut table = Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .force_no_tty()
            .set_width(u16::try_from(self.columns()).unwrap_or(u16::MAX));
        if self.style.colour {
            table.enforce_styling();
        }
        table.set_header(
            head.iter()
                .map(|head| Cell::new(head).add_attribute(Attribute::Dim)),
        );
        for row in rows {
            table.add_row(row.iter().map(|(tone, text)| cell(*tone, &clean(text))));
        }
        for line in table.lines() {
            writeln!(self.out, " {}", line.trim_end())?;
        }
        Ok(())
    }

    fn stacked(&mut self, head: &[&str], rows: &[Vec<(Tone, String)>]) -> io::Result<()> {
        for row in rows {
            for (index, ((tone, text), head)) in row.iter().zip(head).enumerate() {
                if index == 0 {
                    self.wrapped("  ", "    ", *tone, text)?;
                } else if !text.is_empty() {
                    self.labelled(&head.to_lowercase(), *tone, text)?;
                }
            }
        }
        Ok(())
    }

    fn wrapped(&mut self, first: &str, next: &str, tone: Tone, text: &str) -> io::Result<()> {
        let text = clean(text);
        for line in wrap(&text, self.options(first, next)) {
            self.line(tone, &line)?;
        }
        Ok(())
    }

    /// Writes a line, its indentation left uncoloured.
    fn line(&mut self, tone: Tone, line: &str) -> io::Result<()> {
        let text = line.trim_start_matches(' ');
        let indent = " ".repeat(line.len() - text.len());
        writeln!(self.out, "{indent}{}", self.style.paint(tone, text))
    }

    fn columns(&self) -> usize {
        self.style.columns().min(LONGEST)
    }

    fn options<'o>(&self, first: &'o str, next: &'o str) -> Options<'o> {
        Options::new(self.columns())
            .initial_indent(first)
            .subsequent_indent(next)
            // An id such as field-not-editable is not broken at its hyphens.
            .word_splitter(WordSplitter::NoHyphenation)
    }
}

fn cell(tone: Tone, text: &str) -> Cell {
    let cell = Cell::new(text);
    match tone {
        Tone::Plain => cell,
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Dim => cell.add_attribute(Attribute::Dim),
        Tone::Good => cell.fg(Color::DarkGreen),
        Tone::Warn => cell.fg(Color::DarkYellow),
        Tone::Bad => cell.fg(Color::DarkRed),
        Tone::Worst => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
    }
}
