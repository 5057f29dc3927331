"""The ladders that fire the built-in rules, as they are shown where a rule is explained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

FILE = "ladders.json"
"""Beside the families of the built-in rules; ``python -m tests.ladders`` makes it from the samples."""


class FiringCall(Struct, frozen=True):
    """A call that fires a rule."""

    sample: str
    """Name of the capture: ``transfer/refer-missing``."""
    lines: tuple[str, ...]


def load_ladders(root: Path) -> Mapping[str, FiringCall]:
    """By rule; empty where the catalogue has none."""
    path = root / FILE
    if not path.is_file():
        return {}
    held = json.loads(path.read_text(encoding="utf-8"))
    return {rule: FiringCall(one["sample"], tuple(one["ladder"])) for rule, one in held.items()}
