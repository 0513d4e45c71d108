#!/usr/bin/env bash
# Runs the tests of the workspace, with cargo-nextest when it is installed (faster, one summary),
# else with cargo test. Arguments are passed on, e.g. `scripts/test.sh -p vegalith`.
set -euo pipefail
cd "$(dirname "$0")/.."

scope=(--workspace)
[ $# -gt 0 ] && scope=("$@")
if cargo nextest --version >/dev/null 2>&1; then
    cargo test --quiet --doc "${scope[@]}"
    cargo nextest run --no-fail-fast "${scope[@]}"
else
    cargo test --no-fail-fast "${scope[@]}"
fi
