"""A set of documents as the checks ask about it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.knowledge.number import Number, NumberForm
from sipdiag.knowledge.numbers import parse_number
from sipdiag.knowledge.providers import Providers
from sipdiag.sip.address import Uri, parse_uri

if TYPE_CHECKING:
    from sipdiag.context.documents import ContextSet, Document
    from sipdiag.context.node import Node
    from sipdiag.context.settings import Setting

_VARIABLE = re.compile(r"\{\{[^{}\n]*\}\}|\$\{[^{}]*\}|\$[A-Z_]{3,}|%\{[^{}]*\}|<%[^<\n]*?%>")
_PLACEHOLDER = re.compile(
    r"^<(?!sips?:|tel:)[^<>]{1,60}>$|<your\b|(?<![a-z])your[-_ ](?!self)|(?<![a-z])x{4,}(?![a-z])|^[A-Z]{2}x{6,}$"
    r"|(?:^|[@./])example\.(?:com|org|net)\b",
    re.IGNORECASE,
)
_TRUNK_LABELS = 4
"""Labels of a host name that a carrier made for one trunk, at least."""
_SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_NOUNS = ("Sip", "Number", "Client", "Conference", "Queue", "SipRec", "WhatsApp", "Application")


def digits(text: str) -> str:
    """A number as it is compared: its digits alone."""
    return re.sub(r"[^0-9]", "", text)


def is_variable(text: str) -> bool:
    """It is filled in for each call, so its value is unknown."""
    return _VARIABLE.search(text) is not None


def is_placeholder(text: str) -> bool:
    """Text of a guide that was to be replaced."""
    return not is_variable(text) and _PLACEHOLDER.search(text) is not None


def host_of(uri: str) -> str:
    """The host of a SIP URI, or of an address without a scheme, in lower case; empty for tel."""
    return _parsed(uri).host.rstrip(".")


def user_of(uri: str) -> str:
    """The user part of a SIP URI, without parameters; empty without one, and for tel."""
    parsed = _parsed(uri)
    return parsed.user.partition(";")[0] if parsed.scheme != "tel" else ""


def _parsed(uri: str) -> Uri:
    """A host and port alone would be taken for a scheme."""
    text = uri.strip().lstrip("<").rstrip(">")
    return parse_uri(text if _SCHEME.match(text) else f"sip:{text}")


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(text: str) -> Network | None:
    """A network or a single address; None for anything else."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


class Tool(Struct, frozen=True):
    """Something that is set to transfer calls."""

    document: Document
    method: Setting
    """``refer``, ``invite`` or ``bye``."""

    @property
    def refers(self) -> bool:
        """It sends a REFER."""
        return self.method.value == "refer"

    @property
    def target(self) -> str:
        """What it dials; empty where that is decided in the call."""
        return str(self.document.value("transfer.target") or "")

    @property
    def warm(self) -> bool:
        """It speaks with the target first."""
        return bool(self.document.value("transfer.kind") == "warm")

    @property
    def to_telephone(self) -> bool:
        """Its target is a number of the telephone network, as far as the text tells."""
        target = self.target
        named_later = "variable" in str(self.document.value("transfer.target_kind") or "")
        written = bool(target) and not named_later and not is_variable(target)
        return written and ":" not in target and "@" not in target


class Noun(Struct, frozen=True):
    """Who a Dial calls."""

    dial: Document
    node: Node

    @property
    def uri(self) -> str:
        """Its text."""
        return str(self.node.text.value) if self.node.text is not None else ""


