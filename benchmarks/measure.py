"""Run one command and measure it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from statistics import median

_OURS = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
"""What would make a measured program import this checkout, or compile itself anew each time."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took."""

    wall_s: float
    cpu_s: float
    """User and system time of the process and its children."""
    peak_mib: float
    """Peak resident memory of the largest process."""
    ok: bool


def run(command: list[str], limit_s: float) -> Run:
    """Run ``command`` to its end, or until ``limit_s`` has passed; its output is thrown away."""
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    timer = threading.Timer(limit_s, process.kill)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        time.perf_counter() - start,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        process.returncode == 0,
    )


def middle(runs: list[Run]) -> Run:
    """The median of every quantity."""
    return Run(
        median(one.wall_s for one in runs),
        median(one.cpu_s for one in runs),
        median(one.peak_mib for one in runs),
        all(one.ok for one in runs),
    )
