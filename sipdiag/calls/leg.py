"""Sorts messages into legs, and all other requests into exchanges.

A leg is named by its Call-ID and the tag of the side that opened it (RFC 3261 §12).  A new
INVITE under the same Call-ID from the same host and From is the same leg even with a fresh
From-tag: some user agents change it when they answer a challenge.  A Call-ID that comes back
more than five minutes after its leg fell silent opens a new leg.
"""

from __future__ import annotations

from itertools import islice

from msgspec import Struct, field

from sipdiag.calls.model import Exchange, Leg, Request, Transaction
from sipdiag.calls.transaction import TransactionTable
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message

REUSE_NS = 300_000_000_000
"""A Call-ID silent for longer than this may be reused for something new."""

NEWEST = 16
"""This many legs of a Call-ID are compared with a message one by one; older ones are found by their tags."""

LEG_METHODS = frozenset({"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO"})
"""Methods that only occur with an INVITE dialog: one of them opens a leg even mid-dialog."""


class _OpenLeg(Struct):
    """A leg while its messages come in."""

    leg: Leg
    caller_tags: set[str]
    callee_tags: set[str] = field(default_factory=set)
    transactions: TransactionTable = field(default_factory=TransactionTable)
    requests: dict[tuple[int, str, bool, str], Request] = field(default_factory=dict)
    first_of: dict[tuple[int, str, bool], Request] = field(default_factory=dict)
    """The first request of that CSeq number, method and side, whatever its dialog."""
    owners: dict[Transaction, Request] = field(default_factory=dict)
    initial: set[Request] = field(default_factory=set)
    """The leg's ``invites``, to be found among its requests."""
    unanswered: set[Request] = field(default_factory=set)
    """The ones without a 2xx."""

    @property
    def answered(self) -> bool:
        """As ``leg.answer is not None``, however many INVITEs there are."""
        return len(self.unanswered) < len(self.leg.invites)


