"""Secrets in captures that no report may reveal: passwords, keys, tokens, digits pressed.

:data:`SECRETS` is the one list of them.  Every text that leaves the program goes through :func:`mask`,
redacted or not, and redaction begins with it.  A secret becomes as many ``*`` as it has characters (the
keys of a telephone become ``x``, for ``*`` is one of them).  Lengths, blanks and line ends stay: the
message is still one, its Content-Length is still right, and the length of an SRTP key can be checked.

Where a secret stands does not matter: in a header, folded or oddly spaced, in a URI, in a header that
a URI carries, in a part of a body, in a fragment of a message, in a sentence about one.  The time is
linear in the text: whatever could be tried at many places is bounded.  Most texts hold none of the
words that secrets come with, and looking for these takes about a microsecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from msgspec import Struct

from sipdiag.sip.authentication import AUTH_HEADERS, OPEN_PARAMETERS, SCHEMES
from sipdiag.sip.escapes import mask_decoded

Span = tuple[int, int]
"""Where something begins and ends in a text."""

_MOST_ESCAPED = 3
"""Escapes within escapes that are undone: headers in a URI in a header of a URI …"""
_VALUE = r"[^\r\n]*(?:(?:\r{0,2}\n|\r)[ \t][^\r\n]*)*"
"""A header's value with its continuation lines (RFC 3261 §7.3.1)."""
_LINE_START = r"(?<![^\r\n])"
_ATTRIBUTE = r"(?<![^\s\\rn])a[ \t]*=[ \t]*"
"""The beginning of an SDP attribute, also inside a JSON string."""
_TELLING = (
    "passw|passphrase|passcode|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|master[_-]?key"
    "|credential|cookie|authoriz|authentic|ice-?pwd"
)
"""What the name of a secret holds …"""
_WORDS = "jwt|pwd|pass|psk|pin|otp|sig|signature|pn-prid"
"""… or is, a word of it."""
_NAMED_SO = "pass|psk|secret|token|key|credent|cookie|author|authent|pwd|jwt|pin|otp|sig|pn-prid"
"""What both are told by at a glance."""
_SECRET_NAME = rf"{_TELLING}|(?<![a-z])(?:{_WORDS})(?![a-z])"


_SECRETS_ONLY = rf"(?=[\w.\-]{{0,63}}?(?:{_SECRET_NAME}))"
"""Before a name: what another one names is left alone, for a secret may stand in it."""
_AUTH_PIECE = r"([\w\-]{1,64})\s{0,64}=\s{0,64}(?:\"((?:[^\"\\]|\\[\s\S])*)\"?|([^,\s\"=][^,\s\"]*))|[^\s,]+"
_KEY_INFO = r"[a-z_\-]{1,32}[ \t]{0,8}:[ \t]{0,8}([^|;\s\"]+)"
_KEYS_PRESSED = r"signal|digit|dtmf|tones|post-?d|/[ \t]*telephone-event|vnd\.etsi"
"""Found in each text with keys that somebody pressed."""


_SIGN = re.compile(r"[:=>%\s]|eyJ")
"""Between a name and its secret, or what else no secret is without."""


def mask(text: str, *, keys: bool = True) -> str:
    """The text with every secret in it replaced, character by character; ``keys``: telephone keys, too."""
    return _mask(text, keys, _MOST_ESCAPED)


def mask_header(name: str, value: str) -> str:
    """The value of a header, which may be a secret for the header's name alone."""
    return mask(f"{name}:{value}")[len(name) + 1 :]


def mask_bytes(raw: bytes, *, keys: bool = True) -> bytes:
    """As :func:`mask`, for a message as it was captured."""
    return mask(raw.decode("latin-1"), keys=keys).encode("latin-1")


def _mask(text: str, keys: bool, depth: int) -> str:
    if _SIGN.search(text) is None:
        return text
    lower = _lower(text)
    if _compiled(_HINT).search(lower) is None:
        return text
    if depth and "%" in text:
        text = mask_decoded(text, lambda inner: _mask(inner, keys, depth - 1))
        lower = _lower(text)
    stars = [
        span
        for hint, secrets in _BY_HINT.items()
        if _compiled(hint).search(lower)
        for secret in secrets
        for match in _compiled(secret.pattern).finditer(text if secret.cased else lower)
        for span in secret.found(match)
    ]
    pressed = _pressed(lower) if keys else ()
    return _blanked(text, stars, pressed) if stars or pressed else text


