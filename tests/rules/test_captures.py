"""Each rule against the captures it names: those that must fire it, and the near misses that must not."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from sipdiag.pipeline.run import load_catalogue
from sipdiag.rules.schema import Rule

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"
RULES = load_catalogue()[0].rules


def pairs(kind: str) -> list[tuple[str, str]]:
    return [
        (rule.told_as, sample) for rule in RULES.values() for sample in (rule.captures or {}).get(kind, ())
    ]


def arguments(sample: str) -> list[str]:
    """The command line for a sample: its capture, and the arguments its expectation file names."""
    expected = yaml.safe_load((SAMPLES / f"{sample}.expect.yaml").read_text()) or {}
    words = list(map(str, expected.get("args", [])))
    also = [words[place + 1] for place, word in enumerate(words) if word == "--also"]
    words = [word for word in words if word != "--also" and word not in also]
    return [
        "analyze",
        str(SAMPLES / f"{sample}.pcap"),
        *(str((SAMPLES / f"{sample}.pcap").with_name(name)) for name in also),
        *words,
        "-f",
        "json",
        "-o",
        "-",
    ]


def rules_in(report: str) -> frozenset[str]:
    """Every rule that fired, on calls and on the capture."""
    document: dict[str, Any] = json.loads(report)
    found = {finding["rule"] for finding in document["findings"]}
    for call in document["calls"]:
        found |= {finding["rule"] for finding in call["findings"]}
    return frozenset(found)


@cache
def fired(sample: str) -> frozenset[str]:
    from sipdiag.cli import cli

    result = CliRunner().invoke(cli, arguments(sample))
    assert result.exit_code == 0, result.output
    return rules_in(result.stdout)


@pytest.mark.parametrize(("rule", "sample"), pairs("fires"))
def test_fires(rule: str, sample: str) -> None:
    assert rule in fired(sample)


@pytest.mark.parametrize(("rule", "sample"), pairs("silent"))
def test_stays_silent(rule: str, sample: str) -> None:
    assert rule not in fired(sample)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_names_both(rule: Rule) -> None:
    samples = rule.files or rule.captures or {}
    assert samples.get("fires"), "a sample that fires it"
    assert samples.get("silent"), "a near miss that leaves it silent"


@pytest.mark.parametrize(
    "sample",
    ["transfer/refer-missing", "caller-id/passthrough-twilio", "healthy/plain", "signalling/ack-missing"],
)
def test_a_process_of_its_own_says_the_same(sample: str) -> None:
    command = [sys.executable, "-m", "sipdiag", *arguments(sample)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert rules_in(result.stdout) == fired(sample)
