#!/usr/bin/env bash
# Installs what the OpenCL tests run on: an ICD loader, PoCL (OpenCL on the CPU) and XRT (whose
# emulation without function needs no card). Quick when everything is there. Debian and its relatives.
set -euo pipefail

libraries=(libOpenCL.so.1:ocl-icd-libopencl1 libpocl.so.2:pocl-opencl-icd libxilinxopencl.so.2:libxrt1)

missing=()
for entry in "${libraries[@]}"; do
    found=0
    for folder in /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
        [ -e "$folder/${entry%%:*}" ] && found=1
    done
    [ "$found" -eq 1 ] || missing+=("${entry##*:}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "setup-opencl: please install: ${missing[*]}" >&2
    exit 1
fi
run=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup-opencl: not root and no sudo; please install: ${missing[*]}" >&2
        exit 1
    }
    run=(sudo)
fi
echo "setup-opencl: installing ${missing[*]}"
"${run[@]}" apt-get update -qq
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
