"""Calls that are like others before them come to what they would come to by themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.generate import write
from sipdiag.alike import lessons
from sipdiag.alike.form import Form
from sipdiag.messages import read
from sipdiag.pipeline import everyday, job, run
from sipdiag.pipeline.job import Lane
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Settings, load_rulebook
from sipdiag.report import html, json
from tests.multiplied import multiplied
from tests.outside import CASES, CORPUS, needs_cases, needs_corpus

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*/*.pcap"))
REFUSED = [one for one in SAMPLES if one.parent.name in ("access", "caller-id", "geo", "target")]
"""Mostly calls of one leg, in which something was found."""
RULEBOOK = load_rulebook()


@pytest.fixture(autouse=True)
def every_call_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "FRUGAL", 0)
    monkeypatch.setattr(read, "TABLED_FROM", 0)
    monkeypatch.setattr(everyday, "TRIALS", {})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many results were filled in, by their kind."""
    counted: Counter[str] = Counter()
    filled = Form.filled

    def counting(form: Form, blanks: Any) -> Any:
        result = filled(form, blanks)
        counted[type(result).__name__] += 1
        return result

    monkeypatch.setattr(Form, "filled", counting)
    return counted


def analysed(path: Path, lane: Lane, **settings: Any) -> Analysis:
    return run.run([str(path)], Settings(rulebook=RULEBOOK, bounded=True, lane=lane, **settings))[0]


def written(found: Analysis) -> tuple[str, str]:
    return json.render(found), html.render(found)


@pytest.mark.parametrize("seed", range(4))
def test_samples_multiplied(seed: int, tmp_path: Path, told: Counter[str]) -> None:
    capture = tmp_path / "many.pcap"
    multiplied(SAMPLES[seed::16], copies=24, seed=seed, out=capture)
    alone = written(analysed(capture, "objects"))
    assert not told
    assert written(analysed(capture, "auto")) == alone
    assert told["LegRead"] > told["CallRead"] > 20


@pytest.mark.parametrize(("shape", "calls", "fewest"), [("sip-only", 600, 500), ("sip-varied", 3_000, 5)])
def test_generated_calls(shape: str, calls: int, fewest: int, tmp_path: Path, told: Counter[str]) -> None:
    write(shape, calls, 5, tmp_path / "calls.pcap")
    alone = written(analysed(tmp_path / "calls.pcap", "objects"))
    assert written(analysed(tmp_path / "calls.pcap", "auto")) == alone
    assert told["LegRead"] > fewest


def test_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SHARED_FROM", 0)
    write("sip-only", 400, 7, tmp_path / "calls.pcap")
    alone = written(analysed(tmp_path / "calls.pcap", "objects", jobs=1))
    assert written(analysed(tmp_path / "calls.pcap", "auto", jobs=2)) == alone


@pytest.mark.parametrize(
    "folder", [pytest.param(CORPUS, marks=needs_corpus), pytest.param(CASES, marks=needs_cases)]
)
def test_strangers_calls_multiplied(folder: Path, tmp_path: Path) -> None:
    some = sorted(folder.rglob("*.pcap"))[::4]
    multiplied(some, copies=12, seed=1, out=tmp_path / "many.pcap")
    alone = written(analysed(tmp_path / "many.pcap", "objects"))
    assert written(analysed(tmp_path / "many.pcap", "auto")) == alone


def test_calls_of_devices_that_are_too_different_are_soon_looked_at_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Counter[str]
) -> None:
    write("sip-varied", 3_000, 5, tmp_path / "calls.pcap")
    analysed(tmp_path / "calls.pcap", "auto")
    assert told["LegRead"] > 5
    told.clear()
    monkeypatch.setattr(everyday, "TRIALS", {100: 0.05})
    analysed(tmp_path / "calls.pcap", "auto")
    assert not told


def test_with_rules_of_a_user_every_call_is_judged_by_itself(tmp_path: Path, told: Counter[str]) -> None:
    write("sip-only", 100, 5, tmp_path / "calls.pcap")
    book = load_rulebook()
    theirs = replace(book, catalogue=replace(book.catalogue, builtin=False))
    run.run([str(tmp_path / "calls.pcap")], Settings(rulebook=theirs))
    assert not told
    run.run([str(tmp_path / "calls.pcap")], Settings(rulebook=book))
    assert told


def test_calls_in_which_something_was_found_are_told_too(tmp_path: Path, told: Counter[str]) -> None:
    write("sip-only", 600, 5, tmp_path / "calls.pcap")
    found = analysed(tmp_path / "calls.pcap", "auto")
    quiet = sum(1 for call in found.calls if not call.findings)
    assert quiet < told["CallRead"] < len(found.calls)


@pytest.mark.parametrize("seed", range(2))
def test_values_of_every_class(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Counter[str]
) -> None:
    monkeypatch.setattr(lessons, "LEARNT_FROM", 1)
    multiplied(REFUSED[seed::8], copies=48, seed=seed, out=tmp_path / "many.pcap", odd=True)
    alone = written(analysed(tmp_path / "many.pcap", "objects"))
    assert written(analysed(tmp_path / "many.pcap", "auto")) == alone
    assert told["CallRead"] > 20


def test_hosts_that_the_user_named_are_named_in_every_call(tmp_path: Path, told: Counter[str]) -> None:
    write("sip-only", 100, 5, tmp_path / "calls.pcap")
    analysed(tmp_path / "calls.pcap", "auto", aliases={"192.0.2.10": "Front desk"})
    assert not told


def test_a_small_capture_is_judged_call_by_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Counter[str]
) -> None:
    monkeypatch.setattr(job, "FRUGAL", 10_000)
    write("sip-only", 100, 5, tmp_path / "calls.pcap")
    analysed(tmp_path / "calls.pcap", "auto")
    assert not told
