#!/bin/sh
# make fuzz: each target of tests/integration/fuzz for SECONDS with cargo-fuzz (`cargo install cargo-fuzz`).
#
# On a stable compiler, whose unstable options are unlocked for this build only; without a sanitizer, for nothing here is
# unsafe. Inputs that reach new code are kept in
# target/fuzz/corpus; what fails lies in target/fuzz/found, and becomes a seed in fixtures/fuzz once it is mended.
set -eu
seconds=$1
targets=${2:-$(ls fixtures/fuzz)}
export RUSTC_BOOTSTRAP=1
for target in $targets; do
  echo "$target: $seconds s"
  mkdir -p "target/fuzz/corpus/$target" target/fuzz/found
  FUZZ_TARGET=$target cargo fuzz run -s none --fuzz-dir tests/fuzz --target-dir target/fuzz/build reader \
    "target/fuzz/corpus/$target" "fixtures/fuzz/$target" -- -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=16384 -artifact_prefix="target/fuzz/found/$target-" -print_final_stats=1 -verbosity=0
done
