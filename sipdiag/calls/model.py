"""Transactions, requests, legs, transfers and calls: the model built from a capture's messages.

A *hop transaction* is RFC 3261's transaction (§17): one request, its retransmissions and its
responses between two neighbours, named by the topmost Via branch.  One request that passes a
proxy is several hop transactions (and several more where the proxy forks); together they are a
:class:`Request`.  A *leg* is the dialog or dialogs that one initial INVITE created (§12): one
Call-ID and caller's tag.  A *call* is the legs of one conversation, joined over B2BUAs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, field

from sipdiag.calls.sides import NOWHERE, UNKNOWN, Sides
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.message import Message

LegRole = Literal["inbound", "outbound", "transfer", "recording"]
FRUGAL = 10_000
"""Above this many messages, parsed headers are dropped after each pass and parsed again on demand."""

TransferMethod = Literal["refer", "replaces", "invite"]


class LegMessage(Struct, eq=False):
    """A message of a leg, in capture order."""

    captured: CapturedMessage
    retransmission: bool = False
    """Sent again on the same hop by the same transaction."""
    other_hop: bool = False
    """The same message seen before on another hop (NAT, relay, second interface)."""


class Transaction(Struct, eq=False):
    """One request and its responses on one hop (RFC 3261 §17)."""

    method: str
    cseq: int
    branch: str
    src: Host
    """Who sent the request."""
    dst: Host
    requests: list[CapturedMessage] = field(default_factory=list)
    """The request and its retransmissions; empty if only responses were captured."""
    responses: list[CapturedMessage] = field(default_factory=list)
    """Responses in capture order, without copies and retransmissions."""
    repeats: list[CapturedMessage] = field(default_factory=list)
    """Retransmitted responses."""
    acks: list[CapturedMessage] = field(default_factory=list)
    """ACKs to a final response ≥ 300, which share the INVITE's branch."""
    place: int = 0
    """Position among the hops of its request, from 0."""
    final: CapturedMessage | None = None
    """The final response; of several (a fork's 2xx) the first 2xx, else the first."""
    status: int | None = None
    """Status of the final response."""

    def answer(self, response: CapturedMessage) -> None:
        """Take a response that is neither a copy nor sent again."""
        self.responses.append(response)
        status = response.message.status or 0
        if status >= 200 and (self.final is None or (status < 300 and not _is_success(self.status))):
            self.final, self.status = response, status

    @property
    def request(self) -> CapturedMessage | None:
        return self.requests[0] if self.requests else None

    @property
    def provisionals(self) -> list[CapturedMessage]:
        """1xx responses but 100."""
        return [r for r in self.responses if 100 < (r.message.status or 0) < 200]

    @property
    def via_count(self) -> int:
        """Number of Via header values: 1 on the sender's own hop, one more behind each proxy."""
        seen = self.requests or self.responses
        return len(seen[0].message.vias) if seen else 0

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Its rank for :attr:`Request.own`: how close it is to the result the request's sender saw."""
        success = _is_success(self.status)
        return self.via_count, not success, self.place if success else -self.place


def _is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


class Request(Struct, eq=False):
    """One request end to end: the hop transactions of all proxies (and forks) it passed."""

    method: str
    cseq: int
    from_caller: bool
    """Sent by the side that sent the leg's first INVITE."""
    own: Transaction
    """The transaction nearest to the sender, at first the only one: the answer the sender really got.

    Of several at the same distance (the next edge tried after a 503, or the branches behind
    a fork whose own hop was not captured) a successful one, else the latest.
    """
    hops: list[Transaction] = field(default_factory=list)
    acks: list[CapturedMessage] = field(default_factory=list)
    """ACKs to a 2xx of an INVITE, on any hop."""
    _own_rank: tuple[int, bool, int] | None = None
    """The rank of ``own``."""

    def add(self, hop: Transaction) -> None:
        """Register a new hop, which holds its first message.  Call :meth:`note` next."""
        hop.place = len(self.hops)
        self.hops.append(hop)

    def note(self, hop: Transaction) -> None:
        """Account for a message filed with ``hop``, so that the best hop need not be searched for."""
        if len(self.hops) < 2 or self.hops[hop.place] is not hop:
            return
        rank = hop.rank
        if self._own_rank is None or (self.own is hop and rank > self._own_rank):
            self.own = min(self.hops, key=_rank)
            self._own_rank = self.own.rank
        elif self.own is hop or rank < self._own_rank:
            self.own, self._own_rank = hop, rank

    @property
    def time_ns(self) -> int:
        hop = self.own
        return (hop.requests or hop.responses)[0].time_ns

    @property
    def first(self) -> CapturedMessage:
        hop = self.own
        return (hop.requests or hop.responses)[0]

    @property
    def final(self) -> CapturedMessage | None:
        return self.own.final

    @property
    def status(self) -> int | None:
        return self.own.status


