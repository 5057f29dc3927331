"""One message at several capture points: where it was seen, in which order, and where it should have been.

A message is recognised by what no proxy changes (:mod:`~sipdiag.messages.events`); what was sent again is paired
with the sighting that is as far away in time as that way usually takes.  It was lost between two points if the one saw
it go to the other and the other did not, although that one sees this way, was capturing before and after, and shows
nothing that would follow from its arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.losses import Losses
from sipdiag.messages.arrivals import LATEST_NS, Arrivals
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.clocks import FlowDelay
from sipdiag.messages.events import Key, branch_of, event_of
from sipdiag.messages.in_common import way
from sipdiag.messages.intake import COPY_WINDOW_NS
from sipdiag.messages.located import Located, PointGroup, Relation

LEAST_APART_NS = 240_000_000
"""Half of T1 (RFC 3261 §17.1.1.1), less a little: what was sent again is further away."""


class Sighting(Struct, eq=False):
    """A message on its way, as far as it was seen."""

    seen: list[tuple[int, CapturedMessage]]
    """Point and message."""
    missed: dict[int, int]
    """The points that it did not reach, and when it should have been at each."""
    sure: bool = True

    def beyond(self, order: Sequence[tuple[int, CapturedMessage]]) -> tuple[int, ...]:
        """The points behind the last that saw it, the next one first: it went past those before, whatever they saw."""
        last_ns = order[-1][1].time_ns
        missed = sorted(self.missed, key=self.missed.__getitem__)
        return tuple(point for point in missed if self.missed[point] > last_ns)


def follow(
    messages: Sequence[CapturedMessage],
    located: Located,
    spans: Mapping[int, tuple[int, int]],
    losses: Losses,
    logs: Mapping[int, frozenset[str]],
) -> list[CapturedMessage]:
    """The messages by the right time, each with where it was seen, and where it was not.

    ``spans``: by the right time, when each point captured; ``logs``: the points that are logs.
    """
    owner = located.of_place
    own = _own_copies(messages, owner)
    by_point: list[list[CapturedMessage]] = [[] for _ in located.groups]
    for one in messages:
        if one not in own:
            by_point[owner[one.file, one.point]].append(one)
    sightings: dict[CapturedMessage, Sighting] = {}

    def sighting_of(one: CapturedMessage) -> Sighting:
        return sightings.setdefault(one, Sighting([(owner[one.file, one.point], one)], {}))

    for relation in sorted(located.relations, key=lambda one: (one.other, one.one)):
        near, far = (
            _keyed(by_point[number], relation, located.groups) for number in (relation.one, relation.other)
        )
        pairs = list(_paired(near, far, relation, sightings))
        for one, other in pairs:
            sighting = sighting_of(one)
            sighting.seen.append((relation.other, other))
            sightings[other] = sighting
        both = _at_both(by_point[relation.one], relation, sightings)
        arrivals = Arrivals(relation, both, by_point, spans, losses, located.groups, logs)
        for one, point, lag_ns, sure in arrivals.lost():
            known = sighting_of(one)
            known.missed[point] = one.time_ns + lag_ns
            known.sure &= sure
    return list(_told(messages, own, sightings, owner))


def _own_copies(
    messages: Sequence[CapturedMessage], owner: Mapping[tuple[int, int], int]
) -> dict[CapturedMessage, CapturedMessage]:
    """What a point captured twice, with the first sighting there."""
    latest: dict[tuple[int, Host, Host, bytes], CapturedMessage] = {}
    copies: dict[CapturedMessage, CapturedMessage] = {}
    for one in messages:
        key = (owner[one.file, one.point], one.src, one.dst, one.message.raw)
        first = latest.get(key)
        if first is not None and one.time_ns - first.time_ns <= COPY_WINDOW_NS and one.timed == first.timed:
            copies[one] = first
        else:
            latest[key] = one
    return copies


def _keyed(
    messages: Sequence[CapturedMessage], relation: Relation, groups: Sequence[PointGroup]
) -> dict[Key, list[CapturedMessage]]:
    """The messages of a point by what they are; by their first branch where Call-IDs were written anew."""
    by_event = groups[relation.one].events.keys() & groups[relation.other].events.keys()
    found: dict[Key, list[CapturedMessage]] = defaultdict(list)
    for one in messages:
        key = event_of(one.message) if by_event else branch_of(one.message)
        if key is not None:
            found[key].append(one)
        one.message.forget()
    return found


def _paired(
    near: Mapping[Key, list[CapturedMessage]],
    far: Mapping[Key, list[CapturedMessage]],
    relation: Relation,
    sightings: Mapping[CapturedMessage, Sighting],
) -> Iterator[tuple[CapturedMessage, CapturedMessage]]:
    tolerance_ns = min(COPY_WINDOW_NS + (relation.error_ns or 0), LEAST_APART_NS)
    for key, some in near.items():
        # What an earlier point already saw is known; the same point again would be another message.
        others = [
            one for one in far.get(key, ()) if one not in sightings or not _at(sightings[one], relation.one)
        ]
        if others:
            yield from _aligned(some, others, relation, tolerance_ns)


def _at_both(
    messages: Sequence[CapturedMessage], relation: Relation, sightings: Mapping[CapturedMessage, Sighting]
) -> list[tuple[CapturedMessage, CapturedMessage]]:
    """What both points saw, also where a third one told so."""
    found = []
    for one in messages:
        sighting = sightings.get(one)
        for number, other in sighting.seen if sighting is not None else ():
            if number == relation.other:
                found.append((one, other))
    return found


def _at(sighting: Sighting, point: int) -> bool:
    return any(number == point for number, _ in sighting.seen)


def _aligned(
    some: Sequence[CapturedMessage], others: Sequence[CapturedMessage], relation: Relation, tolerance_ns: int
) -> Iterator[tuple[CapturedMessage, CapturedMessage]]:
    if len(some) == len(others):
        # As many here as there: the first with the first, however long a proxy took.
        pairs = [pair for pair in zip(some, others, strict=True) if _possible(*pair)]
        if len(pairs) == len(some):
            yield from pairs
            return
    lag_ns = _flow(some[0], relation).lag_ns
    here = there = 0
    while here < len(some) and there < len(others):
        apart_ns = others[there].time_ns - some[here].time_ns - lag_ns
        if abs(apart_ns) <= tolerance_ns:
            yield some[here], others[there]
            here, there = here + 1, there + 1
        elif apart_ns > 0:
            here += 1
        else:
            there += 1


def _possible(one: CapturedMessage, other: CapturedMessage) -> bool:
    """A message is not longer under way than it would be sent again."""
    return not (one.timed and other.timed) or abs(other.time_ns - one.time_ns) <= LATEST_NS


def _flow(one: CapturedMessage, relation: Relation) -> FlowDelay:
    return relation.flows.get(way(one.src, one.dst), FlowDelay(0, 0))


def _told(
    messages: Sequence[CapturedMessage],
    own: Mapping[CapturedMessage, CapturedMessage],
    sightings: Mapping[CapturedMessage, Sighting],
    owner: Mapping[tuple[int, int], int],
) -> Iterator[CapturedMessage]:
    """The messages again, with what is known of each."""
    new: dict[CapturedMessage, CapturedMessage] = {}
    firsts: dict[Sighting, CapturedMessage] = {}
    """The first sighting of each message on its way."""
    latest: dict[Sighting, CapturedMessage] = {}
    """The one before: of sightings at one time the order of the messages decides."""
    for one in messages:
        original = own.get(one)
        sighting = sightings.get(original or one)
        if original is not None:
            first = new[original]
            fields = {"copy_of": first.copy_of or first, "message": first.message, "seen_at": first.seen_at}
        elif sighting is None:
            fields = {"copy_of": None, "seen_at": (owner[one.file, one.point],)}
        else:
            order = sorted(sighting.seen, key=lambda pair: pair[1].time_ns)
            before = firsts.get(sighting)
            firsts.setdefault(sighting, one)
            fields = {
                "copy_of": None,
                "seen_at": tuple(number for number, _ in order),
                "missed_surely": sighting.sure,
                "missed_at": sighting.beyond(order) if before is None else (),
            }
            if before is not None:
                fields |= _again(one, new[before], new[latest[sighting]])
            latest[sighting] = one
        new[one] = replace(one, **fields)
        yield new[one]


def _again(one: CapturedMessage, first: CapturedMessage, previous: CapturedMessage) -> dict[str, object]:
    """A later sighting: a copy where nobody gave it other addresses."""
    fields: dict[str, object] = {"passed": previous}
    if (one.src, one.dst) == (first.src, first.dst):
        fields["copy_of"] = first
        if one.message.raw == first.message.raw:
            fields["message"] = first.message
    return fields
