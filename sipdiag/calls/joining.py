"""Which legs are one conversation, and why.

A B2BUA (a platform, an SBC, a PBX) gives each leg a Call-ID of its own, so legs are joined by
what they share: first by identifiers that were made for it (the Call-ID itself, Session-ID of
RFC 7989, Replaces, call ids in X- headers), then by numbers together with a shared host and
overlap in time.  Where earlier legs of several calls fit equally well the new leg belongs to the
one that it ended together with, as the legs of a bridge do; else it stays alone: a wrong join is
a wrong diagnosis.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct, field

from sipdiag.calls.affinity import AGAIN, affinity, apart, beside, end_together, near
from sipdiag.calls.instep import RELAY_NS, in_step
from sipdiag.calls.profile import Profile, Tie

LATE_NS = 5_000_000_000
"""A leg may follow the end of the one that caused it by this much (route advance, redirect)."""
REFER_NS = 64_000_000_000
"""A leg created by a REFER starts within this time: its INVITE may ring out one target first."""
PROMPT_NS = 5_000_000_000
"""A leg that shares no number with the one that caused it starts within this time, or by chance."""

MOST_ABREAST = 8
"""Of the calls begun between two numbers within a moment, at most this many are compared."""
MOST_LEGS = 100
"""More legs than this are not one conversation: whatever they share does not identify a call."""

CROWD = 500
"""More concurrent legs than this for one number on one host means a load generator; the number then identifies no call."""
CROWDED_NS = 1_000_000_000
"""How long such a number is then ignored."""

Confidence = Literal["certain", "likely", "possible"]


_Place = tuple[str, Literal["called by", "called", "dials"], str]
"""A host, a leg's relation to it, and a number."""
_Asked = tuple[str, Literal["anywhere", "at", "of"], str]
"""The target of a REFER, with a host of its leg or a number the leg shows."""

_Redirected = tuple[str, str | None, str]
"""A host, the number it called from, and where a 3xx sent it."""


class Joined(Struct, frozen=True):
    """A leg of a call: its number in the given order, the earlier leg it was joined to, and why."""

    leg: int
    other: int | None = None
    how: str = ""
    """One phrase with ``{leg}`` where the other leg is named."""
    confidence: Confidence = "certain"


_Found = tuple[int, str, Confidence]
"""An earlier leg, how the new one is tied to it, and how surely."""


class _Pool(Struct):
    """The legs with one number at one host."""

    legs: list[int] = []
    """In their order."""
    crowded_until_ns: int = 0


