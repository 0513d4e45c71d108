#!/usr/bin/env python3
"""Builds an image for an ECP5 board with Yosys and nextpnr.

    ecp5.py PRESET BOARD [--seeds N] [--first-seed S] [--minutes M]

Place and route is tried with up to N seeds until the kernel's clock is reached. Everything is left in
target/bitstreams/PRESET-BOARD: the Verilog in generated/, the tools' reports, the image, report.json
and, last, the image's manifest image.json. scripts/tools.sh installs the tools, unless VEGALITH_TOOLS
names a folder that has them. Exit codes: 2 bad usage, 3 a tool is missing or failed, 4 no seed reached
the clock.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import manifest
import plan as planning
import reports
import tools

TOOLS = ("yosys", "nextpnr-ecp5", "ecppack")

# Keys of the manifest and nextpnr's names for them.
RESOURCES = {"lut": "TRELLIS_COMB", "ff": "TRELLIS_FF", "dsp": "MULT18X18D", "bram": "DP16KD"}


class FlowError(Exception):
    """A tool that is missing or failed."""


class ClockError(Exception):
    """No seed reached the clock."""


def say(text):
    print(f"ecp5: {text}", file=sys.stderr, flush=True)


def call(command, folder, log, minutes=60):
    """Runs a tool with its output in `log`; returns its exit code."""
    words = [str(word) for word in command]
    try:
        with open(log, "w") as file:
            run = subprocess.run(words, cwd=folder, stdout=file, stderr=subprocess.STDOUT, timeout=60 * minutes)
    except subprocess.TimeoutExpired as error:
        tool = pathlib.Path(words[0]).name
        raise FlowError(f"{tool} was stopped after {minutes:g} minutes; the end of {log}:\n{tail(log, 3)}") from error
    return run.returncode


def tail(path, lines=12):
    return "\n".join(path.read_text(errors="replace").strip().splitlines()[-lines:])


def numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)[:2]]


def find_tools(board):
    """Paths and versions of the tools, each as recent as the board's file wants; reports every fault at once."""
    folder = tools.open_tools()
    paths, versions, faults = {}, {}, []
    for tool in TOOLS:
        path = folder / tool
        if not os.access(path, os.X_OK):
            faults.append(f"expected {tool} in {folder}, found none")
            continue
        run = subprocess.run([str(path), "--version"], capture_output=True, text=True)
        found = re.findall(r"(?:Yosys|Version)\s+(?:nextpnr-)?([\w.+-]+)", run.stdout + run.stderr)
        wanted = board["tools"][tool][0]
        if run.returncode or not found:
            faults.append(f"expected {tool} {wanted}, found that {path} --version ends with {run.returncode}")
        elif numbers(found[-1]) < numbers(wanted):
            faults.append(f"expected {tool} {wanted}, found {found[-1]} in {path}")
        else:
            paths[tool], versions[tool] = path, found[-1]
    if faults:
        raise FlowError("; ".join(faults) + "; unset VEGALITH_TOOLS to have them installed")
    return paths, versions


def generate(preset, board, folder):
    """Preset and board as Verilog, by the generator alone: no simulator is built."""
    shutil.rmtree(folder, ignore_errors=True)
    command = ["cargo", "run", "--quiet", "-p", "vegalith-hdl", "--example", "board_verilog", "--"]
    done = subprocess.run([*command, preset, board, str(folder)], cwd=planning.ROOT, stdout=sys.stderr)
    if done.returncode:
        raise FlowError(f"{preset} for {board} was not generated; see the message above")
    return json.loads((folder / "board.json").read_text())


def synthesise(yosys, design, out):
    # Paths are relative, here and below: given an absolute one below /tmp, YoWASP's tools lose their own
    # temporary files.
    sources = [f"generated/{entry['name']}" for entry in design["files"] if entry["name"].endswith(".v")]
    script = [f"read_verilog -DVEGALITH_ECP5 {' '.join(sources)}"]
    script.append(f"synth_ecp5 -abc9 -top {design['top']} -json synthesis.json")
    script.append("tee -o synthesis.txt stat")
    log = out / "yosys.log"
    if call([yosys, "-p", "; ".join(script)], out, log):
        raise FlowError(f"Yosys failed; the end of {log}:\n{tail(log)}")


