"""What else happened between the two ends of a leg: what was answered meanwhile, which INVITEs were accepted.

Both are asked for by the few legs that failed in a way their own messages do not explain.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from sipdiag.capture.acknowledged import Acknowledged
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.table import Part, column
from sipdiag.sip.message import Message

NEARBY = 16
"""How many accepted legs a refused one is compared with: the nearest in time."""
_RESPONSE = b"SIP/2.0 "
_OF_ONESELF = frozenset({"SUBSCRIBE", "PUBLISH"})
"""What a telephone sends about itself: for its own registration and messages, its own presence."""
_ANSWERS_ONE = re.compile(rf"[\r\n]cseq[ \t]*:\s*[0-9]+\s+(?:{'|'.join(sorted(_OF_ONESELF))})".encode(), re.I)
"""A message that may answer such a request: most need not be read to see that they do not."""


class Accepted(Struct, frozen=True):
    """A leg that rang or was answered."""

    leg: str
    call_id: str
    sender: str
    """The provider at its calling end, else that address."""
    at_ns: int
    called: str | None
    """As :func:`~sipdiag.calls.parties.number_key` has it."""


class Answers(NamedTuple):
    """The responses next to an INVITE that its addressee sent to the same address, whatever they answered."""

    before: CapturedMessage | None
    """The last one before the INVITE."""
    after: CapturedMessage | None
    """The first one after it was first sent."""


class Neighbours:
    """Indices over the whole capture, made when they are first asked for."""

    def __init__(
        self,
        messages: Sequence[CapturedMessage] = (),
        acknowledged: Acknowledged | None = None,
        accepted: Iterable[tuple[str, Accepted]] = (),
        read: Callable[[str], Sequence[CapturedMessage]] = lambda call_id: (),
    ) -> None:
        """``messages``: all, by time.  ``accepted``: with the trunk.  ``read`` gives the messages of a Call-ID."""
        self._messages = messages
        self._acknowledged = acknowledged or Acknowledged()
        self._read = read
        self._accepted: dict[tuple[str, str], list[Accepted]] = defaultdict(list)
        for trunk, leg in accepted:
            self._accepted[leg.sender, trunk].append(leg)
        for legs in self._accepted.values():
            legs.sort(key=attrgetter("at_ns"))

    def acknowledged(self, captured: CapturedMessage) -> bool:
        """The addressee's TCP acknowledged the message."""
        frame = (captured.position.file, captured.position.number)
        return self._acknowledged.covers((captured.src, captured.dst), frame)

    @once
    def _responses(self) -> dict[tuple[Host, str, str], Part]:
        """By the way they went: from where, to which address, over what."""
        found: dict[tuple[Host, str, str], array[int]] = defaultdict(lambda: array("I"))
        columns = (column(self._messages, name) for name in ("raw", "timed", "src", "dst", "transport"))
        for place, (raw, timed, src, dst, transport) in enumerate(zip(*columns, strict=True)):
            if timed and raw.startswith(_RESPONSE):
                found[src, dst.address, transport].append(place)
        return {way: Part(self._messages, places) for way, places in found.items()}

    def answers(self, invite: CapturedMessage) -> Answers:
        """What the addressee of an INVITE answered to its sender before and after, over the same transport."""
        known = self._responses.get((invite.dst, invite.src.address, invite.transport), ())
        at = bisect_left(known, invite.time_ns, key=attrgetter("time_ns"))
        after = bisect_right(known, invite.time_ns, key=attrgetter("time_ns"))
        return Answers(known[at - 1] if at else None, known[after] if after < len(known) else None)

    @once
    def _refused_oneself(self) -> dict[tuple[Host, str], dict[int, CapturedMessage]]:
        found: dict[tuple[Host, str], dict[int, CapturedMessage]] = defaultdict(dict)
        for place, raw in enumerate(column(self._messages, "raw")):
            if not raw.startswith(_RESPONSE) or _ANSWERS_ONE.search(raw) is None:
                continue
            captured = self._messages[place]
            message = captured.message
            if message.cseq_method in _OF_ONESELF and _about_oneself(message):
                found[captured.src, captured.dst.address].setdefault(message.status or 0, captured)
        return found

    def refused_oneself(self, asked: Host, asker: str, status: int) -> CapturedMessage | None:
        """A response with that status to a request that ``asker`` made about itself, if there was no 2xx to any."""
        answers = self._refused_oneself.get((asked, asker), {})
        return None if any(200 <= one < 300 for one in answers) else answers.get(status)

    def accepted(self, sender: str, trunk: str, at_ns: int) -> list[Accepted]:
        """The accepted legs between the same two ends, the nearest in time first."""
        legs = self._accepted.get((sender, trunk), [])
        place = bisect_left(legs, at_ns, key=attrgetter("at_ns"))
        near = legs[max(place - NEARBY, 0) : place + NEARBY]
        return sorted(near, key=lambda one: abs(one.at_ns - at_ns))[:NEARBY]

    def invites(self, leg: Accepted) -> Iterator[CapturedMessage]:
        """The INVITEs that set an accepted leg up: each try once."""
        return _first_invites(self._read(leg.call_id))


def _about_oneself(message: Message) -> bool:
    sender, about = message.from_, message.to
    return (
        sender is not None
        and about is not None
        and bool(sender.uri.user)
        and sender.uri.user == about.uri.user
    )


def _first_invites(messages: Iterable[CapturedMessage]) -> Iterator[CapturedMessage]:
    """The initial INVITEs of a Call-ID as their sender sent them: each try once."""
    seen: set[int | None] = set()
    for captured in messages:
        message = captured.message
        if message.raw.startswith(_RESPONSE):
            continue
        initial = message.is_request and message.method == "INVITE" and not message.to_tag
        if initial and message.cseq not in seen:
            seen.add(message.cseq)
            yield captured
