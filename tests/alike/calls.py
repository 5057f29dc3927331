"""Calls between the same two devices, which differ in nothing but what is their own."""

from __future__ import annotations

from collections.abc import Mapping

from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.position import Frame
from sipdiag.sip.message import Message

AT_NS = 1_700_000_000_000_000_000
S = 1_000_000_000
ONE = {
    "caller": "+14155550100",
    "called": "+442079460000",
    "near": "192.0.2.10",
    "far": "198.51.100.20",
    "callid": "a84b4c76e66710",
    "tag": "1928301774",
    "totag": "314159",
    "branch": "776asdhds",
    "bye": "776asdhdt",
    "cseq": "4711",
    "session": "2890844526",
    "version": "2890844527",
    "media": "49170",
    "answer": "40000",
}
OTHER = {
    "caller": "+14155550123",
    "called": "+442079460999",
    "near": "203.0.113.5",
    "far": "203.0.113.99",
    "callid": "f81d4fae-7dec",
    "tag": "88sja8x",
    "totag": "99a8s.x",
    "branch": "nashds8",
    "bye": "nashds9",
    "cseq": "12",
    "session": "1",
    "version": "2",
    "media": "20000",
    "answer": "30002",
}


def _described(end: str, port: str, codecs: str) -> str:
    """The session as one end describes it; ids and versions are a call's own."""
    return f"""\
v=0
o=- {{session}} {{version}} IN IP4 {end}
s=-
c=IN IP4 {end}
t=0 0
m=audio {port} RTP/AVP {codecs}
"""


_INVITE = (
    """\
INVITE sip:{called}@{far}:5060 SIP/2.0
Via: SIP/2.0/UDP {near}:5060;branch=z9hG4bK{branch};rport
Max-Forwards: 70
From: <sip:{caller}@{near}>;tag={tag}
To: <sip:{called}@{far}>
Call-ID: {callid}
CSeq: {cseq} INVITE
Contact: <sip:{caller}@{near}:5060>
Content-Type: application/sdp
Content-Length: *

"""
    + _described("{near}", "{media}", "0 8")
    + "a=sendrecv\n"
)
_OK = """\
SIP/2.0 200 OK
Via: SIP/2.0/UDP {near}:5060;branch=z9hG4bK{branch};rport=5060;received={near}
From: <sip:{caller}@{near}>;tag={tag}
To: <sip:{called}@{far}>;tag={totag}
Call-ID: {callid}
CSeq: {cseq} INVITE
Contact: <sip:{called}@{far}:5060>
Content-Type: application/sdp
Content-Length: *

""" + _described("{far}", "{answer}", "0")
_BYE = """\
BYE sip:{called}@{far}:5060 SIP/2.0
Via: SIP/2.0/UDP {near}:5060;branch=z9hG4bK{bye};rport
Max-Forwards: 70
From: <sip:{caller}@{near}>;tag={tag}
To: <sip:{called}@{far}>;tag={totag}
Call-ID: {callid}
CSeq: {cseq} BYE
Content-Length: *

"""
LADDER = (_INVITE, _OK, _BYE)


def raw(template: str, values: Mapping[str, str], length: str | None = None) -> bytes:
    """A message with its values in it and a right Content-Length, unless another is given."""
    text = template.format(**values).replace("\n", "\r\n")
    body = text.partition("\r\n\r\n")[2]
    return text.replace("Content-Length: *", f"Content-Length: {length or len(body)}").encode()


def raws(values: Mapping[str, str], ladder: tuple[str, ...] = LADDER) -> list[bytes]:
    return [raw(template, values) for template in ladder]


def captured(
    sent: list[bytes],
    near: str = ONE["near"],
    far: str = ONE["far"],
    *,
    port: int = 5060,
    transport: str = "UDP",
    at: int = AT_NS,
) -> list[CapturedMessage]:
    """The messages of a call, a second apart; responses come from the far end."""
    ends = Host(near, port), Host(far, 5060)
    return [
        CapturedMessage(
            Message(one),
            at + number * S,
            Frame(0, number + 1),
            *(ends[::-1] if one.startswith(b"SIP/2.0 ") else ends),
            transport,
        )
        for number, one in enumerate(sent)
    ]


def call(
    values: Mapping[str, str], ladder: tuple[str, ...] = LADDER, at: int = AT_NS
) -> list[CapturedMessage]:
    """A call whose packets come from the hosts that it names."""
    return captured(raws(values, ladder), values["near"], values["far"], at=at)
