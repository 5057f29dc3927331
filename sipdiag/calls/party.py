"""Who is at either end of a leg: carrier, platform, PBX, or nobody we can prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.calls.model import Leg
from sipdiag.knowledge.provider import Provider, Recognition
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import Host
from sipdiag.sip.address import parse_uri
from sipdiag.sip.message import Message


class Side(Struct, frozen=True):
    """One end of a leg."""

    host: Host
    recognition: Recognition | None
    provider: Provider | None

    @property
    def id(self) -> str | None:
        return self.provider.id if self.provider else None

    @property
    def kind(self) -> str | None:
        return self.provider.kind if self.provider else None

    @property
    def voice_ai(self) -> bool:
        return self.provider is not None and self.provider.voice_ai


class Sides(Struct, frozen=True):
    """Both ends of a leg."""

    caller: Side
    callee: Side

    def of(self, from_caller: bool) -> Side:
        """The side that sent a request, given its ``from_caller``."""
        return self.caller if from_caller else self.callee

    @property
    def carrier(self) -> Side | None:
        """The end that is a carrier, if exactly one is; else the end opposite a platform."""
        carriers = [side for side in (self.caller, self.callee) if side.kind == "carrier"]
        if len(carriers) == 1:
            return carriers[0]
        if carriers:
            return None
        platform = self.platform
        if platform is None:
            return None
        return self.callee if platform is self.caller else self.caller

    @property
    def platform(self) -> Side | None:
        """The end that is a voice platform, if exactly one is."""
        platforms = [side for side in (self.caller, self.callee) if side.kind == "platform"]
        return platforms[0] if len(platforms) == 1 else None


def recognise(leg: Leg, providers: Providers) -> Sides:
    """Weigh address, host names and the messages' own fingerprints for both ends of ``leg``.

    What the host name in From says comes last: many user agents write the called trunk's there.
    """
    callee = _side(leg.callee, _evidence(leg, providers, caller=False), providers)
    caller = _side(leg.caller, _evidence(leg, providers, caller=True), providers)
    named = _own_host_name(leg, providers)
    if named is not None and caller.recognition is None and named.provider != callee.id:
        caller = _side(leg.caller, [named], providers)
    elif named is not None and caller.recognition is not None and named.provider == caller.id:
        product = caller.recognition.product or named.product
        caller = replace(caller, recognition=replace(caller.recognition, product=product))
    return Sides(caller, callee)


def _side(host: Host, evidence: Iterable[Recognition | None], providers: Providers) -> Side:
    recognition = providers.combine(evidence)
    return Side(host, recognition, providers.get(recognition.provider) if recognition else None)


def _evidence(leg: Leg, providers: Providers, *, caller: bool) -> Iterator[Recognition | None]:
    host, other = (leg.caller, leg.callee) if caller else (leg.callee, leg.caller)
    yield providers.of_address(host.address)
    if not caller:
        yield _called_host_name(leg, providers)
    for request in leg.requests:
        for hop in request.hops:
            sent = hop.requests[:1] if request.from_caller == caller else hop.responses
            for captured in sent:
                if captured.src.address == other.address != host.address:
                    continue  # A proxy's own refusal of what came from behind it.
                yield providers.of_sender(captured.message)


def _opener(leg: Leg) -> Message | None:
    if not leg.invites:
        return None
    message = leg.invites[0].first.message
    return message if message.is_request else None


def _called_host_name(leg: Leg, providers: Providers) -> Recognition | None:
    """The Request-URI's host names whom the INVITE is for."""
    invite = _opener(leg)
    host = parse_uri(invite.uri).host if invite is not None else ""
    return providers.of_host(host) if host else None


def _own_host_name(leg: Leg, providers: Providers) -> Recognition | None:
    """P-Asserted-Identity, else From, as the sender's own domain."""
    invite = _opener(leg)
    if invite is None:
        return None
    for address in (invite.pai, invite.from_):
        if address is not None and address.uri.host:
            recognition = providers.of_host(address.uri.host)
            if recognition is not None:
                return recognition
    return None
