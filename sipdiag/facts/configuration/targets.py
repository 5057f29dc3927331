"""Whom a transfer calls: the form of its target, the country it lies in, and whether a trunk transfers there."""

from __future__ import annotations

from sipdiag.context.documents import Document
from sipdiag.context.node import Node
from sipdiag.facts.configuration.check import CitedValue, Spot, check, cite, first_value, spot
from sipdiag.facts.configuration.files import (
    Files,
    Tool,
    is_e164,
    is_placeholder,
    is_variable,
    listed,
    number_of,
    trunk_host,
)
from sipdiag.knowledge.countries import COUNTRIES

LONGEST_EXTENSION = 6
"""Digits; a shorter number is one of a PBX."""


@check
def transfer_to_form(files: Files) -> Spot | None:
    """A transfer request's target has no scheme, or is a number that a carrier cannot dial."""
    for request in files.of("livekit.transfer_request"):
        setting = request.settings.get("transfer.target")
        text = str(setting.value).strip().strip("<>") if setting is not None else ""
        if setting is None or not text or is_variable(text) or _to_gateway(request):
            continue
        scheme, colon, rest = text.partition(":")
        if not colon or scheme.lower() not in ("sip", "sips", "tel"):
            return spot(files, [CitedValue(request, setting.node)], value=text, grave=True)
        user = rest.partition("@")[0].partition(";")[0]
        carrier = scheme.lower() == "tel" or files.carrier_of(text) is not None
        if carrier and _not_dialable(user):
            return spot(files, [CitedValue(request, setting.node)], value=text)
    return None


def _to_gateway(request: Document) -> bool:
    """A gateway answers it in the same file: it makes the target's form right by itself."""
    return any(one.kind.name == "livekit.gateway_response" for one in request.file.documents)


def _not_dialable(user: str) -> bool:
    """National, or an extension."""
    plain = user.translate(str.maketrans("", "", "-.() "))
    return plain.isdecimal()


@check
def transfer_identity(files: Files) -> Spot | None:
    """A transfer request names the agent, not the caller's SIP participant."""
    cites = []
    for request in files.of("livekit.transfer_request", "livekit.gateway_request"):
        identity = request.node.get("participant_identity")
        if identity is not None and str(identity.value).startswith(("agent-", "agent_")):
            cites.append(CitedValue(request, identity))
    return spot(files, cites, value=first_value(cites))


@check
def number_not_e164(files: Files) -> Spot | None:
    """A transfer's target is a telephone number that is not + and digits."""
    cites = []
    for tool in files.tools:
        document = tool.document
        ignored = (
            document.value("transfer.e164_ignored") is True
            or document.value("transfer.e164_checked") is False
        )
        if ignored or not tool.to_telephone or is_placeholder(tool.target) or is_e164(tool.target):
            continue
        if any(one.isdecimal() for one in tool.target):
            cites.append(cite(document, "transfer.target"))
    cites += [
        cite(call, "call.to") for call in files.of("livekit.create_participant") if _lacks_plus(files, call)
    ]
    return spot(files, cites, value=first_value(cites))


def _lacks_plus(files: Files, call: Document) -> bool:
    """A number without + is called over a trunk to Twilio."""
    number = str(call.value("call.to") or "")
    trunks = files.of("livekit.outbound_trunk")
    same = [one for one in trunks if one.value("trunk.id") in (None, call.value("trunk.id"))]
    carrier = any(files.carrier_of(trunk_host(one)) == "twilio" for one in same)
    return carrier and number.isdecimal() and len(number) > LONGEST_EXTENSION


@check
def country_not_allowed(files: Files) -> Spot | None:
    """A transfer's target lies in a country that the list of countries does not hold."""
    for tool in files.tools:
        number = number_of(tool.target) if tool.to_telephone else None
        if number is None or number.region is None:
            continue
        for document, allowed in _country_lists(files, tool):
            countries = {str(node.value).upper() for node in listed(document.settings["number.countries"])}
            if countries and number.region not in countries and "*" not in countries:
                return spot(
                    files,
                    [cite(tool.document, "transfer.target"), CitedValue(document, allowed)],
                    value=COUNTRIES.get(number.region, number.region),
                    other=", ".join(sorted(countries)[:12]),
                )
    return None


def _country_lists(files: Files, tool: Tool) -> list[tuple[Document, Node]]:
    """The lists that bind a tool's calls: the platform's own, and that of the carrier's profile."""
    if tool.refers and tool.document.kind.provider == "retell":
        return []
    kinds = ["telnyx.profile"]
    if tool.document.kind.provider == "retell":
        kinds.append("retell.number")
    return [
        (document, document.settings["number.countries"].node)
        for document in files.of(*kinds)
        if "number.countries" in document.settings
    ]


@check
def sip_only_for_pstn(files: Files) -> Spot | None:
    """A trunk transfers to SIP addresses only, and a transfer's target is a telephone number."""
    off = [
        cite(trunk, "trunk.transfer_mode")
        for trunk in files.of("twilio.trunk")
        if trunk.value("trunk.transfer_mode") == "sip-only"
    ]
    for tool in files.tools:
        if off and tool.refers and tool.to_telephone:
            return spot(files, [*off, cite(tool.document, "transfer.target")], value=tool.target)
    for request in files.of("livekit.transfer_request"):
        target = str(request.value("transfer.target") or "")
        if off and (target.strip("<").lower().startswith("tel:") or files.carrier_of(target) == "twilio"):
            return spot(files, [*off, cite(request, "transfer.target")], value=target)
    return None
