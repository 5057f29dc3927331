"""Protocol Buffers as programs print them: text format over lines (Python), and on one line (Go).

A field that occurs more than once is a list, and so is one whose name is a plural, as text format does not tell a list
of one item from a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sipdiag.context.node import MAX_DEPTH, MAX_NODES, LineIndex, Node, Scalar, plain_key, pointer_to

_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([\w.+-]+)|([{}<>:,;\[\]]))')
_LINE = re.compile(r'\s*(?:\w+: (?:"(?:[^"\\]|\\.)*"|[\w.+-]+)|\w+:? [{<]|[}>])\s*$')
_OPENING = re.compile(r"\s*\w+ \{\s*$")
_FIELD = re.compile(r"(\w+):")
_ON_ONE_LINE = re.compile(r'\b\w{1,64}:"(?:[^"\\\n]|\\.){0,500}" {1,2}\w+:["{\w]')
_BEGINS = re.compile(r'\b\w+:(?=[{"])')
_ESCAPED = re.compile(r"\\(.)")
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False}
MOST_LINES = 50
"""Lines with a document each that are read."""


def read_proto(text: str, lines: LineIndex) -> Iterator[Node]:
    """The documents of a text that is printed so; none where it is something else."""
    over_lines = _over_lines(text)
    if over_lines is not None:
        yield _Reader(text, lines).message(*over_lines)
        return
    at = 0
    for _ in range(MOST_LINES):
        match = _ON_ONE_LINE.search(text, at)
        if match is None:
            return
        start, at = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        at = len(text) if at < 0 else at
        begins = _BEGINS.search(text, start)
        if begins is not None:
            yield _Reader(text, lines).message(begins.start(), at)


def _over_lines(text: str) -> tuple[int, int] | None:
    """Where text format stands: lines of nothing else, of which one opens a message or a name stands twice."""
    at, begin, end = 0, None, 0
    opened = closed = False
    names: list[str] = []
    for line in text.splitlines(keepends=True):
        fits = _LINE.match(line) is not None
        if fits and not closed:
            begin = at if begin is None else begin
            end = at + len(line)
            opened = opened or _OPENING.match(line) is not None
            field = _FIELD.match(line)
            names += [field[1]] if field is not None else []
        elif fits or (begin is not None and line.strip()):
            closed = closed or begin is not None
            if fits:
                return None
        at += len(line)
    if begin is None or not (opened or len(set(names)) < len(names)):
        return None
    return begin, end


class _Reader:
    def __init__(self, text: str, lines: LineIndex) -> None:
        self._text = text
        self._lines = lines
        self._at = 0
        self._end = 0
        self._nodes = 0

    def message(self, start: int, end: int) -> Node:
        self._at, self._end = start, end
        root = Node({}, self._lines.place(start), "")
        self._fill(root, 0)
        return root

    def _next(self) -> tuple[int, re.Match[str]] | None:
        match = _TOKEN.match(self._text, self._at, self._end)
        if match is None:
            return None
        self._at = match.end()
        group = match.lastindex or 0
        return match.start(group) - (1 if group == 1 else 0), match

    def _fill(self, node: Node, depth: int) -> None:
        """The fields up to the end of the message, or to what is no field."""
        while (token := self._next()) is not None and self._nodes < MAX_NODES:
            place, match = token
            name = match[2]
            if match[3] in ("}", ">") or (name is None and match[3] not in (",", ";")):
                return
            if name is None:
                continue
            value = self._value(self._next(), node, name, depth)
            if value is None:
                return
            value.place = self._lines.place(place)
            self._add(node, name, value)

    def _value(
        self, token: tuple[int, re.Match[str]] | None, node: Node, name: str, depth: int
    ) -> Node | None:
        if token is not None and token[1][3] == ":":
            token = self._next()
        if token is None or depth > MAX_DEPTH:
            return None
        place, match = token
        self._nodes += 1
        child = Node(None, self._lines.place(place), pointer_to(node.pointer, name), name)
        if match[3] in ("{", "<"):
            child.value = {}
            self._fill(child, depth + 1)
        elif match[1] is not None:
            child.value = _ESCAPED.sub(r"\1", match[1])
        elif match[2] is not None:
            child.value = _CONSTANTS.get(match[2], match[2])
        else:
            return None
        return child

    def _add(self, node: Node, name: str, value: Node) -> None:
        members = node.members()
        held = members.get(plain_key(name))
        if held is None and not _is_plural(name):
            members[plain_key(name)] = value
            return
        if held is None:
            held = members[plain_key(name)] = Node([], value.place, value.pointer, name)
        elif not isinstance(held.value, list):
            held = members[plain_key(name)] = Node([held], held.place, held.pointer, name)
        value.pointer = pointer_to(held.pointer, len(held.items()))
        held.items().append(value)


def _is_plural(name: str) -> bool:
    return name.endswith("s") and not name.endswith(("ss", "us"))
