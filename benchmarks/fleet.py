"""What a fleet run costs, as ratios: ``python -m benchmarks.fleet [INPUTS]``.

Copies of the samples with Call-IDs of their own, all of one day, analysed by a plain loop in one process with the
rules loaded once, by ``fleet run``, and, some of them, by a process each; all in CPU seconds.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_pcaps"
INPUTS = 10_000
ALONE = 40
"""Inputs that get a process each; the rest would take minutes."""
LARGEST = 60_000
"""Bytes of a sample that is copied."""
DAY_S = 86_400
LEAST_RATE = 0.9
LEAST_GAIN = 15.0

_LOOP = """
import sys
from pathlib import Path
from sipdiag.pipeline.run import analyze, load_judge
rulebook = load_judge()
for path in sorted(Path(sys.argv[1]).iterdir()):
    analyze([str(path)], rulebook=rulebook)
"""


def main() -> None:
    """Measure, and print the ratios beside what they are to be."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else INPUTS
    with TemporaryDirectory() as folder:
        captures, dataset = Path(folder) / "captures", Path(folder) / "dataset"
        captures.mkdir()
        for index, content in enumerate(islice(_copies(), number)):
            (captures / f"{index:06}.pcap").write_bytes(content)
        fleet = [sys.executable, "-m", "sipdiag", "fleet", "run", str(captures), "-o", str(dataset), "-j"]
        loop = _cpu(lambda: [[sys.executable, "-c", _LOOP, str(captures)]])
        run = _cpu(lambda: [[*fleet, "2"]])
        some = sorted(captures.iterdir())[:ALONE]
        alone = _cpu(
            lambda: (
                [sys.executable, "-m", "sipdiag", "analyze", str(path), "-f", "json", "-o", "-"]
                for path in some
            )
        )
        print(
            f"{number} inputs: loop {loop:.1f} s, fleet run {run:.1f} s, a process each {alone / ALONE * number:.0f} s of CPU"
        )
        print(f"rate of the loop: {loop / run:.2f} (at least {LEAST_RATE})")
        print(f"a process each: {alone / ALONE * number / run:.0f} times as much (at least {LEAST_GAIN:.0f})")
        print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB")


def _copies() -> Iterator[bytes]:
    """The small samples again and again, each copy on the first sample's day and with one byte of its own."""
    paths = [path for path in sorted(SAMPLES.rglob("*.pcap")) if path.stat().st_size <= LARGEST]
    contents = [_of_one_day(path.read_bytes()) for path in paths]
    for index, content in enumerate(cycle(contents)):
        # The low bytes of the network field are of no use to anybody, and make each file another.
        yield content[:8] + index.to_bytes(4, "little") + content[12:]


def _of_one_day(content: bytes) -> bytes:
    """A classic pcap with all its times moved to one day."""
    found = bytearray(content)
    position = 24
    while position + 16 <= len(found):
        seconds = int.from_bytes(found[position : position + 4], "little")
        found[position : position + 4] = (1_772_323_200 + seconds % DAY_S).to_bytes(4, "little")
        position += 16 + int.from_bytes(found[position + 8 : position + 12], "little")
    return bytes(found)


def _cpu(commands: Callable[[], Iterator[list[str]] | list[list[str]]]) -> float:
    """CPU seconds of processes and all that they start."""
    before = _children()
    for command in commands():
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
