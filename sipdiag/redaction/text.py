"""Text that people or programs wrote: what may stay of it, and what may not.

Of reason phrases and the like the words stay that say why a call failed, for they are what a diagnosis
rests on; other words, addresses, host names, numbers and ids do not.  Of everything that is not known to
be harmless nothing stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sipdiag.knowledge.codes import SIP_STATUSES
from sipdiag.redaction.codes import MOST_DIGITS, codes, digits_in, plain_digits
from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.numbers import LONGEST, SHORTEST, dialled
from sipdiag.redaction.vocabulary import Words, vocabulary
from sipdiag.redaction.words import FLAGS, WELL_KNOWN_USERS
from sipdiag.sip.quoting import unquote

_URL_PATH = re.compile(r"[^/?#]*")
_CHUNK = re.compile(r"(?:https?|wss?|ftp)://[^\s\"<>]++|[^\s\"<>,;()|=]++", re.IGNORECASE)
"""What stands between blanks and brackets: only as a whole can it be an address."""
_PUNCTUATION = ".:!?'*{}"
_LETTER = r"(?:[^\W\d_]|[\ud800-\udfff])"
"""The half of a surrogate pair is a byte that is no UTF-8."""
_DIGITS = r"\+?[0-9]++(?:[\W_]{1,4}+[0-9]++)*+"
"""Groups of digits, whatever separates them."""
_PLAIN = re.compile(rf"(?P<digits>{_DIGITS})|(?P<word>{_LETTER}(?:[^\W_]|[\ud800-\udfff])*+)")
_NUMBERS = re.compile(_DIGITS)
_GROUP = re.compile(r"[0-9]+")
_LONGEST_E164 = 15
_CODE = re.compile(r"[A-Z]{1,3}[0-9]{1,3}\Z")
_MOST_DIGITS_SAID = 9
"""Digits of a text whose short numbers (statuses, seconds, counts) stay."""
_LONGEST_COUNT = 3
_SHORTEST_ID = 10
_ADDRESS = re.compile(r"[0-9A-Fa-f.:\[\]]{3,64}\Z")
_HOST = re.compile(r"(?:[\w-]++\.)+(?:[^\W\d_]|-){2,63}(?::[0-9]{1,5})?\Z")
_OPAQUE = re.compile(r"[^\s;,=\"<>()]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SCHEME = re.compile(r"(?:sips?|tel|https?|wss?|ftp|mailto|urn|im|pres|xmpp):(?://)?", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]+\Z")
_HOST_PORT = re.compile(r"(?:[\w-]++\.)+[\w-]++\.?(?::[0-9]{1,5})?\Z|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?\Z")
_LONGEST_FLAG = 2
_RUN = re.compile(r"(?:[^\W_]|[\ud800-\udfff])+")
_PRODUCT = re.compile(r"[^\s/(),;+~\-]+")
_VERSION = re.compile(r"[vVrR]?[0-9]{1,5}(?:\.[0-9]{1,5}){0,2}[a-z]?\Z")
_LONGEST_PRODUCT = 40


class TextRedactor:
    """Redacts text.  Time is linear in its length."""

    def __init__(self, values: Pseudonyms) -> None:
        self._values = values
        self._vocabulary = vocabulary()

    def text(self, text: str) -> str:
        """Running text: known words and small numbers stay, the rest is replaced."""
        plain = plain_digits(text)
        few = digits_in(_NUMBERS.sub(_shorter, plain)) <= _MOST_DIGITS_SAID
        return self._written(plain, lambda word: self._said(word, few), lambda run: self._number(run, few))

    def remark(self, text: str) -> str:
        """As :meth:`text`, for a sentence of ours: its words are ours, its numbers counts of bytes and frames."""
        return self._written(text, self._remarked, str)

    def codes(self, text: str, words: Words) -> str:
        """Words of the protocol; whatever is not among them is replaced."""
        return codes(plain_digits(text), words, self.opaque)

    def opaque(self, text: str) -> str:
        """Text nobody can vouch for: everything is replaced but its punctuation."""
        plain = _CONTROL.sub("?", plain_digits(text))
        few = digits_in(plain) <= _LONGEST_FLAG
        return _OPAQUE.sub(lambda match: self._piece(match[0], few), plain)

    def display(self, text: str) -> str:
        """A display name, with the quotes and blanks around it."""
        name = plain_digits(unquote(text))
        if not name or name.strip().lower() in WELL_KNOWN_USERS:
            return text
        quoted = text.lstrip().startswith('"')
        masked = self._values.number(name) if self._is_number(name) else self._names(name)
        trailing = text[len(text.rstrip()) :]
        return f'"{_escape(masked)}"{trailing}' if quoted else masked + trailing

    def product(self, text: str) -> str:
        """A User-Agent or Server: known products and their versions stay."""
        known = self._values.keep.software(text)
        if not known or len(known) > _LONGEST_PRODUCT or digits_in(known) > MOST_DIGITS:
            return self._products(text)
        before, _, behind = text.partition(known)
        return self._products(before) + known + self._products(behind)

    def _products(self, text: str) -> str:
        unnumbered = _NUMBERS.sub(self._long_number, _CONTROL.sub("?", plain_digits(text)))
        return _PRODUCT.sub(lambda match: self._product(match[0]), unnumbered)

    def _product(self, word: str) -> str:
        return (
            word if word.lower() in self._vocabulary.software or _VERSION.match(word) else self.opaque(word)
        )

    def _long_number(self, match: re.Match[str]) -> str:
        """A number that may be somebody's; an address is left to whoever looks at the whole word."""
        run = match[0]
        if digits_in(run) < SHORTEST or self._values.address(run) is not None:
            return run
        return self._number(run, few=True)

    def _names(self, text: str) -> str:
        return _RUN.sub(lambda match: self._values.word(match[0]), text)

    def _is_number(self, text: str) -> bool:
        return SHORTEST <= digits_in(text) <= LONGEST and not any(map(str.isalpha, text))

    # Running text

    def _written(self, text: str, word: Callable[[str], str], run: Callable[[str], str]) -> str:
        """Addresses of all kinds replaced; the words and numbers between them as told."""

        def plain(match: re.Match[str]) -> str:
            return word(match[0]) if match.lastgroup == "word" else run(match[0])

        pieces, start = [], 0
        for chunk in _CHUNK.finditer(text):
            masked = self._address(chunk[0])
            if masked is not None:
                pieces += [_PLAIN.sub(plain, text[start : chunk.start()]), masked]
                start = chunk.end()
        return "".join([*pieces, _PLAIN.sub(plain, text[start:])])

    def _address(self, chunk: str) -> str | None:
        """A URL, mail address, host or id replaced, with the punctuation around it; None for anything else."""
        core = chunk.strip(_PUNCTUATION)
        if not core:
            return None
        masked = self._placed(core)
        if masked is None:
            return None
        start = chunk.index(core)
        return chunk[:start] + masked + chunk[start + len(core) :]

    def _placed(self, core: str) -> str | None:
        if core in self._values.ids:
            return self._values.identifier(core)
        scheme = _SCHEME.match(core)
        if scheme and ("//" in scheme[0] or "@" in core or "." in core):
            return self._url(scheme[0], core[scheme.end() :])
        user, at, host = core.rpartition("@")
        if at and user and host:
            return f"{self._values.user(user)}@{self._host_path(host)}"
        if _ADDRESS.match(core) and self._values.address(core.strip("[]")) is not None:
            return self._values.host(core)
        place, slash, path = core.partition("/")
        address, colon, port = place.rpartition(":")
        if colon and port.isdecimal() and self._values.address(address.strip("[]")) is not None:
            return self._values.host_port(place) + slash + self._names(path)
        if _HOST.match(place) and not all(map(self._is_known, place.partition(":")[0].split("."))):
            return self._values.host_port(place) + slash + self._names(path)
        return None

    def _said(self, word: str, few: bool) -> str:
        """A word of a text that says why a call failed."""
        if word.lower() in self._values.words:
            return self._values.word(word)
        if self._is_known(word) or word.upper() in self._values.keep.codes:
            return word
        return word if few and _CODE.match(word) else self._values.word(word)

    def _is_known(self, word: str) -> bool:
        lower = word.lower()
        return lower in self._vocabulary.reasons or (len(word) > 1 and lower in self._values.keep.words)

    def _remarked(self, word: str) -> str:
        if word.lower() in self._values.words:
            return self._values.word(word)
        is_id = len(word) >= _SHORTEST_ID and not word.isalpha()
        return self._values.identifier(word) if is_id else word

    def _number(self, run: str, few: bool) -> str:
        """Groups of digits: one number, several, or small ones that may stay."""
        count = digits_in(run)
        if SHORTEST <= count <= _LONGEST_E164:
            return self._values.number(run)
        return _GROUP.sub(lambda group: self._group(group[0], few and count < SHORTEST), run)

    def _group(self, digits: str, few: bool) -> str:
        if len(digits) >= SHORTEST:
            return self._values.number(digits)
        if few and (digits in self._values.keep.codes or digits in _STATUSES):
            return digits
        is_count = few and len(digits) <= _LONGEST_COUNT and digits not in self._values.extensions
        return digits if is_count else self._values.number(digits)

    # Addresses

    def _url(self, scheme: str, rest: str) -> str:
        """The path of a provider's own page says what is wrong; of any other, nothing stays."""
        match = _URL_PATH.match(rest)
        place = match[0] if match else ""
        user, at, host = place.rpartition("@")
        path = rest[len(place) :]
        known = self._values.keep.domain(host.lower()) > 0
        masked = self.text(path) if known and not path.startswith("//") else self._names(path)
        if not at and dialled(place) is not None:
            return scheme + self._values.user(place) + masked
        return f"{scheme}{self._values.user(user)}{at}{self._values.host_port(host)}{masked}"

    def _piece(self, piece: str, few: bool) -> str:
        """One word of opaque text, replaced as what it seems to be."""
        if piece.lower() in FLAGS or (few and piece.isdecimal()):
            return piece
        if piece in self._values.ids:
            return self._values.identifier(piece)
        scheme = _SCHEME.match(piece)
        if scheme:
            return scheme[0] + self._place(piece[scheme.end() :])
        number = dialled(piece)
        if number is not None and SHORTEST <= len(number.lstrip("+")) <= LONGEST:
            return self._values.number(piece)
        if _HOST_PORT.match(piece) or self._values.address(piece) is not None:
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


_STATUSES = frozenset(map(str, SIP_STATUSES))


def _shorter(match: re.Match[str]) -> str:
    """Nothing of a number that will be replaced, and all of a small one."""
    return match[0] if digits_in(match[0]) < SHORTEST else ""


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
