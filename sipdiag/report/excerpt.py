"""Which messages of a call are shown one by one, and which are folded into a line that counts them.

A long call is mostly keep-alives.  What proves a finding, moves the call, changes its media or refuses
something is always shown, and so are its beginning and its end; what repeats between them is folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from sipdiag.pipeline.results import CallDetail
from sipdiag.report.flow import FlowRow, numbered, transfer_rows
from sipdiag.report.text import plural
from sipdiag.report.times import clock

ROWS = 400
"""How many messages of a call are shown one by one."""
FOLDED = 400
"""How many folded messages can be unfolded; the rest is only counted."""
FOLD_LEAST = 8
"""A run of at least this many routine messages is folded."""
_ENDS = 6
"""First and last messages, always shown."""
_KINDS = 4
"""Kinds of messages that a fold names."""

_ROUTINE = frozenset(
    ("INFO", "MESSAGE", "NOTIFY", "OPTIONS", "PUBLISH", "PRACK", "REGISTER", "SUBSCRIBE", "UPDATE")
)
"""Methods that repeat in a healthy call."""
_CITED, _MOVING, _END, _MEDIA, _REFUSED, _OTHER, _REPEATED, _COMMON = range(8)


class Fold(Struct, frozen=True):
    """Messages folded into one line."""

    rows: tuple[FlowRow, ...]
    """Those that can be unfolded."""
    left_out: int
    """Further ones that are only counted."""
    first: int
    """Number of its first row among all of the call."""
    kinds: str
    """``226 × INFO, 226 × 200 OK``."""

    @property
    def total(self) -> int:
        """All of its messages."""
        return len(self.rows) + self.left_out

    @property
    def text(self) -> str:
        """``452 messages folded: 226 × INFO, 226 × 200 OK, 12:00:00.123 to 12:19:58.001``."""
        span = [
            time
            for time in (clock(self.rows[0].captured.known_ns), clock(self.rows[-1].captured.known_ns))
            if time
        ]
        times = f", {' to '.join(dict.fromkeys(span))}" if span and not self.left_out else ""
        return f"{plural(self.total, 'message')} folded: {self.kinds}{times}"


Item = FlowRow | Fold
T = TypeVar("T")


def excerpt(
    result: CallDetail, rows: Sequence[FlowRow], pinned: Collection[int] = (), limit: int = ROWS
) -> list[Item]:
    """The rows of a call in their order, folded where they repeat and where there are more than ``limit``.

    ``pinned``: numbers of rows that are shown in any case, because something is drawn beside them.
    """
    ranks = _ranks(result, rows, pinned)
    if len(rows) > limit:
        order = sorted(range(len(rows)), key=lambda number: (ranks[number], number))
        kept = {number for number in order[:limit] if ranks[number] < _COMMON}
    else:
        kept = {number for number, rank in enumerate(ranks) if rank < _COMMON}
    return _folded(rows, kept, least=FOLD_LEAST if len(rows) <= limit else 2)


def rows_of(items: Iterable[Item]) -> list[FlowRow]:
    """Every row that is on the page, unfolded or not."""
    found: list[FlowRow] = []
    for item in items:
        found += [item] if isinstance(item, FlowRow) else item.rows
    return found


def runs(items: Iterable[T | Fold]) -> Iterator[list[T] | Fold]:
    """What stands open between two folds, together; each fold alone."""
    together: list[T] = []
    for item in items:
        if not isinstance(item, Fold):
            together.append(item)
            continue
        if together:
            yield together
            together = []
        yield item
    if together:
        yield together


def _folded(rows: Sequence[FlowRow], kept: set[int], least: int) -> list[Item]:
    items: list[Item] = []
    run: list[FlowRow] = []
    room = FOLDED

    def close(end: int) -> None:
        nonlocal room
        if len(run) < least:
            items.extend(run)
        elif run:
            shown = tuple(run[: max(room, 1)])
            room -= len(shown)
            items.append(Fold(shown, len(run) - len(shown), end - len(run), _kinds(run)))
        run.clear()

    for number, row in enumerate(rows):
        if number in kept or (not run and not row.captured.message.is_request and number):
            # An answer stays with its request.
            close(number)
            items.append(row)
        else:
            run.append(row)
    close(len(rows))
    return items


def _kinds(rows: Iterable[FlowRow]) -> str:
    counts = Counter(row.title for row in rows)
    named = [f"{count:,} × {kind}" for kind, count in counts.most_common(_KINDS)]
    more = sum(counts.values()) - sum(count for _, count in counts.most_common(_KINDS))
    return ", ".join([*named, *([f"{more:,} others"] if more else [])])


def _ranks(result: CallDetail, rows: Sequence[FlowRow], pinned: Collection[int]) -> list[int]:
    cited = numbered(result.findings)
    moving = {row.id for item in result.transfers for row in transfer_rows(item.transfer, rows)}
    ends = range(_ENDS, len(rows) - _ENDS)
    ranks = []
    for number, row in enumerate(rows):
        if row.captured in cited or number in pinned:
            ranks.append(_CITED)
        elif row.id in moving:
            ranks.append(_MOVING)
        else:
            ranks.append(min(_rank(row), _END if number not in ends and len(rows) > 2 * _ENDS else _COMMON))
    return ranks


def _rank(row: FlowRow) -> int:
    message = row.captured.message
    method = message.method or message.cseq_method
    if row.retransmission or row.other_hop:
        return _REPEATED
    if message.status is not None and message.status >= 300 and message.status not in (401, 407):
        return _REFUSED
    if row.unanswered or row.lost:
        return _REFUSED
    if method in _ROUTINE:
        return _COMMON
    return _MEDIA if method in ("INVITE", "ACK") else _OTHER
