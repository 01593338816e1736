//! The command line: arguments in, an exit status out. Nothing below this folder knows of flags.
//!
//! Each command has a file of its own. [`context`] turns flags and `permgap.toml` into settings once, and
//! [`org`] gets the org, the user and the mappings that they name.

mod access;
mod args;
mod audit;
mod audited;
mod change;
mod clock;
mod compare;
mod context;
mod diff;
mod exit_status;
mod explain;
mod fix;
mod formula;
mod hubspot;
mod init;
mod known;
mod live;
mod login;
mod manual;
mod org;
mod output;
mod owners;
mod progress;
mod snapshot;
mod triage;
mod verify;

use std::ffi::OsString;
use std::io::Write;

use clap::{Parser, Subcommand};

pub use exit_status::ExitStatus;

use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  permgap audit --demo
      a whole audit of the org that is built in
  permgap audit --org prod --user hubspot@acme.example --mappings mappings.csv
      a live org that the sf command line, or `permgap login`, is logged in to
  permgap audit --source-dir force-app --profile \"HubSpot\" --permission-set HubSpot_Sync --mappings mappings.csv
      what a metadata tree grants against what the mappings need
  permgap audit --source-dir force-app --profile \"HubSpot\" --mappings mappings.csv -o gaps.csv
      the gap report as a spreadsheet
  permgap audit --source-dir force-app --mappings mappings.csv --changed-since origin/main --format github
      in a pull request: only what it brings, at the changed line
  permgap audit --snapshot org.json.gz --mappings mappings.csv -o gaps.html --baseline permgap-baseline.json
      one page to hand over; known gaps do not fail
  permgap access Account.Industry --demo
      what the user may do there, and every grant that says so
  permgap fix --demo -o fix
      a metadata project that closes the demo's gaps, proved by auditing the org as it will be
  permgap explain field-not-editable
      what an audit checks, what it cannot see and how to fix it

Exit status:
  0 nothing at or above --fail-on   1 findings at or above it
  2 the work could not be done      3 something required could not be evaluated";

/// Audits the permissions of HubSpot's integration user in a Salesforce org. It only ever reads.
#[derive(Debug, Parser)]
#[command(name = "permgap", version, about, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    general: args::GeneralArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The main job: collect, evaluate, report
    Audit(audit::AuditArgs),
    /// Collect, and save one JSON file
    Snapshot(snapshot::SnapshotArgs),
    /// What the user may do, and every grant that says so
    Access(access::AccessArgs),
    /// What one user, permission set or snapshot may do and another may not
    Compare(compare::CompareArgs),
    /// Two JSON reports: new, fixed, still open, widened
    Diff(diff::DiffArgs),
    /// A deployable metadata project that closes the gaps, with the proof that it does
    Fix(fix::FixArgs),
    /// The integration user's own session: what Salesforce answers it, against what permgap computed
    Verify(verify::VerifyArgs),
    /// A validation-rule formula for one user: what it refers to, and whether it can fire
    Formula(formula::FormulaArgs),
    /// HubSpot's side: the token, its scopes, properties, users
    Hubspot(hubspot::HubspotArgs),
    /// Sync errors: what each is, and the finding that explains it
    Triage(triage::TriageArgs),
    /// One audit's documentation, or the list of all
    Explain(explain::ExplainArgs),
    /// Log in to an org in the browser, and keep the login
    Login(login::LoginArgs),
    /// End a login that is kept
    Logout(login::LogoutArgs),
    /// Write a permgap.toml in which every setting is explained
    Init(init::InitArgs),
    /// Completions for a shell, to standard output
    Completions(manual::CompletionsArgs),
    /// The manual page, to standard output
    Man(manual::ManArgs),
}

/// Runs permgap with the program's arguments, its name first.
///
/// Everything goes to the two writers; nothing is printed otherwise.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> ExitStatus {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, stdout, stderr),
    };
    let result = context::Context::new(&cli.general, stdout, stderr).and_then(|mut context| {
        match &cli.command {
            Command::Audit(args) => audit::run(args, &mut context),
            Command::Snapshot(args) => snapshot::run(args, &mut context),
            Command::Access(args) => access::run(args, &mut context),
            Command::Compare(args) => compare::run(args, &mut context),
            Command::Diff(args) => diff::run(args, &mut context),
            Command::Fix(args) => fix::run(args, &mut context),
            Command::Verify(args) => verify::run(args, &mut context),
            Command::Formula(args) => formula::run(args, &mut context),
            Command::Hubspot(args) => hubspot::run(args, &mut context),
            Command::Triage(args) => triage::run(args, &mut context),
            Command::Explain(args) => explain::run(args, &mut context),
            Command::Login(args) => login::login(args, &mut context),
            Command::Logout(args) => login::logout(args, &mut context),
            Command::Init(args) => init::run(args, &mut context),
            Command::Completions(args) => manual::completions(args, &mut context),
            Command::Man(args) => manual::man(args, &mut context),
        }
    });
    match result {
        Ok(status) => status,
        // Whoever reads has seen enough: `permgap audit --demo | head` is no failure.
        Err(error) if error.is_broken_pipe() => ExitStatus::Success,
        Err(error) => {
            report_error(&error, stderr);
            ExitStatus::Failure
        }
    }
}

/// Help and version go to standard output with status 0, mistakes to standard error with status 2.
fn usage(error: &clap::Error, stdout: &mut dyn Write, stderr: &mut dyn Write) -> ExitStatus {
    let text = error.render();
    let result = if error.use_stderr() {
        write!(stderr, "{text}")
    } else {
        write!(stdout, "{text}")
    };
    match (error.use_stderr(), result) {
        (true, _) => ExitStatus::Failure,
        (false, Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            ExitStatus::Failure
        }
        (false, _) => ExitStatus::Success,
    }
}

fn report_error(error: &Error, stderr: &mut dyn Write) {
    // Standard error is the last place to tell: if it cannot be written to, the exit status has to do.
    let _told = writeln!(
        stderr,
        "permgap: {}",
        crate::report::printable(&error.to_string())
    );
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    /// Everything in a flag can stand in permgap.toml.
    #[test]
    fn every_flag_of_an_audit_has_its_key() {
        let mut command = Cli::command();
        command.build();
        let audit = command.find_subcommand("audit").unwrap();
        let schema = crate::config::schema();
        let mut seen = 0;
        for flag in audit.get_arguments().filter_map(clap::Arg::get_long) {
            let key = match flag {
                // The file itself, and what ends the run at once.
                "config" | "help" | "version" => continue,
                "hubspot" => &schema["$defs"]["HubSpotSettings"]["properties"]["facts"],
                "hubspot-policy" => &schema["$defs"]["HubSpotSettings"]["properties"]["policy"],
                flag => &schema["properties"][flag],
            };
            assert!(key.is_object(), "--{flag} has no key in permgap.toml");
            seen += 1;
        }
        assert!(seen > 25, "{seen}");
    }
}
