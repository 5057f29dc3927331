"""A host of the scenario with everything its flavour adds: addresses, URIs, habits."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.scenario.flavours import FLAVOURS, Flavour
from sipdiag.scenario.schema import HostSpec
from sipdiag.scenario.tokens import Tokens


class PacketEnd(Struct, frozen=True):
    """Where packets come from or go to."""

    name: str
    """Of the host."""
    address: str
    port: int


class ScenarioHost(Struct, frozen=True):
    """One participant."""

    spec: HostSpec
    flavour: Flavour
    inner: str
    """Private address behind the edge; empty if it has none."""
    media: str

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def address(self) -> str:
        """Its address as it stands in URIs and Via (IPv6 in brackets)."""
        return bracketed(self.spec.inside or self.spec.address)

    @property
    def endpoint(self) -> PacketEnd:
        """Where its signalling is."""
        return PacketEnd(self.spec.name, self.spec.address, self.spec.port)

    @property
    def domain(self) -> str:
        return self.spec.domain or bracketed(self.spec.address)

    @property
    def realm(self) -> str:
        return self.spec.realm or self.flavour.realm.format(domain=self.domain)

    def uri(self, user: str) -> str:
        """URI of a user at this party; ``user`` may be a whole URI or ``user@host`` already."""
        if user.startswith(("sip:", "sips:", "tel:")):
            return user
        return f"sip:{user}" if "@" in user else f"sip:{user}@{self.domain}"

    def contact(self, user: str, transport: str) -> str:
        """Contact URI: where in-dialog requests are to go."""
        place = self.flavour.contact.format(
            user=user_part(user), address=self.inner or self.address, port=self.spec.port
        )
        return f"sip:{place}" + (f";transport={transport}" if transport != "udp" else "")

    def routes(self, tokens: Tokens) -> list[str]:
        """Record-Route entries of its edge from the outside inwards; none without an edge."""
        if not self.inner:
            return []
        return [
            tokens.pattern(
                f"<sip:{self.flavour.record_route.format(address=address, port=self.spec.port)}>",
                self.name,
                "rr",
            )
            for address in (self.address, self.inner)
        ]


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def user_part(user: str) -> str:
    """``+1555`` of ``+1555``, ``sip:+1555@host`` or ``tel:+1555``."""
    return user.removeprefix("sips:").removeprefix("sip:").removeprefix("tel:").partition("@")[0]


def make_party(spec: HostSpec, tokens: Tokens) -> ScenarioHost:
    """The party of a host."""
    flavour = FLAVOURS[spec.flavour]
    # A flavour's own networks are IPv4; a party that speaks IPv6 has all its traffic there.
    legacy = ":" not in spec.address
    return ScenarioHost(
        spec=spec,
        flavour=flavour,
        inner=_address_in(flavour.inner if legacy else "", tokens, spec.name, "inner"),
        media=spec.media
        or _address_in(flavour.media if legacy else "", tokens, spec.name, "media")
        or spec.inside
        or spec.address,
    )


def _address_in(prefix: str, tokens: Tokens, *name: object) -> str:
    if not prefix:
        return ""
    octets = prefix.split(".")
    while len(octets) < 4:
        octets.append(str(tokens.number(2, 250, *name, len(octets))))
    return ".".join(octets)
