"""Reads the messages of a log, whichever program wrote it.

The text is searched for start lines; what lies between messages is never looked at line by line, so that
a log of which one line in a hundred is SIP is read nearly as fast as its bytes.  Which program wrote the
log is put to the vote: each message of the first piece votes for the forms that have a frame before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from sipdiag.logs.ends import Hop, Told
from sipdiag.logs.form import NEAR, Form
from sipdiag.logs.forms import FORMS
from sipdiag.logs.forms.plain import PLAIN
from sipdiag.logs.message import (
    LONGEST_PREFIX,
    START,
    Read,
    Shapes,
    Start,
    cleaner,
    is_double_spaced,
    next_place,
    plain,
    read,
    read_plain,
    rows,
    shown_fields,
    single_spaced,
    start_of,
)
from sipdiag.logs.remarks import remarks
from sipdiag.logs.source import Text, is_escaped
from sipdiag.logs.stamps import SECOND_NS, Stamp, find, of_epoch
from sipdiag.sip.grammar import MAX_MESSAGE

REACH = 16 * 1024
"""Bytes before a start line among which its frame is looked for."""
RESERVE = MAX_MESSAGE + REACH
TIME_WITHIN = 48
"""Bytes at the beginning of a line within which its time stands."""
NEAR_TIME = 300
"""Bytes behind a message within which its time may stand."""
VOTERS = 40
"""Messages that vote."""
MOST_BETWEEN = 3
"""Lines that are not empty between a frame and its message."""
_PORTS = {"sip": 5060, "sips": 5061}
_LETTERS = {"U": "UDP", "T": "TCP", "USER DATAGRAM": "UDP", "TRANSMISSION CONTROL": "TCP"}
_TRANSPORT = re.compile(rb"(?i)\b(UDP|TCP|TLS|WSS?)\b")
_VIA = re.compile(rb"(?im)^(?:Via|v)[ \t]*:[ \t]*SIP/2\.0/([A-Za-z]{2,5})")


_IMMATERIAL = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:.*$|[ \t\r]")
"""What may differ between two prints of one packet."""


class Entry(Struct):
    """A message of a log and what the log says of it."""

    line: int
    """Of its start line."""
    data: bytes
    told: Told
    transport: str
    stamp: Stamp | None
    announced: int | None
    """What Content-Length said, where the body that is there has another length."""
    remarks: list[tuple[int, str]] = field(default_factory=list)
    """Lines before the next message that tell of trouble, with their numbers."""


class Found(Struct):
    """What was read of a log."""

    form: Form
    votes: Counter[str]
    """How many of the first messages had a frame of each form."""
    entries: list[Entry] = field(default_factory=list)
    headless: int = 0
    """Start lines without a message."""


class _Hit(Struct, frozen=True):
    form: Form
    match: re.Match[bytes]
    raw: bytes
    """The lines of the frame as they stand in the log."""


def read_log(text: Text, wanted: Form | None) -> Found:
    """All messages; ``wanted`` is the form to take the log for, None to have it recognised."""
    text.advance(0)
    votes: Counter[str] = Counter()
    scan = _Scan((wanted,) if wanted is not None else FORMS)
    # The first window that holds messages is read twice: to take the vote, then with the form elected.
    while not scan.vote(text, votes) and not text.last:
        text.advance(scan.keep)
        scan.moved()
    form = wanted or _elected(votes)
    others = [one for one in FORMS if votes[one.name] and one not in (form, PLAIN)] if wanted is None else []
    found = Found(form, votes, headless=scan.headless)
    scan = _Scan((form, *others))
    while True:
        found.entries += scan.messages(text)
        if text.last:
            break
        text.advance(scan.keep)
        scan.moved()
    found.headless += scan.headless
    return found


def _elected(votes: Counter[str]) -> Form:
    best = max(FORMS, key=lambda form: votes[form.name] if form is not PLAIN else 0)
    return best if votes[best.name] else PLAIN


class _Scan:
    """One walk over the text, with the forms whose frames count."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms = forms
        self._ends = forms[0].ends if len(forms) < len(FORMS) else None
        self._shapes = Shapes()
        self._at = 0
        self._end = 0
        """Behind the last message."""
        self._previous: Entry | None = None
        self._chunk: _Hit | None = None
        """The frame that also announces what follows the last message at once."""
        self.headless = 0

    @property
    def keep(self) -> int:
        """Where the text begins that is still needed."""
        return max(0, self._at - REACH)

    def moved(self) -> None:
        """The text before :attr:`keep` is gone."""
        gone = self.keep
        self._at -= gone
        self._end = max(0, self._end - gone)

    def vote(self, window: Text, votes: Counter[str]) -> bool:
        """Count the forms of the first messages in the window; whether there was any, and the walk stayed."""
        before = self._at
        number = 0
        for start, shape, _ in self._starts(window):
            number += 1
            for form in self._forms:
                if _frame(form, window.text, max(self._end, start.at - REACH), start, shape) is not None:
                    votes[form.name] += 1
            if number == VOTERS:
                break
        if number:
            self._at, self.headless = before, 0
        return number > 0

    def messages(self, window: Text) -> Iterator[Entry]:
        """The messages that begin in the window, but for those that may end behind it."""
        for start, shape, message in self._starts(window):
            text = window.text
            self._remark(window, self._end, start.at)
            hit, inherited = self._hit(text, start, shape)
            entry = _entry(window.line(start.at), message, hit)
            if entry.stamp is None:
                entry.stamp = _beside(text, self._end, start)
            if hit is not None and entry.stamp is None:
                entry.stamp = _away(hit.form, text, max(self._end, start.at - REACH), start.at, message.end)
            if inherited and self._previous is not None and _is_again(self._previous, entry):
                if len(entry.data) > len(self._previous.data):
                    self._previous.data, self._previous.announced = entry.data, entry.announced
                continue
            self._previous = entry
            yield entry
        if window.last:
            self._remark(window, self._end, len(window.text))

    def _remark(self, window: Text, since: int, until: int) -> None:
        """What the log says between the last message and the next."""
        previous = self._previous
        if previous is not None and until > since:
            found = list(remarks(window.text, since, until, previous.data))
            previous.remarks = [(window.line(offset), line) for offset, line in found]

    def _starts(self, window: Text) -> Iterator[tuple[Start, re.Pattern[bytes] | None, Read]]:
        """The start lines that begin messages, with what stands before each line, and the messages."""
        text = window.text
        limit = len(text) if window.last else len(text) - RESERVE
        while 0 <= (place := next_place(text, self._at)) < limit:
            if not window.wrapped and is_escaped(text, place):
                self._at = text.rfind(b"\n", 0, place) + 1
                window.unwrap(self._at)
                text = window.text
                limit = len(text) if window.last else len(text) - RESERVE
                continue
            self._at = place + 1
            match = START.match(text, place)
            start = start_of(text, match) if match is not None else None
            if match is None or start is None:
                continue
            message, shape = self._read(text, start, match.end())
            if message is None:
                self.headless += start.column == 0
                continue
            yield start, shape, message
            self._at = self._end = max(message.end, match.end())
        self._at = max(self._at, min(limit, len(text)))

    def _read(self, text: bytes, start: Start, behind: int) -> tuple[Read | None, re.Pattern[bytes] | None]:
        prefix = text[start.at : start.at + start.column]
        ends = self._ends
        if prefix.endswith(b"-Line: ") and prefix.strip() in (b"Request-Line:", b"Status-Line:"):
            return read(start, shown_fields(rows(text, behind + 1, plain)), behind + 1, ends), None
        shape = self._shapes.of(prefix)
        if shape is None and not start.tail and not start.text.endswith(b"."):
            message = read_plain(start, text, behind + 1)
            if message is not None:
                return message, None
        if not start.tail:
            start = _dotted(start, text, behind, shape)
        clean = cleaner(start, shape) if shape is not None or start.tail else plain
        lines = rows(text, behind + 1, clean)
        if is_double_spaced(rows(text, behind + 1, clean)):
            next(lines)
            lines = single_spaced(lines)
        return read(start, lines, behind + 1, ends), shape

    def _hit(self, text: bytes, start: Start, shape: re.Pattern[bytes] | None) -> tuple[_Hit | None, bool]:
        """The frame that announces a message, and whether it is that of the message before."""
        since = max(self._end, start.at - REACH)
        for form in self._forms:
            hit = _frame(form, text, since, start, shape)
            if hit is not None:
                self._chunk = hit if form.chunks else None
                return hit, False
        if self._chunk is not None and text.count(b"\n", self._end, start.at) <= MOST_BETWEEN:
            return self._chunk, True
        self._chunk = None
        return None, False


