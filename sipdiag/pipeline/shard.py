"""One worker's shard: the legs whose Call-ID hashes to it, from messages to verdicts.

There is one shard for everything, or one in each of several processes.  Every shard sorts its messages
into legs and returns their profiles; the lead joins the profiles into calls and assigns each call to the
shard of its first leg, which makes and judges it; the shards return what calls elsewhere depend on; with
the notes of all calls each settles what it left open; last, some calls are rebuilt in full.
What passes between the steps is small and can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from sipdiag.calls.call import assemble, dialog_refers
from sipdiag.calls.model import Call, Exchange
from sipdiag.calls.profile import Profile
from sipdiag.calls.series import SeriesKey, series_key, together
from sipdiag.facts.among import Whole
from sipdiag.facts.callview import CallView
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.moves import find_transfers
from sipdiag.facts.neighbours import Neighbours
from sipdiag.facts.notes import CallNote, note
from sipdiag.facts.observed import Observed
from sipdiag.facts.unreachable import Reports
from sipdiag.facts.wide import Wide
from sipdiag.messages.captured import CapturedMessage
from sipdiag.pipeline.call import Bench, Judgement, detail, judgement, settled
from sipdiag.pipeline.exchange import judged
from sipdiag.pipeline.job import Job
from sipdiag.pipeline.kept import CallReading, KeptCalls
from sipdiag.pipeline.plan import Contents, ExchangeName, JudgedCall, LegName, Outline, Plan, Series
from sipdiag.pipeline.results import CallDetail, CallSummary, ExchangeResult

if TYPE_CHECKING:
    from sipdiag.pipeline.everyday import CallRead, EverydayCalls

DETAILED_EXCHANGES = 200
"""How many series of requests outside calls are shown with their messages."""


class Shard:
    """The legs of its share of the Call-IDs.  Its steps are called in the order in which they stand here."""

    def __init__(self, job: Job, index: int = 0, shards: int = 1) -> None:
        self._job = job
        self._index, self._shards = index, shards
        self._kept = KeptCalls(job.messages, job.providers, frugal=job.frugal)
        self._plans: dict[int, Plan] = {}
        self._referred: Mapping[str, Sequence[Exchange]] = {}
        self._judged: dict[int, Judgement] = {}
        """The calls that were judged and not returned yet."""
        self._reports = Reports(job.accounting.unreachable)
        self._media = Media(job.media)
        self._whole: Whole | None = None
        self._files = Files(job.context, job.providers) if job.context is not None else None
        self._point_names = job.point_names
        self._end_ns = job.end_ns
        self._alone = False
        self._everyday = self._everyday_calls() if job.everyday else None

    def _everyday_calls(self) -> EverydayCalls:
        # Of a capture with few calls none is looked at in this way, and what it takes is not loaded.
        from sipdiag.pipeline.everyday import EverydayCalls

        return EverydayCalls(self._job, self._bench(), self._end_ns)

    # -- messages are sorted -------------------------------------------------------------------------

    def contents(self) -> Contents:
        """Sort the messages into legs and exchanges."""
        profiles: list[tuple[int, LegName, Profile]] = []
        exchanges: list[tuple[int, ExchangeName, SeriesKey]] = []
        outside: list[Exchange] = []
        facing_legs: set[LegName] = set()
        for call_id, messages in self._kept.messages.items():
            if self._shards > 1 and crc32(call_id.encode(errors="replace")) % self._shards != self._index:
                continue
            held = list(messages)  # So that there is one object of each while the Call-ID is looked at.
            alike = self._everyday.leg(call_id, messages) if self._everyday is not None else None
            if alike is not None:
                name = LegName(call_id, 0)
                profiles.append((messages.places[0], name, alike.profile))
                if alike.facing:
                    facing_legs.add(name)
                self._kept.done([call_id])
                continue
            legs = self._kept.sort(call_id)
            places = dict(zip(held, messages.places, strict=True))
            for number, (leg, profile) in enumerate(zip(legs.legs, legs.profiles(), strict=True)):
                name = LegName(call_id, number)
                profile.ties += self._media.ties(leg)
                profiles.append((places[leg.messages[0].captured], name, profile))
                if leg.sides.facing:
                    facing_legs.add(name)
            for number, one in enumerate(legs.exchanges):
                place = places[one.messages[0].captured]
                exchanges.append((place, ExchangeName(call_id, number), series_key(one)))
            outside += legs.exchanges
            self._kept.done([call_id])
        return Contents(profiles, exchanges, dialog_refers(outside), facing_legs)

    # -- calls are made and judged -------------------------------------------------------------------

    def begin(self, referred: Mapping[str, Sequence[Exchange]], *, alone: bool) -> None:
        """Take up what concerns all calls.  ``alone``: there is one call in all."""
        self._referred, self._alone = referred, alone

    def assemble(self, plans: Sequence[Plan]) -> list[Outline]:
        """Make calls of the legs, as planned, and judge them as far as each can be by itself."""
        self._plans.update({plan.number: plan for plan in plans})
        return [self._made(plan) for plan in plans]

    def _made(self, plan: Plan) -> Outline:
        alike = self._alike(plan)
        if alike is not None:
            self._judged[plan.number] = alike.judged
            return Outline(plan.number, alike.note, chosen=True, files=self._files_of(self._captured(plan)))
        view, held = reading = self._reading(plan)
        outline = Outline(
            plan.number,
            note(view),
            chosen=self._chosen(view.call),
            bound=held.bound_places if held is not None else (),
            referred=any(transfer.refers for transfer in view.call.transfers),
            refer_accepted=held is not None and any(one.accepted for one in view.transfers),
            refers_outside=_refers_outside(view.call),
            files=self._files_of(entry.captured for leg in view.call.legs for entry in leg.messages),
            hosts=held.hosts if held is not None else frozenset(),
            called=held.called if held is not None else frozenset(),
        )
        if outline.chosen:
            self._judged[plan.number] = judgement(view, self._bench(reading))
        self._done(plan)
        return outline

    def _alike(self, plan: Plan) -> CallRead | None:
        """What a call comes to that is like others before it."""
        if self._everyday is None or len(plan.members) > 1 or plan.expected is not None:
            return None
        found = self._everyday.call(plan.members[0][0].call_id, plan.number, self._referred)
        if found is not None:
            self._done(plan)
        return found

    def _reading(self, plan: Plan) -> CallReading:
        """The call of these legs, as it is read."""
        known = self._kept.reading(plan.number)
        if known is not None:
            return known
        call = assemble(f"c{plan.number}", [(self._kept.leg(name), joined) for name, joined in plan.members])
        call.transfers = find_transfers(call, self._referred)
        self._reports.sort(call.legs)
        reading = self._read(call, plan.expected)
        if plan.expected is None and reading.held is not None and reading.held.said.asked:
            # A record beside the capture says that a transfer was asked for.
            reading = self._read(call, "transfer")
        return self._kept.keep(plan.number, reading)

    def _read(self, call: Call, expected: str | None) -> CallReading:
        losses = self._job.accounting.losses
        legs = {
            leg: LegView(
                leg,
                self._end_ns,
                self._job.providers,
                Observed(self._reports.of(leg), losses, None, self._point_names),
            )
            for leg in call.legs
        }
        view = CallView(call, legs, expected)
        if self._files is None:
            return CallReading(view, None)
        from sipdiag.facts.configured.call import CallFiles

        held = CallFiles(self._files, view, alone=self._alone)
        held.record_causes()
        return CallReading(view, held)

    def _done(self, plan: Plan) -> None:
        self._kept.done(name.call_id for name, _ in plan.members)

    def _captured(self, plan: Plan) -> Iterator[CapturedMessage]:
        for name, _ in plan.members:
            yield from self._kept.captured(name.call_id)

    def _files_of(self, messages: Iterable[CapturedMessage]) -> frozenset[int]:
        """In which files messages stand; none where there is one file."""
        return frozenset(one.file for one in messages) if len(self._job.files) > 1 else frozenset()

    def _chosen(self, call: Call) -> bool:
        wanted, headers = self._job.wanted, self._job.providers.call_id_headers
        return wanted is None or wanted.matches(call, headers, self._job.first_ns)

    def _bench(self, reading: CallReading | None = None) -> Bench:
        job = self._job
        return Bench(
            job.providers,
            job.evaluator,
            self._whole,
            self._media,
            job.names,
            reading.held if reading is not None else None,
            job.aliases,
        )

    # -- all calls are known -------------------------------------------------------------------------

    def learn(self, notes: Sequence[CallNote]) -> None:
        """Take note of all calls, given in their order."""
        accounting = self._job.accounting
        accepted = (
            (leg.trunk, leg.accepted) for call in notes for leg in call.legs if leg.accepted is not None
        )
        self._whole = Whole(
            Wide(notes),
            Neighbours(self._job.messages, accounting.acknowledged, accepted, self._kept.captured),
        )

    def verdicts(self, chosen: Sequence[int]) -> list[JudgedCall]:
        """The verdicts on the ``chosen`` calls of this shard."""
        assert self._whole is not None
        verdicts = []
        for number in chosen:
            judged = self._judged.pop(number, None)
            if judged is not None:
                summary = settled(judged, self._job.evaluator, self._whole)
                verdicts.append(JudgedCall(number, summary, judged.scanner))
                self._done(self._plans[number])
        return verdicts

    def told(self, calls: Sequence[CallSummary]) -> list[CallDetail]:
        """Those of the calls in full that are of this shard."""
        details = []
        for summary in calls:
            plan = self._plans.get(summary.number)
            if plan is not None:
                reading = self._reading(plan)
                details.append(detail(reading.view, summary, self._bench(reading)))
                self._done(plan)
        return details

    def used_reports(self) -> set[int]:
        """The indices of the ICMP reports about this shard's legs."""
        return self._reports.used

    def used_streams(self) -> set[int]:
        """The numbers of the RTP streams that belong to this shard's legs."""
        return self._media.used

    def complaints(self) -> dict[tuple[str, str], str]:
        """The rules that failed on something of this shard: see :class:`~sipdiag.rules.evaluate.Evaluator`."""
        return self._job.evaluator.complaints

    # -- what is no call -----------------------------------------------------------------------------

    def others(self, planned: Sequence[Series], shown: int) -> list[ExchangeResult]:
        """The series of requests outside calls: all with a finding, and the first ``shown`` others."""
        results: list[ExchangeResult] = []
        bench = self._bench()
        for plan in planned:
            exchange = together([self._kept.exchange(name) for name in plan.members])
            exchange.id = f"x{plan.number}"
            result = judged(
                exchange,
                bench,
                self._end_ns,
                plan,
                healthy=plan.number <= shown,
                detailed=len(results) < DETAILED_EXCHANGES,
            )
            if result is not None:
                results.append(result)
            self._kept.done(name.call_id for name in plan.members)
        return results


def _refers_outside(call: Call) -> frozenset[str]:
    sent = {refer.first.message.call_id for one in call.transfers for refer in one.refers}
    return frozenset(sent.difference(leg.call_id for leg in call.legs))
