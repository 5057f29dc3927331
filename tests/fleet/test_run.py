"""A run: what it skips, what it does again, what it survives."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from sipdiag.fleet import slots
from sipdiag.fleet.manifest import DatasetError, compacted
from sipdiag.fleet.query import Store
from sipdiag.fleet.run import Tally, run
from sipdiag.fleet.task import Options
from tests.fleet import deadly
from tests.fleet.conftest import CHOSEN, ROOT, SAMPLES, contents, copied


def numbers(tally: Tally) -> tuple[int, int, int, int]:
    return tally.inputs, tally.skipped, tally.done, tally.failed


def outcomes(dataset: Path) -> list[tuple[str, str]]:
    sql = "SELECT i.name, c.outcome FROM calls c JOIN inputs i USING (input) ORDER BY i.name, c.start, c.id"
    return [(row[0], row[1]) for row in Store(dataset).ask(sql).rows]


def test_rows_of_every_input(dataset: Path) -> None:
    found = dict(outcomes(dataset))
    assert {f"{name}.pcap" for name in CHOSEN} == set(found)
    assert found["healthy/plain.pcap"] == "answered"
    assert found["transfer/refer-completed.pcap"] == "transferred"


def test_what_was_done_is_skipped(source: Path, tmp_path: Path) -> None:
    options = Options(str(tmp_path / "d"))
    assert numbers(run([str(source)], options)) == (11, 0, 11, 0)
    before = contents(tmp_path / "d")
    assert numbers(run([str(source)], options)) == (11, 11, 0, 0)
    assert contents(tmp_path / "d") == before


def test_other_options_and_other_contents_are_done_anew(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    run([str(source)], Options(str(folder)))
    assert numbers(run([str(source)], Options(str(folder), expect="transfer"))) == (11, 0, 11, 0)
    assert len(outcomes(folder)) == len(set(outcomes(folder)))
    shutil.copy(SAMPLES / "transfer/target-failed-busy.pcap", source / "healthy" / "plain.pcap")
    # The old content of the overwritten name stays known; the new one was there under another name already.
    assert numbers(run([str(source)], Options(str(folder), expect="transfer"))) == (10, 10, 0, 0)


def test_done_anew_gives_what_a_fresh_run_gives(source: Path, tmp_path: Path) -> None:
    run([str(source)], Options(str(tmp_path / "again"), expect="answer"))
    run([str(source)], Options(str(tmp_path / "again")))
    run([str(source)], Options(str(tmp_path / "fresh")))
    assert contents(tmp_path / "again") == contents(tmp_path / "fresh")


def test_a_file_of_configuration_beside_a_capture_counts(source: Path, tmp_path: Path) -> None:
    options = Options(str(tmp_path / "d"))
    run([str(source)], options)
    folder = source / "healthy" / "plain.context"
    folder.mkdir()
    (folder / "note.json").write_text("{}")
    assert numbers(run([str(source)], options)) == (11, 10, 1, 0)


def test_two_copies_are_one_input(source: Path, tmp_path: Path) -> None:
    shutil.copy(source / "healthy" / "plain.pcap", source / "healthy" / "copy.pcap")
    assert numbers(run([str(source)], Options(str(tmp_path / "d")))) == (11, 0, 11, 0)
    assert "healthy/copy.pcap" in dict(outcomes(tmp_path / "d"))


def test_several_processes_give_the_same_bytes(source: Path, tmp_path: Path) -> None:
    run([str(source)], Options(str(tmp_path / "one")), jobs=1)
    run([str(source)], Options(str(tmp_path / "two")), jobs=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_of_many_calls_few_are_held_in_full_and_the_rows_are_the_same(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One input with all their calls.
    archive = shutil.make_archive(str(tmp_path / "calls"), "zip", source)
    run([archive], Options(str(tmp_path / "all"), messages=True))
    assert len(outcomes(tmp_path / "all")) > 5
    monkeypatch.setattr("sipdiag.pipeline.lead.DETAILED_CALLS", 1)
    monkeypatch.setattr("sipdiag.pipeline.select.DETAILED_CALLS", 1)
    monkeypatch.setattr("sipdiag.pipeline.opened.TOLD_AT_ONCE", 1)
    monkeypatch.setattr("sipdiag.fleet.task.CALLS_OF_A_PIECE", 1)
    run([archive], Options(str(tmp_path / "few"), messages=True))
    assert contents(tmp_path / "few") == contents(tmp_path / "all")


def test_what_cannot_be_read_fails_alone(source: Path, tmp_path: Path) -> None:
    (source / "broken.pcap").write_bytes(b"\xd4\xc3\xb2\xa1 and no more")
    (source / "empty.pcap").write_bytes(b"")
    tally = run([str(source)], Options(str(tmp_path / "d")))
    assert tally.done + tally.failed == 13
    assert tally.done >= 11
    rows = (
        Store(tmp_path / "d")
        .ask("SELECT name, reason FROM inputs WHERE status = 'failed' ORDER BY name")
        .rows
    )
    assert [name for name, _ in rows] == sorted(name for name, _ in tally.reasons)
    assert all(reason for _, reason in rows)
    assert len(outcomes(tmp_path / "d")) == len(outcomes(_plain(source, tmp_path)))


def _plain(source: Path, tmp_path: Path) -> Path:
    for name in ("broken.pcap", "empty.pcap"):
        (source / name).unlink()
    run([str(source)], Options(str(tmp_path / "plain")))
    return tmp_path / "plain"


def test_an_input_that_kills_its_process_costs_no_other(source: Path, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "healthy" / "delayed-offer.pcap", source / "poison.pcap")
    engine = partial(slots.run, do=deadly.do, slots=2)
    tally = run([str(source)], Options(str(tmp_path / "d")), engine=engine)
    assert numbers(tally) == (12, 0, 11, 1)
    assert tally.reasons[0][0] == "poison.pcap"
    assert "ended twice without a result" in tally.reasons[0][1]
    (source / "poison.pcap").unlink()
    assert numbers(run([str(source)], Options(str(tmp_path / "d")))) == (11, 11, 0, 0)


def test_an_input_that_takes_too_long_fails(tmp_path: Path) -> None:
    source = copied(tmp_path / "source", "healthy/plain")
    shutil.copy(SAMPLES / "healthy" / "delayed-offer.pcap", source / "slow.pcap")
    engine = partial(slots.run, do=deadly.do, slots=2, slow_s=0.5)
    assert numbers(run([str(source)], Options(str(tmp_path / "d")), engine=engine)) == (2, 0, 1, 1)


def test_a_folder_with_other_things_is_no_dataset(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected a dataset or an empty folder"):
        run([str(source)], Options(str(source)))
    with pytest.raises(DatasetError, match="no dataset"):
        Store(tmp_path)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes are killed as a group")
def test_killed_twenty_times_the_dataset_is_that_of_an_undisturbed_run(tmp_path: Path) -> None:
    names = [f"{path.parent.name}/{path.stem}" for path in sorted(SAMPLES.glob("transfer/*.pcap"))[:40]]
    source = copied(tmp_path / "source", *names)
    run([str(source)], Options(str(tmp_path / "calm")))
    arguments = [
        sys.executable,
        "-m",
        "sipdiag",
        "fleet",
        "run",
        str(source),
        "-o",
        str(tmp_path / "killed"),
        "-j",
        "2",
    ]
    chance = random.Random(7)
    for _ in range(20):
        process = subprocess.Popen(
            arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(chance.uniform(0.3, 1.2))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "calm")
    assert not [*(tmp_path / "killed").rglob(".sipdiag-*"), *(tmp_path / "killed").rglob("*.journal")]
    assert len(compacted(tmp_path / "killed")) == len(names)
