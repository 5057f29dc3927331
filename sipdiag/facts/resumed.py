"""A call taken off hold, whose other side answers as if the hold went on."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.facts.cited import ProvenFacts
from sipdiag.facts.holds import direction
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import SILENT_NS, TALK_PACKETS, Way
from sipdiag.media.match import GRACE_NS

KEEPS_SILENT = ("recvonly", "inactive")


def resumed(way: Way) -> ProvenFacts:
    """How the sender answered the last resume of a side that had held the call, where it does not send since."""
    moved = [
        one
        for one in way.view.refreshes
        if one.final is not None and (one.status or 0) < 300 and _direction(one)
    ]
    last = moved[-1] if moved else None
    if last is None or last.final is None or last.from_caller != way.to_caller:
        return ProvenFacts()
    answered, answer_ns = direction(last.final.message), last.final.time_ns
    if (
        _direction(last) != "sendrecv"
        or answered not in KEEPS_SILENT
        or not _held_by(moved, by_caller=way.to_caller)
        or _held_by(moved, by_caller=not way.to_caller)
        or way.packets < TALK_PACKETS
        or way.last_ns > answer_ns + GRACE_NS
        or way.awaited_until_ns - answer_ns < SILENT_NS
    ):
        return ProvenFacts()
    return ProvenFacts({"resume_answered": answered, "resumed_s": seconds(answer_ns, way.awaited_until_ns)})


def _direction(request: Request) -> str:
    return direction(request.first.message)


def _held_by(moved: list[Request], *, by_caller: bool) -> bool:
    """A side held the call itself: then it may keep silent after the other's resume."""
    return any(
        one.from_caller == by_caller and one.first.message.sdp is not None and one.first.message.sdp.holds
        for one in moved
    )
