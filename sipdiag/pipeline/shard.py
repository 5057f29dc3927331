"""One worker's shard: the legs whose Call-ID hashes to it, from messages to verdicts.

There is one shard for everything, or one in each of several processes.  Every shard sorts its messages
into legs and returns their profiles; the lead joins the profiles into calls and assigns each call to the
shard of its first leg; the shards return what calls elsewhere depend on; then each judges its calls.
What passes between the steps is small and can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from sipdiag.calls.call import Legs, assemble, dialog_refers
from sipdiag.calls.leg import LegTable
from sipdiag.calls.model import Call, Exchange, Leg
from sipdiag.calls.profile import Profile
from sipdiag.calls.series import SeriesKey, series_key, together
from sipdiag.calls.sides import Sides
from sipdiag.facts.callview import CallView
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.configured.call import CallFiles
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.moves import find_transfers
from sipdiag.facts.neighbours import Neighbours
from sipdiag.facts.notes import CallNote, note
from sipdiag.facts.observed import Observed
from sipdiag.facts.unreachable import Reports
from sipdiag.facts.wide import Wide
from sipdiag.messages.captured import CapturedMessage
from sipdiag.pipeline.by_call_id import Messages, by_call_id
from sipdiag.pipeline.call import Bench, detail, early_summary, summary
from sipdiag.pipeline.exchange import judged
from sipdiag.pipeline.job import Job
from sipdiag.pipeline.plan import Contents, ExchangeName, JudgedCall, LegName, Outline, Plan, Series
from sipdiag.pipeline.results import ExchangeResult

DETAILED_EXCHANGES = 200
"""How many series of requests outside calls are shown with their messages."""


class Shard:
    """The legs of its share of the Call-IDs.  Its steps are called in the order in which they stand here."""

    def __init__(self, job: Job, index: int = 0, shards: int = 1) -> None:
        self._job = job
        self._end_ns, self._frugal = job.end_ns, job.frugal
        self._index, self._shards = index, shards
        self._messages: dict[str, Messages] = {}
        """The messages of every Call-ID, including those that other shards hold."""
        self._legs: dict[str, list[Leg]] = {}
        """Those at hand, by Call-ID."""
        self._ends: dict[str, list[Sides]] = {}
        """Both ends of each of those legs, also when the legs themselves are closed."""
        self._plans: dict[int, Plan] = {}
        self._referred: Mapping[str, Sequence[Exchange]] = {}
        self._views: dict[int, CallView] = {}
        self._exchanges: dict[str, list[Exchange]] = {}
        """Requests outside calls, by Call-ID."""
        self._reports = Reports(job.accounting.unreachable)
        self._media = Media(job.media)
        self._wide: Wide | None = None
        self._neighbours: Neighbours | None = None
        self._files = Files(job.context, job.providers) if job.context is not None else None
        self._point_names = job.point_names
        self._alone = self._early = False
        self._held: dict[int, CallFiles] = {}
        """The files beside the capture, by the call they concern."""
        self._judged: dict[int, JudgedCall] = {}
        """Calls judged before all others were known."""

    def contents(self) -> Contents:
        """Sort the messages into legs and exchanges."""
        self._messages = by_call_id(self._job.messages, frugal=self._frugal)
        profiles: list[tuple[int, LegName, Profile]] = []
        exchanges: list[tuple[int, ExchangeName, SeriesKey]] = []
        outside: list[Exchange] = []
        for call_id, messages in self._messages.items():
            if self._shards > 1 and crc32(call_id.encode(errors="replace")) % self._shards != self._index:
                continue
            legs = self._sorted(call_id)
            places = dict(zip(map(id, messages.captured), messages.places, strict=True))
            for number, (leg, profile) in enumerate(zip(legs.legs, legs.profiles, strict=True)):
                profile.ties += self._media.ties(leg)
                profiles.append((places[id(leg.messages[0].captured)], LegName(call_id, number), profile))
            for number, one in enumerate(legs.exchanges):
                place = places[id(one.messages[0].captured)]
                exchanges.append((place, ExchangeName(call_id, number), series_key(one)))
            self._exchanges[call_id] = legs.exchanges
            outside += legs.exchanges
            self._close([call_id])
        return Contents(profiles, exchanges, dialog_refers(outside))

    def _sorted(self, call_id: str) -> Legs:
        legs = Legs(self._messages[call_id].captured, self._job.providers)
        self._legs[call_id] = legs.legs
        self._ends[call_id] = [leg.sides for leg in legs.legs]
        return legs

    def _sort_again(self, call_id: str) -> None:
        """The legs of a Call-ID that was closed; their ends are recognised."""
        table = LegTable()
        for captured in self._messages[call_id].captured:
            table.receive(captured)
        self._legs[call_id] = table.legs()
        for leg, sides in zip(table.legs(), self._ends[call_id], strict=True):
            leg.sides = sides

    def _close(self, call_ids: Iterable[str]) -> None:
        """With many messages, drop the parsed headers: they are parsed again on demand."""
        if not self._frugal:
            return
        for call_id in call_ids:
            for captured in self._messages[call_id].captured:
                captured.message.forget()
            self._legs.pop(call_id, None)

    def begin(self, referred: Mapping[str, Sequence[Exchange]], *, early: bool, alone: bool) -> None:
        """Take up what concerns all calls.

        ``early``: a call whose verdict depends on no other is judged at once, in brief.  ``alone``: there
        is one call in all.
        """
        self._referred, self._early, self._alone = referred, early, alone

    def assemble(self, plans: Sequence[Plan]) -> list[Outline]:
        """Make calls of the legs, as planned; returns their outlines."""
        self._plans.update({plan.number: plan for plan in plans})
        outlines = []
        for plan in plans:
            outlines.append(self._outline(plan.number, early=self._early))
            self._done(plan.number)
        return outlines

    def _call(self, number: int) -> Call:
        """The call, made of its legs as planned."""
        members = [(self._leg(name), joined) for name, joined in self._plans[number].members]
        call = assemble(f"c{number}", members)
        call.transfers = find_transfers(call, self._referred)
        self._reports.sort(call.legs)
        return call

    def _leg(self, name: LegName) -> Leg:
        if name.call_id not in self._legs:
            if name.call_id in self._ends:
                self._sort_again(name.call_id)
            else:
                self._sorted(name.call_id)
        return self._legs[name.call_id][name.place]

    def _done(self, number: int) -> None:
        if self._frugal:
            self._views.pop(number, None)
            self._held.pop(number, None)
            self._close(name.call_id for name, _ in self._plans[number].members)

    def _outline(self, number: int, *, early: bool) -> Outline:
        view = self._view(number, None)
        call = view.call
        held = self._held.get(number)
        result = early_summary(view, self._bench(held)) if early else None
        if result is not None:
            self._judged[number] = JudgedCall(number, result, view.scanner)
        return Outline(
            number,
            note(view),
            chosen=self._chosen(call),
            facing=any(_platform_to_carrier(leg.sides) for leg in call.legs),
            asked=held is not None and bool(held.said.asked),
            bound=held.bound_places if held is not None else (),
            referred=any(transfer.refers for transfer in call.transfers),
            refer_accepted=held is not None and any(one.accepted for one in view.transfers),
            files=self._files_of(call),
        )

    def _files_of(self, call: Call) -> frozenset[int]:
        if len(self._job.files) < 2:
            return frozenset()
        return frozenset(entry.captured.file for leg in call.legs for entry in leg.messages)

    def _chosen(self, call: Call) -> bool:
        wanted, headers = self._job.wanted, self._job.providers.call_id_headers
        return wanted is None or wanted.matches(call, headers, self._job.first_ns)

    def _bench(self, held: CallFiles | None = None) -> Bench:
        job = self._job
        return Bench(
            job.providers,
            job.evaluator,
            self._wide,
            self._media,
            job.names,
            held,
            self._neighbours,
            job.aliases,
        )

    def _view(self, number: int, expected: str | None) -> CallView:
        known = self._views.get(number)
        if known is not None and known.expected == expected:
            return known
        call = known.call if known is not None else self._call(number)
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
        view = self._views[number] = CallView(call, legs, expected)
        if self._files is not None:
            held = self._held[number] = CallFiles(self._files, view, alone=self._alone)
            held.record_causes()
        return view

    def used_reports(self) -> set[int]:
        """The indices of the ICMP reports about this shard's legs."""
        return self._reports.used

    def used_streams(self) -> set[int]:
        """The numbers of the RTP streams that belong to this shard's legs."""
        return self._media.used

    def learn(self, notes: Sequence[CallNote]) -> None:
        """Take note of all calls, given in their order."""
        self._wide = Wide(notes)
        accounting = self._job.accounting
        accepted = (
            (leg.trunk, leg.accepted) for call in notes for leg in call.legs if leg.accepted is not None
        )
        self._neighbours = Neighbours(self._job.messages, accounting.acknowledged, accepted, self._captured)

    def _captured(self, call_id: str) -> Sequence[CapturedMessage]:
        return self._messages[call_id].captured if call_id in self._messages else ()

    def judge(self, chosen: Sequence[int], expected: Mapping[int, str], *, brief: bool) -> list[JudgedCall]:
        """The verdicts on the ``chosen`` calls of this shard."""
        verdicts = []
        for number in chosen:
            if number not in self._plans:
                continue
            if brief and number in self._judged:
                verdicts.append(self._judged.pop(number))
                continue
            view = self._view(number, expected.get(number))
            bench = self._bench(self._held.get(number))
            result = summary(view, bench) if brief else detail(view, bench)
            verdicts.append(JudgedCall(number, result, view.scanner))
            self._done(number)
        return verdicts

    def complaints(self) -> dict[tuple[str, str], str]:
        """The rules that failed on something of this shard: see :class:`~sipdiag.rules.evaluate.Evaluator`."""
        return self._job.evaluator.complaints

    def others(self, planned: Sequence[Series], shown: int) -> list[ExchangeResult]:
        """The series of requests outside calls: all with a finding, and the first ``shown`` others."""
        results: list[ExchangeResult] = []
        bench = self._bench()
        for plan in planned:
            exchange = together([self._exchange(name) for name in plan.members])
            exchange.id = f"x{plan.number}"
            result = judged(
                exchange,
                bench,
                self._end_ns,
                moved=plan.moved,
                healthy=plan.number <= shown,
                detailed=len(results) < DETAILED_EXCHANGES,
            )
            if result is not None:
                results.append(result)
            self._close(name.call_id for name in plan.members)
        return results

    def _exchange(self, name: ExchangeName) -> Exchange:
        if name.call_id not in self._exchanges:
            self._exchanges[name.call_id] = Legs(
                self._messages[name.call_id].captured, self._job.providers
            ).exchanges
        return self._exchanges[name.call_id][name.place]


def _platform_to_carrier(ends: Sides) -> bool:
    return ends.platform is not None and ends.carrier is not None
