"""The facts of calls as such, of registrations, of other exchanges, and of the capture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sipdiag.calls.model import Exchange, Request
from sipdiag.calls.party import Side
from sipdiag.capture.payload import Accounting, Note, Unreachable
from sipdiag.facts.callview import CallView
from sipdiag.facts.leg import expectations
from sipdiag.facts.legview import TIMER_B_NS
from sipdiag.facts.refusal import Facts, by_response, cause_facts, known_only, q850_of, remark_of, wording_of
from sipdiag.facts.scanners import is_scanner
from sipdiag.facts.unreachable import unreachable_facts
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage


def call_facts(call: CallView) -> Facts:
    """Everything known of a call as a whole."""
    primary = call.primary
    facts: Facts = {"outcome": call.outcome, "legs": len(call.call.legs)}
    if primary is not None:
        facts |= {
            "answered": primary.answered,
            "start_seen": primary.start_seen,
            "ended": primary.ended or primary.cancel is not None,
            "status": primary.status,
        }
    return known_only(facts | expectations(call))


def is_registration(exchange: Exchange) -> bool:
    return exchange.method == "REGISTER"


def of_scanner(exchange: Exchange) -> bool:
    """Sent by software that is known to scan."""
    return is_scanner(exchange.messages[0].captured.message)


def _finals(requests: Iterable[Request]) -> list[CapturedMessage]:
    return [request.final for request in requests if request.final is not None]


def registration_facts(
    exchange: Exchange, registrar: Side, capture_end_ns: int, providers: Providers
) -> Facts:
    """Everything known of the REGISTERs under one Call-ID."""
    requests = [request for request in exchange.requests if request.method == "REGISTER"]
    finals = _finals(requests)
    last = requests[-1]
    final = finals[-1] if finals else None
    status = final.message.status if final else None
    message = last.first.message
    waited_out = capture_end_ns - last.time_ns >= TIMER_B_NS - 1_000_000_000
    facts: Facts = {
        "succeeded": any(200 <= (f.message.status or 0) < 300 for f in finals),
        "cleared": _expires_zero(last),
        "status": status,
        "reason": final.message.reason if final else None,
        "tries": len(requests),
        "authenticated": any(request.first.message.credentials for request in requests),
        "rejected_again": _rejected_again(requests),
        "challenge_unanswered": status in (401, 407) and not message.credentials,
        "unanswered": last.final is None and waited_out,
        "pending": last.final is None and not waited_out,
        "user": message.to.uri.bare if message.to else None,
        "registrar": registrar.provider.name if registrar.provider else exchange.dst.address,
        "noise": of_scanner(exchange),
    }
    if final is not None and (status or 0) >= 300:
        known = by_response(final, registrar, providers)
        facts |= cause_facts(
            known,
            registrar,
            wording_of(status, final.message.reason, remark_of(final.message)),
            q850_of(final),
        )
    else:
        facts["cause_known"] = False
    return known_only(facts)


def _expires_zero(request: Request) -> bool:
    message = request.first.message
    if (message.header("Expires") or "").strip() == "0":
        return True
    return message.contact is not None and message.contact.params.get("expires") == "0"


def _rejected_again(requests: Sequence[Request]) -> bool:
    """Challenged again for the same realm although credentials were sent, not for a stale nonce."""
    for request in requests:
        sent = {credentials.realm for credentials in request.first.message.credentials}
        if request.status not in (401, 407) or request.final is None or not sent:
            continue
        if any(c.realm in sent and not c.stale for c in request.final.message.challenges):
            return True
    return False


def exchange_facts(exchange: Exchange) -> Facts:
    """Everything known of OPTIONS, SUBSCRIBE and the like."""
    finals = _finals(exchange.requests)
    return known_only(
        {
            "method": exchange.method,
            "status": finals[-1].message.status if finals else None,
            "requests": len(exchange.requests),
            "scanner": of_scanner(exchange),
            "source": exchange.src.address,
        }
    )


def unreached(others: Sequence[Unreachable]) -> Facts:
    """The first of the network's reports on connections that carried no call."""
    return known_only(unreachable_facts(others[0] if others else None) | {"unreachable_others": len(others)})


def capture_facts(
    accounting: Accounting,
    notes: Sequence[Note],
    messages: Sequence[CapturedMessage],
    calls: int,
    expect: str | None,
) -> Facts:
    """Everything known of the capture itself."""
    cut = [captured for captured in messages if captured.truncated]
    damage = [note.text for note in notes if note.code in DAMAGE_CODES]
    undecoded = sorted(accounting.undecoded.items(), key=lambda item: -item[1])
    return known_only(
        {
            "frames": accounting.seen,
            "sip_messages": len(messages),
            "calls": calls,
            "encrypted": len(accounting.encrypted),
            "encrypted_peers": _peers(accounting),
            "undecoded": sum(accounting.undecoded.values()),
            "undecoded_reasons": ", ".join(f"{reason} ({count})" for reason, count in undecoded) or None,
            "traffic": _traffic(accounting),
            "truncated": len(cut),
            "headers_cut": any(captured.head_cut for captured in cut),
            "truncated_frames": ", ".join(str(c.position.number) for c in cut[:20]) or None,
            "damaged": bool(damage),
            "damage": " ".join(damage[:3]) or None,
            "expected_anything": expect is not None,
            "tracing": " ".join(accounting.untraced) or None,
        }
    )


DAMAGE_CODES = frozenset({"truncated-file", "damaged-record", "damaged-block"})


def _peers(accounting: Accounting) -> str | None:
    """Both ends of the first encrypted connections, and why they look like SIP."""
    shown = [
        f"{client.address}:{client.port} → {server.address}:{server.port}, {why}"
        for (client, server), why in list(accounting.encrypted.items())[:5]
    ]
    return "; ".join(shown) or None


def _traffic(accounting: Accounting) -> str:
    if accounting.seen == 0:
        return "the capture is empty"
    parts = [
        (accounting.rtp, "RTP or RTCP"),
        (accounting.other, "other UDP or TCP traffic"),
        (sum(accounting.undecoded.values()), "frames that could not be decoded"),
    ]
    return ", ".join(f"{count} × {what}" for count, what in parts if count)
