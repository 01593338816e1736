//! Starts a simulated Salesforce org, for a person who tries permgap without Salesforce.
//!
//! `cargo run --example org [-- PORT [OBJECTS]]` prints the environment variables that lead permgap to it, and serves until it is
//! stopped.

#[expect(
    dead_code,
    reason = "the tests use more of the simulator than this program"
)]
mod org_simulator;

use std::io::Write as _;
use std::time::Duration;

use org_simulator::large::Scale;
use org_simulator::{Org, OrgSimulator};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args()
        .nth(1)
        .map_or(Ok(8_080), |port| port.parse())?;
    // A second number: that many generated objects.
    let org = match std::env::args().nth(2) {
        Some(objects) => Org::large(Scale::of_objects(objects.parse()?))?,
        None => Org::nordlicht()?,
    };
    let simulator = OrgSimulator::start_at(org, port)?;
    let session = |user| simulator.session_of(user).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "# Nordlicht GmbH, a simulated org at {}. Stop it with Ctrl-C.",
        simulator.url()
    )?;
    writeln!(out, "# The administrator:")?;
    writeln!(
        out,
        "export SF_ACCESS_TOKEN='{}'",
        session("admin@nordlicht.example")
    )?;
    writeln!(
        out,
        "permgap audit --org {} --user hubspot@nordlicht.example --mappings FILE",
        simulator.url()
    )?;
    writeln!(out, "# The integration user itself:")?;
    writeln!(
        out,
        "# export SF_ACCESS_TOKEN='{}'",
        session("hubspot@nordlicht.example")
    )?;
    writeln!(out, "# Client credentials of the administrator:")?;
    writeln!(
        out,
        "# export SF_CLIENT_ID='3MVG9nordlichtCollector' SF_CLIENT_SECRET='planted-client-secret'"
    )?;
    out.flush()?;
    drop(out);
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}
