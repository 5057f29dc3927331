"""A file's bytes → the documents in it, whatever the notation.

The notation is detected from content: a ticket in Markdown has its fenced blocks read one by one, HTML-escaped text is
unescaped, a byte order mark is dropped.  Nothing here knows what a document means.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

from msgspec import Struct

from sipdiag.context.node import LineColumn, LineIndex, Node, Trouble, plain_key
from sipdiag.context.readers import json_text
from sipdiag.context.readers.ini_text import SECTION, read_ini
from sipdiag.context.readers.rows import FORM, read_form, read_log, read_table
from sipdiag.context.readers.xml_text import read_xml
from sipdiag.context.readers.yaml_text import read_yaml

MAX_BYTES = 2 * 1024 * 1024
"""Bytes; a larger file is not configuration."""

Notation = Literal["json", "yaml", "xml", "ini", "form", "csv", "log"]

_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_ESCAPED_XML = re.compile(r"\s*(?:&lt;|&#60;)[?A-Za-z!]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5}|[A-Za-z]{2,8});")
_YAML_COMMENTS = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n)+")
_YAML_KEY = re.compile(r"(?:---|%YAML|[\"']?[A-Za-z_][\w.-]{0,60}[\"']?\s*:(?:\s|$)|- )")
_XML_START = re.compile(r"<(?:\?xml|!--|!DOCTYPE|[A-Za-z])")
_TABLE = re.compile(r"\"?[A-Za-z][\w /-]{0,40}\"?(?:[,\t]\"?[\w /()-]{1,40}\"?){2,}\s*$")
_DECLARATION = re.compile(r"\s*(<\?xml[^>]{0,200}\?>)")
_TWIML = re.compile(r"<\?xml|<Response[\s/>]")
_HTTP_HEAD = re.compile(r"(?:HTTP/[0-9.]+ [^\n]*\n)?(?:[A-Za-z][\w-]*:[^\n]*\n)+\s*")
"""What a tool that shows the whole answer of a webhook puts before its body."""
_LINES_CUT = 8
"""How many lines are dropped, one by one, to read what precedes the fault."""
_BLANKED = re.compile(r"[^\n]")
_CARRIERS = frozenset(["body", "payload", "request", "response", "twiml", "data", "message", "params", "raw"])
"""Fields in which logs keep the body of a request, as text."""
MAX_CARRIED = 50
"""Such fields that are looked at."""
_LOGGED_FORM = re.compile(rf"(?:^|[ \t])({FORM.pattern})$", re.MULTILINE)
_PEM = "-----BEGIN "


class Block(Struct):
    """One document of a file, before anybody knows what it is."""

    notation: Notation
    root: Node
    repairs: list[Trouble]
    trouble: Trouble | None = None
    """Why it could not be read to its end; ``root`` has what stood before that."""
    raw: str = ""
    """XML: the text as read, for what a parser does not report."""


class UnreadableError(Exception):
    """Not text, or too large; the message says which."""


def read(data: bytes) -> list[Block]:
    """The documents of a file; none where it holds nothing that has the form of one.

    :raises UnreadableError: nothing of it was read.
    """
    text, repairs = _decoded(data)
    blocks: list[Block] = []
    for part in _parts(text):
        for block in _blocks(part.text, part.line):
            if part.moved is not None:
                _move(block, part.moved, part.line)
            block.repairs = [*repairs, *part.repairs, *block.repairs]
            blocks += [block, *_carried(block)]
    return blocks


def _carried(block: Block) -> Iterator[Block]:
    """Documents that stand as text in a field of this one: a logged body, TwiML.  They stand where the field does."""
    fields = (
        one for one in block.root.walk() if plain_key(one.key) in _CARRIERS and isinstance(one.value, str)
    )
    for field in islice(fields, MAX_CARRIED):
        text = str(field.value).strip()
        if not text.startswith(("{", "<")) and FORM.fullmatch(text) is None:
            continue
        for inner in _blocks(text, 1):
            for node in inner.root.walk():
                node.place = field.place
                node.pointer = (
                    f"{field.pointer}{node.pointer}" if node.pointer[:1] in ("", "/") else node.pointer
                )
            if inner.trouble is not None:
                inner.trouble = Trouble(field.place, inner.trouble.text)
            inner.repairs = [Trouble(field.place, one.text) for one in inner.repairs]
            yield inner


def _decoded(data: bytes) -> tuple[str, list[Trouble]]:
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB: no configuration")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data:
        raise UnreadableError("is not text")
    else:
        text = data.decode("utf-8-sig", "replace")
    repairs = []
    if "\ufffd" in text:
        at = text.index("\ufffd")
        repairs.append(Trouble(LineIndex(text).place(at), "replaced bytes that are no UTF-8"))
    return text.replace("\r\n", "\n").replace("\r", "\n"), repairs


class _Part(NamedTuple):
    """A stretch of a file that holds documents in one notation."""

    text: str
    line: int
    """The file's line on which it begins."""
    repairs: list[Trouble]
    moved: Moves | None = None


def _parts(text: str) -> Iterator[_Part]:
    if _FENCE.search(text):
        yield from _fenced(text)
    elif _ESCAPED_XML.match(text):
        moves = Moves(text)
        yield _Part(moves.text, 1, [Trouble(LineColumn(1, 1), "read the escaped XML unescaped")], moves)
    else:
        yield _Part(text, 1, [])


