"""Session descriptions (RFC 8866): a default audio offer or answer, and what a scenario changes in it."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.scenario.keying import FRAGMENTS, PASSWORDS, fingerprint
from sipdiag.scenario.schema import SdpSpec

_CODECS = {
    "PCMU": (0, "PCMU/8000"),
    "PCMA": (8, "PCMA/8000"),
    "G722": (9, "G722/8000"),
    "G729": (18, "G729/8000"),
    "opus": (111, "opus/48000/2"),
    "AMR-WB": (104, "AMR-WB/16000/1"),
    "telephone-event": (101, "telephone-event/8000"),
}
_MIRROR = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive", "sendrecv": "sendrecv"}


class ScenarioSdp(Struct, frozen=True):
    """One side's session description."""

    codecs: tuple[str, ...]
    direction: str
    address: str
    port: int
    origin: str
    """User and session id of ``o=``."""
    version: int
    session: str
    secure: bool
    side: int
    """0: the caller's."""
    dtls: bool = False

    def encode(self) -> bytes:
        """The body, CRLF line ends."""
        family = "IP6" if ":" in self.address else "IP4"
        formats = [_CODECS.get(name, (96 + index, f"{name}/8000")) for index, name in enumerate(self.codecs)]
        lines = [
            "v=0",
            f"o={self.origin} {self.version} IN {family} {self.address}",
            f"s={self.session}",
            f"c=IN {family} {self.address}",
            "t=0 0",
            f"m=audio {self.port} {self._profile()} {' '.join(str(n) for n, _ in formats)}",
        ]
        if self.dtls:
            lines += self._keying()
        if self.secure:
            lines.append("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz")
        lines += [f"a=rtpmap:{number} {name}" for number, name in formats]
        if "telephone-event" in self.codecs:
            lines.append("a=fmtp:101 0-16")
        lines += ["a=ptime:20", f"a={self.direction}"]
        return ("\r\n".join(lines) + "\r\n").encode()

    def _profile(self) -> str:
        return "UDP/TLS/RTP/SAVPF" if self.dtls else "RTP/SAVP" if self.secure else "RTP/AVP"

    def _keying(self) -> list[str]:
        return [
            f"a=ice-ufrag:{FRAGMENTS[self.side]}",
            f"a=ice-pwd:{PASSWORDS[self.side]}",
            f"a=fingerprint:sha-256 {fingerprint(self.side)}",
            f"a=setup:{'active' if self.side else 'actpass'}",
            "a=rtcp-mux",
            f"a=candidate:1 1 udp 2130706431 {self.address} {self.port} typ host",
        ]


def describe(
    base: ScenarioSdp, change: SdpSpec | None, offer: ScenarioSdp | None, direction: str = ""
) -> ScenarioSdp:
    """An offer, or the answer to ``offer``, with a step's changes."""
    codecs = base.codecs
    if offer:
        common = [name for name in offer.codecs if name in base.codecs and name != "telephone-event"][:1]
        events = ["telephone-event"] if "telephone-event" in offer.codecs else []
        codecs = tuple((common or [offer.codecs[0]]) + events)
        direction = direction or _MIRROR[offer.direction]
    secure = bool(offer and offer.secure)
    change = change or SdpSpec()
    return ScenarioSdp(
        codecs=change.codecs or codecs,
        direction=change.direction or direction or "sendrecv",
        address=change.address or base.address,
        port=base.port if change.port is None else change.port,
        origin=base.origin,
        version=base.version,
        session=change.session or base.session,
        secure=change.secure or secure,
        side=base.side,
        dtls=change.dtls or bool(offer and offer.dtls),
    )
