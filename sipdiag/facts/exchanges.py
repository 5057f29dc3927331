"""The facts of requests outside calls other than REGISTER: OPTIONS, SUBSCRIBE, MESSAGE and the like."""

from __future__ import annotations

from sipdiag.calls.model import Exchange, Request
from sipdiag.calls.party import by_address
from sipdiag.calls.sides import Side
from sipdiag.facts.clicktodial import ClickToDial, asked_to_call
from sipdiag.facts.codenames import Status
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.once import once
from sipdiag.facts.scanners import is_scanner
from sipdiag.facts.timers import seconds, timed_out
from sipdiag.facts.wording import fully_worded, spoken_name
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage

INSISTENT = 3
"""As often is a request sent that gets no answer by no accident, though its timer may not have run out yet."""


def sendings(request: Request) -> int:
    """How often a request was sent by who made it."""
    return len(request.own.requests)


def is_answered(request: Request) -> bool:
    """A response to it was captured, on whichever hop."""
    return any(hop.responses for hop in request.hops)


def left_unanswered(request: Request, capture_end_ns: int) -> bool:
    """Nothing came back on a request that was sent again, in the time of its timer or after three sendings."""
    if is_answered(request) or sendings(request) < 2:
        return False
    return timed_out(request, capture_end_ns) or sendings(request) >= INSISTENT


class ExchangeFacts:
    """Everything known of a series of OPTIONS, of a subscription and the like."""

    def __init__(
        self, exchange: Exchange, capture_end_ns: int, providers: Providers, *, of_call: bool = False
    ) -> None:
        """``of_call``: a call was judged with it."""
        self._exchange = exchange
        self._of_call = of_call
        self._capture_end_ns = capture_end_ns
        self._providers = providers
        self._requests = [request for request in exchange.requests if request.method == exchange.method]

    @once
    def _asked(self) -> Side:
        return by_address(self._exchange.dst, self._providers)

    @fact
    def method(self) -> str:
        """Method of its first request."""
        return self._exchange.method

    @fact(named=Status)
    def status(self) -> int | None:
        """Status of the last final response."""
        return self.last_final.message.status if self.last_final is not None else None

    @fact(absent="no response")
    def wording(self) -> str | None:
        """Status and reason phrase of the last final response."""
        return fully_worded(self.last_final) if self.last_final is not None else None

    @fact(name="requests", unit="messages", for_expectations=True)
    def request_count(self) -> int:
        """Requests sent, of all methods."""
        return len(self._exchange.requests)

    @fact
    def scanner(self) -> bool:
        """It looks like a scanner."""
        return is_scanner(self._exchange.messages[0].captured.message)

    @fact
    def source(self) -> str:
        """Who sent it."""
        return self._exchange.src.address

    @fact
    def asked(self) -> str:
        """Who was asked: its provider, else its address."""
        return spoken_name(self._asked) or self._exchange.dst.address

    @fact(absent="the event")
    def event(self) -> str | None:
        """Event package of a subscription."""
        return self._requests[0].first.message.event or None if self._requests else None

    @facts(prefix="refer_", found="refers")
    def click_to_dial(self) -> ClickToDial | None:
        """A REFER outside of any captured call: it asks for a call to somebody, as click-to-dial does."""
        transfer = asked_to_call(self._exchange) if not self._of_call else None
        return ClickToDial(transfer, self._capture_end_ns) if transfer is not None else None

    # -- what was not answered -------------------------------------------------------------------

    @once
    def _silent(self) -> list[Request]:
        """The requests without any answer that no answered one follows; the last may still wait for its own."""
        found: list[Request] = []
        for request in reversed(self._requests):
            if is_answered(request):
                break
            if left_unanswered(request, self._capture_end_ns):
                found.append(request)
        return found[::-1]

    @fact(unit="requests")
    def silent(self) -> int:
        """Its last requests that were sent again and again and got no answer."""
        return len(self._silent)

    @fact(unit="messages")
    def silent_sendings(self) -> int:
        """Messages of those requests, retransmissions included."""
        return sum(map(sendings, self._silent))

    @fact
    def silent_timed_out(self) -> bool:
        """The timer of one of them ran out in the capture."""
        return any(timed_out(request, self._capture_end_ns) for request in self._silent)

    @fact(unit="requests")
    def answered_count(self) -> int:
        """Its requests that got a response."""
        return sum(map(is_answered, self._requests))

    @fact
    def silent_s(self) -> float | None:
        """From the first of those requests to the end of the capture."""
        if not self._silent:
            return None
        return max(0.0, seconds(self._silent[0].time_ns, self._capture_end_ns))

    @evidence("silent")
    def silent_requests(self) -> list[CapturedMessage]:
        """The first sendings of the first and last of those requests."""
        ends = self._silent[:1] + self._silent[1:][-1:]
        return [request.first for request in ends]

    @evidence("answered")
    def last_answer(self) -> CapturedMessage | None:
        """The last response of all."""
        answers = [
            response for request in self._requests for hop in request.hops for response in hop.responses
        ]
        return max(answers, key=lambda response: response.time_ns, default=None)

    @evidence("request")
    def last(self) -> Request | None:
        """The last request."""
        return self._requests[-1] if self._requests else None

    @evidence("final")
    def last_final(self) -> CapturedMessage | None:
        """The last final response."""
        finals = [request.final for request in self._requests if request.final is not None]
        return finals[-1] if finals else None
