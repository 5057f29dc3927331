"""Which finding is the root cause of a call, and which call is the headline of a capture.

The root cause is, in this order: on the leg or transfer that decided the outcome; not a consequence
of another finding; certain before likely before possible; error before warning; the more specific.
Where a consequence decided, what explains it decided.  Neither an info-level finding nor one on files alone is ever
a root cause, and a teardown fault only where there is nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.rules.finding import Finding, Severity
from sipdiag.rules.subject import in_order

_Rank = tuple[bool, int, int]


def choose_root_cause(findings: Sequence[Finding]) -> Finding | None:
    """The root cause among the findings of one call; None if nothing above ``info`` fired."""
    candidates = [
        one
        for one in findings
        if one.severity > Severity.info and one.consequence_of is None and not one.never_cause
    ]
    candidates = [one for one in candidates if not one.teardown] or candidates
    if not candidates:
        return None
    if len(candidates) == 1:
        return candidates[0]
    decisive = _decisive(findings)
    best = min(_rank(one, decisive) for one in candidates)
    tied = [one for one in candidates if _rank(one, decisive) == best]
    superseded = {rule for other in tied for rule in other.supersedes}
    specific = [one for one in tied if one.rule not in superseded]
    return min(specific, key=_stable)


def arrange(findings: Sequence[Finding]) -> list[Finding]:
    """The root cause first, then by weight, each followed by its consequences."""
    cause = choose_root_cause(findings)
    marked = [replace(one, role="cause") if one is cause else one for one in findings]
    if len(marked) < 2:
        return marked
    decisive = _decisive(findings)
    marked.sort(key=lambda one: (one.role != "cause", -one.severity, _rank(one, decisive), _stable(one)))
    following: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(marked):
        if one.consequence_of is not None:
            following[one.consequence_of].append(place)
    order: dict[int, None] = {}
    for place, one in enumerate(marked):
        if one.consequence_of is None:
            _place(place, marked, following, order)
    order.update(dict.fromkeys(range(len(marked))))
    return [marked[place] for place in order]


def _place(
    place: int, marked: Sequence[Finding], following: Mapping[str, list[int]], order: dict[int, None]
) -> None:
    """The finding at this place comes next, and its consequences after it."""
    if place in order:
        return
    order[place] = None
    for other in following.get(marked[place].rule, ()):
        _place(other, marked, following, order)


def _decisive(findings: Iterable[Finding]) -> frozenset[str]:
    """Rules that decided the outcome by what they explain."""
    explained_by = {one.consequence_of for one in findings if one.decides and one.consequence_of}
    by_rule = {one.rule: one.consequence_of for one in findings if one.consequence_of}
    rules: set[str] = set()
    for rule in explained_by:
        following: str | None = rule
        while following is not None and following not in rules:
            rules.add(following)
            following = by_rule.get(following)
    return frozenset(rules)


def _rank(one: Finding, decisive: frozenset[str]) -> _Rank:
    return (not (one.decides or one.rule in decisive), -one.confidence, -one.severity)


def _stable(one: Finding) -> tuple[str, list[tuple[int, str]]]:
    """By rule id, then by subject."""
    return one.rule, in_order(one.subject)


class CallVerdict(Struct, frozen=True):
    """What the choice of the headline needs to know of a call."""

    call: str
    outcome: str
    root_cause: Finding | None
    start_ns: int
    scanner: bool = False
    """Traffic of a scanner: never the headline."""


def headline(calls: Iterable[CallVerdict]) -> tuple[str, Finding] | None:
    """The call that matters most and its root cause; None if no call has one.

    A failed transfer before all others, errors before warnings, then the cause that most calls
    have, then transfers whose result is unknown, then the earliest.
    """
    bad = [(call, call.root_cause) for call in calls if call.root_cause is not None and not call.scanner]
    if not bad:
        return None
    often = Counter(cause.rule for _, cause in bad)
    call, cause = min(bad, key=lambda pair: (*_weight(pair[0].outcome, pair[1], often), pair[0].start_ns))
    return call.call, cause


def _weight(outcome: str, cause: Finding, often: Counter[str]) -> tuple[bool, int, int, bool]:
    return outcome != "transfer-failed", -cause.severity, -often[cause.rule], outcome != "transfer-unknown"
