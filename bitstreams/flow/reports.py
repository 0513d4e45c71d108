"""report.json, and Vivado's text reports in its form: utilisation, slack and greatest clock."""
import json
import re


class ReportError(Exception):
    """A report that is not of the layout known here."""


# Row of a utilisation table, in any of the names that families give it.
ROWS = {
    "lut": ("CLB LUTs", "Slice LUTs"),
    "ff": ("CLB Registers", "Slice Registers"),
    "dsp": ("DSPs", "DSP Slices"),
    "bram": ("Block RAM Tile",),
    "uram": ("URAM",),
}


def write(folder, preset, preset_digest, board, tools, clock_mhz, timing, utilisation):
    """Writes the report.json of a routed design."""
    text = {
        "schema": 1,
        "preset": preset,
        "preset_digest": preset_digest,
        "board": board,
        "tools": tools,
        "clock_mhz": clock_mhz,
        "timing": timing,
        "utilisation": utilisation,
    }
    (folder / "report.json").write_text(json.dumps(text, indent=2) + "\n")


def utilisation(text):
    """Tables of `report_utilization`: kind -> used and available. Columns are found by their heading."""
    found, columns = {}, []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in ("Site Type", "Ref Name", "Instance"):
            columns = cells
            continue
        name = cells[0].rstrip("*")
        for kind, names in ROWS.items():
            if name in names and kind not in found and "Used" in columns and "Available" in columns:
                found[kind] = {
                    "used": _number(cells[columns.index("Used")]),
                    "available": _number(cells[columns.index("Available")]),
                }
    if "lut" not in found or "ff" not in found:
        raise ReportError("expected the tables of report_utilization (CLB LUTs, CLB Registers), found none")
    return found


def _number(cell):
    value = float(cell.lstrip("<").replace(",", ""))
    return int(value) if value.is_integer() else value


def timing(text, clock=None):
    """`report_timing_summary`: slacks in ns and what clock they allow.

    With `clock`, a regular expression on names of clocks, setup slack and period are those of the
    matching clock with the least slack; else those of the whole design, and no clock is derived.
    """
    lines = text.splitlines()
    summary = _table(lines, r"Design Timing Summary", "WNS(ns)")
    result = {"wns_ns": float(summary[0][0]), "whs_ns": float(summary[0][4]), "fmax_mhz": None}
    if clock:
        periods = {row[0]: float(row[-2]) for row in _table(lines, r"Clock Summary", "Clock")}
        slacks = {row[0]: float(row[1]) for row in _table(lines, r"Intra Clock Table", "Clock")}
        of_kernel = [name for name in slacks if re.search(clock, name) and name in periods]
        if not of_kernel:
            raise ReportError(f"expected a clock named like {clock!r}, found {', '.join(slacks) or 'none'}")
        worst = min(of_kernel, key=slacks.get)
        result["wns_ns"] = slacks[worst]
        result["fmax_mhz"] = round(1000 / (periods[worst] - slacks[worst]), 1)
    result["met"] = result["wns_ns"] >= 0 and result["whs_ns"] >= 0
    return result


def _table(lines, title, first):
    """Rows below the heading that starts with `first`, of the section with this title."""
    at = next((i for i, line in enumerate(lines) if re.match(rf"\|\s*{title}\s*$", line)), None)
    if at is None:
        raise ReportError(f"expected the section {title!r} of report_timing_summary, found none")
    head = next((i for i in range(at, len(lines)) if lines[i].lstrip().startswith(first)), None)
    if head is None:
        raise ReportError(f"expected a table that begins with {first!r} below {title!r}, found none")
    rows = []
    for line in lines[head + 2 :]:
        cells = re.sub(r"\{[^}]*\}", "{}", line).split()
        if len(cells) < 2:
            break
        if re.fullmatch(r"NA|-?\d+\.\d+", cells[1]) or cells[1] == "{}" or re.fullmatch(r"-?\d+\.\d+", cells[0]):
            if "NA" not in cells[:2]:
                rows.append(cells)
    if not rows:
        raise ReportError(f"{title}: the table is empty")
    return rows
