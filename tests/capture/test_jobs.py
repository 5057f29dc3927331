"""Several files read in several processes are what one process reads, to the last frame."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sipdiag import processes
from sipdiag.capture import ahead, capturefile, rtp, source
from sipdiag.capture.ahead import Ahead, ChunkResult
from sipdiag.capture.engine import Choice
from sipdiag.messages.read import Reading, read_messages
from sipdiag.processes import WorkerLostError
from tests.capture.build import (
    SECOND,
    START_NS,
    enhanced,
    eth,
    frame,
    interface,
    pcap,
    section,
    sip,
    tcp_frame,
)
from tests.capture.build import rtp as voice
from tests.capture.build import timed as at_times
from tests.capture.test_peelers import ETHERNET
from tests.capture.test_reassembly import BIG, fragments
from tests.capture.test_streams import MESSAGE, parts
from tests.capture.test_unreachable import REFUSAL, syn

SEGMENTS = [tcp_frame(data, 1 + at) for at, data in parts(MESSAGE, 200)]
PIECES = [bytes(12) + b"\x08\x00" + piece for piece in fragments(BIG)]


def talk(number: int, streams: int = 5) -> list[bytes]:
    return [frame(voice(one, ssrc=one % streams), 10000 + number, 20000) for one in range(300)]


def files() -> list[bytes]:
    """A ring of captures whose connections and fragments go on from file to file, and some trouble."""
    contents = [
        [*talk(0), SEGMENTS[0], PIECES[0], syn(), *talk(2), frame(sip(call_id="a"))],
        [SEGMENTS[1], *talk(0), *PIECES[1:], *ETHERNET.values(), eth(b"", 0x0806), *talk(4)],
        [*talk(4), *SEGMENTS[2:], REFUSAL, frame(sip(call_id="b")), *talk(2, streams=40)],
    ]
    ring = [
        pcap(at_times(packets, start_ns=START_NS + number * 100 * SECOND))
        for number, packets in enumerate(contents)
    ]
    ring[0] += b"\xff" * 60 + ring[0][24:2000]
    ring[1] = gzip.compress(ring[1])
    ring[2] = ring[2][:-3]
    beside = section() + interface() + interface()
    for number, packet in enumerate([*talk(6), frame(sip(call_id="c")), *SEGMENTS]):
        beside += enhanced(packet, (START_NS + number * SECOND) // 1000, number % 3)
    return [ring[2], beside, ring[0], b"\0no capture at all", pcap([]), ring[1]]


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(capturefile, "FIRST_CHUNK", 4096)
    monkeypatch.setattr(capturefile, "CHUNK", 8192)
    names = []
    for number, content in enumerate(files()):
        path = tmp_path / f"{number}.cap"
        path.write_bytes(content)
        names.append(str(path))
    return names


def told(paths: list[str], jobs: int) -> dict[str, Any]:
    reading: Reading = read_messages(paths, choice=Choice("native"), jobs=jobs)
    return {
        "files": reading.files,
        "accounting": reading.accounting,
        "notes": reading.notes,
        "errors": [str(error) for error in reading.errors],
        "points": reading.points,
        "streams": reading.media.streams,
        "messages": [
            (one.message.raw, one.time_ns, one.position, one.src, one.dst, one.transport, one.point)
            for one in reading.messages
        ],
    }


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the parts that other processes sent."""
    count = [0]
    fetch = Ahead.parts

    def counted(self: Ahead) -> Iterator[ChunkResult]:
        for part in fetch(self):
            count[0] += 1
            yield part

    monkeypatch.setattr(Ahead, "parts", counted)
    return count


@pytest.mark.parametrize("jobs", [4, 6, 16])
def test_the_result_is_that_of_one_process(paths: list[str], started: list[int], jobs: int) -> None:
    alone = told(paths, 1)
    assert started == [0]
    assert len(alone["messages"]) >= 40
    assert len(alone["errors"]) == 1
    assert {note.code for note in alone["notes"]} >= {"damaged-record", "truncated-file"}
    assert told(paths, jobs) == alone
    assert started[0] > 20


def test_spawned_processes_read_the_same(
    paths: list[str], started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their chunks are of the usual size, not of this test's: notes come in another order."""
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    alone, spawned = told(paths, 1), told(paths, 4)
    for one in (alone, spawned):
        one["notes"] = sorted(note.text for note in one["notes"])
    assert spawned == alone
    assert started[0] > 5


def test_nothing_is_held_for_long(
    paths: list[str], started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "MOST_AHEAD", 0)
    assert told(paths, 4) == told(paths, 1)
    assert started[0] > 20


def test_streams_beyond_the_bound(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtp, "MOST_STREAMS", 12)
    alone = told(paths, 1)
    assert len(alone["streams"]) == 12
    assert told(paths, 4) == alone


def test_a_process_that_is_lost(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: Ahead) -> Iterator[ChunkResult]:
        raise WorkerLostError
        yield

    alone = told(paths, 1)
    monkeypatch.setattr(Ahead, "parts", lost)
    assert told(paths, 4) == alone


def test_a_plain_file_needs_two_cores(paths: list[str], started: list[int]) -> None:
    """One of them for the digest; decompressing takes so long that the digest does not matter."""
    told(paths, 3)
    assert started == [0]
    told([paths[5], paths[5]], 2)
    assert started != [0]


def test_one_file_small_files_and_pipes_are_read_in_one_process(
    paths: list[str], started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told(paths[:1], 4)
    monkeypatch.setattr(source, "LARGE", 1 << 30)
    told(paths, 4)
    assert started == [0]
