"""``rules facts``: what conditions can name, and what it is in a capture."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.cli import cli

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


def said(*words: str) -> list[str]:
    result = CliRunner().invoke(cli, ["rules", "facts", *words])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_all_of_a_subject_with_its_sets_and_evidence() -> None:
    lines = said("leg")
    assert "ring_s (double, s, may be absent): First ringing to answer, refusal or CANCEL." in lines
    assert any(line.startswith("State: State.answered, ") for line in lines)
    assert lines[-1].startswith("    ") or lines[-1].startswith("evidence: ")
    assert not any(line.startswith(("has_", "Status: ")) for line in lines)


def test_a_word_in_name_or_meaning() -> None:
    lines = said("leg", "--word", "ringing")
    assert any(line.startswith("ring_s ") for line in lines)
    assert not any(line.startswith(("talk_s ", "evidence")) for line in lines)


def test_the_names_of_statuses_are_asked_for() -> None:
    assert "Status.busy_here" in " ".join(said("leg", "-w", "status"))


def test_values_as_a_condition_would_write_them() -> None:
    lines = said("leg", "--of", str(SAMPLES / "target/busy-after-ringing.pcap"))
    assert "leg c1.2" in lines
    assert "  state = State.refused" in lines
    assert "  status = 486 (Status.busy_here)" in lines
    assert "  rang = true" in lines
    assert not any("headers =" in line for line in lines)


def test_values_of_transfers() -> None:
    lines = said("transfer", "--of", str(SAMPLES / "transfer/target-failed-404.pcap"), "-w", "result")
    assert lines[0].startswith("transfer c1.t1")
    assert "  result = 404 (Status.not_found)" in lines


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["registration", "--of", "x.pcap"], "of a leg or a transfer"),
        (["leg", "--of", "none.pcap"], "none.pcap"),
        (["legs"], "legs"),
    ],
)
def test_what_cannot_be_shown(words: list[str], what: str) -> None:
    result = CliRunner().invoke(cli, ["rules", "facts", *words])
    assert result.exit_code != 0
    assert what in result.stderr
