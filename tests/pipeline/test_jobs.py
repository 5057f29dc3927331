"""Several processes come to the same result as one, and few calls in detail to the same verdicts as all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.generate import write
from sipdiag import processes
from sipdiag.messages import read
from sipdiag.pipeline import job, lead, run, select
from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary
from sipdiag.pipeline.run import analyze, load_rulebook
from sipdiag.pipeline.shard import Shard
from sipdiag.processes import Crew, can_fork
from sipdiag.report import html, json

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*/*.pcap"))
RULEBOOK = load_rulebook()
forks = pytest.mark.skipif(not can_fork(), reason="too many processes to spawn each of them")


@pytest.fixture(autouse=True)
def share_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the smallest capture is shared."""
    monkeypatch.setattr(run, "SHARED_FROM", 0)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jobs") / "mixed.pcap"
    write("sip-only", 260, 3, path)
    return path


def written(found: Analysis) -> tuple[str, str]:
    return json.render(found), html.render(found)


def analysed(*paths: Path, jobs: int, bounded: bool = False, rules: tuple[Path, ...] = ()) -> Analysis:
    rulebook = None if rules else RULEBOOK
    return analyze(
        [str(path) for path in paths], jobs=jobs, bounded=bounded, rulebook=rulebook, rule_dirs=rules
    )[0]


@forks
@pytest.mark.parametrize("sample", SAMPLES[::6], ids=lambda path: path.stem)
def test_a_sample(sample: Path) -> None:
    assert written(analysed(sample, jobs=3)) == written(analysed(sample, jobs=1))


@forks
@pytest.mark.parametrize("first", range(6))
def test_many_samples_as_one_trace(first: int) -> None:
    """Their calls overlap and share numbers, so that legs of one call live in different processes."""
    some = SAMPLES[first::6]
    assert (
        written(analysed(*some, jobs=2))
        == written(analysed(*some, jobs=1))
        == written(analysed(*some, jobs=3))
    )


@pytest.mark.parametrize("first", range(6))
def test_calls_of_several_legs_are_made_again_as_they_were(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged one by one and forgotten, or all at once: the verdicts are the same, and so are the details."""
    some = SAMPLES[first::6]
    full = analysed(*some, jobs=1)
    monkeypatch.setattr(job, "FRUGAL", 0)
    monkeypatch.setattr(lead, "DETAILED_CALLS", 3)
    monkeypatch.setattr(select, "DETAILED_CALLS", 10)
    told = analysed(*some, jobs=1, bounded=True)
    assert len(told.details) < len(told.calls)
    assert [
        (call.id, call.outcome, call.from_, call.to, call.ended_by, spoken(call)) for call in told.calls
    ] == [(call.id, call.outcome, call.from_, call.to, call.ended_by, spoken(call)) for call in full.calls]
    whole = {call.id: call for call in full.details}
    for call in told.details:
        assert json.render(replace(told, calls=[call])) == json.render(replace(told, calls=[whole[call.id]]))


def spoken(call: CallSummary) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.role, finding.sentence) for finding in call.findings]


@forks
@pytest.mark.parametrize("frugal", [False, True])
def test_many_calls(generated: Path, frugal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if frugal:
        monkeypatch.setattr(job, "FRUGAL", 0)
        monkeypatch.setattr(read, "TABLED_FROM", 0)
    alone = analysed(generated, jobs=1, bounded=True)
    assert written(analysed(generated, jobs=3, bounded=True)) == written(alone)
    assert len(alone.details) < len(alone.calls)


def test_spawned_processes_come_to_the_same(generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    alone = analysed(generated, jobs=1, bounded=True)
    monkeypatch.setattr(read, "TABLED_FROM", 0)
    assert written(analysed(generated, jobs=2, bounded=True)) == written(alone)


def test_spawned_processes_are_given_the_files_beside_a_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = next(one for one in SAMPLES if one.with_suffix(".context").is_dir())
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    alone = analysed(sample, jobs=1)
    assert alone.configuration is not None
    assert alone.configuration.files
    assert written(analysed(sample, jobs=2)) == written(alone)


@forks
def test_rules_that_fail_are_told_alike(generated: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "division.yaml").write_text(
        "title: Odd\nsubject: leg\nseverity: info\nconfidence: certain\nresponsible: network\n"
        "when: 8 / (status - 486) > 1\nsentence: Odd.\nwhy: Odd.\nevidence: [final]\n"
        "references: [RFC 3261 §8]\n",
        encoding="utf-8",
    )
    alone, shared = (analysed(generated, jobs=jobs, rules=(tmp_path,)) for jobs in (1, 3))
    assert [note for note in alone.notes if note.code == "rule-error"]
    assert shared.notes == alone.notes


@forks
def test_a_lost_process_does_not_lose_the_analysis(generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = written(analysed(generated, jobs=1))
    verdicts = Shard.verdicts

    @wraps(verdicts)
    def fail(self: Shard, *args: Any, **options: Any) -> object:
        if self._index:
            raise MemoryError
        return verdicts(self, *args, **options)

    monkeypatch.setattr(Shard, "verdicts", fail)
    assert written(analysed(generated, jobs=2)) == expected


def test_calls_told_in_brief_have_the_same_verdicts(generated: Path) -> None:
    full, bounded = analysed(generated, jobs=1), analysed(generated, jobs=1, bounded=True)
    assert full.details == full.calls
    assert full.headline is not None
    assert bounded.headline is not None
    assert bounded.headline[0] == full.headline[0]
    assert bounded.headline[1].sentence == full.headline[1].sentence
    for whole, told in zip(full.details, bounded.calls, strict=True):
        if isinstance(told, CallDetail):
            assert [f.fix for f in told.findings] == [f.fix for f in whole.findings]
            assert len(told.legs) == len(whole.legs)
            continue
        for name in ("id", "call_id", "start_ns", "end_ns", "outcome", "from_", "to", "talk_s", "ended_by"):
            assert getattr(told, name) == getattr(whole, name)
        assert [(f.rule, f.role, f.severity, f.sentence) for f in told.findings] == [
            (f.rule, f.role, f.severity, f.sentence) for f in whole.findings
        ]
    kept = bounded.details
    causes = {call.root_cause.rule for call in full.details if call.root_cause is not None}
    assert {call.root_cause.rule for call in kept if call.root_cause is not None} == causes
    assert len(kept) <= select.DETAILED_CALLS
    assert sum(bounded.left_out.values()) == len(full.details) - len(kept)
    assert bounded.headline[0] in {call.id for call in kept}


def test_few_calls_are_all_kept_in_detail(generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lead, "DETAILED_CALLS", 1000)
    found = analysed(generated, jobs=1, bounded=True)
    assert found.details == found.calls
    assert not found.left_out


def test_one_process_starts_no_other(generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hired: list[int] = []
    start = Crew.__init__

    def count(self: Crew[Shard], hire: Callable[[int], Shard], jobs: int) -> None:
        hired.append(jobs)
        start(self, hire, jobs)

    monkeypatch.setattr(Crew, "__init__", count)
    monkeypatch.setattr(run, "SHARED_FROM", 1_000_000)
    analysed(generated, jobs=8)
    assert hired == [1]
