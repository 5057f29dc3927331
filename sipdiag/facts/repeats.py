"""Messages that were retransmitted (RFC 3261 §17)."""

from __future__ import annotations

from sipdiag.calls.model import Transaction
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage, Host

SHOWN_REPEATS = 6
"""More retransmissions than this prove nothing more."""


class Repeats:
    """The transaction of a leg that has most retransmissions."""

    def __init__(self, view: LegView) -> None:
        self._view = view

    @once
    def _most(self) -> tuple[Transaction, list[CapturedMessage]] | None:
        """That transaction and its retransmissions."""
        most: tuple[Transaction, list[CapturedMessage]] | None = None
        for request in self._view.leg.requests:
            for hop in request.hops:
                for again in (hop.requests[1:], hop.repeats):
                    if again and (most is None or len(again) > len(most[1])):
                        most = hop, again
        return most

    @once
    def method(self) -> str | None:
        """The method of that transaction."""
        return self._most[0].method if self._most is not None else None

    @evidence("repeats")
    def shown(self) -> list[CapturedMessage]:
        """The message that was retransmitted, and the first of its retransmissions."""
        if self._most is None:
            return []
        hop, again = self._most
        sent = hop.requests[:1] if again[0].message.is_request else [_first_of(hop.responses, again[0])]
        return [*sent, *again[:SHOWN_REPEATS]]

    @evidence("repeats_end")
    def end(self) -> CapturedMessage | None:
        """The answer, or the ACK, that ended the retransmissions."""
        if self._most is None:
            return None
        hop, again = self._most
        ends = hop.responses if again[0].message.is_request else self._acks(hop)
        return ends[0] if ends else None

    @property
    def hop(self) -> tuple[Host, Host] | None:
        """The hop with the most retransmissions; of several, the one furthest along the message's way."""
        most = self.most_repeats
        hops = [hop for request in self._view.leg.requests for hop in request.hops]
        found = [hop for hop in hops if most in (len(hop.requests) - 1, len(hop.repeats))] if most else []
        return (found[-1].src, found[-1].dst) if found else None

    @fact(unit="messages")
    def most_repeats(self) -> int:
        """Retransmissions within the transaction that has most of them."""
        return len(self._most[1]) if self._most is not None else 0

    @fact
    def repeated_what(self) -> str | None:
        """What was sent again most often: INVITE, 200 to INVITE."""
        if self._most is None:
            return None
        hop, again = self._most
        message = again[0].message
        return message.method if message.is_request else f"{message.status} to {hop.method}"

    @fact
    def repeats_ended(self) -> bool | None:
        """An answer, or the ACK, ended the retransmissions."""
        return self.end is not None if self._most is not None else None

    def _acks(self, hop: Transaction) -> list[CapturedMessage]:
        """The ACKs that a repeated final response waited for."""
        invites = self._view.leg.invites
        return hop.acks or [ack for request in invites if hop in request.hops for ack in request.acks]


def _first_of(responses: list[CapturedMessage], again: CapturedMessage) -> CapturedMessage:
    """The response that ``again`` repeats."""
    return next((one for one in responses if one.message.status == again.message.status), again)
