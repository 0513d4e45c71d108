#!/usr/bin/env python3
"""Checks the vendor flows without a vendor's tools, for every preset and every board it fits.

    check.py GENERATED        GENERATED/PRESET are folders of 'vegalith generate'

The scripts run under tclsh against recording stand-ins; kernel.xml is held against the register map
and the elaborated top, the linker's configuration against the board, constraints against the
elaborated design. At last errors are planted, and each must be found.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import design  # noqa: E402
import plan as planning  # noqa: E402
from manifest import ManifestError  # noqa: E402

REGISTERS = planning.ROOT / "docs/registers.md"


class Fault(Exception):
    """What a check found."""


def expect(condition, message):
    if not condition:
        raise Fault(message)


# ---------------------------------------------------------------- kernel.xml


def documented_arguments(block):
    """Offset and bytes of each argument of a block, from the page of registers."""
    text = REGISTERS.read_text()
    section = re.search(rf"^{block.upper()} kernels:\n\n(.*?)\n\n", text, re.M | re.S)
    expect(section, f"{REGISTERS.name}: no arguments of {block} kernels")
    rows = re.findall(r"^\| `(0x[0-9a-f]+)` \| `(\w+)` \| (\d+) \|", section[1], re.M)
    return {name.lower(): (int(offset, 16), int(size)) for offset, name, size in rows}


def check_kernel_xml(kernel, top):
    """kernel.xml says what the register map and the ports of the top say."""
    xml = kernel.xml
    expect(xml.get("name") == top.top, f"kernel.xml: kernel {xml.get('name')}, top {top.top}")
    vlnv = ":".join((*planning.KERNEL_NAMESPACE[:2], top.top, planning.KERNEL_NAMESPACE[2]))
    expect(xml.get("vlnv") == vlnv, f"kernel.xml: vlnv {xml.get('vlnv')}, the IP is packaged as {vlnv}")

    seen = {}
    for arg in xml.find("args"):
        name = re.sub(r"_\d$", "", arg.get("name"))
        offset, size = int(arg.get("offset"), 16), int(arg.get("size"), 16)
        start, end = seen.get(name, (offset, offset))
        expect(offset == end, f"kernel.xml: {arg.get('name')} at {offset:#x}, its last piece ended at {end:#x}")
        seen[name] = (start, offset + size)
        pointer = arg.get("addressQualifier") == "1"
        expect(pointer == (arg.get("port") != "s_axi_control"), f"kernel.xml: {arg.get('name')} at the wrong port")
    found = {name: (start, end - start) for name, (start, end) in seen.items()}
    documented = documented_arguments("msm" if "num_points" in found else "ntt")
    expect(found == documented, f"kernel.xml: arguments {found}, the register map has {documented}")
    ids = [int(arg.get("id")) for arg in xml.find("args")]
    expect(ids == list(range(len(ids))), f"kernel.xml: ids {ids}")

    expect(top.ports.get("ap_clk") == ("in", 1) and top.ports.get("ap_rst_n") == ("in", 1), "the top lacks ap_clk or ap_rst_n")
    declared = {port.get("name"): port for port in xml.find("ports")}
    on_top = {match[1] for name in top.ports if (match := re.match(r"(.+_axi_.+)_arvalid$", name))}
    expect(set(declared) == on_top, f"kernel.xml: ports {sorted(declared)}, the top has {sorted(on_top)}")
    for name, port in declared.items():
        width = int(port.get("dataWidth"))
        master = port.get("mode") == "master"
        address = "out" if master else "in"
        data = "in" if master else "out"
        expect(
            top.ports.get(f"{name}_rdata") == (data, width),
            f"kernel.xml: {name} of {width} bits, the top has {top.ports.get(f'{name}_rdata')}",
        )
        bits = 64 if master else (int(port.get("range"), 16) - 1).bit_length()
        expect(
            top.ports.get(f"{name}_araddr") == (address, bits),
            f"kernel.xml: {name} with addresses of {bits} bits, the top has {top.ports.get(f'{name}_araddr')}",
        )
    for name in {arg.get("port") for arg in xml.find("args")}:
        expect(name in declared, f"kernel.xml: an argument is at {name}, which is no port")


# ---------------------------------------------------------------- the linker's configuration


def check_connectivity(plan, text):
    """Ports, banks, regions and files that connectivity.cfg names exist."""
    board, top = plan.board, plan.kernel.top
    banks = {bank["name"] for bank in board["memory"]}
    ports = {port.get("name") for port in plan.kernel.xml.find("ports") if port.get("mode") == "master"}
    expect(f"nk={top}:1:{plan.unit}\n" in text, "connectivity.cfg: no compute unit")
    wired = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key == "sp":
            match = re.fullmatch(rf"{plan.unit}\.(\w+):(.+)", value)
            expect(match and match[1] in ports, f"connectivity.cfg: {value}: no such port")
            span = re.fullmatch(r"(\w+)\[(\d+):(\d+)\]", match[2])
            members = (
                {f"{span[1]}[{index}]" for index in range(int(span[2]), int(span[3]) + 1)} if span else {match[2]}
            )
            expect(members <= banks or match[2] in banks, f"connectivity.cfg: {board['board']} has no bank {match[2]}")
            wired[match[1]] = match[2]
        elif key == "slr":
            match = re.fullmatch(rf"{plan.unit}:SLR(\d)", value)
            expect(match and int(match[1]) < board["slrs"], f"connectivity.cfg: {value}: no such region")
        elif key == "prop" and "TCL" in value:
            path = value.partition("=")[2]
            expect(pathlib.Path(path).exists(), f"connectivity.cfg: {path} does not exist")
        elif key == "freqHz":
            expect(value == f"{board['clock_mhz'] * 1_000_000}:{plan.unit}.ap_clk", f"connectivity.cfg: {value}")
    expect(set(wired) == ports, f"connectivity.cfg: {sorted(ports - set(wired))} without a bank")


# ---------------------------------------------------------------- scripts under stand-ins


def run_script(script, arguments, cells, ports, top, pblocks, folder):
    """Runs a Tcl script against the stand-ins; returns the recorded commands."""
    world, log = folder / "world.tcl", folder / "log.txt"

    def words(items):
        return "[list " + " ".join(f"{{{item}}}" for item in items) + "]"

    world.write_text(
        f"set world_cells {words(cells)}\nset world_ports {words(ports)}\nset world_top {{{top}}}\n"
        f"set world_pblocks {words(pblocks)}\nset world_log {{{log}}}\n"
    )
    command = ["tclsh", HERE / "stand_ins.tcl", world, script, *arguments]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=folder)
    expect(run.returncode == 0, f"{pathlib.Path(script).name}: {run.stderr.strip()}")
    return log.read_text().splitlines()


def count(log, command):
    return sum(line.split(" ", 1)[0] == command for line in log)


def check_vitis(plan, folder):
    plan.write()
    top = plan.design
    check_connectivity(plan, (plan.out / "connectivity.cfg").read_text())
    world = (top.ports, top.top)
    log = run_script(
        planning.FLOW / "tcl/package_kernel.tcl", [plan.out / "settings.tcl"], [], *world, [], folder
    )
    expect(count(log, "package_xo") == 1, "package_kernel.tcl: package_xo was not called")
    run_script(plan.out / "out_of_context.xdc", [], [], *world, [], folder)

    cells = list(top.cells(f"level0_i/ulp/{plan.unit}/inst/"))
    pblocks = [plan.board["pblock"] % slr for slr in range(plan.board["slrs"])] if plan.board["pblock"] else []
    for script in ("pre_place.tcl", "floorplan.xdc", "timing.xdc"):
        log = run_script(plan.out / script, [], cells, *world, pblocks, folder)
        expect(count(log, "get_cells") > 0, f"{script}: it constrains nothing")
    log = run_script(plan.out / "post_route.tcl", [], cells, *world, pblocks, folder)
    expect(count(log, "report_utilization") and count(log, "report_timing_summary"), "post_route.tcl: no reports")


# ---------------------------------------------------------------- AWS F2

DIRECTION = {"in": "input logic", "out": "output logic", "inout": "inout wire"}


def stand_in_hdk(folder):
    """A folder with the HDK's names: interfaces from the tables beside this file, scripts that do nothing."""

    def ports(name):
        rows = (line.split() for line in (HERE / "f2" / name).read_text().splitlines() if not line.startswith("#"))
        return ",\n".join(f"  {DIRECTION[way]} [{int(bits) - 1}:0] {port}" for way, bits, port in rows) + "\n"

    shell = folder / "hdk/common/shell_stable"
    files = {
        shell / "design/interfaces/cl_ports.vh": ports("ports.txt"),
        shell / "design/sh_ddr/synth/sh_ddr.sv": "/* verilator lint_off UNDRIVEN */\nmodule sh_ddr #(\n"
        "  parameter DDR_PRESENT = 1\n) (\n" + ports("sh_ddr.txt") + ");\nendmodule\n",
        shell / "build/scripts/synth_cl_header.tcl": "create_project -in_memory -part $DEVICE_TYPE -force\n",
        shell / "build/scripts/synth_cl_footer.tcl": "write_checkpoint -force post_synth.dcp\nclose_project\n",
        folder / "ip/cl_ddr4/cl_ddr4.xci": "",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return shell


def stub(top):
    """The kernel as its ports alone: what is around it is checked in a moment."""
    rows = (f"  {DIRECTION[way]} [{bits - 1}:0] {name}" for name, (way, bits) in top.ports.items())
    return f"/* verilator lint_off UNDRIVEN */\nmodule {top.top} (\n" + ",\n".join(rows) + "\n);\nendmodule\n"


def check_hdk(plan, folder):
    plan.write()
    shell = stand_in_hdk(folder)
    sources = plan.out / "cl/design"
    kernel = folder / "kernel_stub.sv"
    kernel.write_text(stub(plan.design))
    files = [*sorted(sources.glob("*.sv")), shell / "design/sh_ddr/synth/sh_ddr.sv", kernel]
    include = [sources, shell / "design/interfaces"]

    # Every port of the shell is driven, at its width.
    command = ["verilator", "--lint-only", "-Wall", "-Wno-UNUSED", "-Wno-DECLFILENAME", "--top-module", "vegalith_cl"]
    run = subprocess.run(
        [*command, *(f"-I{path}" for path in include), *map(str, files)], capture_output=True, text=True
    )
    expect(run.returncode == 0, f"vegalith_cl: {run.stderr.strip()[:1500]}")

    logic = design.elaborate("vegalith_cl", files, include=include)
    cells = [*logic.cells("WRAPPER/CL/"), *plan.design.cells("WRAPPER/CL/kernel/")]
    constraints = plan.out / f"cl/build/constraints/{plan.board['shell']}_cl_pnr_user.xdc"
    log = run_script(constraints, [], cells, logic.ports, "top", [plan.board["parent_pblock"]], folder)
    expect(count(log, "add_cells_to_pblock") > 0, f"{constraints.name}: no floorplan")

    caller = folder / "build_all.tcl"
    caller.write_text(
        "set CL vegalith_cl\n"
        f"set DEVICE_TYPE {plan.board['part']}\n"
        f"set HDK_SHELL_DIR {{{shell}}}\n"
        f"set HDK_SHELL_DESIGN_DIR {{{shell / 'design'}}}\n"
        f"set HDK_IP_SRC_DIR {{{folder / 'ip'}}}\n"
        f"set src_post_enc_dir {{{sources}}}\n"
        f"source {{{plan.out / 'cl/build/scripts/synth_vegalith_cl.tcl'}}}\n"
    )
    log = run_script(caller, [], cells, logic.ports, "vegalith_cl", [], folder)
    expect(count(log, "synth_design") == 1, "synth_vegalith_cl.tcl: no synthesis")


CHECKS = {"vitis": check_vitis, "hdk": check_hdk}


# ---------------------------------------------------------------- all of it


def presets_and_boards(generated):
    """(kernel, board) for every pair that fits and is built by a vendor's tools."""
    boards = [planning.board(name) for name in planning.boards()]
    for folder in sorted(path for path in pathlib.Path(generated).iterdir() if (path / "manifest.json").exists()):
        kernel = planning.Kernel(folder)
        yield kernel, [board for board in boards if board["flow"] in CHECKS and kernel.fits(board)]


def check_pair(kernel, board, top, folder):
    plan = planning.Plan(kernel, board, folder / "out", top)
    CHECKS[board["flow"]](plan, folder)
    return plan


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    # These import this module in turn.
    import bench
    import dry_run
    import planted

    pairs = failed = 0
    first = None
    for kernel, boards in presets_and_boards(arguments[0]):
        top = kernel.elaborate()
        try:
            check_kernel_xml(kernel, top)
        except Fault as fault:
            print(f"check-flows: {kernel.preset}: {fault}", file=sys.stderr)
            failed += 1
        for board in boards:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    plan = check_pair(kernel, board, top, pathlib.Path(folder))
                except (Fault, design.DesignError, planning.PlanError) as fault:
                    print(f"check-flows: {kernel.preset} on {board['board']}: {fault}", file=sys.stderr)
                    failed += 1
                else:
                    regions = ", ".join(f"SLR{slr}: {len(names)}" for slr, names in plan.regions())
                    print(f"check-flows: {kernel.preset} on {board['board']}: instances by region {regions}")
                pairs += 1
        if first is None and boards:
            first = kernel, top
    if not first:
        print("check-flows: no preset fits any board", file=sys.stderr)
        return 1
    try:
        with tempfile.TemporaryDirectory() as folder:
            dry_run.run(first[0], pathlib.Path(folder))
            print(f"check-flows: {bench.check_memory(pathlib.Path(folder))}")
        dry = "builds with stand-ins for the tools end as they should"
    except (Fault, ManifestError) as fault:
        print(f"check-flows: {fault}", file=sys.stderr)
        failed += 1
        dry = "builds with stand-ins for the tools do not end as they should"
    caught, missed = planted.run(*first)
    for name in missed:
        print(f"check-flows: a planted error was not found: {name}", file=sys.stderr)
    print(
        f"check-flows: {pairs} pairs of preset and board, {failed} faults; {dry}; "
        f"{caught} of {caught + len(missed)} planted errors found"
    )
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.modules["check"] = sys.modules["__main__"]
    sys.exit(main(sys.argv[1:]))
