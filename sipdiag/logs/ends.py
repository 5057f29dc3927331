"""Sender and receiver of each message: as the log says, or inferred.

A program that logs its own messages names the peer and not itself.  Its own address, one for each
transport, is told from the messages, in this order: the top Via of the first request it sent; the Contact
of a response it sent; the host of the Request-URI of a request it received.  A message of which nothing is
printed goes where Via, Route and Request-URI say (RFC 3261 §8.1.2, §18.2.2), each
host under the name it gives itself there.

Names, and whatever people put in place of addresses, stand for hosts too: equal names are one host.  Each
gets an address that belongs to nobody (198.18.0.0/15, RFC 2544) and keeps its name in the report.
"""

from __future__ import annotations

from ipaddress import ip_address

from msgspec import Struct

from sipdiag.capture.payload import Endpoint
from sipdiag.logs.form import Way
from sipdiag.sip.address import parse_name_addr, parse_uri
from sipdiag.sip.message import Message

SIP_PORT = 5060
SIPS_PORT = 5061
UNKNOWN = "192.0.2.1"
"""Stands for an own address that nothing tells (RFC 5737)."""
_STAND_INS = int(ip_address("198.18.0.1"))
MOST_NAMES = 65_536
MOST_BRANCHES = 100_000
_SECURE = ("TLS", "WSS", "SIPS")

Hop = tuple[str, int | None]
"""A host as it is printed, and its port."""


class KnownEnds(Struct):
    """What a frame says of the ends of a message; None where it says nothing."""

    way: Way | None = None
    peer: Hop | None = None
    own: Hop | None = None
    src: Hop | None = None
    dst: Hop | None = None


class EndFinder:
    """Completes what the frames say, over all messages of a log."""

    def __init__(self, *, one_peer: bool) -> None:
        self.names: dict[str, str] = {}
        """Names by the address that stands for each."""
        self.own: dict[str, tuple[Hop, str]] = {}
        """Own address by transport, and how it was told."""
        self._addresses: dict[str, str] = {}
        self._ranks: dict[str, int] = {}
        self._guessing = False
        """Whether some messages' ends must be inferred from others."""
        self._one_peer = one_peer
        self._peer: Hop | None = None
        self._branches: dict[str, tuple[Hop, Hop]] = {}

    def learn(self, told: KnownEnds, data: bytes, transport: str, line: int) -> None:
        """Take note of one message; all are seen before the first is :meth:`resolve` d."""
        if told.src is not None:
            return
        self._guessing = self._guessing or told.way is None or told.peer is None
        if told.way is None or told.own is not None:
            return
        known = self._ranks.get(transport, len(_RANKS))
        if not known and (not self._one_peer or self._peer is not None):
            return
        message = Message(data)
        found, rank = _own_by(told, message)
        if found is None:
            return
        if rank < known:
            self._ranks[transport] = rank
            self.own[transport] = (found, f"{_RANKS[rank]}, line {line}")
        if self._one_peer and self._peer is None and told.way == "sent" and message.is_request:
            self._peer = _target(message)

    def resolve(self, told: KnownEnds, data: bytes, transport: str) -> tuple[Endpoint, Endpoint]:
        """Source and destination of one message."""
        message = Message(data)
        src, dst = self._hops(told, message, transport)
        if self._guessing and message.is_request and message.branch and len(self._branches) < MOST_BRANCHES:
            self._branches.setdefault(message.branch, (src, dst))
        return self.endpoint(src, transport), self.endpoint(dst, transport)

    def _hops(self, told: KnownEnds, message: Message, transport: str) -> tuple[Hop, Hop]:
        if told.src is not None and told.dst is not None:
            return told.src, told.dst
        if told.way is None:
            return self._guess(message)
        own = told.own or self.own.get(transport, ((UNKNOWN, SIP_PORT), ""))[0]
        peer = told.peer or self._peer or self._guess(message)[1 if told.way == "sent" else 0]
        return (own, peer) if told.way == "sent" else (peer, own)

    def _guess(self, message: Message) -> tuple[Hop, Hop]:
        via = _sent_by(message) or (UNKNOWN, SIP_PORT)
        if message.is_request:
            return via, _target(message) or (UNKNOWN, SIP_PORT)
        known = self._branches.get(message.branch or "")
        if known is not None:
            return known[1], known[0]
        contact = message.contact.uri if message.contact is not None else None
        to = message.to.uri if message.to is not None else None
        uri = contact or to
        return ((uri.host, uri.port) if uri is not None and uri.host else (UNKNOWN, SIP_PORT)), via

    def endpoint(self, hop: Hop, transport: str) -> Endpoint:
        """A hop with an address, and with the port that stands for none."""
        host, port = hop
        if port is None or not 0 <= port <= 65_535:
            port = SIPS_PORT if transport in _SECURE else SIP_PORT
        return Endpoint(self._address(host), port)

    def _address(self, host: str) -> str:
        host = host.strip("[]")
        known = self._addresses.get(host)
        if known is None:
            known = _canonical(host) or self._stand_in(host)
            if len(self._addresses) < MOST_NAMES:
                self._addresses[host] = known
        return known

    def _stand_in(self, host: str) -> str:
        if len(self.names) >= MOST_NAMES:
            return UNKNOWN
        number = len(self.names)
        address = str(ip_address(_STAND_INS + number))
        self.names[address] = host
        return address


_RANKS = (
    "the top Via of the first request it sent",
    "the Contact of a response it sent",
    "the Request-URI of a request it received",
)


def _own_by(told: KnownEnds, message: Message) -> tuple[Hop | None, int]:
    if told.way == "sent" and message.is_request:
        return _sent_by(message), 0
    if told.way == "sent":
        # What answers a REGISTER lists the contacts of whoever registered, a 3xx those of others.
        establishes = message.cseq_method in ("INVITE", "SUBSCRIBE", "UPDATE") and (message.status or 0) < 300
        contact = message.contact if establishes else None
        return ((contact.uri.host, contact.uri.port) if contact is not None and contact.uri.host else None), 1
    if message.is_request:
        target = parse_uri(message.uri)
        if target.host and (told.peer is None or target.host != told.peer[0].strip("[]")):
            return (target.host, target.port), 2
    return None, 2


def _sent_by(message: Message) -> Hop | None:
    host, port = message.sent_by
    return (host, port) if host else None


def _target(message: Message) -> Hop | None:
    """Where a request goes: the first Route, else the Request-URI."""
    routes = message.values("Route")
    route = parse_name_addr(routes[0]) if routes else None
    uri = route.uri if route is not None and route.uri.host else parse_uri(message.uri)
    return (uri.host, uri.port) if uri.host else None


def _canonical(host: str) -> str | None:
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None
