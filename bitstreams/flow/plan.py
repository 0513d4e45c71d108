"""What is built for a preset on a board: kernel, regions of the floorplan, files of the flow.

A plan is made of three things that stand elsewhere: the generator's manifest, kernel.xml and census;
the board's file; and the elaborated design. Everything that a tool reads is written from it.
"""
import json
import math
import os
import pathlib
import re
import xml.etree.ElementTree as ElementTree

import design

FLOW = pathlib.Path(__file__).resolve().parent
BOARDS = FLOW.parent / "boards"
ROOT = FLOW.parent.parent

# Boards of these families take presets whose arithmetic is cut for this target.
TARGETS = {"ultrascale_plus": "ultrascale_plus", "versal": "ultrascale_plus", "ecp5": "ecp5"}

# LUTs reckoned for a bit of adder or compressor of the census, with the logic around it: an estimate.
LUTS_PER_CENSUS_BIT = 0.65
# Part of a super logic region that a floorplan fills: the rest is the platform's and the router's.
SLR_FILL = 0.60

KERNEL_NAMESPACE = ("vegalith", "kernel", "1.0")
# Stands where a platform must be named and none is known.
NO_PLATFORM = "PLATFORM_IS_MISSING"


class PlanError(Exception):
    """A preset or board that does not exist, or that do not go together."""


def target():
    """Where everything is built: cargo's folder."""
    return (ROOT / os.environ.get("CARGO_TARGET_DIR", "target")).resolve()


def boards():
    """Names of all boards."""
    return sorted(path.stem for path in BOARDS.glob("*.json"))


def board(name):
    """The board of a name."""
    path = BOARDS / f"{name}.json"
    if not path.exists():
        raise PlanError(f"unknown board {name!r}; known are {', '.join(boards())}")
    return json.loads(path.read_text())


class Kernel:
    """A generated kernel: its folder's manifest, census and kernel.xml."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        try:
            self.manifest = json.loads((self.folder / "manifest.json").read_text())
            self.census = json.loads((self.folder / "census.json").read_text())
            self.xml = ElementTree.parse(self.folder / "kernel.xml").getroot().find("kernel")
        except FileNotFoundError as error:
            raise PlanError(
                f"{self.folder}: {pathlib.Path(error.filename).name} is missing; "
                "generate it with 'vegalith generate'"
            ) from error
        self.preset = self.manifest["preset"]
        self.top = self.manifest["top"]
        self.files = [self.folder / entry["name"] for entry in self.manifest["files"]]
        self.target = re.search(r"target=(\w+)", self.manifest["configuration"])[1]

    def fits(self, board):
        """Whether the arithmetic is cut for this board's multipliers and there are enough of them."""
        return (
            TARGETS[board["family"]] == self.target
            and self.census["multiplier_tiles"] <= board["resources"]["dsp"]
        )

    def elaborate(self):
        return design.elaborate(self.top, self.files)


def units(elaborated):
    """The instances that a floorplan may deal out: multipliers of the point adder, stages of the NTT."""
    path = re.compile(r"^engine/engine_core/(adder/adder/unit_\d+|pipeline/stages\$\d+)$")
    found = [name for name in elaborated.instances if path.match(name)]
    return sorted(found, key=lambda name: int(re.search(r"(\d+)$", name)[1]))


