"""No command opens a connection or looks up a name, whatever it is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sipdiag.cli import COMMANDS

ROOT = Path(__file__).parents[1]
SAMPLE = str(ROOT / "sample_pcaps" / "transfer" / "refer-missing.pcap")
SCENARIO = SAMPLE.replace(".pcap", ".scenario.yaml")
WATCHED = """
import os, sys
def watch(event, arguments):
    if event.split(".")[0] in ("socket", "urllib", "http", "ftplib", "smtplib", "poplib", "imaplib"):
        # A netlink socket asks the kernel alone; scapy reads the interfaces that way.
        netlink = getattr(arguments[0], "family", None) == getattr(sys.modules.get("socket"), "AF_NETLINK", -1)
        if event not in ("socket.__new__", "socket.gethostname") and not netlink:
            os.write(2, f"OPENED {event} {arguments}\\n".encode())
            os._exit(99)
sys.addaudithook(watch)
sys.argv[0] = "sipdiag"
from sipdiag.cli import main
main()
"""
USED: dict[str, list[list[str]]] = {
    "analyze": [
        ["analyze", SAMPLE, "-f", name, "-o", "-"]
        for name in ("html", "json", "markdown", "text", "sarif", "junit")
    ]
    + [["analyze", SAMPLE, "--redact", "--expect", "transfer", "-f", "json", "-o", "-", "--jobs", "2"]],
    "rules": [
        ["rules", "list"],
        ["rules", "show", "transfer/refer-missing"],
        ["rules", "check", str(ROOT / "rules")],
    ],
    "test": [["test", SAMPLE]],
    "synth": [["synth", SCENARIO, "-o", "{folder}/made.pcap"]],
    "compare": [["compare", SAMPLE, SAMPLE]],
    "scrub": [["scrub", SAMPLE, "-o", "{folder}/scrubbed.pcap"]],
    "explain": [["explain", "486"], ["explain", "transfer/refer-missing"]],
    "doctor": [["doctor"]],
}
"""How the commands are used; any other is given a capture."""
BY_NATURE = frozenset({"fleet"})
"""Given a URL or the address of a cluster these connect to it, and to nothing else."""


@pytest.mark.parametrize(
    "args",
    [args for name in COMMANDS if name not in BY_NATURE for args in USED.get(name, [[name, SAMPLE]])],
    ids=" ".join,
)
def test_no_command_opens_a_connection(args: list[str], tmp_path: Path) -> None:
    filled = [arg.replace("{folder}", str(tmp_path)) for arg in args]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *filled],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert b"OPENED" not in done.stderr
    assert done.returncode in (0, 1, 2)


@pytest.mark.parametrize("name", ["http://192.0.2.1/a.pcap", "ftp://192.0.2.1/a", "//192.0.2.1/share/a.pcap"])
def test_a_name_that_looks_like_an_address_is_a_file(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "analyze", name],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert b"OPENED" not in done.stderr
    assert done.returncode == 2


def test_the_watch_sees_a_connection() -> None:
    code = WATCHED.replace("main()", "import socket; socket.getaddrinfo('localhost', 80)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 99
