"""What the messages of a call say but for the values that are its own.

Calls between the same makes of devices differ in identifiers, numbers, addresses and times, and in little else.  Such
values are taken out of the lines that are known to hold them (:mod:`~sipdiag.alike.lines`); what is left,
with the places at which equal values stand, is the call's *shape*.  Everything else is in it to the letter: whatever is
not taken out makes two shapes differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Sized
from typing import NamedTuple

from sipdiag.alike.lines import ADDRESSES, APART, KINDS, OtherError, calling_number, matches
from sipdiag.facts.fragments import ONE_PACKET
from sipdiag.messages.captured import CapturedMessage

MOST_MESSAGES = 64
"""A call of more messages is no everyday one."""
_MOST_LINES = 65_536
"""Lines without values, and forms of lines, that are remembered."""
MOST_SHAPES = 65_536
_INVITE = b"INVITE "
_RIGHT_LENGTH = b"\0"
"""Stands for a line as no message has it."""
_CONTROL = bytes(one for one in range(32) if one not in b"\t\r\n")


class Shape(NamedTuple):
    """A call without what is its own, and that."""

    number: int
    """What its messages say but for the values, and which of these are the same: of equal shapes the same number."""
    values: tuple[str, ...]
    """What is its own, each value once."""
    kinds: tuple[str, ...]
    """Of what kind each value is: ``number``, ``address``, ``tag`` …"""
    caller: int | None
    """The value that is the calling number of the first message; None where that is none."""


class _Form(NamedTuple):
    """A line without its values."""

    number: int
    loose: tuple[bytes, ...]
    """Addresses that are left in it."""


_Read = tuple[int, list[int]]
"""The form of a line, and the places of the values in it."""


class Shapes:
    """Takes calls apart; what lines are like is remembered from one call to the next."""

    def __init__(self) -> None:
        self._glanced: dict[Hashable, int] = {}
        """How many calls looked so at a glance."""
        self._lines: dict[bytes, int] = {}
        """Lines without values → their form."""
        self._forms: dict[bytes, _Form] = {}
        self._shapes: dict[Hashable, int] = {}

    def of(self, messages: Sequence[CapturedMessage]) -> Shape | None:
        """The shape of a call, given all its messages; None where it is no everyday call, or nothing was seen yet like it."""
        if len(messages) > MOST_MESSAGES or not messages[0].message.raw.startswith(_INVITE):
            return None
        glance = tuple([_glance(one.message.raw) for one in messages])
        seen = self._glanced.get(glance, 0) + 1
        if seen > 1 or len(self._glanced) < MOST_SHAPES:
            self._glanced[glance] = seen
        if seen == 1:
            # Taking it apart costs more than to look whether there are any like it.
            return None
        try:
            return self._taken(messages)
        except OtherError:
            return None

    def _taken(self, messages: Sequence[CapturedMessage]) -> Shape:
        forms: list[int | None] = []
        places: list[int] = []
        hops: list[tuple[int, int, str, int]] = []
        values = _Values()
        known: dict[bytes, _Read] = {}
        for captured in messages:
            if not _everyday(captured):
                raise OtherError
            src, dst = captured.src, captured.dst
            lines = _split(captured.message.raw)
            hops.append((src.port, dst.port, captured.transport, len(lines)))
            places += values.address(src.address), values.address(dst.address)
            found = list(map(self._lines.get, lines))
            for at, form in enumerate(found):
                if form is None:
                    line = lines[at]
                    read = known.get(line)
                    if read is None:
                        read = known[line] = self._read(line, values)
                    found[at] = read[0]
                    places += read[1]
            if captured.message.raw.startswith(_INVITE):
                caller = _caller(lines, values)
                if forms and caller != values.caller:
                    raise OtherError
                values.caller = caller
            forms += found
        kinds = tuple(values.kinds)
        places += values.loose_places()
        shape = tuple(forms), tuple(places), tuple(hops), kinds
        number = self._shapes.get(shape)
        if number is None:
            number = self._shapes[shape] = _next(self._shapes, MOST_SHAPES)
        return Shape(number, values.texts(), kinds, values.caller)

    def _read(self, line: bytes, values: _Values) -> _Read:
        """A line that was not seen before, or not without values."""
        text: list[bytes] = []
        places: list[int] = []
        at = 0
        for match in matches(line):
            spans = match.regs
            for group, name, blank, apart in KINDS[match.re]:
                start, end = spans[group]
                if start >= 0:
                    text += line[at:start], blank
                    places.append(values.place(name, apart + line[start:end]))
                    at = end
        form = self._form(b"".join((*text, line[at:])))
        values.loose += form.loose
        if not places and not form.loose and len(self._lines) < _MOST_LINES:
            self._lines[line] = form.number
        return form.number, places

    def _form(self, text: bytes) -> _Form:
        form = self._forms.get(text)
        if form is None:
            form = self._forms[text] = _Form(_next(self._forms, _MOST_LINES), tuple(ADDRESSES.findall(text)))
        return form


def _next(known: Sized, most: int) -> int:
    """The number of a new form or shape.

    :raises OtherError: there are too many.  A number that was given is never given again: no two share one.
    """
    if len(known) >= most:
        raise OtherError
    return len(known)


class _Values:
    """The values of a call, as they are found."""

    def __init__(self) -> None:
        self._found: dict[bytes, int] = {}
        self._addresses: dict[str, int] = {}
        """The places of those in the headers of packets."""
        self.kinds: list[str] = []
        self.caller: int | None = None
        self.loose: list[bytes] = []
        """The addresses that stand elsewhere than where they are taken out."""

    def place(self, kind: str, value: bytes) -> int:
        """Where a value stands among those of the call.

        :raises OtherError: it stands there as a value of another kind: what that would mean nobody looks into.
        """
        place = self._found.get(value)
        if place is None:
            place = self._found[value] = len(self.kinds)
            self.kinds.append(kind)
        elif self.kinds[place] != kind and kind not in APART:
            raise OtherError
        return place

    def address(self, text: str) -> int:
        """Where the address of a packet stands."""
        place = self._addresses.get(text)
        if place is None:
            if ADDRESSES.fullmatch(text.encode()) is None:
                raise OtherError
            place = self._addresses[text] = self.place("address", text.encode())
        return place

    def loose_places(self) -> list[int]:
        """Where the loose ones stand among the values, as far as they do."""
        return [self._found.get(text, -1) for text in self.loose]

    def texts(self) -> tuple[str, ...]:
        return tuple([value.lstrip(b"\1\2\3\4").decode("ascii") for value in self._found])


def _caller(lines: Sequence[bytes], values: _Values) -> int | None:
    """The place of the calling number, in whose country the others are read; None where there is none.

    :raises OtherError: it is written in a way that is not taken out.
    """
    line = next((one for one in lines if one.startswith(b"From: ")), b"")
    number = calling_number(line)
    return None if number is None else values.place("number", number)


def _glance(raw: bytes) -> tuple[bytes, int]:
    """What a message looks like at a glance: its method or status, and how many lines it has."""
    return raw[: 12 if raw.startswith(b"SIP/2.0 ") else 4], raw.count(b"\n")


def _everyday(captured: CapturedMessage) -> bool:
    """It was captured once and whole."""
    return (
        captured.copy_of is None
        and not captured.truncated
        and captured.timed
        and captured.behind_ns == 0
        and captured.passed is None
        and captured.seen_at == (0,)
        and not captured.missed_at
        and not captured.remarks
        and captured.point == 0
    )


def _split(raw: bytes) -> list[bytes]:
    """The lines of a message; in place of Content-Length that it is right.

    :raises OtherError: it is not, or there are bytes in it that no everyday message has.
    """
    if len(raw) > ONE_PACKET or not raw.isascii() or raw.translate(None, _CONTROL) != raw:
        raise OtherError
    lines = raw.split(b"\r\n")
    try:
        lines[lines.index(b"Content-Length: %d" % (len(raw) - raw.find(b"\r\n\r\n") - 4))] = _RIGHT_LENGTH
    except ValueError:
        raise OtherError from None
    return lines
