"""Unit tests of the readers and writers of the flow: reports, manifests, tools."""
import json
import os
import pathlib
import stat
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import manifest  # noqa: E402
import plan as planning  # noqa: E402
import reports  # noqa: E402
import tools  # noqa: E402

UTILISATION = (HERE / "fixtures/utilization.rpt").read_text()
TIMING = (HERE / "fixtures/timing.rpt").read_text()


class Reports(unittest.TestCase):
    def test_utilisation_of_every_kind(self):
        self.assertEqual(
            reports.utilisation(UTILISATION),
            {
                "lut": {"used": 412345, "available": 1726216},
                "ff": {"used": 698012, "available": 3456000},
                "bram": {"used": 411.5, "available": 2688},
                "uram": {"used": 96, "available": 1280},
                "dsp": {"used": 1299, "available": 12288},
            },
        )

    def test_columns_are_found_by_heading(self):
        old = UTILISATION.replace(" Prohibited |", "").replace("------------+-----------+", "-----------+")
        old = "\n".join(
            line.replace("|          0 |", "|", 1) if line.startswith("|") and "Site" not in line else line
            for line in old.splitlines()
        )
        self.assertEqual(reports.utilisation(old)["lut"], {"used": 412345, "available": 1726216})

    def test_a_report_of_something_else_is_refused(self):
        with self.assertRaises(reports.ReportError):
            reports.utilisation(TIMING)
        with self.assertRaises(reports.ReportError):
            reports.timing(UTILISATION)

    def test_timing_of_the_design_and_of_a_clock(self):
        whole = reports.timing(TIMING)
        self.assertEqual(whole, {"wns_ns": 0.021, "whs_ns": 0.010, "fmax_mhz": None, "met": True})
        kernel = reports.timing(TIMING, "kernel_0")
        self.assertEqual(kernel["wns_ns"], 0.083)
        self.assertEqual(kernel["fmax_mhz"], round(1000 / (3.333 - 0.083), 1))
        with self.assertRaisesRegex(reports.ReportError, "expected a clock named like 'main'"):
            reports.timing(TIMING, "main")

    def test_a_violation_is_seen(self):
        late = TIMING.replace("unbuffered           0.083", "unbuffered          -0.250")
        found = reports.timing(late, "kernel_0")
        self.assertFalse(found["met"])
        self.assertLess(found["fmax_mhz"], 300)
        self.assertFalse(reports.timing(TIMING.replace("1893217        0.010", "1893217       -0.010"))["met"])