class Files:
    """The documents of a run, with what several checks ask of them."""

    def __init__(
        self,
        context: ContextSet,
        providers: Providers,
        *,
        refer_seen: bool = False,
        refer_accepted: bool = False,
        strangers: Sequence[Document] = (),
        hosts: Collection[str] = (),
        called: Collection[str] = (),
    ) -> None:
        self.context = context
        self.providers = providers
        self.refer_seen = refer_seen
        """A REFER towards the carrier was captured."""
        self.refer_accepted = refer_accepted
        """One was accepted: no file can say that all are refused."""
        self.strangers = strangers
        """Events that are about no call of the capture."""
        self.hosts = hosts
        """The hosts in the addresses of all calls; empty without a capture."""
        self.called = frozenset(map(digits, called))
        """The numbers that are called in them."""

    @cached_property
    def whole(self) -> list[Document]:
        """The documents that were read to their end."""
        return [one for one in self.context.documents if one.block.trouble is None]

    def of(self, *kinds: str) -> list[Document]:
        """The whole documents of these kinds, in the files' order."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return [one for one in self.whole if one.kind.name in kinds]

    @cached_property
    def _by_kind(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for document in self.whole:
            found.setdefault(document.kind.name, []).append(document)
        return found

    @cached_property
    def tools(self) -> list[Tool]:
        """What is configured to transfer calls."""
        return [
            Tool(document, document.settings["transfer.method"])
            for document in self.whole
            if document.kind.weight == "configuration" and "transfer.method" in document.settings
        ]

    @cached_property
    def refer_wanted(self) -> bool:
        """Something in the set sends REFER, or one was seen."""
        asked = self.of("livekit.transfer_request", "livekit.gateway_request")
        return self.refer_seen or bool(asked) or any(tool.refers for tool in self.tools)

    @property
    def invite_only(self) -> bool:
        """There are transfer tools, and none sends a REFER."""
        return bool(self.tools) and not self.refer_wanted

    @cached_property
    def dials(self) -> list[Document]:
        """Every Dial of TwiML but those that answer a REFER webhook."""
        return [one for one in self.of("twilio.dial") if one.file.role != "refer-answer"]

    @cached_property
    def nouns(self) -> list[Noun]:
        """Whom the Dials call."""
        return [Noun(dial, node) for dial in self.dials for node in dial.node.children if node.key in _NOUNS]

    def platform_of(self, uri: str) -> str | None:
        """Id of the voice platform whose host this is."""
        known = self.providers.of_host(host_of(uri))
        if known is None or not self.providers.get(known.provider).voice_ai:
            return None
        return known.provider

    def carrier_of(self, address: str) -> str | None:
        """Id of the carrier whose host this is, of a SIP URI or a host alone."""
        known = self.providers.of_host(host_of(address))
        return (
            known.provider
            if known is not None and self.providers.get(known.provider).kind == "carrier"
            else None
        )

    def fits_tools(self, noun: Noun) -> bool:
        """Who is called can be the platform that the tools belong to."""
        platform = self.platform_of(noun.uri)
        if platform is None or not self.tools:
            return True
        families = {self.providers.get(tool.document.kind.provider).family for tool in self.tools}
        return self.providers.get(platform).family in families

    @cached_property
    def own_numbers(self) -> dict[str, tuple[Document, Node]]:
        """Numbers that lead to the customer, by their digits, with where they are listed."""
        found: dict[str, tuple[Document, Node]] = {}
        kinds = ("retell.number", "twilio.number", "vapi.number", "livekit.inbound_trunk")
        for document in self.of(*kinds):
            for name in ("number", "trunk.numbers"):
                setting = document.settings.get(name)
                for node in listed(setting):
                    if digits(str(node.value)):
                        found.setdefault(digits(str(node.value)), (document, node))
        return found

    def serving(self, user: str) -> list[Document]:
        """The inbound trunks that may take a call to this user part."""
        wanted = digits(user)
        fitting = []
        for trunk in self.of("livekit.inbound_trunk"):
            numbers = {digits(one) for one in trunk.texts("trunk.numbers")}
            if not numbers or not wanted or wanted in numbers:
                fitting.append(trunk)
        return fitting


def listed(setting: Setting | None) -> Iterator[Node]:
    """The nodes of a setting that is a list or a single value."""
    if setting is None or not setting.explicit:
        return
    if isinstance(setting.node.value, list):
        yield from setting.node.items()
    else:
        yield setting.node


def is_e164(text: str) -> bool:
    """``+`` and digits."""
    number = parse_number(text)
    return number is not None and number.form == NumberForm.e164 and text.strip().startswith("+")


def number_of(text: str) -> Number | None:
    """A parsed phone number; None for a variable or anything else."""
    return None if is_variable(text) else parse_number(text)


def stated(document: Document, name: str) -> str:
    """A setting's text; empty where it is absent, a placeholder or a variable."""
    value = str(document.value(name) or "")
    return "" if is_placeholder(value) or is_variable(value) else value


def is_enabled(origination: Document) -> bool:
    """A trunk's origination URI is used."""
    return origination.value("origination.enabled") is not False


def trunk_host(document: Document) -> str:
    """The host that a trunk leads to, as it is written; empty where it is not known."""
    return str(document.value("trunk.host") or "")


def same_trunk(one: str, other: str) -> bool:
    """Two addresses are of one trunk: the same host, or an edge of it such as `acme.pstn.dublin.twilio.com`."""
    host, domain = host_of(one), host_of(other)
    if not host or not domain:
        return False
    return host == domain or (_trunk_name(host) == _trunk_name(domain) != ("", ""))


def other_trunk(one: str, other: str) -> bool:
    """Two addresses are of different trunks at one carrier: only the first label differs."""
    (name, where), (wanted, there) = _trunk_name(host_of(one)), _trunk_name(host_of(other))
    return bool(where) and where == there and name != wanted


def _trunk_name(host: str) -> tuple[str, str]:
    """`acme.pstn.dublin.twilio.com` → `acme` at `pstn.twilio.com`; empty where a host is no customer's own."""
    labels = host.split(".")
    if len(labels) < _TRUNK_LABELS:
        return "", ""
    return labels[0], f"{labels[1]}.{labels[-2]}.{labels[-1]}"
