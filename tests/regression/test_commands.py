"""``sipdiag test`` and ``sipdiag expect`` as they are typed."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.regression.conftest import SAMPLES, Run

AS_IT_IS = """calls:
  - outcome: transfer-failed
    root_cause: transfer/refer-missing
    confidence: certain
    findings: {worst: error}
    transfer: {method: null, outcome: not-attempted}
"""


def expectation(trace: Path, text: str) -> Path:
    path = trace.with_name("call.expect.yaml")
    path.write_text(text)
    return path


def test_expect_writes_what_test_accepts(run: Run, trace: Path) -> None:
    written = run("expect", trace, "--expect", "transfer")
    path = trace.with_name("call.expect.yaml")
    assert written == (0, f"Written: {path}\n", "")
    assert path.read_text() == 'args: ["--expect", transfer]\n' + AS_IT_IS
    assert run("test", trace.parent) == (0, f"ok     {path}\n1 passed (1 in all)\n", "")


def test_expect_notes_how_the_trace_was_read(run: Run, trace: Path) -> None:
    options = ("--engine", "native", "--expect", "refer", "--call", "+14155550137", "--no-builtin-rules")
    assert run("expect", trace, *options).status == 0
    text = trace.with_name("call.expect.yaml").read_text()
    words = '["--expect", refer, "--call", "+14155550137", "--no-builtin-rules", "--engine", native]'
    assert text.splitlines()[0] == f"args: {words}"
    assert run("test", trace).status == 0


def test_a_missing_key_file_is_a_broken_case(run: Run, trace: Path) -> None:
    path = expectation(trace, "args: [--keylog, keys.log]\ncalls: [{}]")
    status, _, err = run("test", path)
    assert status == 2
    assert "keys.log" in err


def test_expect_never_overwrites(run: Run, trace: Path) -> None:
    path = expectation(trace, "calls: []\n")
    status, _, err = run("expect", trace)
    assert status == 2
    assert "exists; with --update" in err
    assert path.read_text() == "calls: []\n"


def test_expect_update_shows_the_difference(run: Run, trace: Path) -> None:
    path = expectation(
        trace, "# the agent forgets its REFER\nargs: [--expect, transfer]\ncalls:\n  - outcome: busy\n"
    )
    status, out, _ = run("expect", trace, "--update")
    assert status == 0
    assert "-  - outcome: busy\n+  - outcome: transfer-failed\n" in out
    assert path.read_text().startswith("# the agent forgets its REFER\n")
    assert run("test", path).status == 0
    assert run("expect", trace, "--update").out == f"Unchanged: {path}\n"


def test_several_calls_are_told_apart(run: Run, tmp_path: Path) -> None:
    trace = shutil.copy(SAMPLES / "transfer" / "two-callers-at-once.pcap", tmp_path)
    assert run("expect", trace).status == 0
    text = (tmp_path / "two-callers-at-once.expect.yaml").read_text()
    assert text.count("  - match: ") == text.count("    outcome: ") > 1
    assert run("test", tmp_path).status == 0


def test_every_sample_survives_expect(run: Run, tmp_path: Path) -> None:
    """What is written of a capture holds, whatever the capture."""
    for capture in sorted(SAMPLES.glob("*/*.pcap")):
        (tmp_path / f"{capture.parent.name}-{capture.name}").symlink_to(capture)
    assert run("expect", *tmp_path.glob("*.pcap")).status == 0
    tested = run("test", tmp_path, "-j", "1")
    assert tested.status == 0, tested.out


def test_a_difference_is_status_1_in_plain_words(run: Run, trace: Path) -> None:
    path = expectation(trace, "calls: [{outcome: transferred}]")
    status, out, err = run("test", path)
    assert (status, err) == (1, "")
    assert out.splitlines()[0] == f"FAILED {path}"
    assert "call c1: outcome expected transferred, found " in out
    assert out.endswith("1 failed (1 in all)\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("calls: [{outcom: busy}]", "call.expect.yaml:1:"),
        ("calls: [{root_cause: no/such}]", "there is no rule 'no/such'"),
        ("calls: [{legs: [{assert: [talk_sec > 1.0]}]}]", "there is no fact 'talk_sec'"),
        ("calls: [", "call.expect.yaml:2:"),
    ],
)
def test_a_broken_file_is_status_2(run: Run, trace: Path, text: str, said: str) -> None:
    path = expectation(trace, text)
    status, out, err = run("test", path)
    assert status == 2
    assert said in err
    assert out.splitlines()[0] == f"BROKEN {path}"


def test_broken_wins_over_failed(run: Run, trace: Path) -> None:
    expectation(trace, "calls: []")
    (trace.parent / "other.expect.yaml").write_text("calls: []")
    status, out, err = run("test", trace.parent)
    assert status == 2
    assert "1 failed, 1 broken (2 in all)" in out
    assert "no capture (other.pcap, other.pcapng, …) beside it" in err


def test_two_captures_of_one_name_are_refused(run: Run, trace: Path) -> None:
    path = expectation(trace, "calls: [{}]")
    packed = trace.with_name("call.pcap.gz")
    packed.write_bytes(gzip.compress(trace.read_bytes()))
    assert "more than one capture beside it: call.pcap, call.pcap.gz" in run("test", path).err
    trace.unlink()
    assert run("test", packed).status == 0


@pytest.mark.parametrize("name", ["call", "call.trace", "call.pcap3", "call.PCAP", "call.pcapng.gz"])
def test_a_capture_may_have_any_name(run: Run, trace: Path, name: str) -> None:
    data = trace.read_bytes()
    trace.unlink()
    capture = trace.with_name(name)
    capture.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert run("expect", capture).status == 0
    assert run("test", capture.parent).status == 0
    assert run("test", capture).status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("test", "nowhere"), "nowhere: no such file or folder"),
        (("test", "{folder}"), "no *.expect.yaml; 'sipdiag expect CAPTURE' writes one"),
        (("test", "{trace}"), "has no call.expect.yaml beside it"),
        (("test", "{trace}", "--rules", "nowhere"), "--rules expects a folder"),
        (("expect", "nowhere.pcap"), "nowhere.pcap"),
        (("expect", "{text}"), "text.pcap"),
        (("expect", "-"), "give a file, not '-'"),
        (("test",), "PATH"),
        (("expect",), "CAPTURE"),
    ],
)
def test_what_cannot_be_run_is_one_line(run: Run, trace: Path, arguments: tuple[str, ...], said: str) -> None:
    text = trace.with_name("text.pcap")
    text.write_bytes(bytes(range(64)))
    status, _, err = run(*(one.format(folder=trace.parent, trace=trace, text=text) for one in arguments))
    assert status == 2
    assert said in err
    assert "Traceback" not in err


def test_a_damaged_capture_is_a_broken_case(run: Run, trace: Path) -> None:
    path = expectation(trace, "calls: [{}]")
    trace.write_bytes(bytes(range(64)))
    status, out, err = run("test", path)
    assert (status, out.splitlines()[0]) == (2, f"BROKEN {path}")
    assert "call.pcap" in err


def test_select_by_text(run: Run, trace: Path) -> None:
    expectation(trace, "calls: [{}]")
    shutil.copy(trace, trace.with_name("late.pcap"))
    trace.with_name("late.expect.yaml").write_text("calls: []")
    assert run("test", trace.parent, "-k", "call.").status == 0
    assert run("test", trace.parent, "-k", "late").status == 1
    status, _, err = run("test", trace.parent, "-k", "zebra")
    assert status == 2
    assert "none of 2 cases" in err


def test_a_broken_rule_is_told_once(run: Run, trace: Path) -> None:
    for name in ("call", "late", "other"):
        (trace.parent / f"{name}.expect.yaml").write_text("calls: [{}]")
    rules = trace.parent / "ours" / "mine"
    rules.mkdir(parents=True)
    (rules / "late.yaml").write_text("title: Late\nwhen: no_such_fact\n")
    status, out, err = run("test", trace.parent, "--rules", rules.parent)
    assert (status, out) == (2, "")
    assert err.count("the key 'subject' is missing") == 1


def test_junit(run: Run, trace: Path, tmp_path: Path) -> None:
    expectation(trace, "calls: []")
    (trace.parent / "other.expect.yaml").write_text("calls: ]")
    for name in ("good", "better"):
        shutil.copy(trace, trace.with_name(f"{name}.pcap"))
        trace.with_name(f"{name}.expect.yaml").write_text("calls: [{}]")
    file = tmp_path / "out.xml"
    run("test", trace.parent, "--junit", file)
    suite = ElementTree.parse(file).getroot()[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
    }
    told = {case.get("name"): [child.tag for child in case] for case in suite}
    assert told == {"better": [], "call": ["failure"], "good": [], "other": ["error"]}
    status, _, err = run("test", trace.parent, "--junit", tmp_path / "no" / "out.xml")
    assert status == 2
    assert "cannot be written" in err


def test_update_follows_the_verdict_and_keeps_what_holds(run: Run, trace: Path) -> None:
    path = expectation(
        trace,
        """# kept
