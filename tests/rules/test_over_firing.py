"""On other people's captures no rule above ``info`` may fire on every other call.

A rule that does has misunderstood something, unless ``over_firing.yaml`` says why it is right.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from sipdiag.capture.payload import CaptureError
from sipdiag.pipeline.run import analyze, load_catalogue
from sipdiag.rules.finding import Severity
from tests.outside import CORPUS, needs_corpus

CAPTURES = sorted(
    path for path in CORPUS.glob("captures/*/*") if path.suffix not in (".keylog", ".pem", ".md")
)
REASONS: dict[str, dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("over_firing.yaml").read_text(encoding="utf-8")
)
"""Rule → capture → why the rule is right to fire on its calls; those calls are left out of the count."""

pytestmark = needs_corpus


@cache
def fired() -> tuple[dict[str, int], dict[str, Counter[str]]]:
    """Calls of each capture, and on how many of them each rule fired above ``info``."""
    calls: dict[str, int] = {}
    rules: dict[str, Counter[str]] = {}
    for path in CAPTURES:
        try:
            analysis, _ = analyze([str(path)])
        except CaptureError:
            continue
        name = f"{path.parent.name}/{path.name}"
        calls[name] = len(analysis.calls)
        rules[name] = Counter(
            rule
            for call in analysis.calls
            for rule in {one.rule for one in call.findings if one.severity > Severity.info}
        )
    return calls, rules


@pytest.mark.parametrize("rule", load_catalogue()[0].rules)
def test_not_on_more_than_a_third_of_the_calls(rule: str) -> None:
    calls, rules = fired()
    counted = [name for name in calls if name not in REASONS.get(rule, {})]
    total = sum(calls[name] for name in counted)
    hits = sum(rules[name][rule] for name in counted)
    assert hits <= total / 3, f"{rule} fired on {hits} of {total} calls"


def test_the_corpus_was_read() -> None:
    calls, _ = fired()
    assert sum(calls.values()) > 500


@pytest.mark.parametrize("rule", REASONS)
def test_each_exception_is_needed(rule: str) -> None:
    calls, rules = fired()
    hits = sum(counter[rule] for counter in rules.values())
    assert hits > sum(calls.values()) / 3, f"{rule} no longer fires often: take it out of over_firing.yaml"
