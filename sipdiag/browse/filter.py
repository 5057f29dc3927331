"""Which calls hold the words that were typed."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.pipeline.results import CallSummary
from sipdiag.report.times import date_and_time
from sipdiag.report.triage import failed as went_wrong
from sipdiag.report.wording import outcome_words, party_text


class Filter:
    """Looks for words in everything that the list shows of a call, its Call-ID and what was found included."""

    def __init__(self, calls: Sequence[CallSummary]) -> None:
        self._calls = calls
        self._texts: list[str] = []

    def places(self, typed: str, *, failed: bool) -> list[int]:
        """The places of the calls that hold every word; ``failed``: of those alone that the board counts as failed."""
        words = typed.lower().split()
        if words and not self._texts:
            self._texts = [_text(call) for call in self._calls]
        return [
            place
            for place, call in enumerate(self._calls)
            if (not failed or went_wrong(call)) and all(word in self._texts[place] for word in words)
        ]


def _text(call: CallSummary) -> str:
    rules = " ".join(finding.rule for finding in call.findings)
    parts = (
        *(call.id, call.call_id, date_and_time(call.began_ns), party_text(call.from_), party_text(call.to)),
        *(call.from_.uri or "", call.to.uri or "", outcome_words(call.outcome).label, call.outcome, rules),
        call.root_cause.sentence if call.root_cause is not None else "",
    )
    return " ".join(parts).lower()
