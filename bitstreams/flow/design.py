"""The elaborated design behind generated Verilog: ports of the top, instances and registers.

Verilator elaborates it (`--xml-only`, a second or two for the largest preset), so that what is
checked against it has not been read by the code that wrote the constraints.
"""
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree


class DesignError(Exception):
    """Verilog that cannot be elaborated, or a tool that is missing."""


class Design:
    """Names as synthesis keeps them: instances are paths with `/`, below the top."""

    def __init__(self, top, ports, instances, registers):
        self.top = top
        self.ports = ports  # name -> (direction, width)
        self.instances = instances  # path -> module
        self.registers = registers  # module -> names of variables that it declares

    def cells(self, prefix=""):
        """Instance paths and, for each variable of a control block's module, the register it can become.

        Control blocks are at most three deep; below are arithmetic's thousands of pipeline registers.
        """
        for path, module in self.instances.items():
            yield prefix + path
            if path.count("/") > 2:
                continue
            for name in self.registers.get(module, ()):
                yield f"{prefix}{path}/{name}_reg"


def _plain(name):
    """Verilator writes `$` as `__024` and so on."""
    return re.sub(r"__0([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), name)


def _widths(root):
    """Type id -> bits."""
    widths = {}
    for kind in root.iter("basicdtype"):
        left, right = kind.get("left"), kind.get("right")
        widths[kind.get("id")] = 1 if left is None else abs(int(left) - int(right)) + 1
    return widths


def elaborate(top, files, include=()):
    """The [`Design`] of module `top` in `files`."""
    if not shutil.which("verilator"):
        raise DesignError("verilator is missing; run 'make setup'")
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "design.xml"
        command = ["verilator", "--xml-only", "-Wno-fatal", "-Wno-lint", "-Wno-style"]
        command += ["--bbox-unsup", "--top-module", top, "--Mdir", folder, "--xml-output", str(output)]
        command += [f"-I{path}" for path in include]
        run = subprocess.run([*command, *map(str, files)], capture_output=True, text=True)
        if run.returncode:
            raise DesignError(f"{top}: Verilator refuses it:\n{run.stderr.strip()[:2000]}")
        root = ElementTree.parse(output).getroot()

    widths = _widths(root)
    ports, registers = {}, {}
    for module in root.iter("module"):
        name = _plain(module.get("origName") or module.get("name"))
        variables = [v for v in module.iter("var") if v.get("vartype") != "parameter"]
        registers[_plain(module.get("name"))] = [_plain(v.get("name")) for v in variables]
        if module.get("topModule") != "1" and name != top:
            continue
        for variable in variables:
            if variable.get("dir"):
                direction = {"input": "in", "output": "out", "inout": "inout"}[variable.get("dir")]
                ports[_plain(variable.get("name"))] = (direction, widths.get(variable.get("dtype_id"), 1))

    instances = {}

    def walk(cell, path):
        for child in cell.findall("cell"):
            below = f"{path}/{_plain(child.get('name'))}" if path else _plain(child.get("name"))
            instances[below] = _plain(child.get("submodname"))
            walk(child, below)

    walk(root.find("cells").find("cell"), "")
    return Design(top, ports, instances, registers)
