"""One call out of a capture: its packets as they were, its media, and the same verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from sipdiag.capture.capturefile import CaptureFile
from sipdiag.capture.payload import Batch, FileInfo
from sipdiag.capture.source import read_one
from sipdiag.cli import cli
from sipdiag.scenario import compile_scenario

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
SEVERAL = SAMPLES / "transfer" / "two-callers-at-once.pcap"
TWO_WITH_MEDIA = ("burst", "codec-differs")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in args], standalone_mode=False)


def report(path: Path) -> dict[str, Any]:
    result = run("analyze", path, "-f", "json", "-o", "-")
    assert result.exception is None, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def packets(path: Path) -> list[tuple[int, int, bytes]]:
    found = []
    for chunk in CaptureFile(str(path), 0, FileInfo(path=str(path), format="")).records():
        for run in chunk.records:
            for start, length, wire, time in zip(run.start, run.length, run.wire, run.time_ns, strict=True):
                found.append((int(time), int(wire), bytes(run.chunk.raw[int(start) : int(start + length)])))
    return found


def extracted(path: Path, folder: Path, *selection: str) -> list[tuple[int, int, bytes]]:
    out = folder / "extracted.pcap"
    assert run("extract", path, *selection, "-o", out).exception is None
    return packets(out)


def told(call: dict[str, Any]) -> tuple[Any, ...]:
    media = [(one["packets"], one["lost"], one["ssrc"]) for one in call["media"]["streams"]]
    return call["outcome"], call["root_cause"], [one["rule"] for one in call["findings"]], media


def captures() -> list[Path]:
    """Samples of one call each: others may have a say in the verdict, and so may answers to requests beside a call."""
    families = ("transfer", "media", "signalling", "healthy", "dtmf")
    found = [path for family in families for path in sorted((SAMPLES / family).glob("*.pcap"))[::6]]
    alone = [path for path in found if "options-answered" not in path.stem]
    return [path for path in alone if len(_expected(path)["calls"]) == 1]


def _expected(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = yaml.safe_load(path.with_suffix(".expect.yaml").read_text(encoding="utf-8"))
    return expected


@pytest.mark.parametrize("path", captures(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_verdict_of_the_call_alone_is_the_same(path: Path, tmp_path: Path) -> None:
    (before,) = report(path)["calls"]
    out = tmp_path / "one.pcap"
    assert run("extract", path, "--call", before["call_id"], "-o", out).exception is None
    assert set(packets(out)) <= set(packets(path))
    (after,) = report(out)["calls"]
    assert told(after) == told(before)


@pytest.mark.parametrize("name", ["dtls-never-begun", "ice-refused", "ice-failed"])
def test_what_was_to_set_media_up_comes_along_where_no_media_came(name: str, tmp_path: Path) -> None:
    path = SAMPLES / "media" / f"{name}.pcap"
    (call,) = report(path)["calls"]
    assert call["root_cause"] is not None
    out = tmp_path / "one.pcap"
    assert run("extract", path, "--call", call["call_id"], "-o", out).exception is None
    assert told(report(out)["calls"][0]) == told(call)
    assert len(packets(out)) > len(extracted(path, tmp_path, "--call", call["call_id"], "--no-media"))


def test_only_the_call_that_was_named(tmp_path: Path) -> None:
    first, second = report(SEVERAL)["calls"]
    for name in (second["call_id"], "c2", second["from"]["number"]):
        out = tmp_path / "one.pcap"
        assert run("extract", SEVERAL, "--call", name, "-o", out).stdout.startswith(f"{out}: ")
        (found,) = report(out)["calls"]
        assert found["call_id"] == second["call_id"] != first["call_id"]


TWO_OVER_ONE_CONNECTION = """
title: Two calls over one connection
hosts:
  carrier: {address: 203.0.113.40}
  agent: {address: 198.51.100.61}
dialogs:
  a: {from: carrier, to: agent, caller: "+14155550137", callee: "+12025550148", transport: tcp}
  b: {from: carrier, to: agent, caller: "+14155550139", callee: "+12025550148", transport: tcp}
ladder:
  - a INVITE
  - a 100
  - b INVITE +0.1
  - b 100
  - a 180 +0.3
  - a 200 +1
  - a ACK
  - b 180 {lost}
  - b 200 +1
  - b ACK
  - a BYE +10
  - a 200
  - b BYE +10
  - b 200
