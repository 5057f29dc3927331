"""YAML files: their values, and on which line each stands.

:mod:`~sipdiag.knowledge.yamltext` reads them.  No parser is imported here: the files of an installed catalogue were
parsed when it was built.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import yaml

KeyPath = Sequence[str | int]
"""Keys and list indexes from the top of a file to a value."""


class YamlError(ValueError):
    """A file that cannot be used; ``str()`` is one line that says where, what, and what to do."""

    def __init__(self, path: str | Path, line: int, column: int, text: str, hint: str = "") -> None:
        super().__init__(path, line, column, text, hint)
        self.path = str(path)
        self.line = line
        """Counted from 1."""
        self.column = column
        """Counted from 1."""
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.text}{hint}"


class YamlFile(Struct, frozen=True):
    """A YAML file: its data, and where each part of it stands."""

    path: str
    data: Any
    """Dicts, lists, str, int, float, bool and None."""
    _root: yaml.Node | None = None

    def position(self, keypath: KeyPath = ()) -> tuple[int, int]:
        """Line and column, from 1, of the key or item that ``keypath`` names.

        Where the path leads nowhere (a missing key), the position of the deepest part that exists.
        """
        node, mark = self._root, None
        for key in keypath:
            found = _child(node, key)
            if found is None:
                break
            mark, node = found
        if mark is None:
            mark = node.start_mark if node is not None else None
        return place(mark)

    def line(self, keypath: KeyPath = ()) -> int:
        """Line, from 1, of the key or item that ``keypath`` names."""
        return self.position(keypath)[0]

    def error(self, keypath: KeyPath, text: str, hint: str = "") -> YamlError:
        """An error about what stands at ``keypath``, for the caller to raise or to collect."""
        line, column = self.position(keypath)
        return YamlError(self.path, line, column, text, hint)


def place(mark: Any) -> tuple[int, int]:
    """Line and column of a parser's mark, from 1."""
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _child(node: Any, key: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    """Where ``key`` of a mapping or list stands, and the node of PyYAML under it."""
    if node is not None and node.id == "mapping":
        for key_node, value_node in node.value:
            if key_node.id == "scalar" and key_node.value == str(key):
                return key_node.start_mark, value_node
    elif node is not None and node.id == "sequence" and isinstance(key, int) and -1 < key < len(node.value):
        return node.value[key].start_mark, node.value[key]
    return None
