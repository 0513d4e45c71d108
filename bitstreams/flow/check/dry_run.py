"""build.py from end to end with stand-ins for the tools: what is called, read, written and refused."""
import json
import os
import pathlib
import subprocess
import sys
import tarfile

import check
import manifest
import plan as planning

HERE = pathlib.Path(__file__).resolve().parent

# Called under each tool's name; does of the tool's work what build.py looks for.
TOOL = '''#!{python}
import pathlib, re, shutil, sys
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
fixtures = pathlib.Path({fixtures!r})
def leave_reports(folder):
    shutil.copy(fixtures / "utilization.rpt", folder)
    text = (fixtures / "timing.rpt").read_text().replace("clk_kernel_00_unbuffered", {clock!r})
    if {late!r}:
        text = text.replace("       0.083 ", "      -0.250 ")
    pathlib.Path(folder, "timing.rpt").write_text(text)
def after(option):
    return words[words.index(option) + 1]
if words[0] in ("-version", "--version"):
    print(name, "v" + {version!r}, "(64-bit)")
elif name == "vegalith":
    shutil.copytree({kernel!r}, after("--out"), dirs_exist_ok=True)
elif name == "v++":
    pathlib.Path(after("--output")).write_bytes(b"xclbin2" + pathlib.Path(words[-1]).read_bytes())
    leave_reports(pathlib.Path(after("--config")).parent)
elif after("-source").endswith("package_kernel.tcl"):
    settings = pathlib.Path(after("-tclargs"))
    top = re.search(r"set kernel {{(\\w+)}}", settings.read_text())[1]
    (settings.parent / (top + ".xo")).write_bytes(b"xo")
elif after("-source").endswith("report_checkpoint.tcl"):
    leave_reports(words[-1])
else:
    sys.exit("unexpected: " + " ".join(sys.argv))
'''

# The HDK's build script, as far as build.py sees it.
HDK_BUILD = """import os, pathlib, sys, tarfile
assert sys.argv[1:] == ["-c", "vegalith_cl", "-m", "small_shell"], sys.argv
folder = pathlib.Path(os.environ["CL_DIR"]) / "build/checkpoints"
folder.mkdir()
(folder / "vegalith_cl.t.post_route.dcp").write_bytes(b"dcp")
with tarfile.open(folder / "t.Developer_CL.tar", "w") as archive:
    archive.add(folder / "vegalith_cl.t.post_route.dcp", "to_aws/t.SH_CL_routed.dcp")
"""


class Bench:
    """Tools of one version in a folder of their own, and a target folder."""

    def __init__(self, kernel, folder, version, clock, late=False):
        self.folder = folder
        tools = folder / "tools"
        tools.mkdir(parents=True)
        text = TOOL.format(
            python=sys.executable,
            fixtures=str(HERE / "fixtures"),
            kernel=str(kernel.folder),
            version=version,
            clock=clock,
            late=late,
        )
        for name in ("vivado", "v++", "vegalith"):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "VEGALITH": str(tools / "vegalith"),
            "CARGO_TARGET_DIR": str(folder / "target"),
        }
        self.environment.pop("HDK_SHELL_DIR", None)

    def build(self, *words):
        command = [sys.executable, planning.FLOW / "build.py", *words]
        return subprocess.run(
            [str(word) for word in command], env=self.environment, capture_output=True, text=True
        )


def expect_image(run, board, clock, fmax):
    check.expect(run.returncode == 0, f"build.py for {board}: {run.stderr.strip()}")
    path = pathlib.Path(run.stdout.strip())
    found = manifest.check(path)
    check.expect(
        (found["board"], found["clock_mhz"], found["fmax_mhz"]) == (board, clock, fmax),
        f"build.py for {board}: the manifest says {found}",
    )
    report = json.loads((path.parent / "report.json").read_text())
    check.expect(report["timing"]["met"] and report["utilisation"]["dsp"]["used"] == 1299, f"report.json: {report}")
    return found, path.parent


def expect_refusal(run, code, *texts):
    for text in texts:
        check.expect(text in run.stderr, f"build.py: expected {text!r} among its messages: {run.stderr.strip()}")
    check.expect(run.returncode == code, f"build.py: exit code {run.returncode} instead of {code}")


def run(kernel, folder):
    """Builds a kernel for a card of each flow, then what must be refused."""
    preset = kernel.preset
    fmax = round(1000 / (3.333 - 0.083), 1)

    vitis = Bench(kernel, folder / "vitis", "2023.2", "clk_kernel_00_unbuffered")
    found, _ = expect_image(vitis.build("xclbin", preset, "u250"), "u250", 300, fmax)
    check.expect(found["image"]["kind"] == "xclbin" and found["tools"]["v++"] == "2023.2", f"u250: {found}")
    expect_refusal(vitis.build("xclbin", preset, "v80"), 2, "PLATFORM=")
    expect_refusal(vitis.build("hdk", preset, "u250"), 2, "flow vitis")
    expect_refusal(vitis.build("xclbin", preset, "u280"), 2, "unknown board")
    expect_refusal(vitis.build("hdk", preset, "aws-f2"), 3, "expected vivado 2024.1, found 2023.2", "HDK_SHELL_DIR is not set")

    # In the folder of the image above.
    late = Bench(kernel, folder / "late", "2023.2", "clk_kernel_00_unbuffered", late=True)
    late.environment["CARGO_TARGET_DIR"] = vitis.environment["CARGO_TARGET_DIR"]
    expect_refusal(late.build("xclbin", preset, "u250"), 3, "timing is not met at 300 MHz", "-0.25 ns")
    check.expect(not list((folder / "vitis").rglob("image.json")), "a design that misses its timing got a manifest")

    hdk = Bench(kernel, folder / "hdk", "2024.1", "clk_main_a0")
    root = folder / "hdk/aws-fpga"
    shell = check.stand_in_hdk(root)
    (root / "release_version.txt").write_text("RELEASE_VERSION=2.0.2\n")
    for name in ("build_all.tcl", "build_level_1_cl.tcl", "encrypt.tcl"):
        (shell / "build/scripts" / name).write_text("")
    (shell / "build/scripts/aws_build_dcp_from_cl.py").write_text(HDK_BUILD)
    hdk.environment["HDK_SHELL_DIR"] = str(shell)
    found, out = expect_image(hdk.build("hdk", preset, "aws-f2"), "aws-f2", 250, fmax)
    check.expect(found["access"]["memory_bytes"] == 64 << 30, f"aws-f2: {found}")
    with tarfile.open(out / found["image"]["file"]) as archive:
        check.expect(len(archive.getnames()) == 1, "aws-f2: the archive is another")
    (shell / "build/scripts/aws_build_dcp_from_cl.py").write_text("")
    expect_refusal(hdk.build("hdk", preset, "aws-f2"), 3, "expected a routed checkpoint without violations, found none")
    (root / "release_version.txt").write_text("RELEASE_VERSION=1.4.0\n")
    expect_refusal(hdk.build("hdk", preset, "aws-f2"), 3, "expected hdk 2.0.2, found 1.4.0")
