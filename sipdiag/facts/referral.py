"""The REFER of a transfer: who sent it to whom, and whether it was taken (RFC 3515)."""

from __future__ import annotations

from collections.abc import Mapping

from sipdiag.calls.departures import Departure
from sipdiag.calls.model import Leg, Request, Transfer
from sipdiag.calls.routing import Routing
from sipdiag.calls.sides import NOWHERE, Side
from sipdiag.facts.between import last_point
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.ending import unheard
from sipdiag.facts.enums import Method
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.timers import timed_out
from sipdiag.facts.wording import proxy_label
from sipdiag.messages.captured import CapturedMessage, Host

IGNORED_NS = 2_000_000_000
"""A BYE this long after a REFER without an answer was not crossed by one."""


class Referral:
    """Who asked whom to move, by which REFER, and what that got."""

    def __init__(self, transfer: Transfer, views: Mapping[Leg, LegView]) -> None:
        self.transfer = transfer
        self.base = views[transfer.leg] if transfer.leg is not None else None
        """The leg that is moved."""
        self.new_legs = [views[leg] for leg in transfer.new_legs]
        self._others = [
            views[leg] for leg in views if leg is not transfer.leg and leg not in transfer.new_legs
        ]

    @fact
    def method(self) -> Method:
        """How it was made."""
        return Method[self.transfer.method] if self.transfer.method else Method.unknown

    @once
    def transferor(self) -> Side:
        """Who asked for the transfer, as an end of the moved leg."""
        return self._end(self.transfer.by_caller)

    @once
    def transferee(self) -> Side:
        """Who was asked, as an end of the moved leg."""
        return self._end(not self.transfer.by_caller)

    def _end(self, caller: bool) -> Side:
        if self.base is None:
            raise ValueError("a transfer without a leg has no sides")
        return self.base.sides.of(caller)

    @evidence("refer")
    def refer(self) -> Request | None:
        """The REFER that counts: the accepted one, else the last."""
        for refer in self.transfer.refers:
            if refer.status is not None and 200 <= refer.status < 300:
                return refer
        return self.transfer.refers[-1] if self.transfer.refers else None

    @evidence("refer_answer")
    def refer_answer(self) -> CapturedMessage | None:
        """The final response to the REFER."""
        return self.refer.final if self.refer else None

    @fact(named=Status)
    def refer_status(self) -> int | None:
        """Final response to the REFER; a NOTIFY seen without one proves that it was accepted."""
        return self.refer.status if self.refer else None

    @fact(unit="messages", for_expectations=True)
    def refer_tries(self) -> int:
        """REFERs sent for this transfer."""
        return len(self.transfer.refers)

    @fact
    def refer_challenged(self) -> bool:
        """The last REFER got 401 or 407 and was not sent again."""
        return self.refer_status in (401, 407)

    @fact
    def accepted(self) -> bool:
        """The REFER got a 2xx, or was followed by its NOTIFYs."""
        status = self.refer_status
        if status is None:
            return bool(self.transfer.notifies)
        return 200 <= status < 300

    @fact
    def suppressed(self) -> bool:
        """No NOTIFY is due: Refer-Sub: false in the 2xx (RFC 4488 §4), or nosub (RFC 7614)."""
        if self.refer is None or self.refer.final is None:
            return False
        answer, request = self.refer.final.message, self.refer.first.message
        if (answer.header("Refer-Sub") or "").strip().lower().startswith("false"):
            return True
        return "nosub" in {tag.lower() for tag in request.values("Require")} and self.accepted

    @fact
    def refer_unanswered(self) -> bool:
        """The REFER got no final response although its own timer ran out, or the dialog ended."""
        if self.refer is None or self.refer_status is not None or self.transfer.notifies:
            return False
        if self.base is None or not self.base.both_directions:
            return False
        if timed_out(self.refer, self.base.capture_end_ns):
            return True
        bye = self.base.bye
        return bye is not None and bye.time_ns - self.refer.time_ns >= IGNORED_NS

    @fact
    def refer_came_back(self) -> bool:
        """A hop on the way sent the REFER back to its sender."""
        if self.refer is None:
            return False
        sender = self.refer.own.src.address
        return any(hop.dst.address == sender != hop.src.address for hop in self.refer.hops if hop.requests)

    @once
    def stopped_at(self) -> Host | None:
        """The proxy that refused the REFER itself: it had forwarded the INVITE, and did not forward this."""
        if self.refer is None or self.base is None or self.refer_outside or (self.refer_status or 0) < 300:
            return None
        hop = self.base.answering_hop(self.refer)
        refuser = hop.final.src if hop is not None and hop.final is not None else NOWHERE
        proxy = self.base.sides.proxy(refuser.address)
        if proxy is None or proxy.kind in ("carrier", "platform"):
            return None
        forwarded = any(hop.src.address == refuser.address for hop in self.refer.hops if hop.requests)
        return None if forwarded else refuser

    @fact
    def refer_stopped(self) -> bool:
        """A proxy of the call refused the REFER itself and did not forward it."""
        return self.stopped_at is not None

    @fact(absent="a proxy")
    def refer_stopped_by(self) -> str | None:
        """That proxy."""
        at = self.stopped_at
        return proxy_label(self.base.sides, at) if self.base is not None and at is not None else None

    @fact
    def refer_outside(self) -> bool:
        """The REFER was sent outside the call: under a Call-ID of its own, and it names no dialog (RFC 4538)."""
        if self.refer is None or self.base is None:
            return False
        message = self.refer.first.message
        return message.call_id != self.base.leg.call_id and not message.header("Target-Dialog")

    @once
    def _strange_tag(self) -> Departure | None:
        """The REFER got 481, and its To tag is that of no dialog of the call."""
        if self.refer is None or self.base is None or self.refer_outside or self.refer_status != 481:
            return None
        departure = Routing(self.base.leg).request(self.refer.first)
        return departure if departure is not None and departure.header == "To tag" else None

    @fact
    def refer_strange(self) -> bool:
        """The REFER got 481 because its To tag is not that of the call."""
        return self._strange_tag is not None

    @fact(absent="missing")
    def refer_tag(self) -> str | None:
        """The To tag of that REFER."""
        return (self._strange_tag.found or None) if self._strange_tag is not None else None

    @fact
    def refer_tag_wanted(self) -> str | None:
        """The tag that the other side has in the call."""
        return self._strange_tag.wanted if self._strange_tag is not None else None

    @fact
    def refer_lost_between(self) -> bool:
        """The REFER passed one capture point, and none of its sendings reached the next."""
        sent = self.refer.own.requests if self.refer is not None else []
        return bool(sent) and all(one.missed_at for one in sent)

    @fact
    def refer_passed(self) -> str | None:
        """The last of several capture points that the REFER passed."""
        if self.refer is None or self.base is None:
            return None
        return last_point(self.base, self.refer.own.requests[-1:])

    @fact
    def refer_ignored(self) -> bool:
        """A later request within the call went the same way and was answered: the way was open, and the REFER was not taken."""
        if self.refer is None or self.base is None:
            return False
        return any(
            request.from_caller == self.refer.from_caller
            and request.time_ns > self.refer.time_ns
            and request.method not in ("REFER", "CANCEL", "INVITE")
            and request.status is not None
            and len(request.own.requests) == 1
            and (request.own.src, request.own.dst) == (self.refer.own.src, self.refer.own.dst)
            for request in self.base.leg.requests
        )

    @fact
    def refer_insisted(self) -> bool:
        """The REFER was sent again, or over a stream, as one without an answer is; else an answer may have been missed."""
        return self.refer is not None and unheard(self.refer)