"""


@pytest.mark.parametrize(("lost", "holes"), [("", {"c1": 0, "c2": 0}), ("lost", {"c1": 1, "c2": 1})])
def test_a_call_of_a_shared_connection_has_only_the_holes_that_it_had(
    lost: str, holes: dict[str, int], tmp_path: Path
) -> None:
    (tmp_path / "shared.scenario.yaml").write_text(TWO_OVER_ONE_CONNECTION.replace("{lost}", lost))
    shared = tmp_path / "shared.pcap"
    shared.write_bytes(compile_scenario(tmp_path / "shared.scenario.yaml"))
    for name in ("c1", "c2"):
        alone = tmp_path / f"{name}.pcap"
        assert run("extract", shared, "--call", name, "-o", alone).exception is None
        found = report(alone)
        assert len(found["calls"]) == 1
        said = [one for one in found["capture"]["warnings"] if "were not captured" in str(one)]
        assert len(said) == holes[name]


def test_media_can_be_left_out(tmp_path: Path) -> None:
    path = next(
        one
        for one in sorted((SAMPLES / "media").glob("*.pcap"))
        if report(one)["calls"][0]["media"]["streams"]
    )
    with_media, without = tmp_path / "a.pcap", tmp_path / "b.pcap"
    assert run("extract", path, "--call", "c1", "-o", with_media).exception is None
    assert run("extract", path, "--call", "c1", "--no-media", "-o", without).exception is None
    assert len(packets(without)) < len(packets(with_media)) <= len(packets(path))
    assert not report(without)["calls"][0]["media"]["streams"]


def test_several_calls_bring_the_media_of_each_from_one_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (SAMPLES / "media" / f"{name}.pcap" for name in TWO_WITH_MEDIA)
    both = tmp_path / "both.pcap"
    both.write_bytes(first.read_bytes() + second.read_bytes()[24:])
    assert [bool(call["media"]["streams"]) for call in report(both)["calls"]] == [True, True]
    read: list[str] = []

    def counted(path: str, *rest: Any) -> Iterator[Batch]:
        read.append(path)
        return read_one(path, *rest)

    monkeypatch.setattr("sipdiag.capture.extract.read_one", counted)
    alone_1, alone_2, together = (
        extracted(both, tmp_path, *selection)
        for selection in (("--call", "c1"), ("--call", "c2"), ("--from", "2000-01-01T00:00"))
    )
    assert read == [str(both)] * 3
    assert sorted(together) == sorted(alone_1 + alone_2)
    assert {frozenset(alone_1), frozenset(alone_2)} == {frozenset(packets(first)), frozenset(packets(second))}


def test_link_types_of_several_files_are_kept(tmp_path: Path) -> None:
    """Packets of several link types need pcapng."""
    raw = SEVERAL.read_bytes()
    other = tmp_path / "other.pcap"
    # The same call behind a header of 16 bytes of Linux cooked mode (SLL) in place of Ethernet's 14.
    order = "little" if raw[0] in (0xD4, 0x4D) else "big"
    body, rest = b"", raw[24:]
    while rest:
        length = int.from_bytes(rest[8:12], order)  # type: ignore[arg-type]
        packet = rest[16 : 16 + length]
        cooked = bytes((0, 0, 0, 1, 0, 6)) + packet[6:12] + b"\0\0" + packet[12:]
        size = len(cooked).to_bytes(4, order)  # type: ignore[arg-type]
        body += rest[:8] + size + size + cooked
        rest = rest[16 + length :]
    other.write_bytes(raw[:20] + (113).to_bytes(4, order) + body)  # type: ignore[arg-type]
    out = tmp_path / "one.pcapng"
    assert run("extract", SEVERAL, other, "--call", "c1", "-o", out).exception is None
    assert out.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    found = report(out)
    assert len(found["capture"]["files"][0]["link_types"]) == 2
    assert set(packets(out)) <= set(packets(SEVERAL)) | set(packets(other))


def test_what_cannot_be_extracted(tmp_path: Path) -> None:
    def refused(*args: str | Path) -> str:
        result = run(*args)
        assert result.exception is not None
        return str(getattr(result.exception, "message", result.exception))

    out = tmp_path / "x.pcap"
    assert "which call?" in refused("extract", SEVERAL, "-o", out)
    assert "no call matches --call 'nobody'" in refused("extract", SEVERAL, "--call", "nobody", "-o", out)
    assert "a pipe cannot be read twice" in refused("extract", "-", "--call", "c1", "-o", out)
    assert "is the input itself" in refused("extract", SEVERAL, "--call", "c1", "-o", SEVERAL)
    log = next(one for one in sorted((SAMPLES / "logs").iterdir()) if one.suffix in (".log", ".txt"))
    said = refused("extract", log, "--call", "c1", "-o", out)
    assert "is a text log" in said or "no call matches" in said
    assert not out.exists()
