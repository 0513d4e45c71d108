"""Unit tests of the resource report: what is counted, summed, compared and left out."""
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

import resources  # noqa: E402

CENSUS = {
    "multiplier_tiles": 4,
    "adder_bits": 100,
    "compressor_bits": 60,
    "logic_bits": 40,
    "register_bits": 300,
    "delay_bits": 100,
}


def row(module, instances, **families):
    return {"module": module, "kind": "arithmetic", "instances": instances, "families": families}


class Counting(unittest.TestCase):
    def test_cells_weigh_what_they_take(self):
        found = resources.counted("ecp5", {"LUT4": 7, "CCU2C": 5, "TRELLIS_DPR16X4": 2, "TRELLIS_FF": 9, "MULT18X18D": 1})
        self.assertEqual(found, {"lut": 25, "ff": 9, "dsp": 1, "bram": 0, "carry_bits": 10})
        found = resources.counted("7series", {"LUT6": 3, "SRL16E": 2, "FDRE": 4, "CARRY4": 2, "RAMB18E1": 1, "RAMB36E1": 1})
        self.assertEqual((found["lut"], found["ff"], found["carry_bits"], found["bram"]), (5, 4, 8, 1.5))

    def test_gates_leave_blocks_out_that_are_counted_elsewhere(self):
        stat = {"num_cells_by_type": {"$_DFF_P_": 3, "$_AND_": 5}, "estimated_num_transistors": "400+"}
        cells = {"num_cells_by_type": {"NAND2X1": 6, "vegalith_mul": 2}, "area": 150.4}
        self.assertEqual(resources.gates(stat, cells), {"nand2": 100, "ff": 3, "cells": 6, "area_um2": 150})
        # A block of wires alone has no area.
        self.assertEqual(resources.gates({"num_cells_by_type": {}}, {"num_cells_by_type": {}})["area_um2"], 0)

    def test_a_total_names_what_it_lacks(self):
        rows = [
            row("a", 2, ecp5={"ff": 10, "seconds": 1.5}),
            row("b", 1, ecp5={"ff": 1}),
            row("c", 9, ecp5={"left_out": "longer than 1 s"}),
        ]
        self.assertEqual(resources.total(rows, "ecp5"), ({"ff": 21}, ["c"]))

    def test_ratios_are_to_the_census(self):
        found = resources.compared(CENSUS, {"dsp": 8, "ff": 200, "lut": 100, "carry_bits": 110})
        expected = {"dsp_per_tile": 2, "carry_per_adder_bit": 1.1, "ff_per_register_bit": 0.5, "lut_per_bit": 0.5}
        self.assertEqual(found, expected)
        self.assertEqual(resources.compared({**CENSUS, "multiplier_tiles": 0}, {"dsp": 0}), {})


class Scripts(unittest.TestCase):
    def test_only_the_tile_on_its_own_device_is_the_devices_block(self):
        with tempfile.TemporaryDirectory() as folder:
            tile, other = pathlib.Path(folder, "tile.v"), pathlib.Path(folder, "other.v")
            tile.write_text("`ifdef VEGALITH_ECP5\n`endif\n")
            other.write_text("module other; endmodule\n")
            block = resources.Block("arithmetic", "other", [other, tile], ["tile"])
            script = block.script("ecp5", None)
            self.assertIn("read_verilog -sv other.v\nread_verilog -sv -DVEGALITH_ECP5 tile.v\nblackbox tile\n", script)
            for family in resources.FAMILIES:
                self.assertEqual("VEGALITH_ECP5" in block.script(family, None), family == "ecp5")
            self.assertNotIn("liberty", block.script("asic", None))
            self.assertIn("liberty cells.lib", block.script("asic", "cells.lib"))


if __name__ == "__main__":
    unittest.main()
