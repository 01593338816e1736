//! One target of `tests/integration/fuzz`, chosen by `FUZZ_TARGET`: one binary, so that linking happens once.

#![no_main]

#[path = "../integration/fuzz/targets/mod.rs"]
mod targets;

use std::sync::OnceLock;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static TARGET: OnceLock<String> = OnceLock::new();
    let name = TARGET.get_or_init(|| std::env::var("FUZZ_TARGET").unwrap_or_default());
    targets::run(name, bytes);
});
