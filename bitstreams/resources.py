#!/usr/bin/env python3
"""Resources of each preset's blocks on UltraScale+, 7 series, ECP5 and as gates, by open synthesis.

    resources.py [--quick | --all | --preset NAME...] [--jobs N] [--generated DIR]

A kernel is cut where its files are: every arithmetic module (multiplier, adder, butterfly, …), the
engine around them and the kernel's registers and bursts are synthesised once each, with what they
contain left out, and multiplied by how often they stand in the elaborated design. What was
synthesised stays in target/resources, by digest of script and sources; only what changed runs again.

Writes bitstreams/reports/resources.json and .md for one preset of each kind (PRESETS below), or with
`--all` for every preset. `--quick` is one small preset; this and chosen ones are written to
target/resources only. scripts/tools.sh installs Yosys; the standard cells (OSU 0.18 µm) come from
Debian's package qflow-tech-osu018, unless STANDARD_CELLS names another Liberty file.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

BITSTREAMS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BITSTREAMS / "flow"))

import plan as planning  # noqa: E402
import tools  # noqa: E402

TARGET = planning.target()
FAMILIES = ("ultrascale_plus", "7series", "ecp5", "asic")
PRESETS = ["msm-bn254-u250", "ntt-goldilocks-demo", "msm-bn254-ecp5", "ntt-goldilocks-ecp5"]
QUICK = ["ntt-goldilocks-ecp5"]
# A block that takes longer is left out and named.
LIMIT_SECONDS = 3000
# A larger block, most of it constants of twiddle tables, is left out and named.
LIMIT_BYTES = 1_000_000


class ResourceError(Exception):
    """A tool that is missing or failed."""


# ---------------------------------------------------------------- tools


def yosys():
    """The command of Yosys, installed if need be."""
    folder = tools.open_tools()
    if not (command := shutil.which("yosys", path=folder)):
        raise ResourceError(f"expected yosys in {folder}, found none; unset VEGALITH_TOOLS to have it installed")
    return command


def standard_cells():
    """The Liberty file of an open standard-cell library, or None where it cannot be had."""
    if path := os.environ.get("STANDARD_CELLS"):
        return pathlib.Path(path)
    folder = TARGET / "tools/osu018"
    library = folder / "usr/share/qflow/tech/osu018/osu018_stdcells.lib"
    if not library.exists() and shutil.which("apt-get") and shutil.which("dpkg"):
        folder.mkdir(parents=True, exist_ok=True)
        fetched = subprocess.run(["apt-get", "download", "-q", "qflow-tech-osu018"], cwd=folder, capture_output=True)
        packages = sorted(folder.glob("qflow-tech-osu018_*.deb"))
        if fetched.returncode == 0 and packages:
            subprocess.run(["dpkg", "-x", str(packages[-1]), str(folder)], check=True)
    return library if library.exists() else None


# ---------------------------------------------------------------- blocks


class Block:
    """A module to be synthesised, without the modules of other files inside it."""

    def __init__(self, kind, module, sources, without):
        self.kind = kind
        self.module = module
        self.sources = sources
        self.without = without

    def key(self, family):
        """Equal for blocks of two presets that are the same."""
        return self.module, family, tuple(path.read_bytes() for path in self.sources)

    def script(self, family, library):
        """Yosys commands that end with `stat -json` on a line of its own."""
        def defines(path):
            # As the flow does it: a tile is the device's multiplier with its registers.
            return " -DVEGALITH_ECP5" if family == "ecp5" and "VEGALITH_ECP5" in path.read_text() else ""

        read = [f"read_verilog -sv{defines(path)} {path.name}" for path in self.sources]
        read += [f"blackbox {name}" for name in self.without]
        # synth_ecp5 itself checks, when it knows the device's multiplier.
        check = "" if family == "ecp5" else "-check "
        read += [f"hierarchy {check}-top {self.module}"]
        flags = f"-flatten -noiopad -noclkbuf -top {self.module}"
        body = {
            "ultrascale_plus": [f"synth_xilinx -family xcup {flags}", "tee -q -o mapped.json stat -json"],
            "7series": [f"synth_xilinx -family xc7 {flags}", "tee -q -o mapped.json stat -json"],
            "ecp5": [f"synth_ecp5 -top {self.module}", "tee -q -o mapped.json stat -json"],
            # Memories are counted as bits: a compiler of the process makes them.
            "asic": [
                "proc",
                "flatten",
                "opt_clean",
                "tee -q -o memory.json stat -json",
                f"synth -flatten -run begin:fine -top {self.module}",
                "opt -fast -full",
                "techmap",
                "opt -fast",
                "design -save gates",
                "abc -g gates",
                "opt_clean",
                "tee -q -o mapped.json stat -json -tech cmos",
            ]
            + (
                [
                    "design -load gates",
                    f"dfflibmap -liberty {library}",
                    f"abc -liberty {library}",
                    "opt_clean",
                    f"tee -q -o cells.json stat -json -liberty {library}",
                ]
                if library
                else []
            ),
        }[family]
        return "\n".join([*read, *body]) + "\n"


def blocks(kernel):
    """[(block, instances)] of a kernel: arithmetic first, then the engine, then registers and bursts."""
    design = kernel.elaborate()
    files = {path.stem: path for path in kernel.files}
    engine = f"{kernel.top}_engine"
    shared = [files[name] for name in files if name == "vegalith_delay"]
    arithmetic = [name for name in files if name not in (kernel.top, engine, "vegalith_delay")]
    count = {}
    for module in design.instances.values():
        count[module] = count.get(module, 0) + 1
    count[kernel.top] = 1

    def block(kind, name, inner):
        used = [other for other in inner if re.search(rf"\b{other}\b", files[name].read_text())]
        return Block(kind, name, [files[name], *(files[other] for other in used), *shared], used)

    found = [
        block("arithmetic", name, [other for other in arithmetic if other != name])
        for name in arithmetic
        if count.get(name)
    ]
    found.append(block("engine", engine, arithmetic))
    found.append(block("registers and bursts", kernel.top, [engine]))
    return [(entry, count[entry.module]) for entry in found]


# ---------------------------------------------------------------- synthesis

# Cells of one kind, by regular expression and what one of them counts.
CELLS = {
    "ultrascale_plus": {
        "lut": [(r"LUT[1-6]", 1), (r"SRL\w+", 1), (r"RAM32M|RAM64M", 4), (r"RAM32M16|RAM64M8", 8), (r"RAM\d+X1\w", 2)],
        "ff": [(r"FD[RSCP]E(_1)?", 1)],
        "dsp": [(r"DSP48E[12]", 1)],
        "bram": [(r"RAMB36E[12]", 1), (r"RAMB18E[12]", 0.5)],
        "uram": [(r"URAM288\w*", 1)],
        "carry_bits": [(r"CARRY4", 4), (r"CARRY8", 8)],
    },
    "ecp5": {
        "lut": [(r"LUT4", 1), (r"CCU2C", 2), (r"TRELLIS_DPR16X4", 4)],
        "ff": [(r"TRELLIS_FF", 1)],
        "dsp": [(r"MULT18X18D", 1)],
        "bram": [(r"DP16KD", 1), (r"PDPW16KD", 1)],
        "carry_bits": [(r"CCU2C", 2)],
    },
}
CELLS["7series"] = CELLS["ultrascale_plus"]
FLIP_FLOP = re.compile(r"\$_.*DFF.*_")


def counted(family, cells):
    """Resources of a list of cells."""
    return {
        kind: sum(count * weight for name, count in cells.items() for cell, weight in rules if re.fullmatch(cell, name))
        for kind, rules in CELLS[family].items()
    }


def gates(stat, library_stat):
    """Gates of the generic netlist and of the standard cells, both as NAND2 of 4 transistors."""
    cells = stat["num_cells_by_type"]
    transistors = int(str(stat.get("estimated_num_transistors", "0")).rstrip("+") or 0)
    found = {
        "nand2": round(transistors / 4),
        "ff": sum(number for name, number in cells.items() if FLIP_FLOP.fullmatch(name)),
    }
    if library_stat:
        cells = library_stat["num_cells_by_type"].items()
        found["cells"] = sum(number for name, number in cells if not name.startswith(("$", "vegalith")))
        # A block of wires has none.
        found["area_um2"] = round(float(library_stat.get("area", 0)))
    return found


def synthesise(block, family, command, library):
    """Resources of a block, from the cache or by running Yosys; with "seconds" or "left_out"."""
    script = block.script(family, library if family == "asic" else None)
    if sum(path.stat().st_size for path in block.sources) > LIMIT_BYTES:
        return {"left_out": f"more than {LIMIT_BYTES} bytes of Verilog, most of it tables"}
    if family in ("7series", "ecp5") and 'ram_style = "ultra"' in block.sources[0].read_text():
        return {"left_out": "this family has no such memory (UltraRAM)"}
    digest = hashlib.sha256(f"{family}\n{script}\n{version(command)}".encode())
    for path in block.sources:
        digest.update(path.read_bytes())
    folder = TARGET / "resources" / f"{block.module.replace('$', '_')}-{family}-{digest.hexdigest()[:16]}"
    result = folder / "result.json"
    if result.exists():
        return measured(folder, family, library, json.loads(result.read_text())["seconds"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in block.sources:
        shutil.copyfile(path, folder / path.name)
    if library and family == "asic":
        shutil.copyfile(library, folder / library.name)
        script = script.replace(str(library), library.name)
    (folder / "script.ys").write_text(script)
    start = time.monotonic()
    try:
        # A tool in WebAssembly sees its working folder only.
        run = subprocess.run(
            [command, "-q", "-l", "log.txt", "-s", "script.ys"],
            cwd=folder, capture_output=True, text=True, timeout=LIMIT_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"left_out": f"longer than {LIMIT_SECONDS} s"}
    if run.returncode:
        raise ResourceError(f"{block.module} for {family}: {run.stderr.strip()[-800:]} ({folder})")
    seconds = round(time.monotonic() - start, 1)
    found = measured(folder, family, library, seconds)
    result.write_text(json.dumps({"seconds": seconds}))
    return found


def measured(folder, family, library, seconds):
    """Resources of a block that was synthesised in a folder."""
    stat = read_stat(folder / "mapped.json")
    if family != "asic":
        return {**counted(family, stat["num_cells_by_type"]), "seconds": seconds}
    found = gates(stat, read_stat(folder / "cells.json") if library else None)
    found["memory_bits"] = read_stat(folder / "memory.json").get("num_memory_bits", 0)
    return {**found, "seconds": seconds}


def read_stat(path):
    """The design's total of a `stat -json`."""
    text = path.read_text()
    return json.loads(text[text.index("{") :])["design"]


