"""A leg among all of the capture: what is known of it when all calls are.

Until then a leg needs no more of itself for it than :class:`Standing`.
"""

from __future__ import annotations

from msgspec import Struct

from sipdiag.facts.beside import BesideSiblings, FailedSetup, failed_setup
from sipdiag.facts.declare import facts
from sipdiag.facts.identity import Identity
from sipdiag.facts.known import Known
from sipdiag.facts.later import LATER, Later
from sipdiag.facts.legview import LegView
from sipdiag.facts.neighbours import Neighbours
from sipdiag.facts.notes import JoinKeys, keys_of
from sipdiag.facts.numbers import InCapture
from sipdiag.facts.untimed import Untimed
from sipdiag.facts.wide import Wide


class Whole(Struct, frozen=True):
    """All of the capture, as a leg asks about it."""

    wide: Wide
    """What the notes of all calls tell."""
    neighbours: Neighbours
    """What went on between the same hosts."""


class Standing(Struct, frozen=True):
    """What of a leg its facts in the whole capture follow from."""

    keys: JoinKeys
    failed: FailedSetup | None
    """Where its own messages do not explain why it failed."""
    timed: bool
    """The times of its call are known."""


def standing_of(view: LegView, identity: Identity, *, timed: bool) -> Standing:
    """Of one leg."""
    return Standing(keys_of(view, identity), failed_setup(view), timed)


class Among:
    """A leg among all of the capture."""

    def __init__(self, leg: Standing, whole: Whole | None) -> None:
        """``whole``: None while not all of the capture was read."""
        self._leg = leg
        self._whole = whole

    @facts(known_at="capture")
    def in_capture(self) -> InCapture | Later:
        """What all calls of the capture tell of it."""
        return InCapture(self._leg.keys, self._whole.wide) if self._whole is not None else LATER

    @facts(known_at="capture")
    def beside(self) -> BesideSiblings | Later:
        """What else went on between its two ends: of most legs it does not matter."""
        if self._whole is not None:
            return BesideSiblings(self._leg.failed, self._whole.neighbours)
        return BesideSiblings(None, _NOBODY) if self._leg.failed is None else LATER


_NOBODY = Neighbours()


def known_among(leg: Standing, whole: Whole) -> Known:
    """The facts of a leg in the whole capture."""
    return (Known if leg.timed else Untimed)(Among(leg, whole))
