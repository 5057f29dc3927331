"""Restores Call-IDs cut by the snap length, so that each message stays with its call."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import MessageTable, column

SHORTEST = 8
"""Characters; a shorter remainder may match the start of any Call-ID by chance."""

_Ends = frozenset[str]


def complete_call_ids(messages: Sequence[CapturedMessage]) -> None:
    """Restore Call-IDs cut by the snap length from a full one with the same prefix between the same hosts.

    Where several share the prefix, the cut one is kept.
    """
    cut = [
        place
        for place, truncated in enumerate(column(messages, "truncated"))
        if truncated and _ends_in_call_id(messages[place])
    ]
    if not cut:
        return
    known: dict[_Ends, set[str]] = defaultdict(set)
    for captured in messages:
        known[_ends(captured)].add(captured.message.call_id)
        captured.message.forget()
    ordered = {ends: sorted(call_ids) for ends, call_ids in known.items()}
    for place in cut:
        captured = messages[place]
        whole = _completed(captured.message.call_id, ordered[_ends(captured)])
        if isinstance(messages, MessageTable):
            messages.complete_call_id(place, whole)
        else:
            captured.message.complete_call_id(whole)


def _ends_in_call_id(captured: CapturedMessage) -> bool:
    if not captured.head_cut:
        return False
    call_id = captured.message.call_id
    return len(call_id) >= SHORTEST and captured.message.raw.endswith(call_id.encode())


def _ends(captured: CapturedMessage) -> _Ends:
    return frozenset((captured.src.address, captured.dst.address))


def _completed(cut: str, ordered: Sequence[str]) -> str:
    """The longest Call-ID extending ``cut``, provided the candidates, which may be cut themselves, are prefixes of one another."""
    longest = cut
    for at in range(bisect_left(ordered, cut), len(ordered)):
        if not ordered[at].startswith(cut):
            break
        if not ordered[at].startswith(longest):
            return cut
        longest = ordered[at]
    return longest
