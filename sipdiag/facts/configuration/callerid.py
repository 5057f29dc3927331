"""Which number a call shows, and whether its carrier takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue, Spot, check, cite, first_value, spot
from sipdiag.facts.configuration.files import Files, digits, is_variable, listed, trunk_host

if TYPE_CHECKING:
    from sipdiag.context.documents import Document
    from sipdiag.context.node import Node


@check
def foreign_caller_id_over_twilio(files: Files) -> Spot | None:
    """A transfer shows the caller's number in an INVITE over a Twilio trunk."""
    for tool in files.tools:
        shows = tool.document.settings.get("transfer.shows_caller")
        if tool.method.value == "invite" and shows is not None and shows.value is True:
            for number in files.of("retell.number"):
                host = number.settings.get("trunk.host")
                if host is not None and files.carrier_of(str(host.value)) == "twilio":
                    return spot(
                        files,
                        [CitedValue(tool.document, shows.node), CitedValue(number, host.node)],
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
                if host is not None and files.carrier_of(str(host.value)) == "twilio":
                    return spot(
                        files,
                        [CitedValue(destination, caller.node), CitedValue(gateway, host.node)],
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
            if files.carrier_of(str(host.value)) == "twilio":
                return spot(
                    files, [CitedValue(call, shown.node), CitedValue(trunk, host.node)], value=str(host.value)
                )
    return None


@check
def caller_id_not_owned(files: Files) -> Spot | None:
    """A number that is to be shown is neither owned nor verified, by two whole lists."""
    owned, verified = files.of("twilio.number"), files.of("twilio.caller_id")
    if not owned or not verified or any(_paged(one) for one in (*owned, *verified)):
        return None
    known = {digits(str(one.value("number") or "")) for one in (*owned, *verified)}
    cites = [
        CitedValue(document, node)
        for document, node in _shown_numbers(files)
        if not is_variable(str(node.value))
        and digits(str(node.value))
        and digits(str(node.value)) not in known
    ]
    return spot(files, cites, value=first_value(cites))


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
        if files.carrier_of(trunk_host(trunk)) == "twilio":
            found += [(trunk, node) for node in listed(trunk.settings.get("trunk.numbers"))]
    return found


@check
def transfer_caller_id_idle(files: Files) -> Spot | None:
    """A trunk's caller ID for transfers is set, and only INVITEs are placed."""
    calls = files.of("livekit.create_participant")
    if files.refer_wanted or not (files.invite_only or calls):
        return None
    cites = [
        cite(trunk, "trunk.transfer_caller_id")
        for trunk in files.of("twilio.trunk")
        if trunk.value("trunk.transfer_caller_id")
    ]
    return spot(files, cites, value=first_value(cites))


@check
def caller_id_overridden(files: Files) -> Spot | None:
    """A transfer shows the caller's number, and the carrier's connection replaces each number that is shown."""
    shown = [
        CitedValue(tool.document, tool.document.settings["transfer.shows_caller"].node)
        for tool in files.tools
        if tool.method.value == "invite" and tool.document.value("transfer.shows_caller") is True
    ]
    if not shown or not any(
        files.carrier_of(trunk_host(one)) == "telnyx" for one in files.of("retell.number")
    ):
        return None
    cites = [cite(one, "trunk.caller_override") for one in files.of("telnyx.connection") if overrides(one)]
    return spot(files, [*shown, *cites], value=first_value(cites)) if cites else None


def overrides(connection: Document) -> bool:
    """It replaces the number that a call shows, whatever that is."""
    kind = str(connection.value("trunk.caller_override_kind") or "always")
    return bool(connection.value("trunk.caller_override")) and kind == "always"
