"""The ladder of a call as SVG, drawn here so that the page needs no script to show it.

A ladder is a row of participants, then *bands* of equal meaning stacked downwards: a message, a
long silence, or a message that is missing.  Bands are cut into several pictures of a printable
height.  Colours come from the page's style sheet by class; a leg is told by colour and by dash
pattern, a kind of message by its label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import Host
from sipdiag.pipeline.media import StreamResult
from sipdiag.pipeline.results import CallDetail, Participant
from sipdiag.position import short
from sipdiag.report.attempts import TRANSFERS
from sipdiag.report.expected import Ghost, ghosts
from sipdiag.report.flow import (
    Row,
    few_lanes,
    flow,
    host_name,
    lane_text,
    names,
    numbered,
    transfer_rows,
    units,
)
from sipdiag.report.svg import arrow, escape, label, line, svg, tip
from sipdiag.report.text import shorten
from sipdiag.report.textladder import SILENCE_NS
from sipdiag.report.times import clock, delta, duration, zone_label
from sipdiag.sip.secrets import mask

if TYPE_CHECKING:
    from markupsafe import Markup

PATTERNS = ("", "8 4", "2 4", "10 4 2 4", "1 3", "14 3 3 3")
"""Dash pattern of a leg by its place in the call; colours repeat in the same rhythm."""

_WIDTH = 1072
_LEFT = 214
_RIGHT = 88
_LANE_MIN = 210
_HEAD = 58
_ROW = 36
_GAP = 34
_CHAR = 6.7
"""Mean width of a label's character, pixels at 13 px."""
_BANDS_PER_PICTURE = 22
_TIE_LANES = 2
STREAMS = 40
"""RTP streams that are drawn."""


class Ladder(NamedTuple):
    """Pictures of one call's flow."""

    head: Markup
    pictures: tuple[Markup, ...]
    rows: int
    left_out: int
    tall: bool
    """Long enough to need its own scrolling, with the participants kept in sight."""


class _Tie(NamedTuple):
    """What ties a band to the other messages of a transfer: REFER, its answers, NOTIFYs, the new leg."""

    lane: int
    """Transfers that overlap are drawn beside each other."""
    member: bool
    above: bool
    below: bool


class _Band(NamedTuple):
    height: int
    row: Row | None = None
    silence_ns: int = 0
    ghost: Ghost | None = None
    stream: StreamResult | None = None
    ties: tuple[_Tie, ...] = ()


class _Grid(NamedTuple):
    """Where things stand, in pixels."""

    places: dict[Host, int]
    lanes: int
    spacing: float
    width: float

    def x(self, host: Host) -> float:
        return self.lane(self.places.get(host, 0))

    def lane(self, place: int) -> float:
        return _LEFT + self.spacing * (place + 0.5)


def draw(result: CallDetail, rows: Sequence[Row] | None = None, *, limit: int = 400) -> Ladder:
    """The ladder of a call, at most ``limit`` messages long."""
    from markupsafe import Markup

    every = list(rows) if rows is not None else flow(result)
    shown = every[:limit]
    participants, places = few_lanes(result, shown)
    grid = _grid(participants, places)
    legs = {id(leg): index for index, leg in enumerate(result.call.legs)}
    marks = numbered(result.findings)
    known = names(result)
    bands = _bands(result, shown)
    pictures = []
    for start in range(0, len(bands), _BANDS_PER_PICTURE):
        part = bands[start : start + _BANDS_PER_PICTURE]
        pictures.append(Markup(_picture(part, grid, legs, marks, known, _ends(result))))
    head = Markup(_head(participants, grid, units(shown)))
    return Ladder(head, tuple(pictures), len(shown), len(every) - len(shown), len(bands) > 40)


def _grid(participants: Sequence[Participant], places: dict[Host, int]) -> _Grid:
    count = max(len(participants), 1)
    spacing = max(_LANE_MIN, (_WIDTH - _LEFT - _RIGHT) / count)
    return _Grid(places, len(participants), spacing, _LEFT + _RIGHT + spacing * count)


def _bands(result: CallDetail, rows: Sequence[Row]) -> list[_Band]:
    missing = ghosts(result, list(rows))
    bands: list[_Band] = []
    streams = [one for one in result.media.streams if one.leg is not None][:STREAMS]
    for index, row in enumerate(rows):
        while streams and streams[0].stream.first_ns < row.captured.time_ns:
            bands.append(_Band(_ROW, stream=streams.pop(0)))
        if row.since_ns is not None and row.since_ns >= SILENCE_NS:
            bands.append(_Band(_GAP, silence_ns=row.since_ns))
        bands += [_Band(_ROW, ghost=item) for item in missing if item.before == index]
        bands.append(_Band(_ROW, row=row))
    bands += [_Band(_ROW, ghost=item) for item in missing if item.before >= len(rows)]
    bands += [_Band(_ROW, stream=one) for one in streams]
    for number, item in enumerate(result.transfers[:TRANSFERS]):
        members = {row.id for row in transfer_rows(item.transfer, list(rows))}
        bands = _tied(bands, members, number % _TIE_LANES)
    return bands


