"""What the messages of a call say but for the values that are its own.

Calls between the same makes of devices differ in identifiers, numbers, addresses and times, and in little else.  Such
values are taken out of the lines that are known to hold them (:mod:`~sipdiag.alike.lines`); what is left,
with the places at which equal values stand, is the call's *shape*.  Everything else is in it to the letter: whatever is
not taken out makes two shapes differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Sized
from typing import NamedTuple, TypeVar

from sipdiag.alike.lines import ADDRESSES, APART, OtherError, calling_number, own_values
from sipdiag.alike.template import RIGHT_LENGTH, Look, Parts, Templates
from sipdiag.facts.fragments import ONE_PACKET
from sipdiag.messages.captured import CapturedMessage

MOST_MESSAGES = 64
"""A call of more messages is no everyday one."""
_MOST_LINES = 65_536
"""Lines without values, and forms of lines, that are remembered."""
MOST_SHAPES = 65_536
MOST_TEXTS = 65_536
_INVITE = b"INVITE "
_CONTROL = bytes(one for one in range(32) if one not in b"\t\r\n")

Key = TypeVar("Key", bound=Hashable)


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


class Shapes:
    """Takes calls apart; what lines are like is remembered from one call to the next."""

    def __init__(self) -> None:
        self._glanced: dict[tuple[Look, ...], int] = {}
        """How many calls looked so at a glance."""
        self._templates = Templates()
        self._lines: dict[bytes, int] = {}
        """Lines without values → their form."""
        self._forms: dict[bytes, _Form] = {}
        self._texts: dict[tuple[int, ...], int] = {}
        """The forms of the lines of a message → the number of that text."""
        self._shapes: dict[Hashable, int] = {}

    def of(self, messages: Sequence[CapturedMessage]) -> Shape | None:
        """The shape of a call, given all its messages; None where it is no everyday call, or nothing was seen yet like it."""
        if len(messages) > MOST_MESSAGES or not messages[0].message.raw.startswith(_INVITE):
            return None
        looks = tuple([_look(one.message.raw) for one in messages])
        seen = self._glanced.get(looks, 0) + 1
        if seen > 1 or len(self._glanced) < MOST_SHAPES:
            self._glanced[looks] = seen
        if seen == 1:
            # Taking it apart costs more than to look whether there are any like it.
            return None
        try:
            return self._taken(messages, looks)
        except OtherError:
            return None

    def _taken(self, messages: Sequence[CapturedMessage], looks: Sequence[Look]) -> Shape:
        texts: list[int] = []
        places: list[int] = []
        hops: list[tuple[int, int, str]] = []
        values = _Values()
        for captured, look in zip(messages, looks, strict=True):
            if not _everyday(captured):
                raise OtherError
            src, dst, raw = captured.src, captured.dst, captured.message.raw
            hops.append((src.port, dst.port, captured.transport))
            places += values.address(src.address), values.address(dst.address)
            parts = self._templates.parts(look, raw) or self._parts(look, raw)
            places += values.places(parts.kinds, parts.values)
            values.loose += parts.loose
            if raw.startswith(_INVITE):
                caller = _caller(raw, values)
                if texts and caller != values.caller:
                    raise OtherError
                values.caller = caller
            texts.append(parts.text)
        kinds = tuple(values.kinds)
        places += values.loose_places()
        shape = tuple(texts), tuple(places), tuple(hops), kinds
        return Shape(_number(self._shapes, shape, MOST_SHAPES), values.texts(), kinds, values.caller)

    def _parts(self, look: Look, raw: bytes) -> Parts:
        """A message of a text that was not seen often, line by line."""
        lines = _split(raw)
        forms: list[int] = []
        values: list[tuple[str, bytes]] = []
        loose: list[bytes] = []
        for line in lines:
            number = self._lines.get(line)
            if number is None:
                form = self._read(line, values)
                number = form.number
                loose += form.loose
            forms.append(number)
        text = _number(self._texts, tuple(forms), MOST_TEXTS)
        parts = Parts(text, tuple([kind for kind, _ in values]), [value for _, value in values], tuple(loose))
        self._templates.learn(look, lines, parts)
        return parts

    def _read(self, line: bytes, values: list[tuple[str, bytes]]) -> _Form:
        """A line that was not seen before, or not without values; these are added to ``values``, with their kinds."""
        text: list[bytes] = []
        at = 0
        for start, end, kind in own_values(line):
            text += line[at:start], kind.blank
            values.append((kind.name, kind.mark + line[start:end]))
            at = end
        form = self._form(b"".join((*text, line[at:])))
        if not text and not form.loose and len(self._lines) < _MOST_LINES:
            self._lines[line] = form.number
        return form

    def _form(self, text: bytes) -> _Form:
        form = self._forms.get(text)
        if form is None:
            form = self._forms[text] = _Form(_free(self._forms, _MOST_LINES), tuple(ADDRESSES.findall(text)))
        return form


def _number(known: dict[Key, int], key: Key, most: int) -> int:
    """The number of a text or shape, a new one where it was not seen before.

    :raises OtherError: there are too many.
    """
    number = known.get(key)
    if number is None:
        number = known[key] = _free(known, most)
    return number


def _free(known: Sized, most: int) -> int:
    """The next number.  One that was given is never given again: no two share one.

    :raises OtherError: there are too many.
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

    def places(self, kinds: tuple[str, ...], values: Sequence[bytes]) -> list[int]:
        """Where the values of a message stand among those of the call.

        :raises OtherError: see :meth:`place`.
        """
        known = self._found.get
        places = [known(value, -1) for value in values]
        if -1 in places:
            places = [
                place if place >= 0 else self.place(kind, value)
                for place, kind, value in zip(places, kinds, values, strict=True)
            ]
        if tuple(map(self.kinds.__getitem__, places)) != kinds:
            return list(map(self.place, kinds, values))
        return places

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


def _caller(invite: bytes, values: _Values) -> int | None:
    """The place of the calling number, in whose country the others are read; None where there is none.

    :raises OtherError: it is written in a way that is not taken out.
    """
    at = invite.find(b"\r\nFrom: ") + 2
    number = calling_number(invite[at : invite.find(b"\r\n", at)])
    return None if number is None else values.place("number", number)


def _look(raw: bytes) -> Look:
    """What a message looks like at a glance."""
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
        lines[lines.index(b"Content-Length: %d" % (len(raw) - raw.find(b"\r\n\r\n") - 4))] = RIGHT_LENGTH
    except ValueError:
        raise OtherError from None
    return lines
