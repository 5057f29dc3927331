"""What a B2BUA changed between the call it got and the refused one that it placed for it.

A PBX may well show another number, dial another one or offer other codecs than it got; it is told only where the next
hop refused the call for just that.
"""

from __future__ import annotations

from sipdiag.facts.declare import fact
from sipdiag.facts.enums import State
from sipdiag.facts.identity import Identity, identify
from sipdiag.facts.legview import LegView
from sipdiag.facts.offers import G711, NO_SPEECH
from sipdiag.facts.once import once
from sipdiag.knowledge.number import Number, NumberForm
from sipdiag.sip.sdp import Sdp

SAME_DIGITS = 7
"""Two numbers that end alike over so many digits are one subscriber's, written in two ways."""
_INTERNATIONAL = frozenset({NumberForm.e164, NumberForm.exit_code})


class Middle:
    """A refused leg, beside the leg that it was placed for."""

    def __init__(self, view: LegView, identity: Identity, above: LegView | None) -> None:
        self._view = view
        self._identity = identity
        self._above = above if view.state == State.refused else None

    @once
    def _before(self) -> Identity | None:
        return identify(self._above.leg, None) if self._above is not None else None

    @fact
    def caller_before(self) -> str | None:
        """The full number that the caller showed, where the B2BUA shows another in its place."""
        got = self._before.caller if self._before is not None else None
        shown = [number for _, number in self._identity.judged[:1]]
        if got is None or not got.possible or got.e164 is None or not shown:
            return None
        return None if shown[0].e164 == got.e164 else got.e164

    @fact
    def called_before(self) -> str | None:
        """The international number that was called, where the B2BUA dialled the same digits as another one."""
        got = self._before.callee if self._before is not None else None
        dialled = self._identity.callee
        if got is None or dialled is None or got.form not in _INTERNATIONAL or not got.possible:
            return None
        if not _international(dialled) or got.e164 is None or dialled.e164 == got.e164:
            return None
        alike = _digits(dialled.raw)[-SAME_DIGITS:] == _digits(got.raw)[-SAME_DIGITS:]
        return got.e164 if alike and len(_digits(got.raw)) > SAME_DIGITS else None

    @fact
    def codecs_removed(self) -> str | None:
        """The codecs that the B2BUA took out of the offer, where that left no PCMU or PCMA, which it had got."""
        if self._above is None:
            return None
        got, offered = _offered(self._above), _offered(self._view)
        if got is None or offered is None or not offered.audio:
            return None
        left, before = _names(offered), _names(got)
        if not left or not G711.isdisjoint(left) or G711.isdisjoint(before):
            return None
        return ", ".join(name.upper() for name in before if name not in left)


def _offered(view: LegView) -> Sdp | None:
    """The offer of the deciding INVITE."""
    first = view.invite.first if view.invite is not None else None
    return (
        first.message.sdp if first is not None and first.message.is_request and not first.truncated else None
    )


def _names(sdp: Sdp) -> dict[str, None]:
    """The speech codecs of an offer, in its order."""
    named = (codec.name.lower() for media in sdp.audio for codec in media.codecs)
    return dict.fromkeys(name for name in named if name and name not in NO_SPEECH)


def _international(number: Number) -> bool:
    return number.form in _INTERNATIONAL or number.raw.startswith("+")


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
