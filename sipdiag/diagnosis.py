"""From calls to verdicts: facts of every subject, rules over them, one root cause a call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sipdiag.calls.call import CallBook
from sipdiag.calls.captured import CapturedMessage, Host
from sipdiag.calls.model import Call, Leg, Transfer
from sipdiag.calls.party import Side
from sipdiag.capture.payload import Accounting, Note
from sipdiag.facts.callview import CallView
from sipdiag.facts.checks import cannot_tell, passed
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.evidence import of_call, of_exchange, of_leg, of_transfer
from sipdiag.facts.identity import Identity, user_text
from sipdiag.facts.leg import classify, leg_advice, leg_facts, shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.others import (
    call_facts,
    capture_facts,
    exchange_facts,
    is_registration,
    registration_facts,
    unreached,
)
from sipdiag.facts.refusal import q850_of, side_name
from sipdiag.facts.transfer import target_number, transfer_advice, transfer_facts
from sipdiag.facts.transferview import TransferView
from sipdiag.facts.unreachable import Reports
from sipdiag.facts.wide import Wide
from sipdiag.knowledge.numbers import Number
from sipdiag.knowledge.providers import Providers
from sipdiag.media.streams import RtpStream
from sipdiag.results import (
    Analysis,
    CallResult,
    CannotTell,
    LegResult,
    Participant,
    Party,
    Passed,
    TransferResult,
)
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject
from sipdiag.rules.verdict import CallVerdict, arrange, choose_root_cause, headline

SID_HEADERS = (
    "x-twilio-callsid",
    "x-call_session_id",
    "x-call_leg_id",
    "x-telnyx-session-id",
    "x-telnyx-leg-id",
)
"""Carriers' own ids of a call, for ``--call``."""
CALL_NAME = re.compile(r"c\d+")


@dataclass(slots=True)
class Diagnosis:
    """What a diagnosis is made from."""

    book: CallBook
    catalogue: Catalogue
    providers: Providers
    accounting: Accounting
    notes: list[Note]
    messages: list[CapturedMessage]
    expect: str | None = None
    call_filter: str | None = None
    evaluator: Evaluator | None = None
    """Of the same catalogue, its rules compiled already."""
    streams: Sequence[RtpStream] = ()
    """The RTP streams of the capture."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Host names by address, as the capture itself gives them."""


def diagnose(job: Diagnosis) -> Analysis:
    """Judge every call, registration and exchange, and the capture itself."""
    end_ns = job.accounting.last_ns or max((m.time_ns for m in job.messages), default=0)
    views = {
        id(leg): LegView(leg, job.book.sides_of(leg), end_ns) for call in job.book.calls for leg in call.legs
    }
    reports = Reports(job.accounting.unreachable, views.values())
    chosen = [call for call in job.book.calls if job.call_filter is None or matches(call, job.call_filter)]
    expected, scope = _expectations(job, chosen)
    calls = [CallView(call, views, job.expect if id(call) in expected else None) for call in job.book.calls]
    wide = Wide(calls, _refused_bare(calls, job.providers), reports, job.notes, Media(job.streams))
    evaluator = job.evaluator or Evaluator(job.catalogue)
    kept = {id(call) for call in chosen}
    results = [_judge(call, wide, evaluator, job) for call in calls if id(call.call) in kept]
    findings = evaluator.evaluate(_other_subjects(job, wide, end_ns))
    scanners = {call.call.id for call in calls if call.scanner}
    verdicts = [
        CallVerdict(
            call=result.id,
            outcome=result.outcome,
            root_cause=result.root_cause,
            start_ns=result.start_ns,
            scanner=result.id in scanners,
        )
        for result in results
    ]
    return Analysis(
        files=[],
        accounting=job.accounting,
        notes=job.notes + evaluator.notes,
        sip_messages=len(job.messages),
        calls=results,
        findings=findings,
        headline=headline(verdicts),
        rules_hash=job.catalogue.digest,
        expect=job.expect,
        expect_scope=scope,
        left_out=_left_out(job, chosen),
        messages=job.messages,
    )


def _left_out(job: Diagnosis, chosen: Sequence[Call]) -> dict[str, int]:
    hidden = len(job.book.calls) - len(chosen)
    return {"calls that --call did not select": hidden} if hidden else {}


def matches(call: Call, text: str) -> bool:
    """Whether a Call-ID, number or carrier's call id of ``call`` contains ``text``, or it is its id.

    ``c1`` is an id and nothing else: many a Call-ID contains it by chance.
    """
    wanted = text.lower()
    if CALL_NAME.fullmatch(wanted):
        return wanted == call.id
    digits = "".join(c for c in text if c.isdigit())
    for leg in call.legs:
        if wanted in leg.call_id.lower():
            return True
        for invite in leg.invites[:1]:
            message = invite.first.message
            users = [user_text(message.from_), user_text(message.to), message.uri]
            if any(wanted in (user or "").lower() for user in users):
                return True
            if len(digits) >= 5 and digits == text.lstrip("+") and any(digits in (u or "") for u in users):
                return True
            if any(wanted in (message.header(name) or "").lower() for name in SID_HEADERS):
                return True
    return False


def _expectations(job: Diagnosis, chosen: Sequence[Call]) -> tuple[set[int], str | None]:
    """Which calls ``--expect`` is about, and how the report says so."""
    if job.expect is None:
        return set(), None
    if job.call_filter is not None:
        return {id(call) for call in chosen}, f"the {len(chosen)} call(s) selected by --call"
    if len(chosen) == 1:
        return {id(chosen[0])}, "the only call of the capture"
    facing = [call for call in chosen if any(_platform_to_carrier(job.book, leg) for leg in call.legs)]
    if facing:
        return {id(call) for call in facing}, f"all {len(facing)} calls between a platform and a carrier"
    return {id(call) for call in chosen}, f"all {len(chosen)} calls"


