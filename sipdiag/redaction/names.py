"""Pseudonyms of what names people, hosts and calls: user parts, addresses, host names, identifiers."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec import Struct

from sipdiag.redaction.codes import plain_digits
from sipdiag.redaction.numbers import SHORTEST, Numbers, dialled
from sipdiag.redaction.permute import Permuter
from sipdiag.redaction.words import HEADER_NAME_WORDS, PRIVATE_ENDINGS, WELL_KNOWN_USERS

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Keep(Struct, frozen=True):
    """What a redaction must leave recognisable, told by whoever knows providers and number plans."""

    domain: Callable[[str], int] = lambda host: 0
    """Of a host name: how many labels, from the right, are a provider's own."""
    network: Callable[[str], str | None] = lambda address: None
    """The provider's network that an address lies in."""
    software: Callable[[str], str] = lambda text: ""
    """The part of a User-Agent, Server or session name that names a provider or its software."""
    words: frozenset[str] = frozenset()
    """Words of providers' texts and of standard phrases, lower case: never taken for a name."""
    headers: frozenset[str] = frozenset()
    """Names of headers that providers write, lower case."""
    said: frozenset[str] = frozenset()
    """Those among them whose text says why something was refused."""
    codes: frozenset[str] = frozenset()
    """Codes that providers give for a refusal, upper case."""


