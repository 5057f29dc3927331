"""The calls of an analysis as rows: for a spreadsheet (CSV) or a program (JSON).

Every call is listed, whether kept in full or summarised: its outcome, root cause and who has to act.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from sipdiag.pipeline.results import Analysis, CallSummary, Party
from sipdiag.report.jsonparts import SCHEMA, Object, party, time
from sipdiag.report.text import cell, json_text
from sipdiag.report.times import seconds_between

_NUMBER = re.compile(r"[+-]?\d[\d.]*")
_COLUMNS = (
    *("id", "start", "end", "duration_s", "from", "from_country", "to", "to_country", "outcome"),
    *(
        "setup_s",
        "ring_s",
        "talk_s",
        "ended_by",
        "severity",
        "rule",
        "confidence",
        "who",
        "sentence",
        "call_id",
    ),
)


def csv_lines(analysis: Analysis) -> Iterator[str]:
    """A header and one line per call (RFC 4180).  No cell can drive a terminal or become a formula."""
    yield _line(_COLUMNS)
    for result in analysis.calls:
        row = _row(result)
        flat = {
            **row,
            **{key: _name(end) for key, end in (("from", result.from_), ("to", result.to))},
            "from_country": result.from_.country,
            "to_country": result.to.country,
        }
        yield _line([_cell(flat[column]) for column in _COLUMNS])


def json_lines(analysis: Analysis) -> Iterator[str]:
    """One document, one line per call."""
    yield f'{{"schema": "{SCHEMA}", "calls": ['
    for index, result in enumerate(analysis.calls):
        yield ("\n" if index == 0 else ",\n") + json_text(_row(result))
    yield "]}\n"


def _row(result: CallSummary) -> Object:
    root = result.root_cause
    return {
        "id": result.id,
        "call_id": result.call_id,
        "start": time(result.began_ns),
        "end": time(result.over_ns),
        "duration_s": seconds_between(result.start_ns, result.end_ns) if result.time_known else None,
        "from": party(result.from_),
        "to": party(result.to),
        "outcome": result.outcome,
        "setup_s": result.setup_s,
        "ring_s": result.ring_s,
        "talk_s": result.talk_s,
        "ended_by": result.ended_by,
        "rule": root.rule if root else None,
        "severity": root.severity.name if root else None,
        "confidence": root.confidence.name if root else None,
        "who": root.acts.who if root else None,
        "sentence": root.sentence if root else None,
    }


def _name(one: Party) -> str | None:
    return one.number or one.uri


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if _NUMBER.fullmatch(text) else cell(text)


def _line(values: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()
