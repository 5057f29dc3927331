"""The facts of a registration: the REGISTERs of one user from one host to one registrar (RFC 3261 §10)."""

from __future__ import annotations

from itertools import pairwise

from sipdiag.calls.model import Exchange, Request
from sipdiag.calls.party import by_address
from sipdiag.calls.sides import Side
from sipdiag.facts.bindings import Binding, LapsedBinding, is_late, seconds_asked, seconds_granted
from sipdiag.facts.codenames import Status
from sipdiag.facts.credentials import rejected_again
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.exchanges import INSISTENT
from sipdiag.facts.nat import NatFacts
from sipdiag.facts.once import once
from sipdiag.facts.refusal import NOT_REFUSED, Refusal, by_response, of_response
from sipdiag.facts.scanners import is_scanner
from sipdiag.facts.timers import seconds, timed_out
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage

EXPIRED_NS = 32_000_000_000
"""A binding that expired this long ago in the capture was not renewed: the time a REGISTER is retransmitted."""


def is_registration(exchange: Exchange) -> bool:
    """Whether it is a REGISTER and what followed it."""
    return exchange.method == "REGISTER"


class RegistrationFacts:
    """Everything known of the REGISTERs of one user from one host."""

    def __init__(
        self, exchange: Exchange, capture_end_ns: int, providers: Providers, *, moved: bool = False
    ) -> None:
        """``moved``: the same user registers from another host, or with another registrar, later on."""
        self._exchange = exchange
        self._capture_end_ns = capture_end_ns
        self._providers = providers
        self._moved = moved
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
        return self._last

    @evidence("final")
    def last_final(self) -> CapturedMessage | None:
        """Its final response."""
        return self._last.final

    @fact
    def succeeded(self) -> bool:
        """A REGISTER got 2xx."""
        return any(200 <= (final.message.status or 0) < 300 for final in self._finals)

    @fact
    def cleared(self) -> bool:
        """The last REGISTER removed the binding (Expires: 0)."""
        return seconds_asked(self._last.first.message) == 0

    @fact(named=Status)
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
        """Credentials were sent and challenged again in the same realm, not for a stale nonce, and never taken after that."""
        return rejected_again(self._since)

    @fact
    def challenge_unanswered(self) -> bool:
        """A challenge, and no REGISTER with credentials."""
        return self.status in (401, 407) and not self._last.first.message.credentials

    @fact
    def unanswered(self) -> bool:
        """No response although the timer ran out in the capture, or not one to three tries and more."""
        if self._last.final is not None:
            return False
        sent = sum(len(hop.requests) for request in self._since for hop in request.hops[:1])
        answered = any(request.final is not None for request in self._since)
        return timed_out(self._last, self._capture_end_ns) or (not answered and sent >= INSISTENT)

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

    # -- in the course of time -------------------------------------------------------------------

    @once
    def _timed(self) -> bool:
        return all(entry.captured.timed for entry in self._exchange.messages)

    @once
    def _bindings(self) -> list[Binding]:
        found = []
        for request in self._requests:
            final = request.final
            if final is None or not 200 <= (final.message.status or 0) < 300:
                continue
            granted = seconds_granted(request.first.message, final.message)
            if granted is not None:
                found.append(Binding(request, final.time_ns, granted))
        return found

    @once
    def _since(self) -> list[Request]:
        """The REGISTERs after the last one that was taken; all, if none was."""
        taken = [
            number
            for number, request in enumerate(self._requests)
            if request.status is not None and 200 <= request.status < 300
        ]
        return self._requests[taken[-1] + 1 :] if taken else self._requests

    @fact(unit="s", absent="an unknown time")
    def granted_s(self) -> float | None:
        """How long the registrar granted the registration the last time."""
        return float(self._bindings[-1].granted_s) if self._bindings else None

    @fact
    def lost(self) -> bool:
        """The user had been registered; the last try to renew that was refused or got no answer."""
        if not self._bindings or not self._bindings[-1].granted_s or not self._since or self.cleared:
            return False
        if self.unanswered:
            return True
        refused = (self._last.status or 0) >= 300
        return refused and (self._last.status not in (401, 407) or self.rejected_again)

    @once
    def _gaps(self) -> list[LapsedBinding]:
        if not self._timed:
            return []
        return [
            LapsedBinding(one, two)
            for one, two in pairwise(self._bindings)
            if is_late(one, two) and not self._tried_between(one)
        ]

    def _tried_between(self, one: Binding) -> bool:
        """It was to be renewed in time, and that failed."""
        return any(one.request.time_ns < request.time_ns <= one.until_ns for request in self._requests)

    @fact(unit="renewals")
    def renewed_late(self) -> int:
        """Renewals that came after the registration had ended, none before them being missing in the capture."""
        return len(self._gaps)

    @fact
    def late_s(self) -> float | None:
        """How long after its end the registration was renewed, at the worst."""
        return self._worst.late_s if self._worst is not None else None

    @fact(unit="s")
    def late_granted_s(self) -> float | None:
        """How long that registration had been granted."""
        return float(self._worst.binding.granted_s) if self._worst is not None else None

    @once
    def _worst(self) -> LapsedBinding | None:
        return max(self._gaps, key=lambda gap: gap.late_s, default=None)

    @evidence("late")
    def late(self) -> list[CapturedMessage]:
        """The 2xx that granted it, and the REGISTER that came too late."""
        if self._worst is None or self._worst.binding.request.final is None:
            return []
        return [self._worst.binding.request.final, self._worst.renewal.request.first]

    @fact
    def expired_s(self) -> float | None:
        """How long before the end of the capture the registration ended without being renewed, removed or moved elsewhere."""
        if not self._bindings or not self._timed or self._moved or self._since:
            return None
        last = self._bindings[-1]
        over_ns = self._capture_end_ns - last.until_ns
        return seconds(0, over_ns) if last.granted_s and over_ns >= EXPIRED_NS else None

    @facts()
    def nat(self) -> NatFacts:
        """The ports it came from."""
        return NatFacts(self._requests)
