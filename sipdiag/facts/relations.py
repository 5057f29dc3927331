"""How the legs of a call are related: which was healed, merely relayed, or given up with another."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import proxy

from sipdiag.calls.model import Call, Leg, Request
from sipdiag.calls.parties import called_user, number_key, opener
from sipdiag.calls.profile import arrivals, host_name
from sipdiag.facts.declare import fact
from sipdiag.facts.enums import GaveUp, State
from sipdiag.facts.givenup import who_gave_up
from sipdiag.facts.identity import Identity, identify
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.scanners import is_scanner
from sipdiag.messages.captured import Host

UPSTREAM_NS = 1_000_000_000
"""A CANCEL this soon after the upstream leg's end was caused by it."""
REDIRECT_NS = 5_000_000_000
"""A redirect is followed within this time or never."""
RELAY_NS = 3_000_000_000
"""A refusal this soon after the downstream leg's is the same one passed on."""
SILENCE_NS = 2_000_000_000
"""Nobody gives up on a silent next hop sooner than this."""
GIVEN_UP_NS = 2_000_000_000
"""A PBX that hangs up on its caller this soon after a failed attempt does so because of it."""

_ALIKE = 32
"""As many legs with one called number are compared with another."""


class CallLegs:
    """The legs of one call, recordings aside."""

    def __init__(self, call: Call, views: Mapping[Leg, LegView]) -> None:
        self.call = call
        self.all = views
        """Recordings as well."""
        self.views = [views[leg] for leg in call.legs if leg.role != "recording"]
        self._related = {view: Related(view, self) for view in self.views}

    def related(self, view: LegView) -> Related:
        """The leg among the others."""
        return self._related[view]

    @once
    def primary(self) -> LegView | None:
        """The leg whose caller experienced the call: the first one."""
        return self.views[0] if self.views else None

    @once
    def scanner(self) -> bool:
        """The call was placed by a known scanner: noise, not a call."""
        invite = opener(self.primary.leg) if self.primary is not None else None
        return invite is not None and is_scanner(invite)

    @once
    def by_called(self) -> dict[str, list[LegView]]:
        """The legs by the number called, as it survives rewriting."""
        legs: dict[str, list[LegView]] = {}
        for view in self.views:
            legs.setdefault(_called(view) or "", []).append(view)
        return legs

    @once
    def refused_onward(self) -> dict[LegView, int]:
        """When the first of those legs that went on from a leg was refused."""
        refused: dict[LegView, int] = {}
        for other in self.views:
            upstream = self.related(other).upstream
            if other.state != State.refused or other.final is None or upstream is None:
                continue
            refused[upstream] = min(refused.get(upstream, other.final.time_ns), other.final.time_ns)
        return refused