def _fenced(text: str) -> Iterator[_Part]:
    """The fenced code blocks of Markdown (CommonMark 0.31 §4.5), each with the line on which it begins."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 20}).disable(["inline", "reference"])
    for token in parser.parse(text):
        if token.type != "fence" or token.map is None:
            continue
        line = token.map[0] + 2
        content = "\n" + token.content if not token.content.strip() else token.content
        if _ESCAPED_XML.match(content):
            moves = Moves(content)
            yield _Part(
                moves.text, line, [Trouble(LineColumn(line, 1), "read the escaped XML unescaped")], moves
            )
        else:
            yield _Part(content, line, [])


class Moves:
    """Unescaped text, and where in the escaped one its characters stood."""

    def __init__(self, escaped: str) -> None:
        parts: list[str] = []
        self._new: list[int] = [0]
        self._old: list[int] = [0]
        self._source = escaped
        at = length = 0
        for match in _ENTITY.finditer(escaped):
            piece = escaped[at : match.start()] + html.unescape(match[0])
            length += len(piece)
            parts.append(piece)
            at = match.end()
            self._new.append(length)
            self._old.append(at)
        parts.append(escaped[at:])
        self.text = "".join(parts)
        self._before, self._after = LineIndex(escaped), LineIndex(self.text)

    def original(self, place: LineColumn, first_line: int) -> LineColumn:
        """The place in the escaped text of a place in the other."""
        offset = self._after.offset(LineColumn(place.line - first_line + 1, place.column))
        step = bisect_right(self._new, offset) - 1
        old = self._before.place(self._old[step] + offset - self._new[step])
        return LineColumn(old.line + first_line - 1, old.column)


def _move(block: Block, moves: Moves, first: int) -> None:
    for node in block.root.walk():
        node.place = moves.original(node.place, first)
    if block.trouble is not None:
        block.trouble = Trouble(moves.original(block.trouble.place, first), block.trouble.text)


def _blocks(text: str, line: int) -> Iterator[Block]:
    """The documents of a stretch of text, in the one notation it has."""
    start = text.lstrip()
    if not start or start.startswith(_PEM):
        return
    lines = LineIndex(text, line)
    if start[0] == "<" and _XML_START.match(start):
        yield from _xml(text, lines)
    elif _is_ini(start):
        root, skipped = read_ini(text, line)
        yield Block("ini", root, skipped)
    elif start[0] in "{[":
        yield from _json(text, lines)
    elif FORM.fullmatch(start):
        yield Block("form", read_form(text, lines), [])
    elif _TABLE.fullmatch(start.split("\n", 1)[0]):
        yield Block("csv", read_table(text, line), [])
    else:
        yield from _others(text, lines, line)


def _is_ini(start: str) -> bool:
    """The first line that is no comment opens a section."""
    for line in start.splitlines()[:500]:
        if line.strip() and not line.lstrip().startswith((";", "#include", "#exec", "#tryinclude")):
            return SECTION.match(line) is not None and not line.rstrip().endswith(",")
    return False


def _json(text: str, lines: LineIndex) -> Iterator[Block]:
    found, repairs = json_text.documents(text, lines)
    for document in found:
        yield Block("json", document.root, repairs, document.trouble)
        repairs = []


def _xml(text: str, lines: LineIndex, start: int = 0) -> Iterator[Block]:
    """The XML that begins at ``start``, read with blanks in place of what stands before it."""
    declaration = _DECLARATION.match(text, start)
    late = None
    if declaration is not None and declaration.start(1) > 0:
        if not _HTTP_HEAD.fullmatch(text, 0, start):
            late = Trouble(
                lines.place(declaration.start(1)), "the XML declaration must come first in the file"
            )
        start = declaration.end()
    root, trouble = read_xml(_BLANKED.sub(" ", text[:start]) + text[start:], lines)
    if root is not None:
        yield Block("xml", root, [], late or trouble, text)


def _others(text: str, lines: LineIndex, line: int) -> Iterator[Block]:
    """YAML, JSON or XML between lines of something else, or the lines of a log."""
    trouble = None
    if _YAML_KEY.match(_YAML_COMMENTS.sub("", text, count=1).lstrip()):
        roots, trouble = read_yaml(text, line)
        roots = [root for root in roots if root.members() or root.items()]
        if roots:
            yield from (Block("yaml", root, []) for root in roots)
            return
    blocks = list(_json(text, lines))
    blocks += [
        Block("form", read_form(one[1], lines, one.start(1)), [])
        for one in islice(_LOGGED_FORM.finditer(text), MAX_CARRIED)
    ]
    markup = _TWIML.search(text)
    if markup is not None:
        blocks += _xml(text, lines, markup.start())
    if trouble is not None and all(one.trouble is not None for one in blocks):
        yield from _cut_off_yaml(text, line, trouble)
    yield from blocks or [Block("log", read_log(text, line), [])]


def _cut_off_yaml(text: str, line: int, trouble: Trouble) -> Iterator[Block]:
    """What stands before the place where YAML cannot be read on."""
    kept = text.split("\n")[: max(trouble.place.line - line, 0)]
    for _ in range(_LINES_CUT):
        if not kept:
            return
        roots, again = read_yaml("\n".join(kept) + "\n", line)
        if again is None:
            yield from (Block("yaml", root, [], trouble) for root in roots[-1:] if root.members())
            return
        kept.pop()
