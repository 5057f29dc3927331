"""The verdict on one call: facts of its legs and transfers, the rules over them, one root cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.calls.model import Call, Leg, Transfer
from sipdiag.calls.party import Side, Sides
from sipdiag.facts.callview import CallView
from sipdiag.facts.checks import cannot_tell, passed
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.evidence import of_call, of_leg, of_transfer
from sipdiag.facts.identity import user_text
from sipdiag.facts.leg import leg_advice, leg_facts, shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.others import call_facts
from sipdiag.facts.refusal import side_name
from sipdiag.facts.table import FACTS
from sipdiag.facts.transfer import target_number, transfer_advice, transfer_facts
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.untimed import is_timed, without_durations
from sipdiag.facts.wide import Wide
from sipdiag.knowledge.numbers import Number
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import Host
from sipdiag.pipeline.acts import between, on_transfer
from sipdiag.pipeline.results import (
    CallResult,
    CannotTell,
    LegResult,
    Participant,
    Party,
    Passed,
    TransferResult,
)
from sipdiag.rules.acts import unnamed
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.evidence import in_time
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject
from sipdiag.rules.verdict import arrange

_LATE = frozenset(fact.name for fact in FACTS["leg"] if fact.known_at == "capture")


class Bench(Struct, frozen=True):
    """What calls are judged with."""

    providers: Providers
    evaluator: Evaluator
    wide: Wide
    names: Mapping[str, str] = field(default_factory=dict)
    """Host names by address, as the capture itself gives them."""


def judge(call: CallView, sides: Mapping[int, Sides], bench: Bench) -> CallResult:
    """The call with its diagnosis; ``sides`` by ``id(leg)``."""
    subjects = list(_subjects(call, bench))
    findings = arrange(_merged(bench.evaluator.evaluate(subjects)))
    facts = {subject.id: subject.facts for subject in subjects if subject.kind == "leg"}
    return replace(
        _told(call, findings),
        call=call.call,
        passed=tuple(Passed(*check) for check in passed(call)),
        cannot_tell=tuple(CannotTell(*gap) for gap in cannot_tell(call)),
        legs=tuple(_leg_result(leg, call, facts.get(leg.id, {})) for leg in call.call.legs),
        transfers=tuple(_transfer_results(call)),
        participants=tuple(_participants(call.call, sides, bench.names)),
        detailed=True,
    )


def judge_early(call: CallView, bench: Bench) -> CallResult | None:
    """The verdict in brief, where no other call of the capture can have a say in it; else None."""
    subjects = [_unheard(subject) for subject in _subjects(call, bench, brief=True)]
    if not bench.evaluator.decided(subjects):
        return None
    return _told(call, arrange(_merged(bench.evaluator.evaluate(subjects, brief=True))))


def _unheard(subject: Subject) -> Subject:
    """The same without the facts in which other calls have a say."""
    if subject.facts.keys().isdisjoint(_LATE):
        return subject
    own = {name: value for name, value in subject.facts.items() if name not in _LATE}
    return replace(subject, facts=own)


def judge_in_brief(call: CallView, bench: Bench) -> CallResult:
    """The same verdict, without what only the reader of that call's details wants to see."""
    return _told(
        call, arrange(_merged(bench.evaluator.evaluate(_subjects(call, bench, brief=True), brief=True)))
    )


def _told(call: CallView, findings: Sequence[Finding]) -> CallResult:
    primary, lead = call.primary, call.lead
    ended_by = lead.ended_by if lead is not None else None
    timed = is_timed(call.call.legs)
    return CallResult(
        id=call.call.id,
        call_id=call.call.legs[0].call_id,
        start_ns=call.call.start_ns,
        end_ns=call.call.end_ns,
        call=Call(call.call.id, []),
        outcome=call.outcome.slug,
        from_=_party(primary, calling=True),
        to=_party(primary, calling=False),
        setup_s=lead.setup_s if lead and timed else None,
        ring_s=lead.ring_s if lead and timed else None,
        talk_s=lead.talk_s if lead and timed else None,
        time_known=timed,
        ended_by=(ended_by.id or ended_by.host.address) if ended_by else None,
        root_cause=findings[0] if findings and findings[0].role == "cause" else None,
        findings=tuple(findings),
        passed=(),
        cannot_tell=(),
        legs=(),
        transfers=(),
        participants=(),
        detailed=False,
    )


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """The same thing said of several tries is said once, with the evidence of all."""
    merged: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.sentence)
        first = merged.get(key)
        if first is None:
            merged[key] = finding
            continue
        evidence = sorted({*first.evidence, *finding.evidence}, key=in_time)
        merged[key] = replace(
            first,
            evidence=tuple(evidence),
            decides=first.decides or finding.decides,
            confidence=max(first.confidence, finding.confidence),
            severity=max(first.severity, finding.severity),
        )
    return list(merged.values())


def _subjects(call: CallView, bench: Bench, *, brief: bool = False) -> Iterator[Subject]:
    """The call, its legs and its transfers; in ``brief`` without what only a finding's details are made of."""
    deciding, providers = _deciding(call), bench.providers
    name = call.call.id
    first = call.primary
    yield Subject(
        kind="call",
        id=name,
        facts=call_facts(call),
        evidence={} if brief else of_call(call),
        acts=between(first.sides, first.leg.messages) if first is not None else unnamed,
        call=name,
    )
    timed = is_timed(call.call.legs)
    for view in call.legs:
        facts = leg_facts(view, call, bench.wide, providers)
        facts = facts if timed else without_durations(facts)
        yield Subject(
            kind="leg",
            id=view.leg.id,
            facts=facts,
            evidence={} if brief else of_leg(view, call, _passed_through(call, facts)),
            advice={} if brief else leg_advice(view, providers),
            acts=between(view.sides, view.leg.messages),
            decides=id(view) in deciding,
            call=name,
        )
    for transfer in call.transfers:
        facts = transfer_facts(transfer, call, providers)
        yield Subject(
            kind="transfer",
            id=transfer.transfer.id,
            facts=facts if timed else without_durations(facts),
            evidence={} if brief else of_transfer(transfer),
            advice={} if brief else transfer_advice(transfer, providers),
            acts=on_transfer(transfer),
            decides=id(transfer) in deciding,
            call=name,
        )


