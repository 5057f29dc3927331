"""What every lane of the capture stage yields, whatever the file looked like.

A lane turns frames into :class:`Payload` objects: the bytes above the transport layer of a
datagram, or the next bytes, in order, of one direction of a stream.  Nothing here knows what
the bytes say; the next stage frames them into SIP messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

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
    keys: bool = False
    """Whether a pcapng file holds TLS keys (decryption secrets block)."""


class Unreachable(Struct, frozen=True):
    """A report that SIP did not get through."""

    kind: str
    """``icmp``, ``reset``, ``syn-unanswered``, ``tls-alert``."""
    what: str
    """In words: ``port unreachable``, ``connection refused``, ``TLS alert: unknown CA``."""
    reporter: str
    """Address of who said so; of who asked, where nobody answered."""
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
    """Reports that SIP did not get through, the first thousand; their frames are counted as ever."""
    unreachable_count: int = 0
    losses: Losses = field(default_factory=Losses)
    """What was on the wire and did not reach the messages."""


RtpIdentity = tuple[Endpoint, Endpoint, int, int]
"""Source, destination, SSRC and payload type: what tells RTP streams apart."""


class RtpCounts(Struct, frozen=True):
    """RTP packets of a batch, added up by stream: columns of equal length."""

    stream: npt.NDArray[np.int64]
    """Index into :attr:`identities`; negative for the packets of streams beyond the bound."""
    packets: npt.NDArray[np.int64]
    first_ns: npt.NDArray[np.int64]
    """Capture time of the first packet, nanoseconds since the epoch."""
    last_ns: npt.NDArray[np.int64]
    identities: Sequence[RtpIdentity]
    """The streams of the whole run in the order in which they were first met; it grows from batch to batch."""


class Batch(Struct, frozen=True):
    """What a lane found in one chunk of a file: payloads in file order, RTP by stream, notes."""

    payloads: tuple[Payload, ...]
    rtp: RtpCounts | None = None
    notes: tuple[Note, ...] = ()


class CaptureError(Exception):
    """The input cannot be read at all; the text is one line fit for the user."""