def route(nextpnr, design, out, seed, minutes):
    """One try: nextpnr's report, which holds the greatest clock."""
    report, log = out / "nextpnr.json", out / "nextpnr.log"
    report.unlink(missing_ok=True)
    command = [nextpnr, *design["device_options"].split()]
    command += ["--json", "synthesis.json", "--lpf", f"generated/{design['constraints']}"]
    # The default placer leaves a third more wire, which router1 does not find room for; router2 leaves designs of
    # this size unrouted.
    command += ["--placer", "static", "--router", "router1"]
    command += ["--textcfg", "routed.config", "--report", report.name, "--seed", seed]
    # A clock that is missed is not an error here: the next seed may reach it.
    command += ["--freq", design["clock_khz"] / 1000, "--timing-allow-fail"]
    if call(command, out, log, minutes) or not report.exists():
        raise FlowError(f"nextpnr failed; the end of {log}:\n{tail(log)}")
    return json.loads(report.read_text())


def greatest_clock(report, clock_mhz):
    """MHz of the kernel's clock after routing; that net is the one constrained to the PLL's output."""
    clocks = {name: clock for name, clock in report["fmax"].items() if abs(clock["constraint"] - clock_mhz) < 0.5}
    if not clocks:
        raise FlowError(f"nextpnr reports no clock of {clock_mhz} MHz, only {', '.join(report['fmax']) or 'none'}")
    return round(min(clock["achieved"] for clock in clocks.values()), 2)


def utilisation(report):
    cells = report["utilization"]
    return {
        kind: {"used": cells[name]["used"], "available": cells[name]["available"]}
        for kind, name in RESOURCES.items()
        if name in cells
    }


def build(options):
    board = planning.board(options.board)
    if board["flow"] != "nextpnr":
        raise planning.PlanError(f"{options.board} is built by the flow {board['flow']}, not by nextpnr")
    out = planning.target() / "bitstreams" / f"{options.preset}-{options.board}"
    out.mkdir(parents=True, exist_ok=True)
    # Until the manifest stands, nothing does.
    (out / manifest.FILE_NAME).unlink(missing_ok=True)
    paths, versions = find_tools(board)
    design = generate(options.preset, options.board, out / "generated")
    clock_mhz = design["clock_khz"] / 1000
    began = time.monotonic()
    say(f"synthesising {design['top']}")
    synthesise(paths["yosys"], design, out)
    tries = {}
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        say(f"{time.monotonic() - began:.0f} s: placing and routing for {clock_mhz:g} MHz, seed {seed}")
        report = route(paths["nextpnr-ecp5"], design, out, seed, options.minutes)
        tries[seed] = greatest_clock(report, clock_mhz)
        say(f"{time.monotonic() - began:.0f} s: seed {seed} reaches {tries[seed]} MHz")
        if tries[seed] >= clock_mhz:
            break
    else:
        raise ClockError(f"expected {clock_mhz:g} MHz, found {tries} (MHz by seed); try more seeds: --seeds")
    used = utilisation(report)
    timing = {"fmax_mhz": tries[seed], "met": True, "fmax_by_seed": tries}
    reports.write(out, options.preset, design["preset_digest"], options.board, versions, clock_mhz, timing, used)
    image = out / f"{options.preset}-{options.board}.bit"
    log = out / "ecppack.log"
    if call([paths["ecppack"], "--compress", "routed.config", image.name], out, log):
        raise FlowError(f"ecppack failed; the end of {log}:\n{tail(log)}")
    return manifest.write(
        image,
        "bit",
        out / "generated",
        board=options.board,
        part=board["part"],
        flow=board["flow"],
        tools=versions,
        clock_mhz=clock_mhz,
        fmax_mhz=tries[seed],
        utilisation=used,
        board_sources=[out / "generated" / entry["name"] for entry in design["files"]],
        seed=seed,
        access={"register_base": 0, "memory_base": 0, "memory_bytes": design["memory_bytes"]},
    )


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preset")
    parser.add_argument("board")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="that place and route of a seed may take")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error("--seeds is at least 1")
    try:
        print(build(options))
    except planning.PlanError as error:
        say(error)
        return 2
    except (FlowError, tools.ToolError, manifest.ManifestError, OSError) as error:
        say(error)
        return 3
    except ClockError as error:
        say(error)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
