"""The participants of a call's ladder: every host of its messages, named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from sipdiag.calls.model import Call, Leg
from sipdiag.calls.sides import Side
from sipdiag.facts.wording import side_name
from sipdiag.messages.captured import Host
from sipdiag.pipeline.results import Participant


def participants(call: Call, names: Mapping[str, str]) -> Iterator[Participant]:
    """Every host of the call's messages, in order of first appearance."""
    known: dict[Host, Side] = {}
    roles: dict[Host, str] = {}
    for leg in call.legs:
        ends = leg.sides
        far = _far_end(leg)
        # Behind a proxy the fingerprints of the called side are those of whoever took the call,
        # unless they are a proxy's own.
        taker = ends.callee if ends.callee.kind != "proxy" or far == leg.callee else Side(far, None, None)
        named = [(leg.caller, ends.caller, "Caller side"), (far, taker, "Called side")]
        if taker is not ends.callee:
            named.append((leg.callee, ends.callee, "Proxy"))
        for host, side, role in named:
            if known.get(host) is None or known[host].provider is None:
                known[host] = replace(side, host=host)
            roles.setdefault(host, role)
    seen: dict[Host, None] = {}
    for leg in call.legs:
        for entry in leg.messages:
            seen.setdefault(entry.captured.src)
            seen.setdefault(entry.captured.dst)
    for host in seen:
        end = known.get(host, Side(host, None, None))
        yield Participant(
            host=host,
            provider=end.id,
            name=side_name(end) or names.get(host.address) or roles.get(host, "Proxy"),
            proof=end.recognition.how if end.recognition is not None else None,
        )


def _far_end(leg: Leg) -> Host:
    """Who took the leg's INVITE: behind proxies, the last host it was handed to."""
    hops = [hop for invite in leg.invites for hop in invite.hops]
    relays = {hop.src for hop in hops}
    ends = [hop.dst for hop in hops if hop.dst not in relays]
    answered = [
        hop.dst for hop in hops if hop.dst not in relays and hop.status is not None and hop.status < 300
    ]
    return (answered or ends or [leg.callee])[-1]