def _passed_through(call: CallView, facts: Mapping[str, object]) -> Leg | None:
    """The leg of this call whose caller's number was shown on the next."""
    leg = facts.get("passthrough_leg")
    return next((view.leg for view in call.legs if view.leg.id == leg), None) if leg else None


def _deciding(call: CallView) -> set[int]:
    """The legs and transfers that decided the outcome."""
    if call.transfers:
        best = min(_TRANSFER_RANK[transfer.outcome] for transfer in call.transfers)
        # Several where a B2BUA passes a REFER on, and its refusal back.
        equal = [transfer for transfer in call.transfers if _TRANSFER_RANK[transfer.outcome] == best]
        return {id(one) for transfer in equal for one in (transfer, *transfer.new_legs)}
    if call.missing_transfer:
        return {id(call.transfer_leg)}
    if call.primary is None:
        return set()
    deciding = {id(call.primary)}
    if not call.primary.answered:
        deciding |= {id(view) for view in call.legs if not view.answered}
    return deciding


_TRANSFER_RANK = {
    TransferOutcome.completed: 0,
    TransferOutcome.unknown: 1,
    TransferOutcome.failed: 2,
    TransferOutcome.rejected: 3,
    TransferOutcome.not_attempted: 4,
}


def _party(view: LegView | None, *, calling: bool) -> Party:
    if view is None or not view.leg.messages:
        return Party(None, None, None)
    number = view.identity.caller if calling else view.identity.callee
    message = (view.leg.invites[0].first if view.leg.invites else view.leg.messages[0].captured).message
    from_caller = message.from_tag == view.leg.from_tag or bool(view.leg.invites)
    address = message.from_ if calling == from_caller else message.to
    uri = address.uri.bare if address is not None else None
    if not calling and message.is_request and message.method == "INVITE":
        uri = message.uri or uri
    return _party_of(uri, number)


def _party_of(uri: str | None, number: Number | None) -> Party:
    return Party(uri or None, shown(number), number.country if number else None)


def _leg_result(leg: Leg, call: CallView, facts: Mapping[str, object]) -> LegResult:
    view = call.view(leg)
    carrier, platform = view.sides.carrier, view.sides.platform
    provider = carrier.id if carrier is not None and carrier.id else platform.id if platform else None
    return LegResult(
        leg=leg,
        state=view.state,
        status=view.status,
        reason=view.final.message.reason if view.final else None,
        provider=provider or view.sides.caller.id or view.sides.callee.id,
        facts=facts,
    )


def _transfer_results(call: CallView) -> Iterator[TransferResult]:
    for view in call.transfers:
        yield TransferResult(view.transfer, view.outcome.slug, view.refer_status, _transfer_target(view))
    if call.missing_transfer and call.transfer_leg is not None:
        missing = Transfer(id=f"{call.call.id}.t1", leg=call.transfer_leg.leg)
        yield TransferResult(missing, TransferOutcome.not_attempted.slug, None, Party(None, None, None))


def _transfer_target(view: TransferView) -> Party:
    transfer = view.transfer
    if transfer.refers:
        address = transfer.refers[0].first.message.refer_to
        text = user_text(address)
    else:
        text = user_text(transfer.new_legs[0].invites[0].first.message.to)
    return _party_of(transfer.target, target_number(view, text))


def _participants(call: Call, sides: Mapping[int, Sides], names: Mapping[str, str]) -> Iterator[Participant]:
    """Every host of the call's messages, in order of first appearance."""
    known: dict[Host, Side] = {}
    roles: dict[Host, str] = {}
    for leg in call.legs:
        ends = sides[id(leg)]
        far = _far_end(leg)
        # Behind a proxy the fingerprints of the called side are those of whoever took the call,
        # unless they are a proxy's own.
        taker = ends.callee if ends.callee.kind != "proxy" or far == leg.callee else Side(far, None, None)
        named = [(leg.caller, ends.caller, "Caller side"), (far, taker, "Called side")]
        if taker is not ends.callee:
            named.append((leg.callee, ends.callee, "Proxy"))
        for host, side, role in named:
            if known.get(host) is None or known[host].provider is None:
                known[host] = replace(side, host=host)
            roles.setdefault(host, role)
    seen: dict[Host, None] = {}
    for leg in call.legs:
        for entry in leg.messages:
            seen.setdefault(entry.captured.src)
            seen.setdefault(entry.captured.dst)
    for host in seen:
        end = known.get(host, Side(host, None, None))
        yield Participant(
            host=host,
            provider=end.id,
            name=side_name(end) or names.get(host.address) or roles.get(host, "Proxy"),
            proof=end.recognition.how if end.recognition is not None else None,
        )


def _far_end(leg: Leg) -> Host:
    """Who took the leg's INVITE: behind proxies, the last host it was handed to."""
    hops = [hop for invite in leg.invites for hop in invite.hops]
    relays = {hop.src for hop in hops}
    ends = [hop.dst for hop in hops if hop.dst not in relays]
    answered = [
        hop.dst for hop in hops if hop.dst not in relays and hop.status is not None and hop.status < 300
    ]
    return (answered or ends or [leg.callee])[-1]
