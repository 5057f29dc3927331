"""Captures in, messages and RTP streams out: what the stages behind start from."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from sipdiag.capture.engine import Choice, read_with
from sipdiag.capture.inputs import NoCaptureError
from sipdiag.capture.payload import Accounting, CaptureError, FileInfo, Note
from sipdiag.capture.source import Progress
from sipdiag.media.captured import CapturedMedia
from sipdiag.media.kept import Kept
from sipdiag.media.streams import StreamTable
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.cut_call_ids import complete_call_ids
from sipdiag.messages.intake import Intake, messages
from sipdiag.messages.recognise import recognise
from sipdiag.messages.samples import Passed
from sipdiag.messages.standing import timed_by_count
from sipdiag.messages.table import TABLED_FROM, MessageTable, in_order
from sipdiag.messages.texts import notes, read_text
from sipdiag.messages.untimed import timed_by_others
from sipdiag.processes import WorkerLostError


class Reading(Struct):
    """The messages of some captures, and how the reading went."""

    files: list[FileInfo] = field(default_factory=list)
    accounting: Accounting = field(default_factory=Accounting)
    notes: list[Note] = field(default_factory=list)
    messages: list[CapturedMessage] | MessageTable = field(default_factory=list)
    errors: list[CaptureError] = field(default_factory=list)
    """Files that could not be read at all, while others could."""
    points: tuple[CapturePoint, ...] = ()
    """Where the messages were captured."""
    media: CapturedMedia = field(default_factory=CapturedMedia)
    """RTP streams, RTCP, STUN and DTLS."""
    kept: Kept | None = None
    """RTP and RTCP packets without what was said, if they were asked for."""


def read_messages(
    paths: Sequence[str],
    *,
    choice: Choice | None = None,
    on_progress: Progress | None = None,
    jobs: int = 1,
    keep_media: bool = False,
) -> Reading:
    """Every SIP message of ``paths``, captures and text logs, in the order of time.

    ``keep_media``: RTP is not only counted, but kept so that it can be written again without what was said.
    Several large files are read in up to ``jobs`` processes; the result is the same.

    :raises CaptureError: none of the files can be read.
    """
    try:
        return _read(paths, choice or Choice(), on_progress, jobs, keep_media)
    except WorkerLostError:
        # A process was killed, for want of memory most likely: one alone needs less.
        return _read(paths, choice or Choice(), on_progress, 1, keep_media)


def _read(
    paths: Sequence[str], choice: Choice, on_progress: Progress | None, jobs: int, keep_media: bool
) -> Reading:
    reading = Reading(kept=Kept() if keep_media else None)
    intake = Intake()
    errors: list[CaptureError] = []
    texts: list[tuple[int, NoCaptureError]] = []

    def on_error(index: int, error: CaptureError) -> None:
        if isinstance(error, NoCaptureError):
            texts.append((index, error))
        else:
            errors.append(error)

    batches = read_with(
        choice,
        paths,
        reading.accounting,
        reading.files,
        on_progress=on_progress,
        on_error=on_error,
        jobs=jobs,
    )
    table, media, passed = StreamTable(), reading.media, Passed()
    for batch in batches:
        reading.notes += batch.notes
        if batch.rtp is not None:
            table.add(batch.rtp)
            if len(paths) > 1 or table.several_points:
                passed.rtp.add(batch.rtp)
        for rows in batch.tcp:
            passed.tcp.add(rows)
        for packet in batch.rtcp:
            media.control.add(packet)
        for packet in batch.setup:
            media.setup.add(packet)
        if reading.kept is not None:
            reading.kept.add(batch)
        reading.messages.extend([one for payload in batch.payloads for one in intake.receive(payload)])
        if len(reading.messages) > TABLED_FROM and isinstance(reading.messages, list):
            reading.messages = MessageTable(reading.messages)
    reading.messages.extend(intake.close())
    reading.messages, standing = timed_by_count(reading.messages, reading.files)
    reading.notes += standing
    for index, error in texts:
        try:
            _read_text(reading, index, error, choice.log_format, on_progress)
        except CaptureError as trouble:
            errors.append(trouble)
    media.streams = table.streams
    in_order(reading.messages)
    if texts:
        reading.messages = timed_by_others(list(reading.messages))
    complete_call_ids(reading.messages)
    reading.messages, reading.points = recognise(
        reading.messages, media, passed, reading.accounting, reading.files
    )
    known = {(note.code, note.file, note.frame) for note in reading.notes}
    reading.notes += [note for note in intake.notes if (note.code, note.file, note.frame) not in known]
    if errors and len(errors) == len(paths):
        raise errors[0]
    reading.errors = errors
    return reading


def _read_text(
    reading: Reading, index: int, error: NoCaptureError, form: str | None, on_progress: Progress | None
) -> None:
    info = reading.files[index]
    trace = read_text(error, index, info, reading.accounting, form=form, on_progress=on_progress)
    reading.messages.extend(messages(trace.payloads, Intake()))
    reading.notes += notes(trace, index, info.path)
