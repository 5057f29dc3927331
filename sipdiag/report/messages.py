"""The raw messages of a call, marked up for reading: header names, and lines that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.pipeline.results import CallDetail
from sipdiag.position import short
from sipdiag.report.excerpt import Fold, Item, rows_of, runs
from sipdiag.report.flow import FlowRow, host_name, names, numbered
from sipdiag.report.sides import media_lines
from sipdiag.report.text import message_text
from sipdiag.report.times import clock, delta, stamp
from sipdiag.sip.secrets import mask

if TYPE_CHECKING:
    from markupsafe import Markup


class MessageView(Struct, frozen=True):
    """One message of the page's list."""

    id: str
    where: str
    """``frame 12``."""
    number: int
    """Of its frame or line."""
    time: str
    clock: str
    since: str
    leg: str
    src: str
    src_host: str
    dst: str
    dst_host: str
    transport: str
    start_line: str
    kind: str
    """``request``, ``class1`` … ``class6``: the style of the start line."""
    raw: Markup
    compared_with: str
    """Anchor of the previous message of the same kind, which marked lines differ from; else empty."""
    media: tuple[str, ...]
    """Its SDP decoded, one line per stream."""
    notes: tuple[str, ...]
    filter: str
    """Wireshark's display filter for its frame; empty for a line of a log."""
    mark: str | None
    """Numbers of the findings it is evidence for."""


class MessageItem(Struct, frozen=True):
    """Messages listed one by one, or unfolded together."""

    messages: tuple[MessageView, ...]
    fold: str = ""
    """What is folded, in a line; empty for what stands open."""
    left_out: int = 0
    """Messages of the fold that are only counted."""


def message_items(
    result: CallDetail, items: Sequence[Item], *, show_digits: bool = False
) -> Iterator[MessageItem]:
    """The messages as :func:`sipdiag.report.excerpt.excerpt` gives them."""
    views = iter(message_views(result, rows_of(items), show_digits=show_digits))
    for run in runs(items):
        if isinstance(run, Fold):
            yield MessageItem(tuple(islice(views, len(run.rows))), run.text, run.left_out)
        else:
            yield MessageItem(tuple(islice(views, len(run))))


def message_views(
    result: CallDetail, rows: Sequence[FlowRow], *, show_digits: bool = False
) -> list[MessageView]:
    """Every row of a call with its raw text."""
    return views_of(rows, names(result), numbered(result.findings), show_digits=show_digits)


def views_of(
    rows: Sequence[FlowRow],
    known: dict[Host, str],
    marks: dict[CapturedMessage, str],
    *,
    show_digits: bool = False,
) -> list[MessageView]:
    """Every row with its raw text; each message is compared with the previous one of its kind.

    ``known``: names of hosts; ``marks``: numbers of the findings that cite a message.
    """
    previous: dict[tuple[str, int], tuple[str, frozenset[str]]] = {}
    views = []
    for row in rows:
        captured, message = row.captured, row.captured.message
        text = message_text(captured, show_digits=show_digits)
        kind = (message.method or message.cseq_method, (message.status or 0) // 100)
        before = previous.get(kind)
        views.append(
            MessageView(
                id=row.id,
                where=short(captured.position),
                number=captured.position.number,
                time=stamp(captured.known_ns),
                clock=clock(captured.known_ns),
                since="" if row.since_ns is None else delta(row.since_ns / 1e9),
                leg=row.leg.id,
                src=host_name(captured.src, known),
                src_host=host_text(captured.src),
                dst=host_name(captured.dst, known),
                dst_host=host_text(captured.dst),
                transport=captured.transport,
                start_line=mask(message.start_line)[:300],
                kind=row.kind,
                raw=_marked_up(text, before[1] if before else None),
                compared_with=before[0] if before else "",
                media=tuple(media_lines(message)),
                notes=_notes(row),
                filter=f"frame.number == {captured.position.number}"
                if captured.position.unit == "frame"
                else "",
                mark=marks.get(captured),
            )
        )
        previous[kind] = (short(captured.position), frozenset(text.split("\n")))
    return views


def _notes(row: FlowRow) -> tuple[str, ...]:
    notes = ["retransmission"] if row.retransmission else []
    if row.other_hop:
        notes.append("the same message as before, on another hop")
    if row.copies:
        again = ", ".join(str(copy.position.number) for copy in row.copies)
        notes.append(f"captured again in {row.captured.position.unit} {again}")
    if row.unanswered:
        notes.append("no response captured")
    if row.captured.truncated:
        notes.append("cut by the capture")
    return tuple(notes)


def _marked_up(text: str, before: frozenset[str] | None) -> Markup:
    """Header names bold; lines that the compared message lacks inside ``<mark>``."""
    from markupsafe import Markup, escape

    lines = []
    in_head = True
    for number, line in enumerate(text.rstrip("\n").split("\n")):
        in_head = in_head and line != ""
        shown = escape(line)
        name, colon, value = line.partition(":")
        if number and in_head and colon and not line.startswith((" ", "\t")):
            shown = Markup("<b>{}</b>:{}").format(name, value)
        elif number == 0:
            shown = Markup("<strong>{}</strong>").format(line)
        changed = before is not None and line and line not in before
        lines.append(Markup("<mark>{}</mark>").format(shown) if changed else shown)
    return Markup("\n").join(lines)
