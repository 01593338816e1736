//! `permgap init`: writes a permgap.toml in which every setting is explained and off.

use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::exit_status::ExitStatus;
use crate::config::{FILE_NAME, TEMPLATE};
use crate::error::Error;
use crate::output::write_atomically;

/// Flags of `permgap init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to write it; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = FILE_NAME)]
    output: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &InitArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    if args.output.as_os_str() == "-" {
        context.print(|stdout| stdout.write_all(TEMPLATE.as_bytes()))?;
        return Ok(ExitStatus::Success);
    }
    if args.output.exists() && !args.force {
        return Err(Error::Usage(format!(
            "`{}` is there already: name another file with -o, or replace it with --force",
            args.output.display()
        )));
    }
    write_atomically(&args.output, |out| out.write_all(TEMPLATE.as_bytes()))?;
    context.note(&format!(
        "wrote {}: take the `#` from the settings that you need",
        args.output.display()
    ));
    Ok(ExitStatus::Success)
}
