"""pytest plugin: expectation files are test items; the ``sipdiag`` fixture analyses captures.

``pytest traces/`` collects every ``*.expect.yaml`` below ``traces``.  Nothing heavy is imported
before the first of them runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from msgspec import Struct

import sipdiag as package

if TYPE_CHECKING:
    from sipdiag.pipeline.results import Analysis
    from sipdiag.regression.case import CaseResult

_SUFFIX = ".expect.yaml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ExpectationFile | None:
    """Collect expectation files."""
    if not file_path.name.endswith(_SUFFIX):
        return None
    return ExpectationFile.from_parent(parent, path=file_path)


class ExpectationFile(pytest.File):
    """An expectation file."""

    def collect(self) -> Iterator[ExpectationItem]:
        """One item: the capture beside it."""
        yield ExpectationItem.from_parent(self, name=self.path.name.removesuffix(_SUFFIX))


class ExpectationError(Exception):
    """The verdict on a capture is not what its expectation file says."""

    def __init__(self, verdict: CaseResult) -> None:
        super().__init__(*verdict.lines)
        self.verdict = verdict


class ExpectationItem(pytest.Item):
    """A capture held against its expectation."""

    def runtest(self) -> None:
        """Analyse and compare."""
        from sipdiag.regression.case import run_case

        verdict = run_case(self.path)
        if verdict.status != "passed":
            raise ExpectationError(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What differs, a line each."""
        if not isinstance(excinfo.value, ExpectationError):
            return super().repr_failure(excinfo, style)
        verdict = excinfo.value.verdict
        what = "differs from its expectation" if verdict.status == "failed" else "cannot be tested"
        return "\n".join([f"{self.name} {what}:", *(f"  {line}" for line in verdict.lines)])

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """The expectation file."""
        return self.path, 0, f"sipdiag: {self.name}"


class Sipdiag(Struct, frozen=True):
    """What the ``sipdiag`` fixture gives."""

    folder: Path
    """Of the test that asks; relative paths are relative to it."""

    def analyze(
        self,
        path: str | os.PathLike[str],
        *,
        expect: Literal["transfer", "refer", "answer"] | None = None,
        call: str | None = None,
        rules: Sequence[str | os.PathLike[str]] = (),
    ) -> Analysis:
        """The diagnosis of a capture; as :func:`sipdiag.analyze`."""
        return package.analyze(self.folder / path, expect=expect, call=call, rules=rules)


@pytest.fixture
def sipdiag(request: pytest.FixtureRequest) -> Sipdiag:
    """``sipdiag.analyze(path)`` gives the typed diagnosis of a capture beside the test."""
    return Sipdiag(request.path.parent)
