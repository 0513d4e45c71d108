#!/usr/bin/env bash
# Unit tests of the flow, then check.py over every preset, generated anew. The command line must have
# been built, or VEGALITH name another.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export PYTHONDONTWRITEBYTECODE=1

vegalith=${VEGALITH:-${CARGO_TARGET_DIR:-target}/debug/vegalith}
out=${CARGO_TARGET_DIR:-target}/check-flows
rm -rf "${out:?}"
"$vegalith" presets --json | python3 -c '
import json, sys
for preset in json.load(sys.stdin)["presets"]:
    print(preset["name"])' | while read -r preset; do
    "$vegalith" generate --preset "$preset" --out "$out/$preset" >/dev/null
done
python3 -m unittest --quiet bitstreams/flow/check/test_flow.py bitstreams/flow/check/test_resources.py
bitstreams/flow/check/check.py "$out"
