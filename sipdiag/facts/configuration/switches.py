"""What is switched off or missing on the side that has to accept a call or a REFER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue, Spot, check, cite, spot
from sipdiag.facts.configuration.files import Files, other_trunk, same_trunk, trunk_host

if TYPE_CHECKING:
    from sipdiag.context.documents import Document
    from sipdiag.context.node import Node

SWITCHES = {"telnyx.profile": "profile.enabled", "telnyx.connection": "connection.active"}
"""Kinds of document with a switch for all calls, and the setting that says it."""
_PBX = frozenset({"asterisk.endpoint", "freeswitch.profile"})
"""Objects with a switch for transfers, of which a PBX has many."""
_WANT_PLUS = ("twilio", "vonage")
"""Carriers that take a number with its plus sign only."""


def _switched_off(files: Files) -> list[CitedValue]:
    """Where call transfer is off."""
    trunks = files.of("twilio.trunk")
    off = [one for one in trunks if one.value("trunk.transfer_mode") == "disable-all" and _in_use(files, one)]
    if any(one.value("trunk.transfer_mode") == "enable-all" for one in trunks):
        # Of several trunks one takes transfers: the others matter where a number of ours is on them.
        used = {str(one.value("trunk.id")) for one in files.of("twilio.number")}
        off = [one for one in off if one.node.string("sid") in used]
    return [cite(trunk, "trunk.transfer_mode") for trunk in off] + [
        cite(one, "pbx.transfer") for one in files.of(*sorted(_PBX)) if one.value("pbx.transfer") == "off"
    ]


def _in_use(files: Files, trunk: Document) -> bool:
    """A trunk that the calls may go over: not where they name another trunk of that carrier, and never this one."""
    host = trunk_host(trunk)
    elsewhere = any(other_trunk(host, one) for one in files.hosts)
    return not elsewhere or any(same_trunk(host, one) for one in files.hosts)


@check
def transfer_off(files: Files) -> Spot | None:
    """Call transfer is switched off, and nothing says that none is wanted."""
    if files.invite_only or files.refer_accepted:
        return None
    cites = _switched_off(files)
    if not cites:
        return None
    wanted = [CitedValue(tool.document, tool.method.node) for tool in files.tools if tool.refers]
    grave = files.refer_wanted and not _others_take_it(files, cites)
    return spot(files, [*cites, *wanted], value=files.context.mask.quote(cites[0].node), grave=grave)


def _others_take_it(files: Files, off: list[CitedValue]) -> bool:
    """Another endpoint or profile of the same PBX takes transfers: which a REFER comes to, is known only of a call."""
    kinds = {one.document.kind.name for one in off} & _PBX
    return any(one.value("pbx.transfer") != "off" for kind in kinds for one in files.of(kind))


def gateway_hosts(trunk: Document) -> list[Node]:
    """Where the gateways of a Vapi trunk are."""
    gateways = trunk.node.get("gateways")
    hosts = [one.get("ip") for one in (gateways.items() if gateways is not None else [])]
    return [one for one in hosts if one is not None]


@check
def leading_plus_off(files: Files) -> Spot | None:
    """A Vapi trunk strips the plus sign, and its gateway is one that wants it."""
    for trunk in files.of("vapi.trunk"):
        plus = trunk.settings.get("trunk.leading_plus")
        for host in gateway_hosts(trunk):
            wants = files.carrier_of(str(host.value)) in _WANT_PLUS
            if plus is not None and plus.value is False and wants:
                cite = CitedValue(trunk, plus.node, "" if plus.explicit else "outboundLeadingPlusEnabled")
                return spot(files, [cite, CitedValue(trunk, host)], value=str(host.value))
    return None


def without_profile(connection: Document) -> CitedValue | None:
    """Where a Telnyx connection lacks its outbound voice profile."""
    outbound = connection.node.get("outbound")
    if outbound is None or connection.value("profile.id") is not None:
        return None
    held = outbound.get("outbound_voice_profile_id")
    return (
        CitedValue(connection, held)
        if held is not None
        else CitedValue(connection, outbound, "outbound_voice_profile_id")
    )


@check
def no_outbound_profile(files: Files) -> Spot | None:
    """A Telnyx connection has no outbound voice profile."""
    return spot(
        files, [one for one in map(without_profile, files.of("telnyx.connection")) if one is not None]
    )


@check
def connection_off(files: Files) -> Spot | None:
    """A Telnyx connection, or the profile of one, is switched off."""
    cites = []
    for kind, name in SWITCHES.items():
        cites += [cite(one, name) for one in files.of(kind) if one.value(name) is False]
    return spot(files, cites, value=cites[0].document.kind.title if cites else "")


@check
def no_refer_hook(files: Files) -> Spot | None:
    """A jambonz dial towards a SIP address has no `referHook`."""
    cites = []
    for dial in files.of("jambonz.dial"):
        targets = dial.node.get("target")
        to_sip = any(one.string("type") == "sip" for one in (targets.items() if targets is not None else []))
        if to_sip and not dial.node.has("referHook"):
            cites.append(CitedValue(dial, dial.node, "referHook"))
    return spot(files, cites)
