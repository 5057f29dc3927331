"""A value of a file, with the place where it stands.

Keys are compared without ``_`` and ``-`` and in lower case: the same field is ``cold_transfer_mode`` in one
product's API and ``coldTransferMode`` in its editor, and a file may mix both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct

Scalar = str | int | float | bool | None


def plain_key(key: str) -> str:
    """A key as it is compared."""
    return key.replace("_", "").replace("-", "").lower()


class LineColumn(Struct, frozen=True, order=True):
    """Where something stands in a file: line and column, both from 1."""

    line: int
    column: int


class Trouble(Struct, frozen=True):
    """A fault in a text, or a repair, and where."""

    place: LineColumn
    text: str


class Node(Struct, eq=False):
    """A value, list, mapping, or XML element.

    A member of a mapping stands where its key stands, an item of a list where it begins.
    """

    value: Scalar | list[Node] | dict[str, Node]
    """A mapping is keyed by :func:`plain_key`; an element's mapping holds its attributes."""
    place: LineColumn
    pointer: str
    """``/transfer_option/cold_transfer_mode``, or ``Response/Dial@referUrl`` in XML."""
    key: str = ""
    """As written; the name of an XML element."""
    children: list[Node] = []
    """Elements inside an XML element."""
    text: Node | None = None
    """The text inside an XML element, stripped; None where there is none but blanks."""
    secret: bool = False
    """Its value must not be shown; :class:`~sipdiag.context.mask.Mask` notes it."""

    def get(self, *path: str) -> Node | None:
        """The value under these keys, one below the other; None if there is none."""
        node: Node | None = self
        for key in path:
            if node is None or not isinstance(node.value, dict):
                return None
            node = node.value.get(plain_key(key))
        return node

    def deepest(self, *path: str) -> Node:
        """The last node on the way to these keys that exists."""
        node = self
        for key in path:
            inner = node.get(key)
            if inner is None:
                break
            node = inner
        return node

    def items(self) -> list[Node]:
        """The items of a list; a mapping or scalar has none."""
        return self.value if isinstance(self.value, list) else []

    def members(self) -> dict[str, Node]:
        """The members of a mapping; a list or scalar has none."""
        return self.value if isinstance(self.value, dict) else {}

    def has(self, *keys: str) -> bool:
        """All of these keys stand in the mapping, whatever their values."""
        return all(self.get(key) is not None for key in keys)

    def string(self, *path: str) -> str | None:
        """The scalar under these keys as text, without blanks around it; None if absent, null or no scalar."""
        node = self.get(*path)
        if node is None or node.value is None or isinstance(node.value, list | dict):
            return None
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        return str(node.value).strip()

    def elements(self, *names: str) -> Iterator[Node]:
        """The XML elements below this one that bear one of these names, in the file's order."""
        wanted = {plain_key(name) for name in names}
        pending = list(reversed(self.children))
        while pending:
            element = pending.pop()
            if plain_key(element.key) in wanted:
                yield element
            pending += reversed(element.children)

    def walk(self) -> Iterator[Node]:
        """The node itself and everything below it."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            inner = [*node.members().values(), *node.items(), *node.children]
            pending += reversed(inner if node.text is None else [*inner, node.text])


MAX_DEPTH = 60
"""Nesting beyond this is refused; a real document has a dozen levels."""
MAX_NODES = 200_000
"""Values of one file; YAML aliases could make billions of a few lines."""


class LineIndex:
    """From offsets of a text to places."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self._starts = [0]
        self._first = first_line
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def offset(self, place: LineColumn) -> int:
        """The offset of a line and column."""
        return self._starts[place.line - self._first] + place.column - 1

    def place(self, offset: int) -> LineColumn:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset) - 1
        return LineColumn(line + self._first, offset - self._starts[line] + 1)


LONGEST_POINTER = 400
"""Characters; each value below a key of a megabyte would repeat it otherwise."""
LONGEST_TITLE = 200
"""Characters of a column's title that are kept, for the same reason."""


def pointer_to(parent: str, key: str | int) -> str:
    """A JSON pointer one step longer (RFC 6901 §3)."""
    return shortened(f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}")


def shortened(pointer: str) -> str:
    """A pointer of which an overlong one has its beginning and its end."""
    if len(pointer) <= LONGEST_POINTER:
        return pointer
    half = LONGEST_POINTER // 2
    return f"{pointer[:half]}…{pointer[1 - half :]}"
