"""Dialogs in which every field holds a secret of its own, and where any of them is seen again."""

from __future__ import annotations

import base64
import html
import random
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

CONSONANTS, VOWELS = "bdfgjkmpqvwxz", "aeiouy"

HEADERS = """
Accept: {w}/{w}, application/{w};{w}={w}
Accept-Contact: *;{w};require;+sip.{w}="{w}"
Accept-Encoding: gzip, {w}
Accept-Language: {w}, de-{w}
Accept-Resource-Priority: {w}.{d}
Alert-Info: <http://{h}/{w}.wav>;{w}={w};alert={w}
Allow: INVITE, {w}, {n}
Allow-Events: {w}, presence.{w}
Answer-Mode: {w};require
Authentication-Info: nextnonce="{i}", rspauth="{i}", qop={w}, nc={d}
Authorization: Digest username="{w}", realm="{h}", nonce="{i}", uri="sip:{w}@{h}", response="{i}", cnonce="{i}", opaque="{i}", algorithm={w}, {w}="{w}"
Proxy-Authorization: Basic {b}
Authorization: Bearer {i}.{i}.{i}
Authorization: {w} {i}
Call-Info: <sip:{w}@{h}>;purpose={w}, <http://{h}/{w}>;{w}
Contact: "{w} {w}" <sip:{w}:{w}@{a};transport={w};alias={a}~{n};user={w};{w}={w}>;expires={n};q={w};+sip.instance="<urn:uuid:{i}>";methods="{w}"
Content-Disposition: {w};handling={w}
Content-Encoding: {w}
Content-Language: {w}
Date: {w}, 21 {w} 2555 01:82:00 GMT
Diversion: "{w}" <tel:{n}>;reason={w};counter={n};screen={w};privacy="{w}"
Encryption: {w} {i}
Error-Info: <sip:{w}@{h};{w}>
Event: {w};id={w}
Expires: {n}
Feature-Caps: *;+g.{w}="<{w}>"
Flow-Timer: {n}
Geolocation: <https://{h}/{w}?{w}={w}>;{w}=yes
Geolocation-Error: 100 ;code="{w}"
History-Info: <sip:{w}@{h}?Reason=SIP%3Bcause%3D302%3Btext%3D%22{w}%22&{w}={w}>;index={n};rc={n}
Hide: {w}
Identity: {i}.{i}..{i};info=<https://{h}/{w}.pem>;alg={w};ppt={w}
Info-Package: {w}
In-Reply-To: {i}@{h}
Join: {i}@{h};from-tag={i};to-tag={i}
Max-Breadth: {n}
MIME-Version: {w}
Min-Expires: {n}
Min-SE: {n};{w}
Organization: {w} {w}
P-Access-Network-Info: {w};utran-cell-id-3gpp={i};network-provided
P-Answer-State: {w}
P-Asserted-Identity: "{w}" <sip:{n}@{h};user={w}>
P-Asserted-Service: urn:urn-7:{w}
P-Associated-URI: <sip:{w}@{h}>
P-Called-Party-ID: <sip:{n}@{h}>
P-Charge-Info: <sip:{n}@{h};noa={w};npi={w}>
P-Charging-Function-Addresses: ccf={a}; ecf={h}
P-Charging-Vector: icid-value={i};icid-generated-at={a};orig-ioi={h};term-ioi={h}
P-Early-Media: {w}
P-Media-Authorization: {i}
P-Preferred-Identity: {w} <tel:{n}>
P-Profile-Key: <sip:{w}@{h}>
P-Served-User: <sip:{n}@{h}>;sescase={w};regstate={w}
P-User-Database: <aaa://{h};transport={w}>
P-Visited-Network-ID: "{w}", {w}
Path: <sip:{w}@{h};lr;{w}={w}>
Priority: {w}
Priv-Answer-Mode: {w}
Privacy: {w};id
Proxy-Require: {w}
RAck: {w} 1 {w}
Reason: {w};cause={n};text="{w} {w} {n}"
Reason: Q.850;cause=17;text="call {n} of {w} at {a}, see {h} or {w}@{h}";{w}={w}
Reason: SIP;text={w}%20{w}
Record-Route: <sip:{a};lr;ftag={i};did={i};{w}={w}>
Recv-Info: {w}
Refer-Sub: {w}
Referred-By: "{w}" <sip:{w}@{h}>;cid="{i}@{h}"
Reject-Contact: *;{w}="{w}"
Remote-Party-ID: "{w}" <sip:{n}@{a}>;party={w};screen={w};privacy={w};{w}
Replaces: {i}@{a};to-tag={i};from-tag={i}
Reply-To: {w} <sip:{w}@{h}>
Request-Disposition: {w}, proxy
Require: {w}
Resource-Priority: {w}.{w}
Retry-After: 30 ({w} {n});duration={n};{w}
Route: <sip:{h};lr;{w}>
RSeq: {w}
Security-Client: {w};alg={w};prot={w};spi-c={n};port-c={n};{w}
Server: {w}/{w} {n} ({h} {a})
Service-Route: <sip:{h};lr>
Session-Expires: {n};refresher={w};{w}
Session-ID: {i};remote={i}
SIP-ETag: {i}
SIP-If-Match: {w}
Subject: {w} {n} {w}@{h}
Subscription-State: {w};reason={w};retry-after={n}
Supported: {w}, timer, {w}
Target-Dialog: {i}@{h};local-tag={i};remote-tag={i}
Timestamp: {n} {w}
Unsupported: {w}
User-Agent: {w}-{w}/{n} {a} {i}
User-to-User: {x};encoding={w};purpose={w}
Via: SIP/2.0/{w} {a}:5060;branch=z9hG4bK{i};received={a};rport={n};ttl={n};maddr={a};i={i};{w}={w}
Via: {w}/2.0/UDP {h}
Warning: 399 {h}:5060 "{w} {n}, {w}"
Warning: {n} {w} "{w}"
WWW-Authenticate: Digest realm="{w}", nonce="{i}", domain="sip:{h}", qop="{w}", stale={w}, charset={w}
X-{w}-Customer: {w} {n}
X-Account: {w}; number={n}; at={a}
X-Twilio-CallSid: {i}
X-Asterisk-HangupCause: {w} {n}
X-Asterisk-HangupCauseCode: {n}
X-Conversation-ID: {i}
{w}: {w}
k: {w}
u: {w}
o: {w}
r: <sip:{n}@{h}?Replaces={i}%40{h}%3Bto-tag%3D{i}%3Bfrom-tag%3D{i}&X-{w}={w}>
x: {n};refresher={w}
{w} without a colon {n}
""".strip().splitlines()

