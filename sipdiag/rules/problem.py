"""What is wrong with a rule file, worded so that its author can fix it at once.

::

    rules/transfer/mine.yaml:7:18: undeclared reference to 'answred'
        when: ended && answred
                       ^
        did you mean 'answered'?
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One fault of one rule file."""

    file: str
    line: int
    """From 1; 0 when the fault is the file as a whole."""
    column: int
    """From 1; 0 when only the line is known."""
    text: str
    source: str = ""
    """The line itself."""
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        lines = [f"{place}: {self.text}"]
        if self.source:
            shown = self.source.expandtabs(1)
            lines.append(f"    {shown}")
            if self.column:
                lines.append("    " + " " * (self.column - 1) + "^")
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(lines)


class RuleError(Exception):
    """One or more rule files cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
