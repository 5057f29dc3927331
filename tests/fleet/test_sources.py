"""What a source holds: folders, patterns, URLs, rings."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import fsspec
import pytest

from sipdiag.capture.payload import CaptureError
from sipdiag.fleet.manifest import compacted
from sipdiag.fleet.query import Store
from sipdiag.fleet.ring import call_ids, followers, leaders
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


def zipped(file: Path, **members: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)


def test_an_archive_is_one_input_with_all_that_it_holds(tmp_path: Path) -> None:
    zipped(tmp_path / "s" / "calls.zip", plain__pcap=PLAIN.read_bytes(), notes__txt=b"nothing of interest")
    run([str(tmp_path / "s")], Options(str(tmp_path / "d")))
    assert outcomes(tmp_path / "d") == [("calls.zip", "answered")]
    assert run([f"file://{tmp_path}/s"], Options(str(tmp_path / "of-url"))).done == 1


def test_an_archive_without_captures_fails_and_is_named_as_it_was_given(tmp_path: Path) -> None:
    zipped(tmp_path / "s" / "calls.zip", notes__txt=b"nothing of interest")
    zipped(tmp_path / "s" / "broken.zip", broken__pcap=b"\xd4\xc3\xb2\xa1 and no more")
    tally = run([str(tmp_path / "s")], Options(str(tmp_path / "d")))
    reasons = dict(tally.reasons)
    assert reasons["calls.zip"] == "calls.zip: holds no capture and no log with SIP messages (1 files)"
    assert reasons["broken.zip"].startswith("broken.zip/broken.pcap: ")


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


def in_files(source: Path, folder: Path, *cuts: int) -> list[Path]:
    """A capture in as many files of a ring, each with so many packets and the last with the rest (classic pcap)."""
    data = source.read_bytes()
    head, position = data[:24], 24
    folder.mkdir()
    files = []
    for number, packets in enumerate((*cuts, None)):
        begin = position
        while position < len(data) and packets != 0:
            position += 16 + int.from_bytes(data[position + 8 : position + 12], "little")
            packets = None if packets is None else packets - 1
        file = folder / f"eth0-20260301-12{number:02}.pcap"
        # The unused field of the header makes each file another, also those in which nothing went on.
        file.write_bytes(head[:8] + number.to_bytes(4, "little") + head[12:] + data[begin:position])
        files.append(file)
    return files


def calls_of(dataset: Path) -> list[tuple[str, str, bool]]:
    sql = "SELECT i.name, c.outcome, c.complete FROM calls c JOIN inputs i USING (input) ORDER BY ALL"
    return [tuple(row) for row in Store(dataset).ask(sql).rows]


def test_a_call_over_many_files_of_a_ring_is_one(tmp_path: Path) -> None:
    # After the ACK nothing for three files: of such length are calls of an hour.
    files = in_files(PLAIN, tmp_path / "ring", 5, 0, 0, 0)
    run([str(tmp_path / "ring")], Options(str(tmp_path / "d")))
    assert calls_of(tmp_path / "d") == [(files[0].name, "answered", True)]
    assert Store(tmp_path / "d").ask("SELECT talk_s > 0, ended_by IS NOT NULL FROM calls").rows == [
        (True, True)
    ]
    (entry,) = [one for one in compacted(tmp_path / "d").values() if one.calls]
    assert (len(entry.names), len(entry.contents), entry.open) == (5, 5, False)


def test_a_call_that_has_not_ended_is_looked_for_in_what_comes_later(tmp_path: Path) -> None:
    *others, last = in_files(PLAIN, tmp_path / "ring", 5, 0, 0)
    kept = last.read_bytes()
    last.unlink()
    options = Options(str(tmp_path / "d"))
    run([str(tmp_path / "ring")], options)
    (entry,) = [one for one in compacted(tmp_path / "d").values() if one.calls]
    assert (len(entry.names), entry.open) == (2, True)
    assert run([str(tmp_path / "ring")], options).skipped == len(others)
    last.write_bytes(kept)
    # The file with the call, the last that was there before, and the new one.
    assert run([str(tmp_path / "ring")], options).done == 3
    run([str(tmp_path / "ring")], Options(str(tmp_path / "fresh")))
    assert contents(tmp_path / "d") == contents(tmp_path / "fresh")


def test_with_pseudonyms_a_call_is_found_in_later_files_too(tmp_path: Path) -> None:
    in_files(PLAIN, tmp_path / "ring", 5, 0, 0, 0)
    run([str(tmp_path / "ring")], Options(str(tmp_path / "d"), key=b"k" * 32))
    (entry,) = [one for one in compacted(tmp_path / "d").values() if one.calls]
    assert (len(entry.contents), entry.open) == (5, False)


def test_of_a_ring_only_so_much_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_files(PLAIN, tmp_path / "ring", 5, 0, 0, 0)
    monkeypatch.setattr("sipdiag.fleet.sources.MOST_FILES", 3)
    assert [len(one.paths) for one in inputs_of([str(tmp_path / "ring")])[0]] == [3, 3, 3, 2, 1]
    monkeypatch.setattr("sipdiag.fleet.sources.MOST_BYTES", 10)
    assert [len(one.paths) for one in inputs_of([str(tmp_path / "ring")])[0]] == [2, 2, 2, 2, 1]


def test_call_ids_are_found_wherever_pieces_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.pcap"
    text = b"".join(b"\r\nCall-ID: %d@example.net\r\ni:short%d\r\n" % (n, n) for n in range(300))
    file.write_bytes(text)
    monkeypatch.setattr("sipdiag.fleet.ring._PIECE", 500)
    found = set(call_ids(str(file), "1"))
    assert found >= {f"{n}@example.net" for n in range(300)} | {f"short{n}" for n in range(300)}
    assert call_ids(str(tmp_path / "none.pcap"), "1") == frozenset()


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