class _Joiner(Struct):
    """Legs are numbered in the order in which they are added: by start time."""

    profiles: list[Profile] = field(default_factory=list)
    calls: list[list[Joined]] = field(default_factory=list)
    call_of: list[int] = field(default_factory=list)
    ties: dict[Tie, int] = field(default_factory=dict)
    known: dict[_Place, _Pool] = field(default_factory=lambda: defaultdict(_Pool))
    """Earlier legs by a host and a number."""
    refers: dict[_Asked, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """REFERs by their time, with their leg."""
    redirects: dict[_Redirected, tuple[int, int]] = field(default_factory=dict)
    """The time of the last 3xx, with its leg."""
    between: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    """The last legs between two numbers."""

    def add(self, profile: Profile) -> None:
        leg = len(self.profiles)
        self.profiles.append(profile)
        found = (
            self._by_identifier(profile)
            or self._by_redirect(profile)
            or self._by_refer(profile)
            or self._by_number(profile)
            or self._by_steps(profile)
        )
        if found is None or len(self.calls[self.call_of[found[0]]]) >= MOST_LEGS:
            self.call_of.append(len(self.calls))
            self.calls.append([Joined(leg)])
        else:
            call = self.call_of[found[0]]
            self.call_of.append(call)
            self.calls[call].append(Joined(leg, *found))
        self._remember(leg, profile)

    def _remember(self, leg: int, profile: Profile) -> None:
        for tie in profile.ties:
            if tie not in self.ties or not near(self.profiles[self.ties[tie]], profile):
                self.ties[tie] = leg
        for place in _places(profile):
            self.known[place].legs.append(leg)
        if profile.caller is not None and profile.callee is not None:
            between = self.between[profile.caller, profile.callee]
            between[:] = [
                one
                for one in between[1 - MOST_ABREAST :]
                if profile.start_ns - self.profiles[one].start_ns <= RELAY_NS
            ]
            between.append(leg)
        for time_ns, target in profile.refers:
            for asked in _asked(target, profile):
                insort(self.refers[asked], (time_ns, leg))
        for time_ns, target in profile.redirects:
            self.redirects[profile.src, profile.caller, target] = (time_ns, leg)

    def _by_identifier(self, profile: Profile) -> _Found | None:
        for tie in profile.ties:
            other = self.ties.get(tie)
            if other is not None and near(self.profiles[other], profile):
                named = tie[0] == "call-id" and self.profiles[other].call_id != profile.call_id
                return other, _TIE_NAMES["named" if named else tie[0]], "certain"
        return None

    def _by_redirect(self, profile: Profile) -> _Found | None:
        """The leg whose 3xx the same caller follows, under a Call-ID of its own (RFC 3261 §8.1.3.4 allows that)."""
        if profile.target is None:
            return None
        found = self.redirects.get((profile.src, profile.caller, profile.target))
        if found is None or not 0 <= profile.start_ns - found[0] <= LATE_NS:
            return None
        return found[1], "it calls the Contact of the redirection on {leg}", "likely"

    def _by_refer(self, profile: Profile) -> _Found | None:
        """The leg that a REFER created: it calls the target, and either shows a number of the REFER's leg or comes from its end.

        Many callers may dial the number of a queue: that alone ties nobody to a REFER.
        """
        target = profile.target
        if target is None:
            return None
        of_number = (self._asked((target, "of", number), profile, REFER_NS) for number in _shown(profile))
        akin = max(filter(None, of_number), default=None)
        if profile.referred and (named := akin or self._asked((target, "anywhere", ""), profile, REFER_NS)):
            return named[1], "Referred-By and the target of the REFER on {leg}", "certain"
        akin = akin or self._asked((target, "at", profile.src), profile, PROMPT_NS)
        return (akin[1], "it calls the target of the REFER on {leg}", "likely") if akin else None

    def _asked(self, asked: _Asked, profile: Profile, within_ns: int) -> tuple[int, int] | None:
        """The last such REFER before ``profile``'s leg, soon enough to have created it: its time and leg."""
        refers = self.refers.get(asked)
        if refers is None:
            return None
        at = bisect_right(refers, (profile.start_ns, len(self.profiles))) - 1
        return refers[at] if at >= 0 and profile.start_ns - refers[at][0] <= within_ns else None

    def _by_number(self, profile: Profile) -> _Found | None:
        ranked: list[tuple[int, int, str]] = []
        candidates = self._candidates(profile)
        for leg in candidates:
            score, why = affinity(self.profiles[leg], profile)
            if score:
                ranked.append((score, leg, why))
        if not ranked:
            return None
        best, _, why = max(ranked)
        if why == AGAIN and any(beside(self.profiles[leg], profile) for leg in candidates):
            return None
        winners = [entry for entry in ranked if entry[0] == best]
        # A call that is over may explain a late leg, unless one that is up does (redial).
        up = [entry for entry in winners if self.profiles[entry[1]].end_ns >= profile.start_ns]
        winners = up or winners
        if len({self.call_of[leg] for _, leg, _ in winners}) > 1:
            together = [entry for entry in winners if end_together(self.profiles[entry[1]], profile)]
            if len(together) != 1:
                return None
            _, leg, why = together[0]
            return leg, f"{why}, and it ended together with {{leg}}", "possible"
        _, leg, why = winners[0]
        return leg, f"{why}, at the same host and time as {{leg}}", "likely" if best > 1 else "possible"

    def _by_steps(self, profile: Profile) -> _Found | None:
        """The other side of a box with two addresses: see :mod:`sipdiag.calls.instep`."""
        if profile.caller is None or profile.callee is None:
            return None
        abreast = [
            leg
            for leg in self.between[profile.caller, profile.callee]
            if apart(self.profiles[leg], profile) and in_step(self.profiles[leg].steps, profile.steps)
        ]
        if len(abreast) != 1:
            return None
        how = "the same numbers at the same moment, and all that follows is relayed in step with {leg}"
        return abreast[0], how, "likely"

    def _candidates(self, profile: Profile) -> list[int]:
        """The legs alive at the host that ``profile`` comes from which share a number with it, in their order."""
        found: set[int] = set()
        for place in _wanted(profile):
            if place in self.known:
                found.update(self._alive(self.known[place], profile.start_ns))
        return sorted(found)

    def _alive(self, pool: _Pool, now_ns: int) -> list[int]:
        if now_ns < pool.crowded_until_ns:
            return []
        pool.legs = [leg for leg in pool.legs if now_ns - self.profiles[leg].end_ns <= LATE_NS]
        if len(pool.legs) <= CROWD:
            return pool.legs
        pool.crowded_until_ns = now_ns + CROWDED_NS
        return []


def _places(profile: Profile) -> Iterator[_Place]:
    """The keys under which later legs find this one: see :func:`affinity`."""
    for host in profile.arrives:
        if profile.caller is not None:
            yield (host, "called by", profile.caller)
        if profile.callee is not None:
            yield (host, "called", profile.callee)
    if profile.callee is not None:
        yield (profile.src, "dials", profile.callee)


def _asked(target: str, profile: Profile) -> Iterator[_Asked]:
    """The keys under which the leg created by a REFER to ``target`` finds that REFER."""
    yield (target, "anywhere", "")
    for host in profile.arrives | {profile.src}:
        yield (target, "at", host)
    for number in _shown(profile) | ({profile.callee} if profile.callee is not None else set()):
        yield (target, "of", number)


def _shown(profile: Profile) -> frozenset[str]:
    """The numbers that the INVITE names on the calling side."""
    return profile.mentioned if profile.caller is None else profile.mentioned | {profile.caller}


def _wanted(profile: Profile) -> Iterator[_Place]:
    numbers = _shown(profile)
    callee = {profile.callee} if profile.callee is not None else set()
    for number in numbers:
        yield (profile.src, "called by", number)
    for number in numbers | callee:
        yield (profile.src, "called", number)
        yield (profile.src, "dials", number)


_TIE_NAMES = {
    "call-id": "Call-ID shared with {leg}",
    "named": "a Call-ID in Replaces, Refer-To or an X- header links it to {leg}",
    "session-id": "Session-ID (RFC 7989) shared with {leg}",
    "rtp": "the same RTP packets (SSRC and sequence numbers) were captured there as on {leg}",
    "header": "a call identifier in an X- header shared with {leg}",
}


def join(profiles: Sequence[Profile]) -> list[list[Joined]]:
    """Group legs into calls, the legs of each by start time; they are named by their place in ``profiles``.

    Close to linear: a leg is compared only with the legs alive at the host it comes from.
    """
    order = sorted(range(len(profiles)), key=lambda leg: profiles[leg].start_ns)
    joiner = _Joiner()
    for leg in order:
        joiner.add(profiles[leg])
    return [[_given(one, order) for one in call] for call in joiner.calls]


def _given(one: Joined, order: Sequence[int]) -> Joined:
    """The same, naming the legs by their index in the input."""
    other = None if one.other is None else order[one.other]
    return Joined(order[one.leg], other, one.how, one.confidence)
