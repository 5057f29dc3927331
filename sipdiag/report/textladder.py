"""The ladder of a call as plain text, for tickets and terminals."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.calls.captured import Host
from sipdiag.report.flow import Ghost, Row, flow, ghost, lanes, numbered
from sipdiag.report.text import host_text, shorten, visible
from sipdiag.report.times import clock, duration
from sipdiag.results import CallResult, Participant

SILENCE_NS = 3_000_000_000
"""A gap this long is drawn as a break with its length."""

_TIME = 13
_LANE = 24
_LANES = 8


def text_ladder(result: CallResult, *, limit: int = 400) -> list[str]:
    """Lines of the ladder: two of participants, then one a message; at most ``limit`` messages."""
    rows = flow(result)
    shown = lanes(result, rows[:limit])[:_LANES]
    columns = {participant.host: index for index, participant in enumerate(shown)}
    marks = numbered(result.findings)
    missing = ghost(result, rows)
    lines = _heads(shown)
    for index, row in enumerate(rows[:limit]):
        if row.since_ns is not None and row.since_ns >= SILENCE_NS:
            lines.append(_pad("", shown, f"⋮ {duration(row.since_ns / 1e9)} without signalling"))
        if missing and missing.before == index:
            lines.append(_ghost_line(missing, columns, shown))
        mark = marks.get(id(row.captured))
        lines.append(_row_line(row, columns, shown, mark))
    if missing and missing.before >= len(rows):
        lines.append(_ghost_line(missing, columns, shown))
    if len(rows) > limit:
        lines.append(f"… {len(rows) - limit} more messages")
    return [line.rstrip() for line in lines]


def _heads(shown: Sequence[Participant]) -> list[str]:
    names = "".join(shorten(visible(p.name), _LANE - 2).center(_LANE) for p in shown)
    hosts = "".join(shorten(host_text(p.host), _LANE - 1).center(_LANE) for p in shown)
    return [" " * _TIME + names, " " * _TIME + hosts]


def _pad(left: str, shown: Sequence[Participant], note: str) -> str:
    rails = "".join("│".center(_LANE) for _ in shown)
    return left.ljust(_TIME) + rails + note


def _row_line(row: Row, columns: dict[Host, int], shown: Sequence[Participant], mark: int | None) -> str:
    note = [] if mark is None else [f"◀ {mark}"]
    note += row.notes
    message = row.captured.message
    text = message.method if message.is_request else f"{message.status} {message.reason}"
    body = _arrow(
        columns.get(row.captured.src), columns.get(row.captured.dst), visible(text), len(shown), "─"
    )
    frame = f"#{row.captured.frame}"
    return f"{clock(row.captured.time_ns).ljust(_TIME)}{body}{frame} {' · '.join(note)}"


def _ghost_line(missing: Ghost, columns: dict[Host, int], shown: Sequence[Participant]) -> str:
    arrow = _arrow(columns.get(missing.src), columns.get(missing.dst), missing.label, len(shown), "╌")
    return " " * _TIME + arrow + "missing"


def _arrow(src: int | None, dst: int | None, text: str, count: int, stroke: str) -> str:
    cells = list("".join("│".center(_LANE) for _ in range(count)))
    middle = len("│".center(_LANE).split("│")[0])
    if src is None or dst is None:
        return "".join(cells)
    left, right = sorted((src * _LANE + middle, dst * _LANE + middle))
    if left == right:
        label = shorten(f" ↺ {text}", _LANE // 2)
        cells[left + 1 : left + 1 + len(label)] = label
        return "".join(cells)[: count * _LANE]
    width = right - left - 1
    label = shorten(f" {text} ", width - 2)
    line = label.center(width, stroke)
    line = line[:-1] + "▶" if dst > src else "◀" + line[1:]
    cells[left + 1 : right] = line
    return "".join(cells)
