"""Session descriptions (RFC 8866): media, ports, codecs and directions stay, all else by vocabulary only."""

from __future__ import annotations

import re
from collections.abc import Callable

from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.text import TextRedactor
from sipdiag.redaction.vocabulary import vocabulary

_LINE = re.compile(r"([^\r\n]*)(\r?\n|\r|\Z)")
_PORT = re.compile(r"[0-9]{1,5}(?:/[0-9]{1,3})?\Z")
_PAYLOAD_TYPE = re.compile(r"(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-7])\Z")
_CLOCK_RATE = re.compile(r"[0-9]{1,6}(?:/[0-9]{1,2})?\Z")
_COUNT = re.compile(r"[0-9]{1,3}\Z")
_NETWORK = frozenset({"in", "ip4", "ip6"})
_BANDWIDTH = frozenset({"as", "ct", "tias", "rs", "rr"})
_GROUPS = frozenset({"bundle", "ls", "fid", "srf", "anat", "fec", "fec-fr", "cs", "ddp", "dup", "wms"})
_SHORTEST_MID = 3
_NUMBERED = frozenset({"rport", "generation", "network-id", "network-cost"})
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_MIDS = frozenset({"", "*", "audio", "video", "data", "text", "application"})


class Sessions:
    """Redacts session descriptions, line by line."""

    def __init__(self, values: Pseudonyms, texts: TextRedactor) -> None:
        self._values = values
        self._texts = texts
        self._vocabulary = vocabulary()
        self._known = self._vocabulary.attribute_names | self._vocabulary.attributes.keys()
        self._lines = {
            "v": lambda value: self._texts.codes(value, frozenset()),
            "o": self._origin,
            "s": self._session,
            "c": self._connection,
            "b": self._bandwidth,
            "t": lambda value: self._texts.codes(value, frozenset()),
            "m": self._media,
            "a": self._attribute,
        }
        self._attributes = {
            "candidate": lambda value: self._candidate(value, {1, 5}),
            "remote-candidates": lambda value: self._candidate(value, {0, 2, 3, 5}),
            "rtcp": lambda value: self._candidate(value, {0}),
            "crypto": self._crypto,
            "fingerprint": self._fingerprint,
            "rtpmap": self._rtpmap,
            "fmtp": self._format,
            "extmap": self._extension,
            "group": lambda value: self._words(value, self._group),
            "msid-semantic": lambda value: self._words(value, self._group),
            "mid": self._mid,
        }

    def session(self, text: str) -> str:
        """A whole description, its line ends as they were."""
        return _LINE.sub(lambda line: self._line(line[1]) + line[2], text)

    def _line(self, line: str) -> str:
        kind, equals, value = line.partition("=")
        letter = kind.strip().lower()
        if not equals or len(letter) != 1 or not letter.isascii():
            return self._texts.opaque(line)
        return f"{kind}={self._lines.get(letter, self._texts.opaque)(value)}"

    def _words(self, value: str, mask: Callable[[str], str]) -> str:
        return " ".join(map(mask, value.split(" ")))

    def _origin(self, value: str) -> str:
        """User, session id, its version, network and address types, address (RFC 8866 §5.2)."""
        words = value.split(" ")
        if len(words) < 6:
            return self._texts.opaque(value)
        user = words[0] if words[0] == "-" else self._software_or(words[0], self._values.user)
        ids = [self._values.identifier(word) for word in words[1:3]]
        place = [*self._network(words[3:5]), self._values.host(words[5])]
        return " ".join([user, *ids, *place, *map(self._texts.opaque, words[6:])])

    def _session(self, value: str) -> str:
        return value if value.strip() == "-" else self._software_or(value, self._texts.product)

    def _software_or(self, text: str, mask: Callable[[str], str]) -> str:
        """Session names are how platforms are told; the known part of one stays."""
        known = self._values.keep.software(text)
        return self._texts.product(text) if known else mask(text)

    def _connection(self, value: str) -> str:
        words = value.split(" ")
        if len(words) < 3:
            return self._texts.opaque(value)
        address, slash, ttl = words[2].partition("/")
        place = self._values.host(address) + slash + self._count(ttl)
        return " ".join([*self._network(words[:2]), place, *map(self._texts.opaque, words[3:])])

    def _network(self, words: list[str]) -> list[str]:
        return [self._texts.codes(word, _NETWORK) for word in words]

    def _count(self, text: str) -> str:
        return text if not text or _COUNT.match(text) else self._texts.opaque(text)

    def _bandwidth(self, value: str) -> str:
        kind, colon, rate = value.partition(":")
        return self._texts.codes(kind, _BANDWIDTH) + colon + self._texts.codes(rate, frozenset())

    def _media(self, value: str) -> str:
        """Kind, port, protocol and formats (RFC 8866 §5.14)."""
        places: list[Callable[[str], bool]] = [
            lambda word: word.lower() in self._vocabulary.media,
            lambda word: _PORT.match(word) is not None,
            lambda word: word.lower() in self._vocabulary.media_protocols,
        ]
        words = value.split(" ")
        stays = [*places, *[self._is_format] * (len(words) - len(places))]
        return " ".join(
            word if known(word) else self._texts.opaque(word)
            for word, known in zip(words, stays, strict=False)
        )

    def _is_format(self, word: str) -> bool:
        return _PAYLOAD_TYPE.match(word) is not None or word.lower() in self._vocabulary.media_formats

    def _attribute(self, value: str) -> str:
        name, colon, argument = value.partition(":")
        lower = name.strip().lower()
        shown = name if lower in self._known else self._values.header_name(name)
        mask = self._attributes.get(lower)
        if mask is not None:
            return shown + colon + mask(argument)
        codes = self._vocabulary.attributes.get(lower)
        masked = self._texts.opaque(argument) if codes is None else self._texts.codes(argument, codes)
        return shown + colon + masked

    def _candidate(self, value: str, numbered: set[int]) -> str:
        """Addresses of an ICE candidate (RFC 8839 §5.1); ports and types stay, and numbers where some belong."""
        masked, before = [], ""
        for place, word in enumerate(value.split(" ")):
            is_number = _PORT.match(word) and (place in numbered or before.lower() in _NUMBERED)
            masked.append(word if is_number else self._candidate_word(word))
            before = word
        return " ".join(masked)

    def _candidate_word(self, word: str) -> str:
        if word.lower() in self._vocabulary.candidate:
            return word
        # The foundation of some software is made of the address.
        return self._values.host(word) if "." in word or ":" in word else self._values.identifier(word)

    def _crypto(self, value: str) -> str:
        """Tag and suite stay, of the key only how it is given (RFC 4568 §9.1)."""
        tag, blank, rest = value.partition(" ")
        suite, space, keys = rest.partition(" ")
        method, colon, key = keys.partition(":")
        given = method + colon if method.lower() == "inline" else self._texts.opaque(method) + colon
        shown = self._texts.codes(suite, self._vocabulary.crypto_suites)
        return self._count(tag) + blank + shown + space + given + self._texts.opaque(key)

    def _fingerprint(self, value: str) -> str:
        method, blank, digest = value.partition(" ")
        shown = self._texts.codes(method, self._vocabulary.hash_functions)
        return shown + blank + self._values.identifier(digest)

    def _rtpmap(self, value: str) -> str:
        """Payload type, encoding, clock rate (RFC 8866 §6.6)."""
        payload_type, blank, encoding = value.partition(" ")
        name, slash, rate = encoding.partition("/")
        shown = self._texts.codes(name, self._vocabulary.attributes["rtpmap"])
        clock = rate if _CLOCK_RATE.match(rate) else self._texts.opaque(rate)
        return self._count(payload_type) + blank + shown + slash + clock

    def _format(self, value: str) -> str:
        payload_type, blank, settings = value.partition(" ")
        masked = [
            self._texts.codes(setting, self._vocabulary.format_parameters) for setting in settings.split(";")
        ]
        return self._count(payload_type) + blank + ";".join(masked)

    def _extension(self, value: str) -> str:
        number, blank, rest = value.partition(" ")
        uri, space, settings = rest.partition(" ")
        shown = uri if uri.lower() in self._vocabulary.extension_uris else self._texts.opaque(uri)
        return self._texts.codes(number, _DIRECTIONS) + blank + shown + space + self._texts.opaque(settings)

    def _group(self, word: str) -> str:
        return word if word.lower() in _GROUPS else self._mid(word)

    def _mid(self, value: str) -> str:
        """Which description is meant: its kind or its place, or else an id."""
        bare = value.strip()
        is_place = bare.isdecimal() and bare.isascii() and len(bare) < _SHORTEST_MID
        return value if is_place or bare in _MIDS else self._values.identifier(value)