class Manifests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        source = self.folder / "k.v"
        source.write_text("module k; endmodule\n")
        generated = {
            "preset": "p",
            "preset_digest": "ab" * 32,
            "abi_version": "1.1",
            "files": [{"name": "k.v", **manifest.describe(source)}],
        }
        (self.folder / "manifest.json").write_text(json.dumps(generated))
        self.image = self.folder / "k.bit"
        self.image.write_bytes(b"image")

    def write(self, **changes):
        values = {
            "board": "u250",
            "part": "x",
            "flow": "vitis",
            "tools": {"v++": "2023.2"},
            "clock_mhz": 300,
            "fmax_mhz": None,
            "utilisation": {"lut": {"used": 1, "available": 2}},
        }
        return manifest.write(self.image, "bit", self.folder, **{**values, **changes})

    def test_what_is_written_is_accepted(self):
        found = manifest.check(self.write(access={"register_base": 0}))
        self.assertEqual(found["image"]["bytes"], 5)
        self.assertEqual(found["verilog"][0]["name"], "k.v")

    def test_an_altered_or_missing_image_is_refused(self):
        path = self.write()
        self.image.write_bytes(b"imagf")
        with self.assertRaisesRegex(manifest.ManifestError, "expected sha256"):
            manifest.check(path)
        self.image.write_bytes(b"imag")
        with self.assertRaisesRegex(manifest.ManifestError, "expected bytes 5, found 4"):
            manifest.check(path)
        self.image.unlink()
        with self.assertRaisesRegex(manifest.ManifestError, "is missing"):
            manifest.check(path)

    def test_altered_verilog_is_refused(self):
        (self.folder / "k.v").write_text("module k; wire x; endmodule\n")
        with self.assertRaisesRegex(manifest.ManifestError, "generate the preset again"):
            self.write()

    def test_the_form_is_held(self):
        for changes in (
            {"clock_mhz": 0},
            {"flow": "other"},
            {"tools": {}},
            {"fmax_mhz": True},
            {"utilisation": {"lut": {"used": 1}}},
            {"utilisation": {"gates": {"used": 1, "available": 2}}},
            {"seed": 1.5},
            {"other": 1},
        ):
            with self.subTest(changes), self.assertRaises(manifest.ManifestError):
                self.write(**changes)

    def test_every_key_that_is_required_is_required(self):
        path = self.write()
        whole = json.loads(path.read_text())
        for key in manifest.SCHEMA["required"]:
            path.write_text(json.dumps({name: value for name, value in whole.items() if name != key}))
            with self.subTest(key), self.assertRaisesRegex(manifest.ManifestError, f"{key} is missing"):
                manifest.check(path)
        path.write_text("{")
        with self.assertRaisesRegex(manifest.ManifestError, "not JSON"):
            manifest.check(path)


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        kept = os.environ.get("PATH"), os.environ.pop("HDK_SHELL_DIR", None)
        os.environ["PATH"] = f"{self.path}:/usr/bin:/bin"

        def restore():
            os.environ["PATH"] = kept[0]
            if kept[1]:
                os.environ["HDK_SHELL_DIR"] = kept[1]

        self.addCleanup(restore)

    def tool(self, name, says):
        path = self.path / name
        path.write_text(f"#!/bin/sh\necho '{says}'\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def test_all_that_is_missing_is_told_at_once(self):
        with self.assertRaises(tools.ToolError) as caught:
            tools.check(planning.board("u250"))
        text = str(caught.exception)
        self.assertIn("expected v++ 2022.1 or", text)
        self.assertIn("expected vivado 2022.1 or", text)
        self.assertIn("settings64.sh", text)

    def test_a_wrong_version_is_told_with_what_was_found(self):
        self.tool("vivado", "Vivado v2023.2 (64-bit)")
        self.tool("v++", "****** v++ v2019.1 (64-bit)")
        with self.assertRaisesRegex(tools.ToolError, r"expected v\+\+ 2022.1 .*, found 2019.1"):
            tools.check(planning.board("u250"))
        self.tool("v++", "****** v++ v2022.2 (64-bit)")
        self.assertEqual(tools.check(planning.board("u250")), {"v++": "2022.2", "vivado": "2023.2"})

    def test_the_hdk_is_found_by_its_shell(self):
        shell = self.path / "hdk/common/shell_stable"
        shell.mkdir(parents=True)
        (self.path / "release_version.txt").write_text("RELEASE_VERSION=2.0.2\n")
        self.tool("vivado", "vivado v2024.1 (64-bit)")
        with self.assertRaisesRegex(tools.ToolError, "HDK_SHELL_DIR is not set"):
            tools.check(planning.board("aws-f2"))
        os.environ["HDK_SHELL_DIR"] = str(shell)
        self.addCleanup(os.environ.pop, "HDK_SHELL_DIR")
        self.assertEqual(tools.check(planning.board("aws-f2")), {"vivado": "2024.1", "hdk": "2.0.2"})


class Boards(unittest.TestCase):
    def test_every_board_has_what_the_flows_read(self):
        for name in planning.boards():
            board = planning.board(name)
            with self.subTest(name):
                self.assertEqual(board["board"], name)
                self.assertIn(board["family"], planning.TARGETS)
                self.assertEqual(set(board["banks"]), {"m_axi_gmem0", "m_axi_gmem1"})
                self.assertEqual(sorted(board["slr_order"]), list(range(board["slrs"])))
                self.assertTrue(all(source["document"] for source in board["sources"]))
                for bank in board["memory"]:
                    self.assertLess(bank["slr"], board["slrs"])

    def test_an_unknown_board_is_told_which_there_are(self):
        with self.assertRaisesRegex(planning.PlanError, "known are aws-f2, ecp5-evn"):
            planning.board("u280")


if __name__ == "__main__":
    unittest.main()
