"""What decides which call a leg belongs to: numbers, hosts, times, identifiers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from sipdiag.calls.instep import Steps, steps_of
from sipdiag.calls.model import Leg
from sipdiag.calls.parties import called_key, called_user, number_key, uri_key, user_of
from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.address import NameAddr
from sipdiag.sip.memo import remembered
from sipdiag.sip.message import Message

UNENDED_NS = 600_000_000_000
"""How long an answered leg counts as up when its BYE was not captured."""

NIL_UUID = "0" * 32

ID_HEADER = re.compile(
    r"^x-.*(call-?s?id|call-?uuid|session-?id|leg-?id|correlation|conversation-?id|cid|ucid)$", re.IGNORECASE
)
"""X- headers that carry an id of the call, of its other leg, or of both."""
NUMBER = re.compile(r"\+?\d{1,15}$")

_TYING = frozenset({"session-id", "replaces", "refer-to"})
"""Headers that name another leg or the whole call."""
_NAMING = frozenset({"p-asserted-identity", "remote-party-id", "referred-by", "diversion", "history-info"})
"""Headers that mention numbers besides those of caller and callee."""

Tie = tuple[str, str]
"""(kind, value) of something that two legs of one call share."""

HostOf = Callable[[str], str]
"""Maps an address to a name for its host: itself, or the provider whose network it is in."""


def leg_end_ns(leg: Leg) -> int:
    """When the leg was over: its BYE or last final response, else its last message.

    An answered leg without a BYE outlived the capture.
    """
    for request in leg.requests:
        if request.method == "BYE":
            return request.time_ns
    return leg.last_ns + UNENDED_NS if leg.answer is not None else leg.last_ns


def host_name(leg: Leg, end: Host, host_of: HostOf) -> str:
    """The name of one end's host: where both ends share an address (loopback), port and all."""
    if leg.caller.address == leg.callee.address:
        return host_text(end)
    return host_of(end.address)


class Profile(Struct):
    """What joining needs to know about a leg; with several processes, all that leaves the leg's own."""

    call_id: str
    start_ns: int
    last_ns: int
    """Its last message."""
    end_ns: int
    """When it was over."""
    caller: str | None
    callee: str | None
    src: str
    arrives: set[str]
    """Every host the INVITE was handed to: behind a proxy, the one that took it comes last."""
    mentioned: frozenset[str]
    answered: bool
    moved_on: bool
    """It ended in a way after which the caller tries the next route (RFC 3263 §4.3, 3xx)."""
    refused: bool
    """It ended in any other refusal; many PBXs then try the next route too."""
    ties: list[Tie]
    refers: list[tuple[int, str]]
    """Time and target of each REFER on the leg."""
    target: str | None
    """Whom the INVITE calls; None if it was not captured."""
    referred: bool
    """The INVITE names who referred it."""
    redirects: list[tuple[int, str]]
    """Time and target of each Contact of a 3xx to the leg's INVITEs."""
    steps: Steps
    """When it rang, was answered and ended."""


def profile_of(leg: Leg, host_of: HostOf) -> Profile:
    """What decides which call ``leg`` belongs to."""
    invite = leg.invites[0].first.message if leg.invites else leg.messages[0].captured.message
    called = called_user(invite)
    return Profile(
        call_id=leg.call_id,
        start_ns=leg.first_ns,
        last_ns=leg.last_ns,
        end_ns=leg_end_ns(leg),
        caller=number_key(user_of(invite.from_)),
        callee=number_key(called),
        src=host_name(leg, leg.caller, host_of),
        arrives=arrivals(leg, host_of),
        mentioned=frozenset(_mentioned(invite)),
        answered=leg.answer is not None,
        moved_on=_moved_on(leg),
        refused=_refused(leg),
        ties=list(_ties(leg)),
        refers=list(_refers(leg)),
        target=called_key(invite) if leg.start_seen else None,
        referred=leg.start_seen and invite.referred_by is not None,
        redirects=list(_redirects(leg)),
        steps=steps_of(leg),
    )


def _refers(leg: Leg) -> Iterator[tuple[int, str]]:
    for request in leg.requests:
        if request.method == "REFER" and (target := request.first.message.refer_to) is not None:
            key = uri_key(target.uri)
            if key:
                yield request.time_ns, key


def _redirects(leg: Leg) -> Iterator[tuple[int, str]]:
    for invite in leg.invites:
        final = invite.final
        if final is None or not 300 <= (final.message.status or 0) < 400:
            continue
        for contact in final.message.addresses("contact"):
            key = uri_key(contact.uri)
            if key:
                yield final.time_ns, key


def arrivals(leg: Leg, host_of: HostOf) -> set[str]:
    """The hosts that the leg's INVITEs were sent to, on every hop."""
    hosts = {host_name(leg, hop.dst, host_of) for invite in leg.invites for hop in invite.hops}
    return hosts or {host_name(leg, leg.callee, host_of)}


def _moved_on(leg: Leg) -> bool:
    last = leg.last_invite
    if last is None or leg.answer is not None:
        return False
    status = last.status
    return status is None or 300 <= status < 400 or status == 408 or 500 <= status < 600


def _refused(leg: Leg) -> bool:
    last = leg.last_invite
    if last is None or last.status is None or leg.answer is not None:
        return False
    return last.status >= 400 and last.status not in (401, 407, 487)


def _mentioned(invite: Message) -> Iterator[str]:
    """Numbers that tie a leg to another: who is diverted, asserted or referring."""
    if invite.names.isdisjoint(_NAMING):
        return
    others: Iterable[NameAddr | None] = (
        invite.pai,
        invite.rpid,
        invite.referred_by,
        *invite.diversion,
        *invite.history_info,
    )
    for other in others:
        key = number_key(user_of(other))
        if key:
            yield key


def _ties(leg: Leg) -> Iterator[Tie]:
    yield ("call-id", leg.call_id)
    seen: set[Tie] = set()
    for captured in _openers(leg):
        for tie in _message_ties(captured.message):
            if tie not in seen:
                seen.add(tie)
                yield tie


def _openers(leg: Leg) -> Iterator[CapturedMessage]:
    """The messages that may carry identifiers: INVITEs, their responses, REFERs."""
    for request in leg.requests:
        if request.method in ("INVITE", "REFER"):
            for hop in request.hops:
                yield from hop.requests[:1]
                yield from hop.responses


def _message_ties(message: Message) -> Iterator[Tie]:
    if not any(map(_may_tie, message.names)):
        return
    yield from _named_ties(message)
    if message.is_request:
        for name, value in message.fields:
            if ID_HEADER.match(name) and len(value) >= 8 and not NUMBER.match(value):
                yield ("header", value)
                yield ("call-id", value)


def _named_ties(message: Message) -> Iterator[Tie]:
    """What Session-ID, Replaces and Refer-To name."""
    if message.session_id is not None:
        for uuid in message.session_id:
            if uuid and uuid != NIL_UUID:
                yield ("session-id", uuid)
    if message.replaces is not None:
        yield ("call-id", message.replaces.call_id)
    target = message.refer_to
    if target is not None and (replaced := target.uri.replaces) is not None:
        yield ("call-id", replaced.call_id)


@remembered
def _may_tie(name: str) -> bool:
    return name in _TYING or ID_HEADER.match(name) is not None
