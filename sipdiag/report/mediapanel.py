"""What was heard, drawn over the time of the call: a lane for each direction, a row of numbers for each stream.

Talk is a bar, what is missing in it a red mark; hold is shaded, digits and the receiver's reports are small marks
at the edge of their lane.  Nothing depends on colour alone: every mark has a title, every number is in the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.capture.payload import host_text
from sipdiag.media.mos import MODEL
from sipdiag.pipeline.media import CallMedia, DigitResult, StreamResult
from sipdiag.pipeline.results import CallDetail
from sipdiag.report.svg import escape, label, line, svg
from sipdiag.report.text import plural
from sipdiag.report.times import clock, duration

if TYPE_CHECKING:
    from markupsafe import Markup

    from sipdiag.media.audio.clip import Clip

_WIDTH = 1072
_LEFT, _RIGHT = 150, 20
_TOP, _LANE, _BAR = 10, 46, 16
_AXIS = 30
_TICKS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200)
"""Seconds between the marks of the axis."""
_MOST_TICKS = 10
STREAMS = 40
"""Streams of a call that are listed."""
MARKS = 200
"""How many holes, digits and reports of a lane are drawn."""
LOST = 0.01
"""A stream that lost more than this is marked."""
DIGIT = "•"


class StreamRow(Struct, frozen=True):
    """Numbers of a stream."""

    way: str
    ends: str
    codec: str
    time: str
    packets: str
    lost: str
    jitter: str
    late: str
    gap: str
    rtcp: str
    quality: str
    tone: str


class DigitRow(Struct, frozen=True):
    """A digit."""

    time: str
    way: str
    digit: str
    how: str


class Player(Struct, frozen=True):
    """The audio, to be played."""

    source: Markup
    """A data URI."""
    begin: float
    """Where it begins in the picture."""
    end: float
    seconds: float
    cut: bool
    troubles: tuple[str, ...]


class MediaPanel(Struct, frozen=True):
    """The media of a call."""

    picture: Markup
    streams: tuple[StreamRow, ...]
    left_out: int
    digits: tuple[DigitRow, ...]
    quality: str
    """Heading of the quality column; empty where it has no values."""
    player: Player | None = None


class _Scale(Struct, frozen=True):
    begin_ns: int
    end_ns: int

    def x(self, time_ns: int) -> float:
        part = (time_ns - self.begin_ns) / max(1, self.end_ns - self.begin_ns)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(1.0, max(0.0, part))


def panel(result: CallDetail, *, show_digits: bool = False, audio: Clip | None = None) -> MediaPanel | None:
    """The media of a call; None where none was captured."""
    from markupsafe import Markup

    media = result.media
    if not media.streams:
        return None
    shown = media.streams[:STREAMS]
    rated = any(one.mos is not None for one in shown)
    return MediaPanel(
        picture=Markup(_picture(result, media)),
        streams=tuple(map(_row, shown)),
        left_out=len(media.streams) - len(shown),
        digits=tuple(_digit_row(one, show_digits) for one in media.digits[:MARKS]),
        quality=f"{MODEL}: if the phone conceals losses, and if it does not" if rated else "",
        player=_player(audio, _scale(result, media))
        if audio is not None and audio.call == result.id
        else None,
    )


def _player(clip: Clip, scale: _Scale) -> Player:
    from base64 import b64encode

    from markupsafe import Markup

    source = Markup(f"data:{clip.kind};base64,{b64encode(clip.data).decode('ascii')}")
    begin, end = scale.x(clip.begin_ns), scale.x(clip.begin_ns + round(clip.seconds * 1e9))
    return Player(source, round(begin, 1), round(end, 1), round(clip.seconds, 2), clip.cut, clip.troubles)


def way(to_caller: bool) -> str:
    """``to caller``, ``to callee``."""
    return "to caller" if to_caller else "to callee"


def _picture(result: CallDetail, media: CallMedia) -> str:
    scale = _scale(result, media)
    height = _TOP + 2 * _LANE + _AXIS
    parts = [*_held(media, scale), *_moments(media, scale)]
    for lane, to_caller in enumerate((False, True)):
        y = _TOP + lane * _LANE
        parts.append(label(_LEFT - 14, y + 24, way(to_caller), "lane end"))
        parts.append(
            f'<rect class="track" x="{_LEFT}" y="{y + 12}" width="{_WIDTH - _LEFT - _RIGHT}" height="{_BAR}"/>'
        )
        for one in media.streams:
            if one.to_caller == to_caller:
                parts += _stream(one, scale, y + 12)
        parts += _marks([one for one in media.digits if one.to_caller == to_caller], scale, y)
    parts += _axis(scale, _TOP + 2 * _LANE)
    told = "; ".join(_told(one) for one in media.streams[:6])
    return svg(_WIDTH, height, f'role="img" aria-label="{escape(f"Media over the call: {told}")}"', parts)


def _scale(result: CallDetail, media: CallMedia) -> _Scale:
    times = [one.stream.first_ns for one in media.streams], [one.stream.last_ns for one in media.streams]
    return _Scale(min(result.start_ns, *times[0]), max(result.end_ns, *times[1]))


def _told(one: StreamResult) -> str:
    """``to caller 19.98 s PCMU, 0 of 1,000 packets lost``."""
    stream = one.stream
    codec = f" {one.codec}" if one.codec else ""
    lost = f"{stream.lost:,} of {stream.expected:,} packets lost"
    return f"{way(bool(one.to_caller))} {duration(stream.duration_s)}{codec}, {lost}"


def _stream(one: StreamResult, scale: _Scale, y: int) -> Iterator[str]:
    stream = one.stream
    left, right = scale.x(stream.first_ns), scale.x(stream.last_ns)
    title = f"{host_text(stream.src)} → {host_text(stream.dst)}: {_told(one)}"
    yield f'<g><title>{escape(title)}</title><rect class="heard" x="{left:.1f}" y="{y}" width="{max(1.0, right - left):.1f}" height="{_BAR}"/></g>'
    for hole in [hole for hole in one.holes if hole.before_ns][:MARKS]:
        begin, end = scale.x(hole.before_ns), scale.x(hole.after_ns)
        lost = (
            f"{clock(hole.after_ns)}: {plural(hole.count, 'packet')} missing before frame {hole.after_frame}"
        )
        yield f'<g><title>{escape(lost)}</title><rect class="hole" x="{begin:.1f}" y="{y - 3}" width="{max(1.5, end - begin):.1f}" height="{_BAR + 6}"/></g>'
    for time_ns in one.rtcp.times_ns[:MARKS] if one.rtcp is not None else ():
        x = scale.x(time_ns)
        yield f"<g><title>{escape(f'{clock(time_ns)}: the receiver reports by RTCP')}</title>{line(x, y + _BAR + 2, x, y + _BAR + 8, 'report')}</g>"


def _marks(digits: Sequence[DigitResult], scale: _Scale, y: int) -> Iterator[str]:
    for one in digits[:MARKS]:
        x = scale.x(one.digit.time_ns)
        title = f"{clock(one.digit.time_ns)}: a digit by {_how(one)}"
        yield f'<g><title>{escape(title)}</title><circle class="digit" cx="{x:.1f}" cy="{y + 5}" r="3.5"/></g>'


def _held(media: CallMedia, scale: _Scale) -> Iterator[str]:
    for begin_ns, end_ns in media.held:
        left, right = scale.x(begin_ns), scale.x(end_ns or scale.end_ns)
        yield f'<g><title>On hold, or one side was not to send</title><rect class="held" x="{left:.1f}" y="{_TOP}" width="{max(1.0, right - left):.1f}" height="{2 * _LANE}"/></g>'


def _moments(media: CallMedia, scale: _Scale) -> Iterator[str]:
    for time_ns, what in ((media.answer_ns, "answer"), (media.end_ns, "BYE")):
        if time_ns is not None:
            x = scale.x(time_ns)
            yield line(x, _TOP, x, _TOP + 2 * _LANE, "moment")
            yield label(x, _TOP + 2 * _LANE + 12, what, "mid axis")


def _axis(scale: _Scale, y: int) -> Iterator[str]:
    seconds = (scale.end_ns - scale.begin_ns) / 1e9
    step = next((tick for tick in _TICKS if seconds / tick <= _MOST_TICKS), _TICKS[-1])
    for number in range(int(seconds // step) + 1):
        if number > 2 * _MOST_TICKS:
            return
        x = scale.x(scale.begin_ns + number * step * 1_000_000_000)
        yield line(x, y, x, y + 4, "tick")
        yield label(x, y + 26, f"{number * step} s", "mid axis")


def _row(one: StreamResult) -> StreamRow:
    stream = one.stream
    lost = f"{stream.lost:,} ({stream.loss:.1%})" if stream.lost else "0"
    extra = [
        text
        for count, text in (
            (stream.duplicates, f"{stream.duplicates:,} twice"),
            (stream.reordered, f"{stream.reordered:,} out of order"),
        )
        if count
    ]
    numbers = ", ".join(map(str, one.payload_types))
    return StreamRow(
        way=way(bool(one.to_caller)),
        ends=f"{host_text(stream.src)} → {host_text(stream.dst)}",
        codec=f"{one.codec or 'unknown'} ({numbers})",
        time=f"{clock(stream.first_ns)}, {duration(stream.duration_s)}",
        packets=", ".join([f"{stream.packets:,}", *extra]),
        lost=lost,
        jitter="" if one.jitter_mean_ms is None else f"{one.jitter_mean_ms:.1f} / {one.jitter_max_ms:.1f}",
        late=f"{one.late:,}",
        gap="" if one.gap_ms is None else f"{one.gap_ms:.0f}",
        rtcp=_rtcp_text(one),
        quality="" if one.mos is None else f"{one.mos.concealed:.1f} / {one.mos.unconcealed:.1f}",
        tone="bad" if stream.loss > LOST or (one.gap_ms or 0.0) >= 200.0 else "",
    )


def _rtcp_text(one: StreamResult) -> str:
    """``43 lost, round trip 80 ms``; with an extended report ``0.4% discarded, MOS 4.1 by its own account``."""
    told = one.rtcp
    if told is None:
        return ""
    parts = [] if told.lost is None else [f"{told.lost:,} lost"]
    if told.rtt_ms is not None:
        parts.append(f"round trip {told.rtt_ms:.0f} ms")
    claimed = told.claimed
    if claimed is not None:
        parts.append(f"{claimed.discard:.1%} discarded")
        if claimed.mos_lq is not None:
            parts.append(f"MOS {claimed.mos_lq:.1f} by its own account")
    return ", ".join(parts)


def _how(one: DigitResult) -> str:
    digit = one.digit
    if digit.method == "info":
        return "INFO"
    length = f", {digit.duration_ms:.0f} ms" if digit.duration_ms else ""
    return f"RTP event, payload type {digit.payload_type}{length}"


def _digit_row(one: DigitResult, show_digits: bool) -> DigitRow:
    symbol = one.digit.symbol if show_digits else DIGIT
    return DigitRow(clock(one.digit.time_ns), way(one.to_caller), symbol, _how(one))


def media_lines(result: CallDetail, *, show_digits: bool = False) -> Iterator[str]:
    """The streams of a call as lines of text."""
    for one in result.media.streams[:STREAMS]:
        row = _row(one)
        parts = [
            f"{row.way}: {row.codec}, {row.packets} packets in {duration(one.stream.duration_s)}",
            f"lost {row.lost}",
        ]
        if row.jitter:
            parts.append(f"jitter {row.jitter} ms (mean / highest)")
        if one.late:
            parts.append(f"{row.late} late")
        if row.gap:
            parts.append(f"longest hole {row.gap} ms")
        if row.rtcp:
            parts.append(f"RTCP: {row.rtcp}")
        if row.quality:
            parts.append(f"listening quality, estimated: {row.quality} (with / without concealment)")
        yield f"{', '.join(parts)} ({row.ends})"
    for to_caller in (False, True):
        sent = [one.digit.symbol for one in result.media.digits if one.to_caller == to_caller]
        some = sent if show_digits else [DIGIT] * len(sent)
        if some:
            yield f"digits {way(to_caller)}: {' '.join(some)}"