def _rank(hop: Transaction) -> tuple[int, bool, int]:
    return hop.rank


class Join(Struct, frozen=True):
    """Why a leg belongs to its call."""

    how: str
    """One plain phrase: ``Session-ID shared with c1.1``."""
    confidence: Literal["certain", "likely", "possible"]
    other: Leg
    """The earlier leg it was joined to."""


class Leg(Struct, eq=False):
    """The dialog(s) of one initial INVITE."""

    call_id: str
    from_tag: str
    """Tag of the side that sent the first INVITE (or, if that was not captured, the first request)."""
    retried_tags: dict[str, None] = field(default_factory=dict)
    """Other From tags that the caller's retries have, after a challenge, a 422, a redirect: in their order, each once."""
    to_tags: list[str] = field(default_factory=list)
    messages: list[LegMessage] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    """Every request of the leg but ACK, in order of their first sighting; CANCEL included."""
    invites: list[Request] = field(default_factory=list)
    """The initial INVITE and its retries: after a challenge, after a redirect, or to the next edge."""
    caller: Host = NOWHERE
    """Who sent the first INVITE, on the hop nearest to the sender."""
    callee: Host = NOWHERE
    sides: Sides = UNKNOWN
    """Both ends, recognised once all of the leg's messages are known."""
    stray_acks: list[CapturedMessage] = field(default_factory=list)
    """ACKs whose INVITE was not captured."""
    id: str = ""
    role: LegRole = "inbound"
    joined_by: Join | None = None
    """None for the leg that opened the call."""

    @property
    def start_seen(self) -> bool:
        """The initial INVITE itself was captured."""
        return any(hop.requests for invite in self.invites for hop in invite.hops)

    def sent_by_caller(self, message: Message) -> bool:
        """Which side sent a message of the leg, by tag: NATs and proxies change addresses."""
        return self.of_caller(message) == message.is_request

    def of_caller(self, message: Message) -> bool:
        """Whether the caller's side began the transaction of a message."""
        return message.from_tag == self.from_tag or message.from_tag in self.retried_tags

    def in_dialog(self, method: str) -> Iterator[Request]:
        """The requests of ``method`` except the initial INVITEs."""
        initial = frozenset(self.invites)
        return (one for one in self.requests if one.method == method and one not in initial)

    @property
    def last_invite(self) -> Request | None:
        return self.invites[-1] if self.invites else None

    @property
    def answer(self) -> CapturedMessage | None:
        """The 2xx to the initial INVITE."""
        for invite in self.invites:
            own = invite.own
            if _is_success(own.status):
                return own.final
        return None

    @property
    def first_ns(self) -> int:
        return self.messages[0].captured.time_ns

    @property
    def last_ns(self) -> int:
        return self.messages[-1].captured.time_ns

    def forget(self) -> None:
        """Keep only the bytes of the messages until they are parsed again."""
        for entry in self.messages:
            entry.captured.message.forget()


class Exchange(Struct, eq=False):
    """Requests under one Call-ID that belong to no call: REGISTER, OPTIONS, SUBSCRIBE …"""

    call_id: str
    method: str
    src: Host
    dst: Host
    messages: list[LegMessage] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    id: str = ""


class Notify(Struct, eq=False):
    """A NOTIFY of a REFER's subscription."""

    captured: CapturedMessage
    status: int | None
    """Status of its sipfrag; None without a readable one."""
    reason: str
    request: Request


class Transfer(Struct, eq=False):
    """An attempt, or several at one target, to move a party of a call elsewhere."""

    id: str = ""
    method: TransferMethod | None = None
    """None when a transfer was expected and nothing was sent."""
    leg: Leg | None = None
    """The leg that was to be moved."""
    refers: list[Request] = field(default_factory=list)
    """The REFER and its retries; empty for a transfer by INVITE."""
    notifies: list[Notify] = field(default_factory=list)
    new_legs: list[Leg] = field(default_factory=list)
    """The captured legs that the transfer created."""
    target: str = ""
    """Refer-To's URI, or the Request-URI of the new leg, without headers."""
    transferor: Host = NOWHERE
    transferee: Host = NOWHERE
    by_caller: bool = False
    """The calling side of ``leg`` asked for it."""


class Call(Struct, eq=False):
    """The legs of one conversation."""

    id: str
    legs: list[Leg]
    transfers: list[Transfer] = field(default_factory=list)

    @property
    def begun_ns(self) -> int:
        """By the clock of the capture, which may have said the same for several messages."""
        return min(leg.messages[0].captured.clock_ns for leg in self.legs)

    @property
    def over_ns(self) -> int:
        """As :attr:`begun_ns`."""
        return max(leg.messages[-1].captured.clock_ns for leg in self.legs)

    @property
    def start_ns(self) -> int:
        return min(leg.first_ns for leg in self.legs)

    @property
    def end_ns(self) -> int:
        return max(leg.last_ns for leg in self.legs)
