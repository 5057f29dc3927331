"""Who has to act, by name.

A rule says which class of party has to act; the ends of the leg say who that is.  A party goes by its
provider, else by the software it calls itself (User-Agent, Server), else by its role, with its address.
Nothing about it is decided anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from sipdiag.calls.model import LegMessage
from sipdiag.calls.routing import recorded_route
from sipdiag.calls.sides import Side, Sides
from sipdiag.facts.blamed import NOBODY, Blamed
from sipdiag.facts.private import is_private
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.wording import side_name
from sipdiag.messages.captured import Host
from sipdiag.pipeline.aliases import NONE, alias_of
from sipdiag.rules.acts import Acts, Named, Responsible, unnamed

ActsOf = Callable[[Named], Acts]

_PRODUCT = re.compile(r"[^/(;,]{2,40}")
_BY_SESSION = {
    "Asterisk": "Asterisk",  # github.com/asterisk/asterisk: s=Asterisk, earlier with " PBX" and a version
    "FreeSWITCH": "FreeSWITCH",  # github.com/pjsip/pjproject/issues/4792
    "pjmedia": "PJSIP",  # github.com/sipsorcery-org/sipsorcery/issues/1413
    "Talk": "Linphone",  # github.com/BelledonneCommunications/linphone-android/issues/1107
    "Z": "Zoiper",  # github.com/emiago/diago/issues/100
    "Zoiper": "Zoiper",  # github.com/Kurento/bugtracker/issues/83
}
"""The first word of ``s=`` → the software that writes it."""
_LOOKED_THROUGH = 50
"""How many messages of a leg are searched for the name of its software."""


class _End(Struct, frozen=True):
    """One end of a leg."""

    address: str
    name: str | None
    """None where nothing names it."""
    proof: str
    """How the name is known."""

    def named(self, role: str = "") -> str:
        """``Twilio (54.172.60.1)``, ``Carrier (198.51.100.7)``; without a role the address alone."""
        name = self.name or role
        return f"{name} ({self.address})" if name else self.address


def between(
    sides: Sides,
    messages: Sequence[LegMessage],
    aliases: Mapping[str, str] = NONE,
    blamed: Callable[[], Blamed] = lambda: NOBODY,
    far: Side | None = None,
) -> ActsOf:
    """Who has to act on what happened between two ends that exchanged these messages.

    ``aliases``: what the user calls hosts; ``blamed``: where between them it failed; ``far``: the end that was asked
    for something, and that an unrecognised carrier is or stands behind: the called one if not given.
    """
    asked = far or sides.callee

    def acts(responsible: Named) -> Acts:
        if responsible == "proxy":
            return _of_proxy(blamed().proxy, sides, aliases)
        if responsible == "network" and (hop := blamed().hop) is not None:
            near, far = (_end(_side_at(host, sides), messages, aliases).named() for host in hop)
            return Acts(
                f"Operator of the network between {near} and {far}", "network", unnamed("network").because
            )
        if responsible == "transferor" or responsible == "transferee":
            return unnamed(responsible)
        who, side = _who(responsible, sides, lambda side: _end(side, messages, aliases))
        if who is None:
            return _of_unrecognised(responsible, _end(asked, messages, aliases))
        if side is not None and side.kind == "platform" and responsible in ("caller", "callee"):
            responsible = "platform"
        because = _BECAUSE.get(responsible)
        if responsible == "configuration" and side is None:
            return Acts(
                who, responsible, "The setting is at one of these two ends; nothing seen here says at which."
            )
        if because is None or side is None:
            return Acts(who, responsible, unnamed(responsible).because)
        return Acts(who, responsible, f"{because}: {_end(side, messages, aliases).proof}.")

    return acts


def on_transfer(view: TransferView, aliases: Mapping[str, str] = NONE) -> ActsOf:
    """Who has to act on a transfer: the called party is its target, all others are at the leg it moves."""
    leg = view.base or next(iter(view.new_legs), None)
    if leg is None:
        return unnamed
    far = view.transferee if view.base is not None else None
    others = between(leg.sides, leg.leg.messages, aliases, lambda: Blamed(view.stopped_at), far)

    def acts(responsible: Named) -> Acts:
        if view.base is not None and responsible in ("transferor", "transferee"):
            side = view.transferor if responsible == "transferor" else view.transferee
            return _of_end(side, view.base.sides, _end(side, leg.leg.messages, aliases), responsible)
        if responsible != "callee":
            return others(responsible)
        target = f"Transfer target ({view.transfer.target})" if view.transfer.target else "Transfer target"
        return Acts(target, responsible, "It is whom the transfer was to reach.")

    return acts


def _of_unrecognised(responsible: Responsible, far: _End) -> Acts:
    """A carrier or platform that nothing recognises is the end that was asked, or stands behind its software."""
    match responsible:
        case "carrier" | "carrier-account" | "platform" if far.name is None and is_private(far.address):
            who, responsible = far.named("Administrator of the called system"), "configuration"
        case "platform":
            who = far.named("Voice platform")
        case "carrier":
            who = f"Carrier or operator of {far.named()}" if far.name else far.named("Carrier")
        case "carrier-account" if far.name:
            who = f"Account administrator at the carrier or at {far.named()}"
        case "carrier-account":
            who = far.named("Carrier account administrator")
        case _:
            return unnamed(responsible)
    return Acts(who, responsible, _why_there(responsible, far))


def _why_there(responsible: Responsible, far: _End) -> str:
    if responsible == "configuration":
        return f"{far.address} is an address of a local network; no carrier or platform is recognised there."
    kind = "platform" if responsible == "platform" else "carrier"
    return f"No {kind} is recognised here; {far.address} is where the request went, and it failed there."


def _of_end(side: Side, sides: Sides, end: _End, role: str) -> Acts:
    """An end of the moved leg, under the class of what it is."""
    match side.kind:
        case "carrier" | "platform" as kind:
            class_: Responsible = kind
        case _:
            class_ = "caller" if side is sides.caller else "callee"
    asked = "It sent the REFER" if role == "transferor" else "It took the REFER"
    return Acts(
        end.named("Transferring side" if role == "transferor" else "Transferred side"),
        class_,
        f"{asked}: {end.proof}.",
    )


def _side_at(host: Host, sides: Sides) -> Side:
    """Who is known to be at a host."""
    known = (sides.caller, sides.callee, *sides.proxies)
    return next((side for side in known if side.host.address == host.address), Side(host, None, None))


def _of_proxy(host: Host | None, sides: Sides, aliases: Mapping[str, str]) -> Acts:
    """A proxy is named for its operator to configure; one seen on one side only goes by its address."""
    if host is None:
        return unnamed("configuration")
    side = sides.proxy(host.address)
    name = alias_of(host, aliases) or (side_name(side) if side is not None else None)
    proof = f": {side.recognition.how}" if side is not None and side.recognition is not None else ""
    who = f"{name or 'Proxy'} ({host.address})"
    return Acts(who, "configuration", f"It passes on what the two ends send each other{proof}.")


_BECAUSE: dict[Responsible, str] = {
    "carrier": "It is the carrier here",
    "carrier-account": "The account's settings decide this",
    "platform": "It is the voice platform here",
    "configuration": "Its settings decide this",
    "caller": "It is the calling end",
    "callee": "It is the called end",
}


def _who(
    responsible: Responsible, sides: Sides, end: Callable[[Side], _End]
) -> tuple[str | None, Side | None]:
    """The name, and the side it names where it names one."""
    carrier, platform = sides.carrier, sides.platform
    match responsible:
        case "caller":
            return end(sides.caller).named("Caller"), sides.caller
        case "callee":
            return end(sides.callee).named("Called party"), sides.callee
        case "carrier" if carrier is not None:
            return end(carrier).named("Carrier"), carrier
        case "carrier-account" if carrier is not None:
            known = side_name(carrier) if carrier.kind == "carrier" else None
            return f"{known or 'Carrier'} account administrator", carrier
        case "platform" if platform is not None:
            return end(platform).named("Voice platform"), platform
        case "configuration":
            return _administrator(sides, end)
        case "network":
            return (
                f"Operator of the network between {end(sides.caller).named()} and {end(sides.callee).named()}",
                None,
            )
    return None, None


def _administrator(sides: Sides, end: Callable[[Side], _End]) -> tuple[str, Side | None]:
    """The end that its user configures: the platform, or whatever faces a carrier; both ends where that is open."""
    side = sides.platform
    if side is None and sides.carrier is not None:
        side = sides.callee if sides.carrier is sides.caller else sides.caller
    if side is None:
        return f"Administrator of {end(sides.caller).named()} or {end(sides.callee).named()}", None
    known = end(side)
    return (f"{known.name} administrator" if known.name else f"Administrator of {known.named()}"), side


def _end(side: Side, messages: Sequence[LegMessage], aliases: Mapping[str, str]) -> _End:
    name, address = side_name(side), side.host.address
    alias = alias_of(side.host, aliases)
    if alias is not None:
        return _End(address, alias, f"you call {address} {alias}")
    product = None if name is not None else software(side.host, messages)
    if (name or product) and side.kind not in ("carrier", "platform") and _relayed(side.host, messages):
        address = f"behind {address}"
    if name is not None and side.recognition is not None:
        return _End(address, name, side.recognition.how)
    return _End(address, product, f"it calls itself {product}" if product else "nothing there names itself")


def _relayed(host: Host, messages: Sequence[LegMessage]) -> bool:
    """The host added Record-Route to an answer with another host's Contact: it is a proxy, and what it sends is not its own."""
    for entry in islice((one for one in messages if one.captured.src == host), _LOOKED_THROUGH):
        message = entry.captured.message
        contact = message.contact
        if not message.is_request and contact is not None and message.method == "INVITE":
            recorded = [route.host for route in recorded_route(entry.captured)]
            return host.address in recorded and contact.uri.host != host.address
    return False


def software(host: Host, messages: Sequence[LegMessage]) -> str | None:
    """What the host calls itself in User-Agent or Server, without the version behind the slash; else by its SDP."""
    sent = (one.captured for one in messages if one.captured.src == host and not one.captured.echoes)
    looked_through = [captured.message for captured in islice(sent, _LOOKED_THROUGH)]
    for message in looked_through:
        product = _PRODUCT.match(message.header("User-Agent") or message.header("Server") or "")
        if product:
            return product[0].strip()
    # A B2BUA may relay another party's description; one with its own address is its own.
    own = (
        one.sdp for one in looked_through if one.sdp is not None and one.sdp.origin_address == host.address
    )
    words = (sdp.session_name.partition(" ")[0].partition("_")[0] for sdp in own)
    return next((_BY_SESSION[word] for word in words if word in _BY_SESSION), None)
