"""The facts of a registration: the REGISTERs of one user from one host to one registrar (RFC 3261 §10)."""

from __future__ import annotations

from typing import NamedTuple

from sipdiag.calls.model import Exchange, Request
from sipdiag.calls.party import by_address
from sipdiag.calls.sides import Side
from sipdiag.facts.credentials import rejected_again
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.exchanges import INSISTENT
from sipdiag.facts.once import once
from sipdiag.facts.refusal import NOT_REFUSED, Refusal, by_response, of_response
from sipdiag.facts.scanners import is_scanner
from sipdiag.facts.timers import TIMER_OUT_NS, seconds, sent_in_full
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message

LATE_NS = 1_000_000_000
"""A binding that ends may be renewed at the very moment; clocks and the way there take a little."""
EXPIRED_NS = 32_000_000_000
"""A binding that ended this long ago in the capture was not renewed: as long as a REGISTER is repeated."""
CHALLENGED_CSEQS = 2
"""By how much CSeq grows from one accepted REGISTER to the next, the challenge included."""


class Binding(NamedTuple):
    """What a 2xx to a REGISTER granted."""

    request: Request
    from_ns: int
    granted_s: int
    """0: it was removed."""

    @property
    def until_ns(self) -> int:
        return self.from_ns + self.granted_s * 1_000_000_000


class Gap(NamedTuple):
    """A renewal that came after the binding had ended."""

    binding: Binding
    renewal: Binding

    @property
    def late_s(self) -> float:
        return seconds(self.binding.until_ns, self.renewal.from_ns)


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
        return _asked_s(self._last.first.message) == 0

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
        """Credentials were sent and challenged again in the same realm, not for a stale nonce, and never taken after that."""
        return rejected_again(self._since)

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
        sent = sum(len(hop.requests) for request in self._since for hop in request.hops[:1])
        answered = any(request.final is not None for request in self._since)
        return self._waited_out or (not answered and sent >= INSISTENT)

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
            granted_s = _granted_s(request.first.message, final.message)
            if granted_s is not None:
                found.append(Binding(request, final.time_ns, granted_s))
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
    def _gaps(self) -> list[Gap]:
        if not self._timed:
            return []
        pairs = zip(self._bindings, self._bindings[1:], strict=False)
        return [Gap(one, two) for one, two in pairs if _late(one, two) and not self._tried_between(one)]

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
        return max((gap.late_s for gap in self._gaps), default=None)

    @fact(unit="s")
    def late_granted_s(self) -> float | None:
        """How long that registration had been granted."""
        return float(self._worst.binding.granted_s) if self._worst is not None else None

    @once
    def _worst(self) -> Gap | None:
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

    # -- behind a NAT ----------------------------------------------------------------------------

    @once
    def _mappings(self) -> list[tuple[str, int, CapturedMessage]]:
        """The addresses and ports that the REGISTERs of one device came from, as long as each was kept."""
        first = self._requests[0].first.message
        own = [
            request
            for request in self._requests
            if request.first.transport == "UDP"
            and request.first.message.call_id == first.call_id
            and request.first.message.sent_by == first.sent_by
        ]
        noted = [(request, seen) for request in own if (seen := _noted(request)) is not None]
        found: list[tuple[str, int, CapturedMessage]] = []
        # Next to the device only its registrar's notes tell; next to the registrar the packets do.
        for request, seen in noted or [(request, request.first.src) for request in own]:
            if not found or found[-1][:2] != tuple(seen):
                found.append((*seen, request.first))
        return found

    @fact(unit="times")
    def nat_moves(self) -> int:
        """How often a device that sends from one port (Via) over UDP came from another one, as a NAT changes it."""
        return max(0, len(self._mappings) - 1)

    @fact(absent="several ports")
    def nat_ports(self) -> str | None:
        """The ports it came from, in order."""
        ports = [str(port) for _, port, _ in self._mappings]
        return ", ".join(ports[:6]) + (" …" if len(ports) > 6 else "") if len(ports) > 1 else None

    @evidence("mapping")
    def mappings(self) -> list[CapturedMessage]:
        """The first REGISTER from each of the first of those ports."""
        return [captured for *_, captured in self._mappings[:4]] if self.nat_moves else []


def _asked_s(message: Message) -> int | None:
    """The time that a REGISTER asks for: of its Contact, else of Expires."""
    contact = message.contact
    return _number(contact.params.get("expires") if contact else None, message.header("Expires"))


def _granted_s(request: Message, response: Message) -> int | None:
    """The time that a 2xx grants the Contact of the request (RFC 3261 §10.3); None where it cannot be told."""
    asked_s = _asked_s(request)
    if asked_s == 0:
        return 0
    own = request.contact
    if own is None:
        return None  # It only asks which bindings there are.
    there = response.addresses("contact")
    same = [one for one in there if (one.uri.user, one.uri.host) == (own.uri.user, own.uri.host)]
    chosen = same[0] if same else there[0] if len(there) == 1 else None
    if chosen is None and there:
        return None
    return _number(chosen.params.get("expires") if chosen else None, response.header("Expires"), asked_s)


def _number(*texts: str | int | None) -> int | None:
    """The first of these that is a number of seconds."""
    for text in texts:
        if isinstance(text, int):
            return text
        if text is not None and text.strip().isdecimal() and len(text.strip()) <= 9:
            return int(text.strip())
    return None


def _late(one: Binding, two: Binding) -> bool:
    """The second renews the first, which had ended, and no REGISTER between them is missing in the capture."""
    first, second = one.request, two.request
    if not one.granted_s or not two.granted_s:
        return False
    if first.first.message.call_id != second.first.message.call_id:
        return False  # The device was started anew.
    if not 0 < second.cseq - first.cseq <= CHALLENGED_CSEQS:
        return False
    return second.time_ns - one.until_ns >= LATE_NS


def _noted(request: Request) -> tuple[str, int] | None:
    """The address and port that a request came from, as its receiver wrote them down (RFC 3581 §4)."""
    final = request.final
    via = final.message.vias[0] if final is not None and final.message.vias else None
    if via is None or via.rport is None:
        return None
    return via.received or request.first.src.address, via.rport
