"""The lines of a message that hold values of a call's own, and where in them these stand.

The table is small, and careful: a line of another form is taken to the letter, and one of a header that facts of everyday
calls read makes the call no everyday one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sipdiag.sip.fields import CANONICAL

_TOKEN = r"[0-9A-Za-z.~*_-]{1,64}"
_QUOTED = r"[!#-\[\]-~ ]{1,128}"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
VALUES = {
    "address": _ADDRESS,
    "branch": _TOKEN,
    "callid": _TOKEN,
    "cseq": r"[1-9][0-9]{0,8}",
    "date": r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
    "hex": r"(?!0{32})[0-9a-f]{32}",
    "nonce": _QUOTED,
    "number": r"\+?[0-9]{5,15}",
    "port": r"[1-9][0-9]{0,4}",
    "session": r"[0-9]{1,19}",
    "tag": _TOKEN,
    "token": _QUOTED,
    "version": r"[0-9]{1,19}",
}
"""Kind of value → how one is written; without groups."""


def _own(name: str) -> str:
    """The group of a value; behind the kind a digit, where a line has more of it."""
    return f"(?P<{name}>{VALUES[name.rstrip('123')]})"


_HOST = rf"(?:{_own('address')}|[A-Za-z][A-Za-z0-9.-]*)(?::[0-9]{{1,5}})?"
_NAME = r"[A-Za-z](?:[A-Za-z._-]|[0-9](?![0-9]{4}))*"
"""A user that is no number, and has none in it."""
_URI = rf"sips?:(?:{_own('number')}@|(?:{_NAME}|[0-9]{{1,4}})@)?{_HOST}"
_BY_WHOM = (
    rf'(?:"{_own("number1")}" ?|"(?:[^"\\0-9]|[0-9](?![0-9]{{4}}))*" ?)?<{_URI}(?:;[^>]*)?>'
    rf"(?:;tag={_own('tag')})?(?:;(?:[^,<]|<urn:)*)?"
)
_CHALLENGE = rf'Digest (?:[a-z]+="?[A-Za-z0-9.-]*"?, ?)*nonce="{_own("nonce")}"(?:, ?.*)?'
_BY_NAME: dict[str, str] = {
    "Call-ID": rf"{_own('callid')}(?:@{_HOST})?",
    "Contact": _BY_WHOM,
    "CSeq": rf"{_own('cseq')} [A-Z]+",
    "Date": _own("date"),
    "From": _BY_WHOM,
    "P-Asserted-Identity": _BY_WHOM,
    "P-Preferred-Identity": _BY_WHOM,
    "Proxy-Authenticate": _CHALLENGE,
    "Record-Route": _BY_WHOM,
    "Remote-Party-ID": _BY_WHOM,
    "Route": _BY_WHOM,
    "Session-ID": rf"{_own('hex')}(?:;remote=(?:0{{32}}|{_own('hex1')}))?",
    "To": _BY_WHOM,
    "Via": rf"SIP/2\.0/[A-Z]+ {_HOST}(?:;rport(?:=[0-9]+)?)?;branch=z9hG4bK{_own('branch')}"
    rf"(?:;received={_own('address1')})?(?:;rport(?:=[0-9]+)?)?(?:;received={_own('address2')})?",
    "WWW-Authenticate": _CHALLENGE,
    "X-Correlation-ID": _own("hex"),
}
"""Header → the form of a line of it, with the values in it by their kind."""
_BEGINS: dict[str, str] = {
    "c=": rf"c=IN IP4 {_own('address')}",
    "m=": rf"m=(?:audio|video) {_own('port')} [!-~ ]+",
    "o=": rf"o=[!-~]+ {_own('session')} {_own('version')} IN IP4 {_own('address')}",
}
"""The same for lines of a session description, by their first two characters."""
_REQUEST = rf"[A-Z]+ {_URI}(?:;[!-~]*)? SIP/2\.0"
_CREDENTIALS = re.compile(
    rf'[ ,]nonce="{_own("nonce")}"|(?:cnonce|response|opaque)="{_own("token")}"'
    rf'|uri="sips?:(?:{_own("number")}@)?{_own("address")}(?::[0-9]+)?"'.encode()
)
"""The values in the credentials of Digest (RFC 7616), which come in any order."""
_NAMED_USER = re.compile(rb'[^ :]+: Digest (?:(?:[^,]*+,)+? ?)?username="[A-Za-z][^"\\]*"(?:,.*)?')
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
    mark: bytes


def _kinds(form: re.Pattern[bytes]) -> tuple[Kind, ...]:
    names = [(group, name.rstrip("123")) for name, group in form.groupindex.items()]
    return tuple(Kind(group, name, b"\0" + name.encode(), APART.get(name, b"")) for group, name in names)


_KINDS: dict[re.Pattern[bytes], tuple[Kind, ...]] = {
    form: _kinds(form)
    for form in (*_COMPILED.values(), *_BEGINNING.values(), _COMPILED_REQUEST, _CREDENTIALS)
}
"""Form → the values in it."""


class OtherError(Exception):
    """The call is no everyday one."""


def own_values(line: bytes) -> Iterator[tuple[int, int, Kind]]:
    """Where the values of a line begin and end, and of what kind they are.

    :raises OtherError: there is something in it that no everyday call has.
    """
    for match in _matches(line):
        spans = match.regs
        for kind in _KINDS[match.re]:
            start, end = spans[kind.group]
            if start >= 0:
                yield start, end, kind


def _matches(line: bytes) -> Iterable[re.Match[bytes]]:
    """Where a line has values.

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
