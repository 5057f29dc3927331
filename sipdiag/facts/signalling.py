"""The facts of signalling inside a leg: refreshes, lost dialogs, refused methods, retransmissions.

All of it concerns what happens beside or after the initial INVITE; what became of that INVITE itself is in
``leg``.
"""

from __future__ import annotations

from sipdiag.calls.model import Request, Transaction
from sipdiag.facts.addresses import PrivateAddress, private_address
from sipdiag.facts.legview import LegView, seconds, unheard
from sipdiag.facts.refusal import Facts, side_label, worded
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.defects import find_defects
from sipdiag.sip.message import Message

REFRESH_NS = 40_000_000_000
"""A BYE within this time after a refresh has failed is its consequence."""
PATIENCE_NS = 4_000_000_000
"""A refresh this long without an answer has been repeated several times."""
SURVIVED_NS = 5_000_000_000
"""A call that goes on for this long after a refused offer has survived it (RFC 3261 §14.1)."""
CROSSING_NS = 1_000_000_000
"""A BYE this close to a request may have crossed it."""
OFFER_REFUSED = frozenset({415, 488, 606})
"""The offer of a re-INVITE was not liked; the session goes on as it was (RFC 3261 §14.1)."""
NOT_THERE = 481
GLARE = 491
CHALLENGES = frozenset({401, 407})
UNREPEATED_NS = 2_000_000_000
"""Who has credentials sends a challenged request again at once."""
METHOD_REFUSED = frozenset({405, 501})
LOSING = ("INVITE", "UPDATE", "INFO", "BYE", "MESSAGE", "OPTIONS", "PRACK")
"""Methods whose 481 says that the dialog is lost; NOTIFY, REFER and CANCEL have meanings of their own."""
DTMF_TYPES = ("application/dtmf-relay", "application/dtmf")
EXPIRY_EARLY_S = 5.0
EXPIRY_LATE_S = 5.0
IGNORED = 4
"""So often an INVITE is sent that nobody reacts to for several seconds."""
BAD_REQUEST = frozenset({400, 414, 416, 420, 421, 513})


def signalling_facts(view: LegView) -> Facts:
    """Everything known of the leg's signalling beside its initial INVITE."""
    facts = _refresh(view)
    for part in (_hold, _lost, _refused_method, _session_timer, _repeats, _malformed, _private):
        facts.update(part(view))
    return facts


def failed_refresh(view: LegView) -> Request | None:
    """The last re-INVITE or UPDATE that failed for good and was followed by the end of the call."""
    bye = view.bye
    if bye is None or not view.refreshes or not view.both_directions:
        return None
    requests = [request for request in view.refreshes if request.time_ns < bye.time_ns]
    for request in reversed(requests):
        if _succeeded(request):
            # It heals whatever failed before, of either side.
            return None
        if _refresh_failed(request, bye):
            return request
    return None


def _succeeded(request: Request) -> bool:
    return request.status is not None and 200 <= request.status < 300 and not unacknowledged(request)


def unacknowledged(request: Request) -> bool:
    """The 2xx to a re-INVITE was repeated, and no ACK came (RFC 3261 §13.3.1.4)."""
    return request.method == "INVITE" and not request.acks and len(request.own.repeats) >= 2


def _refresh_failed(request: Request, bye: Request) -> bool:
    status, final = request.status, request.final
    if final is None or final.time_ns > bye.time_ns:
        # What is refused after the BYE is refused because of it (RFC 3261 §15.1.2).
        return (
            final is not None or unheard(request)
        ) and PATIENCE_NS <= bye.time_ns - request.time_ns <= REFRESH_NS
    waited = bye.time_ns - final.time_ns
    if status in CHALLENGES:
        return UNREPEATED_NS <= waited <= REFRESH_NS
    if status is None or status in (422, GLARE, NOT_THERE) or (status < 300 and not unacknowledged(request)):
        return False
    return waited <= (SURVIVED_NS if status in OFFER_REFUSED else REFRESH_NS)


