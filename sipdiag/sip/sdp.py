"""Session descriptions (RFC 8866, offers and answers of RFC 3264), as far as a diagnosis needs them."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct, field

from sipdiag.sip.grammar import MAX_MEDIA
from sipdiag.sip.memo import remembered

STATIC_PAYLOADS = {
    0: ("pcmu", 8000),
    3: ("gsm", 8000),
    4: ("g723", 8000),
    5: ("dvi4", 8000),
    6: ("dvi4", 16000),
    7: ("lpc", 8000),
    8: ("pcma", 8000),
    9: ("g722", 8000),
    10: ("l16", 44100),
    11: ("l16", 44100),
    12: ("qcelp", 8000),
    13: ("cn", 8000),
    14: ("mpa", 90000),
    15: ("g728", 8000),
    16: ("dvi4", 11025),
    17: ("dvi4", 22050),
    18: ("g729", 8000),
    25: ("celb", 90000),
    26: ("jpeg", 90000),
    28: ("nv", 90000),
    31: ("h261", 90000),
    32: ("mpv", 90000),
    33: ("mp2t", 90000),
    34: ("h263", 90000),
}
"""Payload type to encoding name and clock rate in Hz (RFC 3551 §6)."""

_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_MOST_FINGERPRINTS = 8
_LONGEST_KNOWN = 4096
"""Bytes; longer bodies are read each time, so that those that are remembered stay within a few MiB."""
_RTPMAP = re.compile(r"([0-9]{1,3})\s+([^/\s]+)(?:/([0-9]{1,9}))?")
_MOST_CANDIDATES = 32
_NUMBER = re.compile(r"[0-9]{1,9}\Z")


class Codec(Struct, frozen=True):
    """One format of an RTP media description."""

    payload_type: int
    name: str
    """Encoding name in lower case; empty for a dynamic type without rtpmap."""
    rate: int | None
    """Clock rate in Hz."""

    @property
    def is_dtmf(self) -> bool:
        """Digits as events (RFC 4733), no voice."""
        return self.name == "telephone-event"

    @property
    def is_comfort_noise(self) -> bool:
        """Silence (RFC 3389), no voice."""
        return self.name == "cn"


class MediaDescription(Struct, frozen=True):
    """One ``m=`` section."""

    kind: str
    """``audio``, ``video``, ``image``, ... in lower case."""
    port: int
    """0 for a stream that is rejected or switched off (RFC 3264 §6)."""
    proto: str
    """``RTP/AVP``, ``RTP/SAVPF``, ``udptl``, ... in upper case."""
    formats: tuple[str, ...]
    connection: str
    """Address the media is wanted at: the section's own, else the session's; empty if neither says."""
    direction: str
    """``sendrecv``, ``sendonly``, ``recvonly`` or ``inactive``; the section's own, else the session's."""
    codecs: list[Codec] = field(default_factory=list)
    candidates: tuple[tuple[str, int], ...] = ()
    """Addresses and ports that ICE may choose instead (RFC 8839 §5.1)."""
    crypto: bool = False
    """Wants SRTP: a secure profile, or keys (SDES, DTLS) in the section or the session."""
    fingerprints: tuple[tuple[str, str], ...] = ()
    """Hash, in lower case, and value of its DTLS certificate, in the section or the session (RFC 8122 §5)."""
    sdes: bool = False
    """Carries keys of its own (RFC 4568): each packet then has an authentication tag."""
    ufrag: str = ""
    """What ICE checks name it by (RFC 8839 §5.4)."""
    setup: str = ""
    """Who begins the DTLS handshake: ``active``, ``passive``, ``actpass`` (RFC 5763 §5)."""

    @property
    def rejected(self) -> bool:
        """Port 0."""
        return self.port == 0


class Sdp(Struct, frozen=True):
    """A session description."""

    origin_user: str
    """User name of ``o=``; often names the software."""
    origin_address: str
    session_name: str
    """``s=``; often names the software."""
    connection: str
    """Address of the session's ``c=``; empty without one."""
    direction: str
    media: list[MediaDescription]

    @property
    def audio(self) -> list[MediaDescription]:
        """Its audio that is not refused or switched off."""
        return [media for media in self.media if media.kind == "audio" and media.port]

    @property
    def holds(self) -> bool:
        """As an offer it puts the other side on hold: none of its audio is received (RFC 3264 §8.4; 0.0.0.0: RFC 2543)."""
        return bool(self.audio) and all(
            media.direction in ("sendonly", "inactive") or media.connection == "0.0.0.0"
            for media in self.audio
        )


