"""What announces a message, and what it says: direction, ends, transport and time."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from sipdiag.logs.ends import Hop, KnownEnds
from sipdiag.logs.form import NEAR, Form
from sipdiag.logs.forms.plain import PLAIN
from sipdiag.logs.lines import LONGEST_PREFIX, Start, cleaner, plain
from sipdiag.logs.message import Read
from sipdiag.logs.stamps import SECOND_NS, Stamp, find, of_epoch

TIME_WITHIN = 48
"""Bytes at the beginning of a line within which its time stands."""
NEAR_TIME = 300
"""Bytes behind a message within which its time may stand."""
MOST_BETWEEN = 3
"""Lines that are not empty between a frame and its message."""
_PORTS = {"sip": 5060, "sips": 5061}
_LETTERS = {"U": "UDP", "T": "TCP", "USER DATAGRAM": "UDP", "TRANSMISSION CONTROL": "TCP"}
_TRANSPORT = re.compile(rb"(?i)\b(UDP|TCP|TLS|WSS?)\b")
_VIA = re.compile(rb"(?im)^(?:Via|v)[ \t]*:[ \t]*SIP/2\.0/([A-Za-z]{2,5})")


class LogEntry(Struct):
    """A message of a log and what the log says of it."""

    line: int
    """Of its start line."""
    data: bytes
    told: KnownEnds
    transport: str
    stamp: Stamp | None
    announced: int | None
    """What Content-Length said, where the body that is there has another length."""
    remarks: list[tuple[int, str]] = field(default_factory=list)
    """Lines before the next message that tell of trouble, with their numbers."""


class Hit(Struct, frozen=True):
    """A frame that was found."""

    form: Form
    match: re.Match[bytes]
    raw: bytes
    """The lines of the frame as they stand in the log."""


def frame_of(
    form: Form, text: bytes, since: int, start: Start, shape: re.Pattern[bytes] | None
) -> Hit | None:
    before = text[since : start.at]
    lines = before.split(b"\n")
    if len(lines) > form.reach + 1:
        lines = lines[-form.reach - 1 :]
    raw = lines[:-1]
    clean = cleaner(start, shape) if shape is not None else plain
    # What stands before the message on its own line belongs to the frame, too.
    shown = [clean(line) for line in raw] + [text[start.at : start.at + start.column]]
    joined = b"\n".join(shown)
    last: re.Match[bytes] | None = None
    for expression in form.frames:
        if last is not None and form is PLAIN:
            break
        for match in expression.finditer(joined):
            if last is None or match.start() > last.start():
                last = match
    if last is None:
        return None
    between = joined[last.end() :].split(b"\n")[1:-1]
    if sum(1 for line in between if line.strip(b" -\t\r")) > MOST_BETWEEN and form.reach == NEAR:
        return None
    first = joined.count(b"\n", 0, last.start())
    count = joined.count(b"\n", last.start(), last.end()) + 1
    return Hit(form, last, b"\n".join(raw[first : first + count]) or joined[last.start() : last.end()])


def entry_of(line: int, message: Read, hit: Hit | None) -> LogEntry:
    if hit is None:
        return LogEntry(
            line, message.data, KnownEnds(), _via_transport(message.data), None, message.announced
        )
    part = hit.match.groupdict()
    way = hit.form.ways.get((part.get("way") or b"").lower())
    told = KnownEnds(
        way,
        _hop(part, "peer", "pport"),
        _hop(part, "own", "oport"),
        _hop(part, "src", "sport"),
        _hop(part, "dst", "dport"),
    )
    return LogEntry(
        line, message.data, told, _transport(part, hit, message.data), _stamp(part, hit), message.announced
    )


def _hop(part: Mapping[str, bytes | None], host: str, port: str) -> Hop | None:
    name, number = part.get(host), (part.get(port) or b"").decode("ascii", "replace")
    if name is None:
        return None
    text = name.decode("utf-8", "replace")
    return text, _PORTS.get(number, int(number) if number.isdigit() else None)


def _transport(part: Mapping[str, bytes | None], hit: Hit, data: bytes) -> str:
    told = part.get("transport")
    if told is not None:
        name = told.decode("ascii", "replace").upper()
        return _LETTERS.get(name, name)
    if "rest" in part:
        return "TCP" if b"Flags [" in (part["rest"] or b"") else "UDP"
    if hit.form is PLAIN:
        match = _TRANSPORT.search(hit.match[0])
        if match is not None:
            return match[1].decode().upper()
    return _via_transport(data)


def _via_transport(data: bytes) -> str:
    match = _VIA.search(data)
    return match[1].decode().upper() if match is not None else "UDP"


def _stamp(part: Mapping[str, bytes | None], hit: Hit) -> Stamp | None:
    printed = _printed(part)
    if printed is None:
        return find(hit.raw) if part.get("milliseconds") is None else None
    if printed.day is None:
        # The line may have a date before it: of the same clock only if it tells the same time.
        line = find(hit.raw)
        if (
            line is not None
            and line.day is not None
            and abs(line.within_ns - printed.within_ns) < 2 * SECOND_NS
        ):
            return Stamp(line.day, printed.within_ns, printed.step_ns)
    return printed


def _printed(part: Mapping[str, bytes | None]) -> Stamp | None:
    milliseconds, seconds, time = part.get("milliseconds"), part.get("seconds"), part.get("time")
    if milliseconds is not None:
        # A stack that does not know the time prints 0.
        return of_epoch(int(milliseconds) * 1_000_000, 1_000_000) if int(milliseconds) else None
    if seconds is not None:
        whole, _, fraction = seconds.partition(b".")
        return of_epoch(int(whole) * SECOND_NS + int(fraction.ljust(9, b"0")[:9]), 10 ** (9 - len(fraction)))
    return find(time) if time is not None else None


def time_beside(text: bytes, since: int, start: Start) -> Stamp | None:
    """A time that stands before the message on its line, or begins the line before it."""
    prefix = text[start.at : start.at + min(start.column, LONGEST_PREFIX)]
    before = text[max(since, start.at - LONGEST_PREFIX) : start.at].rstrip(b" \r\n")
    return find(prefix) or find(before[before.rfind(b"\n") + 1 :][:TIME_WITHIN])


def time_away(form: Form, text: bytes, since: int, at: int, end: int) -> Stamp | None:
    """A time that is printed away from the frame."""
    if form.before is not None:
        earlier = list(form.before.finditer(text, since, at))
        if earlier:
            return _printed(earlier[-1].groupdict())
    if form.after is not None:
        later = form.after.search(text, end, end + NEAR_TIME)
        if later is not None:
            return _printed(later.groupdict())
    return None
