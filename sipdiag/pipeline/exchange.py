"""The verdict on requests outside calls: registrations, OPTIONS, subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sipdiag.calls.model import Call, Exchange, Leg, Request
from sipdiag.calls.party import by_address
from sipdiag.calls.sides import Side, Sides
from sipdiag.facts.exchanges import ExchangeFacts, left_unanswered
from sipdiag.facts.known import Cited, Known
from sipdiag.facts.registration import RegistrationFacts, is_registration
from sipdiag.pipeline.acts import between
from sipdiag.pipeline.call import Bench
from sipdiag.pipeline.participants import participants
from sipdiag.pipeline.plan import Series
from sipdiag.pipeline.results import CallDetail, ExchangeResult, LegResult, Party
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject

_ENDS = "Sender", "Peer"
_ROLES = {"REGISTER": ("Device", "Registrar"), "SUBSCRIBE": ("Subscriber", "Notifier")}
"""Names for both ends where nothing identifies them."""


def judged(
    exchange: Exchange, bench: Bench, end_ns: int, plan: Series, *, healthy: bool, detailed: bool
) -> ExchangeResult | None:
    """A series with its findings; None if it has none and healthy series are not asked for.

    ``plan``: what others made of it.  ``detailed``: with its messages.
    """
    subject = _subject(exchange, bench, end_ns, plan)
    findings = tuple(bench.evaluator.evaluate([subject]))
    if not findings and not healthy:
        return None
    return _result(exchange, bench, findings, end_ns, detailed=detailed)


def _subject(exchange: Exchange, bench: Bench, end_ns: int, plan: Series) -> Subject:
    view: ExchangeFacts | RegistrationFacts
    if is_registration(exchange):
        kind, view = "registration", RegistrationFacts(exchange, end_ns, bench.providers, moved=plan.moved)
    else:
        kind, view = "exchange", ExchangeFacts(exchange, end_ns, bench.providers, of_call=plan.of_call)
    acts = between(_sides(exchange, bench), exchange.messages, bench.aliases)
    return Subject(kind, exchange.id, Known(view), dict(Cited(view)), acts=acts)


def _sides(exchange: Exchange, bench: Bench) -> Sides:
    return Sides(Side(exchange.src, None, None), by_address(exchange.dst, bench.providers))


def _result(
    exchange: Exchange, bench: Bench, findings: tuple[Finding, ...], end_ns: int, *, detailed: bool
) -> ExchangeResult:
    own = [request for request in exchange.requests if request.method == exchange.method]
    statuses = [request.status for request in own if request.status is not None]
    result = ExchangeResult(
        id=exchange.id,
        method=exchange.method,
        about=_about(exchange),
        src=exchange.src,
        dst=exchange.dst,
        state=_state(own, end_ns),
        status=statuses[-1] if statuses else None,
        requests=len(own),
        start_ns=exchange.messages[0].captured.clock_ns,
        end_ns=exchange.messages[-1].captured.clock_ns,
        time_known=all(entry.captured.timed for entry in exchange.messages),
        findings=findings,
        detail=None,
    )
    return replace(result, detail=_detail(exchange, bench, result)) if detailed else result


def _state(own: Sequence[Request], end_ns: int) -> str:
    """When the last request of the series' own method ended; if it is still waiting, when the one before did."""
    last = own[-1].status if own else None
    if last is not None:
        return "answered" if last < 300 else "refused"
    return "unanswered" if any(left_unanswered(request, end_ns) for request in own[-2:]) else "pending"


def _detail(exchange: Exchange, bench: Bench, result: ExchangeResult) -> CallDetail:
    """The series as one leg of a call, so that what draws and lists calls draws and lists it."""
    leg = Leg(
        exchange.call_id,
        exchange.messages[0].captured.message.from_tag,
        messages=exchange.messages,
        requests=exchange.requests,
        caller=exchange.src,
        callee=exchange.dst,
        sides=_sides(exchange, bench),
        id=exchange.id,
        role="outbound",
    )
    call = Call(exchange.id, [leg])
    return CallDetail(
        id=exchange.id,
        call_id=exchange.call_id,
        start_ns=result.start_ns,
        end_ns=result.end_ns,
        outcome=result.state,
        from_=Party(None, None, None),
        to=Party(result.about or None, None, None),
        setup_s=None,
        ring_s=None,
        talk_s=None,
        ended_by=None,
        root_cause=None,
        findings=result.findings,
        time_known=result.time_known,
        call=call,
        passed=(),
        cannot_tell=(),
        legs=(LegResult(leg, result.state, result.status, None, None),),
        transfers=(),
        participants=tuple(
            replace(one, name=_ROLES.get(exchange.method, _ENDS)[one.name == "Callee"])
            if one.name in ("Caller", "Callee")
            else one
            for one in participants(call, bench.names, bench.aliases)
        ),
    )


def _about(exchange: Exchange) -> str:
    message = exchange.messages[0].captured.message
    to = message.to
    about = to.uri.bare if to is not None else ""
    return f"{about} ({message.event})" if message.event else about
