"""Compiled page templates kept in the user's cache folder.

Compiling the page's templates takes about as long as judging a small capture.  Keeping the result
is an optimisation only: where no folder can be written, templates are compiled in every run.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path

from jinja2.bccache import Bucket, FileSystemBytecodeCache


def cache_folder() -> Path | None:
    """Where the platform wants an application's cache; None for a user without a home."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "sipdiag"
    try:
        return Path.home() / ".cache" / "sipdiag"
    except RuntimeError:
        return None


class TemplateBytecode(FileSystemBytecodeCache):
    """Compiled templates, one file each; a template that changed compiles anew."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), f"%s.{sys.implementation.cache_tag}.jinja")
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill ``bucket``; a damaged file counts as none."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep ``bucket`` where that is possible."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)
