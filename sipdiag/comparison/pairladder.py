"""Both ladders beside each other as SVG: what stands at one height is the same step of both calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.calls.model import Leg
from sipdiag.comparison.align import Pair
from sipdiag.comparison.compare import ComparedCall, Comparison
from sipdiag.comparison.step import Step
from sipdiag.comparison.wording import pair_kind, since
from sipdiag.messages.captured import Host
from sipdiag.pipeline.results import Participant
from sipdiag.report.flow import few_lanes, lane_text
from sipdiag.report.rungs import PATTERNS
from sipdiag.report.svg import arrow, escape, label, line, svg, tip
from sipdiag.report.text import shorten

if TYPE_CHECKING:
    from markupsafe import Markup

_ROW = 36
_HEAD = 58
_TIMES = 78
"""Room for the times at the left of each ladder."""
_GUTTER = 108
"""Room between the ladders, for the word that says how they differ."""
_PANEL = 552
_LANE = 170
_CHAR = 6.9
_ROWS_PER_PICTURE = 22


class Ladders(Struct, frozen=True):
    """Pictures of both calls."""

    head: Markup
    pictures: tuple[Markup, ...]


class _Panel(Struct, frozen=True):
    """One of the two ladders: where its participants stand, in pixels."""

    left: float
    participants: Sequence[Participant]
    lanes: dict[Host, int]
    legs: dict[Leg, int]

    @property
    def width(self) -> float:
        return _TIMES + max(_PANEL - _TIMES, _LANE * len(self.participants))

    @property
    def rails(self) -> list[float]:
        """Where each lane stands."""
        spacing = (self.width - _TIMES) / max(len(self.participants), 1)
        return [self.left + _TIMES + spacing * (place + 0.5) for place in range(len(self.participants))]


def draw(comparison: Comparison) -> Ladders:
    """The aligned ladders of a comparison."""
    from markupsafe import Markup

    good = _panel(comparison.good, 0)
    bad = _panel(comparison.bad, good.width + _GUTTER)
    width = bad.left + bad.width
    pictures = [
        Markup(_picture(comparison.pairs[start : start + _ROWS_PER_PICTURE], good, bad, width))
        for start in range(0, len(comparison.pairs), _ROWS_PER_PICTURE)
    ]
    return Ladders(Markup(_head(good, bad, width)), tuple(pictures))


def _panel(side: ComparedCall, left: float) -> _Panel:
    participants, places = few_lanes(side.result, [step.row for step in side.steps])
    legs = {leg: index for index, leg in enumerate(side.result.call.legs)}
    return _Panel(left, participants, places, legs)


def _head(good: _Panel, bad: _Panel, width: float) -> str:
    parts = []
    for panel in (good, bad):
        letters = int((panel.width - _TIMES) / max(len(panel.participants), 1) / 7.4)
        for one, x in zip(panel.participants, panel.rails, strict=True):
            parts.append(line(x, 54, x, _HEAD, "life"))
            parts.append(label(x, 24, shorten(one.name, letters), "name mid"))
            parts.append(label(x, 42, shorten(lane_text(one), letters), "host mid"))
    names = (", ".join(one.name for one in panel.participants) for panel in (good, bad))
    title = "Participants of the working call: {}; of the failing call: {}".format(*names)
    return svg(width, _HEAD, f'role="img" aria-label="{escape(title)}"', parts)


def _picture(pairs: Sequence[Pair], good: _Panel, bad: _Panel, width: float) -> str:
    parts: list[str] = []
    for index, pair in enumerate(pairs):
        y = index * _ROW
        for panel in (good, bad):
            parts += [line(x, y, x, y + _ROW, "life") for x in panel.rails]
        told = "; ".join(
            f"{name}: {since(step)} {step.label}"
            for name, step in (("working", pair.good), ("failing", pair.bad))
            if step
        )
        word = pair_kind(pair)
        parts.append(f'<g class="pair {pair.kind}"><title>{escape(f"{word} {told}".strip())}</title>')
        parts.append(
            f'<rect class="hit" x="1" y="{y + 1}" width="{width - 2:g}" height="{_ROW - 2}" rx="4"/>'
        )
        parts.append(_message(pair.good, good, y) if pair.good else _gap(pair.bad, bad, good, y))
        parts.append(_message(pair.bad, bad, y) if pair.bad else _gap(pair.good, good, bad, y))
        parts.append(label(good.width + _GUTTER / 2, y + 24, word, "verdict mid") + "</g>")
    return svg(width, len(pairs) * _ROW, 'role="group" aria-label="Messages of both calls"', parts)


def _message(step: Step, panel: _Panel, y: int) -> str:
    captured = step.row.captured
    x1, x2 = (panel.rails[panel.lanes[host]] for host in (captured.src, captured.dst))
    number = panel.legs.get(step.row.leg, 0) % len(PATTERNS)
    kind = "request" if step.is_request else f"class{step.status // 100}"
    room = max(int(abs(x2 - x1) / _CHAR), 12)
    return "".join(
        [
            label(panel.left + 70, y + 24, since(step), "delta end"),
            arrow(x1, x2, y + 26, f"leg{number}", PATTERNS[number]),
            label((x1 + x2) / 2, y + 18, shorten(step.label, room), f"label mid {kind}"),
        ]
    )


def _gap(step: Step | None, theirs: _Panel, ours: _Panel, y: int) -> str:
    """A dashed arrow where the other call has a message and this one has none."""
    if step is None or len(ours.participants) < 2:
        return ""
    ends = ours.rails
    captured = step.row.captured
    first, second = (min(theirs.lanes[host], len(ends) - 1) for host in (captured.src, captured.dst))
    if first == second:
        return ""
    x1, x2 = ends[first], ends[second]
    way = 1 if x2 > x1 else -1
    wire = f'<path class="wire" d="M{x1:g} {y + 20}H{x2 - way * 8:g}" stroke-dasharray="3 5"/>'
    return f'<g class="gap">{wire}{tip(x2 - way, y + 20, way, "tip")}</g>'
