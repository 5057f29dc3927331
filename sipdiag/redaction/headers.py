"""Header fields: which of them stay, and how each of the others is redacted.

A header that is in no table here is redacted whole: what is new or private to somebody is not known
to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.text import TextRedactor
from sipdiag.redaction.uri import Uris, quoted
from sipdiag.redaction.vocabulary import Words, vocabulary
from sipdiag.redaction.words import (
    ADDRESS_HEADERS,
    AUTH_IDS,
    DIALOG_HEADERS,
    ID_HEADERS,
    OPAQUE_HEADERS,
    PRODUCT_HEADERS,
)
from sipdiag.sip.authentication import AUTH_HEADERS
from sipdiag.sip.fields import canonical
from sipdiag.sip.grammar import LISTS
from sipdiag.sip.quoting import split_outside

_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), +[0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"[0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2} (?:GMT|UTC)\Z"
)
_SECONDS = re.compile(r"[0-9]{0,6}(?![0-9])\s*")
_COUNTED = re.compile(r"([0-9]{1,10}(?:\s+[0-9]{1,10})?)(?:\s+(\S+))?")
"""One number or two (RFC 3262 §7.2), and a method; what stands behind belongs to neither."""
_EVENT_ID = re.compile(r"\s*id\s*=\s*[0-9]{1,10}\s*\Z", re.IGNORECASE)
_NONCE_COUNT = re.compile(r"0000[0-9A-Fa-f]{4}\Z")
_PROVIDER_CODE = re.compile(r"[A-Z]{0,3}[0-9]{1,5}(?![0-9A-Za-z])")
_WARN_CODE = re.compile(r"[0-9]{1,3}\Z")
_AUTH_CODES = frozenset({"algorithm", "qop", "stale", "charset", "userhash"})
_AUTH_NAMES = _AUTH_CODES | AUTH_IDS | {"nc", "username", "realm", "uri", "domain"}
_OPAQUE_SCHEMES = frozenset({"basic", "bearer"})
_WORDED = ("x-asterisk-hangupcause", "x-reason", "x-warning")
"""Headers that are the words of a refusal."""
_DIAGNOSED = ("ms-diagnostics", "ms-diagnostics-public")
_DIAGNOSIS = re.compile(r"[0-9]{1,6}\Z")
_VIA_PROTOCOL = re.compile(r"[A-Za-z]+\s*/\s*[0-9.]+\s*/\s*[A-Za-z0-9-]+\s*\Z")
_VIA_WORDS = frozenset({"sip"})


class Headers:
    """Redacts header values by the header's name."""

    def __init__(self, values: Pseudonyms, texts: TextRedactor) -> None:
        self._values = values
        self._texts = texts
        self._uris = Uris(values, texts, lambda name, value: (self.name(name), self.value(name, value)))
        self._vocabulary = vocabulary()
        self._table = self._kinds()

    @property
    def uris(self) -> Uris:
        return self._uris

    def name(self, name: str) -> str:
        """A header's name: that of somebody's own header may name him."""
        bare = name.strip()
        if self._is_known(bare) or not bare:
            return name
        return self._values.header_name(name)

    def value(self, name: str, value: str) -> str:
        """The value of one header line, unfolded."""
        key = canonical(name)
        mask = self._table.get(key)
        if mask is None:
            return self._refusal(value) if key in self._values.keep.said else self._texts.opaque(value)
        return mask(key, value)

    def _refusal(self, value: str) -> str:
        """A provider's code, listed or not, and its words."""
        code = _PROVIDER_CODE.match(value)
        end = code.end() if code else 0
        return value[:end] + self._texts.text(value[end:])

    def _is_known(self, name: str) -> bool:
        key = canonical(name)
        return key in self._table or key in OPAQUE_HEADERS or key in self._values.keep.headers

    def _kinds(self) -> dict[str, Callable[[str, str], str]]:
        kinds: dict[str, Callable[[str, str], str]] = {
            **dict.fromkeys(self._vocabulary.headers, self._codes),
            "via": self._list(self._via),
            "cseq": self._counters,
            "rack": self._counters,
            "rseq": self._counters,
            "event": self._event,
            "reason": self._list(self._reason),
            "warning": self._list(self._warning),
            "retry-after": self._retry_after,
            "date": lambda _, value: value if _DATE.match(value) else self._texts.opaque(value),
            **dict.fromkeys(_WORDED, lambda _, value: self._texts.text(value)),
            **dict.fromkeys(_DIAGNOSED, lambda _, value: self._diagnosed(value)),
        }
        kinds.update(dict.fromkeys(ADDRESS_HEADERS, self._list(self._uris.name_addr)))
        kinds.update(dict.fromkeys(ID_HEADERS, self._ids))
        kinds.update(dict.fromkeys(DIALOG_HEADERS, self._ids))
        kinds.update(dict.fromkeys(AUTH_HEADERS, self._credentials))
        kinds.update(dict.fromkeys(PRODUCT_HEADERS, lambda _, value: self._texts.product(value)))
        return kinds

    def _list(self, mask: Callable[[str], str]) -> Callable[[str, str], str]:
        """Each value of a comma list, where the header may have several."""

        def each(key: str, value: str) -> str:
            values = split_outside(value, ",") if key in LISTS else [value]
            return ", ".join(mask(one) for one in values)

        return each

    def _codes(self, key: str, value: str) -> str:
        """Words of the protocol, each with parameters."""
        words = self._vocabulary.headers[key]
        return ", ".join(self._code(one, words) for one in split_outside(value, ","))

    def _code(self, value: str, words: Words) -> str:
        code, *params = split_outside(value, ";", angles=False)
        return ";".join([self._texts.codes(code, words), *map(self._uris.parameter, params)])

    def _retry_after(self, key: str, value: str) -> str:
        """Seconds; a comment behind them is anybody's words (RFC 3261 §20.33)."""
        seconds = _SECONDS.match(value)
        end = seconds.end() if seconds else 0
        return value[:end] + self._texts.opaque(value[end:])

    def _counters(self, key: str, value: str) -> str:
        """Numbers that count requests or responses, and the method they are of."""
        match = _COUNTED.match(value)
        if match is None:
            return self._texts.opaque(value)
        method = [self.method(match[2])] if match[2] else []
        return " ".join([*map(self._values.counter, match[1].split()), *method])

    def method(self, method: str) -> str:
        """A method, as start lines and CSeq have it: an unknown one becomes the same in both."""
        return method if method.lower() in self._vocabulary.methods else self._values.word(method)

    def _event(self, key: str, value: str) -> str:
        """The id of a REFER's subscription is that REFER's CSeq number (RFC 3515 §2.4.6)."""
        package, *params = split_outside(value, ";", angles=False)
        pieces = [
            self._event_id(piece) if _EVENT_ID.match(piece) else self._uris.parameter(piece)
            for piece in params
        ]
        return ";".join([self._texts.codes(package, self._vocabulary.headers[key]), *pieces])

    def _event_id(self, piece: str) -> str:
        name, equals, value = piece.partition("=")
        return name + equals + self._values.counter(value.strip())

    def _ids(self, key: str, value: str) -> str:
        first, *params = value.split(";")
        masked = [self._values.identifier(piece) if piece else "" for piece in first.split(" ")]
        return ";".join([" ".join(masked), *map(self._uris.parameter, params)])

    def _via(self, value: str) -> str:
        sent, *params = split_outside(value, ";", angles=False)
        protocol, blank, place = sent.rpartition(" ")
        if not _VIA_PROTOCOL.match(protocol):
            return self._texts.opaque(value)
        shown = self._texts.codes(protocol, _VIA_WORDS | self._vocabulary.transports)
        host = self._values.host_port(place)
        return ";".join([shown + blank + host, *map(self._uris.parameter, params)])

    def _reason(self, value: str) -> str:
        protocol, *params = split_outside(value, ";", angles=False)
        return ";".join([self._texts.codes(protocol, self._vocabulary.protocols), *map(self._said, params)])

    def _diagnosed(self, value: str) -> str:
        """A number and what it means ([MS-OCER] §2.2)."""
        code, *params = split_outside(value, ";", angles=False)
        shown = code if _DIAGNOSIS.match(code.strip()) else self._texts.opaque(code)
        return ";".join([shown, *(self._said(one, "reason") for one in params)])

    def _said(self, piece: str, named: str = "text") -> str:
        """A parameter of a Reason: its text is what a verdict may rest on."""
        name, equals, value = piece.partition("=")
        if name.strip().lower() != named:
            return self._uris.parameter(piece)
        if value.strip()[:1] == '"':
            return f"{name}={quoted(value.strip(), self._texts.text)}"
        return name + equals + self._texts.text(value)

    def _warning(self, value: str) -> str:
        code, blank, rest = value.partition(" ")
        if not _WARN_CODE.match(code):
            return self._texts.text(value)
        agent, space, text = rest.partition(" ")
        if agent.startswith('"'):
            return code + blank + self._texts.text(rest)
        return code + blank + self._values.host_port(agent) + space + self._texts.text(text)

    def _credentials(self, key: str, value: str) -> str:
        scheme, blank, rest = value.partition(" ")
        if "=" in scheme:
            return self._auth_params(value)
        if scheme.lower() in _OPAQUE_SCHEMES:
            return scheme + blank + self._values.identifier(rest)
        shown = self._texts.codes(scheme, self._vocabulary.auth_schemes)
        return shown + blank + self._auth_params(rest)

    def _auth_params(self, text: str) -> str:
        return ", ".join(self._auth_param(piece) for piece in split_outside(text, ",", angles=False))

    def _auth_param(self, piece: str) -> str:
        name, equals, value = piece.partition("=")
        lower, bare = name.strip().lower(), value.strip()
        if not equals:
            return self._texts.opaque(piece)
        shown = name if lower in _AUTH_NAMES else self._values.header_name(name)
        if bare[:1] == '"':
            return f"{shown}={quoted(bare, lambda inner: self._auth_value(lower, inner))}"
        return f"{shown}={self._auth_value(lower, bare)}"

    def _auth_value(self, name: str, value: str) -> str:
        if name in _AUTH_CODES:
            return self._texts.codes(value, self._vocabulary.parameters[name])
        if name == "nc":
            return value if _NONCE_COUNT.match(value) else self._values.identifier(value)
        if name in AUTH_IDS:
            return self._values.identifier(value)
        if name == "username":
            user, at, host = value.partition("@")
            return self._values.user(user) + at + self._values.host_port(host)
        if name == "realm":
            return self._values.host(value)
        return self._uris.uri(value) if name == "uri" else self._texts.opaque(value)
