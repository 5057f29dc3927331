"""Elements of the ladder's pictures, as text; everything that enters is made visible and escaped."""

from __future__ import annotations

from collections.abc import Iterable

from sipdiag.report.text import visible

_BREAKS_AT = 0.7
"""Of its way, where the arrow of a lost message breaks off."""


def svg(width: float, height: int, attributes: str, parts: Iterable[str]) -> str:
    """A picture of its natural size, in pixels."""
    box = f'width="{width:g}" height="{height}" viewBox="0 0 {width:g} {height}"'
    return f"<svg {box} {attributes}>{''.join(parts)}</svg>"


def line(x1: float, y1: int, x2: float, y2: int, name: str) -> str:
    """A straight line of style ``name``."""
    return f'<line class="{name}" x1="{x1:g}" y1="{y1}" x2="{x2:g}" y2="{y2}"/>'


def label(x: float, y: int, text: str, name: str) -> str:
    """A text of style ``name``; nothing for an empty one."""
    return f'<text class="{name}" x="{x:g}" y="{y}">{escape(text)}</text>' if text else ""


def arrow(
    x1: float, x2: float, y: int, leg: str, dash: str, *, lost: bool = False, at: float | None = None
) -> str:
    """An arrow between two participants; a lost or unanswered message breaks off at a cross.

    ``at``: where, if it is known.
    """
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    if x1 == x2:
        loop = f"M{x1:g} {y - 6}h28v8h-22"
        return f'<path class="wire {leg}" d="{loop}"{dashes}/>' + tip(x1 + 2, y + 2, -1, f"tip {leg}")
    way = 1 if x2 > x1 else -1
    if not lost:
        end = tip(x2 - way, y, way, f"tip {leg}")
        return f'<path class="wire {leg}" d="M{x1:g} {y}H{x2 - way * 8:g}"{dashes}/>{end}'
    broken = x1 + (x2 - x1) * _BREAKS_AT if at is None or not min(x1, x2) < at < max(x1, x2) else at
    return (
        f'<path class="wire {leg}" d="M{x1:g} {y}H{broken - way * 10:g}"{dashes}/>{_cross(broken, y)}'
        f'<path class="wire never" d="M{broken + way * 10:g} {y}H{x2 - way * 2:g}"/>'
    )


def tip(x: float, y: int, way: int, name: str) -> str:
    """The head of an arrow that points right (1) or left (-1)."""
    return f'<path class="{name}" d="M{x:g} {y}l{-way * 9} -4.5v9z"/>'


def _cross(x: float, y: int) -> str:
    return f'<path class="lost" d="M{x - 5:g} {y - 5}l10 10m0 -10l-10 10"/>'


def escape(text: str) -> str:
    """For text and for attribute values in quotes."""
    from markupsafe import escape as escaped

    return str(escaped(visible(text)))