_KEPT_HOSTS = frozenset({"localhost", "anonymous.invalid", "anonymous", "invalid"})
_ENDING = "example"
_BLOCKS = tuple(
    ipaddress.IPv4Network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
)
"""Private, shared and link-local addresses: they stay in their block."""
_ELSEWHERE = int(ipaddress.IPv4Address("240.0.0.0"))
"""Public addresses become addresses of 240.0.0.0/4, which belong to nobody (RFC 1112 §4)."""
_ELSEWHERE_BITS = 28
_ELSEWHERE_6 = int(ipaddress.IPv6Address("2001:db8::"))
"""Public IPv6 addresses go to the range for documentation (RFC 3849)."""
_SMALL_NETWORK = 24
"""Prefix length from which a provider's network is a list of its published gateways."""
_HOST_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(:.*)?\Z", re.DOTALL)
_PORT = re.compile(r":?\s*+[0-9]{0,5}\s*+\Z")
_PREFIX = re.compile(r"z9hG4bK|SC[LR]_(?=.)|(?:CA|AC|TR|PN|RE|CN|PR)(?=[0-9a-f]{32}\Z)")
"""Beginnings of identifiers that tell their kind: RFC 3261's branches, LiveKit's ``SCL_…``, Twilio's ``CA…``."""
_SHORTEST_WORD = 3
_SMALLEST_COUNTER = 10_000_000
"""Counters that begin at random have more digits than a telephone number has; smaller ones tell nothing."""
_ALPHA = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class Pseudonyms:
    """The mapping.  Learn everything first: then the same value has one pseudonym in all its forms."""

    permuter: Permuter
    keep: Keep
    numbers: Numbers = field(init=False)
    words: set[str] = field(default_factory=set)
    """Names, lower case, that free text must not show."""
    extensions: set[str] = field(default_factory=set)
    """Numbers of a few digits that are somebody's."""
    ids: set[str] = field(default_factory=set)
    """Call-IDs, which other headers may carry."""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """Kind → original → pseudonym, of everything replaced so far."""
    _taken: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.permuter)

    # Learning

    def learn_user(self, text: str) -> None:
        """A user part: a number, or a name."""
        number = dialled(text)
        if number is not None:
            self.numbers.learn(number)
            if len(number) < SHORTEST:
                self.extensions.add(number)
        else:
            self.learn_words(text)

    def learn_words(self, text: str) -> None:
        """A name, which may turn up in free text."""
        for word in _ALPHA.findall(text.lower()):
            if len(word) >= _SHORTEST_WORD and word not in self.keep.words and word not in WELL_KNOWN_USERS:
                self.words.add(word)

    # Values

    def user(self, text: str) -> str:
        """A user part or user name."""
        if not text or text.lower() in WELL_KNOWN_USERS:
            return text
        text = plain_digits(text)
        if dialled(text) is not None:
            return self._note("numbers", text, self.numbers.mask(text))
        digits = [at for at, c in enumerate(text) if "0" <= c <= "9"]
        if len(digits) >= SHORTEST:
            return self._note("users", text, self._mixed(text, digits))
        return self._note("users", text, self.permuter.token(text))

    def number(self, text: str) -> str:
        """A telephone number, written in any way."""
        return self._note("numbers", text, self.numbers.mask(text))

    def word(self, text: str) -> str:
        """A name's word, or any other run of letters and digits."""
        return self._note("words", text, self.permuter.token(text))

    def identifier(self, text: str) -> str:
        """A Call-ID, tag, branch, nonce or other id; a host behind its ``@`` is a host."""
        local, at, host = text.rpartition("@")
        if not local:
            local, at, host = text, "", ""
        prefix = _PREFIX.match(local)
        kept = prefix[0] if prefix else ""
        masked = kept + self.permuter.token(local[len(kept) :])
        return self._note("ids", text, masked + at + self.host_port(host))

    def counter(self, text: str) -> str:
        """A number that counts: a large one is another, but as far from its neighbours as it was."""
        value = int(text)
        return text if value < _SMALLEST_COUNTER else str(value - self.permuter.offset(_SMALLEST_COUNTER))

    def host_port(self, text: str) -> str:
        """A host with its port, which stays."""
        if text.count(":") > 1 and not text.startswith("["):
            return self.host(text)
        match = _HOST_PORT.match(text)
        if match is None:
            return self.host(text)
        port = match[2] or ""
        return self.host(match[1]) + (port if _PORT.match(port) else self.permuter.token(port))

    def host(self, text: str) -> str:
        """A host name, or an address with or without brackets."""
        bare = text.strip()
        if not bare.strip("[]"):
            return text
        if bare.startswith("[") and bare.endswith("]"):
            return f"[{self.host(bare.strip('[]'))}]"
        address = self.address(bare)
        return address if address is not None else self._note("hosts", bare, self._name(bare))

    def address(self, text: str) -> str | None:
        """An IP address; None if it is none."""
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return None
        if address.is_unspecified or address.is_loopback or address.is_multicast:
            return text
        if text == "255.255.255.255":
            return text
        replaced = self._inside_provider(address) or self._address(address)
        return self._note("addresses", text, str(replaced))

    def header_name(self, name: str) -> str:
        """The name of a header nobody knows: its words, but those that say it carries an id."""
        return _UNKNOWN_NAME.sub(lambda match: self._name_word(match[0]), name)

    def _name_word(self, word: str) -> str:
        if word.lower() in HEADER_NAME_WORDS:
            return word
        masked = self.permuter.token(word)
        # What makes a name no token goes on doing so.
        return "".join(new if old.isascii() else _NO_TOKEN for old, new in zip(word, masked, strict=True))

    def _mixed(self, text: str, digits: list[int]) -> str:
        """A name with a number in it: that number is replaced as wherever else it stands."""
        number = self.numbers.replaced("".join(text[at] for at in digits))
        new = dict(zip(digits, number, strict=True))
        rest = iter(self.permuter.token("".join(c for at, c in enumerate(text) if at not in new)))
        return "".join(new[at] if at in new else next(rest) for at in range(len(text)))

    def _name(self, name: str) -> str:
        lower = name.rstrip(".").lower()
        if not lower or lower in _KEPT_HOSTS:
            return name
        labels = lower.split(".")
        kept = self.keep.domain(lower)
        if not kept and labels[-1] in PRIVATE_ENDINGS and len(labels) > 1:
            kept = 1
        masked = [self.permuter.token(label) for label in labels[: len(labels) - kept]]
        ending = labels[len(labels) - kept :] if kept else [_ENDING] if len(labels) > 1 else []
        return ".".join([*masked, *ending])

    def _inside_provider(self, address: Address) -> Address | None:
        name = self.keep.network(str(address))
        if name is None:
            return None
        network = ipaddress.ip_network(name)
        if network.version == 4 and network.prefixlen >= _SMALL_NETWORK:
            return address
        size, value = network.num_addresses, int(address) - int(network.network_address)
        while True:
            value = self.permuter.shift(value, size, f"network {name}")
            candidate = network[value]
            if self.keep.network(str(candidate)) == name:
                return candidate

    def _address(self, address: Address) -> Address:
        if isinstance(address, ipaddress.IPv6Address):
            mapped = address.ipv4_mapped
            if mapped is not None:
                return ipaddress.IPv6Address(f"::ffff:{self.address(str(mapped))}")
            return self._address_6(address)
        for block in _BLOCKS:
            if address in block:
                value = int(address) - int(block.network_address)
                return block[self.permuter.shift(value, block.num_addresses, f"block {block}")]
        return self._elsewhere(int(address))

    def _elsewhere(self, value: int) -> ipaddress.IPv4Address:
        """An address of nobody's range that no other address got yet."""
        found = value
        while True:
            found = self.permuter.shift(found, 1 << 32, "public")
            low = found & ((1 << _ELSEWHERE_BITS) - 2)
            if self._taken.setdefault(low, value) == value:
                return ipaddress.IPv4Address(_ELSEWHERE + low)

    def _address_6(self, address: ipaddress.IPv6Address) -> ipaddress.IPv6Address:
        digest = int.from_bytes(hashlib.shake_128(self.permuter.token(address.exploded).encode()).digest(12))
        if address.is_link_local:
            return ipaddress.IPv6Address((0xFE80 << 112) | digest & ((1 << 64) - 1))
        if address in _UNIQUE_LOCAL:
            return ipaddress.IPv6Address((0xFD << 120) | digest)
        return ipaddress.IPv6Address(_ELSEWHERE_6 | digest)

    def _note(self, kind: str, original: str, pseudonym: str) -> str:
        if original != pseudonym:
            self.used.setdefault(kind, {})[original] = pseudonym
        return pseudonym


_NO_TOKEN = "\udcff"
"""A byte that is neither UTF-8 nor part of a token."""
_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")
_ID_ENDING = r"(?i:call-?s?id|call-?uuid|session-?id|leg-?id|correlation|conversation-?id|ucid|cid)\Z"
_UNKNOWN_NAME = re.compile(rf"{_ID_ENDING}|[^\W_]+?(?={_ID_ENDING})|(?:[^\W_]|[\ud800-\udfff])+")
