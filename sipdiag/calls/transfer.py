"""Transfers as one object: REFER, its NOTIFYs and new leg, or a second INVITE.

A REFER (RFC 3515) that was challenged, or refused and sent again to the same target, is one
transfer.  Its NOTIFYs carry ``Event: refer``, with ``id`` = CSeq of the REFER where there are
several (RFC 3515 §2.4.6); they may overtake the 202.  A transfer *by INVITE* is a leg that a
voice platform placed to a third number while the caller's leg was up; what a PBX does the same
way (queue, IVR, ring-all) is none, unless the caller's leg is moved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from sipdiag.calls.model import Call, Exchange, Leg, Notify, Request, Transfer, TransferMethod
from sipdiag.calls.parties import called_user, number_key, target_key, user_of
from sipdiag.calls.profile import leg_end_ns
from sipdiag.calls.sides import Side
from sipdiag.messages.captured import Host
from sipdiag.sip.address import parse_uri
from sipdiag.sip.message import Message

ALONE_NS = 5_000_000_000
"""A target still talking this long after the caller has gone was never bridged to him."""

NO_REFERS: Mapping[str, Iterable[Exchange]] = {}


def find_transfers(call: Call, referred: Mapping[str, Iterable[Exchange]] = NO_REFERS) -> list[Transfer]:
    """All transfers of ``call`` in order of time; marks the legs they created as such.

    ``referred``: exchanges with a REFER outside of the dialog that it is about, by that dialog's Call-ID.
    """
    transfers = [transfer for leg in call.legs for transfer in _by_refer(leg)]
    transfers += _out_of_dialog(call, referred)
    for transfer in transfers:
        _attach_new_legs(transfer, call)
    by_invite = _by_invite(call, transfers)
    if by_invite is not None:
        transfers.append(by_invite)
    transfers.sort(key=_start_ns)
    for number, transfer in enumerate(transfers, 1):
        transfer.id = f"{call.id}.t{number}"
        for leg in transfer.new_legs:
            leg.role = "transfer"
    return transfers


def _start_ns(transfer: Transfer) -> int:
    if transfer.refers:
        return transfer.refers[0].time_ns
    return transfer.new_legs[0].first_ns if transfer.new_legs else 0


def _by_refer(leg: Leg) -> list[Transfer]:
    transfers: list[Transfer] = []
    for refer in leg.in_dialog("REFER"):
        target = _refer_target(refer.first.message)
        last = transfers[-1] if transfers else None
        if last is not None and last.target == target and _refused(last.refers[-1]):
            last.refers.append(refer)
            continue
        hop = refer.own
        transfers.append(
            Transfer(
                method=_method(refer.first.message),
                leg=leg,
                refers=[refer],
                target=target,
                transferor=hop.src,
                transferee=hop.dst,
                by_caller=refer.from_caller,
            )
        )
    _attach_notifies(leg.requests, transfers)
    return transfers


def target_dialog(exchange: Exchange) -> str | None:
    """The Call-ID of the dialog that a REFER outside of it is about: Target-Dialog (RFC 4538)."""
    refers = [request for request in exchange.requests if request.method == "REFER"]
    if not refers:
        return None
    return (refers[0].first.message.header("Target-Dialog") or "").split(";")[0].strip() or None


def _out_of_dialog(call: Call, referred: Mapping[str, Iterable[Exchange]]) -> list[Transfer]:
    """REFERs outside the dialog that name it."""
    legs = {leg.call_id: leg for leg in call.legs}
    transfers = []
    for call_id, leg in legs.items():
        for exchange in referred.get(call_id, ()):
            refers = [request for request in exchange.requests if request.method == "REFER"]
            message = refers[0].first.message
            transfer = Transfer(
                method=_method(message),
                leg=leg,
                refers=refers,
                target=_refer_target(message),
                transferor=exchange.src,
                transferee=exchange.dst,
                by_caller=_is_caller(leg, exchange.src),
            )
            _attach_notifies(exchange.requests, [transfer])
            transfers.append(transfer)
    return transfers


def _method(refer: Message) -> TransferMethod:
    target = refer.refer_to
    return "replaces" if target is not None and target.uri.replaces is not None else "refer"


def _refer_target(refer: Message) -> str:
    """Refer-To's URI without embedded headers; its raw text where it is no URI."""
    target = refer.refer_to
    if target is None:
        return refer.header("Refer-To") or ""
    return target.uri.bare or target.raw


def _refused(refer: Request) -> bool:
    return refer.status is not None and refer.status >= 300


def _failed(transfer: Transfer) -> bool:
    """Every REFER of it was refused, or its result is that the target was not reached."""
    results = [notify.status for notify in transfer.notifies if (notify.status or 0) >= 200]
    return all(_refused(refer) for refer in transfer.refers) or any((one or 0) >= 300 for one in results[:1])


def _attach_notifies(requests: Iterable[Request], transfers: list[Transfer]) -> None:
    if not transfers:
        return
    named: dict[str, Transfer] = {}
    for transfer in transfers:
        for refer in transfer.refers:
            named.setdefault(str(refer.cseq), transfer)
    starts = [_start_ns(transfer) for transfer in transfers]
    for request in requests:
        message = request.first.message
        if request.method != "NOTIFY" or not message.is_request or not _of_refer(message):
            continue
        transfer = named.get(message.event_id or "") or _latest(transfers, starts, request.time_ns)
        fragment = message.sipfrag
        transfer.notifies.append(
            Notify(
                captured=request.first,
                status=fragment.status if fragment else None,
                reason=fragment.reason if fragment else "",
                request=request,
            )
        )


def _latest(transfers: list[Transfer], starts: list[int], moment_ns: int) -> Transfer:
    """The last one that had begun by then, else the first; they are in the order of time."""
    return transfers[max(0, bisect_right(starts, moment_ns) - 1)]