def _platform_to_carrier(book: CallBook, leg: Leg) -> bool:
    ends = book.sides_of(leg)
    return ends.platform is not None and ends.carrier is not None


def _refused_bare(calls: Sequence[CallView], providers: Providers) -> Iterator[int]:
    """Legs refused without ringing and without a word about the cause."""
    for call in calls:
        for view in call.legs:
            if view.final is None or view.answered or view.ringing is not None:
                continue
            if classify(view, providers) is None and q850_of(view.final) is None:
                yield id(view)


def _judge(call: CallView, wide: Wide, evaluator: Evaluator, job: Diagnosis) -> CallResult:
    subjects = list(_subjects(call, wide, job.providers))
    findings = _merged(evaluator.evaluate(subjects))
    facts = {subject.id: subject.facts for subject in subjects if subject.kind == "leg"}
    root = choose_root_cause(findings)
    arranged = arrange(findings)
    primary = call.primary
    lead = call.lead
    ended_by = lead.ended_by if lead is not None else None
    identity = wide.identities[id(primary)] if primary is not None else None
    result = CallResult(
        id=call.call.id,
        call_id=call.call.legs[0].call_id,
        start_ns=call.call.start_ns,
        end_ns=call.call.end_ns,
        call=call.call,
        outcome=call.outcome.slug,
        from_=_party(primary, identity, calling=True),
        to=_party(primary, identity, calling=False),
        setup_s=lead.setup_s if lead else None,
        ring_s=lead.ring_s if lead else None,
        talk_s=lead.talk_s if lead else None,
        ended_by=(ended_by.id or ended_by.host.address) if ended_by else None,
        root_cause=next((one for one in arranged if one.role == "cause"), root),
        findings=tuple(arranged),
        passed=tuple(Passed(*check) for check in passed(call, wide)),
        cannot_tell=tuple(CannotTell(*gap) for gap in cannot_tell(call)),
        legs=tuple(_leg_result(leg, call, facts.get(leg.id, {})) for leg in call.call.legs),
        transfers=tuple(_transfer_results(call)),
        participants=tuple(_participants(call.call, job.book, job.names)),
    )
    if job.book.frugal:
        for leg in call.call.legs:
            leg.forget()
    return result


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """The same thing said of several tries is said once, with the evidence of all."""
    merged: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.sentence)
        first = merged.get(key)
        if first is None:
            merged[key] = finding
            continue
        evidence = sorted({*first.evidence, *finding.evidence}, key=lambda one: one.captured.time_ns)
        merged[key] = replace(
            first,
            evidence=tuple(evidence),
            decides=first.decides or finding.decides,
            confidence=max(first.confidence, finding.confidence),
            severity=max(first.severity, finding.severity),
        )
    return list(merged.values())


def _subjects(call: CallView, wide: Wide, providers: Providers) -> Iterator[Subject]:
    deciding = _deciding(call)
    yield Subject("call", call.call.id, call_facts(call), of_call(call), call=call.call.id)
    for view in call.legs:
        facts = leg_facts(view, call, wide, providers)
        upstream = next(
            (other.leg for other in call.legs if other.leg.id == facts.get("passthrough_leg")), None
        )
        yield Subject(
            kind="leg",
            id=view.leg.id,
            facts=facts,
            evidence=of_leg(view, call, upstream),
            advice=leg_advice(view, providers),
            decides=id(view) in deciding,
            call=call.call.id,
        )
    for transfer in call.transfers:
        yield Subject(
            kind="transfer",
            id=transfer.transfer.id,
            facts=transfer_facts(transfer, call, providers),
            evidence=of_transfer(transfer),
            advice=transfer_advice(transfer, providers),
            decides=id(transfer) in deciding,
            call=call.call.id,
        )


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


def _party(view: LegView | None, identity: Identity | None, *, calling: bool) -> Party:
    if view is None or identity is None or not view.leg.messages:
        return Party(None, None, None)
    number = identity.caller if calling else identity.callee
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


def _participants(call: Call, book: CallBook, names: Mapping[str, str]) -> Iterator[Participant]:
    """Every host of the call's messages, in order of first appearance."""
    known: dict[Host, Side] = {}
    roles: dict[Host, str] = {}
    for leg in call.legs:
        ends = book.sides_of(leg)
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


def _other_subjects(job: Diagnosis, wide: Wide, end_ns: int) -> Iterator[Subject]:
    """Registrations, other exchanges, and the capture itself."""
    for exchange in job.book.exchanges:
        evidence = of_exchange(exchange)
        if is_registration(exchange):
            recognition = job.providers.of_address(exchange.dst.address)
            provider = job.providers.get(recognition.provider) if recognition else None
            registrar = Side(exchange.dst, recognition, provider)
            facts = registration_facts(exchange, registrar, end_ns, job.providers)
            yield Subject("registration", exchange.id, facts, evidence)
        else:
            yield Subject("exchange", exchange.id, exchange_facts(exchange), evidence)
    facts = unreached(wide) | capture_facts(
        job.accounting, job.notes, job.messages, len(job.book.calls), job.expect
    )
    truncated = [captured for captured in job.messages if captured.truncated][:10]
    yield Subject("capture", "capture", facts, {"truncated": truncated})
