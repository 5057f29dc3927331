"""The texts of rules: plain, said once, and true of the finding they stand in, on every sample and in every output."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.pipeline.run import analyze, load_rulebook
from sipdiag.report import html, letterforms, markdown, sarif, terminal
from sipdiag.report import json as json_report
from sipdiag.report.letter import letter
from sipdiag.rules.finding import Confidence, Finding
from sipdiag.rules.schema import Rule

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
RULEBOOK = load_rulebook()
RULES = list(RULEBOOK.catalogue.rules.values())
NAMES = sorted(
    str(path.relative_to(SAMPLES))[: -len(".expect.yaml")] for path in SAMPLES.rglob("*.expect.yaml")
)

STUMBLED_OVER = (
    *("password are wrong", "realm are wrong", "may the account call", "has it credit", "is it no trial"),
    *("nothing came after it", "pushed away", "stands in its way", "Whose rule it is", "table says which"),
    *("Ready for:", "leave no room for a request", "told in brief", "told in full", "is no capture"),
    *("One line a call", "one a core", "what became what", "the party to be transferred", "mended"),
    *("hardly a person", "well delivered", "did not take it", "too fast for a telephone in another"),
    *("in the shape of busy", "barred country", "to be paid before it takes", "had to be sent again"),
    *("Who acts", "Sure?", "is none of", "of whoever", "put right"),
)
"""What readers stumbled over, and patterns of it."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_text_is_one_that_readers_stumbled_over(rule: Rule) -> None:
    texts = [rule.title, *rule.false_alarms, *(text for _, text in rule.templates())]
    assert [(one, text) for text in texts for one in STUMBLED_OVER if one in text] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_steps_and_false_alarms_are_sentences(rule: Rule) -> None:
    """A list on one line ends a text at its first comma, unless the text stands in quotes."""
    texts = [*rule.false_alarms, *(fix.text for _, fix in rule.steps() if fix.text)]
    assert [one for one in texts if not re.fullmatch(r"[A-Z\"{].*([.?]\)?|\}\})\s*", one, re.DOTALL)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_two_cases_ask_the_same(rule: Rule) -> None:
    """What differs under a condition stands in one place."""
    asked = Counter(" ".join(case.when.split()) for case in rule.cases)
    assert [text for text, often in asked.items() if often > 1] == []


CODES = re.compile(r"(?<![\w.])\w*(?:status|result|q850|sip_cause|refused) (?:[!=]= |in \[)(\d+)")
OF_NO_TABLE = {"478"}
"""Statuses that proxies made up."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_statuses_and_causes_go_by_their_names(rule: Rule) -> None:
    numbers = {found for _, text in rule.expressions() for found in CODES.findall(text)}
    assert numbers <= OF_NO_TABLE, "write Status.busy_here, Q850.user_busy"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_condition_is_written_once(rule: Rule) -> None:
    """What stands in several places has a name under ``let``; a single fact needs none."""
    written = Counter(" ".join(text.split()) for _, text in rule.expressions())
    assert [text for text, often in written.items() if often > 1 and ("&&" in text or "||" in text)] == []


# -- on the samples --------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def analysis(name: str) -> Analysis:
    expected = yaml.safe_load((SAMPLES / f"{name}.expect.yaml").read_text(encoding="utf-8")) or {}
    args = list(map(str, expected.get("args", ())))
    capture = next(p for p in SAMPLES.glob(f"{name}.*") if p.suffix in (".pcap", ".pcapng", ".log"))
    expect = args[args.index("--expect") + 1] if "--expect" in args else None
    return analyze([str(capture)], expect=expect, rulebook=RULEBOOK)[0]


def findings(name: str) -> list[tuple[Finding, CallDetail | None]]:
    made = analysis(name)
    found: list[tuple[Finding, CallDetail | None]] = [(one, None) for one in made.findings]
    for call in made.calls:
        if isinstance(call, CallDetail):
            found += [(one, call) for one in call.findings]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_texts_hold_against_the_facts(name: str) -> None:
    for finding, call in findings(name):
        said = " ".join([finding.sentence, finding.why, *(step.text for step in finding.fix)])
        assert not re.search(r"\{[{%]|\bNone\b|\bUndefined\b|\(\)|  |\.\.(?!\.)| ,", said), said
        _certain(finding)
        if call is not None:
            _nothing_more(finding, call)
            _refer_accepted(finding, call)


def _certain(finding: Finding) -> None:
    """What is certain leaves no choice of causes."""
    if finding.confidence == Confidence.certain:
        assert not re.search(
            r"\b(or (?:the|was|simply)|may not be|perhaps|possibly|seems to)\b", finding.sentence
        )


def _nothing_more(finding: Finding, call: CallDetail) -> None:
    """'No further response' is not said above a later response to the INVITE."""
    if "sent no further response" not in finding.sentence:
        return
    leg = next(leg.leg for leg in call.legs if leg.leg.id == finding.subject)
    statuses = [
        one.captured.message.status
        for one in leg.messages
        if one.captured.message.status
        and one.captured.message.cseq_method == "INVITE"
        and one.captured.message.status > 100
    ]
    assert [status for status in statuses if status not in (401, 407, 487)] == []


def _refer_accepted(finding: Finding, call: CallDetail) -> None:
    """Nobody is told to enable REFER where it was accepted."""
    accepted = any(
        one.captured.message.cseq_method == "REFER" and (one.captured.message.status or 0) // 100 == 2
        for leg in call.legs
        for one in leg.leg.messages
    )
    if accepted and finding.subject.rpartition(".")[2].startswith("t"):
        assert not any(
            re.search(r"\b(enable|switch on)\b.{0,40}\b(REFER|Call Transfer)\b", step.text)
            for step in finding.fix
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_output_says_the_same(name: str) -> None:
    """The sentence of the root cause stands in each output, under the same labels."""
    made = analysis(name)
    if len(made.calls) != 1 or not isinstance(call := made.calls[0], CallDetail) or not call.root_cause:
        return
    cause = call.root_cause
    outputs = {
        "json": json_report.render(made),
        "html": html.render(made, provenance=False),
        "markdown": markdown.render(made),
        "terminal": terminal.render(made, width=200, color=False),
    }
    for kind, text in outputs.items():
        markup = r"&#?\w+;|<[^>]*>" if kind == "html" else r"\\u[0-9a-f]{4}"
        words = re.sub(r"\W+", " ", re.sub(markup, " ", text))
        for word in re.findall(r"[A-Za-z]{4,}", cause.sentence):
            assert word in words, f"{kind} lacks '{word}' of: {cause.sentence}"
        if kind != "json":
            wanted = ("Root cause", "Confidence", "Who has to act", *(["What to do"] if cause.fix else []))
            for label in (*wanted, *(["Proof"] if cause.evidence else [])):
                assert label in text, f"{kind}: {label}"
    written = letter(made, call, cause)
    if written is not None:
        for form in (letterforms.plain, letterforms.markdown, letterforms.slack, letterforms.jira):
            said = form(written)
            assert "Confidence: " in said, form
            assert ("Proof" in said) == bool(written.evidence), form
    result = next(
        one
        for one in json.loads(sarif.render(made))["runs"][0]["results"]
        if one["properties"]["role"] == "cause"
    )
    assert f"Who has to act: {cause.acts.who}" in result["message"]["text"]
    assert ("What to do: " in result["message"]["text"]) == bool(cause.fix)
