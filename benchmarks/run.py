"""Time sipdiag and every peer that is installed on the same captures, in turn, several rounds.

``python -m benchmarks.run`` builds the wheel, installs it into a fresh environment (with its compiled
modules), generates the captures, and prints a table with every exact command.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from benchmarks import tools
from benchmarks.measure import Run, middle, run

ROOT = Path(__file__).resolve().parent.parent
WORK = Path(tempfile.gettempdir()) / "sipdiag-benchmarks"
SIZES = {
    "rtp-heavy": 1150,
    "rtp-vxlan": 400,
    "short-calls": 5000,
    "sip-only": 25_000,
    "sip-varied": 25_000,
    "one-tcp": 25_000,
    "fragments": 10_000,
}
"""Shape → calls, at full size; ``rtp-heavy`` is then 1.6 GB."""
SMALL = ROOT / "sample_pcaps" / "geo" / "blocked-lost-country-code.pcap"


def installed_sipdiag() -> str:
    """The wheel of this checkout in an environment of its own."""
    home = WORK / "venv"
    program = home / "bin" / "sipdiag"
    venv.create(home, with_pip=True, clear=True)
    wheels = WORK / "wheel"
    pip = [str(home / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check"]
    for old in wheels.glob("*.whl"):
        old.unlink()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(wheels), str(ROOT)], check=True, env=environment)
    subprocess.run([*pip, "install", *map(str, wheels.glob("*.whl"))], check=True, env=environment)
    return str(program)


def capture(shape: str, scale: float, seed: int) -> Path:
    """The generated capture, made once."""
    size = max(1, int(SIZES[shape] * scale))
    path = WORK / f"{shape}-{size}-{seed}.pcap"
    if not path.exists():
        part = path.with_suffix(".part")
        # In a process of its own: the memory of this one counts with that of every tool it starts.
        subprocess.run(
            [sys.executable, "-m", "benchmarks.generate", shape, str(size), str(part), "--seed", str(seed)],
            check=True,
            cwd=ROOT,
        )
        part.rename(path)
    return path


def packets(path: Path) -> int:
    """Records of a little-endian pcap file."""
    count, position = 0, 24
    with path.open("rb") as file:
        file.seek(position)
        data = file.read(1 << 20)
        while len(data) >= 16:
            at = 0
            while at + 16 <= len(data):
                step = 16 + int.from_bytes(data[at + 8 : at + 12], "little")
                at += step
                count += 1
            position += at
            file.seek(position)
            data = file.read(1 << 20)
    return count


def compare(path: Path, sipdiag: str, rounds: int, limit_s: float) -> None:
    """Print the table of one capture."""
    out = WORK / "reports"
    total = packets(path)
    contenders: dict[str, list[str]] = {}
    for tool in (*tools.sipdiag(sipdiag), *tools.PEERS):
        found = tool.find()
        if found is not None and (tool.most is None or total <= tool.most):
            contenders[tool.name] = tool.command(found, path, out)
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, command in contenders.items():
            if all(one.ok for one in runs[name]):
                runs[name].append(run(command, limit_s))
    alone, shared = (middle(runs[name]).wall_s for name in (tools.ONE_PROCESS, tools.ALL_CORES))
    print(f"\n## {path.name}: {path.stat().st_size / 1e6:,.0f} MB, {total:,} packets\n")
    print("| tool | median s | CPU s | peak MiB | packets/s | × one process | × all cores |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, measured in runs.items():
        one = middle(measured)
        if not one.ok:
            print(f"| {name} | failed, or stopped after {limit_s:.0f} s | | | | | |")
            continue
        print(
            f"| {name} | {one.wall_s:.2f} | {one.cpu_s:.2f} | {one.peak_mib:,.0f} "
            f"| {total / one.wall_s:,.0f} | {one.wall_s / alone:.2f} | {one.wall_s / shared:.2f} |"
        )
    print()
    for name, command in contenders.items():
        shown = " ".join(repr(word) if " " in word or "\n" in word else word for word in command)
        print(f"    {name}: {shown}")
    sys.stdout.flush()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=f"small, {', '.join(SIZES)}; default all")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is full size (about 4 GB of captures)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, metavar="SECONDS", help="a run is stopped after")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sipdiag", metavar="PROGRAM", help="time this one instead of a fresh wheel")
    given = parser.parse_args()
    shapes = given.shapes or ["small", *SIZES]
    if unknown := set(shapes) - {"small", *SIZES}:
        parser.error(f"no such shape: {', '.join(sorted(unknown))}")
    WORK.mkdir(exist_ok=True)
    sipdiag = given.sipdiag or installed_sipdiag()
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()} {platform.system()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; "
        f"{given.rounds} rounds, tools in turn, medians"
    )
    for shape in shapes:
        path = SMALL if shape == "small" else capture(shape, given.scale, given.seed)
        compare(path, sipdiag, given.rounds, given.limit)


if __name__ == "__main__":
    main()
