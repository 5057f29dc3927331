"""The verdict on one call: facts of its legs and transfers, the rules over them, one root cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from sipdiag.capture.payload import Remark
from sipdiag.facts.among import Whole
from sipdiag.facts.callview import CallView
from sipdiag.facts.checks import cannot_tell, passed
from sipdiag.facts.configuration.makers import advised
from sipdiag.facts.heard import Heard
from sipdiag.facts.known import Cited, Known
from sipdiag.facts.leg import LegFacts
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.timers import seconds
from sipdiag.facts.transfer import TransferFacts
from sipdiag.facts.untimed import Untimed
from sipdiag.facts.wording import side_name
from sipdiag.knowledge.provider import AdviceStep
from sipdiag.knowledge.providers import Providers
from sipdiag.pipeline.acts import between, on_transfer
from sipdiag.pipeline.legresults import leg_result, party, transfer_results
from sipdiag.pipeline.media import media_of
from sipdiag.pipeline.participants import participants
from sipdiag.pipeline.results import (
    CallDetail,
    CallSummary,
    CannotTell,
    Passed,
)
from sipdiag.rules.acts import unnamed
from sipdiag.rules.evaluate import Evaluator, Pending
from sipdiag.rules.evidence import quoted
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import AdviceSource, EvidenceSource, Subject, cited_by
from sipdiag.rules.verdict import arrange

if TYPE_CHECKING:
    from sipdiag.facts.configured.call import CallFiles


class Bench(Struct, frozen=True):
    """Everything a call is judged with."""

    providers: Providers
    evaluator: Evaluator
    whole: Whole | None
    """What all calls of the capture show together; None until all are known."""
    media: Media
    names: Mapping[str, str] = field(default_factory=dict)
    """Host names by address, as the capture itself gives them."""
    held: CallFiles | None = None
    """The files beside the capture, as far as they concern this call."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """What the user calls hosts."""


class Judgement(Struct, frozen=True):
    """A call as it was judged when it was made."""

    summary: CallSummary
    """Without findings where these are open."""
    pending: Pending | None
    """What is open."""
    scanner: bool
    """It was placed by a known scanner."""


def judgement(call: CallView, bench: Bench) -> Judgement:
    """The verdict on a call, as far as it hangs on no other."""
    found = bench.evaluator.judge(_subjects(call, bench))
    pending = found if isinstance(found, Pending) else None
    findings = found if not isinstance(found, Pending) else []
    return Judgement(_with(_summary(call), findings), pending, call.scanner)


def settled(judged: Judgement, evaluator: Evaluator, whole: Whole) -> CallSummary:
    """The verdict on the call when all others are known."""
    if judged.pending is None:
        return judged.summary
    return _with(judged.summary, evaluator.settle(judged.pending, whole))


def detail(call: CallView, summary: CallSummary, bench: Bench) -> CallDetail:
    """The call with everything a report shows of it; ``summary`` is the verdict on it."""
    subjects = list(_subjects(call, bench))
    findings = bench.evaluator.completed(summary.findings, subjects)
    if summary.root_cause is not None:
        findings = quoted(findings, _remarks(call))
    facts = {
        one.id: one.facts.all()
        for one in subjects
        if one.kind in ("leg", "transfer") and isinstance(one.facts, Known)
    }
    return CallDetail(
        **asdict(_told(summary, findings)),
        call=call.call,
        passed=tuple(Passed(*check) for check in passed(call)),
        cannot_tell=tuple(CannotTell(*gap) for gap in cannot_tell(call, bench.media)),
        legs=tuple(leg_result(leg, call, facts.get(leg.id, {}), bench.providers) for leg in call.call.legs),
        transfers=tuple(transfer_results(call, facts)),
        participants=tuple(participants(call.call, bench.names, bench.aliases)),
        lead=call.lead.leg.id if call.lead is not None else None,
        media=media_of(call, bench.media),
        points=tuple(call.primary.observed.points) if call.primary is not None else (),
    )


def _with(summary: CallSummary, findings: Sequence[Finding]) -> CallSummary:
    """The summary with what rules found: the same thing once, the root cause first."""
    return _told(summary, arrange(_merged(findings))) if findings else summary


def _told(summary: CallSummary, findings: Sequence[Finding]) -> CallSummary:
    cause = findings[0] if findings and findings[0].role == "cause" else None
    return replace(summary, root_cause=cause, findings=tuple(findings))


def _remarks(call: CallView) -> Iterator[Remark]:
    """What the log says after the messages of a call."""
    for leg in call.call.legs:
        for entry in leg.messages:
            yield from entry.captured.remarks


def _summary(call: CallView) -> CallSummary:
    """What became of the call, without findings."""
    lead = call.lead
    ender = _ender(lead) if lead is not None else None
    return CallSummary(
        id=call.call.id,
        call_id=call.call.legs[0].call_id,
        start_ns=call.call.begun_ns,
        end_ns=call.call.over_ns,
        outcome=call.outcome.slug,
        from_=party(call, calling=True),
        to=party(call, calling=False),
        setup_s=lead.setup_s if lead and call.timed else None,
        ring_s=lead.ring_s if lead and call.timed else None,
        talk_s=lead.talk_s if lead and call.timed else None,
        time_known=call.timed,
        progress_s=_progress_s(lead) if lead and call.timed else None,
        ended_by=ender,
        peer=_peer(lead) if lead is not None else "",
        root_cause=None,
        findings=(),
    )


def _progress_s(lead: LegView) -> float | None:
    if not lead.provisionals or not lead.start_seen:
        return None
    return max(0.0, seconds(lead.leg.invites[0].time_ns, lead.provisionals[0].time_ns))


def _peer(lead: LegView) -> str:
    """The carrier where one faces a platform or is known, else the called end: by name, or by address."""
    side = lead.sides.carrier or lead.sides.callee
    return side_name(side) or side.host.address


def _ender(lead: LegView) -> str | None:
    """Provider id, or address, of whoever ended the leg; a host that only passed on the BYE or the refusal did not."""
    ender = lead.ender
    if ender is None:
        return None
    if ender.kind != "proxy" and ender.id is not None:
        return ender.id
    if lead.bye is not None:
        return lead.bye.first.src.address
    return ender.host.address


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """Merge identical findings from retries."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.rule, finding.sentence), []).append(finding)
    return [same[0] if len(same) == 1 else _together(same) for same in alike.values()]


