"""What the user said should have happened (``--expect``)."""

from __future__ import annotations

from sipdiag.facts.declare import fact


class Expectations:
    """What should have happened in a call: ``transfer``, ``refer``, ``answer``, or None for nothing in particular."""

    def __init__(self, expected: str | None) -> None:
        self.expected = expected

    @fact
    def expects_transfer(self) -> bool:
        """A transfer was expected (``--expect transfer`` or ``refer``)."""
        return self.expected in ("transfer", "refer")

    @fact
    def expects_refer(self) -> bool:
        """A transfer by REFER was expected (``--expect refer``)."""
        return self.expected == "refer"

    @fact
    def expects_answer(self) -> bool:
        """An answer was expected (``--expect answer``)."""
        return self.expected == "answer"
