"""What a capture says about people, hosts and calls, found without help of the redaction; and where it leaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage
from sipdiag.redaction.vocabulary import vocabulary
from sipdiag.sip.address import NameAddr, Uri, parse_name_addr, parse_uri
from sipdiag.sip.grammar import METHODS
from sipdiag.sip.message import Message

ADDRESSES = [
    "From",
    "To",
    "Contact",
    "Refer-To",
    "Referred-By",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Remote-Party-ID",
    "Diversion",
    "History-Info",
    "Route",
    "Record-Route",
    "Path",
    "Service-Route",
    "P-Associated-URI",
    "P-Called-Party-ID",
    "Reply-To",
    "Call-Info",
]
PRIVATE_HEADERS = re.compile(
    r"x-|subject|organization|user-to-user|session-id|identity$|p-charging-vector|p-access-network-info|geolocation",
    re.IGNORECASE,
)
TOKEN = re.compile(r"[A-Za-z0-9+][\w.+@%/-]{4,}(?![\w.+@%/=-])")
TELLING = re.compile(r"\+?\d{7,}|[\w.+-]+@[\w.-]+")
"""What of a body names somebody: numbers and addresses."""
DIGITS = re.compile(r"\d{7,}")
HOST_NAME = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}\Z")
SHORTEST = 5
"""Shorter values turn up by chance; they are looked for where a user part stands."""

WELL_KNOWN = {
    "a user part that says there is none": frozenset(
        ["anonymous", "unavailable", "restricted", "unknown", "private", "withheld", "blocked", "asterisk"]
    ),
    "a name of software": vocabulary().software,
    "a method": frozenset(method.lower() for method in METHODS),
    "a codec, used as a display name": frozenset({"g722/8000", "g729/8000", "opus/48000/2"}),
    "an address that is nobody's": frozenset({"0.0.0.0", "127.0.0.1", "::1", "::", "255.255.255.255"}),
    "a host name that is nobody's": frozenset({"localhost", "anonymous.invalid"}),
    "a word of reports or of SIP": frozenset(
        [
            "outbound",
            "registrar",
            "shaken",
            "https",
            "inbound",
            "trunk",
            "transfer",
            "caller",
            "called",
            "agent",
            "phone",
            "proxy",
            "server",
            "gateway",
            "client",
            "target",
            "session",
            "media",
            "voice-trunk",
            "unconditional",
            "conference",
            "false",
            "refer",
            "replaces",
            "sales",
            "support",
            "operator",
            "queue",
            "reception",
            "change",
            "allowed",
            "reason",
        ]
    ),
}
"""Values that may be seen in any output, and why."""


def originals(messages: Iterable[CapturedMessage], providers: Providers) -> set[str]:
    """Every value that must not be seen, in lower case.

    Ids made of the time or of the CSeq tell no more than these, which stay.
    """
    found: set[str] = set()
    kept: set[str] = set()
    for captured in messages:
        kept.update((str(captured.time_ns // 1_000_000_000), str(captured.message.cseq)))
        for value in (captured.src.address, captured.dst.address, *_values(captured.message)):
            found.add(value.strip().lower())
            found.update(DIGITS.findall(re.sub(r"(?<=\d)[-. ](?=\d)", "", value)))
    return {value for value in found - kept if len(value) > 1 and not _allowed(value, providers)}


def leaks(values: Iterable[str], text: str) -> list[str]:
    """The values that stand in ``text`` on their own."""
    lower = text.lower()
    found = []
    for value in values:
        if len(value) < SHORTEST:
            if f":{value}@" in lower:
                found.append(value)
        elif value in lower and re.search(rf"(?<![0-9a-z]){re.escape(value)}(?![0-9a-z])", lower):
            found.append(value)
    return found


def _allowed(value: str, providers: Providers) -> bool:
    if any(value in known for known in WELL_KNOWN.values()) or value.startswith("127."):
        return True
    if not re.search(r"[0-9a-z]", value.strip("0-")):
        return True
    local, at, _ = value.partition("@")
    if at and len(local) < SHORTEST:
        # So short an id may well be the pseudonym of another one.
        return True
    if HOST_NAME.match(value) or ":" in value or re.fullmatch(r"[\d.]+", value):
        # A provider's own domain and published gateways are public; a customer's label before it is not.
        recognised = providers.of_host(value)
        return recognised is not None and not _customers(value, recognised.how)
    return False


def _customers(value: str, how: str) -> bool:
    """Whether a host name has labels of a customer, or an address is one of a large network."""
    known = how.rpartition(" ")[2]
    if "/" in known:
        return int(known.rpartition("/")[2]) < 24
    return len(value.split(".")) > len(known.split("."))


def _values(message: Message) -> Iterator[str]:
    yield message.call_id
    yield from (message.from_tag, message.to_tag, message.branch.removeprefix("z9hG4bK"))
    yield from _uri(parse_uri(message.uri))
    for name in ADDRESSES:
        for value in message.values(name):
            yield from _name_addr(parse_name_addr(value))
    for via in message.vias:
        yield from (via.host, via.received, via.branch.removeprefix("z9hG4bK"))
    for credentials in message.credentials:
        yield from (credentials.username, credentials.realm, credentials.nonce)
        yield from _uri(parse_uri(credentials.uri))
    for challenge in message.challenges:
        yield from (challenge.realm, challenge.nonce)
    for warning in message.warnings:
        yield warning.agent.partition(":")[0]
    for name, value in message.fields:
        if PRIVATE_HEADERS.match(name) and name.lower() not in CODE_HEADERS:
            yield from TOKEN.findall(value)
    yield from _body(message)


CODE_HEADERS = frozenset(
    {"x-twilio-error", "x-asterisk-hangupcause", "x-asterisk-hangupcausecode", "x-reason"}
)
"""Headers whose words say why a call failed."""


def _body(message: Message) -> Iterator[str]:
    sdp = message.sdp
    if sdp is not None:
        yield from (sdp.origin_user, sdp.origin_address, sdp.connection)
        yield from (media.connection for media in sdp.media)
    elif message.sipfrag is None:
        yield from TELLING.findall(message.body.decode("utf-8", "replace"))


def _name_addr(address: NameAddr | None) -> Iterator[str]:
    if address is None:
        return
    yield address.display
    yield from _uri(address.uri)
    yield address.tag


def _uri(uri: Uri) -> Iterator[str]:
    yield from (uri.user, uri.host, uri.password or "")
    if uri.replaces is not None:
        yield from (uri.replaces.call_id, uri.replaces.to_tag, uri.replaces.from_tag)
