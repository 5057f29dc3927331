"""The SIP messages of a large capture, as columns.

An object for every message takes more memory than the message itself.  Of many messages only the bytes are kept, and in
some forty bytes what is known of each.  The objects are made when they are asked for; while one is in use anywhere it is
the only one of its message.
"""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, overload
from weakref import ref

import numpy as np
from msgspec import Struct, field

from sipdiag.capture.payload import Remark
from sipdiag.messages.captured import CapturedMessage, Host, in_time
from sipdiag.position import Frame, Line
from sipdiag.sip.message import Message

TABLED_FROM = 100_000
"""Messages; of fewer the objects stay, for to make them again takes a tenth of the time."""
_FEW = 4096
"""Objects in use; of more it is looked up from time to time which are used no longer."""
_CHUNK = 1 << 18
"""Bytes of messages that are kept in one piece."""
_TIMED, _CUT, _IN_LOG = 1, 2, 4
_FLAGS = {"timed": _TIMED, "truncated": _CUT}
_OF_HOP = {"src": 0, "dst": 1, "transport": 2, "point": 3}
_Hop = tuple[Host, Host, str, int]
"""Sender, receiver, transport, and interface of the file."""


class _Rest(NamedTuple):
    """What few messages have."""

    earlier: tuple[int, ...]
    remarks: tuple[Remark, ...]
    copy_of: int | None


_NOTHING = _Rest((), (), None)


class _Columns(Struct):
    """A row for each message."""

    time_ns: array[int] = field(default_factory=lambda: array("q"))
    behind_ns: array[int] = field(default_factory=lambda: array("I"))
    file: array[int] = field(default_factory=lambda: array("I"))
    number: array[int] = field(default_factory=lambda: array("I"))
    hop: array[int] = field(default_factory=lambda: array("I"))
    chunk: array[int] = field(default_factory=lambda: array("I"))
    start: array[int] = field(default_factory=lambda: array("I"))
    size: array[int] = field(default_factory=lambda: array("I"))
    flags: array[int] = field(default_factory=lambda: array("B"))


class _OnDemand(Sequence[CapturedMessage]):
    """Messages of which each is looked up when it is asked for."""

    @abstractmethod
    def _at(self, place: int) -> CapturedMessage: ...

    @overload
    def __getitem__(self, place: int) -> CapturedMessage: ...
    @overload
    def __getitem__(self, place: slice) -> list[CapturedMessage]: ...
    def __getitem__(self, place: int | slice) -> CapturedMessage | list[CapturedMessage]:
        if isinstance(place, slice):
            return [self._at(one) for one in range(*place.indices(len(self)))]
        return self._at(place if place >= 0 else place + len(self))

    def __iter__(self) -> Iterator[CapturedMessage]:
        return map(self._at, range(len(self)))


