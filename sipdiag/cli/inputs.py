"""What stands for captures on the command line: files, patterns, folders, archives.

An archive is unpacked into a folder of ours that is gone when the command ends; its files are named after the
archive (``ticket.zip/call.pcap``) in everything that is said of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.cli import streams

if TYPE_CHECKING:
    from sipdiag.capture.payload import CaptureError

_SHOWN = "sipdiag.inputs.shown"
"""Key of the context: path → the name it is shown by."""
_TROUBLE = "sipdiag.inputs.trouble"
"""Key of the context: some of what was named could not be read."""
_FEW = 5


def inputs(context: click.Context, names: tuple[str, ...]) -> tuple[str, ...]:
    """The files that the names stand for.

    A name that stands for none stays itself, so that reading says what is wrong with it.

    :raises click.ClickException: none of the archives can be unpacked, and nothing else was named.
    """
    from sipdiag.capture.payload import CaptureError

    paths: list[str] = []
    troubles: list[CaptureError] = []
    for name in names:
        try:
            paths += _files(context, name)
        except CaptureError as error:
            troubles.append(error)
    if troubles and not paths:
        raise click.ClickException(str(troubles[0]))
    for trouble in troubles:
        streams.complain(f"Error: {trouble}")
    context.meta[_TROUBLE] = bool(troubles)
    return tuple(paths)


def _files(context: click.Context, name: str) -> Iterator[str]:
    path = Path(name)
    if name == "-":
        yield name
    elif path.is_dir():
        yield from _in_folder(context, path) or [name]
    else:
        from sipdiag.capture.folder import matches

        for one in ([] if path.exists() else matches(name)) or [name]:
            yield from _in_folder(context, Path(one)) if Path(one).is_dir() else _one(context, one)


def _in_folder(context: click.Context, folder: Path) -> list[str]:
    from sipdiag.capture.folder import captures_in

    return [found for path in captures_in(folder) for found in _one(context, str(path))]


def _one(context: click.Context, path: str) -> list[str]:
    """The file itself, or what an archive holds."""
    from sipdiag.capture.archive import is_archive

    return _unpacked(context, path) if is_archive(path) else [path]


def _unpacked(context: click.Context, path: str) -> list[str]:
    from tempfile import TemporaryDirectory

    from sipdiag.capture.archive import unpack
    from sipdiag.capture.folder import captures_in
    from sipdiag.capture.payload import CaptureError

    folder = Path(context.with_resource(TemporaryDirectory(prefix="sipdiag-"))).resolve()
    found = unpack(path, folder)
    if found.left_out:
        more = f" and {len(found.left_out) - _FEW} more" if len(found.left_out) > _FEW else ""
        streams.complain(f"{path}: left out {', '.join(found.left_out[:_FEW])}{more}")
    captures = [str(one) for one in captures_in(folder)]
    if not captures:
        raise CaptureError(
            f"{path}: holds no capture and no log with SIP messages ({len(found.names)} files)"
        )
    context.meta.setdefault(_SHOWN, {})[str(folder)] = path
    return captures


def shown(path: str) -> str:
    """What an input is called: its path, or its name within its archive."""
    for folder, archive in _archives().items():
        if path.startswith(folder + os.sep):
            return f"{archive}/{Path(path[len(folder) + 1 :]).as_posix()}"
    return path


def told(error: Exception) -> str:
    """What is said of an input, which goes by its name within its archive."""
    text = str(error)
    for folder, archive in _archives().items():
        text = text.replace(folder + os.sep, f"{archive}/")
    return text


def _archives() -> dict[str, str]:
    context = click.get_current_context(silent=True)
    found: dict[str, str] = context.meta.get(_SHOWN, {}) if context is not None else {}
    return found


def in_trouble(context: click.Context) -> bool:
    """Whether some of what was named could not be read."""
    return bool(context.meta.get(_TROUBLE))
