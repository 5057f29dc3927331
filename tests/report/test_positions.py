"""Evidence from text logs and documents is cited by line, wherever evidence is shown."""

from __future__ import annotations

import copy
import json as stdlib_json
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from sipdiag.capture.payload import Note
from sipdiag.pipeline.results import Analysis
from sipdiag.position import Line, Place
from sipdiag.report import html, json, junit, markdown, messagelist, sarif, terminal
from sipdiag.report.wording import confidence_words
from sipdiag.rules.finding import Evidence
from tests.report import fixtures
from tests.schemas import strict

MODE = Place("retell-tool.json", 14, 5, "/transfer_option/cold_transfer_mode", "sip_invite")
SAID = '/transfer_option/cold_transfer_mode = "sip_invite"'


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Analysis:
    """The missing REFER, as a text log shows it."""
    monkeypatch.setattr(fixtures.Wire, "position", Line)
    found = fixtures.refer_missing()
    found.files[0] = replace(found.files[0], path="logs/asterisk.log")
    found.notes.append(Note("log-gap", "Lines are missing.", file=0, line=7))
    return found


@pytest.fixture
def configured() -> Analysis:
    """The missing REFER, with the setting that explains it."""
    found = fixtures.refer_missing()
    (call,) = found.details
    cause = replace(call.findings[0], evidence=(*call.findings[0].evidence, Evidence(MODE, SAID)))
    call = replace(call, root_cause=cause, findings=(cause, *call.findings[1:]))
    return replace(found, calls=[call], headline=(call.id, cause))


def document(analysis: Analysis) -> dict[str, Any]:
    parsed: dict[str, Any] = stdlib_json.loads(json.render(analysis))
    schema = strict(copy.deepcopy(stdlib_json.loads(json.SCHEMA_FILE.read_text(encoding="utf-8"))))
    jsonschema.Draft202012Validator(schema).validate(parsed)
    return parsed


def test_json_of_a_log_has_lines_and_no_frames(log: Analysis) -> None:
    found = document(log)
    (call,) = found["calls"]
    evidence = call["findings"][0]["evidence"][1]
    assert (evidence["file"], evidence["frame"], evidence["line"]) == ("logs/asterisk.log", None, 6)
    assert {(one["frame"], one["line"]) for one in call["legs"][0]["messages"]} >= {(None, 1), (None, 6)}
    assert {"frame": None, "line": 7}.items() <= found["capture"]["warnings"][-1].items()


def test_json_of_a_document_has_its_place(configured: Analysis) -> None:
    assert document(configured)["calls"][0]["findings"][0]["evidence"][-1] == {
        "file": "retell-tool.json",
        "line": 14,
        "column": 5,
        "pointer": "/transfer_option/cold_transfer_mode",
        "value": "sip_invite",
        "what": SAID,
    }


def test_sarif_points_into_the_text(log: Analysis, configured: Analysis) -> None:
    def cited(analysis: Analysis) -> list[dict[str, Any]]:
        places: list[dict[str, Any]] = stdlib_json.loads(sarif.render(analysis))["runs"][0]["results"][0][
            "relatedLocations"
        ]
        return places

    line = cited(log)[1]
    assert line["physicalLocation"]["region"] == {"startLine": 6}
    assert "logicalLocations" not in line
    place = cited(configured)[-1]
    assert place["physicalLocation"]["region"] == {"startLine": 14, "startColumn": 5}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == MODE.pointer


@pytest.mark.parametrize(
    "render", [terminal.render, markdown.render, html.render], ids=lambda f: f.__module__
)
def test_texts_cite_lines(render: Any, log: Analysis, configured: Analysis) -> None:
    assert "asterisk.log:6" in render(log)
    assert "frame 6" not in render(log)
    assert "retell-tool.json:14" in render(configured)


def test_junit_cites_them_too(log: Analysis, configured: Analysis) -> None:
    assert "(line 6)" in junit.render(log)
    assert "(retell-tool.json:14)" in junit.render(configured)


def test_anchors_of_a_page(log: Analysis) -> None:
    page = html.render(log)
    assert 'id="f1-line-6"' in page
    assert '<th scope="col">Line</th>' in page


def test_two_messages_of_a_frame_have_anchors_of_their_own() -> None:
    analysis = fixtures.refer_missing()
    (call,) = analysis.details
    messages = call.call.legs[0].messages
    messages[1] = replace(
        messages[1], captured=replace(messages[1].captured, position=messages[0].captured.position)
    )
    page = html.render(analysis)
    assert (
        page.count('id="f1-frame-6"') == page.count('id="f1-frame-1"') == page.count('id="f1-frame-1-2"') == 1
    )


def test_messages_of_a_log(log: Analysis) -> None:
    captured = [item.captured for item in log.details[0].call.legs[0].messages]
    rows = stdlib_json.loads("".join(messagelist.json_lines(captured, ["asterisk.log"])))
    assert (rows[0]["frame"], rows[0]["line"]) == (None, 1)
    head, first, *_ = messagelist.tsv_lines(captured, ["asterisk.log"])
    assert head.rstrip("\n").split("\t")[-1] == "line"
    assert (first.split("\t")[0], first.rstrip("\n").split("\t")[-1]) == ("", "1")


def test_a_log_proves_what_a_log_shows(log: Analysis) -> None:
    assert confidence_words(log.calls[0].findings[0]) == ("Certain", "the log proves it")