class Plan:
    """A kernel on a board."""

    def __init__(self, kernel, board, out, elaborated=None):
        if not kernel.fits(board):
            raise PlanError(
                f"{kernel.preset} is not for {board['board']}: its arithmetic is cut for {kernel.target} and takes "
                f"{kernel.census['multiplier_tiles']} multipliers; the board has {board['resources']['dsp']} of "
                f"{TARGETS[board['family']]}"
            )
        self.kernel = kernel
        self.board = board
        self.out = pathlib.Path(out).resolve()
        self.design = elaborated or kernel.elaborate()
        self.unit = f"{kernel.top}_1"
        # Where the kernel's cells are once the flow has wrapped it.
        self.prefix = {"vitis": f"*/{self.unit}/inst", "hdk": "WRAPPER/CL/kernel"}.get(board["flow"], "")

    def regions(self):
        """[(SLR, instances)]: the first holds the kernel's rest and stands near its memory."""
        census = self.kernel.census
        luts = LUTS_PER_CENSUS_BIT * (census["adder_bits"] + census["compressor_bits"])
        per_region = SLR_FILL * self.board["resources"]["lut"] / self.board["slrs"]
        count = min(max(1, math.ceil(luts / per_region)), self.board["slrs"])
        dealt = units(self.design)
        count = min(count, max(1, len(dealt)))
        share = math.ceil(len(dealt) / count)
        order = self.board["slr_order"]
        top_level = [name for name in self.design.instances if "/" not in name]
        regions = [(order[0], [*top_level])]
        regions += [
            (order[index], dealt[index * share : (index + 1) * share]) for index in range(1, count)
        ]
        return [region for region in regions if region[1]]

    def floorplan(self):
        """Constraints that put each region into its SLR. The innermost pblock of a cell decides."""
        lines = ["# Regions of the floorplan, by instance names; written from the elaborated design."]
        members = {slr: [self.cells(name) for name in names] for slr, names in self.regions()}
        for slr, patterns in self.board.get("fixed", {}).items():
            members.setdefault(int(slr), []).extend(f"[get_cells {{{name}}}]" for name in patterns)
        for slr, cells in members.items():
            if self.board["pblock"]:
                pblock = self.board["pblock"] % slr  # the platform's own
            else:
                pblock = f"pblock_vegalith_SLR{slr}"
                lines.append(f"create_pblock {pblock}")
                for sites in self.board.get("slr_ranges", {}).get(str(slr), [f"SLR{slr}"]):
                    lines.append(f"resize_pblock [get_pblocks {pblock}] -add {sites}")
                if parent := self.board.get("parent_pblock"):
                    lines.append(f"set_property PARENT {parent} [get_pblocks {pblock}]")
            lines += [f"add_cells_to_pblock [get_pblocks {pblock}] {cell}" for cell in cells]
        return "\n".join(lines) + "\n"

    def cells(self, pattern):
        """A Tcl expression for cells of the kernel; `$` in names stands in braces."""
        return f"[get_cells -hierarchical -filter {{NAME =~ {self.prefix}/{pattern}}}]"

    def timing(self):
        """Constraints on the kernel itself: it has one clock, which the flow defines.

        The two reset registers reach every state machine: they are copied rather than routed far.
        Their release needs no exception, because they are registers of the kernel's clock.
        """
        return (
            "# Reset nets are high fan-out registers of the kernel's clock.\n"
            f"set_property MAX_FANOUT 256 {self.cells('ties/reset_engine_reg')}\n"
            f"set_property MAX_FANOUT 256 {self.cells('ties/reset_reg')}\n"
        )

    def out_of_context(self):
        """Clock of a synthesis of the kernel alone."""
        period_ns = 1000 / self.board["clock_mhz"]
        return f"create_clock -name ap_clk -period {period_ns:.3f} [get_ports ap_clk]\n"

    def connectivity(self, platform):
        """Configuration of the Vitis linker."""
        lines = [
            f"platform={platform}",
            "save-temps=1",
            "",
            "[connectivity]",
            f"nk={self.kernel.top}:1:{self.unit}",
        ]
        regions = self.regions()
        if len(regions) == 1:
            lines.append(f"slr={self.unit}:SLR{regions[0][0]}")
        for port, bank in self.board["banks"].items():
            lines.append(f"sp={self.unit}.{port}:{bank}")
        lines += ["", "[clock]", f"freqHz={round(self.board['clock_mhz'] * 1e6)}:{self.unit}.ap_clk"]
        lines += [
            "",
            "[vivado]",
            f"prop=run.impl_1.STEPS.PLACE_DESIGN.TCL.PRE={self.out / 'pre_place.tcl'}",
            f"prop=run.impl_1.STEPS.ROUTE_DESIGN.TCL.POST={self.out / 'post_route.tcl'}",
            "prop=run.impl_1.STEPS.PHYS_OPT_DESIGN.IS_ENABLED=true",
        ]
        return "\n".join(lines) + "\n"

    def settings(self):
        """Variables of the Tcl scripts."""
        vendor, library, version = KERNEL_NAMESPACE
        sources = " ".join(f"{{{path}}}" for path in self.kernel.files)
        masters = [p.get("name") for p in self.kernel.xml.find("ports") if p.get("mode") == "master"]
        values = {
            "part": self.board["part"],
            "kernel": self.kernel.top,
            "vendor": vendor,
            "library": library,
            "version": version,
            "kernel_xml": self.kernel.folder / "kernel.xml",
            "constraints": self.out / "out_of_context.xdc",
            "masters": " ".join(masters),
            "slave": "s_axi_control",
            "out": self.out,
        }
        lines = [f"set {name} {{{value}}}" for name, value in values.items()]
        return "\n".join([*lines, f"set sources [list {sources}]"]) + "\n"

    def write(self, platform=None):
        """Writes every file that the board's flow reads; returns their paths."""
        write = {"vitis": self._write_vitis, "hdk": self._write_hdk}.get(self.board["flow"])
        if not write:
            raise PlanError(f"{self.board['board']} is built by the flow {self.board['flow']}, not by a vendor's tools")
        files = write(platform)
        for path, text in files.items():
            path = self.out / path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [self.out / path for path in files]

    def _write_vitis(self, platform):
        sourced = ["timing.xdc"] + (["floorplan.xdc"] if len(self.regions()) > 1 else [])
        return {
            "settings.tcl": self.settings(),
            "out_of_context.xdc": self.out_of_context(),
            "timing.xdc": self.timing(),
            "floorplan.xdc": self.floorplan(),
            "connectivity.cfg": self.connectivity(platform or self.board["platform"] or NO_PLATFORM),
            "pre_place.tcl": "".join(f"source {{{self.out / name}}}\n" for name in sourced),
            "post_route.tcl": f"set reports {{{self.out}}}\nsource {{{FLOW / 'tcl' / 'reports.tcl'}}}\n",
        }

    def _write_hdk(self, _platform):
        """A CL_DIR in the form of the HDK's examples, but for the scripts that are links into the HDK."""
        files = {}
        for path in [*self.kernel.files, *sorted((FLOW / "aws-f2").iterdir())]:
            files[f"cl/design/{path.name}"] = path.read_text()
        files["cl/design/vegalith_kernel.vh"] = f"`define VEGALITH_KERNEL {self.kernel.top}\n"
        files["cl/build/scripts/synth_vegalith_cl.tcl"] = (FLOW / "tcl/synth_vegalith_cl.tcl").read_text()
        files[f"cl/build/constraints/{self.board['shell']}_cl_pnr_user.xdc"] = self.timing() + self.floorplan()
        return files