def version(command, known={}):
    if command not in known:
        known[command] = subprocess.run([command, "-V"], capture_output=True, text=True).stdout.split("(")[0].strip()
    return known[command]


# ---------------------------------------------------------------- reports


def total(rows, family):
    """Sum over blocks and instances, and the blocks that are missing in it."""
    sums, missing = {}, []
    for row in rows:
        found = row["families"].get(family)
        if not found or "left_out" in found:
            missing.append(row["module"])
            continue
        for kind, value in found.items():
            if kind != "seconds":
                sums[kind] = round(sums.get(kind, 0) + row["instances"] * value, 1)
    return sums, missing


def compared(census, sums):
    """Ratios of what the arithmetic blocks were synthesised to, to what the census counts in them."""
    counts = {
        "dsp_per_tile": ("dsp", census["multiplier_tiles"]),
        "carry_per_adder_bit": ("carry_bits", census["adder_bits"]),
        "ff_per_register_bit": ("ff", census["register_bits"] + census["delay_bits"]),
        "lut_per_bit": ("lut", census["adder_bits"] + census["compressor_bits"] + census["logic_bits"]),
    }
    return {name: round(sums[kind] / bits, 3) for name, (kind, bits) in counts.items() if bits and kind in sums}


TITLES = {"ultrascale_plus": "UltraScale+", "7series": "7 series", "ecp5": "ECP5", "asic": "gates"}
NOTES = """\
How to read it:

- Synthesis only, one block at a time, no placement. A kernel is the sum of its blocks, so nothing is shared or
  optimised between them.
- UltraScale+: Yosys 0.70 packs no pipeline registers and no adders into DSP48E2 and maps carries to CARRY4, so its
  flip-flops and LUTs are upper bounds; it does so for 7 series (DSP48E1), which is therefore quoted beside it. A
  vendor's tool uses fewer.
- LUTs include shift registers and LUT RAM. `bram` are 36 kb blocks (halves are 18 kb) on Xilinx, 18 kb on ECP5.
  ECP5's LUT4 hold less than LUT6; a carry slice (CCU2C) counts as two. A tile cut for another family's multiplier
  (26x17) takes two MULT18X18D.
- Gates: NAND2 equivalents, four transistors each, of Yosys' estimate for generic CMOS cells with flip-flops;
  `area` is that of the open OSU 0.18 µm cells (Debian's qflow-tech-osu018), where a NAND2X1 has 24 µm². Memories are
  left out of both and counted in bits.
- The census counts operators of the arithmetic graph: tiles, bits of adders, of compressors and of logic, bits of
  registers and of delays. It is compared with the arithmetic blocks alone; control, queues and memories are not in it.
- Carries follow adder bits closely on ECP5 (a CCU2C is two bits); on Xilinx chains are cut to fours, and compressors
  of three operands are carried too. Flip-flops stay below the census where delays become shift registers (Xilinx), and
  registers go into DSP blocks (7 series; ECP5's own, which are written as such).
"""


