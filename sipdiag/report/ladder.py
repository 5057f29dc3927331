"""The ladder of a call as SVG, drawn here so that the page needs no script to show it.

A ladder is a row of participants, then *bands* of equal meaning stacked downwards: a message, a
long silence, or a message that is missing.  Bands are cut into several pictures of a printable
height; messages that repeat are pictures of their own, which the page folds.  Colours come from the
page's style sheet by class; legs differ by colour and dash pattern, kinds of message by label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.pipeline.media import StreamResult
from sipdiag.pipeline.results import CallDetail
from sipdiag.report.attempts import TRANSFERS
from sipdiag.report.excerpt import Fold, Item, rows_of, runs
from sipdiag.report.expected import Ghost
from sipdiag.report.flow import FlowRow, few_lanes, names, numbered, transfer_rows, units
from sipdiag.report.pointlanes import is_column
from sipdiag.report.rungs import (
    GAP,
    ROW,
    Grid,
    Tie,
    ghost,
    grid_of,
    head,
    message,
    silence,
    stream,
    tie_mark,
)
from sipdiag.report.svg import line, svg
from sipdiag.report.textladder import SILENCE_NS

if TYPE_CHECKING:
    from markupsafe import Markup

    from sipdiag.calls.model import Leg

_BANDS_PER_PICTURE = 22
_TALL = 40
"""A ladder with more bands than this scrolls by itself."""
_TIE_LANES = 2
STREAMS = 40
"""RTP streams that are drawn."""


class LadderPart(Struct, frozen=True):
    """Pictures shown, or unfolded together."""

    pictures: tuple[Markup, ...]
    fold: str = ""
    """What is folded, in a line; empty for what stands open."""
    left_out: int = 0
    """Messages of the fold that are only counted."""


class Ladder(Struct, frozen=True):
    """Pictures of one call's flow."""

    head: Markup
    parts: tuple[LadderPart, ...]
    rows: int
    tall: bool
    """Long enough to need its own scrolling, with the participants kept in sight."""


class _Band(Struct, frozen=True):
    height: int
    row: FlowRow | None = None
    silence_ns: int = 0
    ghost: Ghost | None = None
    stream: StreamResult | None = None
    ties: tuple[Tie, ...] = ()


class _Drawing(Struct, frozen=True):
    """What all pictures of a ladder share."""

    grid: Grid
    legs: dict[Leg, int]
    marks: dict[CapturedMessage, str]
    known: dict[Host, str]
    ends: dict[str | None, tuple[Host, Host]]


def draw(result: CallDetail, items: Sequence[Item], missing: Sequence[Ghost] = ()) -> Ladder:
    """The ladder of a call: its messages as :func:`sipdiag.report.excerpt.excerpt` gives them, and what is missing."""
    from markupsafe import Markup

    rows = rows_of(items)
    participants, places = few_lanes(result, rows)
    drawing = _Drawing(
        grid=grid_of(participants, places),
        legs={leg: index for index, leg in enumerate(result.call.legs)},
        marks=numbered(result.findings),
        known=names(result),
        ends={item.leg.id: (item.leg.caller, item.leg.callee) for item in result.legs},
    )
    parts: list[LadderPart] = []
    bands = _tied(_bands(result, items, missing), result, rows)
    for run in runs(bands):
        if isinstance(run, Fold):
            fold = [_Band(ROW, row=row) for row in run.rows]
            parts.append(LadderPart(_pictures(fold, drawing), run.text, run.left_out))
        else:
            parts.append(LadderPart(_pictures(run, drawing)))
    tall = sum(isinstance(band, _Band) for band in bands) > _TALL
    lanes = Markup(head(participants, drawing.grid, units(rows)))
    return Ladder(lanes, tuple(parts), len(rows), tall)


def _bands(result: CallDetail, items: Sequence[Item], missing: Sequence[Ghost]) -> list[_Band | Fold]:
    bands: list[_Band | Fold] = []
    streams = [one for one in result.media.streams if one.leg is not None][:STREAMS]
    number = 0
    for item in items:
        first = item if isinstance(item, FlowRow) else item.rows[0]
        while streams and streams[0].stream.first_ns < first.captured.time_ns:
            bands.append(_Band(ROW, stream=streams.pop(0)))
        if first.since_ns is not None and first.since_ns >= SILENCE_NS:
            bands.append(_Band(GAP, silence_ns=first.since_ns))
        bands += [_Band(ROW, ghost=one) for one in missing if one.before == number]
        if isinstance(item, FlowRow):
            bands.append(_Band(ROW, row=item))
            number += 1
        else:
            bands.append(item)
            number += item.total
    bands += [_Band(ROW, ghost=one) for one in missing if one.before >= number]
    bands += [_Band(ROW, stream=one) for one in streams]
    return bands


def _tied(bands: list[_Band | Fold], result: CallDetail, rows: Sequence[FlowRow]) -> list[_Band | Fold]:
    for number, item in enumerate(result.transfers[:TRANSFERS]):
        members = {row.id for row in transfer_rows(item.transfer, rows)}
        bands = _tied_by(bands, members, number % _TIE_LANES)
    return bands


def _tied_by(bands: list[_Band | Fold], members: set[str], lane: int) -> list[_Band | Fold]:
    places = [
        index
        for index, band in enumerate(bands)
        if isinstance(band, _Band) and band.row and band.row.id in members
    ]
    if len(places) < 2:
        return bands
    first, last = places[0], places[-1]
    tied = bands[:]
    for index in range(first, last + 1):
        band = bands[index]
        if isinstance(band, _Band):
            tie = Tie(lane, index in places, first < index, index < last)
            tied[index] = replace(band, ties=(*band.ties, tie))
    return tied


def _pictures(bands: Sequence[_Band], drawing: _Drawing) -> tuple[Markup, ...]:
    from markupsafe import Markup

    return tuple(
        Markup(_picture(bands[start : start + _BANDS_PER_PICTURE], drawing))
        for start in range(0, len(bands), _BANDS_PER_PICTURE)
    )


def _picture(bands: Sequence[_Band], drawing: _Drawing) -> str:
    grid = drawing.grid
    points = {place for host, place in grid.places.items() if is_column(host)}
    parts: list[str] = []
    y = 0
    for band in bands:
        quiet = " quiet" if band.silence_ns else ""
        for place in range(grid.lanes):
            x = grid.lane(place)
            parts.append(line(x, y, x, y + band.height, "life quiet" if place in points else f"life{quiet}"))
        if band.row:
            leg = drawing.legs.get(band.row.leg, 0)
            mark = drawing.marks.get(band.row.captured)
            parts.append(message(band.row, y, grid, leg, mark, drawing.known))
        elif band.stream:
            parts.append(stream(band.stream, y, grid, drawing.ends[band.stream.leg]))
        elif band.ghost:
            parts.append(ghost(band.ghost, y, grid))
        else:
            parts.append(silence(band.silence_ns, y, grid))
        parts += [tie_mark(tie, band.height, y, grid) for tie in band.ties]
        y += band.height
    return svg(grid.width, y, 'role="group" aria-label="Messages in order of time"', parts)
