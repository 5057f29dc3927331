"""The terminal report is short, plain on request, and cannot be driven by a capture."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.report import html, markdown, terminal
from tests.report import fixtures


def test_story_of_a_missing_refer_in_25_lines() -> None:
    text = terminal.render(fixtures.refer_missing(), width=100)
    assert text.startswith("✗ Transfer failed\n  LiveKit never sent a REFER")
    assert "Who has to act LiveKit administrator" in text
    assert "cold_transfer_mode = sip_refer" in text
    assert "frame 6" in text
    assert len(text.splitlines()) <= 25
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_refusal_is_among_the_proof_however_little_is_told() -> None:
    capture = Path(__file__).parents[2] / "sample_pcaps/caller-id/passthrough-twilio.pcap"
    proof = terminal.render(analyze([str(capture)])[0]).split("Proof")[1].split("Transfer to")[0]
    assert "403 Caller ID is unauthorized" in proof


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("access/payment-required-402", "Carrier account administrator (203.0.113.62)"),
        ("call/refused-603-after-digest", "Carrier (203.0.113.62)"),
        ("access/account-disabled-d17", "Telnyx account administrator"),
    ],
)
def test_a_pbx_is_not_named_as_the_carrier(rulebook: Rulebook, name: str, actor: str) -> None:
    capture = Path(__file__).parents[2] / "sample_pcaps" / f"{name}.pcap"
    text = terminal.render(analyze([str(capture)], rulebook=rulebook)[0])
    assert f"Who has to act {actor}\n" in text


def test_a_finding_names_its_leg_where_there_are_several() -> None:
    capture = Path(__file__).parents[2] / "sample_pcaps/transfer/new-leg-unended.pcap"
    text = terminal.render(analyze([str(capture)])[0])
    assert "capture/incomplete (c1.2): The end of this leg" in text


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_without_colour_no_escape_sequence_is_written(make: Callable[[], Analysis]) -> None:
    analysis = make()
    pages = [terminal.render(analysis), terminal.render_calls(analysis)]
    pages += [terminal.render_call(analysis, result) for result in analysis.details[:2]]
    for page in pages:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", page)


def test_colour_comes_from_us_alone() -> None:
    text = terminal.render(fixtures.hostile(), color=True)
    assert "\x1b[1;31m" in text
    assert "⟨1B⟩[31mred" in re.sub(r"\s+", "", text)
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", text)


def test_calls_are_one_line_each() -> None:
    lines = terminal.render_calls(fixtures.many_calls(30)).splitlines()
    assert len(lines) == 30
    assert re.match(
        r"c3 +2026-09-21 14:\d\d:\d\d UTC +\+15551234567 \(United States\) → \+15550000003", lines[2]
    )
    assert lines[2].endswith("target/busy")


def test_calls_told_in_brief_are_said_and_listed() -> None:
    analysis = fixtures.mostly_brief(30)
    text = terminal.render(analysis)
    assert "24 calls are summarised, without messages and steps; --call with a Call-ID" in text
    assert terminal.render_calls(analysis) == terminal.render_calls(fixtures.many_calls(30))
    assert "summarised" not in terminal.render(fixtures.many_calls(30))


def test_no_calls_is_said() -> None:
    assert terminal.render_calls(fixtures.empty()).strip() == "No calls."


def test_one_call_shows_ladder_and_masked_messages() -> None:
    analysis = fixtures.refused_second_invite()
    text = terminal.render_call(analysis, analysis.details[0])
    assert "◀─── 486 Busy Here" in text.replace("◀────", "◀───")
    assert "Proxy-Authorization: Digest username=" in text
    assert "5ec4e7" not in text
    assert "captured 2×" in text
    assert "linked by: the same caller number" in text


def test_rich_is_imported_only_for_colours() -> None:
    code = (
        "import sys; from sipdiag.report import terminal; from tests.report import fixtures; "
        "terminal.render(fixtures.hostile()); plain = 'rich' in sys.modules; "
        "terminal.render(fixtures.hostile(), color=True); sys.exit(plain or 'rich' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_plain_and_coloured_say_the_same(make: Callable[[], Analysis]) -> None:
    analysis = make()
    plain = terminal.render(analysis, width=4000)
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", terminal.render(analysis, width=4000, color=True))
    assert plain == "\n".join(line.rstrip() for line in coloured.split("\n"))


def samples() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "sample_pcaps").rglob("*.pcap"))


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.mark.parametrize("expect", [None, "transfer"])
def test_story_of_every_sample_has_25_lines(rulebook: Rulebook, expect: str | None) -> None:
    for path in samples():
        text = terminal.render(analyze([str(path)], rulebook=rulebook, expect=expect)[0])
        assert text.count("\n") <= 25, path
        assert max(map(len, text.splitlines())) <= 200, path


@pytest.mark.parametrize("render", [terminal.render, markdown.render, html.render])
def test_damage_is_said_once(rulebook: Rulebook, render: Callable[[Analysis], str]) -> None:
    path = next(path for path in samples() if path.name == "damaged.pcap")
    text = render(analyze([str(path)], rulebook=rulebook)[0]).replace("\n  ", " ")
    assert text.count("The file ends in the middle of a record") == 1


def test_every_attempt_of_a_transfer_is_told(rulebook: Rulebook) -> None:
    path = next(path for path in samples() if path.name == "second-refer-succeeds.pcap")
    analysis = analyze([str(path)], rulebook=rulebook)[0]
    for text in (terminal.render(analysis, width=200), markdown.render(analysis).replace("\\", "")):
        assert "REFER in frame 6 → 202 Accepted; NOTIFY 100, 486; failed" in text
        assert "REFER in frame 12 → 202 Accepted; NOTIFY 100, 200; completed" in text


def test_what_follows_from_the_cause_of_a_refused_registration_is_not_said_again() -> None:
    capture = Path(__file__).parents[2] / "sample_pcaps/access/register-refused.pcap"
    analysis = analyze([str(capture)])[0]
    assert "access/registration-failed" in [finding.rule for finding in analysis.findings]
    text = terminal.render(analysis)
    assert "access/credentials-rejected" in text
    assert "access/registration-failed" not in text
