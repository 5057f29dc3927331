"""Which legs were meant to move a party: transfers by a second INVITE, beside those by REFER.

A transfer *by INVITE* is a leg that a voice platform placed to a third number while the caller's leg was
up; what a PBX does the same way (queue, IVR, ring-all) is none, unless the caller's leg is moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sipdiag.calls.model import Call, Exchange, Leg, Transfer
from sipdiag.calls.parties import called_user, number_key, user_of
from sipdiag.calls.profile import leg_end_ns
from sipdiag.calls.sides import Side
from sipdiag.calls.transfer import by_refer, failed, is_caller, replaced_call_id, start_ns
from sipdiag.sip.address import parse_name_addr
from sipdiag.sip.message import Message

PICKUP_NS = 2_000_000_000
"""A call taken over so soon after its answer was to be picked up while it rang."""
INSTEAD_NS = 32_000_000_000
"""Who calls the target of his refused REFER within a transaction's time (RFC 3261 §17.1.2.2) goes on with that transfer."""
NO_REFUSAL = frozenset({401, 407, 487})
"""A challenge, or given up by the caller."""
ALONE_NS = 5_000_000_000
"""A target still talking this long after the caller has gone was never bridged to him."""


def find_transfers(call: Call, referred: Mapping[str, Iterable[Exchange]]) -> list[Transfer]:
    """All transfers of ``call`` in order of time; marks the legs they created as such.

    ``referred``: see :func:`sipdiag.calls.transfer.by_refer`.
    """
    transfers = by_refer(call, referred)
    by_invite = _by_invite(call, transfers)
    if by_invite is not None:
        transfers.append(by_invite)
    transfers += _refused_takeovers(call, transfers)
    transfers.sort(key=start_ns)
    for number, transfer in enumerate(transfers, 1):
        transfer.id = f"{call.id}.t{number}"
        for leg in transfer.new_legs:
            leg.role = "transfer"
    return transfers


def _by_invite(call: Call, by_refer: list[Transfer]) -> Transfer | None:
    """The attempts to reach a third party by INVITE while a leg was up: one transfer.

    After a REFER that did not fail the new legs on that leg are the REFER's business.
    """
    taken = [leg for transfer in by_refer for leg in transfer.new_legs]
    replaced = {replaced_call_id(refer.first.message) for one in by_refer for refer in one.refers}
    for base in call.legs:
        if base.answer is None or not all(failed(one) for one in by_refer if one.leg is base):
            continue
        attempts = [
            leg
            for leg in call.legs
            if leg not in taken
            and (_moves(base, leg) or any(_tried_instead(one, leg) for one in by_refer if one.leg is base))
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


def _refused_takeovers(call: Call, known: list[Transfer]) -> Iterator[Transfer]:
    """INVITEs that name another leg of the call to replace (RFC 3891), were refused, and no REFER caused that was seen."""
    legs = {leg.call_id: leg for leg in call.legs}
    taken = [leg for transfer in known for leg in transfer.new_legs]
    for leg in call.legs:
        last = leg.invites[-1] if leg.start_seen and leg.invites else None
        if last is None or leg in taken or (last.status or 0) < 300 or last.status in NO_REFUSAL:
            continue
        named = last.first.message.replaces
        base = legs.get(named.call_id) if named is not None and not named.early_only else None
        if base is not None and base is not leg and _talks(base, leg.first_ns):
            by_caller = is_caller(base, leg.callee) is False
            yield Transfer(
                method="replaces",
                leg=base,
                new_legs=[leg],
                target=last.first.message.uri,
                transferor=base.caller if by_caller else base.callee,
                transferee=base.callee if by_caller else base.caller,
                by_caller=by_caller,
            )


def _talks(leg: Leg, moment_ns: int) -> bool:
    """The leg is up, and was not answered just then: a pickup that came too late replaces nothing."""
    return leg.answer is not None and leg.answer.time_ns + PICKUP_NS < moment_ns < leg_end_ns(leg)


def _given_up(leg: Leg, base: Leg) -> bool:
    """A consultation that its caller ended while the other party's leg was still up: never bridged."""
    byes = [request for request in leg.requests if request.method == "BYE"]
    return bool(byes) and byes[0].from_caller and byes[0].time_ns < leg_end_ns(base)


def _placed_by_caller(base: Leg, attempt: Leg) -> bool:
    """Whether the calling end of ``base`` made the attempt; a cloud platform dials from any edge."""
    if is_caller(base, attempt.caller):
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


def _tried_instead(refused: Transfer, leg: Leg) -> bool:
    """After its REFER was refused, its sender called the REFER's target itself: it moves the call by INVITE instead."""
    answers = [refer.final.time_ns for refer in refused.refers if refer.final is not None]
    if not answers or not leg.start_seen or leg.role == "recording" or refused.transferor is None:
        return False
    target = number_key(user_of(parse_name_addr(refused.target or "")))
    called = number_key(called_user(leg.invites[0].first.message))
    by_its_sender = leg.caller.address == refused.transferor.address
    soon = 0 <= leg.first_ns - answers[-1] <= INSTEAD_NS
    return by_its_sender and soon and target is not None and target == called


def _goes_on_alone(base: Leg, leg: Leg) -> bool:
    """A weakly joined leg that talks on after the base leg ended: another call of a dialler.

    A bridge ends both legs: it hangs up on the target when the caller is gone.
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
