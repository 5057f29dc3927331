"""What two capture points both saw: SIP by what a proxy leaves alone, RTP by source, number and timestamp,
TCP by both ends, sequence number and size.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from sipdiag.capture.payload import Endpoint, RtpIdentity, TcpFlow
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.clocks import SeenTwice
from sipdiag.messages.events import Key, branch_of
from sipdiag.messages.located import Located, PointGroup
from sipdiag.messages.samples import Passed, Shared

FEWEST_SHARED = 3
"""Messages, or RTP packets, that two points must share before their clocks are compared."""
SHARE = 0.3
"""… and which part of the messages of the smaller point they must be at least."""
RETRANSMITTED_NS = 40_000_000_000
"""How long a message may be retransmitted (64·T1, RFC 3261 §17), even into the next file of a ring."""


def sip_of_two(group: PointGroup, new: PointGroup) -> list[SeenTwice]:
    """The SIP both points saw; nothing if that is too little to be the same call."""
    seen = sip(group, new)
    count = sum(len(one.reference_ns) for one in seen)
    if is_enough(count, group, new) or (count >= FEWEST_SHARED and _overlap(group, new)):
        return seen
    return []


def is_enough(shared: int, group: PointGroup, new: PointGroup) -> bool:
    """Whether this many messages in common are no accident."""
    return shared >= max(FEWEST_SHARED, SHARE * min(len(new.events), len(group.events)))


def _overlap(group: PointGroup, new: PointGroup) -> bool:
    """Both were capturing at once, by their own clocks: what they share was not sent again from one file to the next."""
    if not group.messages or not new.messages:
        return False
    first = max(group.right.right(group.messages[0].time_ns), new.messages[0].time_ns)
    last = min(group.right.right(group.messages[-1].time_ns), new.messages[-1].time_ns)
    return last - first > RETRANSMITTED_NS


def sip(group: PointGroup, new: PointGroup) -> list[SeenTwice]:
    """Messages seen exactly once at both points: retransmissions cannot be matched."""
    pairs = _once(group.events, new.events)
    if len(pairs) < FEWEST_SHARED:
        # A box that rewrites Call-IDs may leave the first Via alone.
        pairs = _once(_by_branch(group), _by_branch(new)) or pairs
    ways: dict[tuple[frozenset[str], bool], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for one, other in pairs:
        reference_ns = group.right.right(one.time_ns)
        times, ahead = ways[way(one.src, one.dst)]
        times.append(reference_ns)
        ahead.append(other.time_ns - reference_ns)
    return [
        SeenTwice(between, forth, np.array(times, dtype=np.int64), np.array(ahead, dtype=np.int64))
        for (between, forth), (times, ahead) in ways.items()
    ]


def _once(
    some: dict[Key, list[CapturedMessage]], others: dict[Key, list[CapturedMessage]]
) -> list[tuple[CapturedMessage, CapturedMessage]]:
    pairs = []
    for key in min(others, some, key=len):
        found, fellows = some.get(key, ()), others.get(key, ())
        if len(found) == len(fellows) == 1 and found[0].timed and fellows[0].timed:
            pairs.append((found[0], fellows[0]))
    return pairs


def _by_branch(group: PointGroup) -> dict[Key, list[CapturedMessage]]:
    found: dict[Key, list[CapturedMessage]] = defaultdict(list)
    for some in group.events.values():
        for one in some:
            key = branch_of(one.message)
            if key is not None:
                found[key].append(one)
            one.message.forget()
    return found


def beside_sip(located: Located, number: int, new: PointGroup, passed: Passed | None) -> list[SeenTwice]:
    """What both saw of RTP, and of TCP connections that nobody between them opened anew, whatever these carry."""
    if passed is None:
        return []
    group = located.groups[number]
    group_of = dict.fromkeys(group.places, 0) | dict.fromkeys(new.places, 1)
    return [
        *(_seen(shared, group) for shared in passed.rtp.shared(group_of, 0, 1) if _tells(shared)),
        *(_seen(shared, group) for shared in passed.tcp.shared(group_of, 0, 1) if _tells(shared)),
    ]


def _tells(shared: Shared[RtpIdentity] | Shared[TcpFlow]) -> bool:
    return len(shared.one_ns) >= FEWEST_SHARED


def _seen(shared: Shared[RtpIdentity] | Shared[TcpFlow], group: PointGroup) -> SeenTwice:
    reference_ns = group.right.right_all(shared.one_ns)
    between, forth = way(shared.one.src, shared.one.dst)
    return SeenTwice(between, forth, reference_ns, shared.other_ns - reference_ns)


def way(src: Host | Endpoint, dst: Host | Endpoint) -> tuple[frozenset[str], bool]:
    """Two hosts, and which of them sends; on one address (loopback) the ports tell them apart."""
    if src.address == dst.address:
        return frozenset((f"{src.address} {src.port}", f"{dst.address} {dst.port}")), src.port <= dst.port
    return frozenset((src.address, dst.address)), src.address < dst.address
