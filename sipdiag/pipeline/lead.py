"""From messages to verdicts: legs joined to calls, calls judged, the capture itself judged.

The work per Call-ID is done by one :class:`~sipdiag.pipeline.shard.Shard` or by several, each in a process of
its own; this module leads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sipdiag.calls.call import group
from sipdiag.calls.model import Exchange
from sipdiag.calls.series import SeriesKey
from sipdiag.context.bind import unbound
from sipdiag.facts.capture import CaptureFacts
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.known import Cited, Known
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.pipeline.configuration import describe
from sipdiag.pipeline.context import context_of
from sipdiag.pipeline.job import Job
from sipdiag.pipeline.media import StreamResult, unmatched
from sipdiag.pipeline.plan import Contents, ExchangeName, JudgedCall, Outline, Plan, Series
from sipdiag.pipeline.related import RelatedFiles, related
from sipdiag.pipeline.results import Analysis, ExchangeResult
from sipdiag.pipeline.select import DETAILED_CALLS, in_detail
from sipdiag.pipeline.shard import Shard
from sipdiag.processes import Crew
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject
from sipdiag.rules.verdict import CallVerdict, headline

Tell = Callable[[str, int, int], None]
"""Progress callback: the step, how many items are done, and how many there are."""
STEP = 500
"""Calls between two such reports."""
SHOWN_EXCHANGES = 50
"""Series of requests outside of calls that are shown in full though nothing is wrong with them."""


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Led(NamedTuple):
    """A diagnosis, and the crew that can still give any of its calls in full."""

    analysis: Analysis
    expected: Mapping[int, str]
    """What was expected of which call, by its number."""


def diagnose(job: Job, tell: Tell = silent) -> Analysis:
    """Judge every call, registration and exchange, and the capture itself."""
    with crew_of(job) as crew:
        return lead(job, crew, tell).analysis


def crew_of(job: Job) -> Crew[Shard]:
    """The crew: one shard or several."""
    return Crew(partial(_shard, job), job.jobs)


def _shard(job: Job, index: int) -> Shard:
    return Shard(job, index, job.jobs)


def lead(job: Job, crew: Crew[Shard], tell: Tell = silent) -> Led:
    """The diagnosis; the crew can then give any call in full (:func:`judged`)."""
    tell("Sorting SIP messages into calls", 0, len(job.messages))
    held: list[Contents] = crew.all(Shard.contents)
    calls = _assembled(job, crew, held, tell)
    for one in held:
        one.legs.clear()  # The profiles of all legs are not needed again.
    crew.all(Shard.learn, [call.note for call in calls])
    chosen = [call for call in calls if call.chosen]
    expected, scope = _expectations(job, chosen)
    brief = job.bounded and len(chosen) > DETAILED_CALLS
    numbers = [call.number for call in chosen]
    verdicts = judged(crew, numbers, expected, brief=brief, tell=tell)
    in_brief = 0
    if brief:
        wanted = in_detail(verdicts, _headline(verdicts))
        full = {one.number: one for one in judged(crew, wanted, expected, brief=False, tell=tell)}
        verdicts = [full.get(one.number, one) for one in verdicts]
        in_brief = len(verdicts) - len(full)
    tell("Judging what is no call", 0, sum(len(one.exchanges) for one in held))
    exchanges = _exchanges(crew, held)
    findings = [finding for one in exchanges for finding in one.findings]
    findings += job.evaluator.evaluate([_capture(job, crew, len(calls)), *_context(job, calls)])
    for complaints in crew.all(Shard.complaints):
        job.evaluator.blame(complaints)
    analysis = Analysis(
        files=list(job.files),
        points=job.points,
        accounting=job.accounting,
        notes=[*job.notes, *job.evaluator.notes],
        sip_messages=len(job.messages),
        calls=[one.result for one in verdicts],
        findings=findings,
        headline=_headline(verdicts),
        rules_hash=job.catalogue.digest,
        expect=job.expect,
        expect_scope=scope,
        left_out=_left_out(job, len(calls) - len(chosen), in_brief),
        streams=_other_streams(job, crew),
        exchanges=exchanges,
        configuration=describe(job.context, _bound(calls)) if job.context is not None else None,
        related=_related(job, calls),
    )
    return Led(analysis, expected)


def _related(job: Job, calls: Sequence[Outline]) -> tuple[RelatedFiles, ...]:
    """Which of several files belong together."""
    if len(job.files) < 2:
        return ()
    seen = [*(call.files for call in calls), *_same_packets(job.points)]
    return related(job.files, job.messages, job.media.streams, seen, job.accounting.spans)


def _same_packets(points: Sequence[CapturePoint]) -> Iterator[frozenset[int]]:
    """The files of points that saw the same packets, which may be encrypted."""
    for point in points:
        if point.beside is not None:
            yield frozenset((point.files[0], points[point.beside].files[0]))


def _other_streams(job: Job, crew: Crew[Shard]) -> tuple[StreamResult, ...]:
    """The RTP streams that belong to no call."""
    if not job.media.streams:
        return ()
    used: set[int] = set().union(*crew.all(Shard.used_streams))
    return tuple(unmatched(job.media.streams, used))


def _bound(calls: Sequence[Outline]) -> dict[int, list[tuple[str, str]]]:
    """Place of an event → the calls it is about, and by what it is bound."""
    found: dict[int, list[tuple[str, str]]] = {}
    for call in calls:
        for place, by in call.bound:
            found.setdefault(place, []).append((f"c{call.number}", by))
    return found


def _context(job: Job, calls: Sequence[Outline]) -> list[Subject]:
    """The files beside the capture, as rules look at them."""
    if job.context is None:
        return []
    bound = _bound(calls)
    files = Files(
        job.context,
        job.providers,
        refer_seen=any(call.referred for call in calls),
        refer_accepted=any(call.refer_accepted for call in calls),
        strangers=tuple(unbound(job.context, bound)),
    )
    return [context_of(files)]


def _assembled(job: Job, crew: Crew[Shard], held: Sequence[Contents], tell: Tell) -> list[Outline]:
    """Join all legs and have the calls made, each by the shard of its first leg; in their order."""
    legs = sorted(
        (
            (place, shard, name, profile)
            for shard, one in enumerate(held)
            for place, name, profile in one.legs
        ),
        key=lambda leg: leg[0],
    )
    plans: list[list[Plan]] = [[] for _ in held]
    for number, joined in enumerate(group([profile for *_, profile in legs]), 1):
        members = [(legs[one.leg][2], one) for one in joined]
        plans[legs[joined[0].leg][1]].append(Plan(number, members))
    referred: dict[str, list[Exchange]] = defaultdict(list)
    for one in held:
        for call_id, exchanges in one.referred.items():
            referred[call_id] += exchanges
    # Where most calls are only summarised, and nothing is expected of any, most can be judged at once.
    many = sum(map(len, plans)) > DETAILED_CALLS
    early = job.bounded and many and job.expect is None and job.wanted is None and job.context is None
    alone = sum(map(len, plans)) == 1
    crew.all(Shard.begin, dict(referred), early=early, alone=alone)
    total, outlines = sum(map(len, plans)), list[Outline]()
    for start in range(0, max(map(len, plans), default=0), STEP):
        tell("Judging calls" if early else "Following calls", len(outlines), total)
        for some in crew.each(Shard.assemble, [(planned[start : start + STEP],) for planned in plans]):
            outlines += some
    return sorted(outlines, key=lambda call: call.number)


def judged(
    crew: Crew[Shard],
    numbers: Sequence[int],
    expected: Mapping[int, str],
    *,
    brief: bool,
    tell: Tell = silent,
) -> list[JudgedCall]:
    """The verdicts on these calls, in their order; ``brief``: without what only a report of the call needs."""
    verdicts: list[JudgedCall] = []
    for start in range(0, len(numbers), STEP):
        tell("Judging calls", start, len(numbers))
        for some in crew.all(Shard.judge, numbers[start : start + STEP], expected, brief=brief):
            verdicts += some
    return sorted(verdicts, key=lambda one: one.number)


def _headline(verdicts: Sequence[JudgedCall]) -> tuple[str, Finding] | None:
    results = [(one.result, one.scanner) for one in verdicts]
    return headline(
        CallVerdict(result.id, result.outcome, result.root_cause, result.start_ns, scanner)
        for result, scanner in results
    )


def _left_out(job: Job, hidden: int, in_brief: int) -> dict[str, int]:
    options = job.wanted.options if job.wanted is not None else ()
    counts = {
        f"calls that {' and '.join(options)} did not select": hidden,
        "calls summarised (--call with a Call-ID or a number shows one in full)": in_brief,
    }
    return {text: count for text, count in counts.items() if count}


def _expectations(job: Job, chosen: Sequence[Outline]) -> tuple[dict[int, str], str | None]:
    """Which calls ``--expect`` is about, by number, and how the report says so."""
    if job.expect is None:
        return {call.number: "transfer" for call in chosen if call.asked}, None
    facing = [call for call in chosen if call.facing]
    scope = f"all {len(chosen)} calls"
    about = chosen
    if job.wanted is not None:
        scope = f"the {len(chosen)} call(s) selected by {' and '.join(job.wanted.options)}"
    elif len(chosen) == 1:
        scope = "the only call of the capture"
    elif facing:
        about, scope = facing, f"all {len(facing)} calls between a platform and a carrier"
    return {call.number: job.expect for call in about}, scope


def _exchanges(crew: Crew[Shard], held: Sequence[Contents]) -> tuple[ExchangeResult, ...]:
    """What is no call: series numbered by start, each judged by the shard that holds its first exchange."""
    ordered = sorted(
        (place, shard, name, key) for shard, one in enumerate(held) for place, name, key in one.exchanges
    )
    series: dict[SeriesKey, tuple[int, list[ExchangeName]]] = {}
    latest: dict[str, SeriesKey] = {}
    for _, shard, name, key in ordered:
        series.setdefault(key, (shard, []))[1].append(name)
        latest[key[-1]] = key
    plans: list[list[Series]] = [[] for _ in held]
    for number, (key, (shard, members)) in enumerate(series.items(), 1):
        plans[shard].append(Series(number, members, moved=latest[key[-1]] != key))
    results = crew.each(Shard.others, [(planned, SHOWN_EXCHANGES) for planned in plans])
    return tuple(sorted((one for some in results for one in some), key=lambda one: int(one.id[1:])))


def _capture(job: Job, crew: Crew[Shard], calls: int) -> Subject:
    used: set[int] = set().union(*crew.all(Shard.used_reports))
    others = [one for place, one in enumerate(job.accounting.unreachable) if place not in used]
    view = CaptureFacts(job.accounting, job.notes, job.messages, others, calls, job.expect)
    return Subject("capture", "capture", Known(view), Cited(view))
