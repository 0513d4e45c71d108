#!/usr/bin/env python3
"""Proves what hdl/formal/proofs.toml lists, on the generated blocks.

    formal.py BLOCKS WORK [NAME...]

BLOCKS is what the example formal_blocks wrote, WORK is where the runs and their traces go. SymbiYosys
and its solver are expected on PATH. Each proof takes up to three kinds of run:

  prove or bmc   the assertions hold: by k-induction for ever, or for the stated number of cycles
  pipeline       the result of a pipeline, which has no state but what is under way, is right for all
                 operands and whatever was under way before: so one cycle more than its latency is all
  cover          every cover statement is reached, so that the assumptions leave something to prove
  bug            one line of the generated Verilog is changed, and an assertion must fail

Yosys has no `bind`, so the property files of a block are placed before its `endmodule`. They see into children
by wires that are declared `(* hierconn *)` under the child's name for them.
Exit code: 0 if everything is as it must be, 1 if not, 2 if it could not be tried.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

PROPERTIES = pathlib.Path(__file__).resolve().parent.parent / "hdl" / "formal"
TIMEOUT_SECONDS = 900


class Mismatch(Exception):
    """The list of proofs does not fit the blocks."""


def bind(text, module, properties):
    """The Verilog of a file with properties inside a module, if it has that."""
    pattern = re.compile(rf"(module {re.escape(module)}\s*\(.*?)^endmodule", re.S | re.M)
    if not pattern.search(text):
        return None
    return pattern.sub(lambda found: found[1] + properties + "endmodule", text, count=1)


def seed(texts, bug):
    """The blocks' files with one change: of `find`, which is there once, or of the first that looks like
    `pattern`, where the generator numbers its names."""
    if "pattern" in bug:
        for name, text in texts.items():
            changed, count = re.subn(bug["pattern"], bug["replace"], text, count=1)
            if count:
                return {**texts, name: changed}
        raise Mismatch(f"bug {bug['name']!r}: nothing looks like {bug['pattern']!r}")
    found = sum(text.count(bug["find"]) for text in texts.values())
    if found != 1:
        raise Mismatch(f"bug {bug['name']!r}: {found} places instead of one match {bug['find']!r}")
    return {name: text.replace(bug["find"], bug["replace"]) for name, text in texts.items()}


def constants(proof, directory):
    """The numbers that the properties of a block are written with."""
    values = dict(proof.get("constants", {}))
    latency = directory / "latency_cycles"
    if latency.exists():
        values["LATENCY"] = int(latency.read_text())
    return "".join(f"  localparam {name} = {value};\n" for name, value in values.items())


def sources(proof, blocks, bug):
    texts = {}
    for block in proof["blocks"]:
        directory = blocks / block
        for file in sorted(directory.glob("*.v")):
            texts[file.name] = file.read_text()
    if not texts:
        raise Mismatch(f"no Verilog for {proof['blocks']}")
    for wide, narrow in proof.get("narrow", {}).items():
        if not any(wide in text for text in texts.values()):
            raise Mismatch(f"nothing to narrow matches {wide!r}")
        texts = {name: text.replace(wide, narrow) for name, text in texts.items()}
    if bug:
        texts = seed(texts, bug)
    for module, files in proof.get("inside", {}).items():
        properties = constants(proof, blocks / module)
        properties += "".join((PROPERTIES / file).read_text() for file in files)
        bound = {name: bind(text, module, properties) for name, text in texts.items()}
        bound = {name: text for name, text in bound.items() if text}
        if len(bound) != 1:
            raise Mismatch(f"{len(bound)} modules {module} instead of one to put properties in")
        texts.update(bound)
    return texts


class Run:
    """One run of SymbiYosys."""

    def __init__(self, proof, kind, bug=None):
        self.proof, self.kind, self.bug = proof, kind, bug
        self.depth = proof.get("depth", 0)
        if kind != proof["mode"]:
            self.depth = (bug or {}).get("depth", proof["cover"])
        self.seconds, self.passed, self.detail = 0.0, False, ""

    def label(self):
        return self.bug["name"] if self.bug else ""

    def directory(self):
        suffix = self.kind if not self.bug else f"bug{self.proof['bug'].index(self.bug)}"
        return f"{self.proof['name']}-{suffix}"

    def script(self, names):
        lines = [f"read -formal {name}" for name in names]
        lines.append(f"prep -flatten -top {self.proof['top']}")
        if self.proof["mode"] == "pipeline" or self.proof.get("registers"):
            lines += ["memory_map", "opt -full", "opt_clean"]
        # A name inside a child that nothing of it has.
        lines.append("select -assert-none a:hierconn")
        return "\n".join(lines)

    def execute(self, blocks, work):
        try:
            texts = sources(self.proof, blocks, self.bug)
        except (Mismatch, OSError) as error:
            self.detail = str(error)
            return self
        directory = work / self.directory()
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "in").mkdir(parents=True)
        for name, text in texts.items():
            (directory / "in" / name).write_text(text)
        mode = {"bug": "bmc", "pipeline": "bmc"}.get(self.kind, self.kind)
        engine = self.proof.get("engine", "smtbmc yices")
        files = "\n".join(f"in/{name}" for name in texts)
        (directory / "run.sby").write_text(
            f"[options]\nmode {mode}\ndepth {self.depth}\ntimeout {TIMEOUT_SECONDS}\n"
            f"[engines]\n{engine}\n[script]\n{self.script(texts)}\n[files]\n{files}\n"
        )
        start = time.monotonic()
        ended = subprocess.run(
            ["sby", "-f", "-d", "out", "run.sby"], cwd=directory, capture_output=True, text=True
        )
        self.seconds = time.monotonic() - start
        log = ended.stdout + ended.stderr
        (directory / "log").write_text(log)
        status = re.findall(r"DONE \((\w+), rc", log)
        status = status[-1] if status else "ERROR"
        self.passed = status == ("FAIL" if self.kind == "bug" else "PASS")
        failed = re.findall(r"Assert failed in (\S+): (\S+)", log)
        unreached = re.findall(r"Unreached cover statement at (\S+)|nreached cover.*?: (.*)", log)
        if self.kind == "bug" and self.passed:
            self.detail = "fails at " + failed[0][1].split(".sv")[0] if failed else ""
        elif not self.passed:
            self.detail = f"{status}: see {directory}/log " + str(failed or unreached or "")
        return self

    def row(self):
        result = {True: "pass", False: "FAIL"}[self.passed]
        if self.bug:
            result = {True: "caught", False: "MISSED"}[self.passed]
        methods = {"prove": "k-induction", "bmc": "bounded", "pipeline": "all inputs"}
        method = methods.get(self.kind, self.kind)
        what = self.label() or (self.proof["claim"] if self.kind != "cover" else "reached")
        return (self.proof["name"], what, method, str(self.depth), result, f"{self.seconds:.1f}")


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    blocks, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    for tool in ("sby", "yosys", "yosys-smtbmc", "yices-smt2"):
        if not shutil.which(tool):
            print(f"formal: {tool} is not on PATH; make formal installs it", file=sys.stderr)
            return 2
    with open(PROPERTIES / "proofs.toml", "rb") as file:
        proofs = tomllib.load(file)["proof"]
    wanted = sys.argv[3:]
    unknown = [name for name in wanted if name not in [proof["name"] for proof in proofs]]
    if unknown:
        print(f"formal: unknown proofs {unknown}", file=sys.stderr)
        return 2
    runs = []
    for proof in proofs:
        if wanted and proof["name"] not in wanted:
            continue
        runs.append(Run(proof, proof["mode"]))
        runs.append(Run(proof, "cover"))
        runs += [Run(proof, "bug", bug) for bug in proof.get("bug", [])]
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        futures = [pool.submit(run.execute, blocks, work) for run in runs]
        table = "{:<22} {:<74} {:<11} {:>5} {:<6} {:>7}".format
        print(table("block", "property, or seeded bug", "method", "depth", "result", "seconds"))
        for future in futures:
            run = future.result()
            print(table(*run.row()), flush=True)
            if run.detail and not run.passed:
                print(f"    {run.detail}", flush=True)
    count = lambda kinds: sum(run.passed and run.kind in kinds for run in runs)
    bad = [run for run in runs if not run.passed]
    print(
        f"formal: {count(['prove'])} proofs by induction, {count(['pipeline'])} for all inputs of a "
        f"pipeline, {count(['bmc'])} bounded, "
        f"{count(['cover'])} covers reached, {count(['bug'])} seeded bugs caught, "
        f"{len(bad)} not as they must be; {time.monotonic() - start:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
