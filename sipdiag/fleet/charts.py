"""Charts of the report: bars, in SVG, with nothing in them that the table beside them does not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

HEIGHT = 160
"""Pixels of a chart over time."""
_BAR, _GAP, _LEFT, _FOOT = 22, 6, 44, 34
_TONES = ("good", "calm", "warn", "bad")


def share_bar(share: float, low: float, high: float, width: int = 112) -> Markup:
    """A share from 0 to 1 as a bar, with its interval as a line."""
    return Markup(
        '<svg class="share" width="{w}" height="14" viewBox="0 0 {w} 14" aria-hidden="true">'
        '<rect class="ground" width="{w}" height="14" rx="3"/><rect class="value" width="{value:.1f}" height="14" rx="3"/>'
        '<line class="interval" x1="{low:.1f}" y1="7" x2="{high:.1f}" y2="7"/></svg>'
    ).format(w=width, value=share * width, low=low * width, high=high * width)


def over_days(days: Sequence[str], series: Mapping[str, Sequence[int]], title: str) -> Markup:
    """Stacked bars, one a day; ``series``: tone (``good``, ``bad`` …) → a number a day."""
    totals = [sum(values[at] for values in series.values()) for at in range(len(days))]
    most = max(totals, default=0) or 1
    width = _LEFT + len(days) * (_BAR + _GAP)
    parts = [
        Markup('<text class="axis" x="{}" y="12" text-anchor="end">{}</text>').format(_LEFT - 8, most),
        Markup('<text class="axis" x="{}" y="{}" text-anchor="end">0</text>').format(_LEFT - 8, HEIGHT),
    ]
    for at, day in enumerate(days):
        x, y = _LEFT + at * (_BAR + _GAP), float(HEIGHT)
        for tone in _TONES:
            number = series[tone][at] if tone in series else 0
            height = number * (HEIGHT - 4) / most
            y -= height
            if number:
                parts.append(
                    Markup(
                        '<rect class="{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"><title>{}: {}</title></rect>'
                    ).format(tone, x, y, _BAR, height, day, number)
                )
        if at % _every(len(days)) == 0:
            parts.append(
                Markup('<text class="axis" x="{}" y="{}">{}</text>').format(x, HEIGHT + 18, day[5:] or day)
            )
    return Markup(
        '<svg class="days" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{title}">{parts}</svg>'
    ).format(w=width, h=HEIGHT + _FOOT, title=escape(title), parts=Markup("").join(parts))


def _every(days: int) -> int:
    """Of so many days each how-manieth is written under its bar."""
    return max(1, -(-days // 16))
