"""Files beside a capture, row by row of what they can change: each with near misses."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from sipdiag.knowledge.yamltext import load
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.position import Place
from tests.context.test_lint_instances import RULEBOOK, TEXTS

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
TABLE = load(Path(__file__).with_name("wire.yaml")).data
STRANGERS = load(Path(__file__).with_name("strangers.yaml")).data
PRINTED = load(Path(__file__).with_name("printed.yaml")).data
DOCUMENTS = TEXTS | TABLE["documents"] | STRANGERS["documents"] | PRINTED["documents"]
ARGUMENTS = {"--expect": "expect", "--call": "call_filter"}


def judged(case: dict[str, Any], folder: Path) -> Analysis:
    arguments = []
    for name in case["files"]:
        role, equals, document = name.rpartition("=")
        path = folder / document.replace("/", "-")
        path.write_bytes(DOCUMENTS[document].encode())
        arguments.append(f"{role}{equals}{path}")
    capture = SAMPLES / f"{case['capture']}.pcap"
    if case.get("bare"):  # without the files that lie beside it
        (folder / capture.name).symlink_to(capture)
        capture = folder / capture.name
    given = case.get("args", [])
    options = {ARGUMENTS[key]: value for key, value in zip(given[::2], given[1::2], strict=True)}
    return analyze([str(capture)], rulebook=RULEBOOK, context=arguments, **options)[0]


@pytest.mark.parametrize(
    "case",
    TABLE["cases"] + STRANGERS["cases"] + PRINTED["cases"],
    ids=lambda case: f"{case['row']}-{case['capture']}-{'+'.join(case['files'])}",
)
def test_verdict(case: dict[str, Any], tmp_path: Path) -> None:
    analysis = judged(case, tmp_path)
    assert not analysis.notes
    findings = [*analysis.findings, *(one for call in analysis.calls for one in call.findings)]
    rules = {one.rule for one in findings}
    causes = [call.root_cause for call in analysis.calls if call.root_cause is not None]
    if "root" in case:
        assert {one.rule for one in causes} == ({case["root"]} - {"none"})
    if "confidence" in case:
        assert {one.confidence.name for one in causes} == {case["confidence"]}
    if "outcome" in case:
        assert case["outcome"] in {call.outcome for call in analysis.calls}
    assert set(case.get("must", [])) <= rules
    assert not [rule for rule in rules if any(fnmatchcase(rule, one) for one in case.get("must_not", []))]
    cited = {
        f"{Path(one.position.file).name}:{one.position.line}"
        for finding in findings
        for one in finding.evidence
        if isinstance(one.position, Place)
    }
    assert set(case.get("cite", [])) <= cited


def test_every_row_of_the_catalogue_has_a_case() -> None:
    rows = {case["row"] for case in TABLE["cases"]}
    assert rows == {f"X{number}" for number in range(1, 39)}
