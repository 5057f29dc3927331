"""JUnit's XML, as test servers read it: one test case a call, or a capture with its expectation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from xml.etree import ElementTree

from msgspec import Struct

from sipdiag.pipeline.results import Analysis, CallSummary
from sipdiag.position import wording
from sipdiag.report.labels import LABELS
from sipdiag.report.text import plural, visible
from sipdiag.report.times import rfc3339
from sipdiag.report.verdict import file_names
from sipdiag.report.wording import brief_text, outcome_words, party_text
from sipdiag.rules.finding import Finding, Severity

Result = Literal["passed", "failure", "error"]


class TestCase(Struct, frozen=True):
    """One test case."""

    classname: str
    name: str
    seconds: float = 0.0
    result: Result = "passed"
    lines: Sequence[str] = ()
    """What went wrong; the first line is the summary."""


class _Totals(Struct, frozen=True):
    """The counts in the head of a suite."""

    tests: int
    failures: int
    errors: int
    seconds: float


def render(analysis: Analysis) -> str:
    """The whole suite as one document."""
    return "".join(iter_junit(analysis))


def iter_junit(analysis: Analysis) -> Iterator[str]:
    """One case per call, failed if a finding is above info; one for everything outside calls.  One piece per case."""
    suite = ", ".join(file_names(analysis))
    failures = sum(bool(_bad(result.findings)) for result in analysis.calls) + bool(_bad(analysis.findings))
    totals = _Totals(len(analysis.calls) + 1, failures, 0, sum(map(_seconds, analysis.calls), 0.0))
    return _document(suite, totals, _cases(analysis, suite), brief_text(analysis))


def document(suite: str, cases: Sequence[TestCase]) -> str:
    """A test suite as XML."""
    results = [case.result for case in cases]
    totals = _Totals(
        tests=len(cases),
        failures=results.count("failure"),
        errors=results.count("error"),
        seconds=sum(case.seconds for case in cases),
    )
    return "".join(_document(suite, totals, cases))


def _document(suite: str, totals: _Totals, cases: Iterable[TestCase], said: str = "") -> Iterator[str]:
    counts = {"tests": totals.tests, "failures": totals.failures, "errors": totals.errors, "skipped": 0}
    attributes = {"name": visible(suite), "time": f"{totals.seconds:.3f}"}
    element = ElementTree.Element("testsuite", attributes | {key: str(n) for key, n in counts.items()})
    opened = ElementTree.tostring(element, "unicode", short_empty_elements=False).removesuffix("</testsuite>")
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n  {opened}\n'
    for case in cases:
        yield _piece(_testcase(case))
    if said:
        output = ElementTree.Element("system-out")
        output.text = said
        yield _piece(output)
    yield "  </testsuite>\n</testsuites>\n"


def _piece(element: ElementTree.Element) -> str:
    """An element inside the suite, on lines of its own."""
    ElementTree.indent(element, level=2)
    return f"    {ElementTree.tostring(element, 'unicode')}\n"


def _testcase(case: TestCase) -> ElementTree.Element:
    element = ElementTree.Element(
        "testcase",
        {
            "classname": visible(case.classname),
            "name": visible(case.name),
            "time": f"{case.seconds:.3f}",
        },
    )
    if case.result != "passed":
        message = visible(case.lines[0]) if case.lines else case.result
        told = ElementTree.SubElement(element, case.result, {"message": message, "type": case.result})
        told.text = "\n".join(visible(line) for line in case.lines)
    return element


def _cases(analysis: Analysis, suite: str) -> Iterator[TestCase]:
    yield _case(suite, "capture", 0.0, _bad(analysis.findings))
    for result in analysis.calls:
        yield _case(suite, _name(result), _seconds(result), _bad(result.findings))


def _seconds(result: CallSummary) -> float:
    return (result.end_ns - result.start_ns) / 1e9


def _name(result: CallSummary) -> str:
    ends = f"{party_text(result.from_)} → {party_text(result.to)}"
    return f"{result.id} {ends} {rfc3339(result.began_ns)} {outcome_words(result.outcome).label}"


def _bad(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity > Severity.info]


def _case(suite: str, name: str, seconds: float, findings: Sequence[Finding]) -> TestCase:
    if not findings:
        return TestCase(suite, name, seconds)
    lines = [findings[0].sentence]
    if len(findings) > 1:
        lines.append(f"({plural(len(findings), 'finding')})")
    for finding in findings:
        lines += [
            "",
            f"{finding.severity.name} {finding.rule} ({finding.confidence.name}): {finding.sentence}",
        ]
        lines += [f"  {one.what} ({wording(one.position, ())})" for one in finding.evidence]
        lines += [f"  {LABELS.steps}: {step.text}" for step in finding.fix]
    return TestCase(suite, name, seconds, "failure", lines)
