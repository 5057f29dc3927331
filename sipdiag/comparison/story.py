"""The comparison in plain sentences: what is missing, what came instead, what came in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sipdiag.comparison.align import Pair
from sipdiag.comparison.step import Step

_LONGEST = 8
"""Steps of a chain that are named."""


def story(pairs: Sequence[Pair]) -> list[str]:
    """One sentence a stretch of the call that went differently; empty when none did."""
    lines: list[str] = []
    done = 0
    for same, run in groupby(pairs, key=lambda pair: pair.kind == "same"):
        stretch = list(run)
        done += len(stretch)
        if not same:
            lines += _stretch(stretch, pairs[done:])
    return lines


def _stretch(stretch: Sequence[Pair], rest: Sequence[Pair]) -> Iterator[str]:
    for pair in stretch:
        if pair.kind == "status" and pair.good and pair.bad:
            yield f"Where the working call had {pair.good.label}, the failing one has {pair.bad.label}."
    missing = [pair.good for pair in stretch if pair.kind == "missing" and pair.good and not _idle(pair.good)]
    extra = [pair.bad for pair in stretch if pair.kind == "extra" and pair.bad and not _idle(pair.bad)]
    if missing:
        yield f"The working call had {_chain(missing)}, which the failing one lacks; {_instead(extra, rest)}."
    elif extra:
        yield f"The failing call has {_chain(extra)}, which the working one had not."
    for pair in stretch:
        if pair.kind == "moved" and pair.bad:
            yield f"{pair.bad.label} comes at another place in the failing call."


def _idle(step: Step) -> bool:
    """A 100 belongs to one hop and tells nothing about the call (RFC 3261 §16.7)."""
    return not step.is_request and step.status == 100


def _instead(extra: Sequence[Step], rest: Sequence[Pair]) -> str:
    if extra:
        return f"it has {_chain(extra)} instead"
    following = [pair.bad for pair in rest if pair.bad]
    if not following:
        return "its trace ends there"
    requests = [step for step in following if step.is_request]
    if requests and all(step.method == requests[0].method for step in requests):
        return f"it has only {requests[0].short}"
    return f"it goes on with {following[0].short}"


def _chain(steps: Sequence[Step]) -> str:
    """``REFER → 202 → NOTIFY 100 → NOTIFY 200``: responses to NOTIFY and BYE go without saying."""
    told = [step for step in steps if step.is_request or step.method not in ("NOTIFY", "BYE")] or steps
    words = [word for word, _ in groupby(step.short for step in told)]
    return " → ".join(words[:_LONGEST]) + (" → …" if len(words) > _LONGEST else "")
