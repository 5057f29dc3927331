"""Digits that have no way to the other side: nobody there takes them in the form in which they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.digits import SentDigit, sent_by
from sipdiag.facts.legview import LegView
from sipdiag.facts.ways import LegMedia, Way
from sipdiag.facts.wording import worded
from sipdiag.messages.captured import CapturedMessage
from sipdiag.position import Frame, Packet

NOT_TAKEN = frozenset({400, 403, 406, 415, 420, 469, 488, 606})
"""Refusals of an INFO for what it is or carries.  405 and 501 refuse INFO altogether; the others speak of the call."""
NO_TONES = frozenset({"g729", "g723", "opus", "amr", "amr-wb", "evs", "ilbc", "gsm", "gsm-efr", "speex"})
"""Codecs of speech: what they make of a tone cannot be relied on (RFC 4733 §1)."""
SHOWN = 2


class LostDigits(Struct, frozen=True):
    """One direction in which digits do not get through."""

    way: Way
    events: Sequence[SentDigit] = ()
    """Sent in RTP to a side that never named telephone-event."""
    refused: Sequence[SentDigit] = ()
    """Sent by INFO and refused."""
    codec: str | None = None
    """The one that was agreed, where it carries no tones and the receiver named no telephone-event though the sender did."""


def lost_digits(view: LegView, media: LegMedia) -> LostDigits | None:
    """The direction of a leg in which digits were sent in vain, else one in which they would be."""
    if not view.answered:
        return None
    ways = [media.way(to_caller=to_caller) for to_caller in (False, True)]
    return next((lost for of in (_in_vain, _impossible) for way in ways if (lost := of(way))), None)


def _in_vain(way: Way) -> LostDigits | None:
    if not way.streams and not way.view.requests("INFO"):
        return None
    sent = sent_by(way)
    events = [one for one in sent if one.method == "rtp"]
    if events:
        deaf = bool(way.codecs) and not any(codec.is_dtmf for codec in way.codecs.values())
        return LostDigits(way, events=events) if deaf else None
    infos = [one for one in sent if one.method == "info"]
    refused = [one for one in infos if one.status in NOT_TAKEN]
    # A digit that was taken shows that digits are.
    taken = any(one.status is not None and one.status < 300 for one in infos)
    return LostDigits(way, refused=refused) if refused and not taken else None


def _impossible(way: Way) -> LostDigits | None:
    named = way.media.codecs(by_caller=not way.to_caller).values()
    if not way.codecs or not any(codec.is_dtmf for codec in named):
        return None
    sound = [codec for codec in way.codecs.values() if not codec.is_comfort_noise]
    if any(codec.is_dtmf or codec.name not in NO_TONES for codec in sound) or way.view.requests("INFO"):
        return None
    return LostDigits(way, codec=sound[0].name.upper()) if sound else None


class DigitPath:
    """What rules ask of it."""

    def __init__(self, lost: LostDigits) -> None:
        self._lost = lost

    @evidence("digits_in_vain")
    def shown(self) -> list[Packet | CapturedMessage]:
        """The first digits, and how those by INFO were answered."""
        return [*self._packets(), *self._requests()]

    def _packets(self) -> Iterator[Packet]:
        for one in self._lost.events[:SHOWN]:
            if isinstance(one.position, Frame):
                what = f"RTP event with payload type {one.payload_type}, {one.packets} packets"
                yield Packet(one.position, one.time_ns, what)

    def _requests(self) -> Iterator[CapturedMessage]:
        for one in self._lost.refused[:SHOWN]:
            yield from (message for message in (one.request, one.final) if message is not None)

    @fact
    def to_caller(self) -> bool:
        """Digits of the called side do not reach the caller; else it is the other way."""
        return self._lost.way.to_caller

    @fact(unit="digits")
    def unheard(self) -> int:
        """Digits sent as events to a side that never named telephone-event."""
        return len(self._lost.events)

    @fact(name="type")
    def payload_type(self) -> int | None:
        """Their payload type."""
        return self._lost.events[0].payload_type if self._lost.events else None

    @fact(unit="digits")
    def refused(self) -> int:
        """Digits sent by INFO and refused, as all were."""
        return len(self._lost.refused)

    @fact(absent="an error")
    def refusal(self) -> str | None:
        """How the INFO was refused: status and reason phrase."""
        return worded(self._lost.refused[0].final) if self._lost.refused else None

    @fact
    def events_agreed(self) -> bool:
        """The receiver named telephone-event, which the sender might have used."""
        return any(codec.is_dtmf for codec in self._lost.way.codecs.values())

    @fact
    def events_offered(self) -> bool:
        """The sender itself named telephone-event; else the receiver had nothing to agree to."""
        way = self._lost.way
        return any(codec.is_dtmf for codec in way.media.codecs(by_caller=not way.to_caller).values())

    @fact
    def codec(self) -> str | None:
        """The codec that was agreed, where no digit was sent and it could carry none."""
        return self._lost.codec

    @fact(absent="the sending side")
    def sender(self) -> str:
        """Who sends the digits, by name or address."""
        return self._lost.way.sender

    @fact(absent="the receiving side")
    def receiver(self) -> str:
        """To whom, by name or address."""
        return self._lost.way.receiver
