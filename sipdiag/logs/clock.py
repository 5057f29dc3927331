"""When each message was logged, as far as the log shows.

Three kinds of logs: with dates; with the time of day alone, whose day is taken to be the first of 1970 and
counted on at midnight; and without any time.  The order of the file always stands: of messages with equal
times each is a microsecond later than the one before.

A log without times still says how often a message was sent.  There the clock is set to the least that
RFC 3261 allows: each repeat of a message comes when its timer runs out (§17.1.1.2, §17.1.2.2, §13.3.1.4),
everything else a millisecond after what stands before it.  So whoever waits for a timer sees it run out
where all repeats were logged.  Nothing else may be made of such times: they are marked as not known.
"""

from __future__ import annotations

import re
from typing import Literal

from sipdiag.logs.stamps import DAY_NS, SECOND_NS, Stamp

Kind = Literal["dated", "time of day", "none"]

T1_NS = 500_000_000
T2_NS = 4 * SECOND_NS
_TICK_NS = 1_000
_STEP_NS = 1_000_000
_APART_NS = 200_000_000
"""Repeats within one printed second are so far apart at least: no capture's copy, whose times are equal."""
MOST_REPEATED = 100_000

_Key = tuple[bytes, tuple[object, object]]
"""What a message says, and its hop: equal for repeats."""
_FINAL_OF_INVITE = re.compile(
    rb"SIP/2\.0 [2-6]\d\d[\s\S]{1,4000}?^CSeq[ \t]*:[ \t]*\d+[ \t]+INVITE\b", re.MULTILINE | re.IGNORECASE
)


class LogClock:
    """Gives times to the messages of a log, in their order."""

    def __init__(self, *, timed: bool) -> None:
        self.kind: Kind = "none"
        self.timed = timed
        """Whether the messages' times are known."""
        self._day = 0
        self._within_ns = 0
        self._stamp_ns: int | None = None
        self._now_ns = 0
        self._sent: dict[_Key, tuple[int, int]] = {}

    def at(self, stamp: Stamp | None, data: bytes, hop: tuple[object, object]) -> int:
        """The time of the next message, nanoseconds since 1970."""
        key = (data, hop)
        if not self.timed:
            self._now_ns = self._by_count(key)
            return self._now_ns
        if stamp is None:
            self._now_ns += _TICK_NS
            return self._now_ns
        printed = self._on_day(stamp)
        if printed != self._stamp_ns:
            self._stamp_ns = self._now_ns = printed
        else:
            repeated = stamp.step_ns >= SECOND_NS and key in self._sent
            self._now_ns += _APART_NS if repeated else _TICK_NS
        if stamp.step_ns >= SECOND_NS:
            self._remember(key, 0)
        return self._now_ns

    def _on_day(self, stamp: Stamp) -> int:
        if stamp.day is not None:
            self.kind = "dated"
            self._day = stamp.day
        else:
            self.kind = self.kind if self.kind != "none" else "time of day"
            if stamp.within_ns < self._within_ns - DAY_NS // 2:
                self._day += 1
        self._within_ns = stamp.within_ns
        return self._day * DAY_NS + stamp.within_ns

    def _by_count(self, key: _Key) -> int:
        now = self._now_ns + _STEP_NS
        known = self._sent.get(key)
        if known is None:
            self._remember(key, 0, now)
            return now
        count, last_ns = known
        now = max(now, last_ns + _wait_ns(key[0], count))
        self._remember(key, count + 1, now)
        return now

    def _remember(self, key: _Key, count: int, now_ns: int = 0) -> None:
        if len(self._sent) >= MOST_REPEATED:
            self._sent.clear()
        self._sent[key] = (count, now_ns)


def _wait_ns(data: bytes, count: int) -> int:
    """How long a sender waits before it sends again what it has repeated so many times."""
    wait = T1_NS << min(count, 10)
    if data.startswith(b"INVITE "):
        return wait
    if data.startswith(b"ACK ") or (data.startswith(b"SIP/2.0") and not _FINAL_OF_INVITE.match(data)):
        # Sent again because the other side repeated something.
        return _APART_NS
    return min(wait, T2_NS)
