"""A message that got lost because it was not sent where its dialog asks for.

:mod:`sipdiag.calls.routing` and :mod:`sipdiag.calls.departures` say how a message departs from RFC 3261; that alone is
no fault, for much that departs arrives.  Here it explains a message that demonstrably did not.
"""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.calls.departures import REFUSAL_ACK, Departure, cancel, refusal_ack, response
from sipdiag.calls.model import Request
from sipdiag.calls.routing import Routing
from sipdiag.capture.payload import host_text
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.ending import left_alone
from sipdiag.facts.legview import LegView
from sipdiag.facts.wording import side_label
from sipdiag.messages.captured import CapturedMessage, Host

REPEATED = 2
"""Retransmissions that say a message did not arrive, or was not taken for what it was."""
ASTRAY = frozenset({400, 403, 404, 408, 410, 480, 481, 482, 483, 484, 500, 503, 504})
"""The answer a request gets from the wrong recipient."""


class Misrouted:
    """The lost message, and how it departs from what its dialog or transaction asks for."""

    def __init__(self, departure: Departure, by_caller: bool, view: LegView) -> None:
        self._departure = departure
        self._by_caller = by_caller
        self._view = view

    @property
    def proxy(self) -> Host | None:
        """The proxy that made it: ACKs to refusals and CANCELs go hop by hop (RFC 3261 §16.10, §17.1.1.3)."""
        sent, said_in = self._departure.message, self._departure.said_in
        by_hop = sent.message.method == "CANCEL" or self._departure.section == REFUSAL_ACK
        passed_on = said_in.message.method == "INVITE" and len(said_in.message.vias) > 1
        return sent.src if by_hop and passed_on else None

    @evidence("misrouted")
    def shown(self) -> list[CapturedMessage]:
        """The message that gives the required value, and the one that departs from it."""
        return [self._departure.said_in, self._departure.message]

    @fact
    def what(self) -> str:
        """The message that went astray: BYE, ACK, 200 to INVITE."""
        message = self._departure.message.message
        return message.method if message.is_request else f"{message.status} to {message.method}"

    @fact
    def header(self) -> str:
        """Where it differs: Request-URI, Route, Via, To tag, destination, transport."""
        return self._departure.header

    @fact
    def missing(self) -> bool:
        """The header or tag is missing altogether."""
        return not self._departure.found

    @fact
    def tag(self) -> bool:
        """It names another dialog by its tag."""
        return self._departure.header == "To tag" and bool(self._departure.found)

    @fact
    def found(self) -> str:
        """What was sent there."""
        return self._departure.found

    @fact
    def wanted(self) -> str:
        """What should have been sent there."""
        return self._departure.wanted

    @fact
    def said_by(self) -> str:
        """What says so: the Contact of the 200, the Record-Route of the INVITE."""
        message = self._departure.said_in.message
        name = message.method if message.is_request else str(message.status)
        return f"{self._departure.said_by} of the {name}"

    @fact
    def section(self) -> str:
        """The section of the RFC that asks for it."""
        return self._departure.section

    @fact
    def by(self) -> str:
        """Who sent it."""
        proxy = self.proxy
        return (
            f"the proxy {host_text(proxy)}"
            if proxy is not None
            else side_label(self._view.sides, self._by_caller)
        )

    @fact
    def by_caller(self) -> bool:
        """The calling end sent it."""
        return self._by_caller and self.proxy is None

    @fact
    def by_proxy(self) -> bool:
        """A proxy sent it: its INVITE had come a way already."""
        return self.proxy is not None


def misrouted(view: LegView, lost: Request | None, failed: Request | None) -> Misrouted | None:
    """The first of a leg's lost messages that departs from its dialog.

    ``lost``: the request that the other side did not know; ``failed``: the refresh that failed for good.
    """
    for departure, by_caller in _departures(view, lost, failed):
        if departure is not None:
            return Misrouted(departure, by_caller, view)
    return None


def _departures(
    view: LegView, lost: Request | None, failed: Request | None
) -> Iterator[tuple[Departure | None, bool]]:
    invite = view.invite
    if invite is not None:
        yield from _around_the_answer(view, invite)
    requests = [request for request in view.later if _astray(view, request) or request in (lost, failed)]
    if requests:
        routing = Routing(view.leg)
        for request in requests:
            if request.own.request is not None:
                yield routing.request(request.own.request), request.from_caller
    invites = [hop for one in view.leg.invites for hop in one.hops]
    for request in view.requests("CANCEL"):
        if _ineffective(view, request):
            yield cancel(request.own, invites), request.from_caller


def _around_the_answer(view: LegView, invite: Request) -> Iterator[tuple[Departure | None, bool]]:
    """The final response, if it was repeated, and the ACK to it."""
    final = invite.final
    if final is None or len(invite.own.repeats) < REPEATED:
        return
    yield response(view.leg, invite.own, final), not invite.from_caller
    if invite.acks and view.answer_repeats_after_ack >= REPEATED:
        routing = Routing(view.leg)
        yield from ((routing.request(ack), invite.from_caller) for ack in invite.acks[:1])
    elif not view.answered:
        yield refusal_ack(view.leg, invite.own), invite.from_caller


def _astray(view: LegView, request: Request) -> bool:
    """A request within the dialog that nobody answered, or that somebody else refused."""
    if request.method == "CANCEL":
        return False
    if request.status is not None:
        return request.status in ASTRAY
    reports = view.observed.reports
    return left_alone(request, view.capture_end_ns, reports[-1].time_ns if reports else None)


def _ineffective(view: LegView, request: Request) -> bool:
    """A CANCEL that was refused, or that did not keep the INVITE from being answered."""
    return (request.status or 0) >= 300 or view.cancel_unanswered or view.answered
