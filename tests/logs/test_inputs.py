"""Captures and logs are told apart by content; each command takes both."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from sipdiag.messages.read import read_messages
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from tests.comparison.test_command import SCHEMA
from tests.logs.build import call, log
from tests.outside import CASES, needs_cases
from tests.schemas import strict

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
LOGS = CASES / "logs"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def sofia(tmp_path: Path) -> Path:
    path = tmp_path / "freeswitch.log"
    path.write_bytes(log("sofia"))
    return path


def run(*args: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "sipdiag", *map(str, args)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_no_capture_is_taken_for_a_log() -> None:
    paths = [str(path) for path in SAMPLES.rglob("*.pcap")]
    assert paths
    for path in paths:
        (file,) = read_messages([path]).files
        assert file.log is None, path


@needs_cases
def test_no_log_is_taken_for_a_capture_and_each_is_taken_for_what_it_is() -> None:
    folders = {"freeswitch": "sofia", "sipml5": "doubango", "bare": "plain"}
    paths = sorted(LOGS.rglob("*.log"))
    assert paths
    for path in paths:
        (file,) = read_messages([str(path)]).files
        assert file.log is not None, path
        assert file.log.form == folders.get(path.parent.name, path.parent.name), path


@needs_cases
def test_verdicts_of_labelled_logs(rulebook: Rulebook) -> None:
    with (LOGS / "cases.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert rows
    wrong = []
    for row in rows:
        analysis, _ = analyze([str(LOGS / "captures" / row["file"])], rulebook=rulebook)
        causes = {one.root_cause.rule if one.root_cause else "none" for one in analysis.details} or {"none"}
        causes |= {finding.rule for finding in analysis.findings if finding.severity > 0}
        wanted = set(row["root_cause"].split(","))
        if not causes & wanted or str(len(analysis.details)) not in row["calls"].split(","):
            wrong.append((row["file"], causes, wanted))
    assert not wrong


def test_a_log_is_analysed_like_a_capture(sofia: Path, rulebook: Rulebook) -> None:
    analysis, errors = analyze([str(sofia)], rulebook=rulebook)
    assert not errors
    (result,) = analysis.details
    assert (result.outcome, result.root_cause) == ("answered", None)
    assert result.talk_s == pytest.approx(12.0, abs=0.01)
    assert [entry.captured.position.number for leg in result.call.legs for entry in leg.messages][:2] == [
        3,
        25,
    ]


def test_durations_of_a_log_without_times_are_unknown(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "asterisk.log"
    path.write_bytes(log("asterisk-pjsip"))
    analysis, _ = analyze([str(path)], rulebook=rulebook)
    (result,) = analysis.details
    assert result.outcome == "answered"
    assert (result.setup_s, result.ring_s, result.talk_s) == (None, None, None)
    assert "log-times" in {note.code for note in analysis.notes}
    assert not any(
        name.endswith("_s") for leg in result.legs for name in leg.facts if name != "session_expires_s"
    )


def test_standard_input(sofia: Path) -> None:
    status, out, _ = run("messages", "-", stdin=sofia.read_bytes())
    assert status == 0
    assert out.count("\n") == len(call()) + 1


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes here")
def test_a_pipe_with_a_name(sofia: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m sipdiag messages <(cat {sofia}) <(cat {sofia})"],
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.count(b"\n") == 2 * len(call()) + 1


def test_json_cites_lines(sofia: Path) -> None:
    _, out, _ = run("messages", sofia, "-f", "json")
    first = json.loads(out)[0]
    assert (first["frame"], first["line"]) == (None, 3)


def test_doctor_says_what_a_file_was_taken_for(sofia: Path) -> None:
    status, out, _ = run("doctor", sofia)
    assert status == 0
    assert "--log-format sofia" in out
    assert "7 SIP messages" in out


def test_a_log_becomes_a_capture(sofia: Path, tmp_path: Path) -> None:
    capture = tmp_path / "call.pcap"
    status, _, _ = run("convert", sofia, "-o", capture)
    assert status == 0
    back = read_messages([str(capture)])
    assert [one.message.raw for one in back.messages] == [one.data for one in call()]
    assert back.files[0].log is None


def test_scrub_writes_a_log_of_the_same_form_and_nothing_of_the_other_lines(
    sofia: Path, tmp_path: Path
) -> None:
    sofia.write_bytes(b"password of alice is 1234\n" + sofia.read_bytes())
    scrubbed = tmp_path / "scrubbed.log"
    assert run("scrub", sofia, "-o", scrubbed)[0] == 0
    text = scrubbed.read_bytes()
    assert b"recv " in text
    assert not any(
        secret in text for secret in (b"alice", b"203.0.113.10", b"198.51.100.7", b"one@", b"1234")
    )
    (file,) = read_messages([str(scrubbed)]).files
    assert file.log is not None
    assert (file.log.form, file.packets) == ("sofia", len(call()))


def test_scrub_writes_a_capture_where_its_name_says_so(sofia: Path, tmp_path: Path) -> None:
    assert run("scrub", sofia, "-o", tmp_path / "scrubbed.pcap")[0] == 0
    assert read_messages([str(tmp_path / "scrubbed.pcap")]).files[0].log is None


def test_a_text_without_messages_says_how_to_get_them(tmp_path: Path) -> None:
    path = tmp_path / "freeswitch.log"
    path.write_text("2020-06-14 05:10:44 [DEBUG] mod_sofia.c:364 N/A SOFIA DESTROY\n")
    status, out, _ = run("analyze", path, "-f", "json", "-o", "-")
    assert status == 0
    (finding,) = json.loads(out)["findings"]
    assert finding["rule"] == "capture/no-sip"
    assert "sofia global siptrace on" in finding["sentence"]


def test_an_unknown_format_is_one_line(sofia: Path) -> None:
    status, _, err = run("calls", sofia, "--log-format", "nonsense")
    assert status == 2
    assert err.count("\n") == 1
    assert "asterisk-pjsip" in err


@pytest.mark.parametrize("form", ["sofia", "asterisk-pjsip", "ngrep"])
def test_redacted_outputs_name_nobody(form: str, tmp_path: Path) -> None:
    path = tmp_path / "customer.log"
    path.write_bytes(log(form).replace(b"198.51.100.7:5080", b"trunk.example.net:5080"))
    status, out, _ = run("analyze", path, "--redact", "-f", "json", "-o", "-")
    assert status == 0
    assert not any(secret in out for secret in ("alice", "203.0.113.10", "trunk.example.net", "customer"))


@pytest.mark.parametrize("form", ["sofia", "asterisk-pjsip", "blink", "cisco-ccsip"])
def test_a_log_and_a_capture_of_one_call_are_one_call(form: str, tmp_path: Path, rulebook: Rulebook) -> None:
    dated, capture, other = tmp_path / "dated.log", tmp_path / "call.pcap", tmp_path / "other.log"
    dated.write_bytes(log("blink"))
    run("convert", dated, "-o", capture)
    other.write_bytes(log(form))
    analysis, _ = analyze([str(capture), str(other)], rulebook=rulebook)
    (result,) = analysis.calls
    assert (result.outcome, result.root_cause) == ("answered", None)
    assert not [finding.rule for finding in result.findings]
    assert result.talk_s == pytest.approx(12.0, abs=0.01)
    assert analysis.points[1].copies == len(call())


@pytest.mark.parametrize("form", ["asterisk-pjsip", "sofia"])
def test_logs_are_compared(form: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.log", tmp_path / "bad.log"
    good.write_bytes(log(form))
    bad.write_bytes(log(form, call()[:3]))
    status, out, _ = run("compare", good, bad, "-f", "json")
    assert status == 0
    compared = json.loads(out)
    jsonschema.validate(compared, strict(SCHEMA))
    assert (compared["good"]["start"] is None) == (form == "asterisk-pjsip")
