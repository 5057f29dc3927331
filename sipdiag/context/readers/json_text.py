"""JSON as people paste it: trailing commas, comments, curly quotes, single quotes, text around it.

Strings and numbers are the standard library's; what this module adds is the place of each value, the
repairs, and that a broken document yields what stood before the fault.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError
from json.decoder import scanstring as _scanstring  # type: ignore[attr-defined]

from sipdiag.context.node import MAX_DEPTH, MAX_NODES, LineIndex, Node, Scalar, Trouble, plain_key, pointer_to

_BLANK = re.compile(r"[ \t\r\n\u00a0\ufeff]*")
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_BIG = re.compile(r"-?[0-9]{1,30}n\b")
_LEFT_OUT = re.compile(r"\[(?:Object|Array|Circular|Function|Getter|Symbol)[^\]\n]{0,80}\]|undefined\b")
"""What Node.js prints of values that it does not show."""
_CLASS = re.compile(r"(?:<ref \*\d+> )?(?:[A-Za-z_$][\w$.]*(?:\(\d+\))? )?(?=[{\[])")
"""The name of a class that it prints before an object."""
_PYTHON: dict[str, Scalar] = {"True": True, "False": False, "None": None}
_CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})
_SINGLE = re.compile(r"'((?:[^'\\\n]|\\.)*)'")
_LONGEST_INTEGER = 18
"""Digits; a longer run is kept as text."""
_ATTEMPTS = 20
"""Places at which a document may begin, within text that is none."""


def _scan(text: str, start: int) -> tuple[str, int]:
    """The text in double quotes whose first character is at ``start``, and the offset behind it."""
    value, end = _scanstring(text, start, False)
    return str(value), int(end)


class JsonText:
    """A root value, and whether it is whole."""

    def __init__(self, root: Node, trouble: Trouble | None, end: int) -> None:
        self.root = root
        self.trouble = trouble
        """Where and why reading stopped before the end; None for a whole document."""
        self.end = end
        """Offset behind it."""


def read_json(text: str, lines: LineIndex, start: int = 0) -> tuple[JsonText | None, list[Trouble]]:
    """The document that begins at ``start``, and the repairs; None where no object or list begins."""
    reader = _Reader(text, lines)
    return reader.document(start), reader.repairs


def documents(text: str, lines: LineIndex) -> tuple[list[JsonText], list[Trouble]]:
    """All documents of a text, which may stand between lines of something else."""
    found: list[JsonText] = []
    repairs: list[Trouble] = []
    at = 0
    for _ in range(_ATTEMPTS):
        start = _next_start(text, at)
        if start is None:
            break
        if text[at:start].strip(" \t\r\n,;"):
            repairs.append(Trouble(lines.place(at), "skipped text that is no JSON"))
        document, made = read_json(text, lines, start)
        if document is None or (document.trouble is not None and not document.root.value):
            at = start + 1
            continue
        found.append(document)
        repairs += made
        at = document.end
    return found, repairs


def _next_start(text: str, at: int) -> int | None:
    match = re.compile(r"\{|\[(?=\s*[\[{\"\]])").search(text, at)
    return match.start() if match else None


class _BrokenError(Exception):
    """Reading cannot go on."""

    def __init__(self, offset: int, text: str) -> None:
        super().__init__(text)
        self.offset = offset
        self.text = text


class _Reader:
    def __init__(self, text: str, lines: LineIndex) -> None:
        curly = text.translate(_CURLY)
        self._text = text
        self._straight = curly
        """Every curly quote made straight: of the same length, so that places agree."""
        self._lines = lines
        self._nodes = 0
        self.repairs: list[Trouble] = []

    def document(self, start: int) -> JsonText | None:
        at = self._blank(start)
        if self._text[at : at + 1] not in ("{", "["):
            return None
        root = Node({} if self._text[at] == "{" else [], self._lines.place(at), "")
        try:
            return JsonText(root, None, self._container(root, at, 0))
        except _BrokenError as fault:
            return JsonText(root, Trouble(self._lines.place(fault.offset), fault.text), len(self._text))

    def _blank(self, at: int) -> int:
        while True:
            match = _BLANK.match(self._text, at)
            at = match.end() if match else at
            comment = _COMMENT.match(self._text, at)
            if comment is None:
                return at
            self._repair(at, "left out a comment")
            at = comment.end()

    def _repair(self, at: int, text: str) -> None:
        self.repairs.append(Trouble(self._lines.place(at), text))

    def _container(self, node: Node, at: int, depth: int) -> int:
        """Fill ``node`` from the bracket at ``at``; returns the offset behind its end."""
        if depth > MAX_DEPTH:
            raise _BrokenError(at, f"nested more than {MAX_DEPTH} levels deep")
        end = "}" if isinstance(node.value, dict) else "]"
        at = self._blank(at + 1)
        comma: int | None = None
        while True:
            if at >= len(self._text):
                raise _BrokenError(at, f"the file ends before '{end}'")
            if self._text[at] == end:
                if comma is not None:
                    self._repair(comma, "left out a comma before the end")
                return at + 1
            at = self._member(node, at, depth) if end == "}" else self._item(node, at, depth)
            at = self._blank(at)
            comma = at if self._text[at : at + 1] == "," else None
            if comma is not None:
                at = self._blank(at + 1)
            elif self._text[at : at + 1] != end:
                raise _BrokenError(at, f"expected ',' or '{end}'")

    def _item(self, node: Node, at: int, depth: int) -> int:
        items = node.items()
        child = Node(None, self._lines.place(at), pointer_to(node.pointer, len(items)))
        items.append(child)
        return self._value(child, at, depth)

    def _member(self, node: Node, at: int, depth: int) -> int:
        key, after = self._key(at)
        after = self._blank(after)
        if self._text[after : after + 1] != ":":
            raise _BrokenError(after, f"expected ':' after the key '{key[:40]}'")
        child = Node(None, self._lines.place(at), pointer_to(node.pointer, key), key)
        members = node.members()
        if plain_key(key) in members:
            self._repair(at, f"the key '{key[:40]}' stands twice: the last one counts")
        members[plain_key(key)] = child
        return self._value(child, self._blank(after + 1), depth)

    def _key(self, at: int) -> tuple[str, int]:
        if self._straight[at : at + 1] in ('"', "'"):
            return self._string(at)
        word = _WORD.match(self._text, at)
        if word is None:
            raise _BrokenError(at, "expected a key in quotes")
        self._repair(at, f"the key '{word[0][:40]}' had no quotes")
        return word[0], word.end()

    def _value(self, node: Node, at: int, depth: int) -> int:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _BrokenError(at, f"more than {MAX_NODES:,} values")
        left_out = _LEFT_OUT.match(self._text, at)
        if left_out is not None:
            self._repair(at, f"{left_out[0]} stands for what is not shown")
            return left_out.end()
        named = _CLASS.match(self._text, at)
        at = named.end() if named is not None else at
        first = self._straight[at : at + 1]
        if first in ("{", "["):
            node.value = {} if first == "{" else []
            return self._container(node, at, depth + 1)
        if first in ('"', "'"):
            node.value, at = self._string(at)
            return at
        number = _NUMBER.match(self._text, at)
        if number is not None:
            node.value = _number(number)
            return number.end()
        big = _BIG.match(self._text, at)
        if big is not None:
            node.value = big[0][:-1]
            return big.end()
        return self._word(node, at)

    def _word(self, node: Node, at: int) -> int:
        word = _WORD.match(self._text, at)
        if word is not None and word[0] in _CONSTANTS:
            node.value = _CONSTANTS[word[0]]
            return word.end()
        if word is not None and word[0] in _PYTHON:
            self._repair(at, f"read {word[0]} as {str(_PYTHON[word[0]]).lower().replace('none', 'null')}")
            node.value = _PYTHON[word[0]]
            return word.end()
        raise _BrokenError(at, "expected a value" if at < len(self._text) else "the file ends before a value")

    def _string(self, at: int) -> tuple[str, int]:
        if self._text[at] == '"':
            try:
                return _scan(self._text, at + 1)
            except JSONDecodeError as error:
                raise _BrokenError(at, f"this text has no end ({error.msg})") from error
        if self._straight[at] == '"':
            return self._curly(at)
        single = _SINGLE.match(self._straight, at)
        if single is None:
            raise _BrokenError(at, "this text has no end")
        self._repair(at, "read single quotes as double quotes")
        return single[1].replace("\\'", "'"), single.end()

    def _curly(self, at: int) -> tuple[str, int]:
        try:
            value, end = _scan(self._straight, at + 1)
        except JSONDecodeError as error:
            raise _BrokenError(at, f"this text has no end ({error.msg})") from error
        self._repair(at, "read curly quotes as straight quotes")
        return value, end


def _number(match: re.Match[str]) -> Scalar:
    if match[1] or match[2]:
        return float(match[0])
    return int(match[0]) if len(match[0]) <= _LONGEST_INTEGER else match[0]
