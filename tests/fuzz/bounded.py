"""Runs cases in processes of their own, each case under a bound of time and the process under one of memory."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

MOST_SECONDS = 5
"""CPU time of a case."""
MOST_MEMORY = 1024 * 1024 * 1024
"""Bytes that the process may add to what it began with."""
MOST_WAIT = 600
"""Seconds after which a case hangs: many, for the machine may be busy."""


def failures(cases: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The cases that fail, and how."""
    left = list(cases)
    while left:
        done, told = _run(left)
        yield from told
        left = left[done:]


def _run(cases: Sequence[int]) -> tuple[int, list[tuple[int, str]]]:
    """How many cases were begun, and which of them failed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _child(cases, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().decode("utf-8", "replace").split("\0")
    _, status = os.waitpid(child, 0)
    begun = [line for line in lines if line == "begin"]
    told = [line for line in lines if line.startswith("failed ")]
    found = [(int(line.split(" ", 2)[1]), line.split(" ", 2)[2]) for line in told]
    if status:
        found.append((cases[len(begun) - 1], _ended_by(status)))
    return len(begun), found


def _ended_by(status: int) -> str:
    number = os.waitstatus_to_exitcode(status)
    if -number == signal.SIGPROF:
        return f"took more than {MOST_SECONDS} s of CPU"
    if -number == signal.SIGALRM:
        return f"hung for {MOST_WAIT} s"
    return f"ended its process with {number}"


def _child(cases: Sequence[int], pipe: int) -> None:
    """Never returns."""
    status = 1
    try:
        from tests.fuzz.cases import run

        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MOST_MEMORY, size + MOST_MEMORY))
        # Killed by the signals themselves, whatever the code catches.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        with tempfile.TemporaryDirectory() as folder:
            for case in cases:
                os.write(pipe, b"begin\0")
                signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
                signal.alarm(MOST_WAIT)
                try:
                    run(case, Path(folder))
                except BaseException:
                    text = traceback.format_exc()[-3000:].replace("\0", "?")
                    os.write(pipe, f"failed {case} {text}\0".encode())
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.alarm(0)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)
