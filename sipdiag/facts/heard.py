"""What a side of a call heard: the facts of one direction of its audio."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sipdiag.facts.astray import latched, private, wrong_address
from sipdiag.facts.between import gone_streams
from sipdiag.facts.ceased import ceased, talked
from sipdiag.facts.cited import Cited, Facts, ProvenFacts, first_packet, last_packet
from sipdiag.facts.digits import digit_facts
from sipdiag.facts.faxaudio import fax_audio
from sipdiag.facts.formats import formats, sound, sources
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.quality import clocks, marks, quality, reported
from sipdiag.facts.resumed import resumed
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import TALK_PACKETS, Way
from sipdiag.media.match import GRACE_NS
from sipdiag.messages.captured import CapturedMessage
from sipdiag.position import Packet

ROUND_S = (10.0, 15.0, 20.0, 30.0, 40.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)
"""Media timeouts that PBXs and SBCs are set to."""
ROUND_TOLERANCE_S = 1.5
SHORTEST_STOP_S = 5.0
MEDIA_WORDS = ("rtp", "media", "audio")
TOGETHER_NS = 1_000_000_000


class Heard(Mapping[str, object]):
    """The facts of a direction, read when the first is asked for; and what proves them, when the first is cited."""

    def __init__(self, way: Way) -> None:
        self._way = way

    @once
    def _parts(self) -> list[ProvenFacts]:
        return [part(self._way) for part in _PARTS]

    @once
    def _facts(self) -> Facts:
        """Everything known, unknown values left out."""
        return {
            name: value for part in self._parts for name, value in part.facts.items() if value is not None
        }

    @once
    def _cited(self) -> Cited:
        packets = {name: some for part in self._parts for name, some in part.cite().items()}
        return messages(self._way.view) | packets

    def cited(self, name: str) -> Sequence[CapturedMessage | Packet]:
        """What proves a fact, or the messages that say where media should have gone; none is no error."""
        return self._cited.get(name, ())

    def get(self, name: str, default: Any = None) -> Any:
        """The fact's value; ``default`` where it is not known."""
        return self._facts.get(name, default)

    def __getitem__(self, name: str) -> object:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def messages(view: LegView) -> Cited:
    """The messages that say where media should have gone, by the names of the evidence table."""
    found: dict[str, Sequence[CapturedMessage | None]] = {
        "invite": [invite.first for invite in view.leg.invites[:1]],
        "answer": [view.answer],
        "last_offer": [one for request in view.refreshes[-1:] for one in (request.first, request.final)],
        "bye": [view.bye.first] if view.bye is not None else [],
    }
    return {name: [one for one in some if one is not None] for name, some in found.items()}


def _course(way: Way) -> ProvenFacts:
    view, media = way.view, way.media
    silent = media.missing is not None and media.missing == way.to_caller
    # A caller whom the answer did not reach does not talk yet.
    unaware = not way.to_caller and not view.ack_seen and view.answer_repeats >= 2
    fell_silent = media.fell_silent
    return ProvenFacts(
        {
            "to_caller": way.to_caller,
            "party": "caller" if way.to_caller else "called party",
            "receiver_name": way.receiver,
            "sender_name": way.sender,
            "talk_s": view.talk_s,
            "both_directions": view.both_directions,
            "packets": way.packets,
            "packets_back": way.back.packets,
            "both_send": media.both_send,
            "fax": media.fax_ns is not None,
            "lost_between": any(gone.seen.to_caller == way.to_caller for gone in gone_streams(media)),
            "pauses": way.pauses,
            "nothing": silent and not unaware,
            "reported_elsewhere": silent and _reported_elsewhere(way),
            "silent_after_offer": fell_silent is not None and fell_silent != way.to_caller,
        },
        lambda: {
            "first_packet": [first_packet(stream) for stream in way.streams[:1]],
            "last_packet": [
                last_packet(one) for one in sorted(way.streams, key=lambda one: -one.last_ns)[:1]
            ],
            "other_way": [
                first_packet(stream, "first packet of the other direction") for stream in way.back.streams[:1]
            ],
        },
    )


def _reported_elsewhere(way: Way) -> bool:
    """The receiver reports by RTCP that packets reach it which were not captured."""
    ends = {*way.media.session.wanted(by_caller=way.to_caller), *(one.src for one in way.back.streams)}
    captured = {stream.ssrc for stream in way.streams}
    return way.media.control.receives({end.address for end in ends}, captured)


def _late(way: Way) -> ProvenFacts:
    """How long after the answer the first packet came."""
    agreed_ns = way.media.agreed_ns
    if agreed_ns is None or not way.streams or way.packets < TALK_PACKETS or way.view.refreshes:
        return ProvenFacts()
    first = way.streams[0]
    return ProvenFacts(
        {"late_s": max(0.0, seconds(agreed_ns, first.first_ns))}, lambda: {"late": [first_packet(first)]}
    )


def _after_bye(way: Way) -> ProvenFacts:
    """Audio that went on after the call had ended."""
    bye = way.view.bye
    if bye is None or bye.final is None or (bye.status or 0) >= 300 or way.last_ns <= bye.final.time_ns:
        return ProvenFacts()
    stream = max(way.streams, key=lambda one: one.last_ns)
    return ProvenFacts(
        {"after_bye_s": seconds(bye.final.time_ns, way.last_ns)},
        lambda: {"after_bye": [last_packet(stream)]},
    )


def _stopped(way: Way) -> ProvenFacts:
    """Audio that ended long before its receiver hung up."""
    view, bye = way.view, way.view.bye
    if bye is None or way.packets < TALK_PACKETS or bye.from_caller != way.to_caller:
        return ProvenFacts()
    stream = max((one.stream for one in way.talking), key=lambda one: one.last_ns)
    waited_s = seconds(stream.last_ns, bye.time_ns)
    sends = way.media.sends(not way.to_caller, stream.last_ns + GRACE_NS)
    if waited_s < SHORTEST_STOP_S or sends is False or way.media.fax_ns is not None:
        return ProvenFacts()
    reasons = [reason.text for reason in bye.first.message.reasons if reason.text]
    told = " ".join(reasons).lower()
    return ProvenFacts(
        {
            "stopped_s": waited_s,
            "stopped_at_s": seconds(view.leg.first_ns, stream.last_ns),
            "stopped_told": any(word in told for word in MEDIA_WORDS),
            "stopped_reason": "; ".join(reasons) or None,
            "stopped_round": any(abs(waited_s - limit) <= ROUND_TOLERANCE_S for limit in ROUND_S),
            "stopped_talk": talked(way, stream),
            "other_went_on": way.back.last_ns >= bye.time_ns - TOGETHER_NS,
        },
        lambda: {"stopped": [last_packet(stream)]},
    )


_PARTS: tuple[Callable[[Way], ProvenFacts], ...] = (
    _course,
    private,
    wrong_address,
    latched,
    _late,
    formats,
    quality,
    clocks,
    marks,
    reported,
    sound,
    sources,
    _after_bye,
    _stopped,
    ceased,
    fax_audio,
    resumed,
    digit_facts,
)