def _is_again(previous: Entry, entry: Entry) -> bool:
    """Whether a program printed the same packet a second time, in another manner."""
    heads = (one.data[: one.data.find(b"\r\n\r\n")] for one in (previous, entry))
    return _same_head(*heads)


def _same_head(one: bytes, two: bytes) -> bool:
    return _IMMATERIAL.sub(b"", one) == _IMMATERIAL.sub(b"", two)


def _dotted(start: Start, text: bytes, behind: int, shape: re.Pattern[bytes] | None) -> Start:
    """A status line of a program that prints a dot for each CR; its reason phrase may end with one otherwise."""
    if not start.text.endswith(b"."):
        return start
    lines = rows(text, behind + 1, cleaner(start, shape))
    first = [line for line, _ in (next(lines, (b"", 0)) for _ in range(3))]
    if not all(line.endswith(b".") for line in first):
        return start
    return Start(start.at, start.column, start.text[:-1], b".")


def _frame(form: Form, text: bytes, since: int, start: Start, shape: re.Pattern[bytes] | None) -> _Hit | None:
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
    return _Hit(form, last, b"\n".join(raw[first : first + count]) or joined[last.start() : last.end()])


def _entry(line: int, message: Read, hit: _Hit | None) -> Entry:
    if hit is None:
        return Entry(line, message.data, Told(), _via_transport(message.data), None, message.announced)
    part = hit.match.groupdict()
    way = hit.form.ways.get((part.get("way") or b"").lower())
    told = Told(
        way,
        _hop(part, "peer", "pport"),
        _hop(part, "own", "oport"),
        _hop(part, "src", "sport"),
        _hop(part, "dst", "dport"),
    )
    return Entry(
        line, message.data, told, _transport(part, hit, message.data), _stamp(part, hit), message.announced
    )


def _hop(part: Mapping[str, bytes | None], host: str, port: str) -> Hop | None:
    name, number = part.get(host), (part.get(port) or b"").decode("ascii", "replace")
    if name is None:
        return None
    text = name.decode("utf-8", "replace")
    return text, _PORTS.get(number, int(number) if number.isdigit() else None)


def _transport(part: Mapping[str, bytes | None], hit: _Hit, data: bytes) -> str:
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


def _stamp(part: Mapping[str, bytes | None], hit: _Hit) -> Stamp | None:
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


def _beside(text: bytes, since: int, start: Start) -> Stamp | None:
    """A time that stands before the message on its line, or begins the line before it."""
    prefix = text[start.at : start.at + min(start.column, LONGEST_PREFIX)]
    before = text[max(since, start.at - LONGEST_PREFIX) : start.at].rstrip(b" \r\n")
    return find(prefix) or find(before[before.rfind(b"\n") + 1 :][:TIME_WITHIN])


def _away(form: Form, text: bytes, since: int, at: int, end: int) -> Stamp | None:
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
