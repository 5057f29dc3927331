"""What a fleet run costs: ``python -m benchmarks.fleet [INPUTS]``.

Copies of the small samples with Call-IDs of their own, all of one day.  First in rounds, so that what else the machine
does weighs on both alike: plain loops with the rules loaded once, one a core, against ``fleet run`` with as many
processes; CPU seconds of all processes, start-up and Parquet included.  Then some of them with a process each; then
all in one run, whose memory is printed as it goes.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_pcaps"
INPUTS = 10_000
ROUNDS = 5
OF_A_ROUND = 1_500
"""Inputs."""
CORES = 2
ALONE = 40
"""Inputs that get a process each; the rest would take minutes."""
LARGEST = 60_000
"""Bytes of a sample that is copied."""
DAY_S = 86_400
LEAST_RATE = 0.9
LEAST_GAIN = 15.0
LOOKS = 10
"""Moments at which the memory of the long run is printed."""

_LOOP = """
import sys
from sipdiag.pipeline.run import analyze, load_rulebook
rulebook = load_rulebook()
for path in sys.stdin.read().split():
    analyze([path], rulebook=rulebook)
"""
_FLEET = [sys.executable, "-m", "sipdiag", "fleet", "run", "-j", str(CORES)]


def main() -> None:
    """Measure, and print the ratios beside what they are to be."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else INPUTS
    with TemporaryDirectory() as folder:
        captures = Path(folder) / "captures"
        captures.mkdir()
        for index, content in enumerate(islice(_copies(), number)):
            (captures / f"{index:06}.pcap").write_bytes(content)
        paths = sorted(captures.iterdir())
        print(f"{number} inputs; load of the machine {os.getloadavg()[0]:.1f}")
        in_loop, in_run = _rounds(paths[:OF_A_ROUND], Path(folder))
        rates = [loop / run for loop, run in zip(in_loop, in_run, strict=True)]
        print(
            f"rate of {CORES} loops: {median(rates):.2f}, {min(rates):.2f} to {max(rates):.2f} in {ROUNDS} rounds (at least {LEAST_RATE})"
        )
        alone = _cpu(partial(_alone, paths[:ALONE])) / ALONE
        gain = alone / (median(in_run) / len(paths[:OF_A_ROUND]))
        print(f"a process each: {gain:.0f} times as much (at least {LEAST_GAIN:.0f})")
        _memory(captures, Path(folder) / "all", number)


def _rounds(paths: list[Path], folder: Path) -> tuple[list[float], list[float]]:
    some = folder / "some"
    some.mkdir()
    for path in paths:
        (some / path.name).hardlink_to(path)
    in_loop: list[float] = []
    in_run: list[float] = []
    for turn in range(ROUNDS):
        in_loop.append(_cpu(partial(_loops, paths)))
        command = [*_FLEET, str(some), "-o", str(folder / f"dataset-{turn}")]
        in_run.append(_cpu(partial(_run, command)))
    return in_loop, in_run


def _loops(paths: list[Path]) -> None:
    """A loop a core, all at once."""
    loops = [
        subprocess.Popen([sys.executable, "-c", _LOOP], cwd=ROOT, stdin=subprocess.PIPE) for _ in range(CORES)
    ]
    for place, loop in enumerate(loops):
        assert loop.stdin is not None
        loop.stdin.write("\n".join(map(str, paths[place::CORES])).encode())
        loop.stdin.close()
    for loop in loops:
        assert loop.wait() == 0


def _alone(paths: list[Path]) -> None:
    for path in paths:
        _run([sys.executable, "-m", "sipdiag", "analyze", str(path), "-f", "json", "-o", "-"])


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _memory(captures: Path, dataset: Path, number: int) -> None:
    """Run over all, and print what the leading process and the largest of the others hold."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [*_FLEET, str(captures), "-o", str(dataset)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    seen: list[tuple[float, int, int]] = []
    while process.poll() is None:
        others = [_resident_mb(child) for child in _children(process.pid)]
        seen.append((time.monotonic() - begin, _resident_mb(process.pid), max(others, default=0)))
        time.sleep(0.5)
    took = time.monotonic() - begin
    print(f"{number} inputs in one run: {took:.0f} s, load of the machine {os.getloadavg()[0]:.1f}")
    print("     s  leading, MiB  largest other, MiB")
    for place in sorted({round(at * (len(seen) - 1) / LOOKS) for at in range(LOOKS + 1)}):
        moment, lead, other = seen[place]
        print(f"{moment:6.0f}  {lead:12}  {other:18}")
    print(f"most of all: {max(lead for _, lead, _ in seen)} and {max(other for *_, other in seen)} MiB")


def _children(process: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _resident_mb(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize() // 2**20


def _copies() -> Iterator[bytes]:
    """The small samples again and again, each copy on one day and with Call-IDs of its own."""
    paths = [path for path in sorted(SAMPLES.rglob("*.pcap")) if path.stat().st_size <= LARGEST]
    contents = [_of_one_day(path.read_bytes()) for path in paths]
    for index, content in enumerate(cycle(contents)):
        yield _with_other_ids(content, index)


_CALL_ID = re.compile(rb"\r\n(?:Call-ID|i): *([^\s@;]{8,})", re.IGNORECASE)


def _with_other_ids(content: bytes, index: int) -> bytes:
    """Of the same length, wherever they stand; and a byte of the header that is of no use to anybody."""
    for call_id in sorted(set(_CALL_ID.findall(content)), key=len, reverse=True):
        other = sha256(call_id + index.to_bytes(4, "little")).hexdigest().encode() * 4
        content = content.replace(call_id, other[: len(call_id)])
    return content[:8] + index.to_bytes(4, "little") + content[12:]


def _of_one_day(content: bytes) -> bytes:
    """A classic pcap with all its times moved to one day."""
    found = bytearray(content)
    position = 24
    while position + 16 <= len(found):
        seconds = int.from_bytes(found[position : position + 4], "little")
        found[position : position + 4] = (1_772_323_200 + seconds % DAY_S).to_bytes(4, "little")
        position += 16 + int.from_bytes(found[position + 8 : position + 12], "little")
    return bytes(found)


def _cpu(work: Callable[[], None]) -> float:
    """CPU seconds of the processes that some work starts, and of those that they start."""
    before = _used()
    work()
    return _used() - before


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
