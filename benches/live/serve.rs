//! The simulated org in a process of its own, and how the benchmark talks to it: a line in, a line out.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::org_simulator::faults::Faults;
use super::org_simulator::large::Scale;
use super::org_simulator::{Org, OrgSimulator};
use super::{Outcome, SERVE};

/// Serves an org until standard input ends.
pub(super) fn serve(objects: usize) -> Outcome<()> {
    let simulator = OrgSimulator::start(Org::large(Scale::of_objects(objects))?)?;
    let token = simulator
        .session_of("admin@nordlicht.example")
        .ok_or("the org has no administrator")?;
    println!("{} {token}", simulator.url());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.strip_prefix("latency ") {
            Some(milliseconds) => {
                simulator.set_faults(Faults {
                    latency: Duration::from_millis(milliseconds.parse()?),
                    ..Faults::default()
                });
                simulator.forget_requests();
                println!("done");
            }
            None => println!("{}", asked(&simulator)),
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// What was asked, as it can be asked again.
fn asked(simulator: &OrgSimulator) -> Value {
    let requests = simulator.requests();
    let list = requests.iter().map(|request| {
        let query = request.soql.as_ref().map(|soql| {
            let text: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
            format!("?q={text}")
        });
        json!({
            "method": request.method,
            "path": format!("{}{}", request.path, query.unwrap_or_default()),
            "body": request.body,
        })
    });
    Value::Array(list.collect())
}

/// A served org, as the benchmark holds it.
pub(super) struct Served {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    pub(super) url: String,
    pub(super) token: String,
}

/// What a run asked.
#[derive(Default)]
pub(super) struct Asked {
    /// As JSON.
    pub(super) requests: String,
    /// Calls that one-row metadata forces: composites of Tooling rows.
    pub(super) one_row: u64,
}

impl Served {
    pub(super) fn start(objects: usize) -> Outcome<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args([SERVE, &objects.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().ok_or("no pipe")?;
        let mut from = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut line = String::new();
        from.read_line(&mut line)?;
        let (url, token) = line.trim().split_once(' ').ok_or("no org is served")?;
        Ok(Self {
            url: url.to_owned(),
            token: token.to_owned(),
            child,
            to,
            from,
        })
    }

    fn say(&mut self, words: &str) -> Outcome<String> {
        writeln!(self.to, "{words}")?;
        self.to.flush()?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line)
    }

    /// From now on each answer comes this much later; forgets what was asked.
    pub(super) fn latency(&mut self, latency: Duration) -> Outcome<()> {
        self.say(&format!("latency {}", latency.as_millis()))?;
        Ok(())
    }

    /// What was asked since then.
    pub(super) fn asked(&mut self) -> Outcome<Asked> {
        let requests = self.say("requests")?;
        let list: Vec<Value> = serde_json::from_str(&requests)?;
        let of_rules = |request: &&Value| {
            let text = |key: &str| request.get(key).and_then(Value::as_str).unwrap_or_default();
            text("path").ends_with("/tooling/composite")
                && text("body").contains("/sobjects/ValidationRule/")
        };
        Ok(Asked {
            one_row: u64::try_from(list.iter().filter(of_rules).count())?,
            requests,
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}
