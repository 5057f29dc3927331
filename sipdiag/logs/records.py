"""Packets that are printed as records of fields: the JSON of loggers and of HOMER, the trees of tshark.

A record says in fields of its own what other logs say on the line before a message.  It is turned into such a
line, ``2026-01-02T10:00:00.5Z UDP:203.0.113.10:5060 -> UDP:198.51.100.7:5080``, and the message behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sipdiag.logs.lines import MOST_LINES

Numbered = tuple[int, bytes]
"""A line with the number of the line of the file that it came from."""

_TEXT_KEYS = ("log", "message", "msg", "MESSAGE", "line", "text", "textPayload", "body", "event")
_TIME_KEYS = ("time", "timestamp", "@timestamp", "ts", "date", "__REALTIME_TIMESTAMP", "create_date")
_SOURCES = ("srcip", "ipsrc", "ipv6src", "sourceip", "fromip", "srchost", "srcaddr", "src", "source")
_TARGETS = ("dstip", "ipdst", "ipv6dst", "destinationip", "toip", "dsthost", "dstaddr", "dst", "destination")
_SOURCE_PORTS = ("srcport", "udpsrcport", "tcpsrcport", "sourceport")
_TARGET_PORTS = ("dstport", "udpdstport", "tcpdstport", "destinationport")
_EPOCHS = ("frametimeepoch", "timestampepoch")
_KNOWN = frozenset(
    (
        *_SOURCES,
        *_TARGETS,
        *_SOURCE_PORTS,
        *_TARGET_PORTS,
        *_EPOCHS,
        "protocol",
        "timeseconds",
        "timeuseconds",
    )
)
_LETTERS = re.compile(r"[^a-z0-9]")
_TIMES = tuple(_LETTERS.sub("", key.lower()) for key in _TIME_KEYS)
_MICROSECONDS = re.compile(r"[0-9]{1,6}")
_HOST = re.compile(
    r"(?:(?:udp|tcp|tls|wss?)[:/])?(\[[0-9A-Fa-f:.]+\]|[\w.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(?::(\d{1,5}))?"
)
MOST_WRAPPED = 3
"""Records within a record."""
_BLANK = "\r\n\r\n"
_UNITS = {10: 1.0, 13: 1e3, 16: 1e6, 19: 1e9}
"""Ticks a second of a count since 1970, by its digits: seconds, milliseconds, microseconds, nanoseconds."""
_BODY_LETTERS = {
    "sdp.version": "v",
    "sdp.owner": "o",
    "sdp.session_name": "s",
    "sdp.session_info": "i",
    "sdp.uri": "u",
    "sdp.email": "e",
    "sdp.phone": "p",
    "sdp.connection_info": "c",
    "sdp.bandwidth": "b",
    "sdp.time": "t",
    "sdp.repeat_time": "r",
    "sdp.timezone": "z",
    "sdp.media": "m",
    "sdp.media_title": "i",
    "sdp.media_attr": "a",
    "sdp.session_attr": "a",
}
"""What tshark calls the lines of a description (RFC 8866 §5)."""


class Record:
    """The fields of one packet or log record, as far as they count."""

    def __init__(self) -> None:
        self.line = 0
        """Of the file, where its message stands."""
        self._fields: dict[str, str] = {}
        self._first = ""
        self._headers = ""
        self._body: list[str] = []
        self._message: str | None = None

    def take(self, key: str, value: str, line: int) -> bool:
        """Note a field; whether it is part of the message, and shall not be read again."""
        if key in ("sip.Request-Line", "sip.Status-Line"):
            if not self._is_whole:
                self._first, self.line = value, line
        elif key == "sip.msg_hdr":
            if not self._is_whole:
                self._headers = value
        elif key in _BODY_LETTERS or key == "sipfrag.line":
            if len(self._body) < MOST_LINES:
                self._body.append(
                    f"{_BODY_LETTERS[key]}={value}\r\n" if key in _BODY_LETTERS else f"{value}\r\n"
                )
        elif self._message is None and is_message(value):
            self._message, self.line = value, line
        else:
            name = _LETTERS.sub("", key.lower())
            if name in _KNOWN or name in _TIMES:
                self._fields.setdefault(name, value)
            return False
        return True

    def body(self, text: str) -> None:
        """The body as a whole, instead of line by line."""
        self._body = [text]

    @property
    def _is_whole(self) -> bool:
        """The header has the rest of the packet behind it, as tshark prints it: body and further messages."""
        return _BLANK in self._headers

    def lines(self) -> list[str]:
        """The line that announces the message, and the message; nothing where the record holds none."""
        message = self._message
        if message is None and self._first and self._headers:
            header, _, rest = self._headers.partition(_BLANK)
            message = f"{self._first}\r\n{header.rstrip()}{_BLANK}{rest or ''.join(self._body)}"
        if message is None:
            return []
        return [announced(self._fields), *message.replace("\r\n", "\n").removesuffix("\n").split("\n")]


def is_message(value: str) -> bool:
    """Whether a value holds a whole message: a start line and headers behind it."""
    at = value.find("SIP/2.0")
    return at >= 0 and "\n" in value[at:] and ":" in value[at:]


def announced(fields: Mapping[str, str]) -> str:
    """Time and ends as fields tell them, by their names in small letters and digits."""
    src, dst = _end(fields, _SOURCES, _SOURCE_PORTS), _end(fields, _TARGETS, _TARGET_PORTS)
    ends = f"{src} -> {dst}" if src and dst else ""
    return f"{_time(fields)} {ends}".strip()


def _end(fields: Mapping[str, str], hosts: tuple[str, ...], ports: tuple[str, ...]) -> str:
    found = next((match for key in hosts if (match := _HOST.fullmatch(fields.get(key, "")))), None)
    if found is None:
        return ""
    host, port = found[1], found[2] or next((fields[key] for key in ports if key in fields), "5060")
    host = f"[{host}]" if ":" in host and host[0] != "[" else host
    tcp = "tcpsrcport" in fields or fields.get("protocol") == "6" or found[0].startswith("tcp")
    transport = "TLS:" if found[0].startswith("tls") else "TCP:" if tcp else ""
    return f"{transport}{host}:{port}" if port.isdigit() else ""


def _time(fields: Mapping[str, str]) -> str:
    seconds, micros = fields.get("timeseconds", ""), fields.get("timeuseconds", "")
    if seconds and _MICROSECONDS.fullmatch(micros):
        return printed_time(f"{seconds}.{micros:0>6}")
    stamped, micros = fields.get("timestamp", ""), fields.get("timeus", "")
    if stamped and _MICROSECONDS.fullmatch(micros):  # Kamailio's and OpenSIPS' table
        return f"{stamped}.{micros:0>6}"
    return next((printed_time(fields[key]) for key in (*_EPOCHS, *_TIMES) if fields.get(key)), "")


def printed_time(time: str) -> str:
    """A count of seconds, milliseconds, micro- or nanoseconds since 1970 as a date; other texts as they are."""
    match = re.fullmatch(r"([0-9]{9,19})(\.[0-9]{1,9})?", time)
    if match is None:
        return time
    digits = 10 if len(match[1]) == 9 else len(match[1])
    if digits not in _UNITS:
        return time
    seconds = float(time) / _UNITS[digits]
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def of_json(line: bytes, depth: int = MOST_WRAPPED) -> list[bytes] | None:
    """The text of a JSON record on one line, each line after the record's time; None where there is none.

    The text may be a record itself: Docker wraps what a program logs as JSON.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    held = {key: _text(value) for key, value in record.items()}
    text = next((value for key in _TEXT_KEYS if (value := held.get(key)) is not None), None)
    other = next((value for value in held.values() if value and "SIP/2.0" in value), None)
    if other is not None and (text is None or "SIP/2.0" not in text):
        text = f"{text}\n{other}" if text else other
    if text is None:
        return None
    if depth and text.startswith("{"):
        inside = of_json(text.encode("utf-8", "replace"), depth - 1)
        if inside is not None:
            return inside
    time = next(
        (str(record[key]) for key in _TIME_KEYS if isinstance(record.get(key), str | int | float)), ""
    )
    prefix = f"{printed_time(time)} " if time else ""
    lines = [prefix + part for part in text.replace("\r\n", "\n").removesuffix("\n").split("\n")]
    if other is not None:
        lines = [*_ends(record, prefix), *lines]
    return [part.encode("utf-8", "replace") for part in lines]


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    # journald prints a text with a carriage return in it as the list of its bytes.
    if isinstance(value, list) and value and all(type(one) is int and 0 <= one < 256 for one in value):
        return bytes(value).decode("utf-8", "replace")
    return None


def _ends(record: Mapping[str, object], prefix: str) -> Iterator[str]:
    fields = {
        _LETTERS.sub("", key.lower()): str(value)
        for key, value in record.items()
        if isinstance(value, str | int)
    }
    src, dst = _end(fields, _SOURCES, _SOURCE_PORTS), _end(fields, _TARGETS, _TARGET_PORTS)
    if src and dst:
        yield f"{prefix}{src} -> {dst}"
