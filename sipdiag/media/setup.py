"""What precedes media: ICE checks and DTLS handshakes, by sender and receiver.

A check names the fragments (``a=ice-ufrag``) of both descriptions, so that it belongs to a call whatever NATs it
passed.  A handshake names nothing; it belongs where the checks or the descriptions put the media.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from sipdiag.capture.payload import Endpoint, MediaDatagram
from sipdiag.media.dtls import Handshake
from sipdiag.media.stream import Right
from sipdiag.media.stun import ALLOCATE, BINDING, Stun, is_stun, parse

MOST_PAIRS = 50_000
"""Pairs of fragments, and of ends, that are kept."""
MOST_OPEN = 10_000
"""Checks that wait for their answers."""
MOST_ENDS = 64
"""Pairs of addresses of one pair of fragments."""
MOST_ERRORS = 16

Name = Callable[[Endpoint], Endpoint]
Sighting = tuple[int, int, int]
"""Time, file, frame."""


class Checks(Struct):
    """The checks of one side of a call, and what was answered."""

    first: Sighting
    last: Sighting
    src: Endpoint
    dst: Endpoint
    """Of the first one."""
    asked: int = 0
    answered: int = 0
    errors: dict[int, int] = field(default_factory=dict)
    """How often each was given."""
    ends: dict[tuple[Endpoint, Endpoint], bool] = field(default_factory=dict)
    """From where to where, and whether a check of that pair was answered."""


class SeenHandshake(Struct, eq=False):
    """The handshake of one direction, and where it was captured."""

    handshake: Handshake
    src: Endpoint
    dst: Endpoint
    first: Sighting
    last: Sighting
    alert: Sighting | None = None


class SetupPackets:
    """STUN and DTLS of a run."""

    def __init__(self) -> None:
        self._checks: dict[str, Checks] = {}
        """By user name."""
        self._open: dict[bytes, tuple[str, Endpoint, Endpoint]] = {}
        self._handshakes: dict[tuple[Endpoint, Endpoint], SeenHandshake] = {}
        self._relayed: set[str] = set()
        """Addresses that were given a relay (TURN)."""
        self._by_end: dict[Endpoint, list[SeenHandshake]] | None = None

    def __bool__(self) -> bool:
        return bool(self._checks or self._handshakes)

    def add(self, packet: MediaDatagram) -> None:
        """Read a datagram."""
        if is_stun(packet.data):
            self._stun(packet, parse(packet.data))
        else:
            self._dtls(packet)

    def checks(self, username: str) -> Checks | None:
        """Those with a user name: the receiver's fragment, a colon, the sender's."""
        return self._checks.get(username)

    def handshakes(self, ends: Iterable[Endpoint]) -> list[SeenHandshake]:
        """Those from or to some ends, by their begin."""
        if self._by_end is None:
            self._by_end = {}
            for one in self._handshakes.values():
                for end in (one.src, one.dst):
                    self._by_end.setdefault(end, []).append(one)
        found = dict.fromkeys(one for end in ends for one in self._by_end.get(end, ()))
        return sorted(found, key=lambda one: one.first)

    def relayed(self, addresses: Iterable[str]) -> bool:
        """Whether one of these hosts used a relay (TURN), which hides what it carries."""
        return not self._relayed.isdisjoint(addresses)

    def put_right(self, clocks: Mapping[int, Right]) -> None:
        """Give all their times by another clock; ``clocks``: how each file's times are put right."""
        for checks in self._checks.values():
            checks.first, checks.last = _moved(checks.first, clocks), _moved(checks.last, clocks)
        for seen in self._handshakes.values():
            seen.first, seen.last = _moved(seen.first, clocks), _moved(seen.last, clocks)
            seen.alert = _moved(seen.alert, clocks) if seen.alert is not None else None

    def renamed(self, name: Name, fragment: Callable[[str], str], digest: Callable[[str], str]) -> None:
        """Give the ends other addresses, and names and hashes what descriptions were given in their place."""
        checks = {}
        for username, one in self._checks.items():
            receiver, colon, sender = username.partition(":")
            one.src, one.dst = name(one.src), name(one.dst)
            one.ends = {(name(src), name(dst)): answered for (src, dst), answered in one.ends.items()}
            checks[fragment(receiver) + colon + fragment(sender)] = one
        self._checks = checks
        for seen in self._handshakes.values():
            seen.src, seen.dst = name(seen.src), name(seen.dst)
            # A description may have written it in either case.
            seen.handshake.digests = tuple(
                (method, digest(written))
                for method, value in seen.handshake.digests
                for written in (value, value.lower())
            )
        self._handshakes = {(one.src, one.dst): one for one in self._handshakes.values()}
        self._relayed = {name(Endpoint(address, 0)).address for address in self._relayed}

    def _stun(self, packet: MediaDatagram, message: Stun) -> None:
        if message.method == ALLOCATE and message.kind == "success":
            if len(self._relayed) < MOST_PAIRS:
                self._relayed.add(packet.dst.address)
        elif message.method == BINDING and message.kind == "request" and ":" in message.username:
            self._asked(packet, message)
        elif message.kind in ("success", "error") and message.transaction in self._open:
            username, src, dst = self._open.pop(message.transaction)
            checks = self._checks[username]
            if message.kind == "success":
                checks.answered += 1
                if (src, dst) in checks.ends:
                    checks.ends[src, dst] = True
            elif message.error is not None and (
                message.error in checks.errors or len(checks.errors) < MOST_ERRORS
            ):
                checks.errors[message.error] = checks.errors.get(message.error, 0) + 1

    def _asked(self, packet: MediaDatagram, message: Stun) -> None:
        sighting = packet.time_ns, packet.file, packet.frame
        checks = self._checks.get(message.username)
        if checks is None:
            if len(self._checks) >= MOST_PAIRS:
                return
            checks = Checks(sighting, sighting, packet.src, packet.dst)
            self._checks[message.username] = checks
        checks.asked += 1
        checks.last = sighting
        if len(checks.ends) < MOST_ENDS:
            checks.ends.setdefault((packet.src, packet.dst), False)
        self._open[message.transaction] = message.username, packet.src, packet.dst
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]

    def _dtls(self, packet: MediaDatagram) -> None:
        key = packet.src, packet.dst
        sighting = packet.time_ns, packet.file, packet.frame
        seen = self._handshakes.get(key)
        if seen is None:
            if len(self._handshakes) >= MOST_PAIRS:
                return
            seen = self._handshakes[key] = SeenHandshake(
                Handshake(), packet.src, packet.dst, sighting, sighting
            )
        quiet = seen.handshake.alert is None
        seen.handshake.add(packet.data)
        seen.last = sighting
        if quiet and seen.handshake.alert is not None:
            seen.alert = sighting


def _moved(sighting: Sighting, clocks: Mapping[int, Right]) -> Sighting:
    time_ns, file, frame = sighting
    right = clocks.get(file)
    return right(time_ns) if right is not None else time_ns, file, frame
