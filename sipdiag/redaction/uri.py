"""URIs, name-addrs and parameters with everything in them that names somebody replaced."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote
from urllib.parse import unquote as percent_decode

from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.text import TextRedactor
from sipdiag.redaction.vocabulary import vocabulary
from sipdiag.redaction.words import HOST_PARAMETERS, ID_PARAMETERS, NAMED_PARAMETERS, TAG_PARAMETERS
from sipdiag.sip.grammar import SCHEME
from sipdiag.sip.quoting import closing_quote, split_outside, unquote

HeaderMask = Callable[[str, str], tuple[str, str]]
"""(name, value) → both redacted."""

_SIP = re.compile(r"(sips?|tel):", re.IGNORECASE)
_OTHER = re.compile(rf"{SCHEME}:")
_URI_END = re.compile(r"[;?]")
_PHONE_USER = re.compile(r"\+?[0-9*#()\-. ]+;")
_PHONE_HOST = re.compile(r"\+?[0-9]{7,}\Z")
_DEEPEST = 3
"""Headers in URIs in headers in URIs …"""
_NAME_SAFE = "-_. "
_USER_SAFE = "+-_.!~*'()&=$,/"

_NUMBERS = frozenset({"rn", "tgrp", "otg", "phone-context", "called", "calling"})
_URIS = frozenset({"pub-gruu", "temp-gruu", "uri"})


class Uris:
    """Redacts addresses as they stand in headers."""

    def __init__(self, values: Pseudonyms, texts: TextRedactor, header: HeaderMask) -> None:
        """``header`` redacts the headers embedded behind a URI's ``?``."""
        self._values = values
        self._texts = texts
        self._header = header
        self._depth = 0
        self._codes = vocabulary().parameters
        self._known = _KNOWN | self._codes.keys()

    def uri(self, text: str) -> str:
        """A URI, or what stands where one should."""
        bare = text.strip()
        scheme = _SIP.match(bare)
        if scheme is None and _OTHER.match(bare):
            return self._texts.opaque(bare)
        start = scheme.end() if scheme else 0
        if scheme and scheme[1].lower() == "tel":
            number, *params = bare[start:].split(";")
            return bare[:start] + ";".join([self._user(number), *map(self.parameter, params)])
        return bare[:start] + self._sip(bare[start:], has_scheme=scheme is not None)

    def name_addr(self, text: str) -> str:
        """A display name, a URI and parameters, or any part of them."""
        raw = text.strip()
        opening = _opening_angle(raw)
        if opening < 0:
            return self.uri(raw)
        closing = raw.find(">", opening)
        if closing < 0:
            return f"{self._texts.display(raw[:opening])}<{self.uri(raw[opening + 1 :])}"
        display = self._texts.display(raw[:opening])
        params = self.parameters(raw[closing + 1 :])
        return f"{display}<{self.uri(raw[opening + 1 : closing])}>{params}"

    def parameters(self, text: str) -> str:
        """``;name=value`` pieces."""
        return ";".join(self.parameter(piece) for piece in split_outside(text, ";", angles=False))

    def parameter(self, piece: str) -> str:
        """One ``name=value``, or a name alone."""
        name, equals, value = piece.partition("=")
        lower = percent_decode(name).strip().lower()
        shown = name if lower in self._known else self._values.header_name(name)
        return f"{shown}={self._value(lower, value)}" if equals else shown

    def _value(self, name: str, value: str) -> str:
        bare = value.strip()
        if bare[:1] == '"':
            return quoted(bare, lambda inner: self._plain(name, inner))
        return self._plain(name, bare)

    def _plain(self, name: str, bare: str) -> str:
        if name in TAG_PARAMETERS or name in ID_PARAMETERS:
            return self._values.identifier(bare)
        if name in HOST_PARAMETERS:
            return self._values.host_port(bare)
        if name in _NUMBERS:
            return self._number_or_host(bare)
        if name in _URIS:
            return self.uri(bare)
        codes = self._codes.get(name)
        return self._texts.opaque(bare) if codes is None else self._texts.codes(bare, codes)

    def _number_or_host(self, text: str) -> str:
        if "." in text and not text.startswith("+"):
            return self._values.host_port(text)
        return self._values.user(text)

    def _user(self, text: str) -> str:
        """A user part as it stands in a URI, escapes and all."""
        plain = percent_decode(text, errors="surrogateescape")
        masked = self._values.user(plain)
        if plain == text:
            return masked
        return quote(masked, safe=_USER_SAFE, errors="surrogateescape")

    def _sip(self, rest: str, *, has_scheme: bool) -> str:
        at = rest.find("@")
        if at >= 0:
            end = _URI_END.search(rest, at)
            at = rest.rfind("@", at, end.start() if end else len(rest))
        end = _URI_END.search(rest, at + 1)
        stop = end.start() if end else len(rest)
        place, tail = rest[at + 1 : stop], rest[stop:]
        userinfo = rest[:at] if at >= 0 else None
        if userinfo is None and (not has_scheme or _PHONE_HOST.match(place)):
            masked = self._host_or_user(place, has_scheme=has_scheme)
        elif userinfo is None:
            masked = self._values.host_port(place)
        else:
            masked = f"{self._userinfo(userinfo)}@{self._values.host_port(place)}"
        return masked + self._tail(tail)

    def _host_or_user(self, text: str, *, has_scheme: bool) -> str:
        """Without a scheme and ``@`` a number or a name; a host name is told by its dots."""
        if not has_scheme and "." in text and not text[:1].isdigit() and not text.startswith("+"):
            return self._values.host_port(text)
        if self._values.address(text) is not None:
            return self._values.host(text)
        return self._user(text)

    def _userinfo(self, userinfo: str) -> str:
        params: list[str] = []
        if ";" in userinfo and _PHONE_USER.match(userinfo):
            userinfo, *params = userinfo.split(";")
        user, colon, password = userinfo.partition(":")
        masked = self._user(user) + (colon + self._values.word(password) if colon else "")
        return ";".join([masked, *map(self.parameter, params)])

    def _tail(self, tail: str) -> str:
        """URI parameters, and headers behind ``?``."""
        params, question, headers = tail.partition("?")
        masked = ";".join(self.parameter(piece) for piece in params.split(";"))
        if not question:
            return masked
        return f"{masked}?{'&'.join(self._embedded(piece) for piece in headers.split('&'))}"

    def _embedded(self, piece: str) -> str:
        name, equals, value = piece.partition("=")
        plain = percent_decode(value, errors="surrogateescape")
        self._depth += 1
        if self._depth <= _DEEPEST:
            shown, masked = self._header(percent_decode(name, errors="surrogateescape"), plain)
        else:
            shown, masked = self._texts.opaque(name), self._texts.opaque(plain)
        self._depth -= 1
        escaped = quote(shown, safe=_NAME_SAFE, errors="surrogateescape")
        return f"{escaped}{equals}{quote(masked, safe='', errors='surrogateescape')}"


_KNOWN = TAG_PARAMETERS | ID_PARAMETERS | HOST_PARAMETERS | NAMED_PARAMETERS | _NUMBERS | _URIS


def quoted(text: str, mask: Callable[[str], str]) -> str:
    """A quoted string with its content redacted; a missing closing quote stays missing."""
    inner = mask(unquote(text)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"' if len(text) > 1 and text.endswith('"') else f'"{inner}'


def _opening_angle(raw: str) -> int:
    """Where the URI's ``<`` is, not counting one inside a quoted display name; -1 without."""
    if raw[:1] == '"':
        closing = closing_quote(raw, 0)
        if closing >= 0:
            return raw.find("<", closing)
    opening = raw.find("<")
    quotation = raw.find('"')
    return -1 if 0 <= quotation < opening and "=" in raw[:quotation] else opening
