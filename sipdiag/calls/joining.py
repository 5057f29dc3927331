"""Which legs are one conversation, and why.

A B2BUA (a platform, an SBC, a PBX) gives each leg a Call-ID of its own, so legs are joined by
what they share: first by identifiers that were made for it (the Call-ID itself, Session-ID of
RFC 7989, Replaces, call ids in X- headers), then by numbers together with a shared host and
overlap in time.  Where two earlier legs fit equally well the new leg stays alone: a wrong join
is a wrong diagnosis.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from sipdiag.calls.captured import CapturedMessage, Host
from sipdiag.calls.model import Join, Leg
from sipdiag.sip.address import NameAddr, parse_uri
from sipdiag.sip.message import Message

LATE_NS = 5_000_000_000
"""A leg may follow the end of the one that caused it by this much (route advance, redirect)."""
REFER_NS = 64_000_000_000
"""A leg created by a REFER starts within this time: its INVITE may ring out one target first."""
UNENDED_NS = 600_000_000_000
"""How long an answered leg counts as up whose BYE was not captured."""

MOST_LEGS = 100
"""More legs than this are no conversation: what they share is no identifier of one."""

NIL_UUID = "0" * 32

ID_HEADER = re.compile(
    r"^x-.*(call-?s?id|call-?uuid|session-?id|leg-?id|correlation|conversation-?id|cid|ucid)$", re.IGNORECASE
)
"""X- headers that carry an id of the call, of its other leg, or of both."""
NUMBER = re.compile(r"\+?\d{1,15}$")
"""What "cid" in a header's name also stands for: a caller id, which many calls share."""

Tie = tuple[str, str]
"""(kind, value) of something that two legs of one call share."""

_Place = tuple[str, Literal["called by", "called", "dials"], str]
"""A host, what a leg has to do with it, and a number."""

HostOf = Callable[[str], str]
"""Maps an address to a name for its host: itself, or the provider whose network it is in."""


def leg_end_ns(leg: Leg) -> int:
    """When the leg was over: its BYE or last final response, else its last message.

    An answered leg without BYE went on beyond what was captured.
    """
    for request in leg.requests:
        if request.method == "BYE":
            return request.time_ns
    return leg.last_ns + UNENDED_NS if leg.answer is not None else leg.last_ns


def number_key(user: str | None) -> str | None:
    """The part of a number that survives rewriting: its last nine digits, or a short one whole."""
    if not user:
        return None
    digits = "".join(c for c in user.split(";")[0] if c.isdigit())
    if len(digits) >= 7:
        return digits[-9:]
    return user.lower() if len(user) >= 2 else None


def target_key(user: str | None) -> str | None:
    """As :func:`number_key`, but a name counts however short: a REFER says who is meant."""
    return number_key(user) or (user.lower() if user else None)


def host_name(leg: Leg, end: Host, host_of: HostOf) -> str:
    """The name of one end's host: where both ends share an address (loopback), port and all."""
    if leg.caller.address == leg.callee.address:
        return f"{end.address}:{end.port}"
    return host_of(end.address)


def user_of(address: NameAddr | None) -> str | None:
    return address.uri.user if address is not None else None


@dataclass(slots=True)
class _Profile:
    """What joining needs to know of a leg."""

    leg: Leg
    start_ns: int
    end_ns: int
    caller: str | None
    callee: str | None
    src: str
    arrives: set[str]
    """Every host the INVITE was handed to: behind a proxy, the one that took it comes last."""
    mentioned: set[str]
    answered: bool
    moved_on: bool
    """It ended in a way after which the caller tries the next route (RFC 3263 §4.3, 3xx)."""


