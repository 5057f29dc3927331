"""URIs and name-addrs (RFC 3261 §19.1, §20.10; RFC 3966 for ``tel:``), and Replaces (RFC 3891).

Whatever was sent gives a result: text that is no URI still comes back as a :class:`Uri` with an
empty scheme, because a Refer-To of ``<07123456789>`` is exactly what a diagnosis is about.
"""

from __future__ import annotations

import re
from urllib.parse import unquote as percent_decode

from msgspec import Struct, field

from sipdiag.sip.grammar import SCHEME
from sipdiag.sip.memo import remembered
from sipdiag.sip.quoting import closing_quote, parameters, split_outside, unquote

_SCHEME = re.compile(rf"({SCHEME}):")
_PLAIN_TEXT = (
    r"(sips?):(?:([A-Za-z0-9+\-_.]+)@)?([A-Za-z0-9.\-]+)(?::([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?"
    r"((?:;[A-Za-z0-9.\-]+(?:=[A-Za-z0-9.\-+_:&=!~*'/]*)?)*)"
)
_PLAIN = re.compile(_PLAIN_TEXT + r"\Z")
"""A URI as nearly all are: no escapes, password, headers, nor parameters of the number."""
_PLAIN_IN_ANGLES = re.compile(rf"<{_PLAIN_TEXT}>")
_PHONE_USER = re.compile(r"\+?[0-9*#()\-. ]+;")
_PHONE_HOST = re.compile(r"\+[0-9]+\Z")
_URI_END = re.compile(r"[;?]")


class Replaces(Struct, frozen=True):
    """The dialog an INVITE takes the place of (RFC 3891), tags as the recipient of the header sees them."""

    call_id: str
    to_tag: str = ""
    from_tag: str = ""
    early_only: bool = False


class Uri(Struct, frozen=True):
    """A URI, taken apart as far as its scheme is known."""

    scheme: str
    """Lower case; empty when the text has none."""
    user: str = ""
    """Unescaped, without password; of a ``tel:`` URI, or of text without scheme and host, the number as written."""
    password: str | None = None
    host: str = ""
    """Lower case, IPv6 without brackets; empty for ``tel:`` and unknown schemes."""
    port: int | None = None
    params: dict[str, str | None] = field(default_factory=dict)
    """Names in lower case, values unescaped, None for one without value."""
    headers: dict[str, str] = field(default_factory=dict)
    """What stands behind ``?``: names in lower case, values unescaped."""
    raw: str = ""
    """The text as it was sent."""
    user_params: dict[str, str | None] = field(default_factory=dict)
    """Parameters behind a telephone number in the user part (``+1555;npdi@host``)."""

    @property
    def method(self) -> str:
        """The ``method`` parameter in upper case, or an empty string."""
        return (self.params.get("method") or "").upper()

    @property
    def replaces(self) -> Replaces | None:
        """The embedded Replaces header of a Refer-To (RFC 5589 §7)."""
        return parse_replaces(self.headers.get("replaces", ""))

    @property
    def bare(self) -> str:
        """The URI as sent, without the headers behind ``?``."""
        if not self.headers:
            return self.raw
        return self.raw[: self.raw.find("?", max(self.raw.find("@"), 0))]


class NameAddr(Struct, frozen=True):
    """A display name, a URI and the header's own parameters."""

    display: str
    """Unquoted; empty without one."""
    uri: Uri
    params: dict[str, str | None] = field(default_factory=dict)
    raw: str = ""

    @property
    def tag(self) -> str:
        """The tag parameter, or an empty string."""
        return self.params.get("tag") or ""


@remembered
def parse_uri(text: str) -> Uri:
    """Take a URI apart; never fails."""
    text = text.strip()
    plain = _PLAIN.match(text)
    return _plain_uri(plain) if plain else _any_uri(text)


def _plain_uri(match: re.Match[str]) -> Uri:
    scheme, user, host, port, tail = match.groups()
    params = _uri_params(tail.split(";")) if tail else {}
    return Uri(scheme, user or "", None, host.lower(), int(port) if port else None, params, {}, match[0], {})


def _any_uri(text: str) -> Uri:
    # Some senders put a name-addr's brackets where a bare URI belongs.
    bare = text[1:].removesuffix(">") if text.startswith("<") else text
    match = _SCHEME.match(bare)
    scheme = match[1].lower() if match else ""
    rest = bare[match.end() :] if match else bare
    if scheme == "tel":
        number, *params = rest.split(";")
        return Uri("tel", percent_decode(number).strip(), params=_uri_params(params), raw=text)
    if scheme in ("sip", "sips", ""):
        return _parse_sip(scheme, rest, text)
    return Uri(scheme, raw=text)


