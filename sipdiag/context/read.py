"""A file's bytes → the documents in it, whatever the notation.

The notation is detected from content: a ticket in Markdown has its fenced blocks read one by one, HTML-escaped text is
unescaped, a byte order mark is dropped.  Nothing here knows what a document means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Literal, NamedTuple

from msgspec import Struct

from sipdiag.context.escaped import Moves
from sipdiag.context.lines import without_colours, without_prefixes
from sipdiag.context.node import LineColumn, LineIndex, Node, Trouble, plain_key, shortened
from sipdiag.context.readers import json_text
from sipdiag.context.readers.boxes import read_boxed, read_columns
from sipdiag.context.readers.exceptions import read_exceptions
from sipdiag.context.readers.ini_text import SECTION, read_ini
from sipdiag.context.readers.proto_text import read_proto
from sipdiag.context.readers.rows import FORM, read_form, read_log, read_table
from sipdiag.context.readers.xml_text import read_xml
from sipdiag.context.readers.yaml_text import read_yaml

MAX_BYTES = 2 * 1024 * 1024
"""Bytes; a larger file is not configuration."""

Notation = Literal["json", "yaml", "xml", "ini", "form", "csv", "log"]

_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_ESCAPED_XML = re.compile(r"\s*(?:&lt;|&#60;)[?A-Za-z!]")
_YAML_COMMENTS = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n)+")
_YAML_KEY = re.compile(r"(?:---|%YAML|[\"']?[A-Za-z_][\w.-]{0,60}[\"']?\s*:(?:\s|$)|- )")
_XML_START = re.compile(r"<(?:\?xml|!--|!DOCTYPE|[A-Za-z])")
_TABLE = re.compile(r"\"?[A-Za-z][\w /-]{0,40}\"?(?:[,\t]\"?[\w /()-]{1,40}\"?){2,}\s*$")
_DECLARATION = re.compile(r"\s*(<\?xml[^>]{0,200}\?>)")
_TWIML = re.compile(r"<\?xml|<Response[\s/>]")
_TWIML_OPENS = re.compile(r"(?:<\?xml[^>\n]{0,200}\?>\s{0,20})?<Response(?:\s[^>]{0,500})?(?P<empty>/)?>")
_TWIML_CLOSES = "</Response>"
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")
_HTTP_HEAD = re.compile(r"(?:HTTP/[0-9.]+ [^\n]*\n)?(?:[A-Za-z][\w-]*:[^\n]*\n)+\s*")
"""What a tool that shows the whole answer of a webhook puts before its body."""
_LINES_CUT = 8
"""How many lines are dropped, one by one, to read what precedes the fault."""
_BLANKED = re.compile(r"[^\n]")
_CARRIERS = frozenset(
    ["body", "payload", "request", "response", "responsebody", "twiml", "data", "message", "params", "raw"]
)
"""Fields in which logs keep the body of a request, as text."""
_FILES = (".json", ".xml", ".yaml", ".yml")
"""A field with such a name holds a file: a ConfigMap of Kubernetes."""
MAX_CARRIED = 50
"""Such fields that are looked at."""
_LOGGED_FORM = re.compile(rf"(?:^|[ \t])({FORM.pattern})$", re.MULTILINE)
_PEM = "-----BEGIN "


class Block(Struct, dict=True):
    """One document of a file, before anybody knows what it is."""

    notation: Notation
    root: Node
    repairs: list[Trouble]
    trouble: Trouble | None = None
    """Why it could not be read to its end; ``root`` has what stood before that."""
    raw: str = ""
    """XML: the text as read, for what a parser does not report."""

    @cached_property
    def repaired_lines(self) -> frozenset[int]:
        """Asked for once all repairs are known."""
        return frozenset(repair.place.line for repair in self.repairs)


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
        one
        for one in block.root.walk()
        if isinstance(one.value, str) and (plain_key(one.key) in _CARRIERS or one.key.endswith(_FILES))
    )
    timed = block.root.get("timestamp") if block.notation == "form" else None
    for field in islice(fields, MAX_CARRIED):
        text = str(field.value).strip()
        if not text.startswith(("{", "<")) and FORM.fullmatch(text) is None:
            continue
        for inner in _blocks(text, 1):
            for node in inner.root.walk():
                node.place = field.place
                node.pointer = (
                    shortened(f"{field.pointer}{node.pointer}")
                    if node.pointer[:1] in ("", "/")
                    else node.pointer
                )
            if timed is not None and isinstance(inner.root.value, dict):
                inner.root.value.setdefault("timestamp", timed)
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
    text, first = without_prefixes(without_colours(text.replace("\r\n", "\n").replace("\r", "\n")))
    if first is not None:
        repairs.append(Trouble(LineColumn(first, 1), "left out what stands before each line"))
    return text, repairs


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


def _xml(text: str, lines: LineIndex, start: int = 0, *, logged: bool = False) -> Iterator[Block]:
    """The XML that begins at ``start``, read with blanks in place of what stands before it.

    ``logged``: that is a log's, and not the document's.
    """
    declaration = _DECLARATION.match(text, start)
    late = None
    if declaration is not None and declaration.start(1) > 0:
        if not logged and not _HTTP_HEAD.fullmatch(text, 0, start):
            late = Trouble(
                lines.place(declaration.start(1)), "the XML declaration must come first in the file"
            )
        start = declaration.end()
    root, trouble = read_xml(_BLANKED.sub(" ", text[:start]) + text[start:], lines)
    if root is not None:
        yield Block("xml", root, [], late or trouble, text)


def _others(text: str, lines: LineIndex, line: int) -> Iterator[Block]:
    """YAML, JSON or XML between lines of something else, or the lines of a log."""
    messages = [Block("json", root, []) for root in read_proto(text, lines)]
    table = read_boxed(text, line) or read_columns(text, line) if not messages else None
    if messages or table is not None:
        yield from [Block("csv", table, [])] if table is not None else messages
        return
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
    blocks += [Block("json", root, []) for root in read_exceptions(text, lines)]
    whole = list(_twiml(text))
    for start, end in whole:
        logged = bool(text[end:].strip()) or _CLOCK.search(text, 0, start) is not None
        blocks += _xml(text[:end], lines, start, logged=logged)
    markup = _TWIML.search(text) if not whole else None
    if markup is not None:
        blocks += _xml(text, lines, markup.start())
    if trouble is not None and all(one.trouble is not None for one in blocks):
        yield from _cut_off_yaml(text, line, trouble)
    yield from blocks or [Block("log", read_log(text, line), [])]


def _twiml(text: str) -> Iterator[tuple[int, int]]:
    """Where whole TwiML stands in a log."""
    at = 0
    for _ in range(MAX_CARRIED):
        opens = _TWIML_OPENS.search(text, at)
        if opens is None:
            return
        closes = opens.end() if opens["empty"] else text.find(_TWIML_CLOSES, opens.end()) + len(_TWIML_CLOSES)
        if closes < opens.end():
            return
        yield opens.start(), closes
        at = closes


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
