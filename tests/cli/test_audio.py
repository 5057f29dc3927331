"""``sipdiag audio`` and ``--audio``: voices only on demand, and never beside pseudonyms."""

from __future__ import annotations

import base64
import io
import re
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sipdiag.cli import cli

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
HOLES = SAMPLES / "media" / "burst.pcap"
AUDIBLE = SAMPLES / "healthy" / "audible.pcap"
SILENT = SAMPLES / "media" / "none.pcap"


def run(*arguments: object) -> tuple[int, str, bytes]:
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    return result.exit_code, result.stderr, result.stdout_bytes


def samples(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as told:
        assert told.getnchannels() == 2
        return np.frombuffer(told.readframes(told.getnframes()), "<i2").reshape(-1, 2)


def test_two_channels(tmp_path: Path) -> None:
    code, _, _ = run("audio", AUDIBLE, "-o", tmp_path / "call.wav")
    heard = samples((tmp_path / "call.wav").read_bytes())
    assert code == 0
    assert len(heard) > 8000
    assert (abs(heard.astype(int)).max(axis=0) > 1000).any()


def test_to_standard_output() -> None:
    code, _, data = run("audio", AUDIBLE, "-o", "-")
    assert code == 0
    assert len(samples(data)) > 8000


@pytest.mark.parametrize("option", ["--redact", "--redact-map=x.json"])
@pytest.mark.parametrize("command", [["audio", "-o", "x.wav"], ["analyze", "--audio", "-o", "x.html"]])
def test_no_voices_beside_pseudonyms(command: list[str], option: str) -> None:
    code, told, _ = run(command[0], HOLES, *command[1:], option)
    assert code == 2
    assert "exclude each other" in told


@pytest.mark.parametrize("command", [["audio", "-", "-o", "x.wav"], ["analyze", "-", "--audio"]])
def test_no_pipe(command: list[str]) -> None:
    code, told, _ = run(*command)
    assert code == 2
    assert "twice" in told


def test_audio_in_no_page() -> None:
    code, told, _ = run("analyze", AUDIBLE, "--audio", "-f", "json", "-o", "-")
    assert code == 2
    assert "HTML" in told


def test_the_input_stays() -> None:
    code, told, _ = run("audio", AUDIBLE, "-o", AUDIBLE)
    assert code == 2
    assert "input itself" in told


def test_a_call_of_which_no_media_was_captured(tmp_path: Path) -> None:
    code, told, _ = run("audio", SILENT, "--call", "c2", "-o", tmp_path / "x.wav")
    assert code
    assert "no RTP of this call" in told
    assert not (tmp_path / "x.wav").exists()


def test_a_page_that_plays(tmp_path: Path) -> None:
    code, _, _ = run("analyze", AUDIBLE, "--audio", "-o", tmp_path / "call.html")
    page = (tmp_path / "call.html").read_text(encoding="utf-8")
    assert code == 0
    assert "media-src data:" in page
    assert "holds the voices of a call" in page
    source = re.search(r'src="data:audio/wav;base64,([^"]+)"', page)
    assert source is not None
    assert base64.b64decode(source[1])[:4] == b"RIFF"


def test_a_page_without_is_silent(tmp_path: Path) -> None:
    run("analyze", AUDIBLE, "-o", tmp_path / "call.html")
    page = (tmp_path / "call.html").read_text(encoding="utf-8")
    assert "media-src" not in page
    assert "<audio" not in page


def test_a_page_of_which_nothing_is_to_be_heard_is_written(tmp_path: Path) -> None:
    code, told, _ = run("analyze", SILENT, "--call", "c2", "--audio", "-o", tmp_path / "call.html")
    assert code == 0
    assert "no RTP" in told
    assert "<audio" not in (tmp_path / "call.html").read_text(encoding="utf-8")
