"""What a scenario file says, checked and with its defaults filled in."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sipdiag.scenario.document import ScenarioError


class HostSpec(Struct, frozen=True):
    """One party or proxy."""

    name: str
    address: str
    """IPv4 or IPv6."""
    port: int = 5060
    flavour: str = "generic"
    """Product whose habits fill in the headers; a key of ``flavours.FLAVOURS``."""
    domain: str = ""
    """Host part of the URIs that name this party; the address if empty."""
    media: str = ""
    """Address of its RTP; chosen by the flavour if empty."""
    user: str = ""
    """Digest user name it answers challenges with."""
    password: str = ""
    realm: str = ""
    """Realm it challenges with; the flavour's if empty."""
    record_route: bool = True
    """As a proxy: stays in the path of the dialog."""
    recorded: tuple[str, ...] = ()
    """As a proxy: what it writes into Record-Route, topmost first; its address if empty."""
    inside: str = ""
    """Address that it writes into Via, Contact and SDP while its packets come from ``address`` (NAT)."""


class DialogSpec(Struct, frozen=True):
    """A dialog, or a request outside any."""

    name: str
    line: int
    from_: str
    """Host that sends the first request."""
    to: str
    caller: str
    """User part or full URI of From."""
    callee: str
    """User part or full URI of To."""
    display: str = ""
    uri: str = ""
    """Request-URI of the first request; derived from ``callee`` if empty."""
    transport: str = "udp"
    """``udp``, ``tcp`` or ``ws``."""
    path: tuple[str, ...] = ()
    """Proxies between the two, from the caller's side."""
    fork_of: str = ""
    """Another branch of that dialog's INVITE: same Call-ID, From tag and CSeq."""
    continues: str = ""
    """A new try of that dialog's request elsewhere: same Call-ID and From tag, next CSeq."""
    call_id: str = ""
    headers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Added to (or replacing those of) its initial requests."""


class SdpSpec(Struct, frozen=True):
    """What differs from the default session description."""

    codecs: tuple[str, ...] = ()
    direction: str = ""
    address: str = ""
    port: int | None = None
    session: str = ""
    secure: bool = False
    dtls: bool = False
    """ICE and DTLS-SRTP, as WebRTC has them."""


class MediaSpec(Struct, frozen=True):
    """What differs from a plain RTP stream between the ends that the session descriptions name."""

    src: str = ""
    """``address:port`` it comes from; empty: the sender's own."""
    dst: str = ""
    """``address:port`` it goes to; empty: the receiver's own."""
    type: int = 0
    """Payload type."""
    size: int = 0
    """Bytes of payload; 0: 160."""
    sound: bool = False
    """A tone instead of silence."""
    since: float = 0.0
    """Seconds of the same stream that went before: its numbers go on from there."""
    source: int = 0
    """Another number is another SSRC."""
    missing: tuple[tuple[float, float], ...] = ()
    """From when to when, in seconds, all packets are lost."""
    digits: str = ""
    """Sent as events, the first after half a second, one every half second."""
    digits_type: int = 101
    ends: int = 3
    """Packets that say that a digit is over."""
    dscp: int = 0
    """How its packets are marked."""
    skew: float = 0.0
    """Parts per million by which the sender's clock is fast."""
    reported_lost: int | None = None
    """The receiver reports so many packets as lost, by RTCP; None: it reports nothing."""
    answered: bool = True
    """Of STUN and DTLS lines: the other side answers."""
    error: int = 0
    """Of a STUN line: the code with which it refuses."""
    alert: int = 0
    """Of a DTLS line: the fatal alert with which the client ends the handshake."""
    stranger: bool = False
    """Of a DTLS line: neither certificate is the one of its session description."""


class LadderLine(Struct, frozen=True):
    """One line of the ladder."""

    line: int
    dialog: str
    sender: str
    """Host name; empty: follows from the dialog."""
    method: str
    """Request method, empty for a response."""
    status: int
    """Response status, 0 for a request."""
    phrase: str = ""
    of: str = ""
    """Method of the request that a response answers; empty: the latest one without a final response."""
    target: str = ""
    """Refer-To, or the Contact of a 3xx."""
    notified: int = 0
    """Status inside a NOTIFY's sipfrag."""
    seconds: float = 0.0
    """How long RTP flows, or checks and hellos are repeated."""
    replaces: str = ""
    """Dialog that is to be replaced."""
    realm: str = ""
    """Realm of a challenge; empty: the sender's own."""
    flags: frozenset[str] = frozenset()
    late: float = 0.0
    """Seconds that the network holds it back; what comes after it is not delayed."""
    shares: tuple[tuple[str, float], ...] = ()
    """Faults of an RTP stream: name and percentage of the packets that it hits."""
    after: float | None = None
    """Seconds after the line before it."""
    at: float | None = None
    """Seconds after the scenario's start."""
    headers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    remove: tuple[str, ...] = ()
    start: str = ""
    """Start line in place of the derived one."""
    to_tag: str = ""
    sdp: SdpSpec | None = None
    media: MediaSpec | None = None
    """Of an RTP line."""
    body: str | None = None
    content_type: str = ""
    raw: str | None = None
    """The whole message as text in place of the derived one."""
    hex: bytes | None = None
    """The whole message as bytes."""
    src: str = ""
    """``address:port`` that it comes from; empty: its sender's own."""
    dst: str = ""
    """``address:port`` that it goes to; empty: its receiver's own."""
    links: tuple[int, ...] | None = None
    """On which links of the path it is seen (0 = the caller's); None: on all that carry it."""


class PointSpec(Struct, frozen=True):
    """Where a scenario is captured, if another scenario captures the same calls elsewhere."""

    of: str = ""
    """Name of that scenario: all identifiers are derived from it."""
    ahead: float = 0.0
    """Seconds by which the clock here is ahead."""
    drift: float = 0.0
    """Parts per million by which it is fast."""
    later: tuple[tuple[str, float], ...] = ()
    """By host, how many seconds later its packets pass here."""
    nat: tuple[tuple[str, str], ...] = ()
    """Addresses that are others here."""


class Scenario(Struct, frozen=True):
    path: Path
    title: str
    start_ns: int
    hosts: dict[str, HostSpec]
    dialogs: dict[str, DialogSpec]
    ladder: tuple[LadderLine, ...]
    copies: bool = False
    """Every packet is captured twice, as by a mirror port that sees both directions of a link."""
    vlan: tuple[int, ...] = ()
    """802.1Q tags of every frame, the outer one first."""
    snaplen: int = 0
    """Bytes that are kept of each packet; 0: all."""
    cut: int = 0
    """Bytes that are missing at the end of the file."""
    notes: str = ""
    """More about what happens, for the reader."""
    point: PointSpec = PointSpec()

    @property
    def seed(self) -> str:
        """What all identifiers are derived from: the file's name, or that of the scenario captured elsewhere."""
        return self.point.of or self.path.name.split(".")[0]

    def error(self, line: int, text: str) -> ScenarioError:
        return ScenarioError(self.path, line, text)
