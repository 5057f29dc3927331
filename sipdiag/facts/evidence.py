"""The messages that rules cite, by the names of the evidence table."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.calls.model import Exchange, Leg, Request
from sipdiag.facts.addresses import private_address
from sipdiag.facts.callview import CallView
from sipdiag.facts.leg import orphan_notify
from sipdiag.facts.legview import LegView
from sipdiag.facts.signalling import (
    failed_refresh,
    lost_dialog,
    malformed,
    misanswered_hold,
    refused_method,
    refused_offer,
    repeated,
)
from sipdiag.facts.transferview import TransferView
from sipdiag.messages.captured import CapturedMessage

Named = dict[str, Sequence[CapturedMessage]]

SHOWN_REPEATS = 6
"""More retransmissions than this prove nothing more."""


def _one(captured: CapturedMessage | None) -> list[CapturedMessage]:
    return [captured] if captured is not None else []


def _with_answer(request: Request | None) -> list[CapturedMessage]:
    return [request.first, *_one(request.final)] if request is not None else []


def _first(request: Request | None) -> list[CapturedMessage]:
    return [request.first] if request is not None else []


def of_leg(view: LegView, call: CallView, upstream: Leg | None) -> Named:
    """Evidence on a leg; ``upstream`` is the leg whose caller's number it shows, or that it hangs on."""
    leg, invite = view.leg, view.invite
    acks = [*(invite.acks or invite.own.acks)] if invite else []
    dialog = view.later
    base = call.base(view)
    above = upstream or (base.leg if base is not None else None)
    return {
        "invite": _first(leg.invites[0] if leg.invites else None),
        "last_invite": _first(invite),
        "challenge": view.challenges[-1:],
        "ringing": _one(view.ringing),
        "answer": _one(leg.answer),
        "answer_repeats": view.answer_repeats[:SHOWN_REPEATS],
        "unconfirmed": view.unconfirmed[:SHOWN_REPEATS],
        "strayed_prack": _with_answer(view.strayed_prack),
        "redirect": _one(view.redirect),
        "final": _one(view.final),
        "ack": acks[:1],
        "cancel": _first(view.cancel),
        "bye": _first(view.bye),
        "last_request": _first(dialog[-1] if dialog else None),
        "upstream_invite": _first(above.invites[0] if above is not None and above.invites else None),
        "orphan_notify": _one(orphan_notify(view)),
    } | _of_signalling(view)


def _of_signalling(view: LegView) -> Named:
    """Evidence on what went on beside the initial INVITE."""
    most, broken, private = repeated(view), malformed(view), private_address(view)
    return {
        "refresh": _with_answer(failed_refresh(view)),
        "refused_offer": _with_answer(refused_offer(view)),
        "last_offer": _with_answer(view.refreshes[-1] if view.refreshes else None),
        "misanswered_hold": _with_answer(misanswered_hold(view)),
        "lost": _with_answer(lost_dialog(view)),
        "refused_method": _with_answer(refused_method(view)),
        "repeats": most[1][:SHOWN_REPEATS] if most is not None else [],
        "malformed": [broken[0]] if broken is not None else [],
        "private": [private.captured] if private is not None else [],
    }


def of_transfer(view: TransferView) -> Named:
    """Evidence on a transfer."""
    refer, notifies, target = view.refer, view.transfer.notifies, view.deciding_leg
    return {
        "refer": _first(refer),
        "refer_answer": _one(refer.final if refer else None),
        "notify_first": [notifies[0].captured] if notifies else [],
        "notify_final": _one(view.final_notify.captured if view.final_notify else None),
        "notify_refused": _refused_notify(view),
        "bye": _first(view.bye),
        "hold": _one(view.hold),
        "new_invite": _first(target.leg.invites[0] if target and target.leg.invites else None),
        "new_final": _one(target.final if target else None),
        "new_bye": _first(target.bye if target else None),
        "base_answer": _one(view.base.answer if view.base else None),
    }


def _refused_notify(view: TransferView) -> list[CapturedMessage]:
    notify = view.rejected_notify
    if notify is None:
        return []
    return [notify.captured, *_one(notify.request.final)]


def of_call(call: CallView) -> Named:
    """Evidence on a call: that of its first leg."""
    primary = call.primary
    if primary is None:
        return {}
    leg = primary.leg
    return {
        "invite": _first(leg.invites[0] if leg.invites else None),
        "final": _one(primary.final),
        "bye": _first(primary.bye),
    }


def of_exchange(exchange: Exchange) -> Named:
    """Evidence on a registration or another exchange: its last request and answer."""
    last = exchange.requests[-1] if exchange.requests else None
    return {"request": _first(last), "final": _one(last.final if last else None)}
