"""One band of a ladder: a message, a stream, a silence, or a missing message.

Every function draws at a height and returns SVG as text; texts are escaped in :mod:`sipdiag.report.svg`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import Host
from sipdiag.pipeline.media import StreamResult
from sipdiag.pipeline.results import Participant
from sipdiag.position import short
from sipdiag.report.expected import Ghost
from sipdiag.report.flow import FlowRow, host_name, lane_text
from sipdiag.report.pointlanes import breaks_between, column, seen_at, short_name
from sipdiag.report.svg import arrow, escape, label, line, svg, tip
from sipdiag.report.text import shorten
from sipdiag.report.times import clock, delta, duration, zone_label
from sipdiag.sip.secrets import mask

PATTERNS = ("", "8 4", "2 4", "10 4 2 4", "1 3", "14 3 3 3")
"""Dash pattern of a leg by its place in the call; colours repeat in the same rhythm."""
ROW = 36
"""Height of a band with an arrow, pixels."""
GAP = 34
"""Height of a silence."""

_WIDTH = 1072
_LEFT = 214
_RIGHT = 88
_LANE_MIN = 210
_HEAD = 74
_CHAR = 6.7
"""Mean width of a label's character, pixels at 13 px."""


class Tie(Struct, frozen=True):
    """The brace of a transfer: it ties REFER, answers, NOTIFYs and the new leg together."""

    lane: int
    """Overlapping transfers are drawn side by side."""
    member: bool
    above: bool
    below: bool


class Grid(Struct, frozen=True):
    """Where things stand, in pixels."""

    places: dict[Host, int]
    lanes: int
    spacing: float
    width: float

    def x(self, host: Host) -> float:
        return self.lane(self.places.get(host, 0))

    def lane(self, place: int) -> float:
        return _LEFT + self.spacing * (place + 0.5)


def grid_of(participants: Sequence[Participant], places: dict[Host, int]) -> Grid:
    """The layout for this many participants."""
    count = max(len(participants), 1)
    spacing = max(_LANE_MIN, (_WIDTH - _LEFT - _RIGHT) / count)
    return Grid(places, len(participants), spacing, _LEFT + _RIGHT + spacing * count)


def head(participants: Sequence[Participant], grid: Grid, unit: str) -> str:
    """The participants: name, what else is known of them, address."""
    letters = int(grid.spacing / 7.4)
    base = _HEAD - 8
    parts = [
        label(70, base, shorten(zone_label(), 20), "muted"),
        label(_LEFT - 12, base, "delta", "muted end"),
    ]
    for place, participant in enumerate(participants):
        x = grid.lane(place)
        parts.append(line(x, _HEAD - 8, x, _HEAD, "life"))
        parts.append("<g>")
        full = ", ".join(part for part in (participant.name, participant.about, participant.proof) if part)
        parts.append(f"<title>{escape(full)}</title>")
        parts.append(label(x, 20, short_name(participant, letters), "name mid"))
        parts.append(label(x, 38, shorten(participant.about, letters + 4), "about mid"))
        parts.append(label(x, 56, shorten(lane_text(participant), letters), "host mid") + "</g>")
    parts.append(label(grid.width - 30, base, unit, "muted end"))
    told = (" ".join(filter(None, (p.name, p.about, lane_text(p)))) for p in participants)
    title = "Participants: " + ", ".join(told)
    return svg(grid.width, _HEAD, f'role="img" aria-label="{escape(title)}"', parts)


def message(row: FlowRow, y: int, grid: Grid, leg: int, mark: str | None, known: dict[Host, str]) -> str:
    """A message: a link to its text, numbered where findings cite it."""
    captured = row.captured
    x1, x2 = grid.x(captured.src), grid.x(captured.dst)
    classes = "row" + (" again" if row.retransmission or row.other_hop else "") + (" marked" if mark else "")
    ends = f"{host_name(captured.src, known)} to {host_name(captured.dst, known)}"
    moment = f"{clock(captured.known_ns, digits=6)} {zone_label()}, " if captured.timed else ""
    told = f"{moment}{short(captured.position)}, {ends}: {mask(captured.message.start_line)}"
    style = leg % len(PATTERNS)
    full = shorten(told + "".join(f" ({note})" for note in row.notes), 300)
    parts = [
        f'<a class="{classes}" href="#{row.id}" data-m="{row.id}" aria-label="{escape(full)}">',
        f"<title>{escape(full)}</title>",
        f'<rect class="hit" x="1" y="{y + 1}" width="{grid.width - 2:g}" height="{ROW - 2}" rx="4"/>',
        _badge(mark, y) if mark else "",
        label(70, y + 24, clock(captured.known_ns), "time"),
        label(_LEFT - 12, y + 24, "" if row.since_ns is None else delta(row.since_ns / 1e9), "delta end"),
        arrow(
            x1,
            x2,
            y + 26,
            f"leg{style}",
            PATTERNS[style],
            lost=row.unanswered or row.lost,
            at=_break(row, grid),
        ),
        *_seen(row, y, grid),
        _label(row, min(x1, x2), abs(x2 - x1), y + 18),
        label(grid.width - 30, y + 24, str(captured.position.number), "frame end"),
        "</a>",
    ]
    return "".join(parts)


