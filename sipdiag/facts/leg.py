"""The facts of a leg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sipdiag.calls.model import Request
from sipdiag.facts.callview import CallView, declining, is_round
from sipdiag.facts.enums import Role, State
from sipdiag.facts.identity import opener
from sipdiag.facts.legview import NORMAL_CAUSES, LegView, seconds
from sipdiag.facts.offers import answer_secure, common_codec, offer_facts
from sipdiag.facts.once import once
from sipdiag.facts.refusal import (
    Facts,
    by_response,
    cause_facts,
    known_only,
    q850_of,
    remark_of,
    said_in,
    side_label,
    spoken_name,
    worded,
    wording_of,
)
from sipdiag.facts.signalling import signalling_facts
from sipdiag.facts.unreachable import unreachable_facts
from sipdiag.facts.wide import Wide, region_of
from sipdiag.knowledge.codes import is_default_phrase
from sipdiag.knowledge.countries import COUNTRIES
from sipdiag.knowledge.numbers import Number
from sipdiag.knowledge.provider import Classified, Step
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message

_STATES = {
    "answered": State.answered,
    "refused": State.refused,
    "cancelled": State.cancelled,
    "redirected": State.redirected,
    "no-response": State.no_response,
    "open": State.open,
}
_ROLES = {role.name: role for role in Role}
WITHOUT_MEDIA_S = 10.0
"""Nobody stays longer on a call on which nothing is heard."""


def leg_facts(view: LegView, call: CallView, wide: Wide, providers: Providers) -> Facts:
    """Everything known of one leg."""
    known = classify(view, providers)
    facts = _course(view, call)
    for part in (
        _end(view),
        _parties(view),
        _numbers(view, wide),
        _transfer(view, call, wide),
        _refusal(view, known),
        signalling_facts(view),
        unreachable_facts(wide.reports.of(view.leg)),
        expectations(call),
        offer_facts(view),
        _media(view, wide),
        _headers(view),
    ):
        facts.update(part)
    return known_only(facts)


def _media(view: LegView, wide: Wide) -> Facts:
    silent = wide.media.fell_silent(view)
    return {
        "media_one_way": wide.media.one_way(view),
        "media_stopped": silent is not None,
        "media_stopped_by": side_label(view.sides, silent) if silent is not None else None,
    }


def leg_advice(view: LegView, providers: Providers) -> dict[str, Sequence[Step]]:
    """What the tables of the parties advise on this leg."""
    advice: dict[str, Sequence[Step]] = {}
    for side in (view.sides.callee, view.sides.caller):
        if side.provider is None or side.recognition is None:
            continue
        rule = side.provider.foreign_caller_id_of(side.recognition.product)
        if side is view.sides.callee and rule is not None:
            advice["foreign_caller_id"] = (Step(rule.text, None, rule.source or None),)
        if side.kind == "platform":
            advice["refer_send"] = side.provider.refer_of(side.recognition.product).send
    known = classify(view, providers)
    if known is not None and known.fix:
        advice["cause"] = (Step(known.fix, None, known.url),)
    return advice


def classify(view: LegView, providers: Providers) -> Classified | None:
    """The cause of the leg's refusal, if its final response tells one."""
    if view.final is None or view.answered or view.status == 487:
        return None
    if view.status in (401, 407) and not view.authenticated:
        # A mere challenge names no cause, whatever words it uses.
        return None
    return by_response(view.final, view.sides.callee, providers)


def expectations(call: CallView) -> Facts:
    """What the user said should have happened."""
    return {
        "expects_transfer": call.expects_transfer,
        "expects_refer": call.expected == "refer",
        "expects_answer": call.expected == "answer",
    }


