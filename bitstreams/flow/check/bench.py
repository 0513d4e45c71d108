"""The memory of AWS F2's custom logic in simulation: right as it is, and wrong when it is altered."""
import pathlib
import subprocess

import plan as planning

import check

HERE = pathlib.Path(__file__).resolve().parent
MEMORY = planning.FLOW / "aws-f2/vegalith_f2_memory.sv"

# What is altered, and that the bench must notice it.
ALTERED = [
    # The kernel's address goes out before its data are there: the host waits for thousands of cycles.
    ("num_bursts != '0 && num_whole != '0", "num_bursts != '0"),
    # Read data go to whoever asked last.
    ("unique case (memory_rid[15:14])", "unique case (memory_arid[15:14])"),
]


def run(folder, text, seeds):
    """Output of the bench on a body of vegalith_f2_memory; a fault if it does not compile."""
    folder.mkdir()
    source = folder / MEMORY.name
    source.write_text(text)
    command = ["verilator", "--binary", "--timing", "-Wno-fatal", "-Wno-lint", "-Wno-style", "--Mdir", folder / "obj"]
    command += ["--top-module", "memory_bench", HERE / "f2/memory_bench.sv", source]
    built = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    check.expect(built.returncode == 0, f"memory_bench: {built.stderr.strip()[:1500]}")
    output = ""
    for seed in seeds:
        bench = subprocess.run(
            [str(folder / "obj/Vmemory_bench"), f"+seed={seed}"], capture_output=True, text=True, timeout=300
        )
        output += bench.stdout
        check.expect(bench.returncode == 0, f"memory_bench, seed {seed}: {output.strip()[-500:]}")
    return output


def check_memory(folder):
    """Runs the bench on the real source, then on each altered one."""
    text = MEMORY.read_text()
    told = run(folder / "real", text, (1, 2, 3))
    for index, (old, new) in enumerate(ALTERED):
        check.expect(text.count(old) == 1, f"{MEMORY.name}: {old!r} is not there once")
        try:
            run(folder / f"altered_{index}", text.replace(old, new), (1,))
        except check.Fault as fault:
            check.expect("seed 1" in str(fault), str(fault))
        else:
            raise check.Fault(f"memory_bench does not notice {new!r} instead of {old!r}")
    return told.splitlines()[0]