def refreshes(view: LegView) -> int:
    """re-INVITEs and UPDATEs during the call that succeeded."""
    return sum(map(_succeeded, view.refreshes))


def _refresh(view: LegView) -> Facts:
    failed = failed_refresh(view)
    survived = refused_offer(view)
    facts: Facts = {"refresh_failed": failed is not None, "offer_refused_later": survived is not None}
    if survived is not None:
        facts["offer_refused_wording"] = worded(survived.final)
    if failed is None or view.bye is None:
        return facts
    return facts | {
        "refresh_method": "re-INVITE" if failed.method == "INVITE" else failed.method,
        "refresh_answered": failed.final is not None,
        "refresh_unacknowledged": unacknowledged(failed),
        "refresh_status": failed.status,
        "refresh_wording": worded(failed.final),
        "refresh_misnumbered": _misnumbered(view, failed),
        "refresh_cseq": failed.cseq,
        "refresh_by": side_label(view.sides, failed.from_caller),
        "refresh_peer": side_label(view.sides, not failed.from_caller),
        "refresh_to_bye_s": max(0.0, seconds(failed.time_ns, view.bye.time_ns)),
    }


def _misnumbered(view: LegView, request: Request) -> bool:
    """Its CSeq is not higher than that of an earlier request of the same side (RFC 3261 §12.2.1.1)."""
    return any(
        other is not request
        and other.first.message.from_tag == request.first.message.from_tag
        and other.cseq >= request.cseq
        and other.time_ns < request.time_ns
        for other in view.leg.requests
        if other.method != "CANCEL"
    )


def refused_offer(view: LegView) -> Request | None:
    """A re-INVITE whose offer was refused although the call went on (T.38, video)."""
    refused = [request for request in view.refreshes if request.status in OFFER_REFUSED]
    failed = failed_refresh(view) if refused else None
    return next((request for request in refused if request is not failed), None)


def misanswered_hold(view: LegView) -> Request | None:
    """The hold whose answer wants to send all the same (RFC 3264 §6.1); who asked for it hung up at once."""
    bye = view.bye
    if bye is None:
        return None
    for request in view.refreshes:
        final = request.final
        if request.from_caller != bye.from_caller or final is None or (request.status or 0) >= 300:
            continue
        offered, answered = direction(request.first.message), direction(final.message)
        if 0 <= bye.time_ns - final.time_ns <= CROSSING_NS and answered in _MISANSWERED.get(offered, ()):
            return request
    return None


_MISANSWERED = {"sendonly": ("sendrecv", "sendonly"), "inactive": ("sendrecv", "sendonly", "recvonly")}


def direction(message: Message) -> str:
    """Direction of the first audio stream that is described; empty without one."""
    media = message.sdp.media if message.sdp is not None else ()
    return next((one.direction for one in media if one.kind == "audio" and one.port), "")


def _hold(view: LegView) -> Facts:
    hold = misanswered_hold(view)
    if hold is None or hold.final is None or view.bye is None:
        return {"hold_misanswered": False}
    return {
        "hold_misanswered": True,
        "hold_offered": direction(hold.first.message),
        "hold_answered": direction(hold.final.message),
        "hold_by": side_label(view.sides, hold.from_caller),
        "hold_peer": side_label(view.sides, not hold.from_caller),
        "hold_to_bye_s": max(0.0, seconds(hold.final.time_ns, view.bye.time_ns)),
    }


def lost_dialog(view: LegView) -> Request | None:
    """A request answered with 481 although the dialog had not ended in the capture."""
    taken = _last_taken(view)
    for request in view.later:
        if request.status != NOT_THERE or request.method not in LOSING:
            continue
        if request.first.message.is_request and request.first.message.replaces is not None:
            continue
        if not _ended_before(view, request) and request.time_ns > taken.get(request.from_caller, 0):
            return request
    return None


def _last_taken(view: LegView) -> dict[bool, int]:
    """By side, when its last request was sent that was taken; not a BYE, which an SBC answers for others."""
    return {
        request.from_caller: request.time_ns
        for request in view.later
        if request.method != "BYE" and request.status is not None and request.status < 300
    }


