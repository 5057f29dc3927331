"""Transfer tools: modes that are not written down, settings without effect."""

from __future__ import annotations

from sipdiag.facts.configuration.check import CitedValue, Spot, check, cite, first_value, spot
from sipdiag.facts.configuration.files import Files


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
            cites.append(CitedValue(document, option, "cold_transfer_mode"))
    means = files.tools[0].method.value if files.tools else ""
    return spot(files, cites, value="REFER" if means == "refer" else "INVITE")


@check
def show_transferee_ignored(files: Files) -> Spot | None:
    """A transfer by REFER sets `show_transferee_as_caller`, which only an INVITE heeds."""
    cites = [
        cite(tool.document, "transfer.shows_caller")
        for tool in files.tools
        if tool.refers and tool.method.explicit and tool.document.value("transfer.shows_caller") is True
    ]
    return spot(files, cites)


@check
def detection_timeout_in_cold(files: Files) -> Spot | None:
    """A cold transfer sets `agent_detection_timeout_ms`, which only a warm one heeds."""
    cites = [
        cite(tool.document, "transfer.detection_s")
        for tool in files.tools
        if tool.document.value("transfer.kind") == "cold"
        and (detection := tool.document.settings.get("transfer.detection_s")) is not None
        and detection.explicit
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
                cites.append(CitedValue(transfer, node))
    return spot(files, cites)


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
            cites.append(CitedValue(destination, mode))
    return spot(files, cites)


@check
def dial_timeout_idle(files: Files) -> Spot | None:
    """A ring time is set on a transfer that does not dial."""
    cites = [
        cite(destination, "transfer.ring_s")
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
            cites.append(CitedValue(transfer, target.node))
    return spot(files, cites, value=first_value(cites))
