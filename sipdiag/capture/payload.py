"""What every lane of the capture stage yields, whatever the file looked like.

A lane turns frames into :class:`Payload` objects: the bytes above the transport layer of a
datagram, or the next bytes, in order, of one direction of a stream.  Nothing here knows what
the bytes say; the next stage frames them into SIP messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct, field

from sipdiag.capture.acknowledged import Acknowledged
from sipdiag.capture.losses import Losses
from sipdiag.position import Frame, Line, WirePosition

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt


class Endpoint(NamedTuple):
    """One end of a flow; of the innermost IP layer when the packet was tunnelled."""

    address: str
    """IPv4 in dotted form, IPv6 in RFC 5952 form without brackets."""
    port: int


def host_text(end: tuple[str, int]) -> str:
    """``192.0.2.1:5060``, ``[2001:db8::1]:5060``."""
    address, port = end
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Remark(Struct, frozen=True):
    """A line of a text log that is not a message and reports trouble, as printed."""

    position: Line
    text: str


class Payload(Struct, frozen=True):
    """Bytes carried by a datagram, or the next bytes in order of one direction of a stream."""

    time_ns: int
    """When these bytes were complete, nanoseconds since the epoch."""
    position: WirePosition
    """The frame that completed these bytes, or the line of a log at which they begin."""
    src: Endpoint
    dst: Endpoint
    transport: str
    """``UDP``, ``TCP``, ``SCTP``, ``WS``, ``TLS``."""
    data: bytes
    stream: int | None = None
    """Number of the stream direction these bytes continue; None for a datagram."""
    lost_before: int = 0
    """Bytes of the stream known to be missing just before ``data`` (not captured)."""
    cut: int = 0
    """Bytes missing at the end of ``data`` because of the snap length."""
    point: int = 0
    """Capture point (interface of a pcapng, or file) the frame was taken at."""
    correlation: str | None = None
    """HEP correlation id, when an agent gave one."""
    timed: bool = True
    """Whether :attr:`time_ns` is known; else it gives no more than the order."""
    remarks: tuple[Remark, ...] = ()
    """What a log says between this message and the next."""

    @property
    def file(self) -> int:
        """Index of the input file, from 0."""
        return self.position.file


class Note(Struct, frozen=True):
    """A warning about the capture itself: damage, a bound that was passed, a cut message."""

    code: str
    """Short slug, for instance ``truncated-file``, ``snaplen``, ``tcp-gap``."""
    text: str
    """One plain sentence that says what happened and what it means."""
    file: int | None = None
    byte: int | None = None
    frame: int | None = None
    line: int | None = None
    """Line of a text log."""

    @property
    def position(self) -> WirePosition | None:
        """The frame or line it is about; None where it is about more."""
        file = self.file or 0
        if self.line is not None:
            return Line(file, self.line)
        return None if self.frame is None else Frame(file, self.frame)


class LogInfo(Struct, frozen=True):
    """What is known of a text log, besides what is known of every file."""

    form: str
    """Name of its form, as ``--log-format`` takes it."""
    times: Literal["dated", "time of day", "none"]
    """What it prints of the time."""
    votes: dict[str, int] = field(default_factory=dict)
    """How many of its first messages are announced as in each form, the most first."""
    own: dict[str, Endpoint] = field(default_factory=dict)
    """By transport, the own address of the program that wrote it, where the log does not print it."""


class FileInfo(Struct):
    """What is known of one input file after it was read."""

    path: str
    format: str
    """``pcap``, ``pcap (ns)``, ``pcapng``; with the compression in front, ``gzip pcap``."""
    link_types: list[str] = field(default_factory=list)
    packets: int = 0
    bytes: int = 0
    sha256: str = ""
    interfaces: dict[int, str] = field(default_factory=dict)
    """Names of a pcapng file's interfaces, by the number in :attr:`Payload.point`."""
    names: dict[str, str] = field(default_factory=dict)
    """Host names by address, from the name resolution blocks of a pcapng file."""
    log: LogInfo | None = None
    """Of a text log; None for a capture."""
    keys: bool = False
    """Whether a pcapng file holds TLS keys (decryption secrets block)."""


class Unreachable(Struct, frozen=True):
    """A sign that SIP did not get through."""

    kind: str
    """``icmp``, ``reset``, ``syn-unanswered``, ``tls-alert``."""
    what: str
    """In words: ``port unreachable``, ``connection refused``, ``TLS alert: unknown CA``."""
    reporter: str
    """Address of the reporter; where nobody answered, of the host that asked."""
    src: Endpoint
    """Who sent the packet that did not get through; for ``tls-alert`` and a reset of an open
    connection, who ended it."""
    dst: Endpoint
    transport: str
    time_ns: int
    """Of the report; of the first attempt, where nobody answered."""
    file: int
    frame: int
    call_id: str | None = None
    """Of the quoted message, when it is visible."""
    tries: int = 1
    """SYN segments sent."""


