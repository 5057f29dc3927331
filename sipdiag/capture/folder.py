"""The captures and text logs in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from glob import glob
from itertools import islice
from pathlib import Path

from sipdiag.capture.archive import is_archive
from sipdiag.capture.formats import FOREIGN
from sipdiag.capture.inputs import Input
from sipdiag.capture.names import CAPTURE_SUFFIXES
from sipdiag.capture.payload import CaptureError
from sipdiag.capture.pcap import VARIANTS
from sipdiag.capture.pcapng_blocks import MAGIC

MOST_FILES = 20_000
"""Files looked at."""
_LOOKED_AT = 262_144
"""SIP must be mentioned within this many bytes of a text."""
_COMPRESSIONS = frozenset({".gz", ".zst", ".xz", ".bz2"})
_TEXTS = frozenset({".log", ".txt"})
_SIP = b"SIP/2.0"
_PATTERN = frozenset("*?[")


def captures_in(
    folder: Path, most: int | None = MOST_FILES, passed_over: Callable[[Path], bool] = lambda folder: False
) -> list[Path]:
    """Captures, archives and texts with SIP messages in the folder and those below it, in the order of their names.

    Links to folders are not followed; hidden files are left out, and so are folders ``NAME.context`` and those
    ``passed_over``.  Of more than ``most`` files the first are looked at.
    """
    return [path for path in islice(_files(folder, passed_over), most) if _is_input(path)]


def matches(pattern: str) -> list[str]:
    """What a pattern of names stands for, in order; nothing where it is none."""
    return sorted(glob(pattern, recursive=True)) if _PATTERN & set(pattern) else []  # noqa: PTH207 - it may be absolute


def _files(folder: Path, passed_over: Callable[[Path], bool]) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "__"))
            and not name.endswith(".context")
            and not passed_over(Path(place, name))
        )
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _is_input(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        source = Input(str(path))
    except (CaptureError, OSError):
        # Said when it is read, if it is called a capture.
        return _suffix(path) in CAPTURE_SUFFIXES - _TEXTS
    try:
        head, suffix = source.head, _suffix(path)
        if head[:4] in VARIANTS or head.startswith((MAGIC, *(magic for magic, _ in FOREIGN))):
            return True
        if suffix in _TEXTS:
            text = bytearray(_LOOKED_AT)
            return _SIP in text[: source.fill(memoryview(text))]
    finally:
        source.close()
    return suffix in CAPTURE_SUFFIXES or is_archive(str(path))


def _suffix(path: Path) -> str:
    """Without that of a compression; empty where only a compression is named."""
    suffix = path.suffix.lower()
    return path.with_suffix("").suffix.lower() if suffix in _COMPRESSIONS else suffix
