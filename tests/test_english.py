"""Phrases that readers stumbled over, and what is said instead: none of them comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PHRASES = (
    "password of the registration are wrong",
    "password are wrong",
    "or realm are wrong",
    "has it credit, and is it no trial",
    "but nothing came after it",
    "pushed away",
    "no rule of the carrier stands",
    "Whose rule it is",
    "is a rule, not a fault",
    "own table says which",
    "Ready for:",
    "Every rule was applied and nothing above",
    "No fault found:",
    "leave no room for a request",
    "Who each leg says it is",
    "header ties it to",
    "What followed from it",
    'beside calls"',
    "and beside calls",
    "told in brief",
    "told in full",
    "is no capture: begins",
    "what became what",
    "one line a call",
    "one a core",
    "Hold captures against",
    "with the expectation said",
    "party to be transferred",
    "hardly a person",
    "well delivered",
    "side did not take it",
    "came too fast for a telephone",
    "in the shape of busy",
    "looks like a barred country",
    "wants the account to be paid",
    "had to be sent again",
    "Sure?",
    "new INVITE towards",
    "may the account call",
    "runs the network between",
    "told in detail",
    "Whoever configures",
)


def texts() -> list[Path]:
    found = [
        path for path in (ROOT / "sipdiag").rglob("*") if path.suffix in (".py", ".html", ".js", ".json")
    ]
    found += (ROOT / "rules").rglob("*.yaml")
    found += (ROOT / "docs").glob("*.md")
    return [*found, ROOT / "README.md"]


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").lower() for path in texts()}


@pytest.mark.parametrize("phrase", PHRASES)
def test_nobody_stumbles_over_it_again(written: dict[str, str], phrase: str) -> None:
    assert [name for name, text in written.items() if phrase.lower() in text] == []
