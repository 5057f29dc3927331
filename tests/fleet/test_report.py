"""The page on a dataset: what it says, links and escapes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from sipdiag.cli import cli
from sipdiag.fleet.charts import over_days, share_bar
from sipdiag.fleet.query import Store
from sipdiag.fleet.report import render
from sipdiag.fleet.run import run
from sipdiag.fleet.task import Options
from tests.fleet.conftest import copied
from tests.fleet.test_measures import CALLS, store_of


def test_the_page(dataset: Path, tmp_path: Path) -> None:
    page = tmp_path / "fleet.html"
    result = CliRunner().invoke(cli, ["fleet", "report", str(dataset), "-o", str(page), "--title", "March"])
    assert result.exit_code == 0, result.output
    text = page.read_text()
    assert "<title>March</title>" in text
    for part in ("Outcomes by day", "RFC 6076 §4.6", "geo/blocked", "Transfers", "Media", "The query"):
        assert part in text
    links = set(re.findall(r'href="(fleet\.calls/[^"]+)"', text))
    assert links
    for link in links:
        assert "<h1" in (tmp_path / link).read_text()
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_an_example_is_judged_as_its_row_was(tmp_path: Path) -> None:
    source = copied(tmp_path / "s", "transfer/refer-missing")
    run([str(source)], Options(str(tmp_path / "d"), expect="transfer"))
    result = CliRunner().invoke(cli, ["fleet", "report", str(tmp_path / "d"), "-o", str(tmp_path / "f.html")])
    assert result.exit_code == 0, result.output
    (page,) = (tmp_path / "f.calls").iterdir()
    assert "transfer/refer-missing" in page.read_text()


def test_no_examples_where_the_inputs_are_gone(tmp_path: Path) -> None:
    source = copied(tmp_path / "s", "geo/blocked-twilio-32205")
    run([str(source)], Options(str(tmp_path / "d")))
    (source / "geo" / "blocked-twilio-32205.pcap").unlink()
    result = CliRunner().invoke(cli, ["fleet", "report", str(tmp_path / "d"), "-o", str(tmp_path / "f.html")])
    assert result.exit_code == 0
    assert not (tmp_path / "f.calls").exists()
    assert "geo/blocked" in (tmp_path / "f.html").read_text()


def test_what_comes_from_captures_is_escaped(tmp_path: Path) -> None:
    evil = {
        **CALLS[7],
        "root_sentence": "<script>alert(1)</script>",
        "carrier": "<img src=x>",
        "call_id": "<b>",
    }
    page = render(store_of(tmp_path, [evil]), title="<i>")
    for tag in ("<script>alert", "<img", "<b>", "<i>"):
        assert tag not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_new_faults_are_marked_and_come_first(tmp_path: Path) -> None:
    now = store_of(tmp_path / "now", CALLS)
    before = store_of(tmp_path / "before", [row for row in CALLS if row.get("fault_key") != "f2"])
    page = render(now, title="x", baseline=before)
    assert page.index('<span class="pill bad">new</span> <code>geo/blocked</code>') < page.index(
        "<code>carrier/no-route</code>"
    )
    assert page.count('<span class="pill bad">new</span>') == 1
    assert '<span class="pill bad">new</span>' not in render(now, title="x")


def test_an_empty_dataset_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    assert "0 calls" in render(Store(tmp_path), title="x")


def test_alerts_are_lines_of_json_and_an_exit_status(dataset: Path, tmp_path: Path) -> None:
    arguments = ["fleet", "report", str(dataset), "--prometheus", str(tmp_path / "m.prom")]
    assert status(*arguments) == (0, "")
    assert "sipdiag_ser_ratio" in (tmp_path / "m.prom").read_text()
    found, line = status(*arguments, "--alert", "ser < 1 min 2", "--alert", "ser < 0 min 2")
    assert found == 1
    assert json.loads(line)["alert"] == "ser < 1 min 2"


def test_nothing_to_do_is_said(dataset: Path) -> None:
    result = CliRunner().invoke(cli, ["fleet", "report", str(dataset)])
    assert (result.exit_code, "nothing to do" in result.output) == (2, True)


def status(*arguments: str) -> tuple[object, str]:
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    return result.return_value, result.stdout


def test_charts_hold_what_they_are_given() -> None:
    chart = over_days(["2026-03-01", "2026-03-02"], {"good": [3, 0], "bad": [1, 4]}, "<t>")
    assert chart.count("<rect") == 3
    assert "&lt;t&gt;" in chart
    assert 'width="56.0"' in share_bar(0.5, 0.25, 0.75)
