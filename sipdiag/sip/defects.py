"""Describes what is malformed in a message.

Held against RFC 3261 as RFC 4475 §3.1.2 and §3.3 apply it.  Passed over on purpose: a missing
Max-Forwards, From tag or branch cookie (RFC 2543 senders, RFC 4475 §3.3.9), unknown methods, schemes,
headers and body types, and a missing Content-Length (UDP needs none).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from sipdiag.sip.address import NameAddr, Uri, parse_name_addr, parse_uri
from sipdiag.sip.grammar import (
    IS_TOKEN,
    MAX_DEFECTS,
    MAX_HEADERS,
    NUMBER,
    REQUEST_SPACING,
    STATUS_PARTS,
)
from sipdiag.sip.memo import remembered
from sipdiag.sip.quoting import closing_quote, split_outside

if TYPE_CHECKING:
    from sipdiag.sip.message import Message

_MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")
_SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Event", "Refer-To", "Replaces")
_SECTIONS = {"Refer-To": "RFC 3515 §2.4.1"}
"""What forbids a second one, where that is not the general rule."""
_ADDRESSES = ("From", "To", "Contact", "Refer-To", "Referred-By", "P-Asserted-Identity", "Remote-Party-ID")
_LIMITS = {"Max-Forwards": 255, "Expires": 2**32 - 1, "Min-Expires": 2**32 - 1}
"""Largest value of a header that is a number (§20.19, §20.22)."""
_MAX_CSEQ = 2**31 - 1
_MAX_SECONDS = 2**32 - 1
_COOKIE = "z9hG4bK"
_LEADING_NUMBER = re.compile(r"[0-9]+")
_FAULTLESS = re.compile(r"<sips?:[A-Za-z0-9+._-]+@[A-Za-z0-9.-]+(?::[0-9]{1,5})?>(?:;tag=[A-Za-z0-9._-]+)?")
"""An address as most are: nothing in it could be at fault."""
_SHOWN = 60


def find_defects(message: Message) -> list[str]:
    """Name each departure from RFC 3261 as a sentence."""
    return list(islice((sentence for check in _CHECKS for sentence in check(message)), MAX_DEFECTS))


def _start_line(message: Message) -> Iterator[str]:
    status = STATUS_PARTS.match(message.start_line)
    if message.version and message.version.upper() != "SIP/2.0":
        yield f"The version is {message.version}, not SIP/2.0."
    if status:
        if not 100 <= (message.status or 0) <= 699:
            yield f"The status code {_short(status[2])} is outside 100 to 699."
        return
    if not message.is_request:
        yield "The first line is neither a request line nor a status line."
        return
    if not message.version:
        yield "The request line has no SIP version."
    elif not REQUEST_SPACING.match(message.start_line):
        yield "The parts of the request line are not divided by single blanks."
    if not IS_TOKEN.match(message.method):
        yield f"The method {_short(message.method)} is no token."
    yield from _request_uri(message.uri)


def _request_uri(text: str) -> Iterator[str]:
    if text.startswith("<"):
        yield "The Request-URI stands in angle brackets."
        return
    uri = parse_uri(text)
    if not uri.scheme and text != "*":
        yield f"The Request-URI {_short(text)} has no scheme."
    if " " in text:
        yield "The Request-URI holds a blank."
    if uri.headers:
        yield "The Request-URI carries header fields (RFC 3261 §19.1.1 forbids them there)."
    for fault in _twice(text):
        yield f"Request-URI: {fault}"
    yield from _host("Request-URI", uri)


def _host(where: str, uri: Uri) -> Iterator[str]:
    if uri.scheme in ("sip", "sips") and ":" in uri.host and f"[{uri.host}" not in uri.raw.lower():
        yield f"The IPv6 address in the {where} has no brackets."


def _header_lines(message: Message) -> Iterator[str]:
    for line in message.odd_lines[:3]:
        yield f"A header line has no colon: {_short(line)}"
    if not all(map(_is_token, message.names)):
        for name, _ in message.fields:
            if not IS_TOKEN.match(name):
                yield f"The header name {_short(name)} is no token."
    if message.unread_lines:
        yield f"More than {MAX_HEADERS} header lines; {message.unread_lines} were not read."


def _presence(message: Message) -> Iterator[str]:
    for name in _MANDATORY:
        value = message.header(name)
        if not value:
            yield f"The mandatory header {name} is {'missing' if value is None else 'empty'} (RFC 3261 §8.1.1)."
    for name in _SINGLE:
        if name.lower() in message.repeated:
            section = _SECTIONS.get(name, "RFC 3261 §7.3.1")
            yield f"{name} stands {len(message.lines(name))} times; only one is allowed ({section})."
    if message.is_request and message.method == "REFER" and not message.header("Refer-To"):
        yield "A REFER has to say whom it refers to, and this one has no Refer-To (RFC 3515 §2.4.1)."


def _content_type(message: Message) -> Iterator[str]:
    # A body that was announced, whatever the datagram carries behind it.
    if message.content_length and message.body_present and not message.header("content-type"):
        yield f"It has a body of {message.content_length} bytes, but no Content-Type (RFC 3261 §20.15)."


def _cseq(message: Message) -> Iterator[str]:
    value = message.header("cseq")
    if not value:
        return
    if message.cseq is None or not IS_TOKEN.match(value.lstrip("0123456789").strip()):
        yield f"CSeq {_short(value)} is not a number and a method."
        return
    if message.cseq > _MAX_CSEQ:
        yield f"CSeq number {_short(str(message.cseq))} is out of range."
    if message.is_request and message.cseq_method != message.method:
        yield f"CSeq names {_short(message.cseq_method)}, the request line {_short(message.method)} (RFC 3261 §8.1.1.5)."


def _numbers(message: Message) -> Iterator[str]:
    for name, largest in _LIMITS.items():
        value = message.header(name)
        if value is not None and not _fits(value, largest):
            yield f"{name} {_short(value)} is no number from 0 to {largest}."
    retry = _LEADING_NUMBER.match(message.header("retry-after") or "")
    if retry and not _fits(retry[0], _MAX_SECONDS):
        yield f"Retry-After {_short(retry[0])} is out of range."
    for value in message.values("warning"):
        code = _LEADING_NUMBER.match(value)
        if code and len(code[0]) != 3:
            yield f"Warning code {_short(code[0])} has not three digits."
    date = message.header("date")
    if date is not None and not date.endswith("GMT"):
        yield f"Date {_short(date)} is not in GMT."


def _content_length(message: Message) -> Iterator[str]:
    values = message.lines("content-length")
    if len(values) > 1:
        yield f"Content-Length stands {len(values)} times; only one is allowed."
    for value in values:
        if not NUMBER.match(value):
            yield f"Content-Length {_short(value)} is not a number of bytes."
    length = message.content_length
    if length is not None and length > message.body_present:
        yield f"Content-Length says {length} bytes, only {message.body_present} are there."


def _vias(message: Message) -> Iterator[str]:
    values = [value for line in message.lines("via") for value in split_outside(line, ",")]
    if len(message.vias) < len(values):
        yield "A Via value names no protocol and host."
    for value in values:
        if "" in split_outside(value, ";")[1:]:
            yield f"Via has an empty parameter: {_short(value)}"
    for via in message.vias:
        if not via.host:
            yield "A Via value has no host."
        if via.branch == _COOKIE:
            yield "A Via branch is the cookie z9hG4bK with nothing behind it."


def _addresses(message: Message) -> Iterator[str]:
    for name in _ADDRESSES:
        for value in message.values(name):
            for fault in _faults(value):
                yield f"{name}: {fault}"


def _faults(value: str) -> tuple[str, ...]:
    return () if _FAULTLESS.fullmatch(value) else _looked_for(value)


@remembered
def _looked_for(value: str) -> tuple[str, ...]:
    address = parse_name_addr(value)
    return tuple(_address_faults(address)) if address else ()


def _address_faults(address: NameAddr) -> Iterator[str]:
    raw = address.raw
    if raw.startswith('"') and closing_quote(raw, 0) < 0:
        yield "a quoted string is never closed."
        return
    opening = raw.find("<", closing_quote(raw, 0) if raw.startswith('"') else 0)
    if opening < 0:
        if address.uri.headers:
            yield "a URI with a question mark has to stand in angle brackets."
    else:
        yield from _bracket_faults(raw, opening)
    yield from _parameter_faults(address)
    yield from _twice(address.uri.raw)
    yield from _host("URI", address.uri)


def _bracket_faults(raw: str, opening: int) -> Iterator[str]:
    closing = raw.find(">", opening)
    if closing < 0:
        yield "an angle bracket is never closed."
        return
    inside = raw[opening + 1 : closing]
    if inside != inside.strip():
        yield "blanks inside the angle brackets."
    if "," in raw[:opening] and not raw.startswith('"'):
        yield "a display name with a comma has to stand in quotes."


def _parameter_faults(address: NameAddr) -> Iterator[str]:
    behind = address.raw.rpartition(">")[2] if ">" in address.raw else address.raw
    if "" in split_outside(behind, ";", angles=False)[1:]:
        yield "an empty parameter."
    expires = address.params.get("expires")
    if expires is not None and not _fits(expires, _MAX_SECONDS):
        yield f"expires={_short(expires)} is out of range."


def _twice(uri: str) -> Iterator[str]:
    """A parameter given twice in a URI (RFC 3261 §19.1.1)."""
    behind = uri.rpartition("@")[2].partition("?")[0]
    names = Counter(piece.partition("=")[0].strip().lower() for piece in behind.split(";")[1:])
    for name, times in names.items():
        if times > 1 and name:
            yield f"the URI parameter {_short(name)} stands {times} times; only one is allowed (RFC 3261 §19.1.1)."


def _fits(text: str, largest: int) -> bool:
    return bool(NUMBER.match(text)) and len(text) <= 40 and int(text) <= largest


@remembered
def _is_token(name: str) -> bool:
    return IS_TOKEN.match(name) is not None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_CHECKS: tuple[Callable[[Message], Iterator[str]], ...] = (
    _start_line,
    _header_lines,
    _presence,
    _cseq,
    _numbers,
    _content_type,
    _content_length,
    _vias,
    _addresses,
)