class _Section(Struct):
    """Lines of the session, or of one media description."""

    m: str = ""
    connection: str = ""
    direction: str = ""
    keyed: bool = False
    sdes: bool = False
    candidates: list[tuple[str, int]] = field(default_factory=list)
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """``ice-ufrag`` and ``setup``."""
    rtpmap: dict[int, Codec] = field(default_factory=dict)


def parse_sdp(body: bytes) -> Sdp:
    """Read a session description; unknown and broken lines are passed over."""
    return _known(body) if len(body) <= _LONGEST_KNOWN else _parse(body)


def _parse(body: bytes) -> Sdp:
    origin: list[str] = []
    name = ""
    session = section = _Section()
    sections: list[_Section] = []
    for line in body.decode("utf-8", "replace").replace("\r", "\n").split("\n"):
        if not line:
            continue
        kind, equals, value = line.partition("=")
        kind, value = kind.strip(), value.strip()
        if not equals:
            continue
        if kind == "a":
            _read_attribute(value, section)
        elif kind == "m":
            if len(sections) == MAX_MEDIA:
                break
            section = _Section(m=value)
            sections.append(section)
        elif kind == "c" and not section.connection:
            words = value.split()
            section.connection = words[2].partition("/")[0] if len(words) > 2 else ""
        elif kind == "o" and not origin:
            origin = value.split()
        elif kind == "s" and not name:
            name = value
    media = [found for section in sections if (found := _media(section, session))]
    return Sdp(
        origin[0] if origin else "",
        origin[5] if len(origin) > 5 else "",
        name,
        session.connection,
        session.direction or "sendrecv",
        media,
    )


# Hops and retransmissions repeat a description.
_known = lru_cache(maxsize=1024)(_parse)


def _read_attribute(text: str, section: _Section) -> None:
    attribute, _, argument = text.partition(":")
    attribute = attribute.strip().lower()
    if attribute == "rtpmap":
        codec = _read_rtpmap(argument)
        if codec is not None:
            section.rtpmap.setdefault(codec.payload_type, codec)
    elif attribute in _DIRECTIONS:
        section.direction = section.direction or attribute
    elif attribute == "candidate":
        _read_candidate(argument, section)
    elif attribute == "crypto":
        section.keyed = True
        section.sdes |= "UNAUTHENTICATED_SRTP" not in argument
    elif attribute == "fingerprint":
        _read_fingerprint(argument, section)
    elif attribute in ("ice-ufrag", "setup"):
        section.said.setdefault(attribute, argument.strip())


def _read_fingerprint(argument: str, section: _Section) -> None:
    words = argument.split()
    if len(section.fingerprints) < _MOST_FINGERPRINTS:
        section.fingerprints.append((words[0].lower(), words[1]) if len(words) == 2 else ("", ""))


def _read_candidate(argument: str, section: _Section) -> None:
    words = argument.split()
    if len(words) > 5 and _NUMBER.match(words[5]) and len(section.candidates) < _MOST_CANDIDATES:
        section.candidates.append((words[4], min(int(words[5]), 65535)))


@remembered
def _read_rtpmap(argument: str) -> Codec | None:
    match = _RTPMAP.match(argument.strip())
    if match is None:
        return None
    return Codec(int(match[1]), match[2].lower(), int(match[3]) if match[3] else None)


def _media(section: _Section, session: _Section) -> MediaDescription | None:
    words = section.m.split()
    if len(words) < 2:
        return None
    port = words[1].partition("/")[0]
    proto = words[2].upper() if len(words) > 2 else ""
    formats = tuple(words[3:])
    return MediaDescription(
        words[0].lower(),
        min(int(port), 65535) if _NUMBER.match(port) else 0,
        proto,
        formats,
        section.connection or session.connection,
        section.direction or session.direction or "sendrecv",
        _codecs(formats, section) if "RTP" in proto else [],
        tuple(section.candidates or session.candidates),
        any((section.keyed, session.keyed, section.fingerprints, session.fingerprints, "SAVP" in proto)),
        tuple(one for one in section.fingerprints or session.fingerprints if one[1]),
        section.sdes or session.sdes,
        section.said.get("ice-ufrag") or session.said.get("ice-ufrag", ""),
        (section.said.get("setup") or session.said.get("setup", "")).lower(),
    )


def _codecs(formats: tuple[str, ...], section: _Section) -> list[Codec]:
    mapped = section.rtpmap
    fixed = (_fixed(text) for text in formats)
    return [mapped.get(codec.payload_type, codec) for codec in fixed if codec is not None]


@remembered
def _fixed(text: str) -> Codec | None:
    """The format without its rtpmap; None for one that is no payload type."""
    number = int(text) if _NUMBER.match(text) else 128
    return Codec(number, *STATIC_PAYLOADS.get(number, ("", None))) if number < 128 else None
