"""The catalogue's files, parsed when the wheel was built.

Parsing YAML would dominate the start-up time.  The contents of the files are stored beside them as
MessagePack: values only, nothing that runs.  It serves for a file whose bytes are what they were then; any
other is read itself, as every file of a checkout is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from sipdiag.knowledge.yamlfile import YamlFile

FILE = "parsed.msgpack"
"""In the folder of the files: the catalogue, and this package."""


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """One file."""

    sha256: bytes
    """Of its bytes."""
    data: msgspec.Raw
    """Itself MessagePack, decoded when it is asked for: of the catalogue some want the rules, some the providers."""


_FORM = dict[str, _Entry]
"""By path below the folder, with slashes."""


class Parsed:
    """What of the files below a folder was parsed before."""

    def __init__(self, root: Path, read: Callable[[Path], bytes] = Path.read_bytes) -> None:
        self._root = root
        self._read = read
        self._entries: Mapping[str, _Entry] = {}
        try:
            self._entries = msgspec.msgpack.decode((root / FILE).read_bytes(), type=_FORM)
        except (OSError, msgspec.MsgspecError):
            # A checkout has none, and one that is broken is none.
            return

    def load(self, path: Path) -> YamlFile:
        """A file of the folder; where a value stands it does not say.

        :raises sipdiag.knowledge.yamlfile.YamlError: it cannot be used.
        """
        entry = self._entries.get(path.relative_to(self._root).as_posix())
        try:
            if entry is not None and hashlib.sha256(self._read(path)).digest() == entry.sha256:
                return YamlFile(str(path), msgspec.msgpack.decode(entry.data))
        except (OSError, msgspec.MsgspecError):
            pass  # Reading it as YAML says what is the matter.
        from sipdiag.knowledge.yamltext import load

        return load(path)


def parse_all(root: Path) -> bytes:
    """What :class:`Parsed` reads, of every YAML file below a folder.

    :raises sipdiag.knowledge.yamlfile.YamlError: a file cannot be used.
    """
    from sipdiag.knowledge.yamltext import load

    entries: _FORM = {
        path.relative_to(root).as_posix(): _Entry(
            hashlib.sha256(path.read_bytes()).digest(), msgspec.Raw(msgspec.msgpack.encode(load(path).data))
        )
        for path in sorted(root.rglob("*.yaml"))
    }
    return msgspec.msgpack.encode(entries)
