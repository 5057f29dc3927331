"""Several calls at a glance: how many, outcomes, causes, parties and times.

The page shows it as a board whose bars filter the table of calls, the terminal in ten lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.pipeline.results import Analysis, CallSummary
from sipdiag.report.text import plural, shorten
from sipdiag.report.times import clock, date
from sipdiag.report.verdict import Verdict
from sipdiag.report.wording import OUTCOMES, SEVERITY_TONE, Tone, outcome_words
from sipdiag.rules.finding import Finding, Severity

BARS = 12
"""Bars of a list; the rest is one bar."""
BUCKETS = 24
"""Bars over time, at most."""
_OVER_TIME = 10
"""With at least this many calls they are counted over time."""
_LINES = 3
"""Entries of a list that the terminal prints."""
_S = 1_000_000_000
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
"""Lengths that a bar over time may have, seconds; then whole numbers of days."""
_BLOCKS = " ▁▂▃▄▅▆▇█"
_FAILURES = frozenset(outcome for outcome, words in OUTCOMES.items() if words.tone == "bad") | {
    "transfer-unknown"
}
"""Outcomes that are, or may be, failures."""


class Bar(Struct, frozen=True):
    """One bar of a list, and what the table is filtered by when it is chosen."""

    label: str
    value: str
    """What the rows that it counts have in its column; empty where it filters nothing."""
    calls: int
    """Calls that it counts."""
    failed: int
    """Those of them that failed."""
    share: float
    """Percent of the longest bar."""
    failed_share: float
    tone: Tone
    title: str = ""


class Board(Struct, frozen=True):
    """The calls of an input, counted."""

    calls: int
    failed: int
    """See :func:`failed`."""
    outcomes: tuple[Bar, ...]
    causes: tuple[Bar, ...]
    peers: tuple[Bar, ...]
    times: tuple[Bar, ...]
    """By start; empty where no times are known."""
    begin_ns: int
    step_ns: int

    def bucket(self, result: CallSummary) -> str:
        """The value of the bar over time that counts this call."""
        if not self.times or not result.time_known:
            return ""
        return str((result.start_ns - self.begin_ns) // self.step_ns)


def failed(result: CallSummary) -> bool:
    """The call failed, or somebody has to act on what was wrong with it; a busy line is no failure."""
    root = result.root_cause
    if root is not None and root.severity > Severity.info and root.to_act:
        return True
    return result.outcome in _FAILURES


def board(analysis: Analysis) -> Board:
    """Everything counted once."""
    calls = analysis.calls
    bad = [failed(result) for result in calls]
    roots: dict[str, Finding] = {}
    titles: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for root in (one.root_cause for one in calls if one.root_cause is not None):
        roots[root.rule] = root
        # A rule may report under the id of another, in its own words.
        titles[root.rule].setdefault(root.title)
    begin, step = _steps(calls)
    by_outcome = _bars(
        ((one.outcome, one_bad) for one, one_bad in zip(calls, bad, strict=True)),
        lambda outcome: (*outcome_words(outcome), ""),
        "other outcomes",
        most=len(OUTCOMES),
    )
    outcomes = tuple(replace(bar, value=bar.label) for bar in by_outcome)
    causes = _bars(
        ((one.root_cause.rule, True) for one in calls if one.root_cause is not None),
        lambda rule: (" / ".join(titles[rule]), SEVERITY_TONE[roots[rule].severity], rule),
        "other causes",
    )
    peers = _bars(
        ((one.peer, one_bad) for one, one_bad in zip(calls, bad, strict=True) if one.peer),
        lambda peer: (peer, "bad", ""),
        "other peers",
    )
    return Board(len(calls), sum(bad), outcomes, causes, peers, _times(calls, bad, begin, step), begin, step)


def _bars(
    values: Iterable[tuple[str, bool]],
    told: Callable[[str], tuple[str, Tone, str]],
    others: str,
    most: int = BARS,
) -> tuple[Bar, ...]:
    counts: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for value, one_bad in values:
        counts[value] += 1
        bad[value] += one_bad
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    longest = max(counts.values(), default=1)
    bars = []
    for value in ranked[:most]:
        label, tone, title = told(value)
        bars.append(_bar(label, value, counts[value], bad[value], longest, tone, title))
    rest = ranked[most:]
    if rest:
        count, count_bad = sum(counts[one] for one in rest), sum(bad[one] for one in rest)
        bars.append(_bar(f"{len(rest)} {others}", "", count, count_bad, max(longest, count), "calm"))
    return tuple(bars)


def _bar(label: str, value: str, count: int, bad: int, longest: int, tone: Tone, title: str = "") -> Bar:
    share = max(count / longest * 100, 1.0) if count else 0.0
    return Bar(label, value, count, bad, round(share, 1), round(share * bad / max(count, 1), 1), tone, title)


def _steps(calls: Sequence[CallSummary]) -> tuple[int, int]:
    """Begin and length of the bars over time, nanoseconds: round ones, and at most :data:`BUCKETS`; 0 for none."""
    starts = [one.start_ns for one in calls if one.time_known]
    if len(calls) < _OVER_TIME:
        return 0, 0
    if not starts:
        return 0, _S
    first, last = min(starts), max(starts)
    days = -(-(last - first) // (86_400 * _S * (BUCKETS - 1)))
    for seconds in (*_STEPS_S, 86_400 * max(days, 1)):
        step = seconds * _S
        begin = first // step * step
        if (last - begin) // step < BUCKETS:
            return begin, step
    return first, max((last - first) // (BUCKETS - 1), 1)


def _times(calls: Sequence[CallSummary], bad: Sequence[bool], begin: int, step: int) -> tuple[Bar, ...]:
    if not step:
        return ()
    counts: Counter[int] = Counter()
    counts_bad: Counter[int] = Counter()
    for one, one_bad in zip(calls, bad, strict=True):
        if one.time_known:
            place = (one.start_ns - begin) // step
            counts[place] += 1
            counts_bad[place] += one_bad
    if not counts:
        return ()
    longest = max(counts.values())
    daily = step >= 86_400 * _S
    bars = []
    for place in range(max(counts) + 1):
        start = begin + place * step
        label = date(start) if daily else clock(start, digits=0)
        bars.append(_bar(label, str(place), counts[place], counts_bad[place], longest, "bad"))
    return tuple(bars)


def scope(analysis: Analysis, said: Verdict) -> str:
    """How many calls the verdict covers: ``This is the cause in 12 of 300 calls.``; empty for a single call, or outside calls."""
    total = len(analysis.calls)
    if total < 2 or said.finding is None or said.beside:
        return ""
    rule = said.finding.rule
    same = sum(one.root_cause is not None and one.root_cause.rule == rule for one in analysis.calls)
    told = f"This is the cause in {same:,} of {total:,} calls." if same else ""
    others = sum(
        failed(one) and (one.root_cause is None or one.root_cause.rule != rule) for one in analysis.calls
    )
    if others > 0:
        told += f" {plural(others, 'other call')} failed."
    return told.strip()


def lines(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """The board in a few lines, for the terminal: a label and a text each."""
    seen = board(analysis)
    yield "Calls", f"{seen.calls:,}, of which {seen.failed:,} failed"
    yield "By outcome", _listed(seen.outcomes, lambda bar: f"{bar.calls:,} {bar.label.lower()}", 6)
    for number, bar in enumerate(seen.causes[:_LINES]):
        yield "By root cause" if not number else "", f"{bar.calls:,} × {shorten(bar.label, 70)}"
    if len(seen.causes) > _LINES:
        yield "", f"{sum(bar.calls for bar in seen.causes[_LINES:]):,} × other causes"
    if len(seen.peers) > 1:
        yield "By peer", _listed(seen.peers, lambda bar: f"{bar.label} {bar.failed:,} of {bar.calls:,}", 4)
    if len(seen.times) > 1:
        most = max(bar.failed for bar in seen.times)
        rows = "".join(_BLOCKS[-(-bar.failed * 8 // most)] if most else " " for bar in seen.times)
        if most:
            peak = max(seen.times, key=lambda bar: bar.failed)
            yield (
                "Over time",
                f"{seen.times[0].label} {rows} {seen.times[-1].label}, most at {peak.label}: {peak.failed:,}",
            )


def _listed(bars: Sequence[Bar], told: Callable[[Bar], str], most: int) -> str:
    shown = [told(bar) for bar in bars[:most]]
    return ", ".join(shown) + (" …" if len(bars) > most else "")