def _course(view: LegView, call: CallView) -> Facts:
    leg, invite = view.leg, view.invite
    last = invite.own if invite else None
    final = view.final.message if view.final is not None else None
    redirect, secure = view.redirect, answer_secure(view)
    return {
        "role": _ROLES[leg.role],
        "state": _STATES[view.state],
        "judged": call.judged(view),
        "scanner": call.scanner,
        "healed": call.healed(view),
        "background": call.background(view),
        "first_leg": view is call.primary,
        "start_seen": leg.start_seen,
        "ended": view.ended or view.cancel is not None,
        "both_directions": view.both_directions,
        "truncated": view.truncated,
        "quiet_s": max(0.0, seconds(leg.last_ns, view.capture_end_ns)),
        "answered": view.answered,
        "tried": view.tried,
        "progress": bool(view.provisionals),
        "rang": view.ringing is not None,
        "alerted": view.alerted is not None,
        "reached": view.reached,
        "early_media": view.early_media,
        "status": view.status,
        "reason": final.reason if final is not None else None,
        "tries": len(leg.invites),
        "time_known": True,
        "setup_s": view.setup_s,
        "ring_s": view.ring_s,
        "talk_s": view.talk_s,
        "verdict_s": view.verdict_s,
        "trying_s": view.trying_s,
        "challenged": bool(view.challenges),
        "authenticated": view.authenticated or (False if _head_seen(view) else None),
        "rejected_again": view.rejected_again,
        "cancelled": view.cancel is not None,
        "answered_elsewhere": view.completed_elsewhere,
        "gave_up": call.gave_up(view),
        "round_timer": is_round(view.ring_s) or is_round(view.trying_s),
        "declining": declining(view),
        "waited_out": view.waited_out,
        "onward_refused": call.onward_refused(view),
        "ack_seen": view.ack_seen,
        "answer_repeats": len(view.answer_repeats),
        "answer_repeats_after_ack": len(view.repeats_after_ack),
        "ack_stopped": view.ack_stopped_at is not None,
        "ack_stopped_at": _stopped_at(view),
        "unconfirmed_repeats": len(view.unconfirmed),
        "prack_refused": view.strayed_prack is not None,
        "prack_wording": worded(view.strayed_prack.final) if view.strayed_prack is not None else None,
        "messages": len(leg.messages),
        "challenge_open": view.challenge_open,
        "retry_after": final is not None and final.header("Retry-After") is not None,
        "redirected": redirect is not None,
        "redirected_by": _answerer(view, view.redirected_invite) if redirect is not None else None,
        "redirect_wait_s": seconds(redirect.time_ns, view.capture_end_ns) if redirect else None,
        "redirect_unfollowed": redirect is not None and not call.redirect_followed(view),
        "invite_repeats": max(0, len(last.requests) - 1) if last else None,
        "invite_bytes": len(last.requests[0].message.raw) if last and last.requests else None,
        "transport": leg.messages[0].captured.transport,
        "holds": _on_hold(view),
        "common_codec": common_codec(view),
        "srtp_mismatch": secure is not None and (view.talk_s or 0.0) < WITHOUT_MEDIA_S,
        "answer_secure": secure,
    }


def _answerer(view: LegView, invite: Request | None) -> str:
    """A name for whoever answered the INVITE: a proxy only passes on what it was told."""
    side = view.sides.callee
    hop = view.answering_hop(invite) if side.kind == "proxy" else None
    if hop is not None and hop.final is not None:
        source = hop.final.src.address
        if source not in (side.host.address, view.sides.caller.host.address):
            return f"the called side ({source})"
    return side_label(view.sides, False)


def _stopped_at(view: LegView) -> str | None:
    proxy, side = view.ack_stopped_at, view.sides.callee
    if proxy is None:
        return None
    known = spoken_name(side) if side.host.address == proxy.address else None
    return f"{known or 'the proxy'} ({proxy.address})"


def _head_seen(view: LegView) -> bool:
    """All headers of the deciding INVITE were captured."""
    first = view.invite.first if view.invite is not None else None
    return first is not None and first.message.is_request and not first.head_cut


def _end(view: LegView) -> Facts:
    bye, ended_by = view.bye, view.ended_by
    facts: Facts = {
        "ended_by": ended_by.id if ended_by else None,
        "ended_by_name": _ender(view),
        "ended_by_platform": ended_by.kind == "platform" if ended_by else None,
        "ended_by_caller": ended_by is view.sides.caller if ended_by else None,
        "cancel_unanswered": view.cancel_unanswered,
    }
    if bye is None:
        return facts
    reasons = bye.first.message.reasons if bye.first.message.is_request else []
    abnormal = [
        reason
        for reason in reasons
        if (reason.protocol == "Q.850" and (reason.cause or 0) not in NORMAL_CAUSES)
        or (reason.protocol == "SIP" and (reason.cause or 0) >= 400)
    ]
    shown = abnormal or reasons
    refusal = view.bye_refusal
    return facts | {
        "bye_abnormal": bool(abnormal),
        "bye_reason": f"{shown[0].protocol} {shown[0].cause} {shown[0].text}".strip() if shown else None,
        "bye_q850": next((r.cause for r in shown[:1] if r.protocol == "Q.850"), None),
        "bye_cseq": bye.cseq,
        "bye_refused": refusal is not None,
        "bye_wording": worded(refusal),
        "bye_timed_out": refusal is not None and refusal.message.status == 408,
        "bye_unanswered": view.bye_unanswered,
    }


def _parties(view: LegView) -> Facts:
    caller, callee = view.sides.caller, view.sides.callee
    platform, carrier = view.sides.platform, view.sides.carrier
    facts: Facts = {
        # Empty, not absent: "any other than Twilio" is to hold for one that nothing names.
        "caller_id": caller.id or "",
        "callee_id": callee.id or "",
        "caller_name": side_label(view.sides, True),
        "callee_name": _answerer(view, view.invite),
        "callee_is_carrier": callee.kind == "carrier",
        "callee_is_platform": callee.kind == "platform",
        "callee_is_device": callee.kind not in ("carrier", "platform"),
        "voice_ai": caller.voice_ai or callee.voice_ai,
        "faces_carrier": carrier is not None,
        "platform_known": platform is not None,
        "carrier": carrier.id if carrier else None,
        "carrier_name": spoken_name(carrier) if carrier else None,
    }
    if platform is not None and platform.provider is not None and platform.recognition is not None:
        facts |= {
            "platform": platform.id,
            "platform_name": spoken_name(platform),
            "platform_family": platform.provider.family,
            "platform_proven": platform.recognition.proven,
        }
    return facts