def _of_refer(message: Message) -> bool:
    """Whether a NOTIFY is of a REFER's subscription; only its sipfrag tells where an SBC took Event out."""
    return message.event == "refer" or (not message.event and message.sipfrag is not None)


def _attach_new_legs(transfer: Transfer, call: Call) -> None:
    """Legs that began after the REFER and call its target, or carry its Replaces.

    A call to the target by the one who sent the REFER is a try of its own.
    """
    first = transfer.refers[0]
    if all(_refused(refer) for refer in transfer.refers):
        return
    target = first.first.message.refer_to
    wanted = target_key(target.uri.user or target.uri.host) if target is not None else None
    replaced = _replaced_call_id(first.first.message)
    for leg in call.legs:
        if leg is transfer.leg or leg.first_ns < first.time_ns or not leg.start_seen:
            continue
        invite = leg.invites[0].first.message
        by_replaces = invite.replaces is not None and invite.replaces.call_id == replaced
        own = leg.caller.address == transfer.transferor.address != transfer.transferee.address
        called = target_key(called_user(invite) or parse_uri(invite.uri).host)
        if by_replaces or (wanted is not None and called == wanted and not own):
            transfer.new_legs.append(leg)


def _replaced_call_id(refer: Message) -> str | None:
    target = refer.refer_to
    replaces = target.uri.replaces if target is not None else None
    return replaces.call_id if replaces is not None else None


def _by_invite(call: Call, by_refer: list[Transfer]) -> Transfer | None:
    """The attempts to reach a third party by INVITE while a leg was up: one transfer.

    After a REFER that did not fail the new legs on that leg are the REFER's business.
    """
    taken = [leg for transfer in by_refer for leg in transfer.new_legs]
    replaced = {_replaced_call_id(refer.first.message) for one in by_refer for refer in one.refers}
    for base in call.legs:
        if base.answer is None or not all(_failed(one) for one in by_refer if one.leg is base):
            continue
        attempts = [
            leg
            for leg in call.legs
            if leg not in taken
            and _moves(base, leg)
            and not (leg.call_id in replaced and _given_up(leg, base))
        ]
        if attempts:
            first = attempts[0]
            by_caller = _placed_by_caller(base, first)
            return Transfer(
                method="invite",
                leg=base,
                new_legs=attempts,
                target=first.invites[0].first.message.uri,
                transferor=first.caller,
                transferee=base.callee if by_caller else base.caller,
                by_caller=by_caller,
            )
    return None


def _given_up(leg: Leg, base: Leg) -> bool:
    """A consultation that its caller ended while the other party's leg was still up: never bridged."""
    byes = [request for request in leg.requests if request.method == "BYE"]
    return bool(byes) and byes[0].from_caller and byes[0].time_ns < leg_end_ns(base)


def _is_caller(leg: Leg, host: Host) -> bool:
    """Whether ``host`` is the calling end of ``leg``; on one address (loopback) the port tells."""
    return host == leg.caller or (host != leg.callee and host.address == leg.caller.address)


def _placed_by_caller(base: Leg, attempt: Leg) -> bool:
    """Whether the calling end of ``base`` made the attempt; a cloud platform dials from any edge."""
    if _is_caller(base, attempt.caller):
        return True
    ends, dialling = base.sides, attempt.sides.caller
    return (
        base.callee.address != attempt.caller.address
        and ends.caller.voice_ai
        and (ends.caller.id == dialling.id or not ends.callee.voice_ai)
    )


def _moves(base: Leg, leg: Leg) -> bool:
    """Whether ``leg`` is an attempt to hand the far end of ``base`` over to a third party."""
    answer = base.answer
    if leg is base or answer is None or not leg.start_seen or leg.role == "recording":
        return False
    if not answer.time_ns <= leg.first_ns <= leg_end_ns(base) + 1_000_000_000:
        return False
    invite, opener = leg.invites[0].first.message, base.invites[0].first.message
    parties = {
        number_key(called_user(opener)),
        number_key(user_of(opener.from_)),
        number_key(user_of(opener.to)),
    }
    target = number_key(called_user(invite))
    if target is None or target in parties or _goes_on_alone(base, leg):
        return False
    platform = base.sides.platform
    if platform is not None and platform.voice_ai and _placed_by(platform, leg):
        return True
    return _tied_to_caller(opener, invite) and _media_moves(base, leg)


def _goes_on_alone(base: Leg, leg: Leg) -> bool:
    """A weakly joined leg that talks on after the base leg ended: another call of a dialler.

    A bridge ends both: whoever holds it hangs up on the target when the caller is gone.
    """
    if leg.answer is None or leg.joined_by is None or leg.joined_by.confidence != "possible":
        return False
    ends = [[r.time_ns for r in each.requests if r.method == "BYE"] for each in (base, leg)]
    return all(ends) and min(ends[1]) - min(ends[0]) > ALONE_NS


def _placed_by(platform: Side, leg: Leg) -> bool:
    known = platform.id is not None and leg.sides.caller.id == platform.id
    return known or leg.caller.address == platform.host.address


def _tied_to_caller(opener: Message, invite: Message) -> bool:
    caller = number_key(user_of(opener.from_))
    others = (invite.from_, invite.referred_by, *invite.diversion, *invite.history_info)
    return caller is not None and caller in {number_key(user_of(other)) for other in others}


def _media_moves(base: Leg, leg: Leg) -> bool:
    """The base leg was put on hold or re-INVITEd between the new leg's start and shortly after."""
    return any(
        leg.first_ns - 5_000_000_000 <= request.time_ns <= leg.last_ns for request in base.in_dialog("INVITE")
    )
