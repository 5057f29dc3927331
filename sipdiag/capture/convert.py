"""Captures in other programs' formats, which tshark converts to pcapng before they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sipdiag.capture.formats import FOREIGN
from sipdiag.capture.inputs import Input
from sipdiag.capture.payload import CaptureError, FileInfo

SLOWEST_S = 600
"""Seconds one conversion may take."""
PIECE = 1024 * 1024


@contextmanager
def readable(paths: Sequence[str], files: list[FileInfo]) -> Iterator[list[str]]:
    """The paths to read instead; afterwards ``files`` describes the originals again.

    Without tshark nothing is converted: reading says what the file is and how to convert it.
    """
    foreign = {index: name for index, path in enumerate(paths) if (name := _foreign(path)) is not None}
    if not foreign or not _tshark():
        yield list(paths)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="sipdiag-") as folder:
        instead = list(paths)
        for index in foreign:
            instead[index] = _convert(paths[index], Path(folder) / f"{index}.pcapng")
        yield instead
        for index, name in foreign.items():
            if instead[index] != paths[index] and index < len(files):
                _describe(files[index], paths[index], name)


def _tshark() -> bool:
    from sipdiag.capture.tshark import installed

    return installed()


def _foreign(path: str) -> str | None:
    """Name of the format, when it is one that tshark reads and we don't."""
    if not Path(path).is_file():
        # A pipe can be read only once.
        return None
    try:
        source = Input(path)
    except CaptureError:
        return None
    source.close()
    return next((name for magic, name in FOREIGN if source.head.startswith(magic)), None)


def _convert(path: str, target: Path) -> str:
    """The converted file; the path itself if tshark could not convert it."""
    import subprocess

    command = ["tshark", "-n", "-r", path, "-F", "pcapng", "-w", str(target)]
    try:
        subprocess.run(command, capture_output=True, timeout=SLOWEST_S, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return path
    return str(target) if target.exists() and target.stat().st_size else path


def _describe(info: FileInfo, path: str, name: str) -> None:
    digest = hashlib.sha256()
    with Path(path).open("rb") as stored:
        while piece := stored.read(PIECE):
            digest.update(piece)
        info.bytes = stored.tell()
    info.path, info.sha256 = path, digest.hexdigest()
    info.format = name.removeprefix("a ").removesuffix(" capture")
