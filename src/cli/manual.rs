//! `permgap completions` and `permgap man`: what shells and manual readers need, made of the command line itself.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::context::Context;
use super::exit_status::ExitStatus;
use crate::error::Error;
use crate::output::write_atomically;

/// Flags of `permgap completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Flags of `permgap man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write a page for permgap and one for each command to this folder, instead of permgap's to standard output
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn completions(
    args: &CompletionsArgs,
    context: &mut Context<'_>,
) -> Result<ExitStatus, Error> {
    // The generator panics when it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut super::Cli::command(),
        "permgap",
        &mut script,
    );
    context.print(|stdout| stdout.write_all(&script))?;
    Ok(ExitStatus::Success)
}

pub(super) fn man(args: &ManArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let mut command = super::Cli::command();
    command.build();
    let Some(folder) = &args.output else {
        let page = page(&command).map_err(Error::Stdout)?;
        context.print(|stdout| stdout.write_all(&page))?;
        return Ok(ExitStatus::Success);
    };
    let subcommands = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
        .map(|sub| (format!("permgap-{}.1", sub.get_name()), sub));
    for (name, command) in std::iter::once(("permgap.1".to_owned(), &command)).chain(subcommands) {
        let page = page(command).map_err(Error::Stdout)?;
        let path = folder.join(name);
        write_atomically(&path, |out| out.write_all(&page))?;
        context.note(&format!("wrote {}", path.display()));
    }
    Ok(ExitStatus::Success)
}

/// A page for the `man` command.
fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
