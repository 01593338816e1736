//! Settings of one run, made once of flags, `permgap.toml` and the environment.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::args::{ColorChoice, GeneralArgs};
use crate::config::{Config, FILE_NAME};
use crate::error::Error;
use crate::report::Style;

/// What every command works with.
pub(super) struct Context<'io> {
    /// `permgap.toml`, or defaults.
    pub(super) config: Config,
    /// Print nothing but what was asked for.
    pub(super) quiet: bool,
    /// Whether progress bars may be drawn on standard error.
    pub(super) progress: bool,
    /// How text for people is laid out on standard output.
    pub(super) style: Style,
    /// Reports.
    pub(super) stdout: &'io mut dyn Write,
    /// Notes and errors.
    pub(super) stderr: &'io mut dyn Write,
}

/// Width of a report that goes to no terminal, in columns.
const WIDTH_OF_A_FILE: usize = 100;

impl<'io> Context<'io> {
    pub(super) fn new(
        general: &GeneralArgs,
        stdout: &'io mut dyn Write,
        stderr: &'io mut dyn Write,
    ) -> Result<Self, Error> {
        let config = match &general.config {
            Some(path) => Config::load(path)?,
            None if Path::new(FILE_NAME).is_file() => Config::load(Path::new(FILE_NAME))?,
            None => Config::default(),
        };
        let color = match (general.color, config.color.as_deref()) {
            (Some(color), _) => color,
            (None, Some(text)) => setting("color", text)?,
            (None, None) => ColorChoice::Auto,
        };
        let terminal = std::io::stdout().is_terminal();
        let quiet = general.quiet || config.quiet == Some(true);
        Ok(Self {
            style: Style {
                width: width(terminal),
                colour: match color {
                    ColorChoice::Always => true,
                    ColorChoice::Never => false,
                    ColorChoice::Auto => terminal && !is_set("NO_COLOR"),
                },
            },
            progress: !quiet
                && !general.no_progress
                && config.no_progress != Some(true)
                && !is_set("CI")
                && std::io::stderr().is_terminal(),
            quiet,
            config,
            stdout,
            stderr,
        })
    }

    /// Writes to standard output, all of it.
    pub(super) fn print(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        write(self.stdout)
            .and_then(|()| self.stdout.flush())
            .map_err(Error::Stdout)
    }

    /// Tells something on standard error, unless quiet.
    pub(super) fn note(&mut self, text: &str) {
        if !self.quiet {
            // A note that cannot be written is no reason to fail.
            let _told = writeln!(self.stderr, "permgap: {}", crate::report::printable(text));
        }
    }
}

/// The value of a setting that is a flag with fixed values.
pub(super) fn setting<T: clap::ValueEnum>(key: &str, text: &str) -> Result<T, Error> {
    T::from_str(text, true).map_err(|_| {
        let values: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|value| value.to_possible_value())
            .map(|value| value.get_name().to_owned())
            .collect();
        Error::Usage(format!(
            "`{key} = \"{text}\"` in permgap.toml: the values are {}",
            values.join(", ")
        ))
    })
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The terminal's width; COLUMNS counts where it is set.
fn width(terminal: bool) -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let width = columns.or_else(|| {
        terminal
            .then(terminal_size::terminal_size)
            .flatten()
            .map(|(terminal_size::Width(columns), _)| usize::from(columns))
    });
    width.unwrap_or(WIDTH_OF_A_FILE).clamp(40, 200)
}