def _tied(bands: list[_Band], members: set[str], lane: int) -> list[_Band]:
    places = [index for index, band in enumerate(bands) if band.row and band.row.id in members]
    if len(places) < 2:
        return bands
    first, last = places[0], places[-1]
    tied = bands[:]
    for index in range(first, last + 1):
        tie = _Tie(lane, index in places, first < index, index < last)
        tied[index] = bands[index]._replace(ties=(*bands[index].ties, tie))
    return tied


def _head(participants: Sequence[Participant], grid: _Grid, unit: str) -> str:
    letters = int(grid.spacing / 7.4)
    parts = [label(70, 50, shorten(zone_label(), 20), "muted"), label(_LEFT - 12, 50, "delta", "muted end")]
    for place, participant in enumerate(participants):
        x = grid.lane(place)
        parts.append(line(x, 54, x, _HEAD, "life"))
        parts.append("<g>")
        if participant.proof:
            parts.append(f"<title>{escape(participant.proof)}</title>")
        parts.append(label(x, 24, shorten(participant.name, letters), "name mid"))
        parts.append(label(x, 42, shorten(lane_text(participant), letters), "host mid") + "</g>")
    parts.append(label(grid.width - 30, 50, unit, "muted end"))
    title = "Participants: " + ", ".join(f"{p.name} {lane_text(p)}".rstrip() for p in participants)
    return svg(grid.width, _HEAD, f'role="img" aria-label="{escape(title)}"', parts)


def _picture(
    bands: Sequence[_Band],
    grid: _Grid,
    legs: dict[int, int],
    marks: dict[int, str],
    known: dict[Host, str],
    ends: dict[str | None, tuple[Host, Host]],
) -> str:
    parts: list[str] = []
    y = 0
    for band in bands:
        quiet = " quiet" if band.silence_ns else ""
        rails = map(grid.lane, range(grid.lanes))
        parts += [line(x, y, x, y + band.height, f"life{quiet}") for x in rails]
        if band.row:
            leg = legs.get(id(band.row.leg), 0)
            parts.append(_message(band.row, y, grid, leg, marks.get(id(band.row.captured)), known))
        elif band.stream:
            parts.append(_stream(band.stream, y, grid, ends[band.stream.leg]))
        elif band.ghost:
            parts.append(_ghost(band.ghost, y, grid))
        else:
            parts.append(_silence(band.silence_ns, y, grid))
        parts += [_tie(tie, band.height, y, grid) for tie in band.ties]
        y += band.height
    return svg(grid.width, y, 'role="group" aria-label="Messages in order of time"', parts)


def _message(row: Row, y: int, grid: _Grid, leg: int, mark: str | None, known: dict[Host, str]) -> str:
    captured, message = row.captured, row.captured.message
    x1, x2 = grid.x(captured.src), grid.x(captured.dst)
    classes = "row" + (" again" if row.retransmission or row.view else "") + (" marked" if mark else "")
    ends = f"{host_name(captured.src, known)} to {host_name(captured.dst, known)}"
    told = f"{clock(captured.time_ns, digits=6)} {zone_label()}, {short(captured.position)}, {ends}: {mask(message.start_line)}"
    style = leg % len(PATTERNS)
    full = shorten(told + "".join(f" ({note})" for note in row.notes), 300)
    parts = [
        f'<a class="{classes}" href="#{row.id}" data-m="{row.id}" aria-label="{escape(full)}">',
        f"<title>{escape(full)}</title>",
        f'<rect class="hit" x="1" y="{y + 1}" width="{grid.width - 2:g}" height="{_ROW - 2}" rx="4"/>',
        _badge(mark, y) if mark else "",
        label(70, y + 24, clock(captured.time_ns), "time"),
        label(_LEFT - 12, y + 24, "" if row.since_ns is None else delta(row.since_ns / 1e9), "delta end"),
        arrow(x1, x2, y + 26, f"leg{style}", PATTERNS[style], lost=row.unanswered),
        _label(row, min(x1, x2), abs(x2 - x1), y + 18),
        label(grid.width - 30, y + 24, str(captured.position.number), "frame end"),
        "</a>",
    ]
    return "".join(parts)


