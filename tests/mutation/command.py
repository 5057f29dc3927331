"""What the commands of this folder share: their options, and the modules that they look at."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.mutation.held import ROOT


def options(description: str) -> argparse.ArgumentParser:
    """Those that every command has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", default="", help="part of a path")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser


def modules(rooms: Iterable[str], only: str) -> Iterator[Path]:
    """The Python files below these folders that have this in their path."""
    for room in rooms:
        yield from (path for path in sorted((ROOT / room).rglob("*.py")) if only in str(path))
