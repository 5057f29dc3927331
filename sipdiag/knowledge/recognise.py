"""Recognises providers by address, domain name and message style.

Evidence is kept apart by whom it speaks about.  An address or host speaks about that host; a
User-Agent, a header, a tag or a Call-ID speaks about the sender of the message, and a tag only if the
sender chose it (From in requests, To in responses).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from sipdiag.knowledge.provider import Fingerprint, HeaderEvidence, Provider, Recognition, pattern
from sipdiag.sip.address import name_addr_host
from sipdiag.sip.memo import remembered
from sipdiag.sip.message import Message

_CACHE_LIMIT = 65_536
_TEXT_LIMIT = 512
_SESSION_NAME = re.compile(rb"^s=([^\r\n]{1,120})", re.MULTILINE)
_KIND_RANK = {"carrier": 2, "platform": 2, "pbx": 1, "proxy": 0, "any": 0}


class _Network(Struct, frozen=True):
    first: int
    last: int
    name: str
    provider: str
    evidence: Fingerprint


class _Domain(Struct, frozen=True):
    labels: tuple[str, ...]
    """From the right: ``("com", "twilio", "pstn")``."""
    name: str
    provider: str
    evidence: Fingerprint


class _Pattern(NamedTuple):
    regex: re.Pattern[str]
    provider: str
    evidence: Fingerprint


class _Header(Struct, frozen=True):
    wanted: HeaderEvidence
    provider: str
    evidence: Fingerprint


class Recogniser:
    """The evidence of all providers, indexed.  Indexes are built at first use, answers are cached."""

    def __init__(self, providers: dict[str, Provider]) -> None:
        self._providers = providers
        self._addresses: dict[str, Recognition | None] = {}
        self._hosts: dict[str, Recognition | None] = {}
        self._of_server = remembered(self._look_up_server)
        self._of_session = remembered(self._look_up_session)

    def of_address(self, address: str) -> Recognition | None:
        """Recognise an IP address; of several networks the smallest counts."""
        known = self._addresses
        if address not in known:
            if len(known) >= _CACHE_LIMIT:
                known.clear()
            known[address] = self._look_up_address(address)
        return known[address]

    def of_host(self, host: str) -> Recognition | None:
        """Recognise a domain name (or an IP address written where a domain name may stand)."""
        known = self._hosts
        if host not in known:
            if len(known) >= _CACHE_LIMIT:
                known.clear()
            known[host] = self._look_up_host(host[:_TEXT_LIMIT])
        return known[host]

    def of_sender(self, message: Message) -> Recognition | None:
        """Recognise who sent a message by what it wrote into it."""
        names = message.names
        found: list[Recognition | None] = []
        if "user-agent" in names or "server" in names:
            found.append(self._of_server(message.header("user-agent") or message.header("server") or ""))
        if not self._header_names.isdisjoint(names):
            found += self._of_headers(message)
        to_tag = message.to_tag
        tag = message.from_tag if message.is_request else to_tag
        if tag:
            found.append(_first(self._tags, tag, "tag"))
        if not to_tag and message.is_request:
            found.append(_first(self._call_ids, message.call_id, "Call-ID"))
        if "contact" in names and (host := name_addr_host(message.header("contact") or "")):
            found.append(self.of_host(host))
        # Most messages tell nothing.
        best = self.combine(found) if any(found) else None
        # A B2BUA may relay another party's SDP, so the session name is checked last.
        return best or self._of_session_name(message)

    def combine(self, recognitions: Iterable[Recognition | None]) -> Recognition | None:
        """The strongest of several recognitions of the same host.

        A carrier or platform counts before the software it runs; what is proven before what is not;
        what is built on a family (Retell) before the family (LiveKit); else the first.
        """
        found = [one for one in recognitions if one is not None]
        if len(found) < 2:
            return found[0] if found else None
        best = max(found, key=self._rank)
        best = next((one for one in found if self._refines(one, best)), best)
        if best.product is None:
            products = (one.product for one in found if one.provider == best.provider and one.product)
            product = next(products, None)
            if product is not None:
                return Recognition(best.provider, best.how, best.proven, product)
        return best

    def _rank(self, found: Recognition) -> tuple[int, bool]:
        provider = self._providers.get(found.provider)
        return (_KIND_RANK[provider.kind] if provider is not None else -1), found.proven

    def _refines(self, one: Recognition, best: Recognition) -> bool:
        """Whether ``one`` is built on the family that ``best`` names, and is as well proven."""
        provider = self._providers.get(one.provider)
        return (
            provider is not None
            and provider.family == best.provider != one.provider
            and one.proven >= best.proven
        )

    def _look_up_address(self, address: str) -> Recognition | None:
        text = address.partition("%")[0]
        if text.lower().startswith("::ffff:") and "." in text:
            text = text[7:]
        candidates = self._networks.get(_bucket(text))
        if not candidates:
            return None
        try:
            value = int(ipaddress.ip_address(text))
        except ValueError:
            return None
        inside = [network for network in candidates if network.first <= value <= network.last]
        if not inside:
            return None
        best = min(inside, key=lambda network: network.last - network.first)
        return _recognised(best.provider, f"address {text} is in {best.name}", best.evidence)

    def _look_up_host(self, host: str) -> Recognition | None:
        name = host.rstrip(".").lower()
        labels = tuple(reversed(name.split(".")))
        fitting = [d for d in self._domains.get(labels[:2], ()) if covers(d.labels, labels)]
        if fitting:
            best = max(fitting, key=lambda domain: len(domain.labels))
            return _recognised(best.provider, f"host {name} belongs to {best.name}", best.evidence)
        if name[:1].isdigit() or ":" in name:
            return self.of_address(name.strip("[]"))
        return None

    def _look_up_server(self, text: str) -> Recognition | None:
        return _first(self._server_patterns, text, "User-Agent or Server") if text else None

    def _of_headers(self, message: Message) -> Iterable[Recognition]:
        for name in message.names:
            for header in self._headers.get(name, ()):
                if header.wanted.match is None:
                    yield _recognised(header.provider, f"header {header.wanted.name}", header.evidence)
                    continue
                for value in message.lines(name):
                    if pattern(header.wanted.match).search(value[:_TEXT_LIMIT]):
                        how = f"header {header.wanted.name}: {value[:80]}"
                        yield _recognised(header.provider, how, header.evidence)

    def _of_session_name(self, message: Message) -> Recognition | None:
        if message.header("content-length") == "0":
            return None
        body = message.body
        name = _SESSION_NAME.search(body, 0, 4096) if body else None
        if name is None:
            return None
        return self._of_session(name[1].decode("utf-8", "replace"))

    def _look_up_session(self, name: str) -> Recognition | None:
        return _first(self._session_names, name, "SDP session name")

    @cached_property
    def _networks(self) -> dict[str, list[_Network]]:
        """Networks by the first octet (or hextet) of the addresses in them."""
        index: dict[str, list[_Network]] = {}
        for provider, evidence in self._evidence:
            for name in evidence.networks:
                net = ipaddress.ip_network(name)
                first, last = net.network_address, net.broadcast_address
                entry = _Network(int(first), int(last), name, provider, evidence)
                for bucket in _buckets(first, last):
                    index.setdefault(bucket, []).append(entry)
        return index

    @cached_property
    def _domains(self) -> dict[tuple[str, ...], list[_Domain]]:
        """Domains by their last two labels."""
        index: dict[tuple[str, ...], list[_Domain]] = {}
        for provider, evidence in self._evidence:
            for name in evidence.domains:
                labels = tuple(reversed(name.lower().split(".")))
                index.setdefault(labels[:2], []).append(_Domain(labels, name, provider, evidence))
        return index

    @cached_property
    def _headers(self) -> dict[str, list[_Header]]:
        index: dict[str, list[_Header]] = {}
        for provider, evidence in self._evidence:
            for wanted in evidence.headers:
                index.setdefault(wanted.name.lower(), []).append(_Header(wanted, provider, evidence))
        return index

    @cached_property
    def _header_names(self) -> frozenset[str]:
        return frozenset(self._headers)

    @cached_property
    def _server_patterns(self) -> list[_Pattern]:
        return [_Pattern(pattern(r), p, e) for p, e in self._evidence for r in e.server]

    @cached_property
    def _tags(self) -> list[_Pattern]:
        return [_Pattern(pattern(r), p, e) for p, e in self._evidence for r in e.tags]

    @cached_property
    def _call_ids(self) -> list[_Pattern]:
        return [_Pattern(pattern(r), p, e) for p, e in self._evidence for r in e.call_id]

    @cached_property
    def _session_names(self) -> list[_Pattern]:
        return [_Pattern(pattern(r), p, e) for p, e in self._evidence for r in e.sdp_session]

    @cached_property
    def _evidence(self) -> list[tuple[str, Fingerprint]]:
        return [(p.id, evidence) for p in self._providers.values() for evidence in p.evidence]


def _recognised(provider: str, how: str, evidence: Fingerprint) -> Recognition:
    return Recognition(provider, how, evidence.proven, evidence.product)


def _first(patterns: list[_Pattern], text: str, what: str) -> Recognition | None:
    """The first pattern that fits ``text``."""
    cut = text[:_TEXT_LIMIT]
    for regex, provider, evidence in patterns:
        if regex.search(cut):
            return _recognised(provider, f"{what} {cut[:80]}", evidence)
    return None


def covers(domain: tuple[str, ...], host: tuple[str, ...]) -> bool:
    """Whether ``host`` is ``domain`` or below it; both are labels from the right."""
    return len(host) >= len(domain) and all(
        want in ("*", have) and have for want, have in zip(domain, host, strict=False)
    )


def _bucket(address: str) -> str:
    separator = ":" if ":" in address else "."
    return address.partition(separator)[0].lower() + separator


def _buckets(
    first: ipaddress.IPv4Address | ipaddress.IPv6Address, last: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> list[str]:
    if first.version == 4:
        return [f"{octet}." for octet in range(int(first) >> 24, (int(last) >> 24) + 1)]
    return [f"{hextet:x}:" for hextet in range(int(first) >> 112, (int(last) >> 112) + 1)]
