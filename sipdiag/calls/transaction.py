"""Hop transactions: requests matched with their responses (RFC 3261 §17.1.3, §17.2.3).

A transaction is named by the topmost Via branch, its sent-by, the CSeq number and method.  Where
a branch is missing (RFC 2543) the hop stands in for it.  The same transaction seen on a second
hop without a Via of its own (a NAT, a relay that passes bytes on, two interfaces) is the message on
*another hop*: neither new nor a retransmission.
"""

from __future__ import annotations

from msgspec import Struct, field

from sipdiag.calls.model import LegMessage, Transaction
from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.events import MAGIC_COOKIE
from sipdiag.sip.message import Message

_Key = tuple[str, str, int, str]
_Hop = tuple[str, int, Host, Host]
_Sighting = tuple[str, str, int, str, str, object]


class TransactionTable(Struct):
    """The transactions of one leg."""

    _by_key: dict[_Key, Transaction] = field(default_factory=dict)
    _by_hop: dict[_Hop, Transaction] = field(default_factory=dict)
    _seen: dict[_Sighting, CapturedMessage] = field(default_factory=dict)

    def receive(self, captured: CapturedMessage) -> tuple[Transaction, LegMessage, bool]:
        """File a message.

        Returns its transaction, its entry for the ladder, and whether it opened the transaction.
        """
        message = captured.message
        method = "INVITE" if message.method == "ACK" else message.method
        key = transaction_key(captured, _answered_as(message) or method)
        transaction = self._by_key.get(key)
        if not message.is_request and (transaction is None or captured.dst != transaction.src):
            # The proxy left its own Via on: the hop tells whose response it is.
            hop = (method, message.cseq or 0, captured.dst, captured.src)
            transaction = self._by_hop.get(hop, transaction)
        new = transaction is None
        if transaction is None:
            forward = message.is_request
            transaction = Transaction(
                method=method,
                cseq=message.cseq or 0,
                branch=message.branch,
                src=captured.src if forward else captured.dst,
                dst=captured.dst if forward else captured.src,
            )
            self._by_key[key] = transaction
            self._by_hop[method, transaction.cseq, transaction.src, transaction.dst] = transaction
        entry = LegMessage(captured)
        if captured.copy_of is None:
            self._file(transaction, entry)
        return transaction, entry, new

    def _file(self, transaction: Transaction, entry: LegMessage) -> None:
        captured = entry.captured
        message = captured.message
        identity = _identity(transaction, message)
        first = self._seen.get(identity)
        if first is None:
            self._seen[identity] = captured
            _take(transaction, captured)
            return
        if (first.src, first.dst) != (captured.src, captured.dst):
            entry.other_hop = True
            if not (transaction.requests or transaction.responses or transaction.acks):
                # Without a branch of RFC 3261 the hop has a transaction of its own, which is not to be empty.
                _take(transaction, captured)
            return
        if not message.is_request and (message.status or 0) < 200 and not message.rseq:
            # An unreliable provisional may be repeated at will (LiveKit repeats 180 every second).
            return
        entry.retransmission = True
        if message.is_request and message.method != "ACK":
            transaction.requests.append(captured)
        elif not message.is_request:
            transaction.repeats.append(captured)


def _take(transaction: Transaction, captured: CapturedMessage) -> None:
    """File a message that is the first of its kind."""
    message = captured.message
    if not message.is_request:
        transaction.answer(captured)
    elif message.method == "ACK":
        transaction.acks.append(captured)
    else:
        transaction.requests.append(captured)


def _answered_as(message: Message) -> str | None:
    """The method that responses will name where the CSeq of a request contradicts its first line.

    A CANCEL has its INVITE's branch: only the first line tells the two apart.
    """
    own = message.is_request and message.method not in ("ACK", "CANCEL")
    return message.cseq_method if own and message.cseq_method != message.method else None


def transaction_key(captured: CapturedMessage, method: str) -> _Key:
    """What two messages of one transaction have in common."""
    message = captured.message
    if message.branch.startswith(MAGIC_COOKIE):
        host, port = message.sent_by
        return (message.branch, f"{host}:{port}", message.cseq or 0, method)
    ends = sorted([host_text(captured.src), host_text(captured.dst)])
    return ("|".join(ends), message.branch, message.cseq or 0, method)


def _identity(transaction: Transaction, message: Message) -> _Sighting:
    """Two messages with the same identity are retransmissions of one another."""
    # A CANCEL shares branch and CSeq with its INVITE (RFC 3261 §9.1): the method tells their answers apart.
    kind: object = message.method
    asker = message
    if not message.is_request:
        # A response belongs to the request of its hop, also where a proxy left its own Via on top.
        asker = transaction.requests[0].message if transaction.requests else message
        # Only a provisional response is numbered (RFC 3262 §3).
        numbered = message.rseq if (message.status or 0) < 200 else None
        kind = (transaction.method, message.status, numbered)
    return (transaction.branch, asker.sent_by[0], message.cseq or 0, message.from_tag, message.to_tag, kind)
