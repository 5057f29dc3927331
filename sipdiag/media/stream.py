"""An RTP stream: what one source sent from one end to another, as far as it was captured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.capture.payload import Endpoint
from sipdiag.media.digits import Digit
from sipdiag.media.sequence import Bursts, Hole
from sipdiag.media.skew import Sample
from sipdiag.sip.sdp import STATIC_PAYLOADS

Right = Callable[[int], int]
"""Puts a time by some clock right."""
CLOCKS = (8000, 16000, 32000, 48000, 90000)
"""Clock rates in Hz that a payload type may have whose meaning only a session description tells."""
COMFORT_NOISE = (13, 19)
"""Static payload types that carry silence (RFC 3389; 19 in its drafts)."""


class Timing(Struct, frozen=True):
    """Jitter and lateness of a payload type's packets, by one clock."""

    mean_ms: float
    max_ms: float
    late: int
    """Packets that came more than 60 ms later than the fastest."""
    very_late: int
    """… more than 200 ms."""


class Format(Struct):
    """Packets of a stream with one payload type."""

    payload_type: int
    packets: int = 0
    """Without duplicates."""
    first_ns: int = 0
    last_ns: int = 0
    first_frame: int = 0
    last_frame: int = 0
    least_size: int = 0
    """Bytes of the smallest payload."""
    most_size: int = 0
    step: int = 0
    """Smallest advance of the timestamp from packet to packet; 0 where there is none."""
    silent: int = 0
    """Packets listened to whose samples are all one value."""
    quiet: int = 0
    """… below -60 dBov."""
    loud: int = 0
    """… above."""
    timing: dict[int, Timing] = field(default_factory=dict)
    """By clock rate; empty where the clock of the capture is too coarse to tell."""
    digits: tuple[Digit, ...] = ()
    """Its payloads read as events (RFC 4733); only a session description tells whether they are."""
    samples: tuple[Sample, ...] = ()
    """A sparse sample of packets: time and timestamp."""

    def moved(self, right: Right) -> Format:
        """The same by another clock."""
        digits = tuple(
            replace(digit, first_ns=right(digit.first_ns), last_ns=right(digit.last_ns))
            for digit in self.digits
        )
        return replace(
            self,
            first_ns=right(self.first_ns),
            last_ns=right(self.last_ns),
            digits=digits,
            samples=tuple((right(time_ns), stamp) for time_ns, stamp in self.samples),
        )

    @property
    def clock_hz(self) -> int | None:
        """Of a static payload type (RFC 3551 §6)."""
        return STATIC_PAYLOADS.get(self.payload_type, ("", None))[1]


class Silence(Struct, frozen=True):
    """A hole in a talkspurt: nothing arrived though the timestamps say that something was sent."""

    ns: int
    """From the packet before to the packet after."""
    before_ns: int
    file: int
    frame: int
    """The packet after."""


class RtpStream(Struct):
    """Packets of one SSRC, from one end to another, at one capture point (RFC 3550 §3)."""

    src: Endpoint
    dst: Endpoint
    ssrc: int
    payload_type: int = 0
    """That of most of its packets."""
    packets: int = 0
    """On the wire: duplicates count, what was captured twice does not."""
    first_ns: int = 0
    """Capture time of the first packet, nanoseconds since the epoch."""
    last_ns: int = 0
    place: tuple[int, int] = (0, 0)
    """Where it was captured: file (the first one of a ring) and interface."""
    first_file: int = 0
    first_frame: int = 0
    last_file: int = 0
    last_frame: int = 0
    first_number: int = 0
    """Sequence number of the first packet known to be sent; holes count from it."""
    expected: int = 0
    lost: int = 0
    duplicates: int = 0
    reordered: int = 0
    restarts: int = 0
    """Steps of the sequence number that are not losses."""
    copies: int = 0
    """Packets captured twice."""
    dscp: int | None = None
    """How the first packet is marked (RFC 2474)."""
    max_delta_ns: int = 0
    """Longest time between two packets."""
    longest: Silence | None = None
    """The longest hole, where there is one of at least :data:`~sipdiag.media.silences.HOLE_NS`."""
    holes: tuple[Hole, ...] = ()
    """Where packets are missing, the first of many."""
    bursts: Bursts = field(default_factory=Bursts)
    formats: tuple[Format, ...] = ()
    """By payload type, the most frequent first."""

    @property
    def duration_s(self) -> float:
        """Seconds from the first packet to the last."""
        return (self.last_ns - self.first_ns) / 1e9

    @property
    def loss(self) -> float:
        """Lost packets, as a part of those expected."""
        return self.lost / self.expected if self.expected else 0.0

    def moved(self, right: Right | None) -> RtpStream:
        """The same by another clock; ``right`` puts a time of its own right."""
        if right is None:
            return self
        longest = self.longest
        return replace(
            self,
            first_ns=right(self.first_ns),
            last_ns=right(self.last_ns),
            longest=replace(longest, before_ns=right(longest.before_ns)) if longest else None,
            holes=tuple(
                # A hole before the first captured packet has no time of its own.
                replace(hole, before_ns=right(hole.before_ns), after_ns=right(hole.after_ns))
                if hole.before_ns
                else hole
                for hole in self.holes
            ),
            formats=tuple(one.moved(right) for one in self.formats),
        )

    def sent(self, from_ns: int, until_ns: int) -> int:
        """About how many packets were sent in a time, if they were sent evenly."""
        begin, end = max(from_ns, self.first_ns), min(until_ns, self.last_ns)
        whole_ns = self.last_ns - self.first_ns
        return round(self.expected * max(0, end - begin) / whole_ns) if whole_ns > 0 else 0

    def speech(self, clocks: Mapping[int, int]) -> Format | None:
        """The payload type that carries the sound; ``clocks`` are those of the session, events and noise left out."""
        for one in self.formats:
            known = one.payload_type in clocks or one.payload_type < 96
            if known and one.payload_type not in COMFORT_NOISE:
                return one
        return self.formats[0] if self.formats else None
