"""The text of a log, piece by piece: decoded, without colours, unwrapped from JSON and from escapes.

Memory is bounded by the size of a piece and the longest message; a line of the text knows which line of
the file it came from.
"""

from __future__ import annotations

import codecs
import html
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from sipdiag.logs.dumps import Translator, translator
from sipdiag.logs.records import of_json

PIECE = 2 * 1024 * 1024
"""Bytes read at a time."""
FIRST_PIECE = 64 * 1024
"""Bytes read first."""

_COLOUR = re.compile(rb"\x1b\[[0-9;]{0,16}[A-Za-z]")
_ESCAPED = re.compile(rb"SIP/2\.0[^\n]{0,200}?(?:\\r\\n|\\n|#015#012|#012)[A-Za-z-]{1,40} ?:")
"""A message on one line, its line ends escaped by syslog or by a quoting logger."""
_LINE_END = re.compile(rb"(?:\\r)?\\n|#015#012|#012")
_BACKSLASHED = re.compile(rb'\\(?:u([0-9a-fA-F]{4})|(["\\/t]))')
_QUOTED = re.compile(rb"(?m)(?i:^content-transfer-encoding:[ \t]*quoted-printable)|;branch=3Dz(?:=\r?$|9)")
"""A mail as it is stored (RFC 2045 §6.7): each ``=`` is written ``=3D``, and long lines are broken behind a ``=``.

A tag may begin with ``3d`` by chance, a branch begins with ``z9hG4bK`` (RFC 3261 §8.1.1.7).
"""
_QUOTED_BYTE = re.compile(rb"=([0-9A-F]{2})")
_NO_BREAK = ("\u00a0".encode(), "\u202f".encode())
_TYPESET = {mark.encode(): b'"' for mark in "\u201c\u201d\u201e"} | dict.fromkeys(_NO_BREAK, b" ")
"""What word processors and chats make of blanks and quotation marks."""
_IN_HTML = re.compile(rb"(?m)^[^\n]{0,80}\b(?:From|To|Contact|Via):[^\n]{0,200}?&lt;sips?:")
"""A header as the source of a page has it; a body of XML has such marks of its own."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


class Bytes(Protocol):
    """Where a log is read from."""

    def fill(self, view: memoryview) -> int:
        """Read as many bytes as fit, from the first byte on; fewer only at the end."""


def is_text(head: bytes) -> bool:
    """Whether a file that begins so can be a log: hardly a byte that no text has."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return bool(head) and len(_CONTROL.findall(head)) * 50 <= len(head)


class _Run(Struct):
    """Text from one piece of the file."""

    at: int
    """Offset in the text where it begins."""
    line: int
    """Line of the file it begins with."""
    numbers: array[int] | None
    """Lines of the file that its lines came from, where they are not one by one the same."""


