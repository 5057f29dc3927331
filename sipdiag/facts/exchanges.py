"""The facts of what is no call: registrations, and other exchanges such as OPTIONS."""

from __future__ import annotations

from sipdiag.calls.model import Exchange, Request
from sipdiag.calls.party import by_address
from sipdiag.calls.sides import Side
from sipdiag.facts.credentials import rejected_again
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.once import once
from sipdiag.facts.refusal import NOT_REFUSED, Refusal, by_response, of_response
from sipdiag.facts.scanners import is_scanner
from sipdiag.facts.timers import TIMER_OUT_NS, sent_in_full
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage

INSISTENT = 3
"""REGISTERs, retransmissions included; so many without any answer are no accident."""


def is_registration(exchange: Exchange) -> bool:
    """Whether it is a REGISTER and what followed it."""
    return exchange.method == "REGISTER"


class ExchangeFacts:
    """Everything known of OPTIONS, SUBSCRIBE and the like."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @fact(for_expectations=True)
    def method(self) -> str:
        """Method of its first request."""
        return self._exchange.method

    @fact(for_expectations=True)
    def status(self) -> int | None:
        """Status of the last final response."""
        finals = [request.final for request in self._exchange.requests if request.final is not None]
        return finals[-1].message.status if finals else None

    @fact(name="requests", unit="messages", for_expectations=True)
    def request_count(self) -> int:
        """Requests sent."""
        return len(self._exchange.requests)

    @fact(for_expectations=True)
    def scanner(self) -> bool:
        """It looks like a scanner."""
        return is_scanner(self._exchange.messages[0].captured.message)

    @fact(for_expectations=True)
    def source(self) -> str:
        """Who sent it."""
        return self._exchange.src.address

    @evidence("request")
    def last(self) -> Request | None:
        """The last request."""
        return self._exchange.requests[-1] if self._exchange.requests else None

    @evidence("final")
    def last_final(self) -> CapturedMessage | None:
        """Its final response."""
        return self.last.final if self.last is not None else None


class RegistrationFacts:
    """Everything known of the REGISTERs under one Call-ID."""

    def __init__(self, exchange: Exchange, capture_end_ns: int, providers: Providers) -> None:
        self._exchange = exchange
        self._capture_end_ns = capture_end_ns
        self._providers = providers
        self._requests = [request for request in exchange.requests if request.method == "REGISTER"]
        self._last = self._requests[-1]

    @once
    def _registrar(self) -> Side:
        return by_address(self._exchange.dst, self._providers)

    @once
    def _finals(self) -> list[CapturedMessage]:
        return [request.final for request in self._requests if request.final is not None]

    @once
    def _final(self) -> CapturedMessage | None:
        return self._finals[-1] if self._finals else None

    @evidence("request")
    def last(self) -> Request | None:
        """The last request."""
        return self._exchange.requests[-1]

    @evidence("final")
    def last_final(self) -> CapturedMessage | None:
        """Its final response."""
        return self._exchange.requests[-1].final

    @fact
    def succeeded(self) -> bool:
        """A REGISTER got 2xx."""
        return any(200 <= (final.message.status or 0) < 300 for final in self._finals)

    @fact(for_expectations=True)
    def cleared(self) -> bool:
        """The last REGISTER removed the binding (Expires: 0)."""
        message = self._last.first.message
        if (message.header("Expires") or "").strip() == "0":
            return True
        return message.contact is not None and message.contact.params.get("expires") == "0"

    @fact
    def status(self) -> int | None:
        """Last final response."""
        return self._final.message.status if self._final is not None else None

    @fact(absent="no reason phrase", for_expectations=True)
    def reason(self) -> str | None:
        """Reason phrase of the last final response."""
        return self._final.message.reason if self._final is not None else None

    @fact(unit="messages")
    def tries(self) -> int:
        """REGISTERs sent."""
        return len(self._requests)

    @fact
    def authenticated(self) -> bool:
        """Credentials were sent."""
        return any(request.first.message.credentials for request in self._requests)

    @fact
    def rejected_again(self) -> bool:
        """Credentials were sent and challenged again in the same realm, not for a stale nonce."""
        return rejected_again(self._requests)

    @fact
    def challenge_unanswered(self) -> bool:
        """A challenge, and no REGISTER with credentials."""
        return self.status in (401, 407) and not self._last.first.message.credentials

    @once
    def _waited_out(self) -> bool:
        return self._capture_end_ns - self._last.time_ns >= TIMER_OUT_NS or sent_in_full(self._last.own)

    @fact
    def unanswered(self) -> bool:
        """No response although the timer ran out in the capture, or not one to three tries and more."""
        if self._last.final is not None:
            return False
        sent = sum(len(hop.requests) for request in self._requests for hop in request.hops[:1])
        return self._waited_out or (not self._finals and sent >= INSISTENT)

    @fact
    def pending(self) -> bool:
        """No response to the last REGISTER, and the capture ends before its timer runs out."""
        return self._last.final is None and not self.unanswered

    @fact(absent="the user")
    def user(self) -> str | None:
        """Address of record."""
        to = self._last.first.message.to
        return to.uri.bare if to else None

    @fact(absent="the registrar")
    def registrar(self) -> str:
        """Who was asked."""
        provider = self._registrar.provider
        return provider.name if provider else self._exchange.dst.address

    @fact
    def noise(self) -> bool:
        """A scanner's try, not a device's."""
        return is_scanner(self._exchange.messages[0].captured.message)

    @facts()
    def refusal(self) -> Refusal:
        """The refusal by the last final response."""
        if self._final is None or (self.status or 0) < 300:
            return NOT_REFUSED
        known = by_response(self._final, self._registrar, self._providers)
        return of_response(self._final, self._registrar, known)