def _together(same: Sequence[Finding]) -> Finding:
    return replace(
        same[0],
        also=tuple((finding.told_by, finding.subject) for finding in same[1:]),
        decides=any(finding.decides for finding in same),
        confidence=max(finding.confidence for finding in same),
        severity=max(finding.severity for finding in same),
    )


def _subjects(call: CallView, bench: Bench) -> Iterator[Subject]:
    """The call, its legs and its transfers."""
    name, first = call.call.id, call.primary
    yield Subject(
        kind="call",
        id=name,
        facts=Known(call),
        evidence=Cited(call),
        acts=between(first.sides, first.leg.messages, bench.aliases) if first is not None else unnamed,
        call=name,
    )
    for view in call.legs:
        leg = LegFacts(view, call, bench.whole, bench.media, bench.held)
        yield Subject(
            kind="leg",
            id=view.leg.id,
            facts=_facts(leg, call),
            evidence=Cited(leg),
            advice=_advice(leg.advice, bench, Cited(leg)),
            acts=between(view.sides, view.leg.messages, bench.aliases, leg.blamed),
            decides=view in call.deciding,
            call=name,
            standing=leg.standing,
        )
        yield from _directions(view, call, bench)
    for one in call.transfers:
        transfer = TransferFacts(one, call, bench.providers, bench.held)
        yield Subject(
            kind="transfer",
            id=one.transfer.id,
            facts=_facts(transfer, call),
            evidence=Cited(transfer),
            advice=_advice(transfer.advice, bench, Cited(transfer)),
            acts=on_transfer(one, bench.aliases),
            decides=one in call.deciding,
            call=name,
        )


def _advice(parties: AdviceSource, bench: Bench, cited: EvidenceSource) -> AdviceSource:
    """What the tables advise: of the parties, of the makers of cited files, and of ``any``, which is nobody's."""

    def advise(name: str) -> Sequence[AdviceStep]:
        party, _, wanted = name.partition(".")
        if party == "any":
            return bench.providers.shared_advice(wanted)
        if party.startswith("file_"):
            return advised(bench.held.files, cited_by(cited, party), wanted) if bench.held is not None else ()
        return parties(name)

    return advise


def _directions(view: LegView, call: CallView, bench: Bench) -> Iterator[Subject]:
    """Both directions of an answered leg's audio, where any was captured."""
    if not bench.media.streams or not view.answered or not call.timed:
        return
    media = bench.media.of(view)
    if not media.audio:
        return
    for to_caller in (True, False):
        facts = Heard(media.way(to_caller=to_caller))
        yield Subject(
            kind="direction",
            id=f"{view.leg.id}.{'to-caller' if to_caller else 'to-callee'}",
            facts=facts,
            evidence=facts.cited,
            advice=_advice(partial(_of_direction, view, to_caller), bench, {}),
            acts=between(view.sides, view.leg.messages, bench.aliases),
            decides=view in call.deciding,
            call=call.call.id,
        )


def _facts(view: LegFacts | TransferFacts, call: CallView) -> Known:
    return (Known if call.timed else Untimed)(view)


def _of_direction(view: LegView, to_caller: bool, name: str) -> Sequence[AdviceStep]:
    """What the tables of the two ends of a stream advise, by ``sender.NAME`` or ``receiver.NAME``."""
    party, _, wanted = name.partition(".")
    if party not in ("sender", "receiver"):
        return ()
    return view.sides.of(to_caller == (party == "receiver")).advice(wanted)
