"""Transfer tools and requests: modes, targets, numbers, settings without effect."""

from __future__ import annotations

from sipdiag.context.documents import Document
from sipdiag.context.node import Node
from sipdiag.facts.configuration.check import Cite, Spot, check, spot
from sipdiag.facts.configuration.files import (
    Files,
    Tool,
    digits,
    host_of,
    is_e164,
    is_placeholder,
    is_variable,
    listed,
    number_of,
)
from sipdiag.knowledge.countries import COUNTRIES

_TWILIO = ("pstn.twilio.com", ".twilio.com")
_LEADING_PLUS = ("twilio.com", "vonage.com", "nexmo.com")
LONGEST_EXTENSION = 6
"""Digits; a shorter number is one of a PBX."""


def _setting_cite(document: Document, name: str) -> Cite:
    return Cite(document, document.settings[name].node)


@check
def cold_mode_unset(files: Files) -> Spot | None:
    """A cold transfer names no mode."""
    cites = []
    for tool in files.tools:
        document = tool.document
        if document.kind.name != "retell.transfer_tool" or document.value("transfer.kind") == "warm":
            continue
        if (
            document.value("transfer.mode") is None
            and not tool.method.explicit
            and document.node.has("transfer_option")
        ):
            option = document.node.get("transfer_option") or document.node
            cites.append(Cite(document, option, "cold_transfer_mode"))
    means = files.tools[0].method.value if files.tools else ""
    return spot(files, cites, value="REFER" if means == "refer" else "INVITE")


@check
def show_transferee_ignored(files: Files) -> Spot | None:
    """A transfer by REFER sets `show_transferee_as_caller`, which only an INVITE heeds."""
    cites = [
        _setting_cite(tool.document, "transfer.shows_caller")
        for tool in files.tools
        if tool.refers and tool.method.explicit and tool.document.value("transfer.shows_caller") is True
    ]
    return spot(files, cites)


@check
def detection_timeout_in_cold(files: Files) -> Spot | None:
    """A cold transfer sets `agent_detection_timeout_ms`, which only a warm one heeds."""
    cites = [
        _setting_cite(tool.document, "transfer.detection_s")
        for tool in files.tools
        if tool.document.value("transfer.kind") == "cold" and "transfer.detection_s" in tool.document.settings
    ]
    return spot(files, cites)


@check
def sip_headers_ignored(files: Files) -> Spot | None:
    """SIP headers are set on a transfer that is no REFER and sends none of them."""
    cites = []
    for transfer in files.of("elevenlabs.transfer"):
        if transfer.value("transfer.mode") == "sip_refer":
            continue
        for key in ("custom_sip_headers", "uui", "user_to_user"):
            node = transfer.node.get(key)
            if node is not None and node.value:
                cites.append(Cite(transfer, node))
    return spot(files, cites)


@check
def transfer_to_form(files: Files) -> Spot | None:
    """A transfer request's target has no scheme, or is a number that a carrier cannot dial."""
    for request in files.of("livekit.transfer_request"):
        setting = request.settings.get("transfer.target")
        text = str(setting.value).strip().strip("<>") if setting is not None else ""
        if setting is None or not text or is_variable(text):
            continue
        scheme, colon, rest = text.partition(":")
        if not colon or scheme.lower() not in ("sip", "sips", "tel"):
            return spot(files, [Cite(request, setting.node)], value=text, grave=True)
        user = rest.partition("@")[0].partition(";")[0]
        carrier = scheme.lower() == "tel" or host_of(text).endswith(_TWILIO)
        if carrier and _not_dialable(user):
            return spot(files, [Cite(request, setting.node)], value=text)
    return None


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
            cites.append(Cite(request, identity))
    return spot(files, cites, value=str(cites[0].node.value) if cites else "")


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
            cites.append(_setting_cite(document, "transfer.target"))
    cites += [
        _setting_cite(call, "call.to")
        for call in files.of("livekit.create_participant")
        if _lacks_plus(files, call)
    ]
    return spot(files, cites, value=str(cites[0].node.value) if cites else "")


