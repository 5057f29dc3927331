"""``explain`` and ``rules new``, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sipdiag.cli import cli

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("32204", ["Twilio 32204", "verified caller ID", "https://www.twilio.com/docs/api/errors/32204"]),
        ("D35", ["Telnyx D35", "E.164", "https://developers.telnyx.com"]),
        ("d35", ["Telnyx D35"]),
        ("4560", ["Plivo 4560", "Geo Permissions", "https://www.plivo.com"]),
        ("486", ["SIP 486 Busy Here", "RFC 3261", "target/busy", "geo/suspected"]),
        ("P-Asserted-Identity", ["as a trusted network vouches", "RFC 3325", "rfc3325"]),
        ("refer-to:", ["Refer-To (short: r)", "target of a transfer"]),
        ("k", ["Supported (short: k)", "100rel"]),
        ("X-Twilio-CallSid", ["id of the call"]),
        ("499", ["treats it as 400 Bad Request", "8.1.3.2"]),
        ("sip 199", ["Early Dialog Terminated"]),
        ("cause 12", ["not in the table", "500"]),
        ("21", ["Q.850 cause 21", "RFC 3398"]),
        ("q850/17", ["Q.850 cause 17", "user busy"]),
        (
            "transfer/refer-missing",
            ["A transfer was expected", "RFC 3515 §2.4", "cold_transfer_mode", "false alarms"],
        ),
        ("geo", ["geo/blocked", "geo/suspected"]),
        ("31999", ["https://www.twilio.com/docs/api/errors/31999"]),
    ],
)
def test_explains(term: str, words: list[str]) -> None:
    result = run("explain", term)
    assert result.exit_code == 0, result.output
    for word in words:
        assert word in result.stdout


def test_two_words_are_one_term() -> None:
    assert "Q.850 cause 21" in run("explain", "cause", "21").stdout


def test_a_text_without_templates() -> None:
    text = run("explain", "transfer/refer-missing").stdout
    assert "{{" not in text
    assert "{%" not in text


def test_values_are_told_by_their_names() -> None:
    text = " ".join(run("explain", "transfer/refer-missing").stdout.split())
    assert "[platform name] never sent a REFER and ended the call with BYE after N s." in text


def test_every_rule_can_be_explained() -> None:
    from sipdiag.knowledge.references import load_references
    from sipdiag.pipeline.run import load_catalogue
    from sipdiag.rules.catalogue import catalogue_root
    from sipdiag.rules.explain import explain

    catalogue, providers = load_catalogue()
    references = load_references(catalogue_root())
    for rule in catalogue.rules.values():
        text = explain(rule.id, catalogue, providers, references)
        assert rule.title in text
        assert "https://" in text


def test_an_unknown_term_says_what_there_is() -> None:
    result = run("explain", "transfer/refer-mising")
    assert result.exit_code != 0
    assert "did you mean 'transfer/refer-missing'?" in result.stderr


def test_a_new_rule_is_sound_and_fires(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    written = run("rules", "new", "carrier/quick-480", "--dir", str(folder))
    assert written.exit_code == 0, written.output
    assert (folder / "carrier" / "quick-480.yaml").exists()
    checked = run("rules", "check", str(folder))
    assert checked.exit_code == 0, checked.output
    capture = tmp_path / "c.pcap"
    capture.write_bytes((SAMPLES / "target" / "unavailable-cause-20.pcap").read_bytes())
    analysed = run("analyze", str(capture), "--rules", str(folder), "-f", "json", "-o", "-")
    assert analysed.exit_code == 0, analysed.output
    assert "carrier/quick-480" in analysed.stdout


def test_a_rule_is_not_overwritten(tmp_path: Path) -> None:
    run("rules", "new", "a/b", "--dir", str(tmp_path))
    again = run("rules", "new", "a/b", "--dir", str(tmp_path))
    assert again.exit_code != 0
    assert "exists already" in again.stderr


@pytest.mark.parametrize("name", ["x", "a/b/c", "../x/y", "A/b", "a/", "a b/c"])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    result = run("rules", "new", name, "--dir", str(tmp_path))
    assert result.exit_code != 0
    assert "FAMILY/NAME" in result.stderr


def test_check_looks_at_provider_files_too(tmp_path: Path) -> None:
    provider = tmp_path / "providers" / "example.yaml"
    provider.parent.mkdir()
    text = (SAMPLES.parent / "docs" / "add-a-carrier.md").read_text(encoding="utf-8")
    provider.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    sound = run("rules", "check", str(tmp_path))
    assert "1 provider files are sound" in sound.stdout
    provider.write_text(provider.read_text().replace("cause: caller_id", "cause: callerid"), encoding="utf-8")
    broken = run("rules", "check", str(tmp_path))
    assert "sound" not in broken.stdout
    assert "did you mean 'caller_id'?" in broken.stderr


def test_nothing_is_said_twice_and_nothing_is_left_to_fill_in() -> None:
    from sipdiag.knowledge.codes import Q850_CAUSES, SIP_STATUSES
    from sipdiag.knowledge.headers import FIELDS
    from sipdiag.knowledge.references import load_references
    from sipdiag.pipeline.run import load_catalogue
    from sipdiag.rules.catalogue import catalogue_root
    from sipdiag.rules.explain import explain

    catalogue, providers = load_catalogue()
    references = load_references(catalogue_root())
    codes = {code for provider in providers for entry in provider.responses for code in entry.codes}
    terms = [*map(str, SIP_STATUSES), *(f"cause {n}" for n in range(1, 128)), *FIELDS, *codes]
    assert set(Q850_CAUSES) <= set(range(1, 128))
    for term in terms:
        text = explain(term, catalogue, providers, references)
        lines = [line for line in text.splitlines() if line.startswith("  - ")]
        assert len(lines) == len(set(lines)), term
        assert not any(sign in text for sign in ("{{", "{%", "None", "..", " .")) or "..." in text, term
        assert text.count("Source: ") >= 1, term
