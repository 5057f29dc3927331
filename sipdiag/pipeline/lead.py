"""From messages to verdicts: legs joined to calls, calls judged, the capture itself judged.

The work per Call-ID is done by one :class:`~sipdiag.pipeline.shard.Shard` or by several, each in a process of
its own; this module leads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sipdiag.calls.call import group
from sipdiag.calls.model import Exchange
from sipdiag.calls.series import SeriesKey
from sipdiag.facts.capture import CaptureFacts
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.known import Cited, Known
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.pipeline.job import Job
from sipdiag.pipeline.media import StreamResult, unmatched
from sipdiag.pipeline.plan import Contents, ExchangeName, JudgedCall, LegName, Outline, Plan, Series
from sipdiag.pipeline.related import RelatedFiles, related
from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary, ExchangeResult
from sipdiag.pipeline.select import DETAILED_CALLS, in_detail
from sipdiag.pipeline.shard import Shard
from sipdiag.processes import Crew
from sipdiag.rules.subject import Subject
from sipdiag.rules.verdict import CallVerdict, headline

if TYPE_CHECKING:
    from sipdiag.pipeline.configuration import Configuration

Tell = Callable[[str, int, int], None]
"""Progress callback: the step, how many items are done, and how many there are."""
STEP = 500
"""Calls between two such reports."""
SHOWN_EXCHANGES = 50
"""Series of requests outside of calls that are shown in full though nothing is wrong with them."""


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def diagnose(job: Job, tell: Tell = silent) -> Analysis:
    """Judge every call, registration and exchange, and the capture itself."""
    with crew_of(job) as crew:
        return lead(job, crew, tell)


def crew_of(job: Job) -> Crew[Shard]:
    """The crew: one shard or several."""
    return Crew(partial(_shard, job), job.jobs)


def _shard(job: Job, index: int) -> Shard:
    return Shard(job, index, job.jobs)


def lead(job: Job, crew: Crew[Shard], tell: Tell = silent) -> Analysis:
    """The diagnosis; the crew can then give any call in full (:func:`in_full`)."""
    tell("Sorting SIP messages into calls", 0, len(job.messages))
    held: list[Contents] = crew.all(Shard.contents)
    calls, facing = _assembled(job, crew, held, tell)
    for one in held:
        one.legs.clear()  # The profiles of all legs are not needed again.
    crew.all(Shard.learn, [call.note for call in calls])
    chosen = [call.number for call in calls if call.chosen]
    verdicts = _verdicts(crew, chosen)
    wanted = chosen
    if job.bounded and len(chosen) > DETAILED_CALLS:
        wanted = in_detail(verdicts, headline(map(_verdict, verdicts)))
    results = _results(crew, verdicts, frozenset(wanted), tell)
    in_brief = len(results) - len(wanted)
    tell("Judging what is no call", 0, sum(len(one.exchanges) for one in held))
    exchanges = _exchanges(crew, held, calls)
    findings = [finding for one in exchanges for finding in one.findings]
    findings += job.evaluator.evaluate([_capture(job, crew, len(calls)), *_context(job, calls)])
    for complaints in crew.all(Shard.complaints):
        job.evaluator.blame(complaints)
    return Analysis(
        files=list(job.files),
        points=job.points,
        accounting=job.accounting,
        notes=[*job.notes, *job.evaluator.notes],
        sip_messages=len(job.messages),
        calls=results,
        findings=findings,
        headline=headline(map(_verdict, verdicts, results)),
        rules_hash=job.catalogue.digest,
        expect=job.expect,
        expect_scope=_scope(job, len(chosen), facing),
        left_out=_left_out(job, len(calls) - len(chosen), in_brief),
        streams=_other_streams(job, crew),
        exchanges=exchanges,
        configuration=_configuration(job, calls),
        related=_related(job, calls),
    )


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
    from sipdiag.context.bind import unbound
    from sipdiag.pipeline.context import context_of

    bound = _bound(calls)
    files = Files(
        job.context,
        job.providers,
        refer_seen=any(call.referred for call in calls),
        refer_accepted=any(call.refer_accepted for call in calls),
        strangers=tuple(unbound(job.context, bound)),
        hosts=frozenset[str]().union(*(call.hosts for call in calls)),
        called=frozenset[str]().union(*(call.called for call in calls)),
    )
    return [context_of(files)]


def _configuration(job: Job, calls: Sequence[Outline]) -> Configuration | None:
    """The files beside the capture, as outputs show them."""
    if job.context is None:
        return None
    from sipdiag.pipeline.configuration import describe

    return describe(job.context, _bound(calls))


def _assembled(
    job: Job, crew: Crew[Shard], held: Sequence[Contents], tell: Tell
) -> tuple[list[Outline], int]:
    """Join all legs and have the calls made and judged, each by the shard of its first leg; in their order.

    Also in how many of them a platform and a carrier face each other.
    """
    legs = sorted(
        (
            (place, shard, name, profile)
            for shard, one in enumerate(held)
            for place, name, profile in one.legs
        ),
        key=lambda leg: leg[0],
    )
    joined = group([profile for *_, profile in legs])
    facing_legs = set[LegName]().union(*(one.facing for one in held))
    facing = {
        number
        for number, call in enumerate(joined, 1)
        if any(legs[one.leg][2] in facing_legs for one in call)
    }
    plans: list[list[Plan]] = [[] for _ in held]
    for number, call in enumerate(joined, 1):
        about = job.wanted is not None or not facing or number in facing
        members = [(legs[one.leg][2], one) for one in call]
        plans[legs[call[0].leg][1]].append(Plan(number, members, job.expect if about else None))
    referred: dict[str, list[Exchange]] = defaultdict(list)
    for one in held:
        for call_id, exchanges in one.referred.items():
            referred[call_id] += exchanges
    for exchanges in referred.values():
        exchanges.sort(key=_begun)  # However many shards they come from.
    crew.all(Shard.begin, dict(referred), alone=len(joined) == 1)
    outlines: list[Outline] = []
    for start in range(0, max(map(len, plans), default=0), STEP):
        tell("Judging calls", len(outlines), len(joined))
        for some in crew.each(Shard.assemble, [(planned[start : start + STEP],) for planned in plans]):
            outlines += some
    return sorted(outlines, key=lambda call: call.number), len(facing)


def _begun(exchange: Exchange) -> tuple[int, int, int]:
    first = exchange.messages[0].captured
    return first.time_ns, first.file, first.position.number


def _verdicts(crew: Crew[Shard], chosen: Sequence[int]) -> list[JudgedCall]:
    """The verdicts on these calls, in their order."""
    verdicts: list[JudgedCall] = []
    for start in range(0, len(chosen), STEP):
        for some in crew.all(Shard.verdicts, chosen[start : start + STEP]):
            verdicts += some
    return sorted(verdicts, key=lambda one: one.number)


def _results(
    crew: Crew[Shard], verdicts: Sequence[JudgedCall], wanted: frozenset[int], tell: Tell
) -> list[CallSummary]:
    """All calls, those that are wanted so in full."""
    found: dict[int, CallSummary] = {one.number: one.summary for one in verdicts}
    few = [one.summary for one in verdicts if one.number in wanted]
    for start in range(0, len(few), STEP):
        tell("Collecting evidence", start, len(few))
        found.update((call.number, call) for call in in_full(crew, few[start : start + STEP]))
    return list(found.values())


def in_full(crew: Crew[Shard], calls: Sequence[CallSummary]) -> Iterator[CallDetail]:
    """These calls with everything that a report shows of them."""
    for some in crew.all(Shard.told, calls):
        yield from some


def _verdict(one: JudgedCall, result: CallSummary | None = None) -> CallVerdict:
    """What the choice of the headline asks for; of the call in full, where it is given."""
    call = result if result is not None else one.summary
    return CallVerdict(call.id, call.outcome, call.root_cause, call.start_ns, one.scanner)


def _left_out(job: Job, hidden: int, in_brief: int) -> dict[str, int]:
    options = job.wanted.options if job.wanted is not None else ()
    counts = {
        f"calls that {' and '.join(options)} did not select": hidden,
        "calls summarised (--call with a Call-ID or a number shows one in full)": in_brief,
    }
    return {text: count for text, count in counts.items() if count}


def _scope(job: Job, chosen: int, facing: int) -> str | None:
    """Which calls ``--expect`` is about, as the report says it."""
    if job.expect is None:
        return None
    if job.wanted is not None:
        return f"the {chosen} call(s) selected by {' and '.join(job.wanted.options)}"
    if chosen == 1:
        return "the only call of the capture"
    if facing:
        return f"all {facing} calls between a platform and a carrier"
    return f"all {chosen} calls"


def _exchanges(
    crew: Crew[Shard], held: Sequence[Contents], calls: Sequence[Outline]
) -> tuple[ExchangeResult, ...]:
    """What is no call: series numbered by start, each judged by the shard that holds its first exchange."""
    ordered = sorted(
        (place, shard, name, key) for shard, one in enumerate(held) for place, name, key in one.exchanges
    )
    series: dict[SeriesKey, tuple[int, list[ExchangeName]]] = {}
    latest: dict[str, SeriesKey] = {}
    for _, shard, name, key in ordered:
        series.setdefault(key, (shard, []))[1].append(name)
        latest[key[-1]] = key
    judged = frozenset[str]().union(*(call.refers_outside for call in calls))
    plans: list[list[Series]] = [[] for _ in held]
    for number, (key, (shard, members)) in enumerate(series.items(), 1):
        plans[shard].append(Series(number, members, moved=latest[key[-1]] != key, of_call=key[-1] in judged))
    results = crew.each(Shard.others, [(planned, SHOWN_EXCHANGES) for planned in plans])
    return tuple(sorted((one for some in results for one in some), key=lambda one: int(one.id[1:])))


def _capture(job: Job, crew: Crew[Shard], calls: int) -> Subject:
    used: set[int] = set().union(*crew.all(Shard.used_reports))
    others = [one for place, one in enumerate(job.accounting.unreachable) if place not in used]
    view = CaptureFacts(job.accounting, job.notes, job.messages, others, calls, job.expect)
    return Subject("capture", "capture", Known(view), Cited(view))
