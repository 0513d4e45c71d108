#!/usr/bin/env python3
"""Writes docs/registers.md from the constants and doc comments of hdl/abi.

    scripts/registers.py           rewrite the page
    scripts/registers.py --check   fail if the page is out of date
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "hdl/abi/src/registers.rs"
LIBRARY = ROOT / "hdl/abi/src/lib.rs"
MEMORY = ROOT / "hdl/abi/src/memory.rs"
PAGE = ROOT / "docs/registers.md"

CONSTANT = re.compile(r"pub const (\w+): \w+ = (.+);$")


def constants(text):
    """Yields (module, name, value text, doc) for every constant, in order."""
    module, doc = "", []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("///"):
            doc.append(stripped[3:].strip())
            continue
        if match := re.match(r"pub mod (\w+) \{", stripped):
            module = match[1]
        elif line == "}":
            module = ""
        elif match := CONSTANT.match(stripped):
            yield module, match[1], match[2], " ".join(doc)
        doc = []


def plain(doc):
    """Rust links as plain code."""
    doc = re.sub(r"\[`(?:crate::)?([\w:]+)`\]", r"`\1`", doc)
    return doc.replace("|", "\\|")


def size(doc):
    match = re.search(r"\((\d+) (bit|bytes)", doc)
    if match:
        bits = int(match[1]) * (1 if match[2] == "bit" else 8)
        return f"{bits // 8}"
    return "4"


def table(rows):
    lines = ["| offset | name | bytes | meaning |", "|---|---|---|---|"]
    for _, name, value, doc in rows:
        width = "8" if name in WIDE else size(doc)
        lines.append(f"| `{value}` | `{name}` | {width} | {plain(doc)} |")
    return lines


# Counters are 64 bit by the comment of COUNTERS.
WIDE = {"CYCLES", "BUSY", "ACTIVE_CYCLES", "STALL", "BYTES_READ", "BYTES_WRITTEN"}
# Offsets that only mark where something begins or ends.
MARKS = {"ARGUMENTS", "ARGUMENTS_END", "IDENTIFICATION", "COUNTERS", "SPACE_BYTES", "ADDRESS_BITS"}


def is_offset(value):
    return value.startswith("0x")


def bits(rows):
    lines = ["| bit | name | meaning |", "|---|---|---|"]
    for _, name, value, doc in rows:
        bit = re.fullmatch(r"1 << (\d+)", value)[1]
        doc = re.sub(r"^Control bit \d+: ", "", doc)
        lines.append(f"| {bit} | `{name}` | {plain(doc)} |")
    return lines


def page():
    rows = list(constants(SOURCE.read_text()))
    values = {name: value for _, name, value, _ in rows}
    docs = {name: doc for _, name, _, doc in rows}

    def offsets(module, low, high):
        return [
            row
            for row in rows
            if row[0] == module
            and row[1] not in MARKS
            and is_offset(row[2])
            and low <= int(row[2], 16) < high
        ]

    def flags(module, prefix):
        return [r for r in rows if r[0] == module and r[1].startswith(prefix) and "<<" in r[2]]

    version = re.search(
        r"AbiVersion = AbiVersion \{ major: (\d+), minor: (\d+) \}", LIBRARY.read_text()
    )
    memory = {name: value for _, name, value, _ in constants(MEMORY.read_text())}
    arguments = int(values["ARGUMENTS"], 16)
    arguments_end = int(values["ARGUMENTS_END"], 16)
    identification = int(values["IDENTIFICATION"], 16)
    counters = int(values["COUNTERS"], 16)
    errors = int(values["ERRORS"], 16)
    out = [
        "# Registers of a kernel",
        "",
        "<!-- Written by scripts/registers.py from hdl/abi; do not edit. -->",
        "",
        f"ABI version {version[1]}.{version[2]}. Every generated kernel has one AXI4-Lite slave, `s_axi_control`, "
        f"of {int(values['SPACE_BYTES'], 16)} bytes ({values['ADDRESS_BITS']} address bits) and two AXI4 masters of "
        f"{memory['BEAT_BYTES']} bytes a beat. Registers are 32-bit words, values little-endian, the low word first; "
        "offsets that are not named here read as zero and ignore writes. Every number on this page stands once in the "
        "source, in the crate `vegalith-abi`.",
        "",
        "A job is: write the arguments, write `CONTROL_START`, wait for `CONTROL_DONE`, read errors, counters and "
        "results, write `CONTROL_CONTINUE`.",
        "",
        "## Control",
        "",
        f"`CONTROL` at `{values['CONTROL']}`:",
        "",
        *bits(flags("", "CONTROL_")),
        "",
        "## Arguments",
        "",
        f"From `{values['ARGUMENTS']}` up to `{values['ARGUMENTS_END']}`, read and write.",
        "",
        "All kernels:",
        "",
        *table(offsets("", arguments, arguments_end)),
        "",
        "MSM kernels:",
        "",
        *table(offsets("msm", arguments, arguments_end)),
        "",
        "NTT kernels:",
        "",
        *table(offsets("ntt", arguments, arguments_end)),
        "",
        "Bits of `FLAGS`:",
        "",
        *bits(flags("ntt", "FLAG_")),
        "",
        "## Identification",
        "",
        docs["IDENTIFICATION"].split("; ")[1].capitalize() + " A driver reads it before anything else.",
        "",
        *table([r for r in offsets("", identification, counters)]),
        "",
        "`BLOCK_TYPE` is 1 for MSM, 2 for NTT. `MAGIC` is \"VGLT\" in ASCII, the first letter in the lowest byte.",
        "",
        "## Counters",
        "",
        "Of the last job; 64 bit, read only, cleared when a job starts.",
        "",
        *table(offsets("", counters, errors)),
        "",
        "## Errors",
        "",
        f"`ERRORS` at `{values['ERRORS']}`: sticky, cleared when a job starts.",
        "",
        *bits(flags("", "ERROR_")),
        "",
        "## Device memory",
        "",
        f"Buffers are aligned to {memory['ALIGNMENT_BYTES']} bytes; a kernel's bursts are at most "
        f"{memory['MAX_BURST_BEATS']} beats and cross no 4096-byte boundary. The layouts of scalars, points, partial "
        "sums and transform elements are the structures of `hdl/abi/src/memory.rs`.",
        "",
    ]
    return "\n".join(out)


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            sys.exit("docs/registers.md is out of date; run scripts/registers.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text)


main()
