"""One leg, read as an engineer reads it: when it rang, who answered, who ended it, how it failed.

Everything is computed once, on demand, from the leg's own messages and what else the capture shows about it.
What needs the other legs of the call is in ``relations``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sipdiag.calls.model import Request
from sipdiag.calls.parties import last_try
from sipdiag.calls.sides import Side
from sipdiag.facts.completeness import Completeness
from sipdiag.facts.confirmation import Confirmation
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.ending import Closing, left_alone, unheard
from sipdiag.facts.enums import Role
from sipdiag.facts.once import once
from sipdiag.facts.refusal import NOT_REFUSED, Refusal, by_response, of_response
from sipdiag.facts.timers import TIMER_B_NS, seconds
from sipdiag.facts.unreachable import Closed, Unreached
from sipdiag.facts.wording import said_in, side_label
from sipdiag.knowledge.classify import Classified
from sipdiag.knowledge.codes import is_default_phrase
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message


class LegView(Confirmation):
    """One leg, with everything its messages show."""

    @fact
    def role(self) -> Role:
        """What the leg is in its call."""
        return Role[self.leg.role]

    # -- the end -------------------------------------------------------------------------------

    @once
    def byes(self) -> list[Request]:
        """All BYEs of the call, in order; not those of a second answer that the caller did not keep (RFC 3261 §13.2.2.4)."""
        byes = self.requests("BYE")
        kept = self.answer.message.to_tag if self.answer is not None else ""
        others = set(self.leg.to_tags) - {kept} if kept else set()
        own = [
            bye for bye in byes if others.isdisjoint((bye.first.message.from_tag, bye.first.message.to_tag))
        ]
        return own or byes

    @evidence("bye")
    def bye(self) -> Request | None:
        """The first BYE; a second one that crossed it changes nothing."""
        return self.byes[0] if self.byes else None

    @facts(prefix="bye_")
    def closing(self) -> Closing | None:
        """The BYE, and whether it was taken."""
        if not self.byes:
            return None
        return Closing(self.byes, self._left_alone(self.byes[0]), self.leg.requests)

    @property
    def bye_unanswered(self) -> bool:
        """The BYE got no response although its timer ran out in the capture, or the network reported it lost."""
        return self.closing is not None and self.closing.unanswered

    @fact
    def cancel_unanswered(self) -> bool:
        """The CANCEL was never answered before its timer ran out, nor was the INVITE."""
        return self.cancel is not None and self.final is None and self._left_alone(self.cancel)

    def _left_alone(self, request: Request) -> bool:
        reports = self.observed.reports
        return left_alone(request, self.capture_end_ns, reports[-1].time_ns if reports else None)

    @fact
    def ended(self) -> bool:
        """BYE, refusal or CANCEL was captured."""
        return self.end_seen or self.cancel is not None

    @once
    def end_seen(self) -> bool:
        """BYE or refusal was captured: after a mere CANCEL the leg may still be answered."""
        return self.bye is not None or (not self.answered and self.final is not None)

    @once
    def end_ns(self) -> int | None:
        """BYE, or the final response that refused the leg."""
        if self.bye is not None:
            return self.bye.time_ns
        if self.answered or self.final is None:
            return None
        return self.final.time_ns

    @fact
    def talk_s(self) -> float | None:
        """2xx to BYE."""
        if self.answer is None or self.bye is None:
            return None
        return max(0.0, seconds(self.answer.time_ns, self.bye.time_ns))

    @once
    def ender(self) -> Side | None:
        """Who sent the BYE, the CANCEL or the refusal."""
        if self.bye is not None:
            return self.sides.of(self.bye.from_caller)
        if self.answered:
            return None
        if self.cancel is not None:
            return self.sides.caller
        return self.sides.callee if self.final is not None else None

    @fact(for_expectations=True)
    def ended_by(self) -> str | None:
        """Id of the provider that ended the leg."""
        return self.ender.id if self.ender is not None else None

    @fact(absent="one side")
    def ended_by_name(self) -> str | None:
        """Name of who ended the leg."""
        ender, bye = self.ender, self.bye
        if ender is None:
            return None
        caller = ender is self.sides.caller
        if bye is not None and ender.kind == "proxy" and bye.first.src.address != ender.host.address:
            # The proxy only passed the BYE on.
            return f"the {'calling' if caller else 'called'} side ({bye.first.src.address})"
        return side_label(self.sides, caller)

    @fact
    def ended_by_platform(self) -> bool | None:
        """The platform's side ended the leg."""
        return self.ender.kind == "platform" if self.ender is not None else None

    @fact
    def ended_by_caller(self) -> bool | None:
        """The caller's side ended the leg."""
        return self.ender is self.sides.caller if self.ender is not None else None

    # -- the refusal ---------------------------------------------------------------------------

    @once
    def classified(self) -> Classified | None:
        """What the final response means, if it refuses the leg and the provider's file lists it."""
        if self.final is None or self.answered or self.status == 487:
            return None
        if self.status in (401, 407) and not self.authenticated:
            # A mere challenge names no cause, whatever words it uses.
            return None
        return by_response(self.final, self.sides.callee, self.providers) or self.observed.recorded

    @facts()
    def refusal(self) -> Refusal:
        """The refusal by the final response."""
        if self.final is None or self.answered:
            return NOT_REFUSED
        return of_response(self.final, self.sides.callee, self.classified)

    @fact
    def refusal_worded(self) -> bool | None:
        """The refusal has words of its own, and no table knows them."""
        if self.final is None or self.answered:
            return None
        return self.classified is None and not all(map(is_default_phrase, said_in(self.final.message)))

    @facts(prefix="unreachable_", found="unreachable")
    def unreached(self) -> Unreached | None:
        """The network reported that a packet or connection did not get through."""
        reports = self.observed.reports
        return Unreached(reports[0]) if reports else None

    @facts()
    def closed(self) -> Closed:
        """Who said itself that nothing listens at its port."""
        return Closed(self.unreached, self.leg.caller, self.sides)

    # -- in the dialog -------------------------------------------------------------------------

    @once
    def refreshes(self) -> list[Request]:
        """re-INVITEs and UPDATEs after the answer, in order."""
        answer = self.answer
        return [
            request
            for request in self.later
            if request.method in ("INVITE", "UPDATE")
            and request.first.message.is_request
            and (answer is None or request.time_ns > answer.time_ns)
        ]

    @once
    def hold(self) -> CapturedMessage | None:
        """The re-INVITE or UPDATE that put one party on hold, if it was the last word about media."""
        last: CapturedMessage | None = None
        for request in self.later:
            if request.method not in ("INVITE", "UPDATE"):
                continue
            sdp = request.first.message.sdp
            if sdp is None or request.status is None or request.status >= 300:
                continue
            last = request.first if sdp.holds else None
        return last

    @fact(for_expectations=True)
    def holds(self) -> bool:
        """The leg was on hold when it ended."""
        return self.hold is not None

    @evidence("orphan_notify")
    def orphan_notify(self) -> CapturedMessage | None:
        """A NOTIFY of a REFER's subscription on a leg without REFER."""
        if self.requests("REFER"):
            return None
        for request in self.requests("NOTIFY"):
            if request.first.message.event == "refer":
                return request.first
        return None

    @fact
    def notify_without_refer(self) -> bool:
        """A NOTIFY of a REFER was captured, the REFER was not."""
        return self.orphan_notify is not None

    # -- what was captured ---------------------------------------------------------------------

    @fact(unit="messages")
    def messages(self) -> int:
        """Messages of the leg, copies included."""
        return len(self.leg.messages)

    @fact
    def transport(self) -> str:
        """UDP, TCP, TLS, WS or SCTP."""
        return self.leg.messages[0].captured.transport

    @fact
    def quiet_s(self) -> float:
        """Capture time after the leg's last message."""
        return max(0.0, seconds(self.leg.last_ns, self.capture_end_ns))

    @facts()
    def captured(self) -> Completeness:
        """How much of the leg was captured."""
        return Completeness(self.leg, self.bye, self.observed.losses)

    @property
    def both_directions(self) -> bool:
        """Messages of both sides were captured."""
        return self.captured.both_directions

    @once
    def missed_answers(self) -> list[Request]:
        """Requests that were answered, as their sender's conduct shows, while the capture has no answer."""
        return [request for request in self.leg.requests if self._answer_missed(request)]

    def _answer_missed(self, request: Request) -> bool:
        hop = request.own
        if hop.final is not None or request.method == "CANCEL" or self.observed.reports:
            return False
        if hop.acks or request.acks:
            return True
        waited = self.capture_end_ns - request.time_ns >= TIMER_B_NS
        return waited and not unheard(request)

    # -- headers -------------------------------------------------------------------------------

    @fact
    def invite_headers(self) -> Mapping[str, str] | None:
        """Headers of the initial INVITE as it was last sent, by lower-case name."""
        invite = last_try(self.leg)
        return FirstValues(invite) if invite is not None else None

    @fact(for_expectations=True)
    def final_headers(self) -> Mapping[str, str] | None:
        """Headers of the final response by lower-case name."""
        return FirstValues(self.final.message) if self.final is not None else None


class FirstValues(Mapping[str, str]):
    """First value of each header of a message by lower-case name; read when the first is asked for."""

    def __init__(self, message: Message) -> None:
        self._message = message

    @once
    def _values(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self._message.fields:
            found.setdefault(name.lower(), value)
        return found

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)
