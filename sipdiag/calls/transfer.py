"""Transfers by REFER as one object: the REFER, its NOTIFYs and the leg it created.

A REFER (RFC 3515) that was challenged, refused or left unanswered, and made again to the same target, is one
transfer.  Its NOTIFYs carry ``Event: refer``, with ``id`` = CSeq of the REFER where there are
several (RFC 3515 §2.4.6); they may overtake the 202.  Whether a leg was meant to move somebody
without a REFER is a judgement, which facts make (:mod:`sipdiag.facts.moves`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sipdiag.calls.model import Call, Exchange, Leg, Notify, Request, Transfer, TransferMethod
from sipdiag.calls.parties import called_key, number_key, uri_key, user_of
from sipdiag.messages.captured import Host
from sipdiag.sip.message import Message

NO_REFERS: Mapping[str, Iterable[Exchange]] = {}


def by_refer(call: Call, referred: Mapping[str, Iterable[Exchange]] = NO_REFERS) -> list[Transfer]:
    """The REFER transfers of ``call``, with the legs they created.

    ``referred``: exchanges with a REFER outside of the dialog that it is about, by that dialog's Call-ID.
    """
    transfers = [transfer for leg in call.legs for transfer in _by_refer(leg)]
    transfers += _out_of_dialog(call, referred)
    for transfer in transfers:
        _attach_new_legs(transfer, call)
    return transfers


def start_ns(transfer: Transfer) -> int:
    """When it began: its first REFER, or the first leg it created."""
    if transfer.refers:
        return transfer.refers[0].time_ns
    return transfer.new_legs[0].first_ns if transfer.new_legs else 0


def _by_refer(leg: Leg) -> list[Transfer]:
    transfers: list[Transfer] = []
    notified = _notified(leg.requests)
    for refer in leg.in_dialog("REFER"):
        target = _refer_target(refer.first.message)
        last = transfers[-1] if transfers else None
        if last is not None and last.target == target and _in_vain(last.refers[-1], refer, notified):
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
    """What a REFER outside of a dialog says of it: Target-Dialog (RFC 4538), its Call-ID; without one, between whom it is."""
    refers = [request for request in exchange.requests if request.method == "REFER"]
    if not refers:
        return None
    message = refers[0].first.message
    named = (message.header("Target-Dialog") or "").split(";")[0].strip()
    return named or _ends(exchange.src, exchange.dst, message).named


class Ends(NamedTuple):
    """Whom a dialog would be between: the addresses of both ends, and their users as :func:`number_key` has them."""

    addresses: tuple[str, str]
    users: tuple[str | None, str | None]

    @property
    def named(self) -> str | None:
        """Both addresses and both users in no order, where both are known; no Call-ID holds a blank (RFC 3261 §25.1)."""
        users = sorted(filter(None, self.users))
        return " ".join([*sorted(self.addresses), *users]) if len(users) == 2 else None


def _ends(one: Host, two: Host, message: Message) -> Ends:
    return Ends(
        (one.address, two.address), (number_key(user_of(message.from_)), number_key(user_of(message.to)))
    )


def ends_of(leg: Leg) -> Ends | None:
    """Whom a leg is between."""
    last = leg.last_invite
    return _ends(leg.caller, leg.callee, last.first.message) if last is not None else None


def _meant(leg: Leg, referred: Mapping[str, Iterable[Exchange]]) -> Iterator[Exchange]:
    """The REFERs that name the leg's dialog, and those between its two parties, under a Call-ID of their own, while it was up."""
    yield from referred.get(leg.call_id, ())
    answer, ends = leg.answer, ends_of(leg)
    parties = ends.named if ends is not None else None
    if answer is None or parties is None:
        return
    bye = next(leg.in_dialog("BYE"), None)
    for exchange in referred.get(parties, ()):
        begun_ns = exchange.requests[0].time_ns
        if answer.time_ns <= begun_ns and (bye is None or begun_ns <= bye.time_ns):
            yield exchange


def _out_of_dialog(call: Call, referred: Mapping[str, Iterable[Exchange]]) -> list[Transfer]:
    """REFERs outside the dialog that they are about."""
    legs = {leg.call_id: leg for leg in call.legs}
    transfers: list[Transfer] = []
    for leg in legs.values():
        last: Transfer | None = None
        for exchange in _meant(leg, referred):
            transfer = alone(exchange)
            if last is not None and _asked_again(last, transfer):
                last.refers += transfer.refers
                last.notifies += transfer.notifies
                continue
            transfer.leg, transfer.by_caller = leg, is_caller(leg, exchange.src)
            transfers.append(transfer)
            last = transfer
    return transfers


