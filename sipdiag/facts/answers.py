"""An answer that cannot be used: the call is set up, and no media can flow (RFC 3264 §6, RFC 3261 §13.3.1.4)."""

from __future__ import annotations

from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import AnswerFault
from sipdiag.facts.legview import LegView
from sipdiag.facts.offers import WITHOUT_MEDIA_S, offer_and_answer
from sipdiag.facts.wording import side_label
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.sdp import Sdp


class UnusableAnswer:
    """What is wrong with an answer, and who gave it."""

    def __init__(self, fault: AnswerFault, carrier: CapturedMessage, by_caller: bool, view: LegView) -> None:
        self._fault = fault
        self._carrier = carrier
        self._by_caller = by_caller
        self._view = view

    @evidence("unusable_answer")
    def carrier(self) -> CapturedMessage:
        """The message that carries the answer, or should have carried it."""
        return self._carrier

    @fact
    def fault(self) -> AnswerFault:
        """What is wrong with the answer; `unknown` where nothing is known to be."""
        return self._fault

    @fact
    def by(self) -> str:
        """Who gave the answer."""
        return side_label(self._view.sides, self._by_caller)

    @fact
    def by_caller(self) -> bool:
        """The calling end gave the answer: the offer came with the 200."""
        return self._by_caller


def unusable_answer(view: LegView) -> UnusableAnswer | None:
    """The first fault of the answer of a call that nobody stayed on.

    A call that lives on has found its media some other way.
    """
    answer, invite = view.answer, view.invite
    if answer is None or invite is None or answer.truncated or not invite.first.message.is_request:
        return None
    if view.talk_s is None or view.talk_s >= WITHOUT_MEDIA_S:
        return None
    late = invite.first.message.sdp is None
    carrier = (invite.acks[0] if invite.acks else None) if late else answer
    if carrier is None or carrier.truncated or invite.first.truncated:
        return None
    offer, given = offer_and_answer(view)
    fault = _missing(view, late, offer) if given is None else _fault(offer, given)
    return UnusableAnswer(fault, carrier, late, view) if fault is not None else None


def _missing(view: LegView, late: bool, offer: Sdp | None) -> AnswerFault | None:
    """No session description answers the offer."""
    if offer is None or not offer.audio:
        return None
    return AnswerFault.missing_in_ack if late else AnswerFault.missing


def _fault(offer: Sdp | None, answer: Sdp) -> AnswerFault | None:
    """What makes a session description unusable; comparisons with the offer are in ``offers``."""
    audio = answer.audio
    if answer.media and not any(media.port for media in answer.media):
        return AnswerFault.all_refused if offer is not None and offer.audio else None
    if any(not media.connection for media in audio):
        return AnswerFault.no_connection
    if any("TLS" in media.proto and not media.fingerprints for media in audio):
        return AnswerFault.no_fingerprint
    return None
