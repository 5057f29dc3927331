"""JUnit's XML, as test servers read it: one test case a call, or a capture with its expectation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from sipdiag.report.text import plural, visible
from sipdiag.report.times import rfc3339
from sipdiag.report.verdict import file_names
from sipdiag.report.wording import outcome_words, party_text
from sipdiag.results import Analysis, CallResult
from sipdiag.rules.finding import Finding, Severity

Result = Literal["passed", "failure", "error"]


@dataclass(frozen=True, slots=True)
class Case:
    """One test case."""

    classname: str
    name: str
    seconds: float = 0.0
    result: Result = "passed"
    lines: Sequence[str] = ()
    """What went wrong; the first line is the summary."""


def render(analysis: Analysis) -> str:
    """One case a call, failed where a finding is above a note; one for what is beside calls."""
    suite = ", ".join(file_names(analysis))
    return document(suite, _cases(analysis, suite))


def document(suite: str, cases: Iterable[Case]) -> str:
    """A test suite as XML."""
    every = list(cases)
    root = ElementTree.Element("testsuites")
    counts = {
        "tests": len(every),
        "failures": sum(case.result == "failure" for case in every),
        "errors": sum(case.result == "error" for case in every),
        "skipped": 0,
    }
    time = f"{sum(case.seconds for case in every):.3f}"
    attributes = {"name": visible(suite), "time": time} | {key: str(n) for key, n in counts.items()}
    element = ElementTree.SubElement(root, "testsuite", attributes)
    for case in every:
        _append(element, case)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _append(suite: ElementTree.Element, case: Case) -> None:
    element = ElementTree.SubElement(
        suite,
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


def _cases(analysis: Analysis, suite: str) -> Iterable[Case]:
    beside = [finding for finding in analysis.findings if finding.severity > Severity.info]
    yield _case(suite, "capture", 0.0, beside)
    for result in analysis.calls:
        seconds = (result.end_ns - result.start_ns) / 1e9
        yield _case(suite, _name(result), seconds, _bad(result))


def _name(result: CallResult) -> str:
    ends = f"{party_text(result.from_)} → {party_text(result.to)}"
    return f"{result.id} {ends} {rfc3339(result.start_ns)} {outcome_words(result.outcome).label}"


def _bad(result: CallResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.severity > Severity.info]


def _case(suite: str, name: str, seconds: float, findings: Sequence[Finding]) -> Case:
    if not findings:
        return Case(suite, name, seconds)
    lines = [findings[0].sentence]
    if len(findings) > 1:
        lines.append(f"({plural(len(findings), 'finding')})")
    for finding in findings:
        lines += [
            "",
            f"{finding.severity.name} {finding.rule} ({finding.confidence.name}): {finding.sentence}",
        ]
        lines += [f"  {one.what} (frame {one.captured.frame})" for one in finding.evidence]
        lines += [f"  Fix: {step.text}" for step in finding.fix]
    return Case(suite, name, seconds, "failure", lines)