def _lacks_plus(files: Files, call: Document) -> bool:
    """A number without + is called over a trunk to Twilio."""
    number = str(call.value("call.to") or "")
    trunks = files.of("livekit.outbound_trunk")
    same = [one for one in trunks if one.value("trunk.id") in (None, call.value("trunk.id"))]
    carrier = any(host_of(str(one.value("trunk.host") or "")).endswith(_TWILIO) for one in same)
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
                    [_setting_cite(tool.document, "transfer.target"), Cite(document, allowed)],
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
def foreign_caller_id_over_twilio(files: Files) -> Spot | None:
    """A transfer shows the caller's number in an INVITE over a Twilio trunk."""
    for tool in files.tools:
        shows = tool.document.settings.get("transfer.shows_caller")
        if tool.method.value == "invite" and shows is not None and shows.value is True:
            for number in files.of("retell.number"):
                host = number.settings.get("trunk.host")
                if host is not None and host_of(str(host.value)).endswith(_TWILIO):
                    return spot(
                        files,
                        [Cite(tool.document, shows.node), Cite(number, host.node)],
                        value=str(host.value),
                    )
    for destination in files.of("vapi.destination"):
        caller = destination.settings.get("transfer.caller_id")
        if (
            caller is not None
            and destination.value("transfer.verb") == "dial"
            and _is_callers(str(caller.value))
        ):
            for gateway in files.of("vapi.gateway"):
                host = gateway.settings.get("trunk.host")
                if host is not None and host_of(str(host.value)).endswith(_TWILIO):
                    return spot(
                        files,
                        [Cite(destination, caller.node), Cite(gateway, host.node)],
                        value=str(host.value),
                    )
    return _foreign_number(files)


def _is_callers(text: str) -> bool:
    return is_variable(text) and ("customer" in text or "caller" in text.lower())


def _foreign_number(files: Files) -> Spot | None:
    """A LiveKit call over Twilio that shows a number which is none of the trunk's."""
    for call in files.of("livekit.create_participant"):
        shown = call.settings.get("call.from")
        if shown is None or is_variable(str(shown.value)) or digits(str(shown.value)) in files.own_numbers:
            continue
        for trunk in files.of("livekit.outbound_trunk"):
            host = trunk.settings.get("trunk.host")
            numbers = {digits(one) for one in trunk.texts("trunk.numbers")}
            same = trunk.value("trunk.id") in (None, call.value("trunk.id"))
            if host is None or not same or digits(str(shown.value)) in numbers or not numbers:
                continue
            if host_of(str(host.value)).endswith(_TWILIO):
                return spot(files, [Cite(call, shown.node), Cite(trunk, host.node)], value=str(host.value))
    return None


@check
def caller_id_not_owned(files: Files) -> Spot | None:
    """A number that is to be shown is neither owned nor verified, by two whole lists."""
    owned, verified = files.of("twilio.number"), files.of("twilio.caller_id")
    if not owned or not verified or any(_paged(one) for one in (*owned, *verified)):
        return None
    known = {digits(str(one.value("number") or "")) for one in (*owned, *verified)}
    cites = [
        Cite(document, node)
        for document, node in _shown_numbers(files)
        if not is_variable(str(node.value))
        and digits(str(node.value))
        and digits(str(node.value)) not in known
    ]
    return spot(files, cites, value=str(cites[0].node.value) if cites else "")


def _paged(document: Document) -> bool:
    """Its list goes on elsewhere."""
    root = document.block.root
    more = root.get("next_page_uri") or root.get("meta", "next_page_url")
    return more is not None and bool(more.value)


def _shown_numbers(files: Files) -> list[tuple[Document, Node]]:
    """Caller IDs of Dials to telephone numbers, and the numbers of outbound trunks over Twilio."""
    found = []
    for dial in files.dials:
        caller = dial.settings.get("dial.caller_id")
        to_number = dial.node.text is not None or any(child.key == "Number" for child in dial.node.children)
        if caller is not None and to_number:
            found.append((dial, caller.node))
    for trunk in files.of("livekit.outbound_trunk"):
        if host_of(str(trunk.value("trunk.host") or "")).endswith(_TWILIO):
            found += [(trunk, node) for node in listed(trunk.settings.get("trunk.numbers"))]
    return found


def _switched_off(files: Files) -> list[Cite]:
    """Where call transfer is off."""
    off = [
        _setting_cite(trunk, "trunk.transfer_mode")
        for trunk in files.of("twilio.trunk")
        if trunk.value("trunk.transfer_mode") == "disable-all"
    ]
    return off + [
        _setting_cite(one, "pbx.transfer")
        for one in files.of("asterisk.endpoint", "freeswitch.profile")
        if one.value("pbx.transfer") == "off"
    ]


@check
def transfer_off(files: Files) -> Spot | None:
    """Call transfer is switched off, and nothing says that none is wanted."""
    if files.invite_only:
        return None
    cites = _switched_off(files)
    if not cites:
        return None
    wanted = [Cite(tool.document, tool.method.node) for tool in files.tools if tool.refers]
    return spot(
        files, [*cites, *wanted], value=files.context.mask.quote(cites[0].node), grave=files.refer_wanted
    )


