//! `cargo bench --bench metadata`: collecting a metadata tree against reading and tokenising the same files.
//!
//! Each measurement runs in a process of its own, so that its peak memory is its own; the two kinds take turns, so
//! that what else the machine does burdens both. Prints one line for each tree: a generated one, and each folder in
//! `PERMGAP_CORPORA`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

mod floor;
mod org;

use std::collections::HashSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use permgap::collect::metadata;

/// Measurements of each kind, of which the shortest counts: what else the machine does can only add.
const ROUNDS: usize = 15;

const SIZE: org::Size = org::Size {
    objects: 50,
    fields: 200,
    permission_sets: 50,
};

const FLOOR: &str = "measure-floor";
const PERMGAP: &str = "measure-permgap";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [kind, list, folders @ ..] if kind == FLOOR || kind == PERMGAP => {
            let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
            measure(kind, Path::new(list), &folders)
        }
        _ => compare_all(),
    }
}

fn compare_all() -> Outcome<()> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let generated = target.join("bench-org");
    let whole = target.join("bench-org.done");
    let size = format!("{SIZE:?}");
    if fs::read_to_string(&whole).ok().as_ref() != Some(&size) {
        let _ = fs::remove_dir_all(&generated);
        org::generate(&generated, SIZE)?;
        fs::write(&whole, &size)?;
    }
    println!(
        "{:<24}{:>8}{:>12}{:>12}{:>8}{:>14}{:>14}",
        "tree", "files", "floor", "permgap", "ratio", "floor peak", "permgap peak"
    );
    compare("generated 50x200x50", &[generated])?;
    if let Some(corpora) = env::var_os("PERMGAP_CORPORA") {
        let mut folders: Vec<PathBuf> = fs::read_dir(corpora)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Outcome<_>>()?;
        folders.sort();
        for folder in folders {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            if metadata::collect(std::slice::from_ref(&folder), &Default::default()).is_ok() {
                compare(&name, std::slice::from_ref(&folder))?;
            }
        }
    }
    println!("goal: a ratio of at most 2.00, and a peak of permgap below 100 MiB");
    Ok(())
}

fn compare(name: &str, folders: &[PathBuf]) -> Outcome<()> {
    // The floor is given what permgap reads as XML, so that both do so with the same files.
    let snapshot = metadata::collect(folders, &Default::default())?;
    let files: Vec<String> = snapshot
        .files
        .into_iter()
        .filter(|file| !file.ends_with(".cls") && !file.ends_with(".trigger"))
        .collect();
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-files");
    fs::write(&list, files.join("\n"))?;
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let floor = in_process(FLOOR, &list, folders)?;
        let our = in_process(PERMGAP, &list, folders)?;
        // The first round fills the disk cache.
        if round > 0 {
            floors.push(floor);
            ours.push(our);
        }
    }
    let (floor, our) = (Measured::best(floors), Measured::best(ours));
    println!(
        "{name:<24}{:>8}{:>9.1} ms{:>9.1} ms{:>8.2}{:>10} MiB{:>10} MiB",
        files.len(),
        floor.time.as_secs_f64() * 1e3,
        our.time.as_secs_f64() * 1e3,
        our.time.as_secs_f64() / floor.time.as_secs_f64(),
        floor.peak_mib(),
        our.peak_mib(),
    );
    Ok(())
}

/// What one process measured of itself.
struct Measured {
    time: Duration,
    /// Peak resident memory in KiB, where the system tells.
    peak: Option<u64>,
}

impl Measured {
    /// The shortest time, and the greatest memory.
    fn best(all: Vec<Self>) -> Self {
        let time = all.iter().map(|one| one.time).min();
        Self {
            time: time.unwrap_or_default(),
            peak: all.iter().filter_map(|one| one.peak).max(),
        }
    }

    fn peak_mib(&self) -> String {
        self.peak
            .map_or_else(|| "?".to_owned(), |kib| kib.div_ceil(1024).to_string())
    }
}

fn in_process(kind: &str, list: &Path, folders: &[PathBuf]) -> Outcome<Measured> {
    let output = Command::new(env::current_exe()?)
        .arg(kind)
        .arg(list)
        .args(folders)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse);
    let nanoseconds = numbers.next().ok_or("no time was measured")??;
    Ok(Measured {
        time: Duration::from_nanos(nanoseconds),
        peak: numbers.next().transpose()?,
    })
}

fn measure(kind: &str, list: &Path, folders: &[PathBuf]) -> Outcome<()> {
    let time = if kind == FLOOR {
        let list = fs::read_to_string(list)?;
        let wanted: HashSet<PathBuf> = list.lines().map(PathBuf::from).collect();
        let start = Instant::now();
        std::hint::black_box(floor::tokenise(folders, &wanted)?);
        start.elapsed()
    } else {
        let start = Instant::now();
        let snapshot = metadata::collect(folders, &Default::default())?;
        let time = start.elapsed();
        std::hint::black_box(snapshot);
        time
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap_or_default();
    println!("{} {peak}", time.as_nanos());
    Ok(())
}