def _ended_before(view: LegView, request: Request) -> bool:
    """The INVITE had failed, another BYE came first, or crossed this one; or a REFER moved the dialog away."""
    crossing_ns = request.time_ns + CROSSING_NS
    if any(bye is not request and bye.time_ns <= crossing_ns for bye in view.byes):
        return True
    if not view.answered and view.final is not None and view.status != NOT_THERE:
        # A failed INVITE ends its early dialogs (RFC 3261 §12.3).
        failed_ns = view.final.time_ns
        return failed_ns <= (crossing_ns if request.method == "BYE" else request.time_ns)
    return request.method == "BYE" and any(
        refer.status is not None and refer.status < 300 for refer in view.requests("REFER")
    )


def _lost(view: LegView) -> Facts:
    lost = lost_dialog(view)
    if lost is None:
        return {"dialog_lost": False}
    return {
        "dialog_lost": True,
        "lost_method": lost.method,
        "lost_by_bye": lost.method == "BYE",
        "lost_asker": side_label(view.sides, lost.from_caller),
        "lost_at": side_label(view.sides, not lost.from_caller),
    }


def refused_method(view: LegView) -> Request | None:
    """An INVITE, PRACK, refreshing UPDATE or INFO with digits that got 405 or 501."""
    for request in view.leg.requests:
        if request.status not in METHOD_REFUSED:
            continue
        if request.method in ("INVITE", "PRACK") or _matters(view, request):
            return request
    return None


def _matters(view: LegView, request: Request) -> bool:
    message = request.first.message
    if not message.is_request:
        return False
    if request.method == "INFO":
        return message.content_type in DTMF_TYPES
    if request.method != "UPDATE" or message.header("Session-Expires") is None:
        return False
    later = [other for other in view.refreshes if other.time_ns > request.time_ns]
    return not any(other.status is not None and other.status < 300 for other in later)


def _refused_method(view: LegView) -> Facts:
    refused = refused_method(view)
    if refused is None:
        return {"method_refused": False}
    return {
        "method_refused": True,
        "refused_method": refused.method,
        "refused_method_wording": worded(refused.final),
        "refused_method_by": side_label(view.sides, not refused.from_caller),
        "refused_invite": refused.method == "INVITE" and refused in view.leg.invites,
    }


def _session_timer(view: LegView) -> Facts:
    """Whether the BYE came when the session timer ran out (RFC 4028 §10)."""
    bye = view.bye
    if bye is None or view.answer is None:
        return {"session_expired": False}
    last: CapturedMessage | None = None
    interval: int | None = None
    for final in _successes(view):
        if final.time_ns >= bye.time_ns:
            break
        last, interval = final, _session_expires(final.message)
    if last is None or not interval:
        return {"session_expired": False}
    waited = seconds(last.time_ns, bye.time_ns)
    earliest = interval - min(32.0, interval / 3) - EXPIRY_EARLY_S
    return {
        "session_expired": earliest <= waited <= interval + EXPIRY_LATE_S,
        "session_expires_s": float(interval),
        "since_refresh_s": max(0.0, waited),
        "refresher": _refresher(view, last),
    }


def _successes(view: LegView) -> list[CapturedMessage]:
    """2xx to INVITE and UPDATE, in order of time."""
    finals = [
        request.final
        for request in view.leg.requests
        if request.method in ("INVITE", "UPDATE") and request.final is not None
    ]
    found = [final for final in finals if 200 <= (final.message.status or 0) < 300]
    return sorted(found, key=lambda final: final.time_ns)


def _session_expires(message: Message) -> int | None:
    value = (message.header("Session-Expires") or "").partition(";")[0].strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None


