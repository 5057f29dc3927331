"""Every sample against its expectation file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.regression.case import expectation_path, run_case
from sipdiag.scenario import compile_scenario
from sipdiag.scenario.build import SUFFIX, pcap_path, scenarios

SAMPLES = Path(__file__).parent.parent / "sample_pcaps"
SCENARIOS = scenarios(SAMPLES)


def sample_name(path: Path) -> str:
    return str(path.relative_to(SAMPLES)).removesuffix(SUFFIX)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=sample_name)
def test_diagnosis(scenario: Path) -> None:
    verdict = run_case(expectation_path(pcap_path(scenario)))
    assert verdict.status == "passed", "\n".join(["", f"{sample_name(scenario)}:", *verdict.lines])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=sample_name)
def test_committed_capture_is_what_the_scenario_compiles_to(scenario: Path) -> None:
    committed = pcap_path(scenario)
    assert committed.exists(), "run: python -m sipdiag.scenario build sample_pcaps"
    assert compile_scenario(scenario) == committed.read_bytes(), (
        "run: python -m sipdiag.scenario build sample_pcaps"
    )


LOGS = sorted(SAMPLES.rglob("*.log"))


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_diagnosis_of_a_text_log(log: Path) -> None:
    verdict = run_case(expectation_path(log))
    assert verdict.status == "passed", "\n".join(["", f"{log.name}:", *verdict.lines])


def test_nothing_stands_alone() -> None:
    """Each capture has its scenario and its expectation, and the other way round; a text log has no scenario."""
    stems = {
        suffix: {str(path.relative_to(SAMPLES)).removesuffix(suffix) for path in SAMPLES.rglob(f"*{suffix}")}
        for suffix in (SUFFIX, ".expect.yaml", ".pcap")
    }
    logs = {str(path.relative_to(SAMPLES)).removesuffix(".log") for path in LOGS}
    assert stems[SUFFIX] == stems[".expect.yaml"] - logs == stems[".pcap"]
    assert logs <= stems[".expect.yaml"]
    assert len(stems[".pcap"]) > 20
