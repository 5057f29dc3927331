"""Prints of packets whose messages do not stand in them line by line: trees of fields, hexadecimal bytes, pieces of text.

A translator takes the lines of the file, each with its number, and gives lines of a log back.  It keeps no more than
one packet.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Protocol

from sipdiag.logs.grouped import ChosenFields, ElasticLines
from sipdiag.logs.hexadecimal import Hexadecimal
from sipdiag.logs.records import Numbered, Record, announced
from sipdiag.sip.grammar import MAX_MESSAGE


class Translator(Protocol):
    """Lines of the file in, lines of a log out."""

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        """What is known after one more line."""

    def end(self) -> Iterator[Numbered]:
        """What is left at the end of the file."""


def _of_record(record: Record) -> Iterator[Numbered]:
    for text in record.lines():
        yield record.line, text.encode("utf-8", "replace")


class JsonList:
    """A list of objects printed over lines: ``tshark -T json``, the answer of HOMER's API.

    An object is read field by field, as a name may occur more than once in it: each line of a description is a
    ``sdp.media_attr``.  Lines that say nothing of a message pass.
    """

    _FIELD = re.compile(rb'\s*("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.]*),?\s*$')

    def __init__(self) -> None:
        self._depth = 0
        self._list = False
        """The line before begins or goes on with a list."""
        self._record: Record | None = None
        self._at = 0
        """Depth at which the record stands."""

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        bare = text.strip()
        if bare[:1] in (b"}", b"]"):
            self._depth -= 1
            if self._record is not None and self._depth <= self._at:
                yield from self.end()
        elif bare == b"{" and self._list and self._record is None:
            self._record, self._at = Record(), self._depth
        if bare[-1:] in (b"{", b"["):
            self._depth += 1
        self._list = bare.endswith(b"[") or bare in (b"},", b",")
        if not self._takes(number, text):
            yield number, text

    def _takes(self, number: int, text: bytes) -> bool:
        field = self._FIELD.match(text) if self._record is not None else None
        if field is None or self._record is None:
            return False
        try:
            key, value = json.loads(field[1]), json.loads(field[2])
        except ValueError:
            return False
        return self._record.take(key, str(value), number)

    def end(self) -> Iterator[Numbered]:
        if self._record is not None:
            yield from _of_record(self._record)
        self._record = None


class Pdml:
    """``tshark -T pdml``: texts stand in it as hexadecimal bytes, too, and are taken from there."""

    _FIELD = re.compile(rb'<field name="([^"]{1,64})"([^>]*)')
    _ATTRIBUTE = re.compile(rb'\b(show|value)="([^"]*)"')

    def __init__(self) -> None:
        self._record = Record()

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        if b"</packet>" in text:
            yield from self.end()
        field = self._FIELD.search(text)
        if field is None:
            return
        key = field[1].decode("ascii", "replace")
        part = {
            name: html.unescape(value.decode("utf-8", "replace"))
            for name, value in self._ATTRIBUTE.findall(field[2])
        }
        if key == "sip.msg_body":
            self._record.body(_bytes(part.get(b"value", "")).decode("utf-8", "replace"))
        elif key == "timestamp":
            self._record.take("frame.time_epoch", part.get(b"value", ""), number)
        elif key in ("sip.Request-Line", "sip.Status-Line", "sip.msg_hdr"):
            held = _bytes(part.get(b"value", "")).decode("utf-8", "replace")
            self._record.take(key, held.rstrip("\r\n") or part.get(b"show", ""), number)
        elif not key.startswith(("sip.", "sdp.")):
            self._record.take(key, part.get(b"show", ""), number)

    def end(self) -> Iterator[Numbered]:
        yield from _of_record(self._record)
        self._record = Record()


class FollowedYaml:
    """Wireshark's "Follow Stream", saved as YAML."""

    _FIELD = re.compile(rb"\s*(?:- )?(peer|host|port|timestamp|data): *(.*)$")

    def __init__(self) -> None:
        self._peers: dict[str, list[str]] = {}
        self._peer = ""
        self._time = ""
        self._coded: bytearray | None = None
        self._number = 0

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        if text.lstrip().startswith(b"- "):
            yield from self.end()
        field = self._FIELD.match(text)
        if field is None:
            if self._coded is not None and len(self._coded) < 2 * MAX_MESSAGE:
                self._coded += text.strip()
            return
        key, value = field[1], field[2].decode("ascii", "replace").strip()
        if key == b"peer":
            yield from self.end()
            self._peer = value
        elif key in (b"host", b"port"):
            self._peers.setdefault(self._peer, []).append(value)
        elif key == b"timestamp":
            self._time = value
        else:
            self._coded, self._number = bytearray(), number

    def end(self) -> Iterator[Numbered]:
        coded, self._coded = self._coded, None
        if coded is None:
            return
        try:
            data = base64.b64decode(bytes(coded))
        except binascii.Error:
            return
        fields = {"time": self._time}
        ends = [
            self._peers.get(self._peer, []),
            *(one for key, one in self._peers.items() if key != self._peer),
        ]
        if len(ends) == 2 and all(len(one) == 2 for one in ends):
            fields |= dict(zip(("srcip", "srcport", "dstip", "dstport"), ends[0] + ends[1], strict=True))
        for line in [
            announced(fields).encode(),
            *data.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n"),
        ]:
            yield self._number, line


