"""Every SIP message as a row: ``sipdiag messages``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sipdiag.messages.captured import CapturedMessage
from sipdiag.report.jsonparts import located
from sipdiag.report.text import cell, json_text

COLUMNS = (
    "frame",
    "time",
    "src",
    "sport",
    "dst",
    "dport",
    "transport",
    "method",
    "status",
    "cseq",
    "cseq_method",
    "call_id",
    "start_line",
)


def _epoch(time_ns: int | None) -> str | None:
    """Seconds since 1970, with nanoseconds."""
    return None if time_ns is None else f"{time_ns // 1_000_000_000}.{time_ns % 1_000_000_000:09d}"


def _row(captured: CapturedMessage) -> dict[str, str | int | None]:
    message = captured.message
    return {
        **located(captured.position),
        "time": _epoch(captured.known_ns),
        "src": captured.src.address,
        "sport": captured.src.port,
        "dst": captured.dst.address,
        "dport": captured.dst.port,
        "transport": captured.transport,
        "method": message.method if message.is_request else "",
        "status": message.status,
        "cseq": message.cseq,
        "cseq_method": message.cseq_method,
        "call_id": message.call_id,
        "start_line": message.start_line,
    }


def tsv_lines(messages: Sequence[CapturedMessage], paths: Sequence[str]) -> Iterator[str]:
    """A header row, then a row a message; values are escaped (:func:`sipdiag.report.text.cell`).

    The line of a text log follows the other columns.
    """
    of_logs = any(captured.position.unit == "line" for captured in messages)
    columns = COLUMNS + (("line",) if of_logs else ()) + (("file",) if len(paths) > 1 else ())
    yield "\t".join(columns) + "\n"
    for captured in messages:
        row = _row(captured) | {"file": paths[captured.file]}
        cells = ("" if row.get(name) is None else cell(str(row[name])) for name in columns)
        yield "\t".join(cells) + "\n"


def json_lines(messages: Sequence[CapturedMessage], paths: Sequence[str]) -> Iterator[str]:
    """One JSON array with one object per message: the columns, the file, and what it is a copy of."""
    yield "["
    for number, captured in enumerate(messages):
        original = captured.copy_of
        row: dict[str, object] = {
            **_row(captured),
            "file": paths[captured.file],
            "copy_of": {"file": paths[original.file], **located(original.position)} if original else None,
        }
        yield (",\n" if number else "\n") + json_text(row)
    yield "\n]\n"
