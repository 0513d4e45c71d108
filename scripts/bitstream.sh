#!/usr/bin/env bash
# Builds the image of a preset for a board with the flow that the board has:
#   scripts/bitstream.sh PRESET BOARD
# The image, its manifest and the tools' reports are left in target/bitstreams/PRESET-BOARD.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:-} board=${2:-}
if [ -z "$preset" ] || [ -z "$board" ]; then
    echo "usage: make bitstream PRESET=ntt-goldilocks-ecp5 BOARD=ecp5-evn" >&2
    exit 2
fi
file=bitstreams/boards/$board.json
if [ ! -f "$file" ]; then
    known=$(basename -s .json bitstreams/boards/*.json | paste -sd' ')
    echo "bitstream: unknown board $board; known are $known" >&2
    exit 2
fi
flow=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["flow"])' "$file")
case $flow in
nextpnr) exec python3 bitstreams/flow/ecp5.py "$preset" "$board" ;;
vitis) exec python3 bitstreams/flow/build.py xclbin "$preset" "$board" ;;
hdk) exec python3 bitstreams/flow/build.py hdk "$preset" "$board" ;;
*)
    echo "bitstream: $file names the unknown flow $flow" >&2
    exit 3
    ;;
esac
