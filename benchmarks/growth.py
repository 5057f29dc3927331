"""How time and memory grow with the input: ``python -m benchmarks.growth [--sipdiag PROGRAM]``.

Every shape is generated at one, two, four and eight times a base size; the table goes to standard
output, the plot to ``docs/growth.svg``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Run, middle, run
from benchmarks.run import ROOT, WORK, installed_sipdiag, packets
from benchmarks.tools import sipdiag as alone_and_shared
from benchmarks.wire import GLOBAL_HEADER

BASES = {
    "rtp-heavy": 100,
    "sip-only": 1000,
    "one-tcp": 500,
    "fragments": 500,
    "one-call-id": 5000,
    "lone-invites": 2500,
    "forks": 1250,
}
"""Shape → calls (or messages) at the smallest size."""
FACTORS = (1, 2, 4, 8)
_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf")


def alone(sipdiag: str, path: Path) -> list[str]:
    """The command line of one process."""
    return alone_and_shared(sipdiag)[0].command(sipdiag, path, WORK / "reports")


def measured(sipdiag: str, shape: str, size: int, rounds: int) -> tuple[int, Run]:
    """Packets of the capture, and what analysing it took."""
    path = WORK / f"growth-{shape}-{size}.pcap"
    if not path.exists():
        command = [sys.executable, "-m", "benchmarks.generate", shape, str(size), str(path)]
        subprocess.run(command, check=True, cwd=ROOT)
    command = alone(sipdiag, path)
    one = middle([run(command, 600) for _ in range(rounds)])
    if not one.ok:
        sys.exit(f"failed: {' '.join(command)}")
    return packets(path), one


def plot(curves: dict[str, list[float]]) -> str:
    """Time per packet against the factor, as a share of the time at the smallest size."""
    width, height, left, top = 640, 320, 60, 20
    highest = max(2.0, *(value for curve in curves.values() for value in curve))
    step = (width - left - 150) / (len(FACTORS) - 1)

    def at(index: int, value: float) -> str:
        return f"{left + index * step:.1f},{top + (height - 60) * (1 - value / highest):.1f}"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="14">CPU time per packet, as a multiple of that at the smallest size</text>',
    ]
    for value in (0.0, 0.5, 1.0, 1.5, 2.0):
        start, end = at(0, value), at(len(FACTORS) - 1, value)
        dash = "" if value == 1.0 else ' stroke-dasharray="3 3"'
        lines.append(f'<polyline points="{start} {end}" fill="none" stroke="#bbb"{dash}/>')
        x, y = start.split(",")
        lines.append(f'<text x="{float(x) - 30}" y="{float(y) + 4}">{value}</text>')
    for index, factor in enumerate(FACTORS):
        x = at(index, 0).split(",")[0]
        lines.append(f'<text x="{x}" y="{height - 22}" text-anchor="middle">{factor}×</text>')
    for number, (name, curve) in enumerate(curves.items()):
        points = " ".join(at(index, value) for index, value in enumerate(curve))
        colour = _COLOURS[number % len(_COLOURS)]
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{width - 130}" y="{top + 16 + 18 * number}" fill="{colour}">{name}</text>')
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sipdiag", metavar="PROGRAM", help="measure this one instead of a fresh wheel")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "growth.svg")
    given = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    sipdiag = given.sipdiag or installed_sipdiag()
    empty = WORK / "empty.pcap"
    empty.write_bytes(GLOBAL_HEADER)
    started = middle([run(alone(sipdiag, empty), 60) for _ in range(5)]).cpu_s
    curves: dict[str, list[float]] = {}
    print("| capture | size | packets | CPU s | µs/packet | peak MiB |")
    print("|---|---:|---:|---:|---:|---:|")
    for shape, base in BASES.items():
        each: list[float] = []
        for factor in FACTORS:
            count, one = measured(sipdiag, shape, base * factor, given.rounds)
            each.append((one.cpu_s - started) / count)
            print(
                f"| {shape} | {base * factor:,} | {count:,} | {one.cpu_s:.2f} "
                f"| {each[-1] * 1e6:.2f} | {one.peak_mib:,.0f} |",
                flush=True,
            )
        curves[shape] = [value / each[0] for value in each]
    given.plot.write_text(plot(curves), encoding="utf-8")


if __name__ == "__main__":
    main()