@dataclass(slots=True)
class _Joiner:
    host_of: HostOf
    calls: list[list[Leg]] = field(default_factory=list)
    call_of: dict[int, int] = field(default_factory=dict)
    ties: dict[Tie, Leg] = field(default_factory=dict)
    known: dict[_Place, list[tuple[int, _Profile]]] = field(default_factory=lambda: defaultdict(list))
    """Earlier legs by a host and a number, in their order."""
    refers: dict[str, list[tuple[int, Leg]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, leg: Leg) -> None:
        profile = _profile(leg, self.host_of)
        ties = list(_ties(leg))
        found = self._by_identifier(leg, ties) or self._by_refer(profile) or self._by_number(profile)
        if found is None or len(self.calls[self.call_of[id(found[0])]]) >= MOST_LEGS:
            self.call_of[id(leg)] = len(self.calls)
            self.calls.append([leg])
        else:
            other, join = found
            leg.joined_by = join
            self.call_of[id(leg)] = self.call_of[id(other)]
            self.calls[self.call_of[id(other)]].append(leg)
        self._remember(profile, ties)

    def _remember(self, profile: _Profile, ties: list[Tie]) -> None:
        leg = profile.leg
        for tie in ties:
            if tie not in self.ties or not _near(self.ties[tie], leg):
                self.ties[tie] = leg
        serial = len(self.call_of)
        for place in _places(profile):
            self.known[place].append((serial, profile))
        for request in leg.requests:
            if request.method == "REFER" and (target := request.first.message.refer_to) is not None:
                key = target_key(target.uri.user or target.uri.host)
                if key:
                    self.refers[key].append((request.time_ns, leg))

    def _by_identifier(self, leg: Leg, ties: list[Tie]) -> tuple[Leg, Join] | None:
        for tie in ties:
            other = self.ties.get(tie)
            if other is not None and other is not leg and _near(other, leg):
                named = tie[0] == "call-id" and other.call_id != leg.call_id
                return other, Join(_TIE_NAMES["named" if named else tie[0]], "certain", other)
        return None

    def _by_refer(self, profile: _Profile) -> tuple[Leg, Join] | None:
        """The leg that a REFER created: its target is called by the one who took the REFER."""
        invite = profile.leg.invites[0].first.message if profile.leg.start_seen else None
        key = target_key(called_user(invite) or parse_uri(invite.uri).host) if invite is not None else None
        if invite is None or key is None:
            return None
        for time_ns, leg in reversed(self.refers.get(key, ())):
            if not 0 <= profile.start_ns - time_ns <= REFER_NS:
                continue
            if invite.referred_by is not None:
                return leg, Join("Referred-By and the target of the REFER on {leg}", "certain", leg)
            if profile.src in _hosts(leg, self.host_of) or number_key(key) is not None:
                return leg, Join("it calls the target of the REFER on {leg}", "likely", leg)
        return None

    def _by_number(self, profile: _Profile) -> tuple[Leg, Join] | None:
        ranked: list[tuple[int, _Profile, str]] = []
        for other in self._candidates(profile):
            score, why = _affinity(other, profile)
            if score:
                ranked.append((score, other, why))
        if not ranked:
            return None
        best = max(score for score, _, _ in ranked)
        winners = [entry for entry in ranked if entry[0] == best]
        # A call that is over may still explain a late leg, but not where one that is up does (redial).
        winners = [entry for entry in winners if entry[1].end_ns >= profile.start_ns] or winners
        calls = {self.call_of[id(entry[1].leg)] for entry in winners}
        if len(calls) > 1:
            return None
        _, other, why = winners[0]
        confidence: Literal["likely", "possible"] = "likely" if best > 1 else "possible"
        return other.leg, Join(f"{why}, at the same host and time as {{leg}}", confidence, other.leg)

    def _candidates(self, profile: _Profile) -> list[_Profile]:
        """The legs alive at the host that ``profile`` comes from which share a number with it, in their order."""
        found: dict[int, _Profile] = {}
        for place in _wanted(profile):
            pool = self.known.get(place)
            if pool is not None:
                pool[:] = [entry for entry in pool if profile.start_ns - entry[1].end_ns <= LATE_NS]
                found.update(pool)
        return [found[serial] for serial in sorted(found)]


def _places(profile: _Profile) -> Iterator[_Place]:
    """Under what a leg is found by the ones that continue it: see :func:`_affinity`."""
    for host in profile.arrives:
        if profile.caller is not None:
            yield (host, "called by", profile.caller)
        if profile.callee is not None:
            yield (host, "called", profile.callee)
    if profile.callee is not None:
        yield (profile.src, "dials", profile.callee)


def _wanted(profile: _Profile) -> Iterator[_Place]:
    numbers = profile.mentioned | ({profile.caller} if profile.caller is not None else set())
    callee = {profile.callee} if profile.callee is not None else set()
    for number in numbers:
        yield (profile.src, "called by", number)
    for number in numbers | callee:
        yield (profile.src, "called", number)
        yield (profile.src, "dials", number)


_TIE_NAMES = {
    "call-id": "Call-ID shared with {leg}",
    "named": "a Call-ID in Replaces, Refer-To or an X- header ties it to {leg}",
    "session-id": "Session-ID (RFC 7989) shared with {leg}",
    "header": "a call identifier in an X- header shared with {leg}",
}


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
    if message.session_id is not None:
        for uuid in message.session_id:
            if uuid and uuid != NIL_UUID:
                yield ("session-id", uuid)
    if message.replaces is not None:
        yield ("call-id", message.replaces.call_id)
    target = message.refer_to
    if target is not None and (replaced := target.uri.replaces) is not None:
        yield ("call-id", replaced.call_id)
    if message.is_request:
        for name, value in message.fields:
            if ID_HEADER.match(name) and len(value) >= 8 and not NUMBER.match(value):
                yield ("header", value)
                yield ("call-id", value)


def _near(earlier: Leg, later: Leg) -> bool:
    """Overlapping, or close enough that an identifier used again is not a coincidence."""
    return later.first_ns - earlier.last_ns <= 60_000_000_000


def _profile(leg: Leg, host_of: HostOf) -> _Profile:
    invite = leg.invites[0].first.message if leg.invites else leg.messages[0].captured.message
    return _Profile(
        leg=leg,
        start_ns=leg.first_ns,
        end_ns=leg_end_ns(leg),
        caller=number_key(user_of(invite.from_)),
        callee=number_key(called_user(invite)),
        src=host_name(leg, leg.caller, host_of),
        arrives=arrivals(leg, host_of),
        mentioned=set(_mentioned(invite)),
        answered=leg.answer is not None,
        moved_on=_moved_on(leg),
    )


def arrivals(leg: Leg, host_of: HostOf) -> set[str]:
    """The hosts that the leg's INVITEs were sent to, on every hop."""
    hosts = {host_name(leg, hop.dst, host_of) for invite in leg.invites for hop in invite.hops}
    return hosts or {host_name(leg, leg.callee, host_of)}


def _hosts(leg: Leg, host_of: HostOf) -> set[str]:
    """Every host on the leg's way."""
    return arrivals(leg, host_of) | {host_name(leg, leg.caller, host_of)}


def _moved_on(leg: Leg) -> bool:
    last = leg.last_invite
    if last is None or leg.answer is not None:
        return False
    status = last.status
    return status is None or 300 <= status < 400 or status == 408 or 500 <= status < 600


def called_user(invite: Message) -> str | None:
    """Whom the INVITE calls: the Request-URI's user (To keeps what was dialled first)."""
    uri = parse_uri(invite.uri)
    if uri.user:
        return uri.user
    return user_of(invite.to)


def _mentioned(invite: Message) -> Iterator[str]:
    """Numbers that tie a leg to another: who is diverted, asserted or referring."""
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


def _affinity(earlier: _Profile, later: _Profile) -> tuple[int, str]:
    """How well ``later``, sent by a host of ``earlier``, continues it; 0 for not at all."""
    if later.start_ns < earlier.start_ns or earlier.leg.call_id == later.leg.call_id:
        return 0, ""
    through = later.src in earlier.arrives
    same_caller = earlier.caller is not None and earlier.caller == later.caller
    same_callee = earlier.callee is not None and earlier.callee == later.callee
    if through:
        if same_caller and same_callee:
            return 5, "same calling and called number"
        if same_caller:
            return 4, "same calling number"
        if earlier.caller is not None and earlier.caller in later.mentioned:
            return 4, "the caller's number in its identity headers"
        if same_callee:
            return 3, "same called number"
        if earlier.callee is not None and earlier.callee in later.mentioned:
            return 3, "the called number in its Diversion or identity headers"
        if earlier.callee is not None and earlier.callee == later.caller:
            return 1, "it calls from the number that was called"
    elif earlier.src == later.src and same_caller and same_callee and earlier.moved_on:
        return 4, "the same numbers tried again by another route"
    elif earlier.src == later.src and earlier.answered and earlier.callee is not None:
        # A platform that called somebody, and dials a third party while that call is up.  Two calls
        # that a carrier brings to one number are none of this, though both name it in Diversion.
        if earlier.callee == later.caller:
            return 4, "it calls from the number that was called"
        if earlier.callee in later.mentioned and same_caller and not same_callee:
            return 3, "the called number in its identity headers"
    return 0, ""


def join(legs: Iterable[Leg], host_of: HostOf) -> list[list[Leg]]:
    """Group ``legs`` into calls, each sorted by time; sets every joined leg's ``joined_by``.

    Close to linear: a leg is compared only with the legs alive at the host it comes from.
    """
    joiner = _Joiner(host_of)
    for leg in sorted(legs, key=lambda leg: leg.first_ns):
        joiner.add(leg)
    return joiner.calls