SESSION = """
o={w} {d} {d} IN IP4 {a}
s={w} {w}
i={w} {n}
u=http://{h}/{w}
e={w}@{h} ({w})
p={n} ({w})
c=IN IP4 {a}/{n}
c=IN {w} {w}
b={w}:{n}
t={n} {n}
r={w} {n}
z={n} {w}
k=clear:{w}
a={w}
a={w}:{w} {n}
m=audio 4000 RTP/AVP 0 8 101 {n} {w}
m={w} 4002 {w}/{w} {w}
a=rtpmap:101 {w}/8000/{w}
a=fmtp:101 {w}={w};mode-set={n};0-{w}
a=ptime:{n}
a=candidate:{i} 1 {w} {n} {a} 4000 typ {w} raddr {a} rport 4001 {w} {w}
a=remote-candidates:1 {a} 4000
a=rtcp:4001 IN IP4 {a}
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{b}|{w}
a=crypto:{w} {w} {w}:{b}
a=fingerprint:{w} {f}
a=ice-ufrag:{w}
a=ice-pwd:{i}
a=ice-options:{w}
a=setup:{w}
a=connection:{w}
a=mid:{w}
a=label:{w}
a=group:{w} {w}
a=content:{w}
a=conf:{w} {w}
a=curr:{w} local {w}
a=des:qos {w} {w} {w}
a=extmap:1/{w} http://{h}/{w} {w}
a=rid:{w} send {w}={w}
a=simulcast:send {w}
a=rtcp-fb:96 {w} {w}
a=rtcp-xr:{w} {w}={n}
a=T38FaxVersion:{w}
a=T38MaxBitRate:{n}
a=T38FaxRateManagement:{w}
a=T38FaxUdpEC:{w}
a=T38VendorInfo:{w} {n}
a=silenceSupp:{w} - - - {w}
a=ssrc:1234 cname:{w}@{h}
a=msid:{w} {w}
a=msid-semantic: WMS {w}
a=imageattr:{w}
a=lang:{w}
a=key-mgmt:mikey {b}
a=path:msrp://{h}:2855/{w};tcp
a=x-{w}:{w}
{w}
=={n}
v={w}
""".strip().splitlines()

