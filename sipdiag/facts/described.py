"""What both sides of a leg said about their media, and what that lets each of them send (RFC 3264)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.media.match import Session, SessionDescription

if TYPE_CHECKING:
    from sipdiag.sip.message import Message
    from sipdiag.sip.sdp import MediaDescription


def session_of(view: LegView) -> Session:
    """What both sides of a leg said about their media, and when each statement applied."""
    refused = _refused(view)
    said = []
    for entry in view.leg.messages:
        captured = entry.captured
        message = captured.message
        if captured.copy_of is not None or message.sdp is None or message in refused:
            continue
        sent_by_caller = view.leg.sent_by_caller(message)
        dialog = "" if sent_by_caller else message.to_tag if not message.is_request else message.from_tag
        hop = f"{captured.src.address} {captured.dst.address} {dialog}"
        said.append(SessionDescription(captured.time_ns, sent_by_caller, message.sdp, hop))
    return Session(view.leg.first_ns, view.end_ns, said)


def _refused(view: LegView) -> set[Message]:
    """The messages whose offer came to nothing: the session stays as it was (RFC 3261 §14.1)."""
    return {
        captured.message
        for request in view.later
        if request.method in ("INVITE", "UPDATE") and (request.status or 0) >= 300
        for hop in request.hops
        for captured in (*hop.requests, *hop.responses)
    }


class Described:
    """The session descriptions of a leg."""

    def __init__(self, view: LegView) -> None:
        self.view = view

    @once
    def session(self) -> Session:
        """What both sides said, and from when to when."""
        return session_of(self.view)

    @once
    def answer_ns(self) -> int | None:
        """When the call was answered."""
        return self.view.answer.time_ns if self.view.answer is not None else None

    @once
    def agreed_ns(self) -> int | None:
        """When both sides had described their media: the answer, or the ACK to it where the 2xx made the offer."""
        if self.answer_ns is None:
            return None
        first = {one.by_caller: one.time_ns for one in reversed(self.session.said)}
        return max(self.answer_ns, *first.values())

    @once
    def chosen_by_ice(self) -> bool:
        """Checks between the ends decide where media goes, not the descriptions (RFC 8445)."""
        return any(media.candidates for said in self.session.said for media in said.sdp.media)

    @once
    def secured(self) -> bool:
        """The media is, or may be, encrypted: only headers can be read."""
        return any(media.crypto for said in self.session.said for media in said.sdp.media)

    def secured_by_answer(self, by_caller: bool) -> bool:
        """A side wants SRTP in its answer, and the other, which made the offer, never did."""
        wants = {said.by_caller for said in self.session.said for media in said.sdp.media if media.crypto}
        first = next((said.by_caller for said in self.session.said), by_caller)
        return wants == {by_caller} and first != by_caller

    @once
    def _said_of_audio(self) -> list[MediaDescription]:
        """What all descriptions of both sides say of audio."""
        return [media for said in self.session.said for media in said.sdp.media if media.kind == "audio"]

    @once
    def keyed(self) -> bool:
        """Both sides gave keys, or the hash of the certificate that will: each packet has an authentication tag.

        Each description does: an offer of both, RTP/AVP with keys beside it, leaves the choice to the answer.
        """
        audio = self._said_of_audio
        sides = {said.by_caller for said in self.session.said}
        keys = (all(media.sdes for media in audio), all(media.fingerprints for media in audio))
        return len(sides) == 2 and any(keys) and all("SAVP" in media.proto for media in audio)

    def sends(self, by_caller: bool, time_ns: int) -> bool | None:
        """Whether the descriptions in force let a side send audio; None where it said nothing.

        Neither its own ``recvonly`` or ``inactive`` nor the other side's ``sendonly``, port 0 or 0.0.0.0 lets it.
        """
        own, other = self._audio(by_caller, time_ns), self._audio(not by_caller, time_ns)
        if not own or not other:
            return None
        wills = any(media.direction in ("sendrecv", "sendonly") for media in own)
        wanted = any(
            media.port
            and media.direction in ("sendrecv", "recvonly")
            and media.connection not in ("0.0.0.0", "::", "")
            for media in other
        )
        return wills and wanted

    @once
    def both_send(self) -> bool:
        """Every description of the leg lets both sides send all the time."""
        return bool(self._said_of_audio) and all(
            media.port and media.direction == "sendrecv" and media.connection != "0.0.0.0"
            for media in self._said_of_audio
        )

    def invited(self, by_caller: bool) -> bool:
        """A side said where it wants to receive while it sends."""
        return any(
            media.kind == "audio" and media.port and media.direction == "sendrecv"
            for said in self.session.said
            if said.by_caller == by_caller
            for media in said.sdp.media
        )

    def _audio(self, by_caller: bool, time_ns: int) -> list[MediaDescription]:
        return [
            media
            for said in self.session.in_force(by_caller, time_ns)
            for media in said.sdp.media
            if media.kind == "audio"
        ]

    @once
    def fax_ns(self) -> int | None:
        """When both sides had agreed on T.38 (RFC 3362: ``image``, ``udptl``)."""
        if not any(b"image" in entry.captured.message.raw.lower() for entry in self.view.leg.messages):
            return None  # Few calls are faxes: the others' descriptions need not be read for it.
        times = [
            min(
                (
                    said.time_ns
                    for said in self.session.said
                    if said.by_caller == by_caller
                    and any(media.kind == "image" and media.port for media in said.sdp.media)
                ),
                default=None,
            )
            for by_caller in (True, False)
        ]
        return None if None in times else max(time for time in times if time is not None)
