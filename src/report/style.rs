//! How a report for people looks: width and colour, decided by the caller, who knows the terminal.

use anstyle::{AnsiColor, Color};

/// The narrowest page that is laid out; anything less is written as if it were this wide.
const NARROWEST: usize = 40;

/// Below this width, tables become stacked lines.
const WIDE: usize = 80;

/// How a report for people is laid out. Formats for programs ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns to wrap at.
    pub width: usize,
    /// Whether colour and weight are used (ANSI escapes).
    pub colour: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 100,
            colour: false,
        }
    }
}

/// What a stretch of text means; how that looks is decided here alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Ordinary text.
    Plain,
    /// Headings.
    Strong,
    /// Less important than what is around it.
    Dim,
    /// All is well.
    Good,
    /// Not known, or some records only.
    Warn,
    /// A gap.
    Bad,
    /// The worst.
    Worst,
}

impl Tone {
    pub(super) fn of(severity: crate::finding::Severity) -> Self {
        use crate::finding::Severity;
        match severity {
            Severity::Critical => Self::Worst,
            Severity::High => Self::Bad,
            Severity::Medium => Self::Warn,
            Severity::Low => Self::Dim,
        }
    }

    fn ansi(self) -> anstyle::Style {
        let plain = anstyle::Style::new();
        let colour = |colour: AnsiColor| plain.fg_color(Some(Color::Ansi(colour)));
        match self {
            Self::Plain => plain,
            Self::Strong => plain.bold(),
            Self::Dim => plain.dimmed(),
            Self::Good => colour(AnsiColor::Green).bold(),
            Self::Warn => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red),
            Self::Worst => colour(AnsiColor::Red).bold(),
        }
    }
}

impl Style {
    pub(super) fn columns(self) -> usize {
        self.width.max(NARROWEST)
    }

    pub(super) fn is_wide(self) -> bool {
        self.width >= WIDE
    }

    /// Puts the escapes of a tone around a text, where colour is wanted.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if self.colour && tone != Tone::Plain && !text.is_empty() {
            let ansi = tone.ansi();
            format!("{ansi}{text}{ansi:#}")
        } else {
            text.to_owned()
        }
    }
}
