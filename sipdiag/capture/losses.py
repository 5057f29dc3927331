"""What was on the wire but is missing from the capture, as records that facts can be joined to.

A hole in a stream, a datagram that lacks fragments, records that were skipped, packets that the
capturing machine dropped: after any of these the absence of a message proves nothing.  Warnings tell people of
the first few; here all are kept.  Beyond a bound neighbouring losses are merged, so that what is
said of a time between two hosts errs towards "something may be missing", never the other way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate

from msgspec import Struct, field
from msgspec.structs import replace

MOST_APART = 1000
"""Losses between two hosts in one file that are kept apart."""
MOST_IN_ALL = 100_000
"""Losses kept apart over all hosts."""
MOST_PAIRS = 10_000
"""Pairs of hosts by file; beyond this, losses count for everybody."""

Pair = frozenset[str]
"""The addresses of two hosts; empty where a loss may concern any."""
ANYBODY: Pair = frozenset()


class Loss(Struct, frozen=True):
    """Something that was not captured, or came in parts that do not make a whole."""

    kind: str
    """``stream``, ``fragment``, ``record``, ``drop``."""
    hosts: Pair
    since_ns: int
    """Capture time of the last packet known to precede it."""
    until_ns: int
    """Capture time of the first packet known to follow it; that of ``since_ns`` where it is a moment."""
    file: int
    frame: int | None = None
    """The frame that follows it."""
    transport: str | None = None
    """``UDP`` or ``TCP``; None where it may have been either."""


class _Timeline(Struct):
    """The losses of a pair of hosts by their begin, ready to be asked."""

    since: list[int]
    latest: list[int]
    """The latest end among all losses up to this one."""


class Losses(Struct):
    """All losses of a run.  Adding takes constant time, a question the logarithm of their number."""

    count: int = 0
    _of: dict[tuple[Pair, int], list[Loss]] = field(default_factory=dict)
    _kept: int = 0
    _asked: dict[tuple[Pair, int, bool, bool], _Timeline] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is missing at all."""
        return self.count > 0

    def __iter__(self) -> Iterator[Loss]:
        for losses in self._of.values():
            yield from losses

    def add(self, loss: Loss) -> None:
        """Keep one; beyond the bounds it widens the one before it."""
        self.count += 1
        self._asked.clear()
        if (loss.hosts, loss.file) not in self._of and len(self._of) >= MOST_PAIRS:
            loss = replace(loss, hosts=ANYBODY)
        losses = self._of.setdefault((loss.hosts, loss.file), [])
        if losses and (len(losses) >= MOST_APART or self._kept >= MOST_IN_ALL):
            losses[-1] = _together(losses[-1], loss)
            return
        losses.append(loss)
        self._kept += 1

    def between(
        self,
        hosts: Pair,
        files: Iterable[int],
        first_ns: int,
        last_ns: int,
        *,
        datagrams: bool,
        drops: bool = False,
    ) -> bool:
        """Whether something these hosts sent between two moments may be missing from ``files``.

        ``datagrams``: they used UDP, which holes in their TCP streams do not concern.  ``drops``: asks for
        packets that the capturing machine dropped, and nothing else: it is unknown whose they were.
        """
        return any(
            self._touches((pair, file, datagrams, drops), first_ns, last_ns)
            for file in files
            for pair in (hosts, ANYBODY)
            if (pair, file) in self._of
        )

    def _touches(self, asked: tuple[Pair, int, bool, bool], first_ns: int, last_ns: int) -> bool:
        timeline = self._asked.get(asked)
        if timeline is None:
            pair, file, datagrams, drops = asked
            other = "TCP" if datagrams else "UDP"
            losses = self._of[pair, file]
            timeline = self._asked[asked] = _timeline(
                [one for one in losses if one.transport != other and (one.kind == "drop") == drops]
            )
        before = bisect_left(timeline.since, last_ns)
        return before > 0 and timeline.latest[before - 1] >= first_ns

    def renamed(self, name: Callable[[str], str]) -> Losses:
        """The same losses between hosts whose addresses have changed."""
        return self._changed(lambda loss: replace(loss, hosts=frozenset(map(name, loss.hosts))))

    def put_right(self, clocks: Mapping[int, Callable[[int], int]]) -> Losses:
        """The same losses by another clock; ``clocks`` corrects each file's times."""

        def moved(loss: Loss) -> Loss:
            right = clocks.get(loss.file)
            if right is None:
                return loss
            return replace(loss, since_ns=right(loss.since_ns), until_ns=right(loss.until_ns))

        return self._changed(moved)

    def _changed(self, change: Callable[[Loss], Loss]) -> Losses:
        changed = Losses()
        for loss in self:
            changed.add(change(loss))
        changed.count = self.count
        return changed


def _timeline(losses: list[Loss]) -> _Timeline:
    losses.sort(key=lambda one: one.since_ns)
    return _Timeline(
        [one.since_ns for one in losses], list(accumulate((one.until_ns for one in losses), max))
    )


def _together(one: Loss, two: Loss) -> Loss:
    return replace(
        one,
        since_ns=min(one.since_ns, two.since_ns),
        until_ns=max(one.until_ns, two.until_ns),
        transport=one.transport if one.transport == two.transport else None,
        kind=one.kind if one.kind == two.kind else "stream",
    )