@remembered
def parse_name_addr(text: str) -> NameAddr | None:
    """Read ``"Name" <uri>;params``, ``uri;params`` or something like it; None for blank text.

    Without angle brackets parameters belong to the header, not to the URI (RFC 3261 §20.10).
    """
    raw = text.strip()
    if not raw:
        return None
    opening = _opening_angle(raw)
    if opening < 0:
        uri, behind = _split_bare(raw)
        return NameAddr("", parse_uri(uri), parameters(behind), raw)
    closing = raw.find(">", opening)
    if closing < 0:
        closing = len(raw)
    params = split_outside(raw[closing + 1 :], ";", angles=False)
    return NameAddr(unquote(raw[:opening]), parse_uri(raw[opening + 1 : closing]), parameters(params), raw)


def name_addr_host(text: str) -> str:
    """The host in a name-addr, as :func:`parse_name_addr` has it, without making records of the rest."""
    plain = _PLAIN_IN_ANGLES.match(text)
    if plain is not None:
        return plain[3].lower()
    address = parse_name_addr(text)
    return address.uri.host if address is not None else ""


def parse_replaces(text: str) -> Replaces | None:
    """Read the value of a Replaces header; None without a Call-ID."""
    call_id, *pieces = text.split(";")
    if not call_id.strip():
        return None
    params = parameters(pieces)
    return Replaces(
        call_id.strip(), params.get("to-tag") or "", params.get("from-tag") or "", "early-only" in params
    )


def _opening_angle(raw: str) -> int:
    """Where the URI's ``<`` is, not counting one inside a quoted display name; -1 without."""
    if raw[0] == '"':
        closing = closing_quote(raw, 0)
        if closing >= 0:
            return raw.find("<", closing)
    opening = raw.find("<")
    quote = raw.find('"')
    return -1 if 0 <= quote < opening and "=" in raw[:quote] else opening


def _split_bare(raw: str) -> tuple[str, list[str]]:
    """Divide an addr-spec without angle brackets from the header parameters behind it."""
    first, *behind = split_outside(raw, ";", angles=False)
    if "@" in first or not behind or ":" not in first:
        return first, behind
    for count, piece in enumerate(behind, 1):
        if piece.partition("=")[0].strip().lower() == "tag":
            break
        if "@" in piece:
            return ";".join([first, *behind[:count]]), behind[count:]
    return first, behind


def _parse_sip(scheme: str, rest: str, raw: str) -> Uri:
    at = rest.find("@")
    if at >= 0:
        end = _URI_END.search(rest, at)
        at = rest.rfind("@", at, end.start() if end else len(rest))
    end = _URI_END.search(rest, at + 1)
    place = rest[at + 1 : end.start() if end else len(rest)].strip()
    tail, _, headers = rest[end.start() :].partition("?") if end else ("", "", "")
    userinfo = rest[:at] if at >= 0 else ""
    if at < 0 and (not scheme or _PHONE_HOST.match(place)):
        userinfo, place = place, ""
    user, password, user_params = _parse_userinfo(userinfo, has_scheme=bool(scheme))
    host, port = split_host_port(place)
    return Uri(
        scheme,
        user,
        password,
        host,
        port,
        _uri_params(tail.split(";")),
        _uri_headers(headers) if headers else {},
        raw,
        user_params,
    )


def _parse_userinfo(userinfo: str, *, has_scheme: bool) -> tuple[str, str | None, dict[str, str | None]]:
    params: dict[str, str | None] = {}
    if ";" in userinfo and _PHONE_USER.match(userinfo):
        userinfo, *pieces = userinfo.split(";")
        params = _uri_params(pieces)
    user, colon, password = userinfo.partition(":") if has_scheme else (userinfo, "", "")
    return percent_decode(user), percent_decode(password) if colon else None, params


def split_host_port(text: str) -> tuple[str, int | None]:
    """Divide ``host:port``; IPv6 loses its brackets, or counts as all host where it has none."""
    text = text.strip()
    if text[:1] == "[":
        host, _, behind = text[1:].partition("]")
        colon, port = behind[:1], behind[1:]
    elif text.count(":") > 1:
        host, colon, port = text, "", ""
    else:
        host, colon, port = text.partition(":")
    port = port.strip()
    valid = colon and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    return host.strip().lower(), int(port) if valid else None


def _uri_params(pieces: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = percent_decode(name).strip().lower()
        if name and name not in found:
            found[name] = percent_decode(value).strip() if equals else None
    return found


def _uri_headers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in text.split("&"):
        name, _, value = piece.partition("=")
        name = percent_decode(name).strip().lower()
        if name and name not in found:
            found[name] = percent_decode(value)
    return found
