"""How fast text logs are read, as ratios: ``python -m benchmarks.logs``.

A log of which one line in a hundred is SIP, against iterating over its lines in Python; and one that is all
SIP, against the same messages in a capture, both analysed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import generate
from benchmarks.case import cpu_seconds
from sipdiag.capture.payload import Endpoint
from sipdiag.logs.forms import BY_NAME
from sipdiag.logs.write import Logged, written
from sipdiag.messages.read import read_messages
from sipdiag.pipeline.run import analyze, load_rulebook

CALLS = 2_000
SPARSE_CALLS = 60
NOISE = b"2026-01-02 10:00:00.123456 [DEBUG] switch_core_state_machine.c:585 (sofia/internal/100) Running State Change\n"
ROUNDS = 3
MOST_SPARSE = 5.0
LEAST_FULL = 0.7


def main() -> None:
    """Measure, and print both ratios beside what they are to be."""
    with TemporaryDirectory() as folder:
        capture, full, sparse = (Path(folder) / name for name in ("all.pcap", "all.log", "sparse.log"))
        generate.write("sip-only", CALLS, 1, capture)
        messages = list(written(BY_NAME["sofia"], _logged(capture), {}))
        full.write_bytes(b"".join(messages))
        some = b"".join(messages[: len(messages) * SPARSE_CALLS // CALLS])
        sparse.write_bytes(some + NOISE * (99 * some.count(b"\n")))
        rulebook = load_rulebook()
        lines = cpu_seconds(lambda: sum(1 for _ in sparse.open("rb")), ROUNDS)
        reading = cpu_seconds(lambda: read_messages([str(sparse)]), ROUNDS)
        print(
            f"1 % SIP, {sparse.stat().st_size >> 20} MiB: {reading / lines:.1f} × its lines (at most {MOST_SPARSE})"
        )
        of_log = cpu_seconds(lambda: analyze([str(full)], rulebook=rulebook, bounded=True), ROUNDS)
        of_capture = cpu_seconds(lambda: analyze([str(capture)], rulebook=rulebook, bounded=True), ROUNDS)
        print(
            f"all SIP, {len(messages)} messages: {of_capture / of_log:.2f} × the capture's rate (at least {LEAST_FULL})"
        )


def _logged(capture: Path) -> Iterator[Logged]:
    for one in read_messages([str(capture)]).messages:
        sent = one.src < one.dst
        yield Logged(
            one.time_ns, Endpoint(*one.src), Endpoint(*one.dst), one.transport, one.message.raw, sent
        )


if __name__ == "__main__":
    main()
