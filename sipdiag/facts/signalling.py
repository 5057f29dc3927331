"""Trouble inside a dialog: requests that it no longer knew, methods refused, a session timer that ran out."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.calls.routing import Routing
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.facts.wording import side_label, worded
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message

CROSSING_NS = 1_000_000_000
"""A BYE this close to a request may have crossed it."""
NOT_THERE = 481
METHOD_REFUSED = frozenset({405, 501})
LOSING = ("INVITE", "UPDATE", "INFO", "BYE", "MESSAGE", "OPTIONS", "PRACK")
"""Methods whose 481 means that the dialog is gone; for NOTIFY, REFER and CANCEL it means something else."""
DTMF_TYPES = ("application/dtmf-relay", "application/dtmf")
EXPIRY_EARLY_S = 5.0
"""A BYE may come this much before the earliest moment at which RFC 4028 §10 ends the session."""
EXPIRY_LATE_S = 5.0
"""And this much after the interval."""


class LostDialog:
    """A request answered with 481 although the dialog had not ended in the capture."""

    def __init__(self, request: Request, view: LegView) -> None:
        self._request = request
        self._view = view

    @evidence("lost", answered=True)
    def request(self) -> Request:
        """The request."""
        return self._request

    @fact
    def method(self) -> str:
        """Method of the request that got the 481."""
        return self._request.method

    @fact
    def by_bye(self) -> bool:
        """The request that got the 481 was the BYE."""
        return self._request.method == "BYE"

    @fact
    def asker(self) -> str:
        """Who sent the request that got the 481."""
        return side_label(self._view.sides, self._request.from_caller)

    @fact
    def at(self) -> str:
        """Who did not know the dialog."""
        return side_label(self._view.sides, not self._request.from_caller)

    @fact
    def at_caller(self) -> bool:
        """The calling end did not know the dialog."""
        return not self._request.from_caller

    @fact
    def in_step(self) -> bool:
        """That request had the Call-ID and both tags of the call, and went where its Contact and Record-Route ask for."""
        sent, refused = self._request.first, self._request.final
        end = self._view.sides.of(not self._request.from_caller).host
        at_end = refused is not None and refused.src.address == sent.dst.address == end.address
        return at_end and Routing(self._view.leg).in_step(sent)


def lost_dialog(view: LegView) -> LostDialog | None:
    """The first such request of a leg."""
    taken = _last_taken(view)
    for request in view.later:
        if request.status != NOT_THERE or request.method not in LOSING:
            continue
        if request.first.message.is_request and request.first.message.replaces is not None:
            continue
        if not _ended_before(view, request) and request.time_ns > taken.get(request.from_caller, 0):
            return LostDialog(request, view)
    return None


def _last_taken(view: LegView) -> dict[bool, int]:
    """By side, when its last request was sent that was taken; not a BYE, which an SBC answers for others."""
    return {
        request.from_caller: request.time_ns
        for request in view.later
        if request.method != "BYE" and request.status is not None and request.status < 300
    }


def _ended_before(view: LegView, request: Request) -> bool:
    """The INVITE had failed, another BYE came first, or crossed this one; or a REFER moved the dialog away."""
    crossing_ns = request.time_ns + CROSSING_NS
    byes = [bye for bye in view.byes if bye is not request and not _follows(bye, request)]
    if any(bye.time_ns <= crossing_ns for bye in byes):
        return True
    if not view.answered and view.final is not None and view.status != NOT_THERE:
        # A failed INVITE ends its early dialogs (RFC 3261 §12.3).
        failed_ns = view.final.time_ns
        return failed_ns <= (crossing_ns if request.method == "BYE" else request.time_ns)
    return request.method == "BYE" and any(
        refer.status is not None and refer.status < 300 for refer in view.requests("REFER")
    )


def _follows(bye: Request, request: Request) -> bool:
    """Who asked hung up because of the 481."""
    refused = request.final
    return refused is not None and bye.from_caller == request.from_caller and bye.time_ns > refused.time_ns


class RefusedMethod:
    """An INVITE, PRACK, refreshing UPDATE or INFO with digits that got 405 or 501."""

    def __init__(self, request: Request, view: LegView) -> None:
        self._request = request
        self._view = view

    @evidence("refused_method", answered=True)
    def request(self) -> Request:
        """The request."""
        return self._request

    @fact
    def method(self) -> str:
        """The method that was refused."""
        return self._request.method

    @fact
    def method_wording(self) -> str | None:
        """Status and reason phrase of the refusal of the method."""
        return worded(self._request.final)

    @fact
    def method_by(self) -> str:
        """Who refused the method."""
        return side_label(self._view.sides, not self._request.from_caller)

    @fact
    def invite(self) -> bool:
        """What was refused with 405 or 501 was the initial INVITE."""
        return self._request.method == "INVITE" and self._request in self._view.leg.invites


def refused_method(view: LegView) -> RefusedMethod | None:
    """The first such request of a leg."""
    for request in view.leg.requests:
        if request.status not in METHOD_REFUSED:
            continue
        if request.method in ("INVITE", "PRACK") or _matters(view, request):
            return RefusedMethod(request, view)
    return None


def _matters(view: LegView, request: Request) -> bool:
    message = request.first.message
    if not message.is_request:
        return False
    if request.method == "INFO":
        return message.content_type in DTMF_TYPES
    if request.method != "UPDATE" or message.header("Session-Expires") is None:
        return False
    later = [other for other in view.refreshes if other.time_ns > request.time_ns]
    return not any(other.status is not None and other.status < 300 for other in later)


class SessionTimer:
    """The session timer of a leg that ended by BYE (RFC 4028)."""

    def __init__(self, view: LegView) -> None:
        self._view = view

    @once
    def _last(self) -> CapturedMessage | None:
        """The last 2xx to INVITE or UPDATE before the BYE, if it set an interval."""
        bye = self._view.bye
        if bye is None or self._view.answer is None:
            return None
        earlier = [final for final in _successes(self._view) if final.time_ns < bye.time_ns]
        return earlier[-1] if earlier and _session_expires(earlier[-1].message) else None

    @fact
    def session_expired(self) -> bool:
        """The BYE came when the session timer ran out, with no refresh since the last 2xx (RFC 4028 §10)."""
        interval, waited = self.session_expires_s, self._waited_s
        if interval is None or waited is None:
            return False
        earliest = interval - min(32.0, interval / 3) - EXPIRY_EARLY_S
        return earliest <= waited <= interval + EXPIRY_LATE_S

    @fact
    def session_expires_s(self) -> float | None:
        """Session-Expires of the last 2xx (RFC 4028)."""
        interval = _session_expires(self._last.message) if self._last is not None else None
        return float(interval) if interval is not None else None

    @once
    def _waited_s(self) -> float | None:
        bye = self._view.bye
        return (
            seconds(self._last.time_ns, bye.time_ns) if self._last is not None and bye is not None else None
        )

    @fact
    def since_refresh_s(self) -> float | None:
        """The last 2xx with Session-Expires to the BYE."""
        return max(0.0, self._waited_s) if self._waited_s is not None else None

    @fact
    def refresher_calls(self) -> bool | None:
        """The calling side had to refresh the session, by the refresher parameter of the 2xx; absent where it has none."""
        if self._last is None:
            return None
        _, _, params = (self._last.message.header("Session-Expires") or "").partition(";")
        asked_by_caller = self._view.leg.of_caller(self._last.message)
        role = params.replace(" ", "").lower()
        if "refresher=uac" in role:
            return asked_by_caller
        return not asked_by_caller if "refresher=uas" in role else None

    @fact(absent="the refresher")
    def refresher(self) -> str | None:
        """Who had to refresh the session."""
        by_caller = self.refresher_calls
        return side_label(self._view.sides, by_caller) if by_caller is not None else None


def _successes(view: LegView) -> list[CapturedMessage]:
    """2xx to INVITE and UPDATE, in order of time."""
    finals = [
        request.final
        for request in view.leg.requests
        if request.method in ("INVITE", "UPDATE") and request.final is not None
    ]
    found = [final for final in finals if 200 <= (final.message.status or 0) < 300]
    return sorted(found, key=lambda final: final.time_ns)


def _session_expires(message: Message) -> int | None:
    value = (message.header("Session-Expires") or "").partition(";")[0].strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None