def _asked_again(last: Transfer, transfer: Transfer) -> bool:
    """The same sender asks for the same target once more, and got nowhere the last time."""
    same = (last.target, last.transferor) == (transfer.target, transfer.transferor)
    return same and not last.notifies and _in_vain(last.refers[-1], transfer.refers[0])


def alone(exchange: Exchange) -> Transfer:
    """The transfer that the REFERs of an exchange ask for, whatever call it is about."""
    refers = [request for request in exchange.requests if request.method == "REFER"]
    message = refers[0].first.message
    transfer = Transfer(
        method=_method(message),
        refers=refers,
        target=_refer_target(message),
        transferor=exchange.src,
        transferee=exchange.dst,
    )
    _attach_notifies(exchange.requests, [transfer])
    return transfer


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


def _in_vain(refer: Request, again: Request, notified: Sequence[int] = ()) -> bool:
    """Refused, or without an answer and any of the NOTIFYs, sent at these moments, when it was made again."""
    if refer.status is not None:
        return _refused(refer)
    after = bisect_right(notified, refer.time_ns)
    return after == len(notified) or notified[after] >= again.time_ns


def _notified(requests: Iterable[Request]) -> list[int]:
    """When the NOTIFYs of REFERs were sent, in order."""
    return sorted(
        request.time_ns
        for request in requests
        if request.method == "NOTIFY"
        and request.first.message.is_request
        and _of_refer(request.first.message)
    )


def failed(transfer: Transfer) -> bool:
    """Every REFER of it was refused, or its result is that the target was not reached."""
    result = that_counts(transfer.notifies)
    unreached = result is not None and (result.status or 0) >= 300
    return all(_refused(refer) for refer in transfer.refers) or unreached


def that_counts(notifies: Iterable[Notify]) -> Notify | None:
    """The first NOTIFY with a final status (RFC 3515 §2.4.4); a later one cannot change it."""
    return next((one for one in notifies if (one.status or 0) >= 200), None)


def _attach_notifies(requests: Iterable[Request], transfers: list[Transfer]) -> None:
    if not transfers:
        return
    named: dict[str, Transfer] = {}
    for transfer in transfers:
        for refer in transfer.refers:
            named.setdefault(str(refer.cseq), transfer)
    starts = [start_ns(transfer) for transfer in transfers]
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
    """The last that had begun by then, else the first; sorted by time."""
    return transfers[max(0, bisect_right(starts, moment_ns) - 1)]


def _of_refer(message: Message) -> bool:
    """Whether a NOTIFY is of a REFER's subscription; only its sipfrag tells where an SBC took Event out."""
    return message.event == "refer" or (not message.event and message.sipfrag is not None)


def _attach_new_legs(transfer: Transfer, call: Call) -> None:
    """Legs that began after the REFER and call its target or carry its Replaces.

    A call to the target by the REFER's sender is that sender's own attempt.
    """
    first = transfer.refers[0]
    if all(_refused(refer) for refer in transfer.refers):
        return
    target = first.first.message.refer_to
    wanted = uri_key(target.uri) if target is not None else None
    replaced = replaced_call_id(first.first.message)
    for leg in call.legs:
        if leg is transfer.leg or leg.first_ns < first.time_ns or not leg.start_seen:
            continue
        invite = leg.invites[0].first.message
        by_replaces = invite.replaces is not None and invite.replaces.call_id == replaced
        own = leg.caller.address == transfer.transferor.address != transfer.transferee.address
        called = called_key(invite)
        if by_replaces or (wanted is not None and called == wanted and not own):
            transfer.new_legs.append(leg)


def replaced_call_id(refer: Message) -> str | None:
    """The Call-ID of the dialog that the REFER's target is to replace (RFC 3891)."""
    target = refer.refer_to
    replaces = target.uri.replaces if target is not None else None
    return replaces.call_id if replaces is not None else None


def is_caller(leg: Leg, host: Host) -> bool:
    """Whether ``host`` is the calling end of ``leg``; on one address (loopback) the port tells."""
    return host == leg.caller or (host != leg.callee and host.address == leg.caller.address)
