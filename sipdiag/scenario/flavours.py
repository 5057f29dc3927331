"""Products' habits on the wire: what a host of that product writes when the scenario says nothing else.

Patterns (``%12w``) are those of :mod:`sipdiag.scenario.tokens`.  The forms follow what the vendors document and
what public traces show; where a product writes nothing (LiveKit sends no User-Agent with an INVITE), neither do we.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

_SIP_ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, INFO, UPDATE, PRACK"
_LIVEKIT_ALLOW = "INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE"


class Flavour(Struct, frozen=True):
    """Defaults of one product."""

    request_agent: str = ""
    """User-Agent of requests."""
    bye_agent: str = ""
    """User-Agent of the BYE of calls it placed, where that differs."""
    server: str = ""
    """Server header of responses."""
    tag: str = "%10x"
    call_id: str = "%24x@{address}"
    branch: str = "z9hG4bK%16b"
    contact: str = "{user}@{address}:{port}"
    inner: str = ""
    """First two octets of the private network behind its edge; the edge then stands in Record-Route (r2=on)."""
    record_route: str = "{address};lr"
    session_name: str = "-"
    origin: str = "-"
    """User name in ``o=``."""
    media: str = ""
    """First octets of its media addresses; its signalling address if empty."""
    ports: tuple[int, int] = (10000, 20000)
    allow: str = _SIP_ALLOW
    supported: str = ""
    codecs: tuple[str, ...] = ("PCMU", "PCMA", "telephone-event")
    invite_headers: tuple[tuple[str, str], ...] = ()
    """Headers of the initial INVITEs it sends."""
    reply_headers: tuple[tuple[str, str], ...] = ()
    """Headers of its responses but 100."""
    realm: str = "{domain}"
    trying: str = "Trying"
    first_cseq: int = 1
    max_forwards: int = 70
    bare_tel: bool = False
    """Writes ``Refer-To: tel:+1…`` without angle brackets."""
    number_as_display: bool = False
    """Writes the number as display name too."""


_LIVEKIT = Flavour(
    bye_agent="LiveKit",
    tag="SCL_%12b",
    call_id="%27b",
    session_name="LiveKit",
    allow=_LIVEKIT_ALLOW,
    codecs=("G722", "PCMU", "PCMA", "telephone-event"),
    realm="livekit",
    trying="Processing",
    bare_tel=True,
    number_as_display=True,
)

_TWILIO_SIDS = (("X-Twilio-AccountSid", "AC%32x"), ("X-Twilio-CallSid", "CA%32x"))

_TWILIO = Flavour(
    request_agent="Twilio Gateway",
    server="Twilio Gateway",
    tag="%8d_%8x_%32x",
    call_id="%32x@0.0.0.0",
    branch="z9hG4bK%4x.%32x.0",
    inner="172.25",
    record_route="{address}:{port};r2=on;lr",
    session_name="Twilio Media Gateway",
    origin="root",
    media="168.86",
    ports=(10000, 60000),
    allow="INVITE, ACK, CANCEL, BYE, REFER, NOTIFY, OPTIONS",
    supported="replaces",
    codecs=("PCMU", "PCMA", "telephone-event"),
    invite_headers=(("Diversion", "<sip:{callee}@twilio.com>;reason=unconditional"), *_TWILIO_SIDS),
    reply_headers=(("X-Twilio-CallSid", "CA%32x"),),
    realm="sip.twilio.com",
    trying="Giving a try",
    max_forwards=68,
)

FLAVOURS: dict[str, Flavour] = {
    "generic": Flavour(),
    "twilio": _TWILIO,
    # Programmable Voice: a call that TwiML's <Dial><Sip> placed is not diverted.
    "twilio_voice": replace(_TWILIO, invite_headers=_TWILIO_SIDS),
    "telnyx": Flavour(
        request_agent="Telnyx SIP Proxy",
        server="Telnyx SIP Proxy",
        tag="%13b",
        call_id="%8x-%4x-%4x-%4x-%12x",
        branch="z9hG4bK%4x.%32x.0",
        contact="mod_sofia@{address}:{port}",
        inner="10.13",
        record_route="{address};r2=on;lr;ftag=%13b",
        session_name="FreeSWITCH",
        origin="FreeSWITCH",
        media="50.114.144",
        ports=(16384, 32768),
        allow="INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REFER, NOTIFY",
        supported="path, replaces",
        invite_headers=(
            ("X-call_leg_id", "%8x-%4x-%4x-%4x-%12x"),
            ("X-call_session_id", "%8x-%4x-%4x-%4x-%12x"),
        ),
        realm="sip.telnyx.com",
        trying="trying -- your call is important to us",
        first_cseq=96420718,
        max_forwards=64,
    ),
    "plivo": Flavour(
        request_agent="Plivo",
        server="Zentrunk",
        call_id="%8x-%4x-%4x-%4x-%12x",
        branch="z9hG4bK%4x.%32x.0",
        ports=(10000, 30000),
        realm="zt.plivo.com",
        first_cseq=1,
        max_forwards=67,
    ),
    "livekit": _LIVEKIT,
    "retell": replace(
        _LIVEKIT,
        realm="sip.retellai.com",
        invite_headers=(("P-Asserted-Identity", "<sip:{caller}@sip.retellai.com>"),),
    ),
    "vapi": Flavour(
        request_agent="VAPI", server="VAPI", tag="%8x", session_name="Vapi", ports=(40000, 60000)
    ),
    "asterisk": Flavour(
        request_agent="Asterisk PBX 20.7.0",
        server="Asterisk PBX 20.7.0",
        tag="%8x-%4x-%4x-%4x-%12x",
        call_id="%8x-%4x-%4x-%4x-%12x",
        branch="z9hG4bKPj%8x-%4x-%4x-%4x-%12x",
        contact="asterisk@{address}:{port}",
        session_name="Asterisk",
        allow="OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, MESSAGE, REFER",
        supported="100rel, timer, replaces, norefersub",
        codecs=("PCMU", "PCMA", "G722", "telephone-event"),
        realm="asterisk",
        first_cseq=18204,
    ),
    "freeswitch": Flavour(
        request_agent="FreeSWITCH-mod_sofia/1.10.11-release",
        server="FreeSWITCH-mod_sofia/1.10.11-release",
        tag="%13b",
        call_id="%8x-%4x-%4x-%4x-%12x",
        branch="z9hG4bK%13b",
        contact="mod_sofia@{address}:{port}",
        session_name="FreeSWITCH",
        origin="FreeSWITCH",
        ports=(16384, 32768),
        supported="timer, path, replaces",
        first_cseq=52430961,
    ),
    "kamailio": Flavour(
        server="kamailio (5.7.4 (x86_64/linux))",
        tag="%32x.%8x",
        branch="z9hG4bK%4x.%32x.0",
        trying="trying -- your call is important to us",
    ),
    "phone": Flavour(
        request_agent="Yealink SIP-T46U 108.86.0.90",
        server="Yealink SIP-T46U 108.86.0.90",
        tag="%10d",
        call_id="0_%10d@{address}",
        branch="z9hG4bK%10d",
        contact="{user}@{address}:{port}",
        ports=(11780, 12780),
        supported="replaces, 100rel",
        codecs=("PCMU", "PCMA", "G729", "telephone-event"),
    ),
}
