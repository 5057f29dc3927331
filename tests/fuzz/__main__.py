"""``python -m tests.fuzz N [--start M] [--jobs J]``, or ``--case M``: as many cases as one likes."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

BATCH = 50


def _batch(start: int, end: int) -> list[tuple[int, str]]:
    from tests.fuzz.bounded import failures

    return list(failures(range(start, end)))


def main() -> int:
    """Run cases; exit status 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("number", nargs="?", type=int, default=2000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--case", type=int, help="run this one here, without bounds, to look into it")
    chosen = parser.parse_args()
    if chosen.case is not None:
        from tests.fuzz.cases import run

        with TemporaryDirectory() as folder:
            run(chosen.case, Path(folder))
        return 0
    begun, failed = time.monotonic(), 0
    end = chosen.start + chosen.number
    starts = range(chosen.start, end, BATCH)
    with ProcessPoolExecutor(chosen.jobs) as pool:
        ends = [min(start + BATCH, end) for start in starts]
        for done, found in zip(ends, pool.map(_batch, starts, ends), strict=True):
            for case, how in found:
                failed += 1
                print(f"--- case {case}\n{how}", flush=True)
            if (done - chosen.start) % 1000 == 0:
                print(f"{done - chosen.start:,} cases, {failed} failed", flush=True)
    print(f"{chosen.number:,} cases in {time.monotonic() - begun:.0f} s, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
