"""Tools: found or installed, of a version that the board's platform takes, or an error that says what to do."""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

import plan as planning


class ToolError(Exception):
    """A tool that is missing or of a version that is not supported."""


WHERE = {
    "vivado": "install it and source its settings64.sh",
    "v++": "install Vitis and source its settings64.sh",
    "hdk": "clone github.com/aws/aws-fpga at that release and source hdk_setup.sh",
}


@functools.cache
def command_line():
    """The path that VEGALITH holds, else that of the command line built now."""
    if path := os.environ.get("VEGALITH"):
        return path
    build = ["cargo", "build", "--quiet", "-p", "vegalith-cli"]
    if not shutil.which("cargo") or subprocess.run(build, cwd=planning.ROOT, stdout=sys.stderr).returncode:
        raise ToolError("the command line was not built: cargo is missing or its message is above")
    return str(planning.target() / "debug/vegalith")


def vegalith(*words):
    """What the command line prints; its errors go to the terminal."""
    command = [command_line(), *map(str, words)]
    try:
        done = subprocess.run(command, cwd=planning.ROOT, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise ToolError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        kind = planning.PlanError if done.returncode == 2 else ToolError
        raise kind(f"'{' '.join(command)}' ended with {done.returncode}; its message is above")
    return done.stdout


def generate(preset, folder):
    """The kernel of a preset, generated anew."""
    vegalith("generate", "--preset", preset, "--out", folder)
    return planning.Kernel(folder)


def open_tools():
    """The folder of the open tools, installed if need be."""
    done = subprocess.run([planning.ROOT / "scripts/tools.sh"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise ToolError("the open tools could not be installed; see the message above")
    return pathlib.Path(done.stdout.strip())


def version(tool):
    """The version that a Vivado or Vitis tool reports, e.g. "2023.2"."""
    if not shutil.which(tool):
        raise ToolError(f"{tool} is not on PATH; {WHERE[tool]}")
    option = "-version" if tool == "vivado" else "--version"
    run = subprocess.run([tool, option], capture_output=True, text=True, timeout=120)
    found = re.search(r"\bv(\d{4}\.\d)", run.stdout + run.stderr)
    if not found:
        raise ToolError(f"{tool} {option} tells no version; {WHERE[tool]}")
    return found[1]


def hdk_version():
    """The release of the HDK whose hdk_setup.sh was sourced."""
    folder = os.environ.get("HDK_SHELL_DIR")
    if not folder:
        raise ToolError(f"HDK_SHELL_DIR is not set: {WHERE['hdk']}")
    release = os.path.join(folder, "..", "..", "..", "release_version.txt")
    try:
        text = pathlib.Path(release).read_text()
    except OSError as error:
        raise ToolError(f"{release}: {error.strerror}; {WHERE['hdk']}") from error
    return text.strip().split("=")[-1]


def check(board):
    """Versions of the tools that a board's flow needs, all of them supported; reports every fault at once."""
    found, faults = {}, []
    for tool, supported in board["tools"].items():
        try:
            found[tool] = hdk_version() if tool == "hdk" else version(tool)
        except ToolError as error:
            faults.append(f"expected {tool} {' or '.join(supported)}, found none: {error}")
            continue
        if found[tool] not in supported:
            faults.append(
                f"expected {tool} {' or '.join(supported)}, found {found[tool]}: {WHERE[tool]}, "
                f"or add the version to bitstreams/boards/{board['board']}.json once it is known to work"
            )
    if faults:
        raise ToolError("\n".join(faults))
    return found
