"""A failed leg beside what else the capture shows of its two ends: a peer that was alive, a sibling that worked."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from sipdiag.calls.parties import called_user, number_key
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import State
from sipdiag.facts.invites import MOST_NAMED, differences, listed, unusual_headers
from sipdiag.facts.legview import LegView
from sipdiag.facts.neighbours import Accepted, Answers, Neighbours
from sipdiag.facts.notes import sender_of, trunk_of
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.messages.captured import CapturedMessage

ALIVE_S = 180.0
"""Who answered within this time before and after an INVITE was there meanwhile: three keep-alives of a minute."""
ONE_PACKET = 1300
"""Bytes; a longer INVITE over UDP may be cut into fragments, which get lost where shorter messages pass (RFC 3261 §18.1.1)."""
COMPARED = 4
"""Accepted legs that a failed one is held against."""
TRIES = 3
"""INVITEs of each."""
ABOUT_THE_NUMBER = frozenset({404, 410, 480, 484, 486, 600, 603, 604})
"""Refusals that a call to another number says nothing about."""
ABOUT_THE_INVITE = frozenset({400, 403, 406, 413, 414, 415, 416, 420, 421, 488, 500, 501, 505, 513, 606})
"""Refusals that may lie in how the INVITE is written, or in who sent it from where."""
ABOUT_THE_CALLER = frozenset({403, 603})
"""Refusals that may lie in the number that calls."""


class Sibling(NamedTuple):
    """The accepted INVITE that is most like the failed one."""

    leg: Accepted
    invite: CapturedMessage
    differences: list[str]


class BesideSiblings:
    """A leg beside the others between the same two ends."""

    def __init__(self, view: LegView, neighbours: Neighbours | None) -> None:
        """``neighbours``: None while not all of the input was read."""
        self._view = view
        self._neighbours = neighbours

    @once
    def _sent(self) -> list[CapturedMessage]:
        """The deciding INVITE, as often as it was sent."""
        invite = self._view.invite
        return invite.own.requests if invite is not None else []

    @once
    def _silent(self) -> bool:
        """Nothing at all came back on an INVITE."""
        return bool(self._sent) and not self._view.tried and not self._view.answered

    # -- a living peer ---------------------------------------------------------------------------

    @fact(known_at="capture")
    def peer_acknowledged(self) -> bool | None:
        """Nothing came back on the INVITE, but the TCP of the called host acknowledged it."""
        if self._neighbours is None:
            return None
        return self._silent and any(map(self._neighbours.acknowledged, self._sent))

    @once
    def _answers(self) -> Answers | None:
        if self._neighbours is None or not self._silent or not self._sent[0].timed:
            return None
        first, last = self._sent[0], self._sent[-1]
        if first.transport == "UDP" and len(first.message.raw) > ONE_PACKET:
            return None
        found = self._neighbours.answers(first)
        if found.after is None or seconds(first.time_ns, found.after.time_ns) > ALIVE_S:
            return None
        if found.after.time_ns < last.time_ns:
            # It spoke between two sendings of this INVITE.
            return found
        if found.before is None or seconds(found.before.time_ns, first.time_ns) > ALIVE_S:
            return None
        return found

    @fact(known_at="capture")
    def peer_alive(self) -> bool | None:
        """Nothing came back on the INVITE, but meanwhile the called host answered other requests on the same path.

        It did so between two sendings, or both before and after; an INVITE that may have been cut into fragments does
        not count.
        """
        return self._answers is not None if self._neighbours is not None else None

    @fact(absent="another request", known_at="capture")
    def alive_method(self) -> str | None:
        """Method of what was answered after the INVITE was first sent."""
        answers = self._answers
        return answers.after.message.cseq_method or None if answers and answers.after else None

    @fact(known_at="capture")
    def alive_before_s(self) -> float | None:
        """How long before the INVITE the called host answered for the last time, if that is no longer than minutes."""
        answers = self._answers
        if answers is None or answers.before is None:
            return None
        before_s = seconds(answers.before.time_ns, self._sent[0].time_ns)
        return before_s if before_s <= ALIVE_S else None

    @fact(known_at="capture")
    def alive_after_s(self) -> float | None:
        """How long after the INVITE was first sent the called host answered something else."""
        answers = self._answers
        return seconds(self._sent[0].time_ns, answers.after.time_ns) if answers and answers.after else None

    @evidence("alive")
    def alive(self) -> list[CapturedMessage]:
        """What the called host answered meanwhile."""
        answers = self._answers
        return [captured for captured in answers if captured is not None] if answers else []

    @fact(absent="nothing unusual", known_at="capture")
    def unusual_headers(self) -> str | None:
        """Headers that an INVITE without any answer alone has: none that was taken there, or no ordinary one, has them."""
        if not self._silent or self._neighbours is None:
            return None
        if self.sibling is not None:
            return None  # The comparison says more.
        return listed(unusual_headers(self._sent[0].message)) or None

    # -- a sibling that worked -------------------------------------------------------------------

    @once
    def _comparable(self) -> bool:
        view = self._view
        if view.answered or view.rang or not self._sent:
            return False
        if view.state == State.refused:
            return view.status in ABOUT_THE_INVITE or view.status in ABOUT_THE_NUMBER
        return self._silent and (view.waited_out or view.cancelled)

    @once
    def _candidates(self) -> list[Accepted]:
        """The accepted legs near by: those to the same number, else to others where the number says nothing."""
        if not self._comparable or self._neighbours is None:
            return []
        view = self._view
        called, own = number_key(called_user(self._sent[0].message)), view.leg.call_id
        legs = self._neighbours.accepted(sender_of(view), trunk_of(view), self._sent[0].time_ns)
        others = [leg for leg in legs if leg.call_id != own]
        same = [leg for leg in others if leg.called is not None and leg.called == called]
        return same or ([] if view.status in ABOUT_THE_NUMBER else others)

    @once
    def sibling(self) -> Sibling | None:
        """Of the INVITEs of those legs the one with the fewest differences."""
        if self._neighbours is None:
            return None
        caller = self._view.status in ABOUT_THE_CALLER
        found = [
            Sibling(leg, invite, differences(self._sent[0], invite, caller=caller))
            for leg in self._candidates[:COMPARED]
            for invite in islice(self._neighbours.invites(leg), TRIES)
        ]
        return min(found, key=lambda one: len(one.differences), default=None)

    @fact(known_at="capture")
    def sibling_worked(self) -> bool | None:
        """The leg failed without ringing, and another INVITE between the same two ends was taken."""
        if not self._comparable:
            return False  # Whatever the rest of the capture holds.
        return bool(self._candidates) if self._neighbours is not None else None

    @fact(absent="another call", known_at="capture")
    def sibling_leg(self) -> str | None:
        """The leg whose INVITE was taken."""
        return self.sibling.leg.leg if self.sibling is not None else None

    @fact(known_at="capture")
    def sibling_same_number(self) -> bool | None:
        """That leg called the same number."""
        if self.sibling is None:
            return None
        return self.sibling.leg.called == number_key(called_user(self._sent[0].message))

    @fact(known_at="capture")
    def sibling_differs(self) -> bool | None:
        """The two INVITEs differ in more than their numbers and ids."""
        return bool(self.sibling.differences) if self.sibling is not None else None

    @fact(absent="nothing", known_at="capture")
    def sibling_difference(self) -> str | None:
        """How this INVITE differs from the one that was taken."""
        if self.sibling is None or not self.sibling.differences:
            return None
        return "; ".join(self.sibling.differences[:MOST_NAMED])

    @evidence("sibling_invite")
    def sibling_invite(self) -> CapturedMessage | None:
        """The INVITE that was taken."""
        return self.sibling.invite if self.sibling is not None else None
