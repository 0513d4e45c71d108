#!/usr/bin/env bash
# Fuzzes vegalith-cpu against arkworks, guided by coverage: scripts/fuzz.sh TARGET SECONDS. libFuzzer's
# flags are those of cargo-fuzz without a sanitizer, which stable Rust takes.
set -euo pipefail
cd "$(dirname "$0")/../host-lib/cpu/fuzz"

target=${1:-msm}
seconds=${2:-60}
folder=${CARGO_TARGET_DIR:-$PWD/../../../target}/fuzz
corpus=$folder/corpus/$target
mkdir -p "$corpus"
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
for kind in inline-8bit-counters pc-table trace-compares; do
    coverage+=" -Cllvm-args=-sanitizer-coverage-$kind"
done
RUSTFLAGS="--cfg fuzzing $coverage -Cdebug-assertions -Ccodegen-units=1" CARGO_TARGET_DIR=$folder \
    cargo run --release --quiet --target "$(rustc -vV | sed -n 's/^host: //p')" --bin "$target" -- \
    -max_total_time="$seconds" -max_len=16384 -timeout=60 -artifact_prefix="$folder/" "$corpus"
