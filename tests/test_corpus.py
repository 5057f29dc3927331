"""Every capture of the corpus is analysed without an exception, and its JSON keeps to the schema."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from sipdiag.cli import cli
from sipdiag.pipeline.run import analyze
from sipdiag.report import html, markdown, terminal
from sipdiag.report import json as json_report
from tests.outside import CORPUS, needs_corpus

CAPTURES = sorted(
    path for path in CORPUS.glob("captures/*/*") if path.suffix not in (".keylog", ".pem", ".md")
)
FEW = CAPTURES[:: max(1, len(CAPTURES) // 8)]

pytestmark = needs_corpus


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@cache
def validator() -> Draft202012Validator:
    schema = files("sipdiag.report") / "schema" / "sipdiag-2.schema.json"
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", CAPTURES, ids=name)
def test_analysed_and_valid(path: Path) -> None:
    analysis, errors = analyze([str(path)])
    assert not errors
    report = json.loads(json_report.render(analysis))
    problems = [f"{list(problem.path)}: {problem.message}" for problem in validator().iter_errors(report)]
    assert not problems
    assert report["summary"]["calls"] == len(analysis.calls)
    for render in (terminal.render, markdown.render):
        assert render(analysis).strip()


@pytest.mark.parametrize("path", FEW, ids=name)
def test_html(path: Path) -> None:
    analysis, _ = analyze([str(path)], expect="transfer")
    assert html.render(analysis).rstrip().endswith("</html>")


@pytest.mark.parametrize("path", FEW, ids=name)
def test_rows_of_messages(path: Path) -> None:
    """As many rows as messages, the same in both formats, each with all columns."""
    tsv = CliRunner().invoke(cli, ["messages", str(path)], standalone_mode=False)
    objects = CliRunner().invoke(cli, ["messages", str(path), "-f", "json"], standalone_mode=False)
    rows = list(csv.reader(io.StringIO(tsv.stdout), delimiter="\t", quoting=csv.QUOTE_NONE))
    found = json.loads(objects.stdout)
    assert len(rows) == len(found) + 1
    assert {len(row) for row in rows} == {13}
    assert [row[0] for row in rows[1:]] == [str(one["frame"]) for one in found]
    assert analyze([str(path)])[0].sip_messages == len(found)
