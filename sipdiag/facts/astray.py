"""Audio that was sent where its receiver could not, or would not, hear it.

Session descriptions say where a side *receives*; that packets come from an address in none of them is normal.
Packets *to* such an address are a fault only where they go on and nothing reaches the receiver: neither where it
wanted them nor where its own come from.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from sipdiag.capture.payload import host_text
from sipdiag.facts.cited import ProvenFacts, change, whole
from sipdiag.facts.private import is_private
from sipdiag.facts.timers import seconds
from sipdiag.facts.ways import TALK_PACKETS, Way
from sipdiag.media.match import GRACE_NS, Matched

NOWHERE = ("0.0.0.0", "::")
"""Addresses that hold, or leave the address to ICE."""
TOGETHER_NS = 1_000_000_000


def private(way: Way) -> ProvenFacts:
    """Audio that went on to a private address while its receiver is on the Internet."""
    sent = [
        one.stream
        for one in way.talking
        if is_private(one.stream.dst.address) is True and is_private(one.stream.src.address) is False
    ]
    if not sent or way.media.chosen_by_ice:
        return ProvenFacts()
    stream, real = sent[-1], _source(way)
    later = any(one.stream.last_ns > stream.last_ns + TOGETHER_NS for one in way.talking)
    if is_private(real) is not False or later:
        return ProvenFacts()
    return ProvenFacts(
        {
            "private_address": host_text(stream.dst),
            "private_s": seconds(stream.first_ns, stream.last_ns),
            "private_source": real,
        },
        whole("private", stream),
    )


def _source(way: Way) -> str:
    """Where the receiver's own packets come from; those of its signalling where there is no audio."""
    back = [one.stream for one in way.back.talking]
    if back:
        return max(back, key=lambda one: one.packets).src.address
    return way.view.sides.of(way.to_caller).host.address


def wrong_address(way: Way) -> ProvenFacts:
    """Audio to an address that the descriptions in force do not name, and that is not the receiver's."""
    for one in () if way.media.chosen_by_ice else way.matched:
        stream = one.stream
        if stream.packets < TALK_PACKETS:
            continue
        said = way.media.session.in_force(way.to_caller, stream.last_ns - GRACE_NS)
        named = [end for description in said for end in description.ends]
        if not named or stream.dst in named or any(end.address in NOWHERE for end in named):
            continue
        latest_ns = min(stream.last_ns, way.back.last_ns) - GRACE_NS
        sources = {other.src for other in way.back.streams if other.last_ns >= latest_ns}
        since_ns = max(stream.first_ns, *(description.time_ns for description in said))
        if stream.last_ns - since_ns <= GRACE_NS or _served(way, one, {*named, *sources}):
            continue
        return ProvenFacts(
            {
                "astray_to": host_text(stream.dst),
                "astray_s": seconds(since_ns, stream.last_ns),
                "astray_named": host_text(named[-1]),
            },
            whole("astray", stream),
        )
    return ProvenFacts()


def _served(way: Way, one: Matched, ends: Collection[tuple[str, int]]) -> bool:
    """Audio reached the receiver: at an address it named, or where its own comes from."""
    return one.stream.dst in ends or any(
        other.stream.dst in ends and other.stream.last_ns >= one.stream.last_ns - GRACE_NS
        for other in way.matched
    )


def latched(way: Way) -> ProvenFacts:
    """The sender turned from the address in the description to where the receiver's packets come from.

    An address that a description names is no find: a re-INVITE moved the media there.
    """
    sources = {stream.src for stream in way.back.streams} - {*way.media.session.wanted(way.to_caller)}
    for before, after in pairwise(way.streams):
        if before.ssrc == after.ssrc and after.dst in sources and after.dst != before.dst:
            return ProvenFacts(
                {
                    "latched_to": host_text(after.dst),
                    "latched_from": host_text(before.dst),
                    "latched_ms": (after.first_ns - before.first_ns) // 1_000_000,
                },
                change("latched", before, after),
            )
    return ProvenFacts()
