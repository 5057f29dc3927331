"""Recognises who is at either end of a leg, from addresses, host names and the messages' own fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from sipdiag.calls.model import Leg, Transaction
from sipdiag.calls.parties import opener
from sipdiag.calls.sides import Side, Sides
from sipdiag.knowledge.provider import Recognition
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.address import parse_uri


def recognise(leg: Leg, providers: Providers) -> Sides:
    """Weigh address, host names and message fingerprints for both ends of ``leg``.

    The host name in From counts last: many user agents put the called trunk's there.
    """
    far = _far_end(leg)
    callee = _side(far, _evidence(leg, far, providers, caller=False), providers)
    caller = _side(leg.caller, _evidence(leg, far, providers, caller=True), providers)
    named = _own_host_name(leg, providers)
    if named is not None and caller.recognition is None and named.provider != callee.id:
        caller = _side(leg.caller, [named], providers)
    elif named is not None and caller.recognition is not None and named.provider == caller.id:
        product = caller.recognition.product or named.product
        caller = replace(caller, recognition=replace(caller.recognition, product=product))
    return Sides(caller, callee, tuple(_proxies(leg, far, providers)))


def _far_end(leg: Leg) -> Host:
    """Who received the leg's INVITE: behind proxies, the last host it was handed to."""
    hops = [hop for invite in leg.invites for hop in invite.hops]
    relays = {hop.src for hop in hops}
    ends = [hop.dst for hop in hops if hop.dst not in relays]
    answered = [
        hop.dst for hop in hops if hop.dst not in relays and hop.status is not None and hop.status < 300
    ]
    return (answered or ends or [leg.callee])[-1]


def _proxies(leg: Leg, far: Host, providers: Providers) -> Iterator[Side]:
    """Whoever passed the INVITE on; of what a proxy sends, only its 100 is its own (RFC 3261 §16.2)."""
    hops = [hop for invite in leg.invites for hop in invite.hops]
    for host in dict.fromkeys(hop.dst for hop in hops):
        if host.address in (leg.caller.address, far.address):
            continue
        trying = [one for hop in hops for one in hop.responses if one.src == host]
        own = [_by_its_own(one, providers) for one in trying if one.message.status == 100]
        yield _side(host, [providers.of_address(host.address), *own], providers)


def by_address(host: Host, providers: Providers) -> Side:
    """Who is at a host, judging by its address alone."""
    return _side(host, [providers.of_address(host.address)], providers)


def _side(host: Host, evidence: Iterable[Recognition | None], providers: Providers) -> Side:
    recognition = providers.combine(evidence)
    return Side(host, recognition, providers.get(recognition.provider) if recognition else None)


def _evidence(leg: Leg, far: Host, providers: Providers, *, caller: bool) -> Iterator[Recognition | None]:
    host, other = (leg.caller, far) if caller else (far, leg.caller)
    yield providers.of_address(host.address)
    if not caller:
        yield _called_host_name(leg, providers)
    for request in leg.requests:
        for hop in request.hops:
            sent = hop.requests[:1] if request.from_caller == caller else hop.responses
            for captured in sent:
                if captured.src.address == other.address != host.address:
                    continue  # A proxy's own refusal of what came from behind it.
                if captured.message.status == 100 and captured.src.address != host.address:
                    continue  # Every proxy writes its own 100 (RFC 3261 §16.2).
                if not caller and _made_on_the_way(captured, hop, leg, host):
                    continue
                yield _by_its_own(captured, providers)


def _made_on_the_way(captured: CapturedMessage, hop: Transaction, leg: Leg, far: Host) -> bool:
    """A refusal by a proxy that is not seen to come from the far end, whose own hop was captured (RFC 3261 §16.7)."""
    status, cseq = captured.message.status or 0, captured.message.cseq
    if status < 300 or captured.src.address == far.address:
        return False
    behind = [
        other
        for request in leg.requests
        for other in request.hops
        if other is not hop and other.dst.address == far.address and other.requests
    ]
    asked = [other for other in behind if other.requests[0].message.cseq == cseq]
    return bool(asked) and not any(other.final is not None for other in asked)


def _by_its_own(captured: CapturedMessage, providers: Providers) -> Recognition | None:
    """Whom a message shows its sender to be, unless that only copied what it was sent."""
    found = providers.of_sender(captured.message)
    return None if found is None or captured.echoes else found


def _called_host_name(leg: Leg, providers: Providers) -> Recognition | None:
    """The host in the Request-URI says whom the INVITE is for."""
    invite = opener(leg)
    host = parse_uri(invite.uri).host if invite is not None else ""
    return providers.of_host(host) if host else None


def _own_host_name(leg: Leg, providers: Providers) -> Recognition | None:
    """P-Asserted-Identity, else From, as the sender's own domain."""
    invite = opener(leg)
    if invite is None:
        return None
    for address in (invite.pai, invite.from_):
        if address is not None and address.uri.host:
            recognition = providers.of_host(address.uri.host)
            if recognition is not None:
                return recognition
    return None