class Text:
    """A window over the text of a log."""

    def __init__(self, source: Bytes) -> None:
        self._source = source
        self._room = FIRST_PIECE
        self._buffers = [bytearray(), bytearray()]
        self._rest = b""
        self._next_line = 1
        """Of the file, where the next piece begins; kept only once lines are wrapped."""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._began = False
        self._quoted = False
        """It is a mail in the encoding quoted-printable."""
        self._escaped = False
        """It is the source of a page of HTML."""
        self._translator: Translator | None = None
        self._runs = [_Run(0, 1, None)]
        self._counted = (0, 0)
        self.text = b""
        self.last = False
        """No more is to come."""
        self.wrapped = False
        """Lines of the file held lines of the log inside."""
        self.beginning = b""
        """The first text that was read, for :mod:`sipdiag.logs.hints`."""

    def advance(self, keep: int) -> None:
        """Forget the text before an offset and read on."""
        self._forget(keep)
        raw = self._decoded(self._read())
        if self._rest:
            raw = self._rest + raw
        end = len(raw) if self.last else raw.rfind(b"\n") + 1
        if not end and len(raw) > PIECE:
            end = len(raw)
        self._rest = raw[end:]
        self._append(raw[:end])
        self.beginning = self.beginning or self.text

    def _read(self) -> bytes:
        """The next piece; of two buffers that are filled in turn, as the digest of one may still be in the making."""
        if len(self._buffers[0]) != self._room:
            self._buffers[0] = bytearray(self._room)
        room = memoryview(self._buffers[0])
        got = self._source.fill(room)
        self.last = got < self._room
        self._room = PIECE
        self._buffers.reverse()
        return bytes(room[:got])

    def _decoded(self, raw: bytes) -> bytes:
        if not self._began:
            self._began = True
            for mark, name in _BOMS:
                if raw.startswith(mark):
                    raw = raw[len(mark) :]
                    if name != "utf-8":
                        self._decoder = codecs.getincrementaldecoder(name)(errors="replace")
                    break
        if self._decoder is not None:
            raw = self._decoder.decode(raw, self.last).encode("utf-8", "replace")
        if any(b"SIP/2.0" + blank in raw or blank + b"SIP/2.0" in raw for blank in _NO_BREAK):
            for mark, meant in _TYPESET.items():
                raw = raw.replace(mark, meant)
        # One byte is found much faster than two.
        return _COLOUR.sub(b"", raw) if raw.find(b"\x1b") >= 0 else raw

    def _append(self, raw: bytes) -> None:
        end = len(self.text)
        if not self.beginning:
            self._quoted = _QUOTED.search(raw) is not None
            self._translator = translator(raw)
            self._escaped = self._translator is None and _IN_HTML.search(raw) is not None
        if self._escaped:
            raw = html.unescape(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if not self.wrapped and (raw[:1] == b"{" or self._quoted or self._translator is not None):
            self._begin_wrapped(end)
        text = raw
        if self.wrapped:
            text, numbers = _unwrapped(self._lines(raw))
            self._runs.append(_Run(end, self._next_line, numbers))
            self._next_line += raw.count(b"\n")
        self.text = self.text + text if end else text

    def _lines(self, raw: bytes) -> Iterable[tuple[int, bytes]]:
        lines = enumerate(raw.split(b"\n"), self._next_line)
        if self._quoted:
            return _unquoted(lines)
        return self._translated(lines, self._translator) if self._translator is not None else lines

    def _translated(
        self, lines: Iterable[tuple[int, bytes]], into: Translator
    ) -> Iterator[tuple[int, bytes]]:
        *whole, rest = lines
        for number, line in whole:
            yield from into.line(number, line)
        if rest[1]:
            yield from into.line(*rest)
        if self.last:
            yield from into.end()
        # The piece ended with a line end, and so does what it became.
        yield rest[0], b""

    def _begin_wrapped(self, at: int) -> None:
        self.wrapped = True
        self._next_line = self.line(at)

    def unwrap(self, at: int) -> None:
        """Unwrap the text from an offset on, and what is read from now on: a message stands on one line there."""
        self._begin_wrapped(at)
        rest, self.text = self.text[at:], self.text[:at]
        self._append(rest)

    def _forget(self, keep: int) -> None:
        first = None
        for run in self._runs:
            if run.at <= keep:
                first = run
        if first is not None:
            passed = self._passed(first, keep)
            if first.numbers is None:
                first.line += passed
            else:
                del first.numbers[:passed]
            self._runs = [run for run in self._runs if run.at > keep or run is first]
            for run in self._runs:
                run.at = max(0, run.at - keep)
        self.text = self.text[keep:]
        self._counted = (0, 0)

    def line(self, offset: int) -> int:
        """The line of the file that the line at an offset came from; offsets are asked for in their order."""
        run = self._runs[0]
        for other in self._runs:
            if other.at <= offset:
                run = other
        passed = self._passed(run, offset)
        if run.numbers is None:
            return run.line + passed
        return run.numbers[min(passed, len(run.numbers) - 1)] if run.numbers else run.line

    def _passed(self, run: _Run, offset: int) -> int:
        """Line ends between the beginning of a run and an offset within it; each is counted once."""
        at, passed = self._counted
        if at < run.at or at > offset:
            at, passed = run.at, 0
        passed += self.text.count(b"\n", at, offset)
        self._counted = (offset, passed)
        return passed


def is_escaped(text: bytes, place: int) -> bool:
    """Whether a message whose start line has its ``SIP/2.0`` at this place stands on one line."""
    return _ESCAPED.match(text, place) is not None


def _unquoted(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Lines of a mail as they were written, each with the number of the first that it stands on."""
    begun: tuple[int, bytes] | None = None
    for number, stored in lines:
        line = stored.rstrip(b" \t\r")
        begun = (number, line) if begun is None else (begun[0], begun[1] + line)
        if line.endswith(b"=") and len(begun[1]) < PIECE:
            begun = begun[0], begun[1][:-1]
            continue
        yield begun[0], _QUOTED_BYTE.sub(_byte, begun[1])
        begun = None
    if begun is not None:
        yield begun[0], _QUOTED_BYTE.sub(_byte, begun[1])


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _unwrapped(lines: Iterable[tuple[int, bytes]]) -> tuple[bytes, array[int]]:
    """The lines inside of the lines, and which line each came from."""
    numbers: array[int] = array("Q")
    texts: list[bytes] = []
    for number, line in lines:
        inside = of_json(line) if line[:1] == b"{" else None
        if inside is None:
            inside = _unescaped(line) if _ESCAPED.search(line) else [line]
        texts += inside
        numbers.extend([number] * len(inside))
    return b"\n".join(texts), numbers


def _unescaped(line: bytes) -> list[bytes]:
    if b"\\" in line:
        parts = _LINE_END.split(line)
        return [_BACKSLASHED.sub(_character, part) for part in parts]
    return _LINE_END.split(line)


def _character(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    return b"\t" if match[2] == b"t" else match[2]
