"""The ladder of a call as SVG, drawn here so that the page needs no script to show it.

A ladder is a row of participants, then *bands* of equal meaning stacked downwards: a message, a
long silence, or a message that is missing.  Bands are cut into several pictures of a printable
height.  Colours come from the page's style sheet by class; a leg is told by colour and by dash
pattern, a kind of message by its label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sipdiag.calls.captured import Host
from sipdiag.report.flow import Ghost, Row, flow, ghost, host_name, lanes, names, numbered, transfer_rows
from sipdiag.report.text import host_text, shorten, visible
from sipdiag.report.textladder import SILENCE_NS
from sipdiag.report.times import clock, delta, duration
from sipdiag.results import CallResult, Participant

if TYPE_CHECKING:
    from markupsafe import Markup

PATTERNS = ("", "8 4", "2 4", "10 4 2 4", "1 3", "14 3 3 3")
"""Dash pattern of a leg by its place in the call; colours repeat in the same rhythm."""

_WIDTH = 1072
_LEFT = 214
_RIGHT = 84
_LANE_MIN = 210
_HEAD = 58
_ROW = 36
_GAP = 34
_CHAR = 6.7
"""Mean width of a label's character, pixels at 13 px."""
_BANDS_PER_PICTURE = 22


@dataclass(frozen=True, slots=True)
class Ladder:
    """Pictures of one call's flow."""

    head: Markup
    pictures: tuple[Markup, ...]
    rows: int
    left_out: int
    tall: bool
    """Long enough to need its own scrolling, with the participants kept in sight."""


