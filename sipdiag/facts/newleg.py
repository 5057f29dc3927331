"""The leg that a transfer created: the caller it shows, and how it ended."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.calls.parties import last_try, number_key, user_of
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import Method
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.facts.transferview import TransferView
from sipdiag.messages.captured import CapturedMessage

STAYED_S = 2.0
"""A caller who stays this long after the target was hung up on was not part of that."""


class NewLeg:
    """The new leg that decided a transfer: the answered one, else the last."""

    def __init__(self, leg: LegView, view: TransferView) -> None:
        self._leg = leg
        self._view = view

    @evidence("new_invite")
    def invite(self) -> Request | None:
        """The INVITE of the new leg."""
        return self._leg.opening

    @evidence("new_final")
    def final(self) -> CapturedMessage | None:
        """The final response on the new leg."""
        return self._leg.final

    @evidence("new_bye")
    def bye(self) -> Request | None:
        """The BYE on the new leg."""
        return self._leg.bye

    @fact
    def target_talk_s(self) -> float | None:
        """How long the target's leg was up."""
        return self._leg.talk_s

    @fact(absent="its own number")
    def shown_number(self) -> str | None:
        """The number the new leg shows as the caller's."""
        invite = last_try(self._leg.leg)
        return user_of(invite.from_) or None if invite is not None else None

    @fact(absent="the caller's number")
    def caller_number(self) -> str | None:
        """The caller's number on the moved leg."""
        moved = last_try(self._view.base.leg) if self._view.base is not None else None
        return user_of(moved.from_) or None if moved is not None else None

    @fact
    def shows_own_number(self) -> bool | None:
        """The new leg shows a number that is not the caller's."""
        if self._view.method != Method.invite or self._view.base is None:
            return None
        return bool(
            self.shown_number
            and self.caller_number
            and self._leg.answered
            and number_key(self.shown_number) != number_key(self.caller_number)
        )

    @once
    def _dropped(self) -> Request | None:
        """The BYE by which the transferring side hung up on the target."""
        bye = self._leg.bye
        by_invite = self._view.method == Method.invite and self._view.base is not None
        return bye if by_invite and bye is not None and bye.from_caller else None

    @once
    def _stayed_s(self) -> float | None:
        base = self._view.base
        if self._dropped is None or base is None:
            return None
        return seconds(self._dropped.time_ns, base.end_ns if base.end_ns is not None else base.capture_end_ns)

    @fact
    def dropped_by_platform(self) -> bool | None:
        """The target answered, and the transferring side hung up on it while the caller stayed."""
        return self._stayed_s >= STAYED_S if self._stayed_s is not None else None

    @fact
    def caller_stayed_s(self) -> float | None:
        """How long the caller's leg stayed up after the target was hung up on."""
        return max(0.0, self._stayed_s) if self._stayed_s is not None else None