class LegTable:
    """All legs and exchanges of a capture, in the order of their first message."""

    def __init__(self) -> None:
        self._legs: dict[str, list[_OpenLeg]] = {}
        self._older: dict[tuple[str, str], _OpenLeg] = {}
        """Legs that are not among the newest of their Call-ID, by that and a tag."""
        self._exchanges: dict[str, tuple[Exchange, _OpenLeg]] = {}
        self._order: list[Leg] = []
        self._exchange_order: list[Exchange] = []

    def receive(self, captured: CapturedMessage) -> None:
        """File one message.  Order matters: by capture time."""
        message = captured.message
        if not message.method or not message.call_id:
            # Cut off too early to tell which leg it belongs to.
            return
        open_leg = self._find(captured)
        if open_leg is None and (message.method in LEG_METHODS or self._refers_in_dialog(message)):
            open_leg = self._open(captured)
        if open_leg is not None:
            _file(open_leg, captured)
            return
        self._file_exchange(captured)

    def legs(self) -> list[Leg]:
        return self._order

    def exchanges(self) -> list[Exchange]:
        """Requests outside calls: REGISTER, OPTIONS, SUBSCRIBE, out-of-dialog REFER and the like."""
        return self._exchange_order

    def _find(self, captured: CapturedMessage) -> _OpenLeg | None:
        message = captured.message
        candidates = self._legs.get(message.call_id)
        if candidates is None:
            return None
        own, other = message.from_tag, message.to_tag
        for candidate in islice(reversed(candidates), NEWEST):
            if captured.time_ns - candidate.leg.last_ns > REUSE_NS and _opens_dialog(captured):
                continue
            caller, callee = candidate.caller_tags, candidate.callee_tags
            if own and (own in caller or own in callee):
                return candidate
            if (other and (other in callee or other in caller)) or not (caller or callee):
                return candidate
            if _same_opener(candidate, captured):
                candidate.caller_tags.add(message.from_tag)
                candidate.leg.retried_tags[message.from_tag] = None
                return candidate
        return self._find_older(captured) if len(candidates) > NEWEST else None

    def _find_older(self, captured: CapturedMessage) -> _OpenLeg | None:
        message = captured.message
        tags = [tag for tag in (message.from_tag, message.to_tag) if tag]
        found = next(filter(None, (self._older.get((message.call_id, tag)) for tag in tags)), None)
        if found is None or (captured.time_ns - found.leg.last_ns > REUSE_NS and _opens_dialog(captured)):
            return None
        for tag in tags:
            self._older.setdefault((message.call_id, tag), found)
        return found

    def _refers_in_dialog(self, message: Message) -> bool:
        """A REFER with a To-tag is about a call whose beginning the capture lacks (RFC 3515 §2.4.1).

        Outside a dialog it has none, and what follows it there has its Call-ID.
        """
        return (
            message.method == "REFER"
            and message.is_request
            and message.to_tag != ""
            and message.call_id not in self._exchanges
        )

    def _open(self, captured: CapturedMessage) -> _OpenLeg:
        message = captured.message
        from_caller = message.is_request
        leg = Leg(
            call_id=message.call_id,
            from_tag=message.from_tag,
            caller=captured.src if from_caller else captured.dst,
            callee=captured.dst if from_caller else captured.src,
        )
        open_leg = _OpenLeg(leg, {message.from_tag} - {""})
        siblings = self._legs.setdefault(message.call_id, [])
        siblings.append(open_leg)
        if len(siblings) > NEWEST:
            aged = siblings[-NEWEST - 1]
            for tag in aged.caller_tags | aged.callee_tags:
                self._older[message.call_id, tag] = aged
        self._order.append(leg)
        return open_leg

    def _file_exchange(self, captured: CapturedMessage) -> None:
        message = captured.message
        known = self._exchanges.get(message.call_id)
        if known is None or captured.time_ns - known[0].messages[-1].captured.time_ns > REUSE_NS:
            forward = message.is_request
            exchange = Exchange(
                call_id=message.call_id,
                method=message.method,
                src=captured.src if forward else captured.dst,
                dst=captured.dst if forward else captured.src,
            )
            stand_in = Leg(call_id=message.call_id, from_tag=message.from_tag, caller=exchange.src)
            stand_in.messages, stand_in.requests = exchange.messages, exchange.requests
            known = (exchange, _OpenLeg(stand_in, {message.from_tag} - {""}))
            self._exchanges[message.call_id] = known
            self._exchange_order.append(exchange)
        _file(known[1], captured)


def _opens_dialog(captured: CapturedMessage) -> bool:
    message = captured.message
    return message.is_request and message.method == "INVITE" and not message.to_tag


def _same_opener(candidate: _OpenLeg, captured: CapturedMessage) -> bool:
    """A fresh From-tag on a repeated INVITE of the same user agent, after the last one failed."""
    leg = candidate.leg
    if not _opens_dialog(captured) or captured.src.address != leg.caller.address or candidate.answered:
        return False
    last = leg.last_invite
    if last is None or last.status is None:
        return False
    before, now = last.first.message.from_, captured.message.from_
    return before is not None and now is not None and before.uri.user == now.uri.user


def _file(open_leg: _OpenLeg, captured: CapturedMessage) -> None:
    leg, message = open_leg.leg, captured.message
    transaction, entry, new = open_leg.transactions.receive(captured)
    leg.messages.append(entry)
    if captured.copy_of is not None:
        return
    from_caller = _is_from_caller(open_leg, captured)
    challenged = transaction.status in (401, 407)
    _learn_tags(open_leg, captured, from_caller, challenged)
    if new:
        if message.method == "ACK" and message.is_request:
            _file_ack(open_leg, captured, transaction)
            return
        _file_transaction(open_leg, captured, transaction, from_caller)
    request = open_leg.owners.get(transaction)
    if request is None:
        return
    request.note(transaction)
    if request.method == "INVITE":
        _note_answer(open_leg, request)
    if leg.invites and request is leg.invites[0]:
        # As the first INVITE's own hop shows them.
        leg.caller, leg.callee = request.own.src, request.own.dst


