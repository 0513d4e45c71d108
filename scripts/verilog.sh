#!/usr/bin/env bash
# Generates every preset and holds the Verilog to two rules:
#   scripts/verilog.sh lint      Verilator -Wall accepts it, with either multiplier body
#   scripts/verilog.sh digests   it is, byte for byte, what bitstreams/digests says
#   scripts/verilog.sh update    rewrites bitstreams/digests
# The generated files stay in target/verilog/PRESET.
set -euo pipefail
export LC_ALL=C # the order of file names
cd "$(dirname "$0")/.."

out=${CARGO_TARGET_DIR:-target}/verilog
digests=bitstreams/digests
# With the default features: the build is shared with the tests and the demo.
vegalith=${CARGO_TARGET_DIR:-target}/debug/vegalith
cargo build --quiet -p vegalith-cli
mapfile -t presets < <("$vegalith" presets --json | python3 -c '
import json, sys
for preset in json.load(sys.stdin)["presets"]:
    print(preset["name"])')

generate() {
    rm -rf "${out:?}/$1"
    "$vegalith" generate --preset "$1" --out "$out/$1" >/dev/null
}

lint() {
    local top=vegalith_${1//-/_}
    for body in "" -DVEGALITH_FAST_LEAF; do
        # shellcheck disable=SC2086 # an empty body is no argument
        verilator --lint-only -Wall $body --top-module "$top" "$out/$1"/*.v || {
            echo "verilog: $1 ${body:-(synthesisable body)} does not lint clean" >&2
            return 1
        }
    done
}

hashes() { (cd "$out/$1" && sha256sum -- *.v *.cc); }

failed=0
for preset in "${presets[@]}"; do generate "$preset"; done
case ${1:-} in
lint)
    export -f lint
    export out
    printf '%s\n' "${presets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'lint {}' || failed=1
    [ $failed -eq 0 ] && echo "verilog: ${#presets[@]} presets lint clean"
    ;;
digests)
    for preset in "${presets[@]}"; do
        if ! hashes "$preset" | diff "$digests/$preset.sha256" - >&2; then
            echo "verilog: $preset differs from $digests; if that is meant, run 'make digests'" >&2
            failed=1
        fi
    done
    [ $failed -eq 0 ] && echo "verilog: ${#presets[@]} presets equal their digests"
    ;;
update)
    mkdir -p "$digests"
    rm -f "$digests"/*.sha256
    for preset in "${presets[@]}"; do hashes "$preset" >"$digests/$preset.sha256"; done
    ;;
*)
    echo "usage: $0 lint|digests|update" >&2
    exit 2
    ;;
esac
exit $failed