def _break(row: FlowRow, grid: Grid) -> float | None:
    """Where the arrow breaks off: between the point that saw the message last and the one that it did not reach."""
    columns = breaks_between(row)
    if columns is None or not all(host in grid.places for host in columns):
        return None
    return sum(map(grid.x, columns)) / 2


def _seen(row: FlowRow, y: int, grid: Grid) -> Iterator[str]:
    """A dot where a capture point saw the message."""
    for number in sorted(seen_at(row)):
        if column(number) in grid.places:
            yield f'<circle cx="{grid.x(column(number)):g}" cy="{y + 26}" r="3.5" fill="currentColor"/>'


def stream(one: StreamResult, y: int, grid: Grid, ends: tuple[Host, Host]) -> str:
    """A stream at the place of its first packet."""
    rtp = one.stream
    src, dst = ends[::-1] if one.to_caller else ends
    x1, x2 = grid.x(src), grid.x(dst)
    way = 1 if x2 > x1 else -1
    lost = f", {rtp.lost:,} lost" if rtp.lost else ""
    what = f"RTP {one.codec or ''}".strip()
    told = f"{rtp.packets:,} packets in {duration(rtp.duration_s)}{lost}"
    full = f"{clock(rtp.first_ns, digits=6)} {zone_label()}, {what} {host_text(rtp.src)} to {host_text(rtp.dst)}: {told}"
    letters = _room(abs(x2 - x1))
    rest = shorten(told, max(letters - len(what) - 2, 8))
    middle = (x1 + x2) / 2 if x1 != x2 else x1 + _LANE_MIN / 2
    return (
        f"<g><title>{escape(full)}</title>"
        + label(70, y + 24, clock(rtp.first_ns), "time")
        + f'<path class="wire rtp" d="M{x1:g} {y + 26}H{x2 - way * 8:g}"/>{tip(x2 - way, y + 26, way, "tip rtp")}'
        + f'<text class="label mid" x="{middle:g}" y="{y + 18}">{escape(what)}<tspan class="rest" dx="6">{escape(rest)}</tspan></text>'
        + label(grid.width - 30, y + 24, str(rtp.first_frame), "frame end")
        + "</g>"
    )


def detail(row: FlowRow) -> str:
    """What matters beyond the title: the target, Refer-To."""
    message = row.captured.message
    if not message.is_request:
        return ""
    if message.method == "REFER" and message.refer_to:
        return f"to {message.refer_to.uri.user or message.refer_to.uri.raw}"
    if message.method == "INVITE":
        return mask(message.uri).split("@")[0].partition(":")[2]
    return ""


def _label(row: FlowRow, left: float, span: float, y: int) -> str:
    message = row.captured.message
    main = row.title
    loose = [detail(row), *row.notes, "SDP" if message.sdp else ""]
    rest = " · ".join(part for part in loose if part)
    letters = _room(span)
    main = shorten(main, letters)
    rest = shorten(rest, letters - len(main) - 2) if letters - len(main) > 6 else ""
    middle = left + span / 2 if span else left + _LANE_MIN / 2
    tail = f'<tspan class="rest" dx="6">{escape(rest)}</tspan>' if rest else ""
    return f'<text class="label mid {row.kind}" x="{middle:g}" y="{y}">{escape(main)}{tail}</text>'


def _room(span: float) -> int:
    """How many characters fit over an arrow of this length."""
    return max(int((max(span, _LANE_MIN - 20) - 24) / _CHAR), 8)


def _badge(numbers: str, y: int) -> str:
    width = max(20, len(numbers) * 7 + 10)
    left = 24 - width / 2
    box = f'<rect class="badge" x="{left:g}" y="{y + 10}" width="{width}" height="20" rx="10"/>'
    return box + label(24, y + 24, numbers, "badge mid")


def ghost(missing: Ghost, y: int, grid: Grid) -> str:
    """A dashed arrow where a message is missing."""
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


def silence(silence_ns: int, y: int, grid: Grid) -> str:
    """Between the first two participants: in sight also where the others are scrolled to."""
    middle = _LEFT + grid.spacing
    text = f"{duration(silence_ns / 1e9)} without signalling"
    width = len(text) * 6.3 + 24
    box = (
        f'<rect class="pause" x="{middle - width / 2:g}" y="{y + 6}" width="{width:g}" height="22" rx="11"/>'
    )
    return box + label(middle, y + 21, text, "pause mid")


def tie_mark(tie: Tie, height: int, y: int, grid: Grid) -> str:
    """The line at the right that ties a band to its transfer, with a dot beside a message of it."""
    x = grid.width - 8 - tie.lane * 9
    top = y if tie.above else y + 20
    bottom = y + height if tie.below else y + 20
    dot = f'<circle class="tie" cx="{x:g}" cy="{y + 20}" r="4"/>' if tie.member else ""
    return line(x, top, x, bottom, "tie") + dot
