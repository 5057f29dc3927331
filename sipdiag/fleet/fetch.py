"""The files of an input as local ones: what is elsewhere is fetched, an archive unpacked, each when it is asked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from sipdiag.capture.archive import is_archive, unpack
from sipdiag.capture.folder import captures_in
from sipdiag.capture.payload import CaptureError

REMOTE = "://"
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst")
"""By which an archive is known where it cannot be looked at before it is fetched."""
_NO_ARCHIVE = frozenset({".pcap", ".pcapng", ".cap", ".dmp", ".log", ".txt"})


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


class Files:
    """The files of one input; copies of them are gone when this is closed."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._local: list[list[str]] = []
        """Of each path what there is to read: one file, or those of an archive."""
        self._shown: dict[str, str] = {}
        """A path of ours → as it was named."""
        self._stack = ExitStack()

    def __len__(self) -> int:
        return len(self._paths)

    def first(self, count: int) -> list[str]:
        """The first so many, as local files.

        :raises CaptureError: one cannot be fetched or unpacked.
        """
        while len(self._local) < count:
            self._local.append(self._made_local(self._paths[len(self._local)]))
        return [path for some in self._local[:count] for path in some]

    def as_named(self, text: str) -> str:
        """What is said of copies of ours, said of what they are copies of."""
        for ours, named in self._shown.items():
            text = text.replace(ours, named)
        return text

    def _made_local(self, path: str) -> list[str]:
        if is_remote(path):
            copy = self._fetched(path)
            self._shown[copy] = path
            path = copy
        if PurePosixPath(path).suffix.lower() in _NO_ARCHIVE or not is_archive(path):
            return [path]
        folder = self._folder()
        self._shown = {str(folder) + os.sep: f"{self.as_named(path)}/", **self._shown}
        found = unpack(path, folder)
        captures = [str(one) for one in captures_in(folder)]
        if not captures:
            raise CaptureError(
                f"{path}: holds no capture and no log with SIP messages ({len(found.names)} files)"
            )
        return captures

    def _fetched(self, url: str) -> str:
        system, path = filesystem(url)
        copy = self._folder() / PurePosixPath(path).name
        try:
            system.get_file(path, str(copy))
        except OSError as error:
            raise CaptureError(f"{url}: {error}") from None
        return str(copy)

    def _folder(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="sipdiag-"))).resolve()

    def __enter__(self) -> Files:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
