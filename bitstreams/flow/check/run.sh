#!/usr/bin/env bash
# Unit tests of the flow, then check.py over every preset:
#   bitstreams/flow/check/run.sh [GENERATED]
# GENERATED/PRESET are folders of 'vegalith generate'; without it scripts/verilog.sh generates them.
set -euo pipefail
[ $# -eq 1 ] || exec "$(dirname "$0")/../../../scripts/verilog.sh" flows
generated=$(realpath -e "$1")
cd "$(dirname "$0")/../../.."
for tool in verilator tclsh; do
    command -v $tool >/dev/null || {
        echo "check-flows: $tool is missing; run 'make setup'" >&2
        exit 3
    }
done
export PYTHONDONTWRITEBYTECODE=1

python3 -m unittest --quiet bitstreams/flow/check/test_flow.py bitstreams/flow/check/test_resources.py
bitstreams/flow/check/check.py "$generated"
