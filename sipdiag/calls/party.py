"""Who is at either end of a leg: carrier, platform, PBX, or nobody we can prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sipdiag.calls.captured import Host
from sipdiag.calls.model import Leg, Request
from sipdiag.knowledge.provider import Provider, Recognition
from sipdiag.knowledge.providers import Providers
from sipdiag.sip.address import parse_uri


@dataclass(frozen=True, slots=True)
class Side:
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


@dataclass(frozen=True, slots=True)
class Sides:
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
    """Weigh address, host names and the messages' own fingerprints for both ends of ``leg``."""
    return Sides(_side(leg, providers, True), _side(leg, providers, False))


def _side(leg: Leg, providers: Providers, caller: bool) -> Side:
    host = leg.caller if caller else leg.callee
    recognition = providers.combine(list(_evidence(leg, providers, caller)))
    return Side(host, recognition, providers.get(recognition.provider) if recognition else None)


def _evidence(leg: Leg, providers: Providers, caller: bool) -> Iterator[Recognition]:
    host = leg.caller if caller else leg.callee
    found = [providers.of_address(host.address)]
    found += [_host_name(request, providers, caller) for request in leg.invites[:1]]
    found += [
        providers.of_sender(captured.message)
        for request in leg.requests
        for hop in request.hops
        for captured in (hop.requests[:1] if request.from_caller == caller else hop.responses)
    ]
    yield from (recognition for recognition in found if recognition is not None)


def _host_name(invite: Request, providers: Providers, caller: bool) -> Recognition | None:
    """The Request-URI names whom the INVITE is for; From and PAI name the sender."""
    message = invite.first.message
    if not message.is_request:
        return None
    if not caller:
        host = parse_uri(message.uri).host
        return providers.of_host(host) if host else None
    for address in (message.pai, message.from_):
        if address is not None and address.uri.host:
            recognition = providers.of_host(address.uri.host)
            if recognition is not None:
                return recognition
    return None
