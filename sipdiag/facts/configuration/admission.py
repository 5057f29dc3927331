"""Who is let in: addresses, callers, encryption; and where a trunk leads."""

from __future__ import annotations

import ipaddress
import re

from sipdiag.context.documents import Document
from sipdiag.facts.configuration.check import CitedValue, Spot, check, first_value, spot
from sipdiag.facts.configuration.files import (
    Files,
    Network,
    digits,
    is_enabled,
    is_placeholder,
    is_variable,
    listed,
    network_of,
    same_trunk,
    stated,
    trunk_host,
)

_DROPPED = re.compile(r"[\s,;*\[\]()]|://")
"""What makes LiveKit drop an entry of `allowed_addresses` silently."""
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z][\w.-]*\.[A-Za-z]{2,}):\d{1,5}")


@check
def trunk_open(files: Files) -> Spot | None:
    """An inbound trunk lets anybody in: no credentials, addresses or numbers, or placeholders only."""
    cites = []
    for trunk in files.of("livekit.inbound_trunk"):
        if trunk.block.notation == "csv":
            continue  # A table on a terminal shows no credentials.
        auth = bool(stated(trunk, "trunk.user")) and bool(trunk.value("trunk.password"))
        addresses = [
            one for one in trunk.texts("trunk.allowed_addresses") if not _DROPPED.search(one.strip())
        ]
        if (
            not auth
            and not addresses
            and not trunk.texts("trunk.numbers")
            and not trunk.texts("trunk.allowed_numbers")
        ):
            cites.append(CitedValue(trunk, trunk.node))
    return spot(files, cites)


@check
def allowed_address_form(files: Files) -> Spot | None:
    """An entry of `allowed_addresses` is dropped silently, or never matches."""
    dropped, never = [], []
    for trunk in files.of("livekit.inbound_trunk"):
        for node in listed(trunk.settings.get("trunk.allowed_addresses")):
            text = str(node.value).strip()
            if is_variable(text) or is_placeholder(text):
                continue
            if _DROPPED.search(text):
                dropped.append(CitedValue(trunk, node))
            elif _WITH_PORT.fullmatch(text):
                never.append(CitedValue(trunk, node))
    cites = never or dropped
    return spot(files, cites, value=first_value(cites), grave=bool(never))


@check
def allowed_addresses_lack_carrier(files: Files) -> Spot | None:
    """A trunk lists addresses, and none of the carrier's is among them."""
    carrier = _carrier(files)
    if carrier is None:
        return None
    provider = files.providers.get(carrier.document.kind.provider)
    published = [ipaddress.ip_network(one) for group in provider.evidence for one in group.networks]
    for trunk in files.of("livekit.inbound_trunk"):
        setting = trunk.settings.get("trunk.allowed_addresses")
        given = [network_of(str(node.value)) for node in listed(setting)]
        if setting is None or not given or None in given or not published:
            continue
        if not any(_overlap(one, other) for one in given if one is not None for other in published):
            return spot(files, [CitedValue(trunk, setting.node), carrier], value=provider.name)
    return None


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _carrier(files: Files) -> CitedValue | None:
    """The one carrier that calls the trunk, by what another file says."""
    for noun in files.nouns:
        if noun.node.text is not None and files.platform_of(noun.uri) == "livekit":
            return CitedValue(noun.dial, noun.node.text)
    for document in files.of("twilio.origination"):
        url = document.settings.get("origination.url")
        if url is not None and files.platform_of(str(url.value)) == "livekit":
            return CitedValue(document, url.node)
    for document in files.of("twilio.number", "telnyx.connection"):
        setting = document.settings.get("trunk.id")
        if setting is not None and setting.value:
            return CitedValue(document, setting.node)
    return None


@check
def allowed_numbers_is_own(files: Files) -> Spot | None:
    """`allowed_numbers`, which filters callers, lists a number of our own."""
    cites = []
    for trunk in files.of("livekit.inbound_trunk"):
        own = {digits(one) for one in trunk.texts("trunk.numbers")} | set(files.own_numbers)
        cites += [
            CitedValue(trunk, node)
            for node in listed(trunk.settings.get("trunk.allowed_numbers"))
            if digits(str(node.value)) in own and digits(str(node.value))
        ]
    return spot(files, cites, value=first_value(cites))


@check
def trunk_without_auth(files: Files) -> Spot | None:
    """A Twilio trunk has neither credential list nor IP list for termination."""
    cites = []
    for trunk in files.of("twilio.trunk"):
        held = trunk.node.get("auth_type")
        if held is not None and held.value in ("", None):
            cites.append(CitedValue(trunk, held))
    return spot(files, cites)


@check
def no_origination(files: Files) -> Spot | None:
    """A Twilio trunk's origination list is empty, or all of it is switched off."""
    empty = [
        CitedValue(one, one.node.get("origination_urls") or one.node)
        for one in files.of("twilio.origination_none")
    ]
    urls = files.of("twilio.origination")
    if urls and not any(map(is_enabled, urls)):
        empty += [CitedValue(one, one.settings["origination.enabled"].node) for one in urls]
    return spot(files, empty)


@check
def secure_mismatch(files: Files) -> Spot | None:
    """A trunk wants TLS and SRTP, and the platform is set to do without; or the reverse."""
    for trunk in files.of("twilio.trunk"):
        secure = trunk.settings.get("trunk.secure")
        if secure is None:
            continue
        for document in files.of("livekit.outbound_trunk", "retell.number", "vapi.gateway"):
            if not same_trunk(trunk_host(document), trunk_host(trunk)):
                continue
            cite = _insecure(document) if secure.value is True else _requires_srtp(document)
            if cite is not None:
                return spot(files, [CitedValue(trunk, secure.node), cite], grave=secure.value is True)
    return None


def _insecure(document: Document) -> CitedValue | None:
    transport, encryption = (
        document.settings.get("trunk.transport"),
        document.settings.get("trunk.encryption"),
    )
    if transport is not None and re.search(r"udp|tcp", str(transport.value), re.IGNORECASE):
        return CitedValue(document, transport.node)
    if encryption is not None and "DISABLE" in str(encryption.value).upper():
        return CitedValue(document, encryption.node)
    if encryption is None and document.kind.name == "livekit.outbound_trunk":
        return CitedValue(document, document.node, "media_encryption")  # Unset is off.
    return None


def _requires_srtp(document: Document) -> CitedValue | None:
    encryption = document.settings.get("trunk.encryption")
    if encryption is not None and "REQUIRE" in str(encryption.value).upper():
        return CitedValue(document, encryption.node)
    return None
