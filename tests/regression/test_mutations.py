"""Changing any expected value of any sample makes ``sipdiag test`` fail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import yaml
from click.testing import CliRunner

from sipdiag.cli import cli
from sipdiag.knowledge.yamltext import load
from sipdiag.regression.case import analyze_case, capture_path, find_cases, load_case
from sipdiag.regression.read import _CALL_KEYS, _FINDING_KEYS, _TOP_KEYS
from tests.regression.mutants import mutants

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"


def test_every_changed_value_is_noticed(tmp_path: Path) -> None:
    from sipdiag.pipeline.run import load_catalogue

    rules = sorted(load_catalogue()[0].rules)
    keys: Counter[str] = Counter()
    for path in find_cases([SAMPLES]):
        capture = capture_path(path)
        analysis = analyze_case(capture, load_case(path).arguments)
        found = [finding.rule for result in analysis.calls for finding in result.findings]
        found = found if len(analysis.calls) == 1 else []
        outside = [finding.rule for finding in analysis.findings]
        for number, (key, data) in enumerate(mutants(load(path).data, found, rules, outside)):
            keys[key] += 1
            stem = f"{path.parent.name}-{path.name.removesuffix('.expect.yaml')}-{number}-{key}"
            (tmp_path / f"{stem}{capture.suffix}").symlink_to(capture.resolve())
            beside = capture.with_suffix(".context")
            if beside.is_dir():
                (tmp_path / f"{stem}.context").symlink_to(beside.resolve())
            (tmp_path / f"{stem}.expect.yaml").write_text(yaml.safe_dump(data))
    result = CliRunner().invoke(cli, ["test", str(tmp_path), "--junit", str(tmp_path / "junit.xml")])
    assert result.exception is None, result.output
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    unnoticed = [case.get("name") for case in suite if len(case) == 0]
    assert not unnoticed
    assert len(suite) == sum(keys.values())
    known = {*_TOP_KEYS, *_CALL_KEYS, *_FINDING_KEYS, "method", "assert"} - {"findings", "legs"}
    assert keys.keys() == known, "some key of the format stands in no sample"