@dataclass(frozen=True, slots=True)
class _Band:
    height: int
    row: Row | None = None
    silence_ns: int = 0
    ghost: Ghost | None = None
    tied: bool = False
    """Part of a transfer: REFER, its answers, NOTIFYs, the new leg's INVITE."""
    tie_above: bool = False
    tie_below: bool = False


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where things stand, in pixels."""

    hosts: dict[Host, int]
    spacing: float
    width: float

    def x(self, host: Host) -> float:
        return _LEFT + self.spacing * (self.hosts.get(host, 0) + 0.5)


def draw(result: CallResult, rows: Sequence[Row] | None = None, *, limit: int = 400) -> Ladder:
    """The ladder of a call, at most ``limit`` messages long."""
    from markupsafe import Markup

    every = list(rows) if rows is not None else flow(result)
    shown = every[:limit]
    participants = lanes(result, shown)
    grid = _grid(participants)
    legs = {id(leg): index for index, leg in enumerate(result.call.legs)}
    marks = numbered(result.findings)
    known = names(result)
    bands = _bands(result, shown)
    pictures = []
    for start in range(0, len(bands), _BANDS_PER_PICTURE):
        part = bands[start : start + _BANDS_PER_PICTURE]
        pictures.append(Markup(_picture(part, grid, legs, marks, known)))
    head = Markup(_head(participants, grid))
    return Ladder(head, tuple(pictures), len(shown), len(every) - len(shown), len(bands) > 40)


def _grid(participants: Sequence[Participant]) -> _Grid:
    count = max(len(participants), 1)
    spacing = max(_LANE_MIN, (_WIDTH - _LEFT - _RIGHT) / count)
    return _Grid({p.host: i for i, p in enumerate(participants)}, spacing, _LEFT + _RIGHT + spacing * count)


def _bands(result: CallResult, rows: Sequence[Row]) -> list[_Band]:
    tied = {row.id for item in result.transfers for row in transfer_rows(item.transfer, list(rows))}
    tied = tied if len(tied) > 1 else set()
    missing = ghost(result, list(rows))
    bands: list[_Band] = []
    for index, row in enumerate(rows):
        if row.since_ns is not None and row.since_ns >= SILENCE_NS:
            bands.append(_Band(_GAP, silence_ns=row.since_ns))
        if missing and missing.before == index:
            bands.append(_Band(_ROW, ghost=missing))
        bands.append(_Band(_ROW, row=row, tied=row.id in tied))
    if missing and missing.before >= len(rows):
        bands.append(_Band(_ROW, ghost=missing))
    return _with_ties(bands)


def _with_ties(bands: list[_Band]) -> list[_Band]:
    places = [index for index, band in enumerate(bands) if band.tied]
    if not places:
        return bands
    first, last = places[0], places[-1]
    return [
        _Band(
            band.height,
            band.row,
            band.silence_ns,
            band.ghost,
            band.tied,
            tie_above=first < index <= last,
            tie_below=first <= index < last,
        )
        for index, band in enumerate(bands)
    ]


def _head(participants: Sequence[Participant], grid: _Grid) -> str:
    letters = int(grid.spacing / 7.4)
    parts = [_text(70, 50, "UTC", "muted"), _text(_LEFT - 12, 50, "delta", "muted end")]
    for participant in participants:
        x = grid.x(participant.host)
        parts.append(_line(x, 54, x, _HEAD, "life"))
        parts.append("<g>")
        if participant.proof:
            parts.append(f"<title>{_escape(participant.proof)}</title>")
        parts.append(_text(x, 24, shorten(participant.name, letters), "name mid"))
        parts.append(_text(x, 42, shorten(host_text(participant.host), letters), "host mid") + "</g>")
    parts.append(_text(grid.width - 12, 50, "frame", "muted end"))
    title = "Participants: " + ", ".join(f"{p.name} {host_text(p.host)}" for p in participants)
    return _svg(grid.width, _HEAD, f'role="img" aria-label="{_escape(title)}"', parts)


def _picture(
    bands: Sequence[_Band],
    grid: _Grid,
    legs: dict[int, int],
    marks: dict[int, int],
    known: dict[Host, str],
) -> str:
    parts: list[str] = []
    y = 0
    for band in bands:
        quiet = " quiet" if band.silence_ns else ""
        parts += [_line(grid.x(h), y, grid.x(h), y + band.height, f"life{quiet}") for h in grid.hosts]
        if band.row:
            leg = legs.get(id(band.row.leg), 0)
            parts.append(_message(band.row, y, grid, leg, marks.get(id(band.row.captured)), known))
        elif band.ghost:
            parts.append(_ghost(band.ghost, y, grid))
        else:
            parts.append(_silence(band.silence_ns, y, grid))
        parts.append(_tie(band, y, grid))
        y += band.height
    return _svg(grid.width, y, 'role="group" aria-label="Messages in order of time"', parts)


def _message(row: Row, y: int, grid: _Grid, leg: int, mark: int | None, known: dict[Host, str]) -> str:
    captured, message = row.captured, row.captured.message
    x1, x2 = grid.x(captured.src), grid.x(captured.dst)
    # A challenge is a question, not a refusal: coloured like a provisional response.
    status = 100 if message.status in (401, 407) else message.status or 0
    kind = "request" if message.is_request else f"class{status // 100}"
    classes = "row" + (" again" if row.retransmission or row.view else "") + (" marked" if mark else "")
    ends = f"{host_name(captured.src, known)} to {host_name(captured.dst, known)}"
    told = f"{clock(captured.time_ns, digits=6)} UTC, frame {captured.frame}, {ends}: {message.start_line}"
    full = shorten(told + "".join(f" ({note})" for note in row.notes), 300)
    parts = [
        f'<a class="{classes}" href="#{row.id}" data-m="{row.id}" aria-label="{_escape(full)}">',
        f"<title>{_escape(full)}</title>",
        f'<rect class="hit" x="1" y="{y + 1}" width="{grid.width - 2:g}" height="{_ROW - 2}" rx="4"/>',
        _badge(mark, y) if mark else "",
        _text(70, y + 24, clock(captured.time_ns), "time"),
        _text(_LEFT - 12, y + 24, "" if row.since_ns is None else delta(row.since_ns / 1e9), "delta end"),
        _arrow(x1, x2, y + 26, f"leg{leg % len(PATTERNS)}", PATTERNS[leg % len(PATTERNS)]),
        _label(row, min(x1, x2), abs(x2 - x1), y + 18, kind),
        _text(grid.width - 26, y + 24, str(captured.frame), "frame end"),
        "</a>",
    ]
    return "".join(parts)


def detail(row: Row) -> str:
    """What matters besides the method or status: the target, Refer-To, the sipfrag."""
    message = row.captured.message
    if not message.is_request:
        return ""
    if message.method == "REFER" and message.refer_to:
        return f"to {message.refer_to.uri.user or message.refer_to.uri.raw}"
    if message.method == "NOTIFY" and message.sipfrag:
        return f"{message.sipfrag.status} {message.sipfrag.reason}"
    if message.method == "INVITE":
        return message.uri.split("@")[0].partition(":")[2]
    return ""


def _label(row: Row, left: float, span: float, y: int, kind: str) -> str:
    message = row.captured.message
    main = message.method if message.is_request else f"{message.status} {message.reason}"
    loose = [detail(row), *row.notes, "SDP" if message.sdp else ""]
    rest = " · ".join(part for part in loose if part)
    letters = max(int((max(span, _LANE_MIN - 20) - 24) / _CHAR), 8)
    main = shorten(main, letters)
    rest = shorten(rest, letters - len(main) - 2) if letters - len(main) > 6 else ""
    middle = left + span / 2 if span else left + _LANE_MIN / 2
    tail = f'<tspan class="rest" dx="6">{_escape(rest)}</tspan>' if rest else ""
    return f'<text class="label mid {kind}" x="{middle:g}" y="{y}">{_escape(main)}{tail}</text>'


def _arrow(x1: float, x2: float, y: int, leg: str, dash: str) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    if x1 == x2:
        loop = f"M{x1:g} {y - 6}h28v8h-22"
        return f'<path class="wire {leg}" d="{loop}"{dashes}/>' + _tip(x1 + 2, y + 2, -1, leg)
    way = 1 if x2 > x1 else -1
    line = f'<path class="wire {leg}" d="M{x1:g} {y}H{x2 - way * 8:g}"{dashes}/>'
    return line + _tip(x2 - way, y, way, leg)


def _tip(x: float, y: int, way: int, leg: str) -> str:
    return f'<path class="tip {leg}" d="M{x:g} {y}l{-way * 9} -4.5v9z"/>'


def _badge(number: int, y: int) -> str:
    return f'<circle class="badge" cx="24" cy="{y + 20}" r="10"/>' + _text(
        24, y + 24, str(number), "badge mid"
    )


def _ghost(missing: Ghost, y: int, grid: _Grid) -> str:
    x1, x2 = grid.x(missing.src), grid.x(missing.dst)
    way = 1 if x2 > x1 else -1
    width = len(missing.label) * 7.8 + 28
    middle = (x1 + x2) / 2
    return (
        f'<g class="ghost"><path class="wire" d="M{x1:g} {y + 20}H{x2 - way * 8:g}" stroke-dasharray="3 5"/>'
        f'<path class="tip" d="M{x2 - way:g} {y + 20}l{-way * 9} -4.5v9z"/>'
        f'<rect x="{middle - width / 2:g}" y="{y + 8}" width="{width:g}" height="24" rx="12" '
        f'stroke-dasharray="3 3"/>' + _text(middle, y + 24, missing.label, "label mid") + "</g>"
    )


def _silence(silence_ns: int, y: int, grid: _Grid) -> str:
    middle = _LEFT + (grid.width - _LEFT - _RIGHT) / 2
    text = f"{duration(silence_ns / 1e9)} without signalling"
    width = len(text) * 6.3 + 24
    box = (
        f'<rect class="pause" x="{middle - width / 2:g}" y="{y + 6}" width="{width:g}" height="22" rx="11"/>'
    )
    return box + _text(middle, y + 21, text, "pause mid")


def _tie(band: _Band, y: int, grid: _Grid) -> str:
    x = grid.width - 12
    parts = ""
    if band.tie_above or band.tie_below:
        top = y if band.tie_above else y + 20
        bottom = y + band.height if band.tie_below else y + 20
        parts += _line(x, top, x, bottom, "tie")
    if band.tied:
        parts += f'<circle class="tie" cx="{x:g}" cy="{y + 20}" r="4"/>'
    return parts


def _svg(width: float, height: int, attributes: str, parts: Iterable[str]) -> str:
    box = f'width="{width:g}" height="{height}" viewBox="0 0 {width:g} {height}"'
    return f"<svg {box} {attributes}>{''.join(parts)}</svg>"


def _line(x1: float, y1: int, x2: float, y2: int, name: str) -> str:
    return f'<line class="{name}" x1="{x1:g}" y1="{y1}" x2="{x2:g}" y2="{y2}"/>'


def _text(x: float, y: int, text: str, name: str) -> str:
    return f'<text class="{name}" x="{x:g}" y="{y}">{_escape(text)}</text>' if text else ""


def _escape(text: str) -> str:
    from markupsafe import escape

    return str(escape(visible(text)))
