"""The facts of a transfer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sipdiag.calls.joining import number_key
from sipdiag.calls.model import Request
from sipdiag.calls.party import Side
from sipdiag.facts.callview import (
    AUTOMATON_RING_S,
    DECLINE_WORDS,
    SILENT_CANCEL_S,
    UPSTREAM_NS,
    CallView,
    is_round,
)
from sipdiag.facts.enums import Method, Target, TransferOutcome
from sipdiag.facts.identity import called_text, opener, user_text
from sipdiag.facts.leg import classify, expectations, shown
from sipdiag.facts.legview import LegView, seconds
from sipdiag.facts.refusal import (
    Facts,
    by_notify,
    by_response,
    cause_advice,
    cause_facts,
    known_only,
    q850_of,
    remark_of,
    spoken_name,
    wording_of,
)
from sipdiag.facts.transferview import CROSSING_NS, TransferView
from sipdiag.knowledge.numbers import Number, parse_number
from sipdiag.knowledge.provider import Refer, Step
from sipdiag.knowledge.providers import Providers
from sipdiag.sip.address import NameAddr

SEPARATORS = str.maketrans("", "", "-. ()")
"""Visual separators of RFC 3966 §3, and blanks."""
E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
DIALABLE = re.compile(r"\+?[\d*#]+\Z")
SHORTEST_NUMBER = 7
"""Fewer digits than this are an extension or a short code."""

BEST_FIRST = (
    TransferOutcome.completed,
    TransferOutcome.unknown,
    TransferOutcome.failed,
    TransferOutcome.rejected,
    TransferOutcome.not_attempted,
)


def transfer_facts(view: TransferView, call: CallView, providers: Providers) -> Facts:
    """Everything known of one transfer."""
    transferor, transferee = sides(view)
    refer = _refer_trait(transferee)
    return known_only(
        _asked(view)
        | _target(view, transferee)
        | _result(view)
        | _end(view)
        | _roles(transferor, transferee, refer)
        | _by_invite(view)
        | _cause(view, transferee, providers)
        | expectations(call)
        | {
            "best": _is_best(view, call),
            "refer_tried": any(other.transfer.refers for other in call.transfers),
            "caller_left": caller_left(view),
            "success_unproven": _unproven(view, transferor, refer),
            "success_unproven_why": refer.success_unproven,
        }
    )


def sides(view: TransferView) -> tuple[Side, Side]:
    """(transferor, transferee) as ends of the moved leg."""
    if view.base is None:
        raise ValueError("a transfer without a leg has no sides")
    ends = view.base.sides
    by_caller = view.transfer.by_caller
    return ends.of(by_caller), ends.of(not by_caller)


def _refer_trait(side: Side) -> Refer:
    if side.provider is None or side.recognition is None:
        return Refer()
    return side.provider.refer_of(side.recognition.product)


def _asked(view: TransferView) -> Facts:
    refers = view.transfer.refers
    method = view.transfer.method
    return {
        "method": Method[method] if method else None,
        "outcome": view.outcome,
        "refer_status": view.refer_status,
        "refer_tries": len(refers),
        "refer_challenged": view.refer_status in (401, 407),
        "refer_unanswered": view.unanswered,
        "refer_insisted": view.insisted,
        "accepted": view.accepted,
        "suppressed": view.suppressed,
        "attempts": len(view.new_legs),
    }


def _is_best(view: TransferView, call: CallView) -> bool:
    if call.passed_on(view):
        return False
    rank = BEST_FIRST.index(view.outcome)
    return all(BEST_FIRST.index(outcome) >= rank for outcome in call.transfer_outcomes)


def target_form(target: NameAddr | None) -> Target:
    """The form of a Refer-To's target: what a PSTN carrier can and cannot dial."""
    if target is None:
        return Target.invalid
    user = (target.uri.user or "").translate(SEPARATORS)
    if not user or not any(c.isdigit() for c in user):
        return Target.sip_name if target.uri.scheme in ("sip", "sips") and target.uri.host else Target.invalid
    if E164.match(user):
        return Target.e164
    if not DIALABLE.match(user):
        named = target.uri.scheme in ("sip", "sips") and user[0].isalpha()
        return Target.sip_name if named else Target.invalid
    digits = user.lstrip("+")
    if user.startswith("+"):
        return Target.invalid
    if len(digits) < SHORTEST_NUMBER:
        return Target.extension
    if digits.startswith("0") or len(digits) <= 10:
        return Target.national
    return Target.no_plus


