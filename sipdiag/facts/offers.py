"""Offer and answer of the initial INVITE, wherever they travel (RFC 3264, RFC 3261 §13.2.1, RFC 3262 §5).

The offer is in the INVITE, or, where that has none, in the first reliable provisional response or the 2xx; the
answer then is in the PRACK or ACK.  Later offers replace earlier ones and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sipdiag.calls.model import Request
from sipdiag.facts.declare import fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.sdp import MediaDescription, Sdp

NO_SPEECH = frozenset({"telephone-event", "cn", "red", "rtx", "ulpfec"})
"""Payload formats that carry no speech (RFC 4733, RFC 3389)."""

G711 = frozenset({"pcmu", "pcma"})
MOST_NAMED = 8
"""More codecs than this make no sentence."""
WITHOUT_MEDIA_S = 10.0
"""Nobody stays longer on a call on which nothing is heard."""


def common_codecs(view: LegView) -> frozenset[str] | None:
    """The audio codecs that offer and answer share, by name; None if unknown."""
    offer, answer = offer_and_answer(view)
    if offer is None or answer is None:
        return None
    offered, accepted = _codecs(offer), _codecs(answer)
    if not offered or not accepted:
        return None
    return frozenset(offered & accepted)


def answer_secure(view: LegView) -> bool | None:
    """An answer that takes SRTP where only plain RTP was offered (True), or the reverse (False); else None.

    Keys beside a plain profile leave the choice to the answer.
    """
    offer, answer = offer_and_answer(view)
    if offer is None or answer is None:
        return None
    offered = {kind for media in offer.audio for kind in (secure(media), media.crypto)}
    accepted = {secure(media) for media in answer.audio}
    if not offered or len(accepted) != 1 or offered & accepted:
        return None
    return True in accepted


def secure(media: MediaDescription) -> bool:
    """It is SRTP (RFC 4568, RFC 5764)."""
    return "SAVP" in media.proto.upper()


def offer_and_answer(view: LegView) -> tuple[Sdp | None, Sdp | None]:
    """The first offer of the deciding INVITE and its answer, as far as they were captured."""
    if view.invite is None or view.answer is None or not view.invite.first.message.is_request:
        return None, None
    offer = view.invite.first.message.sdp
    responses = [*_responses(view.invite, view.answer)]
    if offer is not None:
        # From the last: no need to read the ones before.
        return offer, next(_descriptions(reversed(responses)), None)
    return next(_descriptions(responses), None), next(_descriptions(_acknowledgements(view)), None)


def _descriptions(messages: Iterable[CapturedMessage]) -> Iterator[Sdp]:
    for captured in messages:
        sdp = captured.message.sdp
        if sdp is not None:
            yield sdp


def _responses(invite: Request, answer: CapturedMessage) -> Iterator[CapturedMessage]:
    """18x of the dialog that was answered, then the 2xx."""
    for response in invite.own.provisionals:
        if response.message.to_tag == answer.message.to_tag:
            yield response
    yield answer


def _acknowledgements(view: LegView) -> Iterator[CapturedMessage]:
    for request in view.requests("PRACK"):
        if request.first.message.is_request:
            yield request.first
    if view.invite is not None:
        yield from view.invite.acks


def _codecs(sdp: Sdp) -> set[str]:
    return {
        codec.name.lower() or str(codec.payload_type)
        for media in sdp.audio
        for codec in media.codecs
        if codec.name.lower() not in NO_SPEECH
    }


class OfferFacts:
    """What audio the deciding INVITE offers, and what was agreed on."""

    def __init__(self, view: LegView) -> None:
        self._view = view

    @once
    def _unanswered(self) -> Sdp | None:
        """The offer, where it was not answered."""
        view = self._view
        if view.answered or view.final is None:
            return None
        first = view.invite.first if view.invite is not None else None
        if first is None or not first.message.is_request or first.truncated:
            return None
        return first.message.sdp

    @once
    def _refused(self) -> Sdp | None:
        """That offer, where it names audio: who refuses it may not like that."""
        return self._unanswered if self._unanswered is not None and self._unanswered.audio else None

    @fact
    def offer_disabled(self) -> bool | None:
        """Every stream that a refused INVITE offers has port 0: none of them may be used (RFC 3264 §5.1)."""
        if self._unanswered is None or not self._unanswered.media:
            return None
        return not any(media.port for media in self._unanswered.media)

    @fact
    def offer_secure(self) -> bool | None:
        """All audio that a refused INVITE offers is SRTP (RTP/SAVP), none of it plain."""
        return all(map(secure, self._refused.audio)) if self._refused is not None else None

    @fact
    def offer_g711(self) -> bool | None:
        """A refused INVITE offers PCMU or PCMA."""
        return not _codecs(self._refused).isdisjoint(G711) if self._refused is not None else None

    @fact
    def offer_ip6(self) -> bool | None:
        """All audio that a refused INVITE offers is at IPv6 addresses."""
        if self._refused is None:
            return None
        return all(":" in (media.connection or "") and not media.candidates for media in self._refused.audio)

    @fact(absent="the offered media")
    def offered_media(self) -> str | None:
        """Audio that a refused INVITE offers, in words."""
        audio = self._refused.audio if self._refused is not None else []
        names = dict.fromkeys(
            codec.name.upper() or f"payload type {codec.payload_type}"
            for media in audio
            for codec in media.codecs
            if codec.name.lower() not in NO_SPEECH
        )
        if not names:
            return None
        keys = any(media.crypto for media in audio)
        kind = "SRTP" if self.offer_secure else "RTP or SRTP" if keys else "plain RTP"
        return f"{', '.join(list(names)[:MOST_NAMED])} over {kind}"

    @fact
    def common_codec(self) -> bool | None:
        """Offer and answer share a codec; absent unless both were captured."""
        shared = common_codecs(self._view)
        return bool(shared) if shared is not None else None

    @fact
    def offer_late(self) -> bool:
        """The INVITE made no offer: the called side does, and the calling side answers (RFC 3261 §13.2.1)."""
        invite = self._view.invite
        return invite is not None and invite.first.message.is_request and invite.first.message.sdp is None

    @fact
    def answer_secure(self) -> bool | None:
        """Plain RTP was offered and SRTP answered (true), or the reverse (false); absent where they agree."""
        return answer_secure(self._view)

    @fact
    def srtp_mismatch(self) -> bool:
        """Plain RTP was offered and SRTP answered, or the reverse, and the call ended soon."""
        return self.answer_secure is not None and (self._view.talk_s or 0.0) < WITHOUT_MEDIA_S
