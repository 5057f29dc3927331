"""The Markdown report tells the story and lets nothing from the capture format it."""

from __future__ import annotations

import re

import pytest

from sipdiag.report import markdown, markup
from tests.report import fixtures


def test_story_of_a_missing_refer() -> None:
    text = markdown.render(fixtures.refer_missing())
    assert text.startswith("# Transfer failed\n\n**LiveKit never sent a REFER on this leg;")
    assert "Certain: the capture proves it" in text
    assert "LiveKit administrator" in text
    assert "cold_transfer_mode = sip_refer" in text
    assert "| frame 6 | `2026-09-21T14:14:06.665456Z` |" in text
    assert "REFER expected here" in text
    assert "Next time: The platform's log of the same minute." in text
    assert "captures/call.pcap" not in text


def test_healthy_call_says_so() -> None:
    text = markdown.render(fixtures.healthy())
    assert text.startswith(
        "# Answered\n\n**The call was answered and ended normally: Twilio hung up after 42.0 s.**"
    )
    assert "Offer and answer share PCMU." in text


def test_capture_without_sip() -> None:
    text = markdown.render(fixtures.empty())
    assert text.startswith("# No SIP")
    assert "The file ends within a record." in text


def test_every_call_has_a_row() -> None:
    text = markdown.render(fixtures.many_calls(30))
    brief = markdown.render(fixtures.mostly_brief(30))
    assert re.findall(r"^\| c.*", text, re.MULTILINE) == re.findall(r"^\| c.*", brief, re.MULTILINE)
    assert markup.escape(f"24 × {fixtures.BRIEF}") in brief
    assert len(re.findall(r"^\| c\d+ (?:\(above\) )?\|", text, re.MULTILINE)) == 30


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ("a | b", r"a \| b"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("`code` *b* _i_", r"\`code\` \*b\* \_i\_"),
        ("# head", r"\# head"),
        ("https://evil.example", "https:&#47;&#47;evil.example"),
        ("\x1b[31m", r"⟨1B⟩\[31m"),
    ],
)
def test_escape(raw: str, escaped: str) -> None:
    assert markup.escape(raw) == escaped


@pytest.mark.parametrize(
    ("raw", "span"),
    [("plain", "`plain`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a|b", "`a\\|b`"), ("", "` `")],
)
def test_code_span_cannot_be_left(raw: str, span: str) -> None:
    assert markup.code(raw) == span


def test_fence_is_longer_than_any_run_of_backticks() -> None:
    assert markup.fenced("```\nx\n`````").startswith("``````text\n")


def test_hostile_strings_stay_text() -> None:
    text = markdown.render(fixtures.hostile())
    outside = re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", text)
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", outside.replace(r"\`", ""))
    assert "<script" not in outside
    assert "<b>" not in outside
    assert "](javascript" not in outside.replace(r"\]", "")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", text)
