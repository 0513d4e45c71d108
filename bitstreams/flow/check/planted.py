"""Errors planted on purpose: what check.py does not find here it would not find in earnest."""
import copy
import pathlib
import tempfile

import design
import plan as planning

import check


def run(kernel, top):
    """Plants each error in a kernel that is right; gives how many were found and the names of the others."""
    found, missed = 0, []
    for name, plant in _plants(kernel, top):
        with tempfile.TemporaryDirectory() as folder:
            try:
                plant(pathlib.Path(folder))
            except (check.Fault, design.DesignError):
                found += 1
            except AssertionError as error:
                missed.append(f"{name}: {error}")
            else:
                missed.append(name)
    return found, missed


def _plants(kernel, top):
    def altered_xml(change):
        def plant(_folder):
            other = copy.copy(kernel)
            other.xml = copy.deepcopy(kernel.xml)
            change(other.xml)
            check.check_kernel_xml(other, top)

        return plant

    def first_argument(**values):
        return altered_xml(lambda xml: [xml.find("args")[0].set(key, value) for key, value in values.items()])

    yield "kernel.xml: an argument elsewhere", first_argument(offset="0x14")
    yield "kernel.xml: an argument too short", first_argument(size="0x4")
    yield "kernel.xml: an argument of another name", first_argument(name="other")
    yield "kernel.xml: an argument at a port that is none", first_argument(port="m_axi_gmem7")
    yield "kernel.xml: an argument missing", altered_xml(lambda xml: xml.find("args").remove(xml.find("args")[1]))
    yield "kernel.xml: a narrower port", altered_xml(lambda xml: xml.find("ports")[1].set("dataWidth", "256"))
    yield "kernel.xml: a larger register space", altered_xml(lambda xml: xml.find("ports")[0].set("range", "0x2000"))
    yield "kernel.xml: a port missing", altered_xml(lambda xml: xml.find("ports").remove(xml.find("ports")[2]))
    yield "kernel.xml: another kernel", altered_xml(lambda xml: xml.set("name", "other"))

    def altered_files(board_name, alter):
        """Alters a written file, then runs the board's check on what is there."""

        def plant(folder):
            board = planning.board(board_name)
            plan = planning.Plan(kernel, board, folder / "out", top)
            plan.write()
            path, old, new = alter(plan)
            text = path.read_text()
            assert old in text, f"{path.name} has no {old!r} to alter"
            path.write_text(text.replace(old, new))
            plan.write = lambda: None
            check.CHECKS[board["flow"]](plan, folder)

        return plant

    def in_file(name, old, new):
        return lambda plan: (plan.out / name, old, new)

    u250 = [
        ("a constraint on an instance that is none", in_file("floorplan.xdc", "/engine}", "/motor}")),
        ("a constraint on a register that is none", in_file("timing.xdc", "reset_engine_reg", "reset_motor_reg")),
        ("a constraint in a pblock that is none", in_file("floorplan.xdc", "pblock_dynamic_SLR1", "pblock_SLR9")),
        ("a source that does not exist", in_file("settings.tcl", f"/{top.top}.v", "/other.v")),
        ("another top", in_file("settings.tcl", f"set kernel {{{top.top}}}", "set kernel {other}")),
        ("a kernel.xml that does not exist", in_file("settings.tcl", "/kernel.xml", "/seed.xml")),
        ("a master without a clock", in_file("settings.tcl", "m_axi_gmem0 m_axi_gmem1", "m_axi_gmem0")),
        ("a master that is none", in_file("settings.tcl", "m_axi_gmem0 m_axi_gmem1", "m_axi_gmem0 m_axi_gmem2")),
        ("a clock on a port that is none", in_file("out_of_context.xdc", "get_ports ap_clk", "get_ports clk")),
        ("a bank that the board has not", in_file("connectivity.cfg", ":DDR[1]", ":DDR[7]")),
        ("a port without a bank", in_file("connectivity.cfg", ".m_axi_gmem1:", ".m_axi_gmem0:")),
        ("a hook that does not exist", in_file("connectivity.cfg", "post_route.tcl", "past_route.tcl")),
        ("a vendor command that is none", in_file("post_route.tcl", "set reports", "report_luck\nset reports")),
        ("an option that a command has not", in_file("floorplan.xdc", "-hierarchical", "-hierarchial")),
    ]
    for name, alter in u250:
        yield f"u250: {name}", altered_files("u250", alter)

    pnr = "cl/build/constraints/small_shell_cl_pnr_user.xdc"
    f2 = [
        ("a crossing that is none", in_file(pnr, "pcis_*/near", "pcis_*/nearby")),
        ("a pblock without its parent", in_file(pnr, "PARENT pblock_CL", "PARENT pblock_XL")),
        ("a shell port left open", in_file("cl/design/vegalith_cl.sv", "assign cl_sh_id0 = `CL_SH_ID0;", "")),
        ("a kernel of another name", in_file("cl/design/vegalith_kernel.vh", top.top, "other")),
        ("a signal of another width", in_file("cl/design/vegalith_cl.sv", ".WIDTH(531)", ".WIDTH(530)")),
        ("an IP that does not exist", in_file("cl/build/scripts/synth_vegalith_cl.tcl", "cl_ddr4.xci", "cl_ddr5.xci")),
        ("another top", in_file("cl/build/scripts/synth_vegalith_cl.tcl", "-top ${CL}", "-tip ${CL}")),
    ]
    for name, alter in f2:
        yield f"aws-f2: {name}", altered_files("aws-f2", alter)
