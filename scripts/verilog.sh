#!/usr/bin/env bash
# Generates every preset once and does with the Verilog what is asked for, in order, up to what fails:
#   scripts/verilog.sh STEP...
#     lint      Verilator -Wall accepts it, with either multiplier body
#     digests   it is, byte for byte, what bitstreams/digests says
#     update    rewrites bitstreams/digests
#     flows     it goes through the vendor flows: bitstreams/flow/check/run.sh
# The generated files stay in target/verilog/PRESET. VEGALITH may name a command line that is built already.
set -euo pipefail
export LC_ALL=C # the order of file names
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
out=$target/verilog

lint() {
    command -v verilator >/dev/null || {
        echo "verilog: verilator is missing; run 'make setup'" >&2
        exit 3
    }
    # shellcheck disable=SC2016 # expanded by the inner shell
    printf '%s\n' "${presets[@]}" | xargs -P "$(nproc)" -I{} bash -c '
        for body in "" -DVEGALITH_FAST_LEAF; do
            top=vegalith_$(tr - _ <<<"$1")
            verilator --lint-only -Wall $body --top-module "$top" "$0/$1"/*.v || {
                echo "verilog: $1 ${body:-(synthesisable body)} does not lint clean" >&2
                exit 1
            }
        done' "$out" {}
    echo "verilog: ${#presets[@]} presets lint clean"
}

# Writes the digests of what was generated into a folder.
write_digests() {
    rm -rf "$1"
    mkdir -p "$1"
    for preset in "${presets[@]}"; do (cd "$out/$preset" && sha256sum -- *.v *.cc) >"$1/$preset.sha256"; done
}

digests() {
    write_digests "$target/digests"
    diff -r bitstreams/digests "$target/digests" >&2 || {
        echo "verilog: the Verilog differs from bitstreams/digests; if that is meant, run 'make digests'" >&2
        exit 1
    }
    echo "verilog: ${#presets[@]} presets equal their digests"
}

update() { write_digests bitstreams/digests; }

flows() { bitstreams/flow/check/run.sh "$out"; }

for step in "${@:-none}"; do
    case $step in
    lint | digests | update | flows) ;;
    *)
        echo "usage: $0 lint|digests|update|flows..." >&2
        exit 2
        ;;
    esac
done
# With the default features: the build is shared with the tests and the demo.
[ -n "${VEGALITH:-}" ] || cargo build --quiet -p vegalith-cli
vegalith=${VEGALITH:-$target/debug/vegalith}
listed=$("$vegalith" presets --json)
mapfile -t presets < <(python3 -c '
import json, sys
for preset in json.load(sys.stdin)["presets"]:
    print(preset["name"])' <<<"$listed")
rm -rf "${out:?}"
for preset in "${presets[@]}"; do "$vegalith" generate --preset "$preset" --out "$out/$preset" >/dev/null; done
for step; do "$step"; done
