"""re-INVITEs and UPDATEs of a call (RFC 3261 §14, RFC 3311): refused, unanswered, or survived."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.ending import misnumbered, unheard
from sipdiag.facts.fragments import in_fragments
from sipdiag.facts.legview import LegView
from sipdiag.facts.timers import seconds
from sipdiag.facts.wording import side_label, worded
from sipdiag.messages.captured import Host

REFRESH_NS = 40_000_000_000
"""A BYE within this time after a refresh has failed is its consequence."""
PATIENCE_NS = 4_000_000_000
"""A refresh this long without an answer has been repeated several times."""
SURVIVED_NS = 5_000_000_000
"""A call that goes on for this long after a refused offer has survived it (RFC 3261 §14.1)."""
OFFER_REFUSED = frozenset({415, 488, 606})
"""The offer of a re-INVITE was not liked; the session goes on as it was (RFC 3261 §14.1)."""
CHALLENGES = frozenset({401, 407})
UNREPEATED_NS = 2_000_000_000
"""A user agent with credentials repeats a challenged request at once."""
NO_FAILURE = frozenset({422, 481, 491})
"""Refusals with a meaning of their own: a longer interval, a lost dialog, glare."""


class FailedRefresh:
    """A re-INVITE or UPDATE that failed for good, and the BYE that followed."""

    def __init__(self, request: Request, bye: Request, view: LegView) -> None:
        self._request = request
        self._bye = bye
        self._view = view

    @evidence("refresh", answered=True)
    def request(self) -> Request:
        """The request that failed."""
        return self._request

    @fact
    def method(self) -> str:
        """The request that failed: re-INVITE or UPDATE."""
        return "re-INVITE" if self._request.method == "INVITE" else self._request.method

    @fact
    def answered(self) -> bool:
        """The refresh was refused; otherwise it got no answer."""
        return self._request.final is not None

    @fact
    def unacknowledged(self) -> bool:
        """The refresh was answered, and no ACK came although the answer was repeated."""
        return unacknowledged(self._request)

    @fact
    def taken(self) -> bool:
        """The other end itself answered the refresh with a provisional response, and never with a final one."""
        return self._request.final is None and any(
            one.src.address == self._peer.address for hop in self._request.hops for one in hop.responses
        )

    @fact
    def ignored(self) -> bool:
        """No answer to the refresh came, while the other end itself took the BYE that its sender sent it on the same way."""
        request, bye = self._request, self._bye
        if request.own.responses or bye.from_caller != request.from_caller:
            return False
        taken = bye.own.dst == request.own.dst and 200 <= (bye.status or 0) < 300
        # A short BYE gets through where fragments are lost.
        return taken and bye.own.dst.address == self._peer.address and not in_fragments(request.first)

    @property
    def _peer(self) -> Host:
        """The end that was to answer the refresh."""
        return self._view.sides.of(not self._request.from_caller).host

    @fact(named=Status)
    def status(self) -> int | None:
        """Status of the answer to the refresh."""
        return self._request.status

    @fact
    def wording(self) -> str | None:
        """Status and reason phrase of the answer to the refresh."""
        return worded(self._request.final)

    @fact
    def misnumbered(self) -> bool:
        """The refresh's CSeq is no higher than that of an earlier request of its sender (RFC 3261 §12.2.1.1)."""
        return misnumbered(self._request, self._view.leg.requests)

    @fact
    def cseq(self) -> int:
        """CSeq of the refresh."""
        return self._request.cseq

    @fact
    def by(self) -> str:
        """Who sent the refresh."""
        return side_label(self._view.sides, self._request.from_caller)

    @fact
    def by_caller(self) -> bool:
        """The calling end sent the refresh."""
        return self._request.from_caller

    @fact
    def peer(self) -> str:
        """To whom the refresh was sent."""
        return side_label(self._view.sides, not self._request.from_caller)

    @fact
    def to_bye_s(self) -> float:
        """The refresh to the BYE."""
        return max(0.0, seconds(self._request.time_ns, self._bye.time_ns))


class Refreshes:
    """The re-INVITEs and UPDATEs of one leg."""

    def __init__(self, view: LegView) -> None:
        self._view = view

    @property
    def succeeded(self) -> int:
        """How many succeeded."""
        return sum(map(_succeeded, self._view.refreshes))

    @facts(prefix="refresh_", found="refresh_failed")
    def failed(self) -> FailedRefresh | None:
        """A re-INVITE or UPDATE failed for good, and the call ended within 40 s."""
        view, bye = self._view, self._view.bye
        if bye is None or not view.refreshes or not view.both_directions:
            return None
        for request in reversed([one for one in view.refreshes if one.time_ns < bye.time_ns]):
            if _succeeded(request):
                # It heals whatever failed before, of either side.
                return None
            if _refresh_failed(request, bye):
                return FailedRefresh(request, bye, view)
        return None

    @evidence("refused_offer", answered=True)
    def survived(self) -> Request | None:
        """A re-INVITE whose offer was refused although the call went on (T.38, video)."""
        failed = self.failed.request if self.failed is not None else None
        refused = (one for one in self._view.refreshes if one.status in OFFER_REFUSED)
        return next((request for request in refused if request is not failed), None)

    @fact
    def offer_refused_later(self) -> bool:
        """The offer of a re-INVITE was refused, and the call went on."""
        return self.survived is not None

    @fact
    def offer_refused_wording(self) -> str | None:
        """Status and reason phrase of the refusal of that offer."""
        return worded(self.survived.final) if self.survived is not None else None

    @evidence("last_offer", answered=True)
    def last(self) -> Request | None:
        """The last re-INVITE or UPDATE."""
        return self._view.refreshes[-1] if self._view.refreshes else None


def _succeeded(request: Request) -> bool:
    return request.status is not None and 200 <= request.status < 300 and not unacknowledged(request)


def unacknowledged(request: Request) -> bool:
    """The 2xx to a re-INVITE was repeated, and no ACK came (RFC 3261 §13.3.1.4)."""
    return request.method == "INVITE" and not request.acks and len(request.own.repeats) >= 2


def _refresh_failed(request: Request, bye: Request) -> bool:
    status, final = request.status, request.final
    if final is None or final.time_ns > bye.time_ns:
        # Refusals after the BYE are due to the BYE (RFC 3261 §15.1.2).
        patient = PATIENCE_NS <= bye.time_ns - request.time_ns <= REFRESH_NS
        return (final is not None or unheard(request)) and patient
    waited = bye.time_ns - final.time_ns
    if status in CHALLENGES:
        return UNREPEATED_NS <= waited <= REFRESH_NS
    if status is None or status in NO_FAILURE or (status < 300 and not unacknowledged(request)):
        return False
    return waited <= (SURVIVED_NS if status in OFFER_REFUSED else REFRESH_NS)
