"""Several analyses in one document: unrelated files have a verdict each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.etree import ElementTree

from sipdiag.pipeline.results import Analysis
from sipdiag.report.jsonparts import SCHEMA
from sipdiag.report.text import visible
from sipdiag.report.verdict import file_names, verdict

Render = Callable[[Analysis], Iterable[str]]
IN_ONE = frozenset({"json", "sarif", "junit", "text", "markdown"})
"""Formats that hold several analyses in one document; in all others each analysis gets its own."""
IN_FULL = 3
"""Up to this many analyses are printed in full on a terminal; beyond it, one line each."""


def iter_several(format_: str, analyses: Sequence[Analysis], render: Render) -> Iterator[str]:
    """The document of a format in :data:`IN_ONE`, in pieces; ``render`` makes that of one analysis."""
    if format_ == "json":
        yield f'{{"schema": "{SCHEMA}", "analyses": [\n'
        for number, analysis in enumerate(analyses):
            if number:
                yield ","
            yield from render(analysis)
        yield "]}\n"
    elif format_ == "sarif":
        runs = [json.loads("".join(render(analysis))) for analysis in analyses]
        whole = {**runs[0], "runs": [run for log in runs for run in log["runs"]]}
        yield json.dumps(whole, indent=1) + "\n"
    elif format_ == "junit":
        yield from _suites("".join(render(analysis)) for analysis in analyses)
    else:
        for number, analysis in enumerate(analyses, 1):
            yield heading(number, analyses, analysis) if format_ == "text" else _rule(number)
            yield from render(analysis)


def _rule(number: int) -> str:
    return "" if number == 1 else "\n---\n\n"


def _suites(documents: Iterable[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    for document in documents:
        for suite in ElementTree.fromstring(document):
            yield f"  {ElementTree.tostring(suite, 'unicode').rstrip()}\n"
    yield "</testsuites>\n"


def heading(number: int, analyses: Sequence[Analysis], analysis: Analysis) -> str:
    """``── 1 of 2: a.pcap, b.pcap ──``."""
    return f"{'' if number == 1 else chr(10)}── {number} of {len(analyses)}: {named(analysis)} ──\n"


def named(analysis: Analysis) -> str:
    """The names of its files, the first of many."""
    names = file_names(analysis)
    return visible(", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else ""))


def one_line(analysis: Analysis) -> str:
    """``call.pcap: Transfer failed: The carrier …``."""
    said = verdict(analysis)
    return visible(f"{named(analysis)}: {said.label}: {said.sentence}")