BODIES = [
    ("text/plain", "Call {w} at <tel:{n}> or <sip:{w}@{h}> or <im:{w}@{h}> {n}"),
    ("message/cpim", "From: {w} {w} <im:{w}@{h}>\r\nTo: <im:{w}@{h}>\r\n{w}.x: {w}\r\n\r\nContent-Type: text/plain\r\n\r\n{w} {n}"),
    ("application/pidf+xml", '<?xml version="1.0"?><presence entity="pres:{w}@{h}" {w}="{w}"><{w} {w}="{n}">{w}</{w}><!-- {w} --><sip:{w}/></presence>'),
    ("application/{w}+xml", "<{w}><![CDATA[{w} {n}]]></{w}>"),
    ("application/json", '{{"{w}": "{n}", "user": "{w}@{h}"}}'),
    ("application/isup;version={w}", "\x01{c}\x02"),
    ("application/isup", "{c}"),
    ("application/octet-stream", "{c}{w}"),
    ("application/dtmf-relay", "Signal={w}\r\nDuration={n}\r\n{w}={w}"),
    ("application/dtmf", "{n}"),
    ("application/{w}", "{w} {n} {c}"),
    ("application/simple-message-summary", "Messages-Waiting: {w}\r\nMessage-Account: sip:{w}@{h}\r\nVoice-Message: {n}"),
    ("{w}/{w}", "{w} {n}"),
    ("message/sipfrag", "SIP/2.0 486 {w} {n}\r\nTo: {w} <sip:{w}@{h}>\r\nX-{w}: {w}\r\n\r\n{w}"),
    ("multipart/mixed;boundary={w}", "{w}"),
    ("multipart/mixed;boundary=tear", "{w}\r\n--tear\r\nContent-Type: text/plain\r\nContent-ID: <{w}@{h}>\r\nX-{w}: {w}\r\n\r\n{w} {n}\r\n--tear\r\nContent-Type: application/isup\r\n\r\n{c}\r\n--tear\r\n\r\n{w}\r\n--tear--\r\n{w}"),
    ("", "{w} {n}"),
    ("application/sdp", "\r\n".join(SESSION)),
]  # fmt: skip

START_LINES = [
    "{w} sip:{w}@{h} SIP/2.0",
    "INVITE tel:{n};phone-context={h};{w}={w} SIP/2.0",
    "OPTIONS im:{w}@{h} SIP/2.0",
    "SIP/2.0 403 Caller {n} of {w} at {a} not allowed",
    "SIP/2.0 503 {w}.{w} {w}%20{w} {w}@{h} https://{h}/{w}?{w}",
    "SIP/2.0 480 No answer from {n} ({n})",
]

FORMS = [
    "+1{0}{1}{2}", "1{0}{1}{2}", "{0}{1}{2}", "({0}) {1}-{2}", "{0}/{1}/{2}", "{0}--{1}--{2}", "{0}\u2013{1}\u2013{2}",
    "{0}.{1}.{2}", "+1 {0} {1} {2}", "0111{0}{1}{2}", "{0} - {1} - {2}", "{0}_{1}_{2}", "00{0}{1}{2}", "{0}\u00a0{1}\u00a0{2}",
]  # fmt: skip
"""How the same telephone number is written."""
SCRIPTS = (0xFF10, 0x0660, 0x06F0, 0x0966)
"""Where other scripts keep their digit 0."""


