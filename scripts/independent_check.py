#!/usr/bin/env python3
"""Checks `vegalith msm` and `vegalith ntt` against arithmetic that shares nothing with them: big
integers, textbook formulas and the definition of the transform, all in this file.

    scripts/independent_check.py [--program vegalith] [--backends cpu,sim] [--points N] [--log-size K]
                                 [--seed N] [--only msm|ntt]

Writes random points, scalars and field elements (edges included) as files, runs the program once a
backend, and compares every result with its own. Exits 0 if all agree, 1 if one differs.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Curve:
    """y^2 = x^3 + b over F_p, of prime order r after multiplication by the cofactor h."""

    def __init__(self, name, p, r, b, h, coordinate_bytes):
        self.name, self.p, self.r, self.b, self.h = name, p, r, b, h
        self.coordinate_bytes = coordinate_bytes
        assert p % 4 == 3, "square roots below are powers"

    def add(self, s, t):
        """Sum of two affine points; None is infinity."""
        if s is None or t is None:
            return t if s is None else s
        (x1, y1), (x2, y2) = s, t
        if x1 == x2:
            if (y1 + y2) % self.p == 0:
                return None
            slope = 3 * x1 * x1 * pow(2 * y1, -1, self.p)
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x3 = (slope * slope - x1 - x2) % self.p
        return x3, (slope * (x1 - x3) - y1) % self.p

    def times(self, k, point):
        total = None
        for bit in bin(k)[2:]:
            total = self.add(total, total)
            if bit == "1":
                total = self.add(total, point)
        return total

    def negate(self, point):
        return None if point is None else (point[0], -point[1] % self.p)

    def random_point(self, rng):
        while True:
            x = rng.randrange(self.p)
            square = (x**3 + self.b) % self.p
            y = pow(square, (self.p + 1) // 4, self.p)
            if y * y % self.p == square:
                point = self.times(self.h, (x, rng.choice([y, self.p - y])))
                if point is not None:
                    return point

    def encode(self, point):
        x, y = point or (0, 0)
        return x.to_bytes(self.coordinate_bytes, "little") + y.to_bytes(self.coordinate_bytes, "little")


BN254 = Curve(
    "bn254",
    p=21888242871839275222246405745257275088696311157297823662689037894645226208583,
    r=21888242871839275222246405745257275088548364400416034343698204186575808495617,
    b=3,
    h=1,
    coordinate_bytes=32,
)
# The family's polynomials at x = -0xd201000000010000.
_X = -0xD201000000010000
_R381 = _X**4 - _X**2 + 1
BLS12_381 = Curve(
    "bls12-381",
    p=(_X - 1) ** 2 // 3 * _R381 + _X,
    r=_R381,
    b=4,
    h=(_X - 1) ** 2 // 3,
    coordinate_bytes=48,
)
FIELDS = {
    "bn254-fr": (BN254.r, 5, 32),
    "goldilocks": (2**64 - 2**32 + 1, 7, 8),
}


def transform(values, p, generator, inverse, coset):
    """The transform by its recursion, checked against its definition where that is affordable."""
    n = len(values)
    root = pow(generator, (p - 1) // n, p)
    shift = generator if coset else 1

    def recurse(a, w):
        if len(a) == 1:
            return a
        even, odd = recurse(a[::2], w * w % p), recurse(a[1::2], w * w % p)
        out, power, half = [0] * len(a), 1, len(a) // 2
        for i in range(half):
            t = power * odd[i] % p
            out[i], out[i + half] = (even[i] + t) % p, (even[i] - t) % p
            power = power * w % p
        return out

    if inverse:
        scale, unshift = pow(n, -1, p), pow(shift, -1, p)
        coefficients = recurse(values, pow(root, -1, p))
        out = [c * scale * pow(unshift, i, p) % p for i, c in enumerate(coefficients)]
        points = [values, out]
    else:
        out = recurse([v * pow(shift, i, p) % p for i, v in enumerate(values)], root)
        points = [out, values]
    evaluations, polynomial = points
    for i in {0, 1, n // 2, n - 1} & set(range(n)):
        x, total = shift * pow(root, i, p) % p, 0
        for c in reversed(polynomial):
            total = (total * x + c) % p
        assert total == evaluations[i], "this script's transform is wrong"
    return out


class Checker:
    def __init__(self, program, backends, folder):
        self.program, self.backends, self.folder = program, backends, folder
        self.failures = self.checks = 0

    def run(self, *arguments):
        command = [str(self.program), *map(str, arguments), "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\nexit code {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def verdict(self, what, backend, report, same):
        self.checks += 1
        self.failures += not same
        device = report.get("device")
        cycles = f"{device['cycles']:>10} cycles" if device else ""
        print(f"{'ok  ' if same else 'FAIL'} {what:48} {backend:6} {cycles}")

    def msm(self, curve, what, points, scalars):
        bases, values = self.folder / "bases", self.folder / "scalars"
        bases.write_bytes(b"".join(map(curve.encode, points)))
        values.write_bytes(b"".join(k.to_bytes(32, "little") for k in scalars))
        expected = None
        for k, point in zip(scalars, points):
            expected = curve.add(expected, curve.times(k, point))
        for backend in self.backends:
            report = self.run(
                "msm", "--backend", backend, "--curve", curve.name, "--bases", bases, "--scalars", values
            )
            found = tuple(int(report["result"][c], 16) for c in "xy")
            same = (
                found == (expected or (0, 0))
                and report["infinity"] == (expected is None)
                and report["n"] == len(points)
                and report["curve"] == curve.name
            )
            self.verdict(f"msm {curve.name} {what}, n = {len(points)}", backend, report, same)

    def ntt(self, field, values, inverse, coset):
        p, generator, size = FIELDS[field]
        source = self.folder / "input"
        source.write_bytes(b"".join(v.to_bytes(size, "little") for v in values))
        expected = transform(values, p, generator, inverse, coset)
        flags = ["--inverse"] * inverse + ["--coset"] * coset
        for backend in self.backends:
            target = self.folder / f"output-{backend.replace(':', '-')}"
            report = self.run(
                "ntt", "--backend", backend, "--field", field, "--input", source, "--output", target, *flags
            )
            data = target.read_bytes()
            found = [int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)]
            what = f"ntt {field} {'inverse' if inverse else 'forward'}{' coset' if coset else ''}, n = {len(values)}"
            self.verdict(what, backend, report, found == expected and report["n"] == len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug/vegalith"
    parser.add_argument("--program", type=pathlib.Path, default=built)
    parser.add_argument("--backends", default="cpu,sim")
    parser.add_argument("--points", type=int, default=100, help="points of the larger MSMs")
    parser.add_argument("--log-size", type=int, default=10, help="log2 of the largest transform")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["msm", "ntt"])
    options = parser.parse_args()
    if not shutil.which(options.program):
        sys.exit(f"{options.program} is no program: 'cargo build -p vegalith-cli' makes one, or name it with --program")

    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(options.program, options.backends.split(","), pathlib.Path(folder))
        for curve in (BN254, BLS12_381) if options.only != "ntt" else ():
            points = [curve.random_point(rng) for _ in range(options.points)]
            uniform = [rng.randrange(curve.r) for _ in points]
            checker.msm(curve, "uniform", points, uniform)
            checker.msm(curve, "one point", points[:1], [curve.r - 1])
            checker.msm(curve, "equal scalars", points, [uniform[0]] * len(points))
            checker.msm(curve, "equal points", points[:1] * len(points), uniform)
            edges = [0, 1, 2, curve.r - 1, curve.r - 2, 2**128, curve.r // 2]
            checker.msm(curve, "edge scalars", points[: len(edges)], edges)
            mixed = [points[0], curve.negate(points[0]), None, points[1], points[1]]
            checker.msm(curve, "opposite and infinite points", mixed, [5, 5, 9, 3, curve.r - 1])
            checker.msm(curve, "sum at infinity", mixed[:3], [7, 7, 1])
        for field, (p, _, _) in FIELDS.items() if options.only != "msm" else ():
            for log_size in sorted({0, 1, 3, options.log_size}):
                values = [rng.randrange(p) for _ in range(1 << log_size)]
                values[:2] = [p - 1, 0][: len(values)]
                for inverse in (False, True):
                    for coset in (False, True):
                        checker.ntt(field, values, inverse, coset)
    print(f"{checker.checks - checker.failures} of {checker.checks} agree")
    sys.exit(1 if checker.failures else 0)


main()