def _pressed(lower: str) -> Iterable[Span]:
    if _compiled(_KEYS_PRESSED).search(lower) is None:
        return ()
    from sipdiag.sip.telephonekeys import keys_in

    return keys_in(lower)


def _lower(text: str) -> str:
    """In lower case, each character in its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_ASCII_LOWER)


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _blanked(text: str, stars: Iterable[Span], pressed: Iterable[Span]) -> str:
    shown = list(text)
    for mark, spans in (("x", pressed), ("*", stars)):
        for start, end in spans:
            for place in range(start, end):
                if not text[place].isspace():
                    shown[place] = mark
    return "".join(shown)


def _last(match: re.Match[str]) -> Iterator[Span]:
    """The last group of the match."""
    yield match.span(match.lastindex or 0)


def _named(match: re.Match[str]) -> Iterator[Span]:
    """The value, which is the last group, if the name, which is the first, is a secret's."""
    if _compiled(_SECRET_NAME).search(match[1]):
        yield match.span(match.lastindex or 0)


def _parameter(match: re.Match[str]) -> Iterator[Span]:
    """As :func:`_named`; credentials behind an escaped blank have been taken apart already."""
    scheme = match[match.lastindex or 0].partition("%20")[0]
    if match[1] not in AUTH_HEADERS or scheme not in SCHEMES:
        yield from _named(match)


def _header(match: re.Match[str]) -> Iterator[Span]:
    """Of a header with credentials or a challenge, schemes and public parameters stay."""
    if match[1] not in AUTH_HEADERS:
        yield from _named(match)
        return
    for piece in _compiled(_AUTH_PIECE).finditer(match.string, *match.span(2)):
        if piece[1] is None:
            if piece[0] not in SCHEMES:
                yield piece.span()
        elif piece[1] not in OPEN_PARAMETERS:
            yield piece.span(piece.lastindex or 0)


def _crypto(match: re.Match[str]) -> Iterator[Span]:
    """Tag, suite, lifetime and session parameters stay (RFC 4568 §9.1)."""
    for key in _compiled(_KEY_INFO).finditer(match.string, *match.span(1)):
        yield key.span(1)


class Secret(Struct, frozen=True):
    """A kind of secret, and where it stands."""

    kind: str
    hint: str
    """Found in each text with such a secret, and quickly; an expression for the text in lower case."""
    pattern: str
    """Looked for in the text in lower case."""
    found: Callable[[re.Match[str]], Iterable[Span]] = _last
    cased: bool = False
    """Looked for in the text as it is."""


_BARE = r"[^\s;,&<>\"'?]+"
_ALTERNATIVES = "|".join(map(re.escape, sorted(SCHEMES)))
_PASSWORD = (
    r"[^\s<>\"@:]{0,256}:((?:(?!,\s{0,8}sips?:)[^\s<>\"@]){1,256}(?:@[^\s<>\"@,;?/&]{1,128}){0,3})(?=@)"
)
_TOKEN_CHARACTER = r"[\w.~+/\-]"