def _note_answer(open_leg: _OpenLeg, request: Request) -> None:
    status = request.status
    if status is not None and 200 <= status < 300:
        open_leg.unanswered.discard(request)
    elif request in open_leg.initial:
        open_leg.unanswered.add(request)


def _is_from_caller(open_leg: _OpenLeg, captured: CapturedMessage) -> bool:
    """Whether the transaction this message belongs to was begun by the caller's side."""
    message = captured.message
    if message.from_tag in open_leg.caller_tags:
        return True
    if message.from_tag in open_leg.callee_tags or (
        message.to_tag and message.to_tag in open_leg.caller_tags
    ):
        return False
    sender = captured.src if message.is_request else captured.dst
    return sender.address == open_leg.leg.caller.address


def _learn_tags(open_leg: _OpenLeg, captured: CapturedMessage, from_caller: bool, challenged: bool) -> None:
    """Which side owns which tag; the tag of a challenge, and of its ACK, names no dialog."""
    message = captured.message
    own, other = message.from_tag, message.to_tag
    caller, callee = (own, other) if from_caller else (other, own)
    if caller and caller not in open_leg.callee_tags:
        open_leg.caller_tags.add(caller)
    if callee and callee not in open_leg.callee_tags and not challenged:
        open_leg.callee_tags.add(callee)
        open_leg.leg.to_tags.append(callee)


def _file_transaction(
    open_leg: _OpenLeg, captured: CapturedMessage, transaction: Transaction, from_caller: bool
) -> None:
    leg, message = open_leg.leg, captured.message
    # Requests inside different dialogs of a fork share CSeq numbers: the To-tag tells them apart.
    dialog = message.to_tag if message.is_request and message.method not in ("INVITE", "CANCEL") else ""
    if transaction.method == "CANCEL":
        # CANCEL goes hop by hop (§9.1): a proxy's is a request of its own, not the caller's passed on.
        dialog = transaction.branch
    key = (message.cseq or 0, transaction.method, from_caller, dialog)
    request = open_leg.requests.get(key)
    if request is not None and message.to_tag and message.is_request and _numbered_again(request, captured):
        open_leg.first_of.pop(key[:3], None)
        request = None
    if request is None and not message.is_request and dialog == "":
        request = _answered(open_leg, message.cseq or 0, transaction.method, from_caller)
    if request is None:
        request = Request(transaction.method, message.cseq or 0, from_caller, transaction)
        open_leg.requests[key] = request
        open_leg.first_of.setdefault(key[:3], request)
        leg.requests.append(request)
        if (
            transaction.method == "INVITE"
            and from_caller
            and _is_initial(open_leg, message.to_tag, message.is_request)
        ):
            leg.invites.append(request)
            open_leg.initial.add(request)
            open_leg.unanswered.add(request)
    request.add(transaction)
    open_leg.owners[transaction] = request


def _numbered_again(request: Request, captured: CapturedMessage) -> bool:
    """A re-INVITE with the number of one that was answered and acknowledged on the same hop: a new one, misnumbered."""
    return (
        request.method == "INVITE"
        and bool(request.acks)
        and any(hop.src == captured.src and hop.dst == captured.dst and hop.final for hop in request.hops)
    )


def _answered(open_leg: _OpenLeg, cseq: int, method: str, from_caller: bool) -> Request | None:
    """The request that a response without a captured request on its own hop belongs to."""
    return open_leg.first_of.get((cseq, method, from_caller))


def _is_initial(open_leg: _OpenLeg, to_tag: str, is_request: bool) -> bool:
    """A first INVITE or its retry has no To-tag; of a response alone, only before an answer."""
    return not to_tag if is_request else not open_leg.answered


def _file_ack(open_leg: _OpenLeg, captured: CapturedMessage, transaction: Transaction) -> None:
    """An ACK to a 2xx is a transaction of its own on the wire (§13.2.2.4); file it with its INVITE."""
    invite = _answered(open_leg, captured.message.cseq or 0, "INVITE", _is_from_caller(open_leg, captured))
    if invite is not None:
        open_leg.owners[transaction] = invite
        invite.acks.append(captured)
    else:
        open_leg.leg.stray_acks.append(captured)