class FollowedText:
    """``tshark -z follow,udp,ascii``: each packet behind its length, which is indented for the second node."""

    _NODE = re.compile(rb"Node ([01]): (\S+)\s*$")
    _LENGTH = re.compile(rb"(\t?)\d{1,6}\s*$")

    def __init__(self) -> None:
        self._nodes = {b"0": b"", b"1": b""}

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        node, length = self._NODE.match(text), self._LENGTH.match(text)
        if node is not None:
            self._nodes[node[1]] = node[2]
        if length is None or not all(self._nodes.values()):
            yield number, text
            return
        src, dst = (b"1", b"0") if length[1] else (b"0", b"1")
        yield number, self._nodes[src] + b" -> " + self._nodes[dst]

    def end(self) -> Iterator[Numbered]:
        return iter(())


class TraceTable:
    """Rows of the table ``sip_trace`` of Kamailio and OpenSIPS, as MySQL's client prints them with ``\\G``."""

    _ROW = re.compile(rb"\*{10,} \d+\. row \*{10,}")
    _FIELD = re.compile(
        rb" *(id|time_stamp|time_us|traced_user|msg|method|status|fromip|toip|fromtag|totag|direction|callid): ?(.*)$"
    )

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self._message: list[str] | None = None
        self._size = 0
        self._open = False
        """The lines to come are the message's."""
        self._number = 0

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        if self._ROW.search(text):
            yield from self.end()
            return
        field = self._FIELD.match(text)
        value = text.decode("utf-8", "replace").rstrip("\r")
        if field is not None and field[1] == b"msg":
            self._message, self._size, self._open, self._number = [], 0, True, number
            self._message.append(field[2].decode("utf-8", "replace").rstrip("\r"))
        elif field is not None:
            self._open = False
            self._fields[field[1].decode().replace("_", "")] = field[2].decode("utf-8", "replace").strip()
        elif self._open and self._message is not None and self._size < MAX_MESSAGE:
            self._message.append(value)
            self._size += len(text) + 1

    def end(self) -> Iterator[Numbered]:
        if self._message is not None:
            for line in (announced(self._fields), *self._message):
                yield self._number, line.encode("utf-8", "replace")
        self._fields, self._message = {}, None


class Pieces:
    """A text in quotation marks, a piece for each line, as Node.js and Python print it in objects."""

    PIECE = re.compile(rb"([^'\n]{0,200}?)'((?:[^'\\]|\\.)*?)\\r\\n'(?: \+|[,)\]};]*)\s*$")
    _ESCAPED = re.compile(rb"\\(.)")

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        piece = self.PIECE.match(text)
        if piece is None:
            yield number, text
            return
        if b"SIP/2.0" in piece[2] and piece[1].strip():
            yield number, piece[1]
        yield number, self._ESCAPED.sub(rb"\1", piece[2])

    def end(self) -> Iterator[Numbered]:
        return iter(())


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


DUMPS: tuple[tuple[re.Pattern[bytes], Callable[[], Translator]], ...] = (
    (re.compile(rb"<pdml\b|<packet>\s"), Pdml),
    (ElasticLines.KNOWN, ElasticLines),
    (ChosenFields.KNOWN, ChosenFields),
    (re.compile(rb"\A\s*(?:\[|\{\s*\"[^\"]{1,64}\"\s*:\s*\[)\s*\{\s*$", re.MULTILINE), JsonList),
    (re.compile(rb"\Apeers:[ \t\r]*+\n(?s:.*?)!!binary"), FollowedYaml),
    (re.compile(rb"^Follow: \w+,ascii\s*$", re.MULTILINE), FollowedText),
    (re.compile(rb"\A(?>(?s:.*?)^\*{10,} \d+\. row \*{10,}[ \t\r]*$)(?s:.*?)^ *fromip: ", re.MULTILINE), TraceTable),
    (re.compile(rb"^[ \t]*(?:0x)?0{4,8}:?[ \t]{1,3}(?:[0-9a-f]{2,4} ){7,15}[0-9a-f]{2,4}(?:[ \t]|$)", re.MULTILINE), Hexadecimal),
    (re.compile(rb"'[^'\n]{0,300}SIP/2\.0[^'\n]{0,100}\\r\\n'(?: \+)?[ \t\r]*+\n\s*+b?'"), Pieces),
)  # fmt: skip
"""How each is known by the beginning of the text; the first that fits counts."""


def translator(beginning: bytes) -> Translator | None:
    """What turns a text that begins so into a log; None for a text that is one."""
    return next((make() for known, make in DUMPS if known.search(beginning)), None)
