//! Every fuzz target over its seeds and a few hundred changed ones, the same at each run.
//!
//! `make fuzz` looks further, with cargo-fuzz over the same targets. What it finds becomes a seed.

mod mutation;
mod targets;

use std::fs;
use std::path::PathBuf;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use targets::{MOST_BYTES, TARGETS};

fn seeds_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz")
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = seeds_folder().join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty() && seeds.iter().all(|seed| seed.len() <= MOST_BYTES));
    seeds
}

/// Runs a target over its seeds and `cases` changed ones.
fn fuzz(name: &str, cases: u32) {
    let seeds = seeds(name);
    for seed in &seeds {
        targets::run(name, seed);
    }
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    let result = runner.run(&mutation::of(seeds), |bytes| {
        targets::run(name, &bytes);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: {error}");
    }
}

/// One test a target, so that they run side by side.
macro_rules! fuzzed {
    ($($name:ident $cases:literal),+ $(,)?) => {
        $(#[test]
        fn $name() {
            fuzz(stringify!($name), $cases);
        })+

        #[test]
        fn every_target_is_run_and_has_seeds() {
            let here = [$(stringify!($name)),+];
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, here);
            // `make fuzz` runs what has a folder of seeds.
            let folders = fs::read_dir(seeds_folder()).unwrap();
            let mut folders: Vec<_> = folders.map(|entry| entry.unwrap().file_name()).collect();
            folders.sort();
            assert_eq!(folders, here);
        }
    };
}

fuzzed!(
    answers 64,
    config 200,
    facts 200,
    formula 600,
    mapping 300,
    metadata 200,
    report 200,
    snapshot 150,
    soql 60,
    triage 200,
);
