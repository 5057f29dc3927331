"""Reads the messages of a log, whichever program wrote it.

The text is searched for start lines; what lies between messages is never looked at line by line, so that
a log of which one line in a hundred is SIP is read nearly as fast as its bytes.  Which program wrote the
log is put to the vote: each message of the first piece votes for the forms that have a frame before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from sipdiag.logs.form import Form
from sipdiag.logs.forms import FORMS
from sipdiag.logs.forms.plain import PLAIN
from sipdiag.logs.frames import MOST_BETWEEN, Hit, LogEntry, entry_of, frame_of, time_away, time_beside
from sipdiag.logs.lines import (
    START,
    Shapes,
    Start,
    cleaner,
    is_double_spaced,
    next_place,
    plain,
    rows,
    shown_fields,
    single_spaced,
    start_of,
)
from sipdiag.logs.message import Read, read, read_plain
from sipdiag.logs.remarks import remarks
from sipdiag.logs.source import Text, is_escaped
from sipdiag.sip.grammar import MAX_MESSAGE

REACH = 16 * 1024
"""Bytes before a start line among which its frame is looked for."""
RESERVE = MAX_MESSAGE + REACH
MOST_ON_A_LINE = 4
"""Places of one line at which a message is looked for: each may have the same thousands of lines behind it."""
VOTERS = 40
"""Messages that vote."""
_IMMATERIAL = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:.*$|[ \t\r]")
"""What may differ between two prints of one packet."""


class LogContents(Struct):
    """What was read of a log."""

    form: Form
    votes: Counter[str]
    """How many of the first messages had a frame of each form."""
    entries: list[LogEntry] = field(default_factory=list)
    headless: int = 0
    """Start lines without a message."""


def read_log(text: Text, wanted: Form | None) -> LogContents:
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
    found = LogContents(form, votes, headless=scan.headless)
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
        self._previous: LogEntry | None = None
        self._chunk: Hit | None = None
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
                if frame_of(form, window.text, max(self._end, start.at - REACH), start, shape) is not None:
                    votes[form.name] += 1
            if number == VOTERS:
                break
        if number:
            self._at, self.headless = before, 0
        return number > 0

    def messages(self, window: Text) -> Iterator[LogEntry]:
        """The messages that begin in the window, but for those that may end behind it."""
        for start, shape, message in self._starts(window):
            text = window.text
            self._remark(window, self._end, start.at)
            hit, inherited = self._hit(text, start, shape)
            entry = entry_of(window.line(start.at), message, hit)
            if entry.stamp is None:
                entry.stamp = time_beside(text, self._end, start)
            if hit is not None and entry.stamp is None:
                entry.stamp = time_away(
                    hit.form, text, max(self._end, start.at - REACH), start.at, message.end
                )
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
        line, failed = -1, 0
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
                line, failed = start.at, failed + 1 if start.at == line else 1
                if failed == MOST_ON_A_LINE:
                    self._at = max(self._at, match.end())
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

    def _hit(self, text: bytes, start: Start, shape: re.Pattern[bytes] | None) -> tuple[Hit | None, bool]:
        """The frame that announces a message, and whether it is that of the message before."""
        since = max(self._end, start.at - REACH)
        for form in self._forms:
            hit = frame_of(form, text, since, start, shape)
            if hit is not None:
                self._chunk = hit if form.chunks else None
                return hit, False
        if self._chunk is not None and text.count(b"\n", self._end, start.at) <= MOST_BETWEEN:
            return self._chunk, True
        self._chunk = None
        return None, False


def _is_again(previous: LogEntry, entry: LogEntry) -> bool:
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