SECRETS = (
    Secret(
        "headers of authentication, and headers named after a secret",
        _NAMED_SO,
        rf"{_LINE_START}[ \t]{{0,8}}([\w.\-]{{0,64}}?(?:{_TELLING}|{_WORDS})[\w.\-]{{0,64}})[ \t]{{0,64}}:({_VALUE})",
        _header,
    ),
    Secret(
        "credentials quoted in a sentence",
        "authorization|authentication-info",
        rf"(?<![\w\-])((?:proxy-)?(?:authorization|authentication-info))[ \t]{{0,8}}:"
        rf"(?=\s{{0,8}}(?:{_ALTERNATIVES})\s)({_VALUE})",
        _header,
    ),
    Secret(
        "SRTP keys: a=crypto (RFC 4568)",
        "crypto",
        rf"{_ATTRIBUTE}crypto([^\r\n\\]*)",
        _crypto,
    ),
    Secret(
        "SRTP keys wherever they stand",
        "inline",
        r"\binline[ \t]{0,8}:[ \t]{0,8}([a-z0-9+/]{16,}={0,2})",
    ),
    Secret(
        "key material: a=key-mgmt, MIKEY (RFC 4567)",
        "key-mgmt",
        rf"{_ATTRIBUTE}key-mgmt[ \t]*:[ \t]*[\w\-]*([^\r\n\\]*)",
    ),
    Secret(
        "key material: k= (RFC 4566 §5.12)",
        r"k[ \t]*=",
        r"(?:(?<![^\r\n])|(?<=\\n))[ \t]{0,8}k[ \t]*=[ \t]*(?!prompt\b)(?:(?:clear|base64|uri)[ \t]*:)?([^\r\n\\]*)",
    ),
    Secret(
        "attributes named after a secret: a=ice-pwd (RFC 8839)",
        _NAMED_SO,
        rf"{_ATTRIBUTE}([\w\-]{{1,64}})[ \t]*:[ \t]*([^\r\n\\]*)",
        _named,
    ),
    Secret(
        "passwords in SIP URIs (RFC 3261 §19.1.1)",
        "@",
        rf"sips?:(?://)?{_PASSWORD}",
    ),
    Secret(
        "passwords in SIP URIs that were cut off",
        "sips?:",
        r"sips?:[^\s<>\"@:;?\[]{1,256}:((?!\d{1,5}(?:[;?,>\s…]|\Z))[^\s<>\"@…]{1,256})(?=…|\Z)",
    ),
    Secret(
        "passwords in SIP URIs whose user has a domain",
        "@",
        r"sips?:[^\s<>\"@:]{1,256}@[^\s<>\"@:;?,/]{1,128}:([^\s<>\"@:;?,/]{1,256})(?=@)",
    ),
    Secret(
        "passwords in other URIs (RFC 3986 §3.2.1)",
        "https?:|wss?:|ftps?:|rtsps?:|turns?:|stuns?:|ldaps?:|xmpp:|im:|pres:",
        rf"(?<![\w+.\-])(?:https?|wss?|ftps?|rtsps?|turns?|stuns?|ldaps?|xmpp|im|pres):(?://)?{_PASSWORD}",
    ),
    Secret(
        "parameters, attributes and form fields named after a secret",
        _NAMED_SO,
        rf"(?<![\w.\-])(?=[\w.\-]{{1,64}}\\?[\"']?[ \t]{{0,8}}=){_SECRETS_ONLY}"
        r"([\w.\-]{1,64})\\?[\"']?[ \t]{0,8}=[ \t]{0,8}"
        rf"(?:\\?\"((?:[^\"\\\r\n]|\\[^\"\r\n])*)|'([^'\r\n]*)|({_BARE}))",
        _parameter,
    ),
    Secret(
        "JSON members named after a secret",
        _NAMED_SO,
        rf"\"{_SECRETS_ONLY}([\w.\-]{{1,64}})\\?\"\s{{0,8}}:\s{{0,8}}"
        r"(?:\\\"([^\"\\]*)|\"((?:[^\"\\]|\\[\s\S])*)|([\w.+\-]+)|\[([^\[\]{}]*))",
        _named,
    ),
    Secret(
        "values beside a secret's name: <param name='password' value='…'/>",
        r"\bvalue",
        r"\bname\\?[\"']?\s{0,8}[=:]\s{0,8}\\?[\"']?([\w.\-]{1,64})\\?[\"']?[\s,;]{1,8}"
        r"\\?[\"']?value\\?[\"']?\s{0,8}[=:]\s{0,8}(?:\\?\"([^\"\\]+)|'([^']+)|([^\s\"',;<>]+))",
        _named,
    ),
    Secret(
        "XML elements named after a secret",
        _NAMED_SO,
        r"<(?:[\w\-]{1,64}:)?([\w.\-]{1,64})(?:\s[^<>]{0,1024})?>\s{0,64}(?:<!\[cdata\[)?([^<]+)",
        _named,
    ),
    Secret(
        "tokens of Basic and Bearer in a sentence",
        "basic|bearer",
        rf"(?<!\w)(?i:basic|bearer)[ \t]{{1,8}}"
        rf"((?={_TOKEN_CHARACTER}*(?:[0-9=]|[a-z][A-Z])){_TOKEN_CHARACTER}{{8,}}={{0,3}})",
        cased=True,
    ),
    Secret(
        "JSON Web Tokens (RFC 7519); a PASSporT (RFC 8225) is public",
        "eyj",
        r"(?<![\w.\-])(eyJ[\w\-]{8,}\.[\w\-]{8,}+(?:\.[\w\-]*+)?+)(?!;(?:info|alg|ppt)=)",
        cased=True,
    ),
)
"""Everything that is masked, but for the keys pressed (:mod:`sipdiag.sip.telephonekeys`)."""

_HINT = "|".join(["%", *dict.fromkeys(secret.hint for secret in SECRETS), _KEYS_PRESSED])
_BY_HINT = {secret.hint: [one for one in SECRETS if one.hint == secret.hint] for secret in SECRETS}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: most runs need few of them."""
    return re.compile(pattern)
