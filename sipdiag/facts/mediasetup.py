"""How far the media of a leg was set up: checks of ICE (RFC 8445), the handshake of DTLS-SRTP (RFC 5763)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from sipdiag.capture.payload import Endpoint, host_text
from sipdiag.facts.once import once
from sipdiag.facts.ways import LegMedia
from sipdiag.facts.wording import side_label
from sipdiag.media.setup import Checks, SeenHandshake, Sighting
from sipdiag.position import Frame, Packet

if TYPE_CHECKING:
    from sipdiag.sip.sdp import MediaDescription

MOST_FRAGMENTS = 8
"""Fragments kept per side; an ICE restart brings new ones (RFC 8839 §4.4)."""
BEFORE_NS = 2_000_000_000
"""What sets media up may begin this long before the leg's first message was captured."""


class MediaSetup:
    """Checks and handshakes of a leg, by side."""

    def __init__(self, media: LegMedia) -> None:
        self.media = media
        self.view = media.view

    def label(self, by_caller: bool) -> str:
        """A side, by name or address."""
        return side_label(self.view.sides, by_caller)

    @once
    def _audio(self) -> dict[bool, list[MediaDescription]]:
        """What the caller (True) and the callee said about audio, ordered by time."""
        return {
            side: [
                media
                for one in self.media.session.said
                if one.by_caller == side
                for media in one.sdp.media
                if media.kind == "audio"
            ]
            for side in (True, False)
        }

    def fragments(self, by_caller: bool) -> list[str]:
        """The user fragments that name one side's checks."""
        return list(dict.fromkeys(media.ufrag for media in self._audio[by_caller] if media.ufrag))

    def roles(self, by_caller: bool) -> set[str]:
        """What one side said about who begins the handshake."""
        return {media.setup for media in self._audio[by_caller]}

    def fingerprints(self, by_caller: bool) -> set[tuple[str, str]]:
        """Hash and value of the certificates that one side named."""
        return {pair for media in self._audio[by_caller] for pair in media.fingerprints}

    @once
    def ice(self) -> bool:
        """Both sides named their checks."""
        return all(self.fragments(by_caller) for by_caller in (True, False))

    @once
    def asked(self) -> dict[bool, list[Checks]]:
        """The checks of the caller (True) and of the callee."""
        fragments = {side: self.fragments(side)[:MOST_FRAGMENTS] for side in (True, False)}
        setup = self.media.captured.setup
        return {
            side: [
                checks
                for receiver, sender in product(fragments[not side], fragments[side])
                if (checks := setup.checks(f"{receiver}:{sender}")) is not None
            ]
            for side in (True, False)
        }

    @once
    def all_checks(self) -> list[Checks]:
        """Those of both sides, by their begin."""
        return sorted((*self.asked[True], *self.asked[False]), key=lambda one: one.first)

    def ends(self, by_caller: bool) -> set[Endpoint]:
        """Where one side receives, as it said or as its checks show."""
        sent = {src for checks in self.asked[by_caller] for src, _ in checks.ends}
        got = {dst for checks in self.asked[not by_caller] for _, dst in checks.ends}
        sources = {stream.src for stream in self.media.way(to_caller=not by_caller).streams}
        return {*self.media.session.wanted(by_caller), *sent, *got, *sources}

    @once
    def handshakes(self) -> dict[bool, list[SeenHandshake]]:
        """The handshakes that the caller (True) and the callee sent while the leg was up."""
        begin, end = self.view.leg.first_ns - BEFORE_NS, self.view.end_ns
        caller, callee = self.ends(by_caller=True), self.ends(by_caller=False)
        found: dict[bool, list[SeenHandshake]] = {True: [], False: []}
        for one in self.media.captured.setup.handshakes(caller | callee):
            if one.last[0] >= begin and (end is None or one.first[0] <= end):
                by_caller = one.src in caller or (one.dst in callee and one.src not in callee)
                found[by_caller].append(one)
        return found

    @once
    def media_packets(self) -> int:
        """RTP packets of both directions."""
        return sum(one.stream.packets for one in self.media.audio)


def seen(kind: str, src: Endpoint, dst: Endpoint, sighting: Sighting, what: str) -> Packet:
    """A packet as evidence."""
    time_ns, file, frame = sighting
    return Packet(Frame(file, frame), time_ns, f"{kind} {host_text(src)} → {host_text(dst)}: {what}")
