#!/usr/bin/env bash
# Installs what the build needs beyond Rust: Verilator, a C++ compiler, zlib (waveform traces) and
# Python. Quick when everything is there. Debian and its relatives; elsewhere it says what is missing.
set -euo pipefail

missing=()
command -v verilator >/dev/null || missing+=(verilator)
command -v g++ >/dev/null || missing+=(g++)
command -v python3 >/dev/null || missing+=(python3)
command -v tclsh >/dev/null || missing+=(tcl) # vendor flows are checked under it
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)

if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "setup: please install: ${missing[*]}" >&2
        exit 1
    fi
    run=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "setup: not root and no sudo; please install: ${missing[*]}" >&2
            exit 1
        }
        run=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${run[@]}" apt-get update -qq
    "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

command -v cargo >/dev/null || {
    echo "setup: Rust is missing; see https://rustup.rs" >&2
    exit 1
}
for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
done
echo "setup: $(verilator --version | cut -d' ' -f1,2), $(g++ -dumpfullversion -dumpversion | sed 's/^/g++ /'), $(cargo --version | cut -d' ' -f1,2)"
