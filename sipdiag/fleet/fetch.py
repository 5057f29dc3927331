"""Inputs on other machines, fetched to a temporary folder while they are analysed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from sipdiag.capture.payload import CaptureError

REMOTE = "://"


def is_remote(path: str) -> bool:
    """Whether this is a URL."""
    return REMOTE in path


def filesystem(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path within it.

    :raises CaptureError: nothing that is installed reads such URLs.
    """
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url)
    except ImportError as error:
        raise CaptureError(
            f"{url}: reading this needs another package: pip install 'sipdiag[cloud]' ({error})"
        ) from None
    except (ValueError, OSError) as error:
        raise CaptureError(f"{url}: {error}") from None
    return system, path


@contextmanager
def local(paths: Sequence[str]) -> Iterator[list[str]]:
    """The same files as local ones, under their own names.

    :raises CaptureError: one cannot be fetched.
    """
    if not any(map(is_remote, paths)):
        yield list(paths)
        return
    with tempfile.TemporaryDirectory(prefix="sipdiag-") as folder:
        yield [_fetched(path, Path(folder) / str(number)) for number, path in enumerate(paths)]


def _fetched(url: str, folder: Path) -> str:
    if not is_remote(url):
        return url
    system, path = filesystem(url)
    folder.mkdir()
    copy = folder / PurePosixPath(path).name
    try:
        system.get_file(path, str(copy))
    except OSError as error:
        raise CaptureError(f"{url}: {error}") from None
    return str(copy)
