"""Structured headers, each parsed into a small record."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

from sipdiag.sip.address import split_host_port
from sipdiag.sip.memo import remembered
from sipdiag.sip.quoting import parameters, split_outside, unquote

_VIA = re.compile(r"([^/\s]+)\s*/\s*([^/\s]+)\s*/\s*(\S+)(?:\s+|\Z)")
_PLAIN_VIA = re.compile(
    r"SIP/2\.0/([A-Z]+) ([A-Za-z0-9.\-]+)(?::([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
    r"((?:;[a-z0-9\-]+(?:=[^\s;\"]*)?)*)\Z"
)
"""A Via value as nearly all are: without quotes, needless blanks, and capitals in the names of parameters."""
_WARNING = re.compile(r"([0-9]+)(?:\s+([^\s\"]+))?\s*")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_OPAQUE = frozenset({"basic", "bearer"})
"""Schemes whose credentials are one secret token."""
_SECRET = frozenset({"response", "cnonce"})


class Via(Struct, frozen=True):
    """One hop of a request (RFC 3261 §20.42)."""

    protocol: str
    """``SIP/2.0/UDP``, in upper case, without blanks."""
    host: str
    port: int | None = None
    branch: str = ""
    received: str = ""
    """The address the request really came from, if the receiver wrote it down."""
    rport: int | None = None
    """The port it really came from (RFC 3581)."""
    params: dict[str, str | None] = field(default_factory=dict)

    @property
    def transport(self) -> str:
        """``UDP``, ``TCP``, ``TLS``, ..."""
        return self.protocol.rpartition("/")[2]


class Reason(Struct, frozen=True):
    """Why a request was sent or a response given (RFC 3326, RFC 6432)."""

    protocol: str
    """``Q.850``, ``SIP`` or another name, in upper case."""
    cause: int | None
    text: str = ""
    params: dict[str, str | None] = field(default_factory=dict)


class Warning_(Struct, frozen=True):  # noqa: N801 -- the header's name is a builtin
    """A Warning value: a server's remark on a response (RFC 3261 §20.43)."""

    code: int
    agent: str
    text: str


class Challenge(Struct, frozen=True):
    """WWW-Authenticate or Proxy-Authenticate."""

    scheme: str
    realm: str = ""
    nonce: str = ""
    stale: bool = False
    proxy: bool = False
    params: dict[str, str | None] = field(default_factory=dict)


class Credentials(Struct, frozen=True):
    """Authorization or Proxy-Authorization, without the values that come from the password."""

    scheme: str
    username: str = ""
    realm: str = ""
    nonce: str = ""
    uri: str = ""
    proxy: bool = False
    params: dict[str, str | None] = field(default_factory=dict)
    """Other parameters; ``response`` and ``cnonce`` are present but blanked out."""


@remembered
def parse_via(text: str) -> Via | None:
    """Read one Via value; None if it names no protocol."""
    plain = _PLAIN_VIA.match(text)
    return _plain_via(plain) if plain else _any_via(text)


def _plain_via(match: re.Match[str]) -> Via:
    transport, host, port, tail = match.groups()
    params: dict[str, str | None] = {}
    for piece in tail.split(";")[1:]:
        name, equals, value = piece.partition("=")
        if name not in params:
            params[name] = value if equals else None
    return _via(f"SIP/2.0/{transport}", host.lower(), int(port) if port else None, params)


def _any_via(text: str) -> Via | None:
    sent, *pieces = split_outside(text, ";", angles=False)
    match = _VIA.match(sent)
    if match is None:
        return None
    host, port = split_host_port(sent[match.end() :])
    return _via("/".join(match.groups()).upper(), host, port, parameters(pieces))


def _via(protocol: str, host: str, port: int | None, params: dict[str, str | None]) -> Via:
    return Via(
        protocol,
        host,
        port,
        params.get("branch") or "",
        params.get("received") or "",
        _number(params["rport"]) if "rport" in params else None,
        params,
    )


def parse_reasons(values: list[str]) -> list[Reason]:
    """Read Reason values; what a sender left unquoted behind a comma goes back to its text."""
    found: list[Reason] = []
    for value in values:
        protocol, *pieces = split_outside(value, ";", angles=False)
        if found and not pieces:
            found[-1] = _longer(found[-1], value)
        elif protocol:
            params = parameters(pieces)
            found.append(
                Reason(protocol.upper(), _number(params.get("cause")), params.get("text") or "", params)
            )
    return found


def _longer(reason: Reason, more: str) -> Reason:
    text = f"{reason.text}, {more}"
    return Reason(reason.protocol, reason.cause, text, {**reason.params, "text": text})


def parse_warnings(values: list[str]) -> list[Warning_]:
    """Read Warning values; a missing agent or missing quotes do no harm."""
    found: list[Warning_] = []
    for value in values:
        match = _WARNING.match(value)
        if match and (code := _number(match[1])) is not None:
            found.append(Warning_(code, match[2] or "", unquote(value[match.end() :])))
        elif found and not match:
            last = found[-1]
            found[-1] = Warning_(last.code, last.agent, f"{last.text}, {value}")
    return found


def parse_remarks(header: Callable[[str], str | None]) -> list[str]:
    """What headers outside the standard say of a refusal: X-Reason (jambonz), X-Warning (Simwood), the reason of ms-diagnostics.

    ``[MS-OCER] §2.2`` has ``ms-diagnostics: 12010;reason="From URI does not match caller URI";source="..."``.
    """
    said = [header(name) or "" for name in ("x-reason", "x-warning")]
    for name in ("ms-diagnostics", "ms-diagnostics-public"):
        _, *pieces = split_outside(header(name) or "", ";", angles=False)
        said.append(parameters(pieces).get("reason") or "")
    return list(dict.fromkeys(filter(None, map(str.strip, said))))


def parse_session_id(text: str) -> tuple[str, str] | None:
    """Local and remote UUID of RFC 7989 in lower case; the remote one is empty in the older RFC 7329 form."""
    local, *pieces = text.split(";")
    local = local.strip().lower()
    return (local, (parameters(pieces).get("remote") or "").lower()) if local else None


def parse_challenge(text: str, *, proxy: bool) -> Challenge | None:
    """Read a WWW-Authenticate or Proxy-Authenticate value; None for blank text."""
    scheme, params = _auth(text)
    if not scheme:
        return None
    stale = (params.get("stale") or "").lower() == "true"
    return Challenge(scheme, params.get("realm") or "", params.get("nonce") or "", stale, proxy, params)


def parse_credentials(text: str, *, proxy: bool) -> Credentials | None:
    """Read an Authorization or Proxy-Authorization value; None for blank text."""
    scheme, params = _auth(text)
    if not scheme:
        return None
    if scheme.lower() in _OPAQUE:
        return Credentials(scheme, proxy=proxy)
    safe = {name: "*" if name in _SECRET else value for name, value in params.items()}
    username, realm, nonce, uri = (safe.get(name) or "" for name in ("username", "realm", "nonce", "uri"))
    return Credentials(scheme, username, realm, nonce, uri, proxy, safe)


def _auth(text: str) -> tuple[str, dict[str, str | None]]:
    scheme, *rest = text.split(None, 1)[:2] or [""]
    return scheme, parameters(split_outside(rest[0], ",", angles=False)) if rest else {}


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if _NUMBER.match(text) else None