def figure(value):
    return f"{value:,.1f}".removesuffix(".0").replace(",", " ") if isinstance(value, (int, float)) else str(value)


def markdown(report):
    lines = ["# Resources by open synthesis", "", "<!-- Written by bitstreams/resources.py; do not edit. -->", ""]
    lines += [f"{report['tools']['yosys']}; blocks and totals of each preset's kernel.", "", NOTES]
    columns = [
        ("ultrascale_plus", "dsp"), ("ultrascale_plus", "lut"), ("ultrascale_plus", "ff"), ("ultrascale_plus", "bram"),
        ("ultrascale_plus", "uram"), ("7series", "dsp"), ("7series", "lut"), ("7series", "ff"), ("ecp5", "dsp"),
        ("ecp5", "lut"), ("ecp5", "ff"), ("ecp5", "bram"), ("asic", "nand2"), ("asic", "area_um2"),
        ("asic", "memory_bits"),
    ]  # fmt: skip
    head = "".join(f" {TITLES[family]} {kind} |" for family, kind in columns)
    for name, preset in report["presets"].items():
        lines += [f"## {name}", "", f"| block | × |{head}", "|---|---|" + "---|" * len(columns)]
        for row in preset["blocks"]:
            cells = [row["families"].get(family, {}).get(kind, "–") for family, kind in columns]
            lines.append(f"| `{row['module']}` | {row['instances']} |" + "".join(f" {figure(c)} |" for c in cells))
        cells = [preset["totals"].get(family, {}).get(kind, "–") for family, kind in columns]
        lines.append("| **kernel** | |" + "".join(f" **{figure(c)}** |" for c in cells))
        lines.append("")
        census = preset["census"]
        bits = census["adder_bits"] + census["compressor_bits"] + census["logic_bits"]
        lines.append(
            f"Census: {figure(census['multiplier_tiles'])} tiles, {figure(bits)} bits of adders, compressors and "
            f"logic, {figure(census['register_bits'] + census['delay_bits'])} bits of registers and delays. The "
            "arithmetic blocks against it:"
        )
        for family, ratios in preset["compared"].items():
            if ratios:
                told = ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in ratios.items())
                lines.append(f"- {TITLES[family]}: {told}.")
        for family, modules in preset["missing"].items():
            lines.append(f"- {TITLES[family]}: the total lacks {', '.join(f'`{module}`' for module in modules)}.")
        lines.append("")
    return "\n".join(lines)