class Planter:
    """Fills templates with secrets, and remembers them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.secrets: set[str] = set()
        """In lower case; numbers as digits."""

    def fill(self, template: str) -> str:
        """A template with a new secret in each place."""
        return re.sub(r"\{\{|\}\}|\{([a-z])\}", lambda m: self.secret(m[1]) if m[1] else m[0][0], template)

    def secret(self, kind: str) -> str:
        """A new secret: a word, name of a host, id, address, number, digits, token, key."""
        made: str = getattr(self, f"_{kind}")()
        return made

    def _keep(self, secret: str) -> str:
        self.secrets.add(secret.lower())
        return secret

    def _word(self) -> str:
        pick = self.chance.choice
        return "".join(pick(CONSONANTS) + pick(VOWELS) for _ in range(5))

    def _w(self) -> str:
        word = self._keep(self._word())
        return self.chance.choice([word, word.capitalize(), word.upper(), word])

    def _h(self) -> str:
        return f"{self._keep(self._word())}.{self._keep(self._word())}.com"

    def _i(self) -> str:
        return self._keep("".join(self.chance.choice("0123456789abcdef") for _ in range(20)))

    def _x(self) -> str:
        return self._keep(self._word()).encode().hex()

    def _b(self) -> str:
        return base64.b64encode(f"{self._keep(self._word())}:{self._keep(self._word())}".encode()).decode()

    def _f(self) -> str:
        return ":".join(re.findall("..", self._i()))

    def _a(self) -> str:
        return self._keep(".".join(str(self.chance.randrange(11, 120)) for _ in range(4)))

    def _d(self) -> str:
        return self._keep(str(self.chance.randrange(2 * 10**9, 9 * 10**9)))

    def _digits(self) -> tuple[str, str, str]:
        area, exchange, line = (
            self.chance.randrange(low, high) for low, high in ((201, 989), (201, 989), (1000, 9999))
        )
        self._keep(f"{area}{exchange}{line}")
        return str(area), str(exchange), str(line)

    def _n(self) -> str:
        number = self.chance.choice(FORMS).format(*self._digits())
        if self.chance.random() < 0.15:
            zero = self.chance.choice(SCRIPTS)
            number = re.sub("[0-9]", lambda match: chr(zero + int(match[0])), number)
        return number

    def _c(self) -> str:
        """Half a byte a digit, either half first."""
        digits = "".join(self._digits())
        pairs = re.findall("..", digits)
        return bytes.fromhex(
            "".join(pair[::-1] if self.chance.random() < 0.5 else pair for pair in pairs)
        ).decode("latin-1")


def message(planter: Planter, start: str, headers: list[str], kind: str, body: str, number: int) -> bytes:
    """A message with these lines, a Call-ID that goes with ``number``, and the body."""
    method = start.split(" ")[0] if not start.startswith("SIP/") else "INVITE"
    lines = [
        start,
        f"Via: SIP/2.0/UDP {planter.secret('a')}:5060;branch=z9hG4bK{planter.secret('i')}",
        f'From: "{planter.secret("w")}" <sip:{planter.secret("n")}@{planter.secret("h")}>;tag={planter.secret("i")}',
        f"To: <sip:{planter.secret('w')}@{planter.secret('h')}>",
        f"Call-ID: {planter.secret('i')}@{planter.secret('h')}",
        f"CSeq: {number + 1} {method}",
        *headers,
    ]
    if kind:
        lines.append(f"Content-Type: {kind}")
    content = (
        body.encode("latin-1", "ignore")
        if "\x01" in body or "isup" in kind or "octet" in kind
        else body.encode()
    )
    lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def messages(planter: Planter) -> Iterator[bytes]:
    """Messages in which every header, parameter, line of a session and type of body is once."""
    rest = [planter.fill(header) for header in HEADERS]
    size = -(-len(rest) // len(BODIES))
    for number, (kind, body) in enumerate(BODIES):
        some, rest = rest[:size], rest[size:]
        start = START_LINES[number % len(START_LINES)]
        kind = planter.fill(kind) if kind else ""
        yield message(planter, planter.fill(start), some, kind, planter.fill(body), number)


def seen(secrets: set[str], text: str) -> set[str]:
    """The secrets that can be read in a text, in whatever way they are written there."""
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.digit(c)) for c in plain if c.isdigit())
    forms = [plain.lower(), html.unescape(plain).lower(), unquote(plain).lower()]
    forms += [decoded.lower() for decoded in _decoded(plain)]
    found = {secret for secret in secrets if any(secret in form for form in forms)}
    return found | {secret for secret in secrets if secret.isdigit() and secret in digits}


def seen_in_bytes(secrets: set[str], data: bytes) -> set[str]:
    """As :func:`seen`, for a capture; digits may be half a byte there."""
    halves = data.hex()
    swapped = "".join(pair[::-1] for pair in re.findall("..", halves))
    packed = {
        secret
        for secret in secrets
        if secret.isdigit() and len(secret) > 9 and (secret in halves or secret in swapped)
    }
    return packed | seen(secrets, data.decode("utf-8", "replace")) | seen(secrets, data.decode("latin-1"))


def _decoded(text: str) -> Iterator[str]:
    for token in set(re.findall(r"[A-Za-z0-9+/]{12,}", text)):
        yield base64.b64decode(token[: len(token) // 4 * 4]).decode("latin-1")
        if re.fullmatch(r"(?:[0-9a-f]{2})+", token):
            yield bytes.fromhex(token).decode("latin-1")
