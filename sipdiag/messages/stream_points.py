"""RTP streams at several capture points: which are the same, and which point comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from sipdiag.capture.payload import RtpIdentity
from sipdiag.media.pairs import StreamPair, lost_between
from sipdiag.media.stream import RtpStream
from sipdiag.messages.in_common import way
from sipdiag.messages.located import Located, Relation
from sipdiag.messages.samples import RtpSamples, Shared

FEWEST_PACKETS = 3
"""Packets that make two streams one."""
SETTLED_NS = 200_000_000
"""What passed one point this long after the other's first packet, or before its last one, was due there too."""
TALK_PACKETS = 50
"""Packets of a stream that cannot have been overlooked."""

Spans = Mapping[int, tuple[int, int]]


def stream_pairs(
    streams: Sequence[RtpStream], located: Located, samples: RtpSamples, spans: Spans
) -> tuple[StreamPair, ...]:
    """The streams that two points saw, and those that one of them lacks; streams have the right times."""
    numbers = {stream_key(stream): number for number, stream in enumerate(streams)}
    found: list[StreamPair] = []
    absent: list[tuple[int, StreamPair]] = []
    for relation in located.relations:
        pairs = list(_pairs(relation, streams, numbers, located, samples, spans))
        found += pairs
        absent += _absent(relation, streams, located, spans, pairs)
    return tuple(in_a_row(found, absent))


def in_a_row(found: Sequence[StreamPair], absent: Sequence[tuple[int, StreamPair]]) -> Iterator[StreamPair]:
    """Of three and more points the pairs of neighbours: what was lost between the outer ones was lost at one of these.

    ``absent``: of what did not arrive, with how long it takes to get there.
    """
    onward: defaultdict[int, dict[int, StreamPair]] = defaultdict(dict)
    for pair in found:
        if pair.directed and pair.far is not None:
            onward[pair.near][pair.far] = pair
    for pair in found:
        # Looked up and not walked: a stream has a sighting at each of few points.
        between = [middle for middle in onward[pair.near] if pair.far in onward.get(middle, ())]
        if not between or not pair.directed:
            yield _beyond(pair, onward.get(pair.far, {}) if pair.far is not None else {})
    nearest: dict[int, tuple[int, StreamPair]] = {}
    for lag_ns, pair in absent:
        # What went on to a farther point passed this one by, or unseen.
        if not onward.get(pair.near) and (pair.near not in nearest or lag_ns < nearest[pair.near][0]):
            nearest[pair.near] = lag_ns, pair
    for _, pair in nearest.values():
        yield pair


def _beyond(pair: StreamPair, onward: Mapping[int, StreamPair]) -> StreamPair:
    """Packets that a farther point has were not lost before: this one did not capture them."""
    seen = max((later.unseen for later in onward.values()), default=0)
    return replace(pair, lost=max(0, pair.lost - seen)) if seen and pair.directed else pair


def stream_key(stream: RtpStream | RtpIdentity) -> tuple[object, ...]:
    """What tells one stream from all others."""
    return stream.place, stream.src, stream.dst, stream.ssrc


def _pairs(
    relation: Relation,
    streams: Sequence[RtpStream],
    numbers: Mapping[tuple[object, ...], int],
    located: Located,
    samples: RtpSamples,
    spans: Spans,
) -> Iterator[StreamPair]:
    groups = dict.fromkeys(located.groups[relation.one].places, 0)
    groups |= dict.fromkeys(located.groups[relation.other].places, 1)
    best: dict[int, tuple[tuple[bool, int], int, Shared[RtpIdentity]]] = {}
    for shared in samples.shared(groups, 0, 1):
        one, other = numbers.get(stream_key(shared.one)), numbers.get(stream_key(shared.other))
        if one is None or other is None or len(shared.one_ns) < FEWEST_PACKETS:
            continue
        # Of several on one side (a relay on the same host) the one with the same addresses.
        rank = (shared.one.src, shared.one.dst) == (shared.other.src, shared.other.dst), len(shared.one_ns)
        if other not in best or rank > best[other][0]:
            best[other] = rank, one, shared
    for other, (_, one, shared) in best.items():
        flow = relation.flows.get(way(shared.one.src, shared.one.dst))
        onward = flow.onward if flow is not None else 0
        near, far = (one, other) if onward >= 0 else (other, one)
        points = (relation.one, relation.other) if onward >= 0 else (relation.other, relation.one)
        if not onward or points[1] not in spans:
            yield StreamPair(near, far, points, directed=False)
        else:
            yield lost_between(streams[near], streams[far], (near, far), points, spans[points[1]])


def _absent(
    relation: Relation,
    streams: Sequence[RtpStream],
    located: Located,
    spans: Spans,
    pairs: Sequence[StreamPair],
) -> Iterator[tuple[int, StreamPair]]:
    """Streams that went to the other point, which saw their counterpart and not them; and how long they take."""
    if relation.error_ns is None:
        return
    owner = located.of_place
    shared = {number for pair in pairs for number in (pair.near, pair.far)}
    back = {
        (owner[streams[number].place], streams[number].src, streams[number].dst)
        for number in shared
        if number is not None
    }
    sources: defaultdict[int, set[int]] = defaultdict(set)
    for stream in streams:
        sources[owner[stream.place]].add(stream.ssrc)
    for number, stream in enumerate(streams):
        point = owner[stream.place]
        if number in shared or point not in (relation.one, relation.other) or stream.packets < TALK_PACKETS:
            continue
        other = relation.other if point == relation.one else relation.one
        span = spans.get(other)
        flow = relation.flows.get(way(stream.src, stream.dst))
        onward = 0 if flow is None else flow.onward if point == relation.one else -flow.onward
        if (
            onward == 1
            and span is not None
            and (point, stream.dst, stream.src) in back
            and stream.ssrc not in sources[other]
            and (missed := _due(stream, span)) >= TALK_PACKETS
        ):
            gone = StreamPair(number, None, (point, other), expected=missed, lost=missed)
            yield abs(flow.lag_ns) if flow is not None else 0, gone


def _due(stream: RtpStream, span: tuple[int, int]) -> int:
    """How many packets of a stream a point should have seen: captures rarely go on after the hang-up."""
    begin_ns, end_ns = span[0] + SETTLED_NS, span[1] - SETTLED_NS
    if begin_ns < stream.first_ns and stream.last_ns < end_ns:
        return stream.packets
    return min(stream.packets, stream.sent(begin_ns, end_ns))
