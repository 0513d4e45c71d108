#!/usr/bin/env python3
"""Builds an image with a vendor's tools.

    build.py plan   PRESET BOARD [--platform NAME|FILE.xpfm]    what the tools would read, without them
    build.py xclbin PRESET BOARD [--platform NAME|FILE.xpfm]    package_xo, v++ --link: an .xclbin
    build.py hdk    PRESET BOARD                                AWS F2: a checkpoint for an AFI

Everything is left in target/bitstreams/PRESET-BOARD: the Verilog in generated/, the image, its
manifest image.json and report.json. Exit codes: 2 bad usage, 3 a tool is missing or failed.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

import manifest
import plan as planning
import reports
import tools


class BuildError(Exception):
    """A tool that failed or left something out."""


def run(command, folder, **environment):
    """Runs a tool; its output goes to the terminal."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env={**os.environ, **environment}, stdout=sys.stderr)
    if done.returncode:
        raise BuildError(f"{words[0]} ended with {done.returncode}; its messages are above and in {folder}")


def need(path, what):
    if not pathlib.Path(path).exists():
        raise BuildError(f"{what} should have left {path}, and did not")
    return pathlib.Path(path)


def report(plan, versions, clock):
    """Reads the reports of the routed design and writes report.json."""
    utilisation = reports.utilisation(need(plan.out / "utilization.rpt", "Vivado").read_text())
    timing = reports.timing(need(plan.out / "timing.rpt", "Vivado").read_text(), clock)
    kernel, board = plan.kernel, plan.board
    digest = kernel.manifest["preset_digest"]
    reports.write(plan.out, kernel.preset, digest, board["board"], versions, board["clock_mhz"], timing, utilisation)
    if not timing["met"]:
        raise BuildError(
            f"timing is not met at {board['clock_mhz']} MHz: setup slack {timing['wns_ns']} ns, hold slack "
            f"{timing['whs_ns']} ns; the greatest clock is {timing['fmax_mhz']} MHz: lower clock_mhz in "
            f"bitstreams/boards/{board['board']}.json"
        )
    return utilisation, timing


def describe(plan, versions, image, kind, utilisation, timing, **optional):
    return manifest.write(
        image,
        kind,
        plan.kernel.folder,
        board=plan.board["board"],
        part=plan.board["part"],
        flow=plan.board["flow"],
        tools=versions,
        clock_mhz=plan.board["clock_mhz"],
        fmax_mhz=timing["fmax_mhz"],
        utilisation=utilisation,
        **optional,
    )


def xclbin(plan, versions):
    """package_xo and v++: PRESET-BOARD.xclbin."""
    scripts = planning.FLOW / "tcl"
    package = ["vivado", "-mode", "batch", "-notrace", "-source", scripts / "package_kernel.tcl"]
    run([*package, "-tclargs", plan.out / "settings.tcl"], plan.out)
    kernel = need(plan.out / f"{plan.kernel.top}.xo", "package_xo")
    image = plan.out / f"{plan.kernel.preset}-{plan.board['board']}.xclbin"
    link = ["v++", "--link", "--target", "hw", "--config", plan.out / "connectivity.cfg"]
    run([*link, "--temp_dir", plan.out / "link", "--output", image, kernel], plan.out)
    need(image, "v++")
    # The platform may lower the clock to what was routed; its name differs between platforms.
    utilisation, timing = report(plan, versions, r"kernel_0")
    return describe(plan, versions, image, "xclbin", utilisation, timing)


def hdk(plan, versions):
    """The HDK's build of vegalith_cl: the archive that `aws ec2 create-fpga-image` takes."""
    folder = plan.out / "cl"
    scripts = folder / "build/scripts"
    shell = pathlib.Path(os.environ["HDK_SHELL_DIR"])
    # As in the HDK's examples, all scripts but the synthesis are the shell's.
    for name in ("aws_build_dcp_from_cl.py", "build_all.tcl", "build_level_1_cl.tcl", "encrypt.tcl"):
        link = scripts / name
        link.unlink(missing_ok=True)
        link.symlink_to(need(shell / "build/scripts" / name, "the HDK"))
    checkpoints = folder / "build/checkpoints"
    earlier = set(checkpoints.glob("**/*"))
    build = ["python3", "aws_build_dcp_from_cl.py", "-c", "vegalith_cl", "-m", plan.board["shell"]]
    run(build, scripts, CL_DIR=str(folder))

    def left(pattern, what):
        found = set(checkpoints.glob(pattern)) - earlier
        if not found:
            raise BuildError(f"{checkpoints}: expected {what}, found none")
        return max(found, key=lambda path: path.stat().st_mtime)

    checkpoint = left("*.post_route.dcp", "a routed checkpoint without violations")
    command = ["vivado", "-mode", "batch", "-notrace", "-source", planning.FLOW / "tcl/report_checkpoint.tcl"]
    run([*command, "-tclargs", checkpoint, plan.out], plan.out)
    utilisation, timing = report(plan, versions, r"clk_main_a0")

    image = plan.out / f"{plan.kernel.preset}-{plan.board['board']}.tar"
    shutil.copyfile(left("**/*.tar", "the archive for an AFI"), image)
    with tarfile.open(image) as archive:
        if not any(name.endswith(".dcp") for name in archive.getnames()):
            raise BuildError(f"{image}: holds no checkpoint")
    memory = sum(bank["bytes"] for bank in plan.board["memory"])
    access = {
        "register_base": plan.board["access"]["register_base"],
        "memory_base": plan.board["access"]["memory_base"],
        "memory_bytes": memory,
    }
    sources = sorted((planning.FLOW / "aws-f2").iterdir())
    return describe(plan, versions, image, "dcp-tar", utilisation, timing, access=access, board_sources=sources)


ERRORS = (
    tools.ToolError, BuildError, reports.ReportError, manifest.ManifestError, planning.design.DesignError, OSError
)  # fmt: skip
BUILDS = {"xclbin": ("vitis", xclbin), "hdk": ("hdk", hdk)}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["plan", *BUILDS])
    parser.add_argument("preset")
    parser.add_argument("board")
    parser.add_argument("--platform")
    options = parser.parse_args(arguments)
    if not (options.preset and options.board):
        parser.error("name both, for example PRESET=msm-bn254-u250 BOARD=u250")
    try:
        board = planning.board(options.board)
        versions = None
        if options.what != "plan":
            flow, build = BUILDS[options.what]
            if board["flow"] != flow:
                raise planning.PlanError(f"{options.board} is built by the flow {board['flow']}, not by {options.what}")
            if flow == "vitis" and not (options.platform or board["platform"]):
                raise planning.PlanError(f"{options.board}: no platform is known; name one: PLATFORM=FILE.xpfm")
            versions = tools.check(board)
        out = planning.target() / "bitstreams" / f"{options.preset}-{options.board}"
        if options.what != "plan":
            # Nothing of an earlier build is taken for this one's.
            for name in (manifest.FILE_NAME, "report.json", "utilization.rpt", "timing.rpt"):
                (out / name).unlink(missing_ok=True)
        kernel = tools.generate(options.preset, out / "generated")
        plan = planning.Plan(kernel, board, out)
        files = plan.write(options.platform)
        if options.what == "plan":
            print("\n".join(map(str, files)))
            return 0
        print(build(plan, versions))
    except planning.PlanError as error:
        print(f"build: {error}", file=sys.stderr)
        return 2
    except ERRORS as error:
        print(f"build: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
