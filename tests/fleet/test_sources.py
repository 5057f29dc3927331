"""What a source holds: folders, patterns, URLs, rings."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import fsspec
import pytest

from sipdiag.capture.payload import CaptureError
from sipdiag.fleet.ring import followers, leaders
from sipdiag.fleet.run import run
from sipdiag.fleet.sources import inputs_of
from sipdiag.fleet.task import Options
from tests.fleet.conftest import SAMPLES, contents
from tests.fleet.test_run import outcomes

PLAIN = SAMPLES / "healthy" / "plain.pcap"


def names(*sources: str, rings: bool = True) -> list[str]:
    return [one.name for one in inputs_of(sources, rings=rings)[0]]


def test_a_folder_is_looked_through(tmp_path: Path) -> None:
    for number, name in enumerate(
        (
            "a.pcap",
            "b/c.pcapng.gz",
            "b/asterisk.log",
            "notes.md",
            ".hidden.pcap",
            "x.context/y.log",
            "ring.pcap3",
        )
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"SIP/2.0 200 OK %d" % number)
    (tmp_path / "old" / "journal").mkdir(parents=True)
    (tmp_path / "old" / "z.pcap").write_bytes(b"z")
    (tmp_path / "ring.pcap3").write_bytes(PLAIN.read_bytes())
    (tmp_path / "app.log").write_bytes(b"no message of that kind")
    assert names(str(tmp_path)) == ["a.pcap", "b/asterisk.log", "b/c.pcapng.gz", "ring.pcap3"]
    assert names(str(tmp_path / "notes.md")) == ["notes.md"]
    assert names(str(tmp_path / "*.pcap")) == ["a.pcap"]


def test_an_archive_is_named_and_not_passed_over_in_silence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "calls.zip", "w") as archive:
        archive.write(PLAIN, "plain.pcap")
    found, unread = inputs_of([str(tmp_path)])
    assert found == []
    assert unread == [f"{tmp_path}/calls.zip: an archive; unpack it beside, and run again"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no such file or folder"):
        inputs_of([str(tmp_path / "none")])
    with pytest.raises(CaptureError, match="no such file or folder"):
        inputs_of([str(tmp_path / "*.pcap")])
    with pytest.raises(CaptureError, match="nope://bucket"):
        inputs_of(["nope://bucket/x"])


@pytest.mark.parametrize(
    "ring",
    [
        ["eth0.pcap", "eth0.pcap1", "eth0.pcap2", "eth0.pcap10"],
        ["day_00001_20260301120000.pcap", "day_00002_20260301120500.pcap"],
        ["sbc-20260301-1200.pcap", "sbc-20260301-1205.pcap", "sbc-20260302-0000.pcap"],
        ["sbc_2026-03-01_12:00:00.pcap.gz", "sbc_2026-03-01_12:05:00.pcap.gz"],
    ],
)
def test_rings_are_told_by_their_names(ring: list[str]) -> None:
    paths = [f"/captures/{name}" for name in ring]
    found = followers(reversed(paths))
    if ring[0] == "eth0.pcap":
        paths = paths[1:]
    assert found == dict(zip(paths, [*paths[1:], None], strict=True))
    assert leaders(found) == {paths[0]}


@pytest.mark.parametrize(
    "name", [["call1.pcap", "call2.pcap"], ["a.pcap", "b.pcap"], ["+15551230000.pcap", "+15551230001.pcap"]]
)
def test_other_names_are_no_ring(name: list[str]) -> None:
    assert followers(name) == {}


def cut(source: Path, folder: Path, at: int) -> None:
    """A capture in two files of a ring, cut after some of its packets (classic pcap)."""
    data = source.read_bytes()
    position = 24
    for _ in range(at):
        position += 16 + int.from_bytes(data[position + 8 : position + 12], "little")
    folder.mkdir()
    (folder / "eth0-20260301-1200.pcap").write_bytes(data[:position])
    (folder / "eth0-20260301-1205.pcap").write_bytes(data[:24] + data[position:])


def test_a_call_over_two_files_of_a_ring_is_one(tmp_path: Path) -> None:
    cut(PLAIN, tmp_path / "ring", 4)
    run([str(tmp_path / "ring")], Options(str(tmp_path / "d")))
    assert outcomes(tmp_path / "d") == [("eth0-20260301-1200.pcap", "answered")]
    run([str(tmp_path / "ring")], Options(str(tmp_path / "apart")), rings=False)
    assert len(outcomes(tmp_path / "apart")) == 2


def test_a_ring_that_goes_on_is_read_again_where_it_ended(tmp_path: Path) -> None:
    cut(PLAIN, tmp_path / "ring", 4)
    later = tmp_path / "ring" / "eth0-20260301-1205.pcap"
    kept = later.read_bytes()
    later.unlink()
    options = Options(str(tmp_path / "d"))
    run([str(tmp_path / "ring")], options)
    assert outcomes(tmp_path / "d") != [("eth0-20260301-1200.pcap", "answered")]
    later.write_bytes(kept)
    tally = run([str(tmp_path / "ring")], options)
    assert (tally.done, tally.skipped) == (2, 0)
    assert outcomes(tmp_path / "d") == [("eth0-20260301-1200.pcap", "answered")]


def test_a_url_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    shutil.copy(PLAIN, tmp_path / "bucket" / "plain.pcap")
    url = f"file://{tmp_path}/bucket"
    tally = run([url], Options(str(tmp_path / "d")))
    assert (tally.done, tally.failed) == (1, 0)
    assert outcomes(tmp_path / "d") == [("plain.pcap", "answered")]
    assert run([url], Options(str(tmp_path / "d"))).skipped == 1


def test_a_url_of_an_object_store(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe_file("/bucket/day/plain.pcap", PLAIN.read_bytes())
    store.pipe_file("/bucket/notes.md", b"no capture")
    assert names("memory://bucket") == ["day/plain.pcap"]
    assert names("memory://bucket/*/*.pcap") == ["bucket/day/plain.pcap"]
    assert contents(tmp_path) == {}
