"""The lines of a message that hold values of a call's own, and where in them these stand.

The table is small, and careful: a line of another form is taken to the letter, and one of a header that facts of everyday
calls read makes the call no everyday one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from sipdiag.sip.fields import CANONICAL

_TOKEN = r"[0-9A-Za-z.~*_-]{1,64}"
_NUMBER = r"\+?[0-9]{5,15}"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_HOST = rf"(?:(?P<address>{_ADDRESS})|[A-Za-z][A-Za-z0-9.-]*)(?::[0-9]{{1,5}})?"
_NAME = r"[A-Za-z](?:[A-Za-z._-]|[0-9](?![0-9]{4}))*"
"""A user that is no number, and has none in it."""
_URI = rf"sips?:(?:(?P<number>{_NUMBER})@|(?:{_NAME}|[0-9]{{1,4}})@)?{_HOST}"
_BY_WHOM = (
    rf'(?:"(?P<number1>{_NUMBER})" ?|"(?:[^"\\0-9]|[0-9](?![0-9]{{4}}))*" ?)?<{_URI}(?:;[^>]*)?>'
    rf"(?:;tag=(?P<tag>{_TOKEN}))?(?:;(?:[^,<]|<urn:)*)?"
)
_CHALLENGE = r'Digest (?:[a-z]+="?[A-Za-z0-9.-]*"?, ?)*nonce="(?P<nonce>[^"\\]{1,128})"(?:, ?.*)?'
_HEX = r"(?!0{32})[0-9a-f]{32}"
_BY_NAME: dict[str, str] = {
    "Call-ID": rf"(?P<callid>{_TOKEN})(?:@{_HOST})?",
    "Contact": _BY_WHOM,
    "CSeq": r"(?P<cseq>[1-9][0-9]{0,8}) [A-Z]+",
    "Date": r"(?P<date>[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT)",
    "From": _BY_WHOM,
    "P-Asserted-Identity": _BY_WHOM,
    "P-Preferred-Identity": _BY_WHOM,
    "Proxy-Authenticate": _CHALLENGE,
    "Record-Route": _BY_WHOM,
    "Remote-Party-ID": _BY_WHOM,
    "Route": _BY_WHOM,
    "Session-ID": rf"(?P<hex>{_HEX})(?:;remote=(?:0{{32}}|(?P<hex1>{_HEX})))?",
    "To": _BY_WHOM,
    "Via": rf"SIP/2\.0/[A-Z]+ {_HOST}(?:;rport(?:=[0-9]+)?)?;branch=z9hG4bK(?P<branch>{_TOKEN})"
    rf"(?:;received=(?P<address1>{_ADDRESS}))?(?:;rport(?:=[0-9]+)?)?(?:;received=(?P<address2>{_ADDRESS}))?",
    "WWW-Authenticate": _CHALLENGE,
    "X-Correlation-ID": rf"(?P<hex>{_HEX})",
}
"""Header → the form of a line of it, with the values in it by their kind."""
_BEGINS: dict[str, str] = {
    "c=": rf"c=IN IP4 (?P<address>{_ADDRESS})",
    "m=": r"m=(?:audio|video) (?P<port>[1-9][0-9]{0,4}) [!-~ ]+",
    "o=": rf"o=[!-~]+ (?P<session>[0-9]{{1,19}}) (?P<version>[0-9]{{1,19}}) IN IP4 (?P<address>{_ADDRESS})",
}
"""The same for lines of a session description, by their first two characters."""
_REQUEST = rf"[A-Z]+ {_URI}(?:;[!-~]*)? SIP/2\.0"
_CREDENTIALS = re.compile(
    rf'[ ,]nonce="(?P<nonce>[^"\\]{{1,128}})"|(?:cnonce|response|opaque)="(?P<token>[^"\\]{{1,128}})"'
    rf'|uri="sips?:(?:(?P<number>{_NUMBER})@)?(?P<address>{_ADDRESS})(?::[0-9]+)?"'.encode()
)
"""The values in the credentials of Digest (RFC 7616), which come in any order."""
_NAMED_USER = re.compile(rb'[^ :]+: Digest (?:[^,]*, ?)*?username="[A-Za-z][^"\\]*"(?:,.*)?')
"""A login that is no number: one that is would say whose country it is."""

_COMPILED = {name.encode(): re.compile(rf"{name}: {form}".encode()) for name, form in _BY_NAME.items()}
_BEGINNING = {name.encode(): re.compile(form.encode()) for name, form in _BEGINS.items()}
_COMPILED_REQUEST = re.compile(_REQUEST.encode())
_WITH_CREDENTIALS = frozenset({b"Authorization", b"Proxy-Authorization"})
_NO_OTHER_FORM = frozenset(name.lower() for name in (*_BY_NAME, "Authorization", "Proxy-Authorization")) | {
    "diversion",
    "refer-to",
    "referred-by",
    "replaces",
    "history-info",
    "identity",
    "rack",
}
"""Headers that are read of everyday calls, and so must be as they usually are; the last ones say where a number is at home, or hold times."""
ADDRESSES = re.compile(_ADDRESS.encode())
"""Addresses, wherever they stand."""
_FOLDS = (b" ", b"\t")
_TRANSFERS = b"REFER "
"""A transfer is told by more than its own leg."""
APART = {"cseq": b"\1", "port": b"\2", "session": b"\3", "version": b"\3", "date": b"\4"}
"""Kinds whose values are held against those of the same kind alone, and what these are marked with."""


class Kind(NamedTuple):
    """A kind of value, and where one stands in the match of a line's form."""

    group: int
    name: str
    blank: bytes
    """What stands for it in the shape."""
    apart: bytes


def _kinds(form: re.Pattern[bytes]) -> tuple[Kind, ...]:
    names = [(group, name.rstrip("123")) for name, group in form.groupindex.items()]
    return tuple(Kind(group, name, b"\0" + name.encode(), APART.get(name, b"")) for group, name in names)


KINDS: dict[re.Pattern[bytes], tuple[Kind, ...]] = {
    form: _kinds(form)
    for form in (*_COMPILED.values(), *_BEGINNING.values(), _COMPILED_REQUEST, _CREDENTIALS)
}
"""Form → the values in it."""


class OtherError(Exception):
    """The call is no everyday one."""


def matches(line: bytes) -> Iterable[re.Match[bytes]]:
    """Where values stand in a line.

    :raises OtherError: there is something in it that no everyday call has.
    """
    name = line[: line.find(b":")]
    form = _COMPILED.get(name)
    if form is not None:
        match = form.fullmatch(line)
        if match is None:
            raise OtherError
        return (match,)
    form = _BEGINNING.get(line[:2])
    if form is None:
        if line.startswith(_TRANSFERS):
            raise OtherError
        if name in _WITH_CREDENTIALS and _NAMED_USER.fullmatch(line):
            return _CREDENTIALS.finditer(line)
        if line[:1] in _FOLDS or CANONICAL[name.decode()] in _NO_OTHER_FORM:
            raise OtherError
        form = _COMPILED_REQUEST
    match = form.fullmatch(line)
    if match is not None:
        return (match,)
    if line.endswith(b" SIP/2.0"):
        raise OtherError
    return ()


def calling_number(line: bytes) -> bytes | None:
    """The number in a From; None where there is none.

    :raises OtherError: it cannot be told.
    """
    match = _COMPILED[b"From"].fullmatch(line)
    if match is None:
        raise OtherError
    number: bytes | None = match["number"]
    return number