args: [--expect, transfer]
calls:
  - match: "+14155550137"
    outcome: transferred
    root_cause: transfer/*
    says: [REFER, nonsense]
    findings: {must: [transfer/*, geo/*], must_not: [transfer/refer-missing, caller-id/*], worst: info}
    transfer: null
    legs:
      - assert: ["talk_s > 40.0", "talk_s > 400.0"]
""",
    )
    assert run("test", path, "--update").out.endswith("1 of 1 updated\n")
    assert (
        path.read_text()
        == """# kept
args: ["--expect", transfer]
calls:
  - match: "+14155550137"
    outcome: transfer-failed
    root_cause: "transfer/*"
    says: [REFER]
    findings: {must: ["transfer/*"], must_not: ["caller-id/*"], worst: error}
    transfer: {method: null, outcome: not-attempted}
    legs:
      - {assert: ["talk_s > 40.0"]}
"""
    )
    assert run("test", path).status == 0


def test_update_leaves_broken_files_alone(run: Run, trace: Path) -> None:
    path = expectation(trace, "calls: [{outcom: busy}]")
    assert run("test", path, "--update").status == 2
    assert path.read_text() == "calls: [{outcom: busy}]"


def test_many_processes_give_the_same(run: Run) -> None:
    alone, together = (run("test", SAMPLES / "geo", "-j", jobs) for jobs in ("1", "2"))
    assert alone == together
    assert alone.status == 0
