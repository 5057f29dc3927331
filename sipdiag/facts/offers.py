"""Offer and answer of the initial INVITE, wherever they travel (RFC 3264, RFC 3261 §13.2.1, RFC 3262 §5).

The offer is in the INVITE, or, where that has none, in the first reliable provisional response or the 2xx; the
answer then is in the PRACK or ACK.  Later offers replace earlier ones and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sipdiag.facts.legview import LegView
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.sdp import Media, Sdp

NO_SPEECH = frozenset({"telephone-event", "cn", "red", "rtx", "ulpfec"})
"""Payload formats that carry no speech of their own (RFC 4733, RFC 3389)."""

MOST_NAMED = 8
"""More codecs than this make no sentence."""


def common_codec(view: LegView) -> bool | None:
    """Whether offer and answer share an audio codec; None unless both were captured and both name some."""
    shared = common_codecs(view)
    return bool(shared) if shared is not None else None


def common_codecs(view: LegView) -> frozenset[str] | None:
    """The audio codecs that offer and answer share, by name; None where that cannot be told."""
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
    offered = {kind for media in _audio(offer) for kind in (_secure(media), media.crypto)}
    accepted = {_secure(media) for media in _audio(answer)}
    if not offered or len(accepted) != 1 or offered & accepted:
        return None
    return True in accepted


def _audio(sdp: Sdp) -> list[Media]:
    return [media for media in sdp.media if media.kind == "audio" and media.port]


def _secure(media: Media) -> bool:
    return "SAVP" in media.proto.upper()


def offer_and_answer(view: LegView) -> tuple[Sdp | None, Sdp | None]:
    """The first offer of the deciding INVITE and its answer, as far as they were captured."""
    if view.invite is None or view.answer is None or not view.invite.first.message.is_request:
        return None, None
    offer = view.invite.first.message.sdp
    responses = [*_responses(view)]
    if offer is not None:
        # From the last: no need to read the ones before.
        return offer, next(_descriptions(reversed(responses)), None)
    return next(_descriptions(responses), None), next(_descriptions(_acknowledgements(view)), None)


def _descriptions(messages: Iterable[CapturedMessage]) -> Iterator[Sdp]:
    for captured in messages:
        sdp = captured.message.sdp
        if sdp is not None:
            yield sdp


def _responses(view: LegView) -> Iterator[CapturedMessage]:
    """18x of the dialog that was answered, then the 2xx."""
    answer = view.answer
    if answer is None or view.invite is None:
        return
    for response in view.invite.own.provisionals:
        if response.message.to_tag == answer.message.to_tag:
            yield response
    yield answer


def _acknowledgements(view: LegView) -> Iterator[CapturedMessage]:
    for request in view.requests("PRACK"):
        if request.first.message.is_request:
            yield request.first
    if view.invite is not None:
        yield from view.invite.acks


def offer_facts(view: LegView) -> dict[str, object]:
    """What audio the deciding INVITE offers, where it was not answered: who refuses it may not like that."""
    if view.answered or view.final is None:
        return {}
    first = view.invite.first if view.invite is not None else None
    sdp = first.message.sdp if first is not None and first.message.is_request else None
    audio = _audio(sdp) if sdp is not None else []
    if sdp is None or not audio or (first is not None and first.truncated):
        return {}
    secure = all(map(_secure, audio))
    names = dict.fromkeys(
        codec.name.upper() or f"payload type {codec.payload_type}"
        for media in audio
        for codec in media.codecs
        if codec.name.lower() not in NO_SPEECH
    )
    kind = "SRTP" if secure else "plain RTP" if not any(media.crypto for media in audio) else "RTP or SRTP"
    return {
        "offer_secure": secure,
        "offer_g711": not _codecs(sdp).isdisjoint({"pcmu", "pcma"}),
        "offered_media": f"{', '.join(list(names)[:MOST_NAMED])} over {kind}" if names else None,
    }


def _codecs(sdp: Sdp) -> set[str]:
    return {
        codec.name.lower() or str(codec.payload_type)
        for media in _audio(sdp)
        for codec in media.codecs
        if codec.name.lower() not in NO_SPEECH
    }
