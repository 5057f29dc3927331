"""A failed leg compared with the other traffic between its two ends: a peer that was alive, a sibling that worked."""

from __future__ import annotations

from itertools import islice

from msgspec import Struct

from sipdiag.calls.parties import called_user, number_key
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import State
from sipdiag.facts.fragments import in_fragments
from sipdiag.facts.invites import MOST_NAMED, differences, listed, unusual_headers
from sipdiag.facts.legview import LegView
from sipdiag.facts.neighbours import Accepted, Answers, Neighbours
from sipdiag.facts.notes import sender_of, trunk_of
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.messages.captured import CapturedMessage

ALIVE_S = 180.0
"""Who answered within this time before and after an INVITE was there meanwhile: three keep-alives of a minute."""
COMPARED = 4
"""How many accepted legs a failed one is compared with."""
TRIES = 3
"""INVITEs of each."""
ABOUT_THE_NUMBER = frozenset({404, 410, 480, 484, 486, 600, 603, 604})
"""Refusals that a call to another number says nothing about."""
ABOUT_THE_INVITE = frozenset({400, 403, 406, 413, 414, 415, 416, 420, 421, 488, 500, 501, 505, 513, 606})
"""Refusals that may be caused by how the INVITE is written, or by who sent it from where."""
CHALLENGES = frozenset({401, 407})
"""To an INVITE that had credentials: they may be the wrong ones."""
ABOUT_THE_CALLER = frozenset({403, 603})
"""Refusals that may lie in the number that calls."""


class Sibling(Struct, frozen=True):
    """The accepted INVITE that is most like the failed one."""

    leg: Accepted
    invite: CapturedMessage
    differences: list[str]


class FailedSetup(Struct, frozen=True):
    """A leg that failed in a way that what else went on between its ends may explain."""

    sent: tuple[CapturedMessage, ...]
    """The deciding INVITE, as often as it was sent."""
    silent: bool
    """Nothing at all came back on it."""
    comparable: bool
    """An INVITE that was taken may show what was wrong with this one."""
    status: int | None
    call_id: str
    sender: str
    trunk: str

    @property
    def called(self) -> str | None:
        """The called number, as :func:`number_key` has it."""
        return number_key(called_user(self.sent[0].message))


def failed_setup(view: LegView) -> FailedSetup | None:
    """A leg that nobody answered, or that was refused for what may lie in its INVITE; None for any other."""
    invite = view.invite
    if invite is None or not invite.own.requests or view.answered:
        return None
    silent = not view.tried
    comparable = not view.rang and _comparable(view, silent)
    if not silent and not comparable:
        return None
    sent = tuple(invite.own.requests)
    return FailedSetup(
        sent, silent, comparable, view.status, view.leg.call_id, sender_of(view), trunk_of(view)
    )


def _comparable(view: LegView, silent: bool) -> bool:
    if view.state == State.refused:
        if view.status in CHALLENGES:
            return bool(view.authenticated)
        return view.status in ABOUT_THE_INVITE or view.status in ABOUT_THE_NUMBER
    return silent and (view.waited_out or view.cancelled)


