"""How long set-up, ringing and talk took: a bar in proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.pipeline.results import CallDetail
from sipdiag.report.attempts import TRANSFERS
from sipdiag.report.firstrtp import first_rtp_s
from sipdiag.report.times import duration, seconds_between
from sipdiag.report.wording import ringing_word

if TYPE_CHECKING:
    from markupsafe import Markup

    from sipdiag.calls.model import Transfer

_LEAST = 1.5
"""Least share of the bar, percent, so that a short phase stays visible."""


class Phase(Struct, frozen=True):
    name: str
    """``setup``, ``ring``, ``talk``, ``rest``, ``move`` (a transfer): also its style."""
    label: str
    text: str


class Timeline(Struct, frozen=True):
    bar: Markup
    phases: tuple[Phase, ...]


def timeline(result: CallDetail) -> Timeline:
    """The phases of a call by their durations; ringing is part of the setup and is taken out of it."""
    from markupsafe import Markup

    if not result.time_known:
        return Timeline(Markup(""), (Phase("total", "Total", "unknown"),))
    total = seconds_between(result.start_ns, result.end_ns)
    ring = result.ring_s or 0.0
    setup = max((result.setup_s or 0.0) - ring, 0.0)
    talk = result.talk_s or 0.0
    lengths = {"setup": setup, "ring": ring, "talk": talk, "rest": max(total - setup - ring - talk, 0.0)}
    shares = {
        name: max(value / total * 100, _LEAST) for name, value in lengths.items() if value > 0 and total
    }
    scale = 100 / sum(shares.values()) if shares else 1.0
    parts, x = [], 0.0
    for name, share in shares.items():
        width = share * scale
        parts.append(f'<rect class="{name}" x="{x:.2f}" y="0" width="{width:.2f}" height="1"/>')
        x += width
    moves = [
        span for item in result.transfers[:TRANSFERS] if (span := _transfer_span(item.transfer)) is not None
    ]
    for first, last in moves:
        left = seconds_between(result.start_ns, first) / total * 100 if total else 0.0
        width = max(seconds_between(first, last) / total * 100 if total else 0.0, _LEAST / 2)
        parts.append(f'<rect class="move" x="{left:.2f}" y="0.3" width="{width:.2f}" height="0.4"/>')
    bar = f'<svg class="timebar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'
    told = (
        ("progress", "To the first 18x", result.progress_s),
        ("setup", f"Setup, with {ringing_word(result)}", result.setup_s),
        ("ring", ringing_word(result).capitalize(), result.ring_s),
        ("talk", "Talk", result.talk_s),
    )
    phases = [Phase(name, label, duration(value)) for name, label, value in told if value is not None]
    for to_caller, label in (
        (True, "Answer to first RTP, to the caller"),
        (False, "Answer to first RTP, to the callee"),
    ):
        first_s = first_rtp_s(result, to_caller=to_caller)
        if first_s is not None:
            phases.append(Phase("rtp", label, duration(first_s) if first_s >= 0 else "before the answer"))
    phases += [Phase("move", "Transfer", duration(seconds_between(first, last))) for first, last in moves]
    return Timeline(Markup(bar), (*phases, Phase("total", "Total", duration(total))))


def _transfer_span(transfer: Transfer) -> tuple[int, int] | None:
    """From the first REFER, or the first INVITE of a new leg, to the last thing heard of the transfer."""
    invites = [invite for leg in transfer.new_legs for invite in leg.invites]
    requests = transfer.refers or invites
    if not requests:
        return None
    heard = [request.final or request.first for request in (*requests, *invites)]
    heard += [notify.captured for notify in transfer.notifies]
    return requests[0].time_ns, max(captured.time_ns for captured in heard)