def generated(folder, names):
    """Kernels of the presets asked for, generated with the command line unless a folder is given."""
    if not folder:
        names = names or [preset["name"] for preset in json.loads(tools.vegalith("presets", "--json"))["presets"]]
        return [tools.generate(name, TARGET / "verilog" / name) for name in names]
    found = {path.parent.name: path.parent for path in sorted(pathlib.Path(folder).glob("*/manifest.json"))}
    if missing := set(names or found or ["any preset"]) - set(found):
        raise ResourceError(f"{folder} lacks {', '.join(sorted(missing))}")
    return [planning.Kernel(path) for name, path in found.items() if not names or name in names]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--quick", action="store_true")
    chosen.add_argument("--all", action="store_true")
    chosen.add_argument("--preset", action="append")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--generated")
    options = parser.parse_args(arguments)
    try:
        command, library = yosys(), standard_cells()
        if library is None:
            print("resources: no standard cells (Debian's qflow-tech-osu018): generic gates only", file=sys.stderr)
        names = QUICK if options.quick else None if options.all else options.preset or PRESETS
        kernels = generated(options.generated, names)
        work = {kernel.preset: blocks(kernel) for kernel in kernels}
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            waiting = {}
            # Small blocks first: a run that is broken off leaves most of its results.
            every = [block for preset in work.values() for block, _ in preset]
            for block in sorted(every, key=lambda block: sum(path.stat().st_size for path in block.sources)):
                for family in FAMILIES:
                    # A module that two presets share is synthesised once.
                    if block.key(family) not in waiting:
                        waiting[block.key(family)] = pool.submit(synthesise, block, family, command, library)
            keys = {future: key for key, future in waiting.items()}
            for future in concurrent.futures.as_completed(keys):
                module, family, _ = keys[future]
                try:
                    found = future.result()
                except ResourceError:
                    pool.shutdown(cancel_futures=True)
                    raise
                told = found.get("left_out") or f"{found['seconds']} s"
                print(f"resources: {module} for {TITLES[family]}: {told}", file=sys.stderr)
    except planning.PlanError as error:
        print(f"resources: {error}", file=sys.stderr)
        return 2
    except (ResourceError, tools.ToolError, planning.design.DesignError, OSError) as error:
        print(f"resources: {error}", file=sys.stderr)
        return 3

    report = {"schema": 1, "tools": {"yosys": version(command)}, "presets": {}}
    for kernel in kernels:
        rows = []
        for block, instances in work[kernel.preset]:
            families = {family: waiting[block.key(family)].result() for family in FAMILIES}
            rows.append({"module": block.module, "kind": block.kind, "instances": instances, "families": families})
        sums = {family: total(rows, family) for family in FAMILIES}
        arithmetic = [row for row in rows if row["kind"] == "arithmetic"]
        parts = {family: total(arithmetic, family) for family in FAMILIES}
        report["presets"][kernel.preset] = {
            "preset_digest": kernel.manifest["preset_digest"],
            "census": kernel.census,
            "blocks": rows,
            "totals": {family: sums[family][0] for family in FAMILIES},
            "missing": {family: sums[family][1] for family in FAMILIES if sums[family][1]},
            "compared": {
                family: compared(kernel.census, parts[family][0]) for family in FAMILIES if not parts[family][1]
            },
        }
    whole = not options.quick and not options.preset
    folder = BITSTREAMS / "reports" if whole else TARGET / "resources"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resources.json").write_text(json.dumps(report, indent=1) + "\n")
    (folder / "resources.md").write_text(markdown(report))
    print(f"resources: {len(kernels)} presets, {len(waiting)} syntheses; {folder / 'resources.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
