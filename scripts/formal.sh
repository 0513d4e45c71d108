#!/usr/bin/env bash
# Proofs of the generated control and arithmetic: hdl/formal/proofs.toml, or those of it that are named.
#   scripts/formal.sh [PROOF...]
# docs/formal.md says what is proved and what is assumed.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$(scripts/tools.sh)
blocks=$target/formal/blocks
rm -rf "$blocks"
cargo run --quiet -p vegalith-hdl --example formal_blocks -- "$blocks"
PATH=$tools:$PATH python3 scripts/formal.py "$blocks" "$target/formal/runs" "$@"