@check
def sip_only_for_pstn(files: Files) -> Spot | None:
    """A trunk transfers to SIP addresses only, and a transfer's target is a telephone number."""
    off = [
        _setting_cite(trunk, "trunk.transfer_mode")
        for trunk in files.of("twilio.trunk")
        if trunk.value("trunk.transfer_mode") == "sip-only"
    ]
    for tool in files.tools:
        if off and tool.refers and tool.to_telephone:
            return spot(files, [*off, _setting_cite(tool.document, "transfer.target")], value=tool.target)
    for request in files.of("livekit.transfer_request"):
        target = str(request.value("transfer.target") or "")
        if off and target.strip("<").lower().startswith("tel:"):
            return spot(files, [*off, _setting_cite(request, "transfer.target")], value=target)
    return None


@check
def transfer_caller_id_idle(files: Files) -> Spot | None:
    """A trunk's caller ID for transfers is set, and only INVITEs are placed."""
    calls = files.of("livekit.create_participant")
    if files.refer_wanted or not (files.invite_only or calls):
        return None
    cites = [
        _setting_cite(trunk, "trunk.transfer_caller_id")
        for trunk in files.of("twilio.trunk")
        if trunk.value("trunk.transfer_caller_id")
    ]
    return spot(files, cites, value=str(cites[0].node.value) if cites else "")


@check
def leading_plus_off(files: Files) -> Spot | None:
    """A Vapi trunk strips the plus sign, and its gateway is one that wants it."""
    for trunk in files.of("vapi.trunk"):
        plus = trunk.settings.get("trunk.leading_plus")
        gateways = trunk.node.get("gateways")
        for gateway in gateways.items() if gateways is not None else []:
            host = gateway.get("ip")
            wants = host is not None and host_of(str(host.value)).endswith(_LEADING_PLUS)
            if plus is not None and plus.value is False and host is not None and wants:
                cite = Cite(trunk, plus.node, "" if plus.explicit else "outboundLeadingPlusEnabled")
                return spot(files, [cite, Cite(trunk, host)], value=str(host.value))
    return None


@check
def warm_with_refer(files: Files) -> Spot | None:
    """A warm transfer is sent as REFER, which makes it a blind one."""
    cites = []
    for destination in files.of("vapi.destination"):
        to_sip = destination.node.string("type") == "sip"
        verb = destination.settings["transfer.verb"]
        if (
            destination.value("transfer.kind") == "warm"
            and verb.value == "refer"
            and (verb.explicit or to_sip)
        ):
            mode = destination.node.get("transferPlan", "mode") or destination.node
            cites.append(Cite(destination, mode))
    return spot(files, cites)


@check
def dial_timeout_idle(files: Files) -> Spot | None:
    """A ring time is set on a transfer that does not dial."""
    cites = [
        _setting_cite(destination, "transfer.ring_s")
        for destination in files.of("vapi.destination")
        if "transfer.ring_s" in destination.settings
        and destination.settings["transfer.ring_s"].explicit
        and destination.value("transfer.verb") != "dial"
    ]
    return spot(files, cites)


@check
def refer_with_phone_target(files: Files) -> Spot | None:
    """A transfer by REFER names a telephone number where a SIP address is wanted."""
    cites = []
    for transfer in files.of("elevenlabs.transfer"):
        target = transfer.settings.get("transfer.target")
        phone = transfer.value("transfer.target_kind") == "phone" or transfer.node.has("phone_number")
        if transfer.value("transfer.mode") == "sip_refer" and target is not None and phone:
            cites.append(Cite(transfer, target.node))
    return spot(files, cites, value=str(cites[0].node.value) if cites else "")


@check
def no_outbound_profile(files: Files) -> Spot | None:
    """A Telnyx connection has no outbound voice profile."""
    cites = []
    for connection in files.of("telnyx.connection"):
        outbound = connection.node.get("outbound")
        if outbound is not None and connection.value("profile.id") is None:
            held = outbound.get("outbound_voice_profile_id")
            cites.append(
                Cite(connection, held)
                if held is not None
                else Cite(connection, outbound, "outbound_voice_profile_id")
            )
    return spot(files, cites)


@check
def no_refer_hook(files: Files) -> Spot | None:
    """A jambonz dial towards a SIP address has no `referHook`."""
    cites = []
    for dial in files.of("jambonz.dial"):
        targets = dial.node.get("target")
        to_sip = any(one.string("type") == "sip" for one in (targets.items() if targets is not None else []))
        if to_sip and not dial.node.has("referHook"):
            cites.append(Cite(dial, dial.node, "referHook"))
    return spot(files, cites)