def _refresher(view: LegView, final: CapturedMessage) -> str | None:
    """Who has to refresh: the refresher parameter of the 2xx, seen from the request's sender."""
    _, _, params = (final.message.header("Session-Expires") or "").partition(";")
    asked_by_caller = final.message.from_tag == view.leg.from_tag
    role = params.replace(" ", "").lower()
    if "refresher=uac" in role:
        return side_label(view.sides, asked_by_caller)
    if "refresher=uas" in role:
        return side_label(view.sides, not asked_by_caller)
    return None


def repeated(view: LegView) -> tuple[Transaction, list[CapturedMessage]] | None:
    """The transaction of the leg with the most retransmissions, and those."""
    most: tuple[Transaction, list[CapturedMessage]] | None = None
    for request in view.leg.requests:
        for hop in request.hops:
            for again in (hop.requests[1:], hop.repeats):
                if again and (most is None or len(again) > len(most[1])):
                    most = hop, again
    return most


def _repeats(view: LegView) -> Facts:
    most = repeated(view)
    facts: Facts = {
        "bye_repeats": max((len(hop.requests) - 1 for hop in view.bye.hops), default=0) if view.bye else None
    }
    if most is None:
        return facts | {"most_repeats": 0}
    hop, again = most
    message = again[0].message
    what = message.method if message.is_request else f"{message.status} to {hop.method}"
    reacted = bool(hop.responses) if message.is_request else bool(_acks(view, hop))
    return facts | {"most_repeats": len(again), "repeated_what": what, "repeats_ended": reacted}


def _acks(view: LegView, hop: Transaction) -> list[CapturedMessage]:
    """The ACKs that a repeated final response waited for; any later message of the sender counts."""
    return hop.acks or [ack for request in view.leg.invites if hop in request.hops for ack in request.acks]


def malformed(view: LegView) -> tuple[CapturedMessage, str] | None:
    """The first malformed message of a leg that had trouble, and what is wrong with it.

    A call that works needs no such search: many harmless departures are in daily use.
    """
    if view.answered and not view.bye_unanswered and failed_refresh(view) is None:
        return None
    if not view.answered and view.final is None and not view.waited_out and not _ignored(view):
        return None
    invite = view.invite.first if view.invite is not None else None
    bye = view.bye.first if view.bye is not None else None
    for captured in (invite, view.final, bye):
        if captured is None or captured.truncated:
            continue
        defects = find_defects(captured.message)
        if defects:
            return captured, defects[0]
    return None


def _ignored(view: LegView) -> bool:
    """The INVITE was sent again and again, and nothing at all came back."""
    hop = view.invite.own if view.invite is not None else None
    return hop is not None and not hop.responses and len(hop.requests) >= IGNORED


def _malformed(view: LegView) -> Facts:
    found = malformed(view)
    if found is None:
        return {"malformed": False}
    captured, what = found
    message = captured.message
    sent_by_caller = (message.from_tag == view.leg.from_tag) == message.is_request
    return {
        "malformed": True,
        "malformed_what": what,
        "malformed_message": message.method if message.is_request else f"{message.status}",
        "malformed_by": side_label(view.sides, sent_by_caller),
        "malformed_refused": not view.answered and view.status in BAD_REQUEST and message.is_request,
    }


def _private(view: LegView) -> Facts:
    found = private_address(view)
    if found is None:
        return {"private_sent": False}
    return {
        "private_sent": True,
        "private_address": found.address,
        "private_where": found.where,
        "private_by": side_label(view.sides, found.by_caller),
        "private_missed": private_missed(view, found),
    }


def private_missed(view: LegView, found: PrivateAddress) -> bool:
    """A request that had to go to the private Contact never arrived, as far as the capture shows."""
    if not found.in_contact:
        return False
    repeated_answer = not found.by_caller and view.answered and len(view.answer_repeats) >= 2
    if repeated_answer and (not view.ack_seen or len(view.repeats_after_ack) >= 2):
        return True
    bye = view.bye
    lost = view.bye_unanswered and view.both_directions
    if bye is not None and bye.from_caller != found.by_caller and lost:
        return True
    failed = failed_refresh(view)
    return failed is not None and failed.final is None and failed.from_caller != found.by_caller
