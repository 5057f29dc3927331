"""A secret in every header, parameter, line of a session and type of body: none is seen in any redacted output."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sipdiag.capture.payload import Endpoint
from sipdiag.cli import cli
from sipdiag.redaction.pcap_writer import WrittenMessage, capture_of
from tests.planted import Planter, messages, seen, seen_in_bytes

ENDS = Endpoint("81.2.69.142", 5060), Endpoint("89.160.20.112", 5060)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    planter = Planter(7)
    sent = [
        WrittenMessage(1_700_000_000_000_000_000 + number * 10**9, *ENDS, False, raw)
        for number, raw in enumerate(messages(planter))
    ]
    path = tmp_path_factory.mktemp("planted") / "planted.pcap"
    path.write_bytes(b"".join(capture_of(sent)))
    return path, planter.secrets | {end.address for end in ENDS}


def output(*arguments: str) -> str:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("kind", ["html", "json", "markdown", "text", "sarif", "junit"])
def test_no_report_shows_a_secret(planted: tuple[Path, set[str]], kind: str) -> None:
    path, secrets = planted
    assert not seen(secrets, output("analyze", str(path), "--redact", "-f", kind, "-o", "-"))


@pytest.mark.parametrize(
    "command",
    [["calls"], ["messages"], ["messages", "-f", "json"], ["show", "--call", "c1"], ["show", "--call", "c5"]],
)
def test_no_list_shows_a_secret(planted: tuple[Path, set[str]], command: list[str]) -> None:
    path, secrets = planted
    name, *options = command
    assert not seen(secrets, output(name, str(path), *options, "--redact"))


def test_no_scrubbed_capture_holds_a_secret(planted: tuple[Path, set[str]], tmp_path: Path) -> None:
    path, secrets = planted
    clean = tmp_path / "clean.pcap"
    assert not seen(secrets, output("scrub", str(path), "-o", str(clean)))
    assert not seen_in_bytes(secrets, clean.read_bytes())


def test_the_secrets_are_there_to_be_seen(planted: tuple[Path, set[str]]) -> None:
    path, secrets = planted
    assert len(seen_in_bytes(secrets, path.read_bytes())) > 0.95 * len(secrets) > 500
