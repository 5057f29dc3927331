"""The ladder of a call as plain text, for tickets and terminals.

Participants stand side by side where the width allows it.  Where it does not, they get a letter
each and a message is a line ``A → B  INVITE``: no line is ever wider than asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import Host
from sipdiag.pipeline.results import CallDetail, Participant
from sipdiag.report.excerpt import ROWS, excerpt, rows_of
from sipdiag.report.expected import Ghost, ghosts
from sipdiag.report.flow import FlowRow, flow, lane_text, lanes, numbered
from sipdiag.report.pointlanes import TEXT, breaks_between, column, is_column, seen_at, short_name
from sipdiag.report.text import shorten, visible
from sipdiag.report.times import clock, duration

SILENCE_NS = 3_000_000_000
"""A gap this long is drawn as a break with its length."""

_TIME = 13
_LANE = 24
_LANE_MIN = 16
"""An IPv4 address fits."""
_NOTES = 22
"""Least room for frame number and notes."""
_MARK = {"frame": "#", "line": ":"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Drawn(Struct, frozen=True):
    """A line of the ladder."""

    text: str
    row: FlowRow | None = None
    """The message it is; None of a line beside messages."""


def text_ladder(result: CallDetail, *, limit: int = ROWS, width: int = 120) -> list[str]:
    """Lines of the ladder: participants, then one a message; at most ``limit`` messages, ``width`` columns."""
    heads, lines = drawn_ladder(result, limit=limit, width=width)
    return [*heads, *(line.text for line in lines)]


def drawn_ladder(result: CallDetail, *, limit: int = ROWS, width: int = 120) -> tuple[list[str], list[Drawn]]:
    """The participants, and one line per message, as :func:`text_ladder`."""
    rows = flow(result)
    missing = ghosts(result, rows)
    items = excerpt(result, rows, {item.before for item in missing}, limit)
    shown = lanes(result, rows_of(items))
    marks = numbered(result.findings)
    drawing = _drawing(shown, width)
    lines: list[Drawn] = []
    number = 0
    for item in items:
        row = item if isinstance(item, FlowRow) else item.rows[0]
        if row.since_ns is not None and row.since_ns >= SILENCE_NS:
            lines.append(Drawn(drawing.silence(f"⋮ {duration(row.since_ns / 1e9)} without signalling")))
        lines += [Drawn(drawing.ghost(one)) for one in missing if one.before == number]
        if isinstance(item, FlowRow):
            lines.append(Drawn(drawing.row(item, marks.get(item.captured)), item))
            number += 1
        else:
            lines.append(Drawn(" " * _TIME + visible(f"… {item.text}")))
            number += item.total
    lines += [Drawn(drawing.ghost(one)) for one in missing if one.before >= number]
    heads = [shorten(line.rstrip(), width) for line in drawing.heads()]
    return heads, [replace(line, text=shorten(line.text.rstrip(), width)) for line in lines]


def _drawing(shown: Sequence[Participant], width: int) -> _Rails | _Letters:
    """Columns as far as there is room: hosts and capture points, hosts alone, or none."""
    hosts = [one for one in shown if not is_column(one.host)]
    for some in (shown, hosts):
        lane = min(_LANE, (width - _TIME - _NOTES) // max(len(some), 1))
        if lane >= _LANE_MIN or len(some) < 2:
            return _Rails(some, lane, width)
    return _Letters(hosts, width)


def _what(row: FlowRow) -> str:
    return visible(row.title)


def _notes(row: FlowRow, mark: str | None) -> str:
    about = " · ".join([*([] if mark is None else [f"◀ {mark}"]), *row.notes])
    return f"{_MARK[row.captured.position.unit]}{row.captured.position.number} {about}"


class _Rails(Struct, frozen=True):
    """One column per participant, with arrows between them."""

    shown: Sequence[Participant]
    lane: int
    width: int

    def heads(self) -> Iterator[str]:
        """Names and addresses; ports get a line of their own where they would not fit."""
        yield self._head(short_name(p, self.lane - 1) for p in self.shown)
        texts = list(map(lane_text, self.shown))
        if all(len(text) < self.lane for text in texts):
            yield self._head(iter(texts))
        else:
            columns = [is_column(p.host) for p in self.shown]
            pairs = list(zip(self.shown, columns, strict=True))
            yield self._head(TEXT if point else p.host.address for p, point in pairs)
            yield self._head("" if point else f":{p.host.port}" for p, point in pairs)

    def _head(self, texts: Iterator[str]) -> str:
        return " " * _TIME + "".join(shorten(text, self.lane - 1).center(self.lane) for text in texts)

    def silence(self, text: str) -> str:
        """The rails with a text over their middle."""
        cells = "".join(map(self._rail, self.shown))
        if len(cells) < len(text) + 4:
            return " " * _TIME + cells + text
        start = (len(cells) - len(text)) // 2
        return " " * _TIME + f"{cells[: start - 1]} {text} {cells[start + len(text) + 1 :]}"

    def row(self, row: FlowRow, mark: str | None) -> str:
        """Time, arrow, frame and notes."""
        arrow = self._arrow(row.captured.src, row.captured.dst, _what(row), "─", row)
        return clock(row.captured.known_ns).ljust(_TIME) + arrow + _notes(row, mark)

    def ghost(self, item: Ghost) -> str:
        """A dashed arrow where a message is missing."""
        return " " * _TIME + self._arrow(item.src, item.dst, item.label, "╌") + "missing"

    def _rail(self, participant: Participant | None = None) -> str:
        return ("┆" if participant is not None and is_column(participant.host) else "│").center(self.lane)

    def _arrow(self, src: Host, dst: Host, text: str, stroke: str, row: FlowRow | None = None) -> str:
        places = {p.host: index for index, p in enumerate(self.shown)}
        cells = list("".join(map(self._rail, self.shown)))
        middle = self._rail().index("│")
        left, right = sorted(places.get(host, 0) * self.lane + middle for host in (src, dst))
        if left == right:
            label = shorten(f" ↺ {text}", self.lane // 2)
            cells[left + 1 : left + 1 + len(label)] = label
            return "".join(cells)
        forth = places.get(dst, 0) > places.get(src, 0)
        end = self._broken(row, places, middle)
        if end is not None and left < end < right:
            left, right = (left, end) if forth else (end, right)
        room = right - left - 1
        line = shorten(f" {text} ", room - 2).center(room, stroke)
        cells[left + 1 : right] = line[:-1] + "▶" if forth else "◀" + line[1:]
        for number in seen_at(row) if row is not None else ():
            at = places.get(column(number), -1) * self.lane + middle
            if left < at < right and cells[at] == stroke:
                cells[at] = "●"
        if end is not None and end in (left, right):
            cells[end] = "✗"
        return "".join(cells)

    def _broken(self, row: FlowRow | None, places: dict[Host, int], middle: int) -> int | None:
        """The cell at which the arrow of a lost message breaks off: before the point that it did not reach."""
        columns = breaks_between(row) if row is not None else None
        if columns is None or not all(host in places for host in columns):
            return None
        seen, missed = (places[host] * self.lane + middle for host in columns)
        return seen + (missed - seen) * 3 // 4


class _Letters(Struct, frozen=True):
    """One letter per participant, one line ``A → B  INVITE`` per message."""

    shown: Sequence[Participant]
    width: int

    def heads(self) -> Iterator[str]:
        """The letter of each participant."""
        size = max(len(self._name(p.host)) for p in self.shown)
        for participant in self.shown:
            letter = self._name(participant.host).ljust(size)
            yield f"{letter} = {visible(participant.name)} {host_text(participant.host)}"
        yield ""

    def silence(self, text: str) -> str:
        """The gap on a line of its own."""
        return " " * _TIME + text

    def row(self, row: FlowRow, mark: str | None) -> str:
        """Time, both ends, what was sent, frame and notes."""
        ends = self._ends(row.captured.src, row.captured.dst, "→")
        return f"{clock(row.captured.known_ns).ljust(_TIME)}{ends}{shorten(_what(row), 30):<30} {_notes(row, mark)}"

    def ghost(self, item: Ghost) -> str:
        """A message that is missing."""
        return f"{' ' * _TIME}{self._ends(item.src, item.dst, '⇢')}{item.label:<30} missing"

    def _ends(self, src: Host, dst: Host, arrow: str) -> str:
        return f"{self._name(src)} {arrow} {self._name(dst)}".ljust(7) + "  "

    def _name(self, host: Host) -> str:
        index = next((n for n, p in enumerate(self.shown) if p.host == host), 0)
        rounds, place = divmod(index, len(_LETTERS))
        return _LETTERS[place] + (str(rounds) if rounds else "")
