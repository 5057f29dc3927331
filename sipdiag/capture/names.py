"""What a capture's name reveals: its stem, its ring, and the folder that belongs to it."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

CAPTURE_SUFFIXES = frozenset(
    {".pcap", ".pcapng", ".cap", ".dmp", ".log", ".txt", ".gz", ".zst", ".xz", ".bz2"}
)


def stem(capture: str) -> str:
    """The file's name without its capture suffixes; ``stdin`` for a pipe."""
    if capture == "-":
        return "stdin"
    path = Path(capture)
    while path.suffix.lower() in CAPTURE_SUFFIXES and path.stem:
        path = path.with_suffix("")
    return path.name


def folder_beside(capture: str) -> Path | None:
    """``call.context`` beside ``call.pcap``, with the files that belong to it; None if there is none."""
    if capture == "-":
        return None
    folder = Path(capture).with_name(f"{stem(capture)}.context")
    return folder if folder.is_dir() else None


def ring_name(capture: str) -> str:
    """The file's name without its numbers, which count the files of a ring."""
    pure = PurePath(capture)
    return f"{pure.parent}/{re.sub(r'[0-9_]+', '', pure.name)}"
