"""How well one leg continues another, by numbers, hosts and times."""

from __future__ import annotations

from sipdiag.calls.profile import Profile

REROUTE_NS = 1_000_000_000
"""A PBX that was refused tries its next trunk within this time; a person takes longer to dial again."""
TOGETHER_NS = 500_000_000
"""A bridge that sees one of its legs end hangs up the other within this time."""
NEAR_NS = 60_000_000_000
"""An identifier seen again this soon after a leg's last message is that leg's."""
AGAIN = "the same numbers tried again by another route"


def near(earlier: Profile, later: Profile) -> bool:
    """Overlapping, or close enough that an identifier used again is not a coincidence."""
    return later.start_ns - earlier.last_ns <= NEAR_NS


def apart(earlier: Profile, later: Profile) -> bool:
    """They share no host."""
    return (
        earlier.src != later.src
        and later.src not in earlier.arrives
        and earlier.arrives.isdisjoint(later.arrives)
    )


def end_together(earlier: Profile, later: Profile) -> bool:
    """Both were answered, and ended by BYE at the same time."""
    ended = earlier.end_ns <= earlier.last_ns and later.end_ns <= later.last_ns
    return ended and earlier.answered and later.answered and abs(earlier.end_ns - later.end_ns) <= TOGETHER_NS


def affinity(earlier: Profile, later: Profile) -> tuple[int, str]:
    """How well ``later``, sent by a host of ``earlier``, continues it; 0 for not at all."""
    if later.start_ns < earlier.start_ns or earlier.call_id == later.call_id:
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
        # Once the call is over, the called party may call somebody else for its own reasons.
        if later.start_ns <= earlier.end_ns and earlier.callee is not None and earlier.callee == later.caller:
            return 1, "it calls from the number that was called"
    elif earlier.src == later.src and same_caller and same_callee and _next_route(earlier, later):
        return 4, AGAIN
    elif earlier.src == later.src and earlier.answered and earlier.callee is not None:
        # A platform that called somebody, and dials a third party while that call is up.  Two calls
        # that a carrier delivers to one number are not that, though both name it in Diversion.
        if earlier.callee == later.caller:
            return 4, "it calls from the number that was called"
        if earlier.callee in later.mentioned and same_caller and not same_callee:
            return 3, "the called number in its identity headers"
    return 0, ""


def beside(earlier: Profile, later: Profile) -> bool:
    """True if the two legs run in parallel between the same hosts and numbers; then they are separate calls, not retries."""
    same = (earlier.src, earlier.caller, earlier.callee) == (later.src, later.caller, later.callee)
    return same and earlier.end_ns > later.start_ns and not earlier.arrives.isdisjoint(later.arrives)


def _next_route(earlier: Profile, later: Profile) -> bool:
    """Whether ``later`` is the same host's next try for the call that ``earlier`` did not get through."""
    elsewhere = earlier.arrives.isdisjoint(later.arrives)
    if earlier.moved_on:
        # A leg in parallel to the first between the same two is another call.
        return elsewhere or earlier.last_ns <= later.start_ns
    # Nobody redials within a second, and over another trunk at that.
    soon = 0 <= later.start_ns - earlier.end_ns <= REROUTE_NS
    return earlier.refused and soon and elsewhere