def _ender(view: LegView) -> str | None:
    """A name for who ended the leg: not that of the proxy by which the BYE came."""
    ended_by, bye = view.ended_by, view.bye
    if ended_by is None:
        return None
    caller = ended_by is view.sides.caller
    if bye is not None and ended_by.kind == "proxy" and bye.first.src.address != ended_by.host.address:
        return f"the {'calling' if caller else 'called'} side ({bye.first.src.address})"
    return side_label(view.sides, caller)


def _numbers(view: LegView, wide: Wide) -> Facts:
    identity = view.identity
    invite = opener(view.leg)
    callee, region = identity.callee, region_of(identity.callee)
    facts: Facts = {
        "from_number": shown(identity.caller),
        "to_number": shown(callee),
        "home_country": COUNTRIES.get(identity.home or ""),
        "to_country_known": region is not None,
        "from_anonymous": identity.anonymous,
        "passthrough": False,
        "carrier_wants_e164": bool(view.sides.callee.provider and view.sides.callee.provider.wants_e164),
    }
    if invite is not None:
        facts["diverted"] = bool(invite.diversion or invite.history_info or invite.referred_by)
        facts["diversion_present"] = bool(invite.diversion)
    if region is not None and callee is not None:
        facts |= {
            "to_country": callee.country,
            "international": identity.home is not None and region != identity.home,
            "exit_code": callee.form == "exit_code",
            "country_reached": wide.reached(view, region),
            "country_tries": wide.refused_tries(view, region),
            "trunk_works": wide.works_elsewhere(view, region),
        }
    return facts | _judged(view, wide)


def _judged(view: LegView, wide: Wide) -> Facts:
    """The identity the called end checks: a caller's on the line is the one to name."""
    judged = view.identity.judged
    if not judged:
        return {}
    header, number = judged[0]
    facts: Facts = {"passthrough": False}
    for candidate_header, candidate in judged:
        other = wide.caller_on_line(view, candidate)
        if other is not None and not view.sides.callee.voice_ai:
            header, number = candidate_header, candidate
            facts = {"passthrough": True, "passthrough_leg": other.leg}
            break
    return facts | {
        "judged_header": header,
        "judged_number": shown(number),
        "from_e164": number.form == "e164",
    }


def shown(number: Number | None) -> str | None:
    return (number.e164 or number.raw) if number is not None else None


def _transfer(view: LegView, call: CallView, wide: Wide) -> Facts:
    return {
        "transfer_judged": view is call.transfer_leg,
        "transfer_tried": call.transferred,
        "notify_without_refer": orphan_notify(view) is not None,
        "stream_gap": wide.stream_gap(view),
        "cseq_gap": view.cseq_gap,
        "cseq_proof": view.cseq_proof,
        "sibling_transferred": wide.sibling_transferred(view),
        "placed_meanwhile": wide.placed_meanwhile(view),
        "moved_by_invite": any(t.transfer.method == "invite" for t in call.transfers),
    }


def orphan_notify(view: LegView) -> CapturedMessage | None:
    """A NOTIFY of a REFER's subscription on a leg without REFER."""
    if view.requests("REFER"):
        return None
    for request in view.requests("NOTIFY"):
        if request.first.message.event == "refer":
            return request.first
    return None


def _refusal(view: LegView, known: Classified | None) -> Facts:
    if view.final is None or view.answered:
        return {"cause_known": False}
    message = view.final.message
    wording = wording_of(view.status, message.reason, remark_of(message))
    own_words = known is None and not all(map(is_default_phrase, said_in(message)))
    return cause_facts(known, view.sides.callee, wording, q850_of(view.final)) | {"refusal_worded": own_words}


def _headers(view: LegView) -> Facts:
    invite = opener(view.leg)
    facts: Facts = {}
    if invite is not None:
        facts["invite_headers"] = FirstValues(invite)
    if view.final is not None:
        facts["final_headers"] = FirstValues(view.final.message)
    return facts


class FirstValues(Mapping[str, str]):
    """First value of each header of a message by lower-case name; read when the first is asked for."""

    def __init__(self, message: Message) -> None:
        self._message = message

    @once
    def _values(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self._message.fields:
            found.setdefault(name.lower(), value)
        return found

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


def _on_hold(view: LegView) -> bool:
    held = False
    for request in view.requests("INVITE"):
        sdp = request.first.message.sdp
        if sdp is not None and request.status is not None and request.status < 300:
            held = any(media.port and media.direction in ("sendonly", "inactive") for media in sdp.media)
    return held