def _ends(result: CallDetail) -> dict[str | None, tuple[Host, Host]]:
    """Caller and callee of each leg, between which its media is drawn."""
    return {item.leg.id: (item.leg.caller, item.leg.callee) for item in result.legs}


def _stream(one: StreamResult, y: int, grid: _Grid, ends: tuple[Host, Host]) -> str:
    """A stream at the place of its first packet."""
    stream = one.stream
    src, dst = ends[::-1] if one.to_caller else ends
    x1, x2 = grid.x(src), grid.x(dst)
    way = 1 if x2 > x1 else -1
    lost = f", {stream.lost:,} lost" if stream.lost else ""
    what = f"RTP {one.codec or ''}".strip()
    told = f"{stream.packets:,} packets in {duration(stream.duration_s)}{lost}"
    full = f"{clock(stream.first_ns, digits=6)} {zone_label()}, {what} {host_text(stream.src)} to {host_text(stream.dst)}: {told}"
    letters = max(int((max(abs(x2 - x1), _LANE_MIN - 20) - 24) / _CHAR), 8)
    rest = shorten(told, max(letters - len(what) - 2, 8))
    middle = (x1 + x2) / 2 if x1 != x2 else x1 + _LANE_MIN / 2
    return (
        f"<g><title>{escape(full)}</title>"
        + label(70, y + 24, clock(stream.first_ns), "time")
        + f'<path class="wire rtp" d="M{x1:g} {y + 26}H{x2 - way * 8:g}"/>{tip(x2 - way, y + 26, way, "tip rtp")}'
        + f'<text class="label mid" x="{middle:g}" y="{y + 18}">{escape(what)}<tspan class="rest" dx="6">{escape(rest)}</tspan></text>'
        + label(grid.width - 30, y + 24, str(stream.first_frame), "frame end")
        + "</g>"
    )


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
        return mask(message.uri).split("@")[0].partition(":")[2]
    return ""


def _label(row: Row, left: float, span: float, y: int) -> str:
    message = row.captured.message
    main = message.method if message.is_request else f"{message.status} {message.reason}"
    loose = [detail(row), *row.notes, "SDP" if message.sdp else ""]
    rest = " · ".join(part for part in loose if part)
    letters = max(int((max(span, _LANE_MIN - 20) - 24) / _CHAR), 8)
    main = shorten(main, letters)
    rest = shorten(rest, letters - len(main) - 2) if letters - len(main) > 6 else ""
    middle = left + span / 2 if span else left + _LANE_MIN / 2
    tail = f'<tspan class="rest" dx="6">{escape(rest)}</tspan>' if rest else ""
    return f'<text class="label mid {row.kind}" x="{middle:g}" y="{y}">{escape(main)}{tail}</text>'


def _badge(numbers: str, y: int) -> str:
    width = max(20, len(numbers) * 7 + 10)
    left = 24 - width / 2
    box = f'<rect class="badge" x="{left:g}" y="{y + 10}" width="{width}" height="20" rx="10"/>'
    return box + label(24, y + 24, numbers, "badge mid")


def _ghost(missing: Ghost, y: int, grid: _Grid) -> str:
    x1, x2 = grid.x(missing.src), grid.x(missing.dst)
    way = 1 if x2 > x1 else -1
    width = len(missing.label) * 7.8 + 28
    middle = (x1 + x2) / 2
    return (
        f'<g class="ghost"><path class="wire" d="M{x1:g} {y + 20}H{x2 - way * 8:g}" stroke-dasharray="3 5"/>'
        f"{tip(x2 - way, y + 20, way, 'tip')}"
        f'<rect x="{middle - width / 2:g}" y="{y + 8}" width="{width:g}" height="24" rx="12" '
        f'stroke-dasharray="3 3"/>' + label(middle, y + 24, missing.label, "label mid") + "</g>"
    )


def _silence(silence_ns: int, y: int, grid: _Grid) -> str:
    """Between the first two participants: in sight also where the others are scrolled to."""
    middle = _LEFT + grid.spacing
    text = f"{duration(silence_ns / 1e9)} without signalling"
    width = len(text) * 6.3 + 24
    box = (
        f'<rect class="pause" x="{middle - width / 2:g}" y="{y + 6}" width="{width:g}" height="22" rx="11"/>'
    )
    return box + label(middle, y + 21, text, "pause mid")


def _tie(tie: _Tie, height: int, y: int, grid: _Grid) -> str:
    x = grid.width - 8 - tie.lane * 9
    top = y if tie.above else y + 20
    bottom = y + height if tie.below else y + 20
    dot = f'<circle class="tie" cx="{x:g}" cy="{y + 20}" r="4"/>' if tie.member else ""
    return line(x, top, x, bottom, "tie") + dot