def _target(view: TransferView, transferee: Side) -> Facts:
    first = view.transfer.refers[0].first if view.transfer.refers else None
    if first is not None and not first.message.is_request:
        # Only the answer to it was captured.
        return {"target_pstn": transferee.kind == "carrier"}
    address = first.message.refer_to if first is not None else None
    if first is not None and first.head_cut:
        # What was sent behind the cut, nobody knows.
        text, form, is_uri, is_tel = user_text(address), None, None, None
    elif first is not None:
        text = user_text(address)
        form = target_form(address)
        is_uri = address is not None and address.uri.scheme in ("sip", "sips", "tel")
        is_tel = address is not None and address.uri.scheme == "tel"
    else:
        invite = opener(view.new_legs[0].leg) if view.new_legs else None
        text = called_text(invite) if invite is not None else None
        form, is_uri, is_tel = None, True, False
    number = target_number(view, text)
    return {
        "target": view.transfer.target or None,
        "target_number": shown(number) or text,
        "target_country": number.country if number else None,
        "target_form": form,
        "target_is_uri": is_uri,
        "target_is_tel": is_tel,
        "target_pstn": transferee.kind == "carrier",
    }


def target_number(view: TransferView, text: str | None) -> Number | None:
    """The target as a number, national forms read in the country of the called number."""
    if not text:
        return None
    home = None
    invite = opener(view.base.leg) if view.base is not None else None
    if invite is not None and (called := called_text(invite)):
        own = parse_number(called, None)
        home = own.region if own is not None else None
    return parse_number(text, home)


def _result(view: TransferView) -> Facts:
    final = view.final_notify
    provisional = [n.status for n in view.transfer.notifies if n.status is not None]
    rejected = view.rejected_notify
    replaces = view.deciding_leg.status if view.deciding_leg and view.transfer.method == "replaces" else None
    began = view.refer.time_ns if view.refer is not None else None
    return {
        "result_known": final is not None,
        "result": view.result,
        "result_wording": wording_of(final.status, final.reason) if final else None,
        "result_declining": final is not None and any(word in final.reason.lower() for word in DECLINE_WORDS),
        "result_s": seconds(began, final.captured.time_ns) if final and began is not None else None,
        "target_rang": view.target_rang,
        "last_notified": provisional[-1] if provisional else None,
        "status_notified": any(notify.status is not None for notify in view.transfer.notifies),
        "notifies": len(view.transfer.notifies),
        "report_missed": view.report_missed,
        "notify_refused": rejected.request.status if rejected else None,
        "notify_wording": _refusal_of(rejected.request) if rejected else None,
        "notify_crossed_bye": view.notify_crossed_bye,
        "new_leg_seen": bool(view.new_legs),
        "new_leg_answered": view.new_leg_answered,
        "replaces_status": replaces if replaces is not None else _replaces_result(view),
    }


def _refusal_of(request: Request) -> str | None:
    final = request.final
    return wording_of(request.status, final.message.reason, remark_of(final.message)) if final else None


def _replaces_result(view: TransferView) -> int | None:
    return view.result if view.transfer.method == "replaces" else None


def _end(view: TransferView) -> Facts:
    failed_ns = _failed_ns(view)
    end = view.base.end_ns or view.base.capture_end_ns if view.base else None
    held = view.hold is not None and view.outcome in (TransferOutcome.failed, TransferOutcome.rejected)
    return {
        "bye_seen": view.bye is not None,
        "bye_by_transferor": view.bye_by_transferor,
        "bye_before_result": view.bye_before_result,
        "time_known": True,
        "bye_after_s": view.bye_after_s,
        "aborted_by_bye": view.aborted_by_bye,
        "waited_s": view.waited_s,
        "left_open_s": view.left_open_s,
        "left_open_ended": view.bye is not None,
        "held_at_end": held,
        "held_for_s": max(0.0, seconds(failed_ns, end)) if held and failed_ns and end else None,
    }


def _failed_ns(view: TransferView) -> int | None:
    if view.final_notify is not None:
        return view.final_notify.captured.time_ns
    if view.refer is not None and view.refer.final is not None:
        return view.refer.final.time_ns
    return None


def caller_left(view: TransferView) -> bool:
    """The party to be transferred hung up first: BYE from its side before any result, or with a 487.

    A BYE at once after the 202, without a single NOTIFY, is the carrier dropping the leg.
    """
    if (view.result == 487 and _given_up_early(view)) or _gone_already(view):
        return True
    if view.bye is None or view.bye_by_transferor:
        return False
    if view.transfer.method == "invite":
        return view.outcome != TransferOutcome.completed and _cancelled_with(view)
    if view.result == 487:
        return True
    if view.rejected_notify is not None and not view.notify_crossed_bye:
        # Whoever refuses the NOTIFYs ends the reports himself: nobody knows what came of the transfer.
        return False
    return view.bye_before_result and view.result is None and bool(view.transfer.notifies)


