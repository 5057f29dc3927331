"""Every sample, through the real command line, against its expectation file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.expect import compare, read_expectation
from sipdiag.scenario import compile_scenario
from sipdiag.scenario.build import SUFFIX, pcap_path, scenarios

SAMPLES = Path(__file__).parent.parent / "sample_pcaps"
SCENARIOS = scenarios(SAMPLES)


def sample_name(path: Path) -> str:
    return str(path.relative_to(SAMPLES)).removesuffix(SUFFIX)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=sample_name)
def test_diagnosis(scenario: Path) -> None:
    from sipdiag.cli import cli

    pcap = pcap_path(scenario)
    expectation = read_expectation(pcap.with_suffix(".expect.yaml"))
    result = CliRunner().invoke(cli, ["analyze", str(pcap), *expectation.args, "-f", "json", "-o", "-"])
    assert result.exit_code == 0, result.output
    differences = compare(expectation, json.loads(result.stdout))
    assert not differences, "\n".join(["", f"{sample_name(scenario)}:", *differences])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=sample_name)
def test_committed_capture_is_what_the_scenario_compiles_to(scenario: Path) -> None:
    committed = pcap_path(scenario)
    assert committed.exists(), "run: python -m sipdiag.scenario build sample_pcaps"
    assert compile_scenario(scenario) == committed.read_bytes(), (
        "run: python -m sipdiag.scenario build sample_pcaps"
    )


def test_nothing_stands_alone() -> None:
    """Each capture has its scenario and its expectation, and the other way round."""
    stems = {
        suffix: {str(path.relative_to(SAMPLES)).removesuffix(suffix) for path in SAMPLES.rglob(f"*{suffix}")}
        for suffix in (SUFFIX, ".expect.yaml", ".pcap")
    }
    assert stems[SUFFIX] == stems[".expect.yaml"] == stems[".pcap"]
    assert len(stems[".pcap"]) > 20
