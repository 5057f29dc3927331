"""What passed one capture point but did not reach the next: messages of a leg, packets of its streams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sipdiag.facts.cited import behind, first_packet
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.ways import LegMedia
from sipdiag.facts.wording import side_label
from sipdiag.media.match import Matched
from sipdiag.media.pairs import StreamPair
from sipdiag.media.stream import RtpStream
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.events import Key, event_of
from sipdiag.position import Line, Packet

SHOWN = 6
"""More messages than this prove nothing more."""
SHOWN_HOLES = 3
FEWEST_PACKETS = 5
LEAST_PERCENT = 0.5
"""Of the packets of a stream; less is not to be heard."""


class Lost(Struct, frozen=True):
    """A message that lost one or all of its transmissions."""

    sent: list[CapturedMessage]
    """The sendings that did not arrive."""
    arrived: int
    """How many did."""


class Gone(Struct, frozen=True):
    """A stream that lacks packets at the next point."""

    pair: StreamPair
    seen: Matched
    """One of its sightings."""
    own: bool
    """The stream's ends at the nearer point are this leg's; otherwise they are those of a leg beyond a relay."""
    near: RtpStream
    sure: bool
    """The point that lacks them did not drop them itself."""
    proof: tuple[Packet, ...]


class LostBetween:
    """What of a leg was lost between two capture points."""

    def __init__(self, view: LegView, lost: Sequence[Lost], gone: Sequence[Gone]) -> None:
        self._view = view
        self._lost = lost[0] if lost else None
        self._gone = gone[0] if gone else None

    # -- messages ------------------------------------------------------------------------------

    @evidence("lost_between")
    def sent(self) -> list[CapturedMessage]:
        """The first sendings that did not arrive."""
        return self._lost.sent[:SHOWN] if self._lost is not None else []

    @fact
    def signalling(self) -> bool:
        """A SIP message is what was lost between two capture points."""
        return self._lost is not None

    @fact
    def what(self) -> str | None:
        """The SIP message that was lost between two capture points: ACK, INVITE, 200 to INVITE."""
        return kind_of(self._lost.sent[0]) if self._lost is not None else None

    @fact(unit="messages")
    def lost(self) -> int:
        """Sendings of that message that passed one capture point and did not reach the next."""
        return len(self._lost.sent) if self._lost is not None else 0

    @fact(unit="messages")
    def arrived(self) -> int:
        """Sendings of that message that reached both capture points."""
        return self._lost.arrived if self._lost is not None else 0

    @fact
    def decisive(self) -> bool:
        """None of its sendings arrived, and it is no provisional response."""
        return self._lost is not None and _decisive(self._lost)

    @fact
    def ending(self) -> bool:
        """It is a BYE, or the answer to one: it only ends a call."""
        return self._lost is not None and self._lost.sent[0].message.cseq_method == "BYE"

    @fact(for_expectations=True)
    def logged(self) -> bool:
        """A log is one of the two capture points: it may leave messages out."""
        if self._lost is None:
            return False
        return any(isinstance(entry.captured.position, Line) for entry in self._view.leg.messages)

    @fact
    def sure(self) -> bool:
        """The point that the message did not reach was capturing before it was sent, and is no log."""
        return (
            self._lost is not None and not self.logged and all(one.missed_surely for one in self._lost.sent)
        )

    @fact(absent="one capture point")
    def seen_at(self) -> str | None:
        """The capture point that the message passed."""
        return self._point(self._lost.sent[0].seen_at[-1]) if self._lost is not None else None

    @fact(absent="the next")
    def missed_at(self) -> str | None:
        """The capture point that the message did not reach."""
        return self._point(self._lost.sent[0].missed_at[0]) if self._lost is not None else None

    # -- media ---------------------------------------------------------------------------------

    @evidence("media_hole_between")
    def holes(self) -> list[Packet]:
        """The packets that show that others are missing, at the farther point, and the stream at the nearer."""
        return list(self._gone.proof) if self._gone is not None else []

    @fact
    def media(self) -> bool:
        """Packets of RTP were lost between two capture points."""
        return self._gone is not None

    @fact
    def media_absent(self) -> bool:
        """No packet of the stream reached the farther capture point."""
        return self._gone is not None and self._gone.pair.far is None

    @fact(unit="packets")
    def media_lost(self) -> int:
        """Packets of RTP that passed one capture point and did not reach the next."""
        return self._gone.pair.lost if self._gone is not None else 0

    @fact(unit="packets")
    def media_sent(self) -> int:
        """Packets of that stream that passed the nearer capture point while the farther was capturing."""
        return self._gone.pair.expected if self._gone is not None else 0

    @fact
    def media_percent(self) -> float:
        """Part of them that was lost between the points, in percent."""
        pair = self._gone.pair if self._gone is not None else None
        return round(100 * pair.lost / pair.expected, 1) if pair is not None else 0.0

    @fact
    def media_s(self) -> float:
        """How long that stream lasted."""
        return round(self._gone.near.duration_s, 3) if self._gone is not None else 0.0

    @fact
    def media_sure(self) -> bool:
        """Other packets of the same moments show that the farther point did not drop them itself."""
        return self._gone is not None and self._gone.sure

    @fact(absent="one side")
    def media_from(self) -> str | None:
        """Who sent the stream."""
        return side_label(self._view.sides, not self._gone.seen.to_caller) if self._gone is not None else None

    @fact(absent="other side")
    def media_to(self) -> str | None:
        """Who was to hear it: caller, called party."""
        if self._gone is None:
            return None
        return "caller" if self._gone.seen.to_caller else "called party"

    @fact(absent="one capture point")
    def media_seen_at(self) -> str | None:
        """The capture point that the stream passed."""
        return self._point(self._gone.pair.points[0]) if self._gone is not None else None

    @fact(absent="the next")
    def media_missed_at(self) -> str | None:
        """The capture point that lacks packets of the stream."""
        return self._point(self._gone.pair.points[1]) if self._gone is not None else None

    def _point(self, number: int) -> str | None:
        return self._view.observed.point(number)


def lost_between(view: LegView, media: LegMedia) -> LostBetween | None:
    """The message and the stream of a leg that lost most between two capture points."""
    lost, gone = lost_messages(view), [one for one in gone_streams(media) if one.own]
    return LostBetween(view, lost, gone) if lost or gone else None


def lost_messages(view: LegView) -> list[Lost]:
    """The messages that lost a transmission, gravest first."""
    sent: dict[Key, list[CapturedMessage]] = {}
    for entry in view.leg.messages:
        if entry.captured.missed_at:
            sent.setdefault(event_of(entry.captured.message), []).append(entry.captured)
    if not sent:
        return []
    arrived: Counter[Key] = Counter()
    for entry in view.leg.messages:
        captured, key = entry.captured, event_of(entry.captured.message)
        if key in sent and captured.passed is None and captured.copy_of is None:
            arrived[key] += sent[key][0].missed_at[0] in captured.seen_at
    return sorted((Lost(some, arrived[key]) for key, some in sent.items()), key=_gravity)


def _gravity(lost: Lost) -> tuple[bool, bool, int]:
    message = lost.sent[0].message
    return not _decisive(lost), message.cseq_method == "BYE", -len(lost.sent)


def _decisive(lost: Lost) -> bool:
    return not lost.arrived and (lost.sent[0].message.status or 200) >= 200


def kind_of(captured: CapturedMessage) -> str:
    """``ACK``, ``200 to INVITE``."""
    message = captured.message
    return message.method if message.is_request else f"{message.status} to {message.cseq_method}"


def last_point(view: LegView, sent: Sequence[CapturedMessage]) -> str | None:
    """The last of several points that the first of these messages passed."""
    passed = sent[0].seen_at if sent else ()
    return view.observed.point(passed[-1]) if len(passed) > 1 else None


def gone_streams(media: LegMedia) -> list[Gone]:
    """The streams that lack packets at the next point, those that lack most first."""
    own = {one.number for one in media.matched}
    found = {
        pair.near: gone
        for one in media.matched
        for pair in media.captured.pairs.of(one.number)
        if pair.directed and _telling(pair) and (gone := _gone(pair, one, media, own=pair.near in own))
    }
    return sorted(found.values(), key=lambda gone: -gone.pair.lost / gone.pair.expected)


def _gone(pair: StreamPair, seen: Matched, media: LegMedia, *, own: bool) -> Gone | None:
    """None where the farther point dropped the packets itself."""
    near, far = media.stream(pair.near), media.stream(pair.far)
    blamed = media.capture_lost_of(pair.far, far) if pair.far is not None and far is not None else None
    if blamed is True:
        return None
    return Gone(pair, seen, own, near or seen.stream, blamed is False, tuple(_proof(pair, near, far)))


def _telling(pair: StreamPair) -> bool:
    if pair.lost < FEWEST_PACKETS or not pair.expected or pair.unseen > pair.lost:
        return False
    return 100 * pair.lost >= LEAST_PERCENT * pair.expected


def _proof(pair: StreamPair, near: RtpStream | None, far: RtpStream | None) -> Iterator[Packet]:
    if near is not None:
        yield first_packet(near, f"{near.packets:,} packets passed here, this is the first")
    if far is not None:
        yield from (behind(far, hole) for hole in pair.holes[:SHOWN_HOLES])
