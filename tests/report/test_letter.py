"""The message goes to the party that has to act: what it asks stands apart from what it explains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.report.letter import Letter, divided, letter
from sipdiag.report.letterforms import forms, jira, markdown, plain, slack
from sipdiag.rules.acts import unnamed
from sipdiag.rules.finding import FixStep
from tests.report import fixtures

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def of(analysis: Analysis) -> Letter | None:
    result = analysis.details[0]
    assert result.root_cause is not None
    return letter(analysis, result, result.root_cause)


def with_steps(*steps: FixStep) -> Analysis:
    analysis = fixtures.refer_missing()
    result = analysis.details[0]
    assert result.root_cause is not None
    cause = replace(result.root_cause, fix=steps)
    analysis.calls[0] = replace(result, root_cause=cause, findings=(cause,))
    return analysis


def test_what_explains_is_no_request() -> None:
    made = of(
        with_steps(
            FixStep("An Elastic SIP Trunk only accepts numbers of the account."),
            FixStep("An announcement was played before the refusal; listen to it, it often says why."),
            FixStep("Verify the number."),
        )
    )
    assert made is not None
    assert [ask.text for ask in made.asks] == ["Listen to it, it often says why.", "Verify the number."]
    assert made.notes[0] == "An Elastic SIP Trunk only accepts numbers of the account."
    text = plain(made)
    assert text.index("Please:") < text.index("Verify the number") < text.index("Good to know:")


@pytest.mark.parametrize(
    ("step", "told", "wanted"),
    [
        ("Check the account.", "", "Check the account."),
        ("It was refused at once. Check the domain.", "It was refused at once.", "Check the domain."),
        ("A 603 is a rule; check the account.", "A 603 is a rule.", "Check the account."),
        ("On a trunk, send tel:+…", "", "On a trunk, send tel:+…"),
        ("On a trunk the target is tel:+….", "On a trunk the target is tel:+….", ""),
        ("The PBX does not route tel URIs.", "The PBX does not route tel URIs.", ""),
        ("If no password is used, have it removed.", "", "If no password is used, have it removed."),
    ],
)
def test_a_step_is_divided(step: str, told: str, wanted: str) -> None:
    assert divided(step) == (told, wanted)


_STATEMENTS = re.compile(
    r"(A|An|The|It|This|Each|Some|Nothing|Extensions|PCMU|At Vapi|On a|How to tell|LiveKit|Twilio|Telnyx|Vapi|Retell)\b"
)


def test_every_step_of_the_rules_is_understood(rulebook: Rulebook) -> None:
    """A step of ours begins with a verb that is known, or is plainly a statement."""
    texts = [fix.text for rule in rulebook.catalogue.rules.values() for fix in rule.fix if fix.text]
    texts += [entry.fix for provider in rulebook.providers for entry in provider.responses if entry.fix]
    odd = [text for text in texts if not divided(text)[1] and not _STATEMENTS.match(text)]
    assert [text for text in odd if not text.startswith("{{")] == []


def test_whoever_was_to_be_asked_is_asked() -> None:
    step = FixStep("Ask the carrier with Call-ID and time for the reason its own log shows.")
    analysis = with_steps(step)
    cause = analysis.details[0].root_cause
    assert cause is not None
    made = letter(analysis, analysis.details[0], replace(cause, acts=unnamed("carrier")))
    assert made is not None
    assert made.asks[0].text.startswith("Tell us what your own log shows")
    account = letter(analysis, analysis.details[0], replace(cause, acts=unnamed("carrier-account")))
    assert account is not None
    assert account.asks[0].text == step.text
    mine = of(replace(with_steps(FixStep("Ask the carrier for its reason.")), us=("LiveKit",)))
    assert mine is not None
    assert mine.asks[0].text == "Ask the carrier for its reason."


@pytest.mark.parametrize(
    ("us", "mine"),
    [
        (("livekit",), True),
        (("203.0.113.0/24",), True),
        (("203.0.113.20",), True),
        (("203.0.112.0/24",), False),
        (("Twilio",), False),
        (("Live",), False),
        ((), False),
    ],
)
def test_what_we_have_to_do_is_no_mail(us: tuple[str, ...], mine: bool) -> None:
    made = of(replace(fixtures.refer_missing(), us=us))
    assert made is not None
    assert made.ours is mine
    text = plain(made)
    assert ("[ ] Set the platform's transfer mode" in text) is mine
    assert ("Please:" in text) is not mine
    assert ("To: LiveKit administrator" in text) is not mine


def test_the_account_is_ours_where_an_end_of_the_call_is() -> None:
    made = of(replace(fixtures.refused_second_invite(), us=("203.0.113.0/24",)))
    assert made is not None
    assert made.ours
    other = of(replace(fixtures.refused_second_invite(), us=("192.0.2.0/24",)))
    assert other is not None
    assert not other.ours


def test_a_network_reads_no_mail() -> None:
    """Its operator does."""
    sent = of(analyze([str(SAMPLES / "signalling" / "fragments-lost.pcap")])[0])
    assert sent is not None
    assert sent.to == "Operator of the network between Asterisk (198.51.100.10) and 203.0.113.5"


def test_where_nobody_has_to_act_nothing_is_sent() -> None:
    analysis = fixtures.refer_missing()
    result = analysis.details[0]
    assert result.root_cause is not None
    assert letter(analysis, result, replace(result.root_cause, acts=unnamed("nobody"))) is None


def test_every_form_has_the_same_to_say() -> None:
    made = of(fixtures.refer_missing())
    assert made is not None
    for name, text in forms(made):
        for part in ("LiveKit", "sip_refer", "frame 6", "BYE", "CA0123456789", "42.0 s"):
            assert part.replace("_", r"\_") in text or part in text, (name, part)


def test_no_form_is_driven_by_a_capture() -> None:
    made = of(fixtures.hostile())
    assert made is not None
    for _, text in forms(made):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", text)
    assert "<script" not in slack(made)
    outside = re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", markdown(made))
    assert "<b>" not in re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", outside.replace(r"\`", ""))
    assert not re.search(r"(?<!\\)\[x", re.sub(r"(?s)\{noformat\}.*?\{noformat\}", "", jira(made)))


def test_a_block_of_jira_ends_where_it_should() -> None:
    made = of(with_steps(FixStep("Set:", "a {noformat} b")))
    assert made is not None
    assert jira(made).count("{noformat}") % 2 == 0
    assert "a ( noformat} b" in jira(made)