class BesideSiblings:
    """A leg compared with the others between the same two ends."""

    def __init__(self, failed: FailedSetup | None, neighbours: Neighbours) -> None:
        """``failed``: None of a leg that did not fail so, whatever went on beside it."""
        self._failed = failed
        self._neighbours = neighbours

    @once
    def _silent(self) -> FailedSetup | None:
        return self._failed if self._failed is not None and self._failed.silent else None

    # -- a living peer ---------------------------------------------------------------------------

    @fact
    def peer_acknowledged(self) -> bool | None:
        """Nothing came back on the INVITE, but the TCP of the called host acknowledged it."""
        return self._silent is not None and any(map(self._neighbours.acknowledged, self._silent.sent))

    @once
    def _fragmented(self) -> bool:
        first = self._silent.sent[0] if self._silent is not None else None
        return first is not None and in_fragments(first)

    @once
    def _answers(self) -> Answers | None:
        return self._around if not self._fragmented else None

    @once
    def _around(self) -> Answers | None:
        """What the called host answered around an INVITE to which nothing came."""
        if self._silent is None or not self._silent.sent[0].timed:
            return None
        first, last = self._silent.sent[0], self._silent.sent[-1]
        found = self._neighbours.answers(first)
        if found.after is None or seconds(first.time_ns, found.after.time_ns) > ALIVE_S:
            return None
        if found.after.time_ns < last.time_ns:
            # It spoke between two sendings of this INVITE.
            return found
        if found.before is None or seconds(found.before.time_ns, first.time_ns) > ALIVE_S:
            return None
        return found

    @fact
    def peer_alive(self) -> bool | None:
        """Nothing came back on the INVITE, but meanwhile the called host answered other requests on the same path.

        It did so between two sendings, or both before and after; an INVITE that may have been cut into fragments does
        not count.
        """
        return self._answers is not None

    @fact
    def smaller_answered(self) -> bool | None:
        """Nothing came back on an INVITE that may have been cut into fragments; shorter requests on the same path were answered."""
        return self._fragmented and self._around is not None

    @fact(absent="another request")
    def alive_method(self) -> str | None:
        """Method of what was answered after the INVITE was first sent."""
        answers = self._answers
        return answers.after.message.cseq_method or None if answers and answers.after else None

    @fact
    def alive_before_s(self) -> float | None:
        """How long before the INVITE the called host answered for the last time, if that is no longer than minutes."""
        answers = self._answers
        if answers is None or answers.before is None or self._silent is None:
            return None
        before_s = seconds(answers.before.time_ns, self._silent.sent[0].time_ns)
        return before_s if before_s <= ALIVE_S else None

    @fact
    def alive_after_s(self) -> float | None:
        """How long after the INVITE was first sent the called host answered something else."""
        answers = self._answers
        if answers is None or answers.after is None or self._silent is None:
            return None
        return seconds(self._silent.sent[0].time_ns, answers.after.time_ns)

    @evidence("alive")
    def alive(self) -> list[CapturedMessage]:
        """What the called host answered meanwhile."""
        answers = self._answers
        return [captured for captured in answers if captured is not None] if answers else []

    @fact(absent="nothing unusual")
    def unusual_headers(self) -> str | None:
        """Headers that an INVITE without any answer alone has: none that was taken there, or no ordinary one, has them."""
        if self._silent is None or self.sibling is not None:
            return None  # The comparison with a sibling says more.
        return listed(unusual_headers(self._silent.sent[0].message)) or None

    # -- a sibling that worked -------------------------------------------------------------------

    @once
    def _compared(self) -> FailedSetup | None:
        return self._failed if self._failed is not None and self._failed.comparable else None

    @evidence("refused_alike")
    def refused_oneself(self) -> CapturedMessage | None:
        """The same refusal of a SUBSCRIBE or PUBLISH that the caller sent about itself."""
        failed = self._compared
        if failed is None or failed.status is None:
            return None
        first = failed.sent[0]
        return self._neighbours.refused_oneself(first.dst, first.src.address, failed.status)

    @fact
    def refused_alike(self) -> bool | None:
        """The called side refused what the caller asked about itself (SUBSCRIBE, PUBLISH) with the same status, and accepted none such."""
        return self.refused_oneself is not None

    @once
    def _candidates(self) -> list[Accepted]:
        """The accepted legs near by: those to the same number, else to others where the number says nothing."""
        failed = self._compared
        if failed is None:
            return []
        legs = self._neighbours.accepted(failed.sender, failed.trunk, failed.sent[0].time_ns)
        others = [leg for leg in legs if leg.call_id != failed.call_id]
        same = [leg for leg in others if leg.called is not None and leg.called == failed.called]
        return same or ([] if failed.status in ABOUT_THE_NUMBER else others)

    @once
    def sibling(self) -> Sibling | None:
        """Of the INVITEs of those legs the one with the fewest differences."""
        failed = self._compared
        if failed is None:
            return None
        caller = failed.status in ABOUT_THE_CALLER
        found = [
            Sibling(leg, invite, differences(failed.sent[0], invite, caller=caller))
            for leg in self._candidates[:COMPARED]
            for invite in islice(self._neighbours.invites(leg), TRIES)
        ]
        # Of several tries the last one was accepted.
        return min(reversed(found), key=lambda one: len(one.differences), default=None)

    @fact
    def sibling_worked(self) -> bool | None:
        """The leg failed without ringing, and another INVITE between the same two ends was taken."""
        return bool(self._candidates)

    @fact(absent="another call")
    def sibling_leg(self) -> str | None:
        """The leg whose INVITE was taken."""
        return self.sibling.leg.leg if self.sibling is not None else None

    @fact
    def sibling_same_number(self) -> bool | None:
        """That leg called the same number."""
        if self.sibling is None or self._failed is None:
            return None
        return self.sibling.leg.called == self._failed.called

    @fact
    def sibling_differs(self) -> bool | None:
        """The two INVITEs differ in more than their numbers and ids."""
        return bool(self.sibling.differences) if self.sibling is not None else None

    @fact(absent="nothing")
    def sibling_difference(self) -> str | None:
        """How this INVITE differs from the one that was taken."""
        if self.sibling is None or not self.sibling.differences:
            return None
        return "; ".join(self.sibling.differences[:MOST_NAMED])

    @evidence("sibling_invite")
    def sibling_invite(self) -> CapturedMessage | None:
        """The INVITE that was taken."""
        return self.sibling.invite if self.sibling is not None else None
