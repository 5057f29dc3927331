"""A broken scenario is one line: file, line, what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.scenario import ScenarioError, compile_scenario
from sipdiag.scenario.__main__ import main
from tests.scenario.conftest import HEAD

FIRST = HEAD.count("\n") + 1


@pytest.mark.parametrize(
    ("ladder", "text"),
    [
        ("x INVITE", "unknown dialog 'x'"),
        ("a", "expected 'dialog METHOD'"),
        ("a invite", "'invite' is no host"),
        ("a INVITE loudly", "'loudly' is not understood"),
        ("a 200", "answers nothing"),
        ("a ACK", "ACK without an INVITE"),
        ("a bob BYE", "on neither side"),
        ("a INVITE again", "needs the same message earlier"),
        ("a OPTIONS: {hex: 1g}", "expected bytes in hexadecimal"),
        ("a RTP 1", "needs an offer and an answer"),
        ("a INVITE: {heders: {}}", "unknown key 'heders'"),
        ("a INVITE: {links: soon}", "expected a list"),
        ("a REFER replaces=z", "unknown dialog 'z'"),
    ],
)
def test_of_the_ladder(write: Callable[[str], Path], ladder: str, text: str) -> None:
    path = write(ladder)
    with pytest.raises(ScenarioError, match=text) as caught:
        compile_scenario(path)
    assert str(caught.value).startswith(f"{path}:{FIRST}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("address: 198.51.100.5,", "address: 198.51.100.500,", 9, "no IP address"),
        ("address: 198.51.100.5,", "address: 198.51.100.5, port: 70000,", 9, "expected a port number"),
        ("address: 198.51.100.5,", "address: '2001:db8::5',", 16, "IPv4 and with IPv6"),
        ("flavour: kamailio", "flavour: kamalio", 9, "unknown flavour 'kamalio'"),
        ("caller: alice, ", "", 16, "no 'caller'"),
        ("path: proxy", "path: prxy", 16, "'path' must be one of the hosts"),
        ("fork_of: p", "fork_of: q", 17, "must name a dialog that stands above"),
        ("transport: tcp", "transport: sctp", 15, "udp, tcp or ws"),
        ("title: test", "titel: test", 2, "unknown key 'titel'"),
        ("title: test", "start: yesterday\ntitle: test", 2, "expected a time"),
    ],
)
def test_of_the_rest(write: Callable[[str], Path], old: str, new: str, line: int, text: str) -> None:
    path = write("a INVITE")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ScenarioError, match=text) as caught:
        compile_scenario(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_a_missing_file() -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.scenario\.yaml:1: cannot be read"):
        compile_scenario("nowhere.scenario.yaml")


def test_the_command_reports_it_and_fails(
    write: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("x INVITE")
    assert main(["build", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main([]) == 2


def test_the_command_writes_only_what_changed(
    write: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("a INVITE")
    assert main(["build", str(path)]) == 0
    assert capsys.readouterr().out.strip() == str(path.with_name("test.pcap"))
    assert main(["build", str(path.parent)]) == 0
    assert capsys.readouterr().out == ""