class MessageTable(_OnDemand):
    """Messages in their order, as :mod:`~sipdiag.messages.intake` gives them: of one capture point."""

    def __init__(self, messages: Iterable[CapturedMessage] = ()) -> None:
        self._columns = _Columns()
        self._chunks: list[bytes] = []
        self._hops: list[_Hop] = []
        self._hop_numbers: dict[_Hop, int] = {}
        self._rest: dict[int, _Rest] = {}
        self._whole_call_ids: dict[int, str] = {}
        self._in_use: dict[int, ref[CapturedMessage]] = {}
        self._most_in_use = _FEW
        self._taken: dict[int, tuple[ref[CapturedMessage], int]] = {}
        """By identity, what was taken in and may still have copies to come, and its place."""
        self._most_taken = _FEW
        self.extend(messages)

    def __len__(self) -> int:
        return len(self._columns.time_ns)

    def _at(self, place: int) -> CapturedMessage:
        if not 0 <= place < len(self):
            raise IndexError(place)
        known = self._in_use.get(place)
        found = known() if known is not None else None
        if found is None:
            found = self._made(place)
            self._in_use[place] = ref(found)
            if len(self._in_use) > self._most_in_use:
                self._in_use = {at: one for at, one in self._in_use.items() if one() is not None}
                self._most_in_use = max(_FEW, 2 * len(self._in_use))
        return found

    def extend(self, messages: Iterable[CapturedMessage]) -> None:
        """Take further ones in."""
        some = list(messages)
        columns, first = self._columns, len(self)
        columns.time_ns.extend([one.time_ns for one in some])
        columns.behind_ns.extend([one.behind_ns for one in some])
        columns.file.extend([one.position.file for one in some])
        columns.number.extend([one.position.number for one in some])
        columns.hop.extend([self._hop((one.src, one.dst, one.transport, one.point)) for one in some])
        columns.flags.extend([_flags(one) for one in some])
        self._keep([one.message.raw for one in some])
        for place, one in enumerate(some, first):
            self._taken[id(one)] = ref(one), place
            earlier = one.position.earlier if isinstance(one.position, Frame) else ()
            if earlier or one.remarks or one.copy_of is not None:
                original = self._taken[id(one.copy_of)][1] if one.copy_of is not None else None
                self._rest[place] = _Rest(earlier, one.remarks, original)
        if len(self._taken) > self._most_taken:
            self._taken = {key: known for key, known in self._taken.items() if known[0]() is not None}
            self._most_taken = max(_FEW, 2 * len(self._taken))

    def _hop(self, hop: _Hop) -> int:
        number = self._hop_numbers.setdefault(hop, len(self._hops))
        if number == len(self._hops):
            self._hops.append(hop)
        return number

    def _keep(self, raws: Sequence[bytes]) -> None:
        columns, held = self._columns, 0
        rest: list[bytes] = []
        for raw in raws:
            columns.chunk.append(len(self._chunks))
            columns.start.append(held)
            columns.size.append(len(raw))
            rest.append(raw)
            held += len(raw)
            if held >= _CHUNK:
                self._chunks.append(b"".join(rest))
                rest, held = [], 0
        if rest:
            self._chunks.append(b"".join(rest))

    def _made(self, place: int) -> CapturedMessage:
        columns = self._columns
        earlier, remarks, copy_of = self._rest.get(place, _NOTHING)
        file, number, flags = columns.file[place], columns.number[place], columns.flags[place]
        src, dst, transport, point = self._hops[columns.hop[place]]
        original = self[copy_of] if copy_of is not None else None
        return CapturedMessage(
            original.message if original is not None else self._message(place),
            columns.time_ns[place],
            Line(file, number) if flags & _IN_LOG else Frame(file, number, earlier),
            src,
            dst,
            transport,
            bool(flags & _CUT),
            original,
            point,
            bool(flags & _TIMED),
            remarks,
            behind_ns=columns.behind_ns[place],
        )

    def _message(self, place: int) -> Message:
        message = Message(self._raw(place))
        whole = self._whole_call_ids.get(place)
        if whole is not None:
            message.complete_call_id(whole)
        return message

    def _raw(self, place: int) -> bytes:
        columns = self._columns
        start = columns.start[place]
        return self._chunks[columns.chunk[place]][start : start + columns.size[place]]

    def complete_call_id(self, place: int, whole: str) -> None:
        """As :meth:`~sipdiag.sip.head.MessageHead.complete_call_id`, for as long as the table lasts."""
        self._whole_call_ids[place] = whole
        self[place].message.complete_call_id(whole)

    def in_use(self, place: int) -> CapturedMessage | None:
        """The message, if there is an object of it at the moment."""
        known = self._in_use.get(place)
        return known() if known is not None else None

    def column(self, name: str) -> Iterable[Any]:
        """As :func:`column`."""
        columns = self._columns
        if name == "raw":
            return map(self._raw, range(len(self)))
        if name in _OF_HOP:
            values = [hop[_OF_HOP[name]] for hop in self._hops]
            return map(values.__getitem__, columns.hop)
        if name in _FLAGS:
            return [flags & _FLAGS[name] != 0 for flags in columns.flags]
        known: array[int] = getattr(columns, name)
        return known

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_in_use": {}, "_taken": {}}

    def sort(self) -> None:
        """As :func:`~sipdiag.messages.captured.in_time` has it; what is in use is of no table any more."""
        time_ns, file = np.array(self._columns.time_ns), np.array(self._columns.file)
        order = np.lexsort((file, time_ns))
        if (order[1:] > order[:-1]).all():
            return
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        moved = place.tolist()
        for name in _Columns.__struct_fields__:
            column: array[int] = getattr(self._columns, name)
            setattr(self._columns, name, array(column.typecode, np.array(column)[order].tobytes()))
        self._rest = {
            moved[one]: rest._replace(copy_of=moved[rest.copy_of]) if rest.copy_of is not None else rest
            for one, rest in self._rest.items()
        }
        self._whole_call_ids = {moved[one]: whole for one, whole in self._whole_call_ids.items()}
        self._in_use.clear()
        self._taken.clear()


def _flags(one: CapturedMessage) -> int:
    return _TIMED * one.timed | _CUT * one.truncated | _IN_LOG * isinstance(one.position, Line)


class Part(_OnDemand):
    """Some messages of a capture, which are made when they are asked for."""

    def __init__(self, messages: Sequence[CapturedMessage], places: Sequence[int]) -> None:
        self._messages, self.places = messages, places

    def __len__(self) -> int:
        return len(self.places)

    def _at(self, place: int) -> CapturedMessage:
        return self._messages[self.places[place]]

    def in_use(self) -> Iterator[CapturedMessage]:
        """Those of which there are objects at the moment."""
        messages = self._messages
        if not isinstance(messages, MessageTable):
            return iter(self)
        return (one for place in self.places if (one := messages.in_use(place)) is not None)


def in_order(messages: list[CapturedMessage] | MessageTable) -> None:
    """Put messages in the order of time."""
    if isinstance(messages, MessageTable):
        messages.sort()
    else:
        messages.sort(key=in_time)


def column(messages: Sequence[CapturedMessage], name: str) -> Iterable[Any]:
    """One attribute of all messages, or their bytes (``raw``), without an object where there is none yet."""
    if isinstance(messages, MessageTable):
        return messages.column(name)
    if name == "raw":
        return (one.message.raw for one in messages)
    return map(attrgetter(name), messages)