class Accounting(Struct):
    """Where every frame went; nothing is dropped without being counted here."""

    seen: int = 0
    """Frames read."""
    sip: int = 0
    """Frames that carried SIP."""
    rtp: int = 0
    """Frames that carried RTP or RTCP."""
    other: int = 0
    """Frames decoded down to a transport, carrying neither."""
    undecoded: dict[str, int] = field(default_factory=dict)
    """Frames that could not be decoded, by reason (``ARP``, ``IPv4 fragment``, ``link type 189``)."""
    first_ns: int | None = None
    last_ns: int | None = None
    encrypted: dict[tuple[Endpoint, Endpoint], str] = field(default_factory=dict)
    """(client, server) of TLS connections that carry SIP, and how that was told: ``port 5061``,
    ``ALPN sip``, ``server name sip.example.com``.  Their frames count as ``other``."""
    tls_ports: set[int] = field(default_factory=set)
    """Server ports of all TLS connections that do not say they are HTTP, whatever they carry."""
    unreachable: list[Unreachable] = field(default_factory=list)
    """Signs that SIP did not get through; their frames are counted as usual."""
    untraced: list[str] = field(default_factory=list)
    """For each text without SIP messages, how to make its program print them."""
    losses: Losses = field(default_factory=Losses)
    """What was on the wire but did not become a message."""
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    """What reached the other host, according to its TCP."""
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The time of the first and the last frame of each capture, by its number."""

    def saw(self, number: int, first_ns: int, last_ns: int, file: int) -> None:
        """Count frames of a file, captured between these times."""
        self.seen += number
        known = self.spans.get(file, (first_ns, last_ns))
        self.spans[file] = min(known[0], first_ns), max(known[1], last_ns)
        self.first_ns = first_ns if self.first_ns is None else min(self.first_ns, first_ns)
        self.last_ns = last_ns if self.last_ns is None else max(self.last_ns, last_ns)

    def not_decoded(self, reason: str, number: int) -> None:
        """Count frames that could not be decoded; zero is allowed."""
        if number:
            self.undecoded[reason] = self.undecoded.get(reason, 0) + number


class RtpIdentity(NamedTuple):
    """Packets of one source and one payload type: several of them may make up a stream."""

    place: tuple[int, int]
    """Where they were captured: file (the first one of a ring) and interface."""
    src: Endpoint
    dst: Endpoint
    ssrc: int
    payload_type: int
    dscp: int | None = None
    """How its first packet is marked (RFC 2474): it tells no source from another."""


class RtpRows(Struct, frozen=True):
    """RTP packets in the order of their capture: columns of equal length, a row a packet."""

    identity: npt.NDArray[np.int64]
    """Index into :attr:`identities`; negative for the packets of sources beyond the bound."""
    time_ns: npt.NDArray[np.int64]
    frame: npt.NDArray[np.int64]
    """Frame number in the file, from 1."""
    seq: npt.NDArray[np.int64]
    """Sequence number, 16 bits."""
    stamp: npt.NDArray[np.int64]
    """RTP timestamp, 32 bits."""
    size: npt.NDArray[np.int64]
    """Bytes of payload, by the UDP header."""
    checksum: npt.NDArray[np.int64]
    """Of UDP: the same for two captures of one packet."""
    sound: npt.NDArray[np.int8]
    """What a G.711 packet sounds like: see :mod:`sipdiag.capture.rtp`."""
    event: npt.NDArray[np.int64]
    """The first 32 bits of a payload of just 4 bytes with a dynamic type, which may be a digit (RFC 4733); else -1."""
    identities: Sequence[RtpIdentity]
    """The sources of the whole run in the order in which they were first met; it grows from batch to batch."""
    file: int = 0

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_] | slice) -> RtpRows:
        """Some of the rows."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return RtpRows(**columns, identities=self.identities, file=self.file)


COLUMNS = ("identity", "time_ns", "frame", "seq", "stamp", "size", "checksum", "sound", "event")
"""Of :class:`RtpRows`."""


class TcpFlow(NamedTuple):
    """One direction of a TCP connection."""

    place: tuple[int, int]
    """As in :class:`RtpIdentity`."""
    src: Endpoint
    dst: Endpoint


class TcpRows(Struct, frozen=True):
    """TCP segments that open a connection or carry something: columns of equal length, a row a segment."""

    flow: npt.NDArray[np.int64]
    """Index into :attr:`flows`; negative for connections beyond the bound."""
    segment: npt.NDArray[np.int64]
    """Sequence number, size, and 16 bits that are spread evenly over both."""
    time_ns: npt.NDArray[np.int64]
    flows: Sequence[TcpFlow]
    """As :attr:`RtpRows.identities`."""


class MediaDatagram(Struct, frozen=True):
    """A media datagram with its bytes: RTCP (RFC 3550 §6), STUN or DTLS, or RTP kept for audio."""

    time_ns: int
    frame: int
    file: int
    place: tuple[int, int]
    src: Endpoint
    dst: Endpoint
    data: bytes


class Batch(Struct, frozen=True):
    """What a lane found in one chunk of a file: payloads in file order, RTP as columns, what belongs to it, notes."""

    payloads: tuple[Payload, ...]
    rtp: RtpRows | None = None
    rtcp: tuple[MediaDatagram, ...] = ()
    setup: tuple[MediaDatagram, ...] = ()
    """STUN (RFC 8489) and the handshake of DTLS (RFC 6347)."""
    voice: tuple[MediaDatagram, ...] = ()
    """RTP packets as they are, of the sources that were asked for."""
    tcp: tuple[TcpRows, ...] = ()
    """Of several files alone: it tells what their clocks are ahead of each other."""
    notes: tuple[Note, ...] = ()


class CaptureError(Exception):
    """The input cannot be read at all; the text is one line fit for the user."""
