"""Capture points as columns of a ladder: they stand between the hosts whose messages pass them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.pipeline.results import CallDetail, Participant
from sipdiag.report.text import shorten, visible

TEXT = "capture point"


class Sighted(Protocol):
    """A message of the ladder."""

    @property
    def captured(self) -> CapturedMessage:
        """Its first sighting on the way that is drawn."""

    @property
    def copies(self) -> tuple[CapturedMessage, ...]:
        """The others."""


def column(number: int) -> Host:
    """Marks a capture point among the hosts: no host has such a port."""
    return Host("", -1 - number)


def is_column(host: Host) -> bool:
    """Whether it is a capture point, not a host."""
    return host.port < 0


def short_name(participant: Participant, letters: int) -> str:
    """Its name as it fits; captures of one call differ at the end of theirs."""
    name = visible(participant.name)
    if is_column(participant.host) and len(name) > letters:
        return f"…{name[1 - letters :]}"
    return shorten(name, letters)


def point_of(captured: CapturedMessage) -> int:
    """The capture point of this sighting."""
    place, one = 0, captured
    while one.passed is not None:
        place, one = place + 1, one.passed
    return captured.seen_at[min(place, len(captured.seen_at) - 1)]


def seen_at(row: Sighted) -> set[int]:
    """The points that saw the message on the way that the row draws."""
    return {point_of(captured) for captured in (row.captured, *row.copies)}


def with_points(
    result: CallDetail, rows: Sequence[Sighted], participants: Sequence[Participant]
) -> list[Participant]:
    """The participants, and between them the capture points, where the messages passed several."""
    names = result.points
    numbers = {number for row in rows for number in (*row.captured.seen_at, *row.captured.missed_at)}
    if len(names) < 2 or len(numbers) < 2 or max(numbers) >= len(names):
        return list(participants)
    places = {participant.host: place for place, participant in enumerate(participants)}
    ordered: list[tuple[float, int, Participant]] = [
        (place, 0, participant) for place, participant in enumerate(participants)
    ]
    for rank, (number, middle) in enumerate(_middles(rows, places, numbers), 1):
        participant = Participant(column(number), None, names[number], None)
        ordered.append((middle, rank, participant))
    ordered.sort(key=lambda one: one[:2])
    return [participant for *_, participant in ordered]


def _middles(
    rows: Sequence[Sighted], places: Mapping[Host, int], numbers: set[int]
) -> list[tuple[int, float]]:
    """Each point with its place between the hosts, in the order in which a message from left to right passes them."""
    middles: defaultdict[int, list[float]] = defaultdict(list)
    votes: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        src, dst = places.get(row.captured.src, 0), places.get(row.captured.dst, 0)
        for number in seen_at(row):
            middles[number].append((src + dst) / 2)
        order = [*row.captured.seen_at, *row.captured.missed_at]
        for place, number in enumerate(order):
            votes[number] += (2 * place - len(order) + 1) * (1 if dst > src else -1)
    known = {
        # Never on the line of a host.
        number: (round(sum(some) / len(some) - 0.5) + 0.5 if (some := middles[number]) else 0.5)
        for number in numbers
    }
    return sorted(known.items(), key=lambda one: (one[1], votes[one[0]], one[0]))


def breaks_between(row: Sighted) -> tuple[Host, Host] | None:
    """The columns between which the message was lost."""
    captured = row.captured
    if not captured.missed_at:
        return None
    return column(captured.seen_at[-1]), column(captured.missed_at[0])
