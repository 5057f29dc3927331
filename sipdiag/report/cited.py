"""Where each piece of evidence is on the page: at a message, or in a row of its own if no call shows it.

Evidence may be a packet of a stream, a line of a log that is no message, a value in a document, or a message of a
call that is not shown here.  Each gets a row with its text, so that every link leads somewhere.
"""

from __future__ import annotations

from msgspec import Struct

from sipdiag.calls.model import Leg
from sipdiag.messages.captured import CapturedMessage
from sipdiag.pipeline.results import Analysis
from sipdiag.position import Place, WirePosition
from sipdiag.report.flow import Anchors, FlowRow
from sipdiag.report.messages import MessageView, views_of
from sipdiag.report.times import stamp
from sipdiag.report.verdict import where
from sipdiag.rules.finding import Evidence

MOST = 400
"""Rows for evidence outside the calls shown; beyond this bound nothing is linked."""


_Key = tuple[WirePosition, bytes]


def _key(captured: CapturedMessage) -> _Key:
    """The identity of a message, also across processes; a frame may hold several."""
    return captured.position, captured.message.raw


class CitedRow(Struct, frozen=True):
    """Cited evidence that is not a message."""

    id: str
    where: str
    time: str
    text: str


class Cited:
    """Assigns page ids to everything that findings cite."""

    def __init__(self, analysis: Analysis, anchors: Anchors) -> None:
        self._analysis, self._anchors = analysis, anchors
        self._messages: dict[_Key, str] = {}
        self._rows: dict[tuple[object, str], CitedRow] = {}
        self._apart: list[FlowRow] = []

    def shown(self, rows: list[FlowRow]) -> None:
        """Note that these messages are on the page."""
        self._messages.update((_key(row.captured), row.id) for row in rows)

    def message(self, evidence: Evidence) -> str | None:
        """The id of the cited message; None if it is not a message."""
        captured = evidence.captured
        if captured is None:
            return None
        captured = captured.copy_of or captured
        if _key(captured) not in self._messages and len(self._apart) < MOST:
            self._show(captured)
        return self._messages.get(_key(captured))

    def place(self, evidence: Evidence) -> str | None:
        """The id of the row for other evidence; None for a message, or beyond the bound."""
        if evidence.captured is not None:
            return None
        position = evidence.position
        key = (position, evidence.what)
        if key not in self._rows and len(self._rows) < MOST:
            name = (
                f"cited-{len(self._rows) + 1}" if isinstance(position, Place) else self._anchors.new(position)
            )
            self._rows[key] = CitedRow(
                name, where(self._analysis, position), stamp(evidence.time_ns), evidence.what
            )
        row = self._rows.get(key)
        return row.id if row is not None else None

    @property
    def rows(self) -> tuple[CitedRow, ...]:
        """The rows for evidence that is not a message, in the order of the requests."""
        return tuple(self._rows.values())

    def messages(self) -> tuple[MessageView, ...]:
        """Cited messages that no call on the page shows."""
        return tuple(views_of(self._apart, {}, {}, show_digits=self._analysis.show_digits))

    def _show(self, captured: CapturedMessage) -> None:
        message = captured.message
        leg = Leg(message.call_id, message.from_tag)
        row = FlowRow(self._anchors.new(captured.position), captured, leg, False, False, (), None, False)
        self._messages[_key(captured)] = row.id
        self._apart.append(row)