def _gone_already(view: TransferView) -> bool:
    """The REFER crossed the BYE of the party that was to be transferred, and found the dialog gone."""
    bye = view.base.bye if view.base is not None else None
    if bye is None or view.refer is None or view.refer_status != 481:
        return False
    return bye.from_caller != view.refer.from_caller and abs(bye.time_ns - view.refer.time_ns) <= CROSSING_NS


def _given_up_early(view: TransferView) -> bool:
    """The transferee cancelled the new leg while it rang, or soon, short of any timer."""
    last = view.deciding_leg
    if last is None or last.cancel is None or view.transfer.method == "invite":
        return False
    waited = last.trying_s or 0.0
    limit = AUTOMATON_RING_S if last.ringing is not None else SILENT_CANCEL_S
    return waited < limit and not is_round(waited)


def _cancelled_with(view: TransferView) -> bool:
    last = view.deciding_leg
    if last is None or last.cancel is None or view.bye is None:
        return False
    return -UPSTREAM_NS // 2 <= last.cancel.time_ns - view.bye.time_ns <= UPSTREAM_NS


def _end_name(side: Side) -> str | None:
    """Its name; a proxy transfers nobody, it only stands between the two."""
    return None if side.kind == "proxy" else spoken_name(side)


def _roles(transferor: Side, transferee: Side, refer: Refer) -> Facts:
    return {
        "transferor_id": transferor.id,
        "transferor_name": _end_name(transferor),
        "transferor_voice_ai": transferor.voice_ai,
        "transferee_id": transferee.id,
        "transferee_name": _end_name(transferee),
        "transferee_is_carrier": transferee.kind == "carrier",
        "transferor_is_platform": transferor.kind == "platform",
        "transferee_is_platform": transferee.kind == "platform",
        "aborts_on_bye": refer.aborts_on_bye,
        "refer_switch": refer.switch_exists,
    }


def _unproven(view: TransferView, transferor: Side, refer: Refer) -> bool:
    """A success nobody saw: the carrier reports it too early, or the platform on 202 alone."""
    if view.new_leg_answered or view.transfer.method == "invite":
        return False
    if view.outcome == TransferOutcome.completed:
        return refer.success_unproven is not None
    livekit = transferor.provider is not None and transferor.provider.family == "livekit"
    return livekit and view.accepted and view.result is None and view.bye is not None


def _by_invite(view: TransferView) -> Facts:
    target = view.deciding_leg
    if target is None:
        return {}
    invite, base = opener(target.leg), view.base
    moved = opener(base.leg) if base is not None else None
    caller = user_text(moved.from_) if moved is not None else None
    from_ = user_text(invite.from_) if invite is not None else None
    facts: Facts = {"target_talk_s": target.talk_s, "shown_number": from_, "caller_number": caller}
    if view.transfer.method != "invite" or base is None:
        return facts
    facts["shows_own_number"] = bool(
        from_ and caller and target.answered and number_key(from_) != number_key(caller)
    )
    bye = target.bye
    if bye is not None and bye.from_caller:
        stayed = seconds(bye.time_ns, base.end_ns if base.end_ns is not None else base.capture_end_ns)
        facts["dropped_by_platform"] = stayed >= 2.0
        facts["caller_stayed_s"] = max(0.0, stayed)
    return facts


def _cause(view: TransferView, transferee: Side, providers: Providers) -> Facts:
    """What the refusal means: of the REFER itself, else of the target's leg."""
    refer, final = view.refer, view.final_notify
    if refer is not None and refer.final is not None and (refer.status or 0) >= 300:
        message = refer.final.message
        known = by_response(refer.final, transferee, providers)
        return cause_facts(
            known,
            transferee,
            wording_of(message.status, message.reason, remark_of(message)),
            q850_of(refer.final),
        )
    if final is not None and (final.status or 0) >= 300:
        known = by_notify(final, transferee, providers)
        return cause_facts(known, transferee, wording_of(final.status, final.reason), None)
    target: LegView | None = view.deciding_leg
    if target is not None and target.final is not None and not target.answered:
        message = target.final.message
        wording = wording_of(message.status, message.reason, remark_of(message))
        return cause_facts(classify(target, providers), target.sides.callee, wording, q850_of(target.final))
    return {"cause_known": False}


def transfer_advice(view: TransferView, providers: Providers) -> dict[str, Sequence[Step]]:
    """What the tables of the parties advise on this transfer."""
    transferor, transferee = sides(view)
    facts = _cause(view, transferee, providers)
    return {
        "refer_enable": _refer_trait(transferee).enable,
        "refer_send": _refer_trait(transferor).send,
        **cause_advice(facts),
    }
