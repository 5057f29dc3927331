"""Text that people or programs wrote: what may stay of it, and what may not.

Reason phrases and the like stay, for they are what a diagnosis rests on; addresses, host names,
numbers, ids and known names inside them do not.  Of everything that is not known to be harmless
nothing stays.
"""

from __future__ import annotations

import re

from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.numbers import LONGEST, SHORTEST
from sipdiag.redaction.words import FLAGS, SOFTWARE, WELL_KNOWN_USERS
from sipdiag.sip.quoting import unquote

_URL_PATH = re.compile(r"[^/?#]*")
_FINDINGS = re.compile(
    r"(?P<url>\b(?:https?|wss?|ftp)://[^\s\"<>,;]+)"
    r"|(?P<mail>[\w.+%~!$&'*-]{1,64}@[\w.\-\[\]]{1,253}(?::\d{1,5})?)"
    r"|(?P<ipv4>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))"
    r"|(?P<ipv6>(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\d{0,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})?(?![\w:]))"
    r"|(?P<uuid>\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b)"
    r"|(?P<host>(?<![\w-])(?<![\w-]\.)(?:\w[\w-]*+\.)+[A-Za-z]{2,24}\b)"
    r"|(?P<number>\+?(?<!\w)\d(?:(?:[-. ]|\)[ -]?| ?\()?(?!(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\w))\d){6,14}(?!\w)"
    r"|\d{7,})"
    r"|(?P<id>\b(?=[A-Za-z_]{0,20}\d)(?=\d{0,20}[A-Za-z_])\w{10,}\b)"
    r"|(?P<word>[^\W\d_]{3,})"
)
"""What may name somebody in running text, the longest kinds first."""
_OPAQUE = re.compile(r"[^\s;,=\"<>()]+")
_SCHEME = re.compile(r"(?:sips?|tel|https?|wss?|mailto|urn|im|pres|xmpp):(?://)?", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]+\Z")
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]+\.?(?::\d{1,5})?\Z|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?\Z")
_LONGEST_FLAG = 2
_CODE = re.compile(r"(?:[A-Za-z*!_+-]|[0-9]{1,4}(?![0-9])){0,40}\Z|[0-9]{1,6}(?:\.[0-9]{1,4}){0,2}\Z")
_RUN = re.compile(r"[^\W_]+")
_PRODUCT = re.compile(r"[^\s/(),;+~\-]+")
_VERSION = re.compile(r"[vV]?\d{1,5}(?:\.\d{1,5}){0,2}[a-z]?\Z")


class Texts:
    """Redacts text.  Time is linear in its length."""

    def __init__(self, values: Pseudonyms) -> None:
        self._values = values

    def text(self, text: str) -> str:
        """Running text: what names somebody is replaced, the rest stays."""
        return _FINDINGS.sub(self._finding, text)

    def codes(self, text: str) -> str:
        """As :meth:`text`, for words of the protocol: a user called ``info`` does not make INFO a name."""
        return _FINDINGS.sub(
            lambda match: match[0] if match.lastgroup == "word" else self._finding(match), text
        )

    def code(self, text: str) -> str:
        """A single word or small number of the protocol; anything else is replaced."""
        return text if _CODE.match(text) else self.opaque(text)

    def remark(self, text: str) -> str:
        """As :meth:`text`, for a sentence of ours: its numbers are counts of bytes and frames."""
        return _FINDINGS.sub(
            lambda match: match[0] if match.lastgroup == "number" else self._finding(match), text
        )

    def opaque(self, text: str) -> str:
        """Text nobody can vouch for: everything is replaced but its punctuation."""
        return _OPAQUE.sub(lambda match: self._piece(match[0]), text)

    def display(self, text: str) -> str:
        """A display name, with the quotes and blanks around it."""
        name = unquote(text)
        if not name or name.strip().lower() in WELL_KNOWN_USERS:
            return text
        quoted = text.lstrip().startswith('"')
        masked = self._values.number(name) if self._is_number(name) else self._names(name)
        trailing = text[len(text.rstrip()) :]
        return f'"{_escape(masked)}"{trailing}' if quoted else masked + trailing

    def product(self, text: str) -> str:
        """A User-Agent or Server: known products and their versions stay."""
        known = frozenset(self._values.keep.software(text).lower().split())
        return _PRODUCT.sub(lambda match: self._product(match[0], known), text)

    def _product(self, word: str, known: frozenset[str]) -> str:
        lower = word.lower()
        if lower in SOFTWARE or lower in known or _VERSION.match(word):
            return word
        return self.opaque(word)

    def _names(self, text: str) -> str:
        return _RUN.sub(lambda match: self._values.word(match[0]), text)

    def _is_number(self, text: str) -> bool:
        digits = sum("0" <= c <= "9" for c in text)
        return SHORTEST <= digits <= LONGEST and not any(c.isalpha() for c in text)

    def _finding(self, match: re.Match[str]) -> str:
        kind, found = match.lastgroup, match[0]
        if kind == "word":
            return self._values.word(found) if found.lower() in self._values.words else found
        if kind == "url":
            return self._url(found)
        if kind == "mail":
            user, _, host = found.rpartition("@")
            return f"{self._values.user(user)}@{self._values.host_port(host)}"
        if kind in ("ipv4", "ipv6"):
            return self._values.address(found) or self._digits(found)
        if kind == "host":
            return self._values.host(found)
        if kind == "number":
            return self._values.number(found)
        return self._values.identifier(found)

    def _digits(self, text: str) -> str:
        """What looks like an address and is none: a time of day, a version; a long number is masked."""
        return self._values.number(text) if sum(c.isdigit() for c in text) >= SHORTEST else text

    def _url(self, url: str) -> str:
        """The path of a provider's own page says what is wrong; of any other, nothing stays."""
        scheme, _, rest = url.partition("://")
        match = _URL_PATH.match(rest)
        place = match[0] if match else ""
        host = place.rpartition("@")[2]
        path = rest[len(place) :]
        known = self._values.keep.domain(host.lower()) > 0
        return f"{scheme}://{self._values.host_port(host)}{self.text(path) if known else self._names(path)}"

    def _piece(self, piece: str) -> str:
        """One word of opaque text, replaced as what it seems to be."""
        if piece.lower() in FLAGS or (len(piece) <= _LONGEST_FLAG and piece.isdigit()):
            return piece
        if piece in self._values.ids:
            return self._values.identifier(piece)
        scheme = _SCHEME.match(piece)
        if scheme:
            return scheme[0] + self._place(piece[scheme.end() :])
        if _NUMBER.match(piece) and SHORTEST <= len(piece.lstrip("+")) <= LONGEST:
            return self._values.number(piece)
        if _HOST.match(piece) or self._values.address(piece) is not None:
            return self._values.host_port(piece)
        return self._values.identifier(piece)

    def _place(self, text: str) -> str:
        """What stands behind a scheme: user and host, host and path, or a number."""
        user, at, host = text.rpartition("@")
        if at:
            return f"{self._values.user(user)}@{self._host_path(host)}"
        return self._values.user(text) if _NUMBER.match(text) else self._host_path(text)

    def _host_path(self, text: str) -> str:
        match = _URL_PATH.match(text)
        host = match[0] if match else ""
        return self._values.host_port(host) + self._names(text[len(host) :])


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