class Related:
    """A leg in relation to the other legs of its call."""

    def __init__(self, view: LegView, among: CallLegs) -> None:
        self.view = view
        # Held weakly, so that a call is freed as soon as it was judged, and no garbage has to be looked for.
        self._among: CallLegs = proxy(among)

    @once
    def identity(self) -> Identity:
        """The numbers of the leg, read with those of the leg it hangs on."""
        return identify(self.view.leg, self.base.leg if self.base is not None else None)

    @fact
    def first_leg(self) -> bool:
        """The leg the call began with."""
        return self.view is self._among.primary

    @fact
    def scanner(self) -> bool:
        """The call was placed by a known scanner: noise, not a call."""
        return self._among.scanner

    @once
    def upstream(self) -> LegView | None:
        """The earlier leg that arrived where this one set out from.

        A B2BUA may have a side each in two networks: there an identifier ties its legs.
        """
        view = self.view
        for other in self._among.views:
            if other is view:
                break
            if _arrives(other, view):
                return self._passed_on() or other
        join = view.leg.joined_by
        if join is None or join.confidence != "certain" or join.other.role == "recording":
            return None
        tied = self._among.all[join.other]
        apart = tied.leg.caller.address != view.leg.caller.address
        return tied if apart and tied.leg.call_id != view.leg.call_id else None

    def _passed_on(self) -> LegView | None:
        """The earlier leg with the same called number: an SBC on both sides of a call relays several of its legs."""
        called = _called(self.view)
        alike = self._among.by_called[called] if called else []
        earlier = [other for other in alike[-_ALIKE:] if other.leg.first_ns < self.view.leg.first_ns]
        return next((other for other in reversed(earlier) if _arrives(other, self.view)), None)

    @once
    def base(self) -> LegView | None:
        """The leg this one hangs on: the one upstream, or the one a transfer moves."""
        for transfer in self._among.call.transfers:
            if self.view.leg in transfer.new_legs and transfer.leg is not None:
                return self._among.all[transfer.leg]
        return self.upstream

    @fact
    def judged(self) -> bool:
        """Its failure is its own: neither healed, nor passed on, nor caused by the leg upstream or another branch."""
        return not (
            self.scanner
            or self.healed
            or self.relayed
            or self.view.answered_elsewhere
            or (self.cancelled_by_upstream and not self.first_leg)
        )

    @fact
    def healed(self) -> bool:
        """A later try for the same upstream leg was answered (route advance, hunting, forward).

        Or that leg was answered without one: a PBX's own voicemail.
        """
        view, base = self.view, self.base
        if view.answered:
            return False
        if base is not None and view.leg.role != "transfer" and _answered_after(base, view):
            return True
        for other in self._among.views:
            if other is view or not other.answered or self._among.related(other).base is not base:
                continue
            # A 2xx that is only implied by later requests was missed; the last message bounds its time.
            answered_ns = other.answer.time_ns if other.answer is not None else other.leg.last_ns
            if answered_ns >= view.leg.first_ns:
                return True
        return False

    @once
    def relayed(self) -> bool:
        """The refusal only passes on what a leg downstream was told, or that it was told nothing."""
        view = self.view
        if view.answered or view.final is None:
            return False
        for other in self._among.views:
            if other is view or other.answered or self._among.related(other).upstream is not view:
                continue
            if other.final is None:
                waited_ns = view.final.time_ns - other.leg.first_ns
                if other.waited_out and not other.progress and waited_ns >= SILENCE_NS:
                    return True
                continue
            if (
                other.cancel is not None
                and view.cancel is not None
                and view.cancel.time_ns <= other.cancel.time_ns
            ):
                continue
            if 0 <= view.final.time_ns - other.final.time_ns <= RELAY_NS:
                return True
        return False

    @fact
    def onward_refused(self) -> bool:
        """A leg that went on from this one was refused for good before this one was over: nobody told its caller."""
        view = self.view
        refused_ns = None if view.answered else self._among.refused_onward.get(view)
        return refused_ns is not None and (view.over_ns is None or refused_ns < view.over_ns)

    @once
    def cancelled_by_upstream(self) -> bool:
        """The leg was cancelled because its caller went away."""
        cancel, base = self.view.cancel, self.base
        if cancel is None or base is None:
            return False
        return any(gone is not None and follows(cancel, gone) for gone in (base.cancel, base.bye))

    @fact
    def bye_passed_on(self) -> bool:
        """The BYE only passes on an abnormal one that had just ended the leg on the other side of its sender."""
        view, bye = self.view, self.view.bye
        if bye is None:
            return False
        if bye.from_caller:
            across = [self.upstream] if self.upstream is not None else []
        else:
            across = [other for other in self._among.views if self._among.related(other).upstream is view]
        return any(
            other.bye is not None
            and other.bye.from_caller == bye.from_caller
            and other.closing is not None
            and other.closing.abnormal
            and follows(bye, other.bye)
            for other in across
        )

    @fact
    def redirect_unfollowed(self) -> bool:
        """A 3xx, and within 5 s no new INVITE of the same caller, on this leg or another."""
        view = self.view
        if view.redirect is None:
            return False
        # With coarse clocks the next INVITE bears the same time; on the leg itself the order of the file decides.
        moment, own = view.redirect.time_ns, view.leg.invites
        later = own[own.index(view.redirected_invite) + 1 :] if view.redirected_invite in own else []
        later = later + [
            invite
            for other in self._among.views
            for invite in other.leg.invites
            if other is not view and other.leg.caller.address == view.leg.caller.address
        ]
        return not any(0 <= invite.time_ns - moment <= REDIRECT_NS for invite in later)

    @fact
    def gave_up(self) -> GaveUp:
        """Who stopped an unanswered leg."""
        return who_gave_up(self.view, self.base, with_upstream=self.cancelled_by_upstream)

    @fact
    def background(self) -> bool:
        """A PBX's own try at somebody while its caller was already answered: queue, ring group."""
        view, base = self.view, self.base
        if self.first_leg or view.leg.role == "transfer":
            return False
        if base is None or base.answer is None or base.answer.time_ns > view.leg.first_ns:
            return False
        return not self._gave_up_with(base)

    def _gave_up_with(self, base: LegView) -> bool:
        """Nobody took the call, and the PBX hung up on its caller as soon as this try had failed."""
        bye, over_ns = base.bye, self.view.over_ns
        if bye is None or bye.from_caller or over_ns is None:
            return False
        at_once = 0 <= bye.time_ns - over_ns <= GIVEN_UP_NS
        return at_once and not any(
            v.answered for v in self._among.views if self._among.related(v).base is base
        )


def follows(cancel: Request, gone: Request) -> bool:
    """A CANCEL came so soon after the end of another leg that this caused it.

    It may seem to come first, captured elsewhere; where times are not known, the order of the file decides.
    """
    known = cancel.first.timed and gone.first.timed
    return -known * UPSTREAM_NS // 2 <= cancel.time_ns - gone.time_ns <= UPSTREAM_NS


def _called(view: LegView) -> str | None:
    invite = opener(view.leg)
    return number_key(called_user(invite)) if invite is not None else None


def _arrives(upstream: LegView, view: LegView) -> bool:
    """Whether ``upstream`` ends at the host, or the platform, that ``view`` sets out from."""
    ends, begins = upstream.sides.callee, view.sides.caller
    if ends.voice_ai and ends.id == begins.id:
        return True
    return _by_address(view.leg, begins.host) in arrivals(upstream.leg, lambda address: address)


def _answered_after(upstream: LegView, view: LegView) -> bool:
    answer, over_ns = upstream.answer, view.over_ns
    return answer is not None and over_ns is not None and answer.time_ns >= over_ns


def _by_address(leg: Leg, end: Host) -> str:
    return host_name(leg, end, lambda address: address)
