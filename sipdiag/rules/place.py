"""Where in its file a faulty key, expression or template stands."""

from __future__ import annotations

from pathlib import Path

from sipdiag.knowledge.yamlfile import YamlError, YamlFile
from sipdiag.rules.expression import ExpressionError
from sipdiag.rules.problem import Problem
from sipdiag.rules.schema import Path_
from sipdiag.rules.template import TemplateError

SEARCHED = 400
"""Lines behind a key in which its text is looked for."""


class RuleFile:
    """A rule file with its lines, for messages."""

    def __init__(self, document: YamlFile) -> None:
        self.document = document
        self.name = document.path
        self._lines = Path(document.path).read_text(encoding="utf-8-sig", errors="replace").splitlines()

    def problem(self, path: Path_, text: str, hint: str = "") -> Problem:
        """About the key or value that ``path`` names."""
        line, column = self.document.position(path)
        return Problem(self.name, line, column, text, self._line(line), hint)

    def expression(self, path: Path_, expression: str, error: ExpressionError) -> Problem:
        """About a place inside an expression."""
        return self._inside(path, expression, error.line, error.column, error.text, error.hint)

    def template(self, path: Path_, source: str, error: TemplateError) -> Problem:
        """About a word of a template, else about its faulty line."""
        found = self.find(path, error.word)
        if found is None:
            return self._inside(path, source, error.line, 1, error.text, error.hint)
        return Problem(self.name, found[0], found[1] + 1, error.text, self._line(found[0]), error.hint)

    def _inside(self, path: Path_, value: str, line: int, column: int, text: str, hint: str) -> Problem:
        rows = value.split("\n")
        row = rows[line - 1] if line <= len(rows) else ""
        found = self.find(path, row)
        if found is None:
            return self.problem(path, text, hint)
        number, start = found
        indent = len(row) - len(row.lstrip())
        return Problem(
            self.name, number, start + max(column - 1 - indent, 0) + 1, text, self._line(number), hint
        )

    def find(self, path: Path_, row: str) -> tuple[int, int] | None:
        """Line (from 1) and column (from 0) of one line of a value; None when it was folded or escaped."""
        wanted = row.strip()
        first = self.document.line(path)
        for number in range(first, min(first + SEARCHED, len(self._lines) + 1)):
            if wanted and (start := self._line(number).find(wanted)) >= 0:
                return number, start
        return None

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""


def yaml_problem(error: YamlError) -> Problem:
    """A file that is no YAML."""
    try:
        lines = Path(error.path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return Problem(error.path, 0, 0, error.text, hint=error.hint)
    source = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
    return Problem(error.path, error.line, error.column if source else 0, error.text, source, error.hint)


def expression_problem(file: Path, path: Path_, expression: str, error: ExpressionError) -> Problem:
    """About an expression of a file that was read before."""
    from sipdiag.knowledge.yamltext import load

    try:
        return RuleFile(load(file)).expression(path, expression, error)
    except (YamlError, OSError):
        return Problem(str(file), 0, 0, error.text, hint=error.hint)
