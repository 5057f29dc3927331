"""XML without custom entities: a document type is refused, so that nothing can be expanded or fetched."""

from __future__ import annotations

import re
from xml.parsers import expat

from sipdiag.context.node import (
    MAX_DEPTH,
    MAX_NODES,
    LineColumn,
    LineIndex,
    Node,
    Trouble,
    plain_key,
    shortened,
)

_NAME = re.compile(r"[^\s=<>/\"']*+")
_ATTRIBUTE = re.compile(r"\s*+([^\s=<>/\"']++)\s*+=\s*+(\"[^\"]*+\"|'[^']*+')")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")


def read_xml(text: str, lines: LineIndex) -> tuple[Node | None, Trouble | None]:
    """The root element with what could be read, and the fault that ended the reading."""
    reader = _Reader(text, lines)
    trouble = reader.read()
    return reader.root, trouble


class _RefusedError(Exception):
    """Something that is not read, whatever stands in it."""


class _Reader:
    def __init__(self, text: str, lines: LineIndex) -> None:
        self._text = text
        self._lines = lines
        self.root: Node | None = None
        self._open: list[Node] = []
        self._texts: list[list[tuple[LineColumn, str]]] = []
        self._nodes = 0
        self._names: dict[tuple[str, str], int] = {}
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = False
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._wide = not text.isascii()

    def read(self) -> Trouble | None:
        try:
            self._parser.Parse(self._text.encode("utf-8", "replace"), True)
        except _RefusedError as refused:
            return Trouble(self._here(), str(refused))
        except expat.ExpatError as error:
            return self._fault(error)
        return None

    def _fault(self, error: expat.ExpatError) -> Trouble:
        bare = _BARE_AMPERSAND.search(self._text)
        offset = self._offset(self._parser.ErrorByteIndex)
        if bare is not None and bare.start() <= offset:
            return Trouble(self._lines.place(bare.start()), "'&' must be written '&amp;' here")
        said = expat.ErrorString(error.code) or "is no well-formed XML"
        if "declaration not at start" in said:
            said = "text stands before the XML declaration"
        return Trouble(self._lines.place(max(offset, 0)), said)

    def _offset(self, byte: int) -> int:
        """Expat counts bytes."""
        if not self._wide:
            return byte
        return len(self._text.encode("utf-8", "replace")[:byte].decode("utf-8", "ignore"))

    def _here(self) -> LineColumn:
        """Expat counts a column in characters, from 0."""
        return self._at(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber)

    def _at(self, line: int, column: int) -> LineColumn:
        first = self._lines.place(0)
        return LineColumn(first.line + line - 1, column + (first.column if line == 1 else 1))

    def _doctype(self, *_: object) -> None:
        raise _RefusedError("a document type (DOCTYPE) is not read; remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1 + len(attributes)
        if len(self._open) > MAX_DEPTH or self._nodes > MAX_NODES:
            raise _RefusedError("is too deep or too large")
        parent = self._open[-1] if self._open else None
        pointer = self._pointer(parent, name)
        here = self._here()
        places = self._attribute_places(here) if attributes else {}
        element = Node(
            {
                plain_key(key): Node(value, places.get(key, here), shortened(f"{pointer}@{key}"), key)
                for key, value in attributes.items()
            },
            here,
            pointer,
            name,
        )
        if parent is None:
            self.root = element
        else:
            parent.children.append(element)
        self._open.append(element)
        self._texts.append([])

    def _pointer(self, parent: Node | None, name: str) -> str:
        if parent is None:
            return shortened(name)
        key = (parent.pointer, name)
        number = self._names[key] = self._names.get(key, 0) + 1
        return shortened(f"{parent.pointer}/{name}" + (f"[{number}]" if number > 1 else ""))

    def _attribute_places(self, here: LineColumn) -> dict[str, LineColumn]:
        """Where the attributes of the start tag at ``here`` stand: expat says this of the tag alone."""
        start = self._lines.offset(here)
        found: dict[str, LineColumn] = {}
        name = _NAME.match(self._text, start + 1)
        at = name.end() if name is not None else start + 1
        # Only there, one behind the other: a search would go through all that follows the tag.
        while (match := _ATTRIBUTE.match(self._text, at)) is not None:
            found.setdefault(match[1], self._lines.place(match.start(1)))
            at = match.end()
        return found

    def _end(self, name: str) -> None:
        element = self._open.pop()
        parts = self._texts.pop()
        text = "".join(part for _, part in parts)
        stripped = text.strip()
        if stripped:
            element.text = Node(stripped, _text_place(parts), element.pointer, name)

    def _characters(self, data: str) -> None:
        self._texts[-1].append((self._here(), data))


def _text_place(parts: list[tuple[LineColumn, str]]) -> LineColumn:
    """Where the first text that is not blank begins."""
    return next(
        LineColumn(place.line, place.column + len(part) - len(part.lstrip()))
        for place, part in parts
        if part.strip()
    )
