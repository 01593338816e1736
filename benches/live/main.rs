//! `cargo bench --bench live`: collecting simulated orgs of 20, 200 and 800 objects over a connection with latency.
//! `cargo bench --bench live -- 200` measures one size.
//!
//! The simulated org, permgap, and the floor each run in a process of their own, so that memory is each one's own. The
//! floor is what no program can do without: the longest line of round trips times the latency, and the transfer, which
//! is measured by asking everything that permgap asked once more, all at once, without latency, and decoding nothing.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

mod measure;
mod serve;

#[expect(
    dead_code,
    reason = "the tests use more of the simulator than this program"
)]
#[path = "../../tests/integration/org_simulator/mod.rs"]
mod org_simulator;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::process::Command;
use std::time::Duration;

use serve::{Asked, Served};

/// Sizes of the orgs, in generated objects.
const SIZES: [usize; 3] = [20, 200, 800];

/// Records of each object that Salesforce is asked about: none, and as many as the command line asks about.
const SAMPLES: [u32; 2] = [0, 200];

/// Added to each answer.
const LATENCY: Duration = Duration::from_millis(50);

/// Measurements of each kind, of which the shortest counts: what else the machine does can only add.
const ROUNDS: usize = 3;

const SERVE: &str = "serve";
const PERMGAP: &str = "measure-permgap";
const FLOOR: &str = "measure-floor";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // Cargo says `--bench` of itself.
    let arguments = env::args().skip(1).filter(|word| word != "--bench");
    let arguments: Vec<String> = arguments.collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [SERVE, objects] => serve::serve(objects.parse()?),
        [PERMGAP, url, sample] => measure::collect(url, sample.parse()?),
        [FLOOR, url, _] => measure::replay(url),
        [size] if size.parse::<usize>().is_ok() => compare_all(&[size.parse()?]),
        _ => compare_all(&SIZES),
    }
}

fn compare_all(sizes: &[usize]) -> Outcome<()> {
    println!(
        "{:>8}{:>8}{:>8}{:>8}{:>10}{:>8}{:>10}{:>12}{:>10}{:>8}{:>12}",
        "objects",
        "sample",
        "calls",
        "rules",
        "KiB",
        "path",
        "wall",
        "transfer",
        "floor",
        "ratio",
        "peak"
    );
    for size in sizes {
        let mut org = Served::start(*size)?;
        for sample in SAMPLES {
            compare(&mut org, *size, sample)?;
        }
    }
    println!(
        "calls without those for one-row metadata, which are under 'rules'; goals: a path of 6 at most, a ratio of 1.50 at \
         most, 150 calls at most, and a peak below 150 MiB"
    );
    Ok(())
}

fn compare(org: &mut Served, size: usize, sample: u32) -> Outcome<()> {
    let mut walls = Vec::new();
    let mut transfers = Vec::new();
    let mut figures = BTreeMap::new();
    let mut asked = Asked::default();
    for _ in 0..ROUNDS {
        org.latency(LATENCY)?;
        figures = in_process(PERMGAP, org, sample, "")?;
        walls.push(number(&figures, "nanoseconds")?);
        asked = org.asked()?;
        org.latency(Duration::ZERO)?;
        let floor = in_process(FLOOR, org, sample, &asked.requests)?;
        transfers.push(number(&floor, "nanoseconds")?);
    }
    let best = |all: Vec<u64>| Duration::from_nanos(all.into_iter().min().unwrap_or_default());
    let (wall, transfer) = (best(walls), best(transfers));
    let path = u32::try_from(number(&figures, "path")?)?;
    let floor = LATENCY * path + transfer;
    println!(
        "{size:>8}{sample:>8}{:>8}{:>8}{:>10}{path:>8}{:>7.0} ms{:>9.0} ms{:>7.0} ms{:>8.2}{:>8} MiB",
        number(&figures, "calls")?.saturating_sub(asked.one_row),
        asked.one_row,
        number(&figures, "bytes")?.div_ceil(1024),
        wall.as_secs_f64() * 1e3,
        transfer.as_secs_f64() * 1e3,
        floor.as_secs_f64() * 1e3,
        wall.as_secs_f64() / floor.as_secs_f64(),
        number(&figures, "peak")?.div_ceil(1024),
    );
    let lacking: BTreeSet<&String> = figures.keys().filter(|key| key.contains(':')).collect();
    for told in lacking {
        match told.strip_prefix("chain: ") {
            Some(chain) => println!("         longest path: {chain}"),
            None => println!("         not read in full: {told}"),
        }
    }
    Ok(())
}

/// Runs this program again for one measurement; gives its lines, `name number`.
fn in_process(
    kind: &str,
    org: &Served,
    sample: u32,
    input: &str,
) -> Outcome<BTreeMap<String, u64>> {
    use std::io::Write as _;
    use std::process::Stdio;

    let mut child = Command::new(env::current_exe()?)
        .args([kind, &org.url, &sample.to_string()])
        .env("SF_ACCESS_TOKEN", &org.token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{kind} failed").into());
    }
    let text = String::from_utf8(output.stdout)?;
    let entries = text.lines().filter_map(|line| line.rsplit_once(' '));
    entries
        .map(|(name, number)| Ok((name.to_owned(), number.parse()?)))
        .collect()
}

fn number(figures: &BTreeMap<String, u64>, name: &str) -> Outcome<u64> {
    let number = figures.get(name).copied();
    number.ok_or_else(|| format!("{name} was not measured").into())
}
