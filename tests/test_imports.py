"""Heavy modules are imported where they are used, not before: a small capture shall be answered at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_pcaps" / "transfer" / "refer-missing.pcap"
SCRIPT = """
import sys
from sipdiag.cli import cli
try:
    cli.main({args!r}, standalone_mode=False)
finally:
    print(*sorted({{name for module in sys.modules for name in (module, module.partition(".")[0])}}), file=sys.stderr)
"""
RULES = {"cel_expr_python", "yaml"}


def imported(*args: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(args=list(args))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(result.stderr.split())


@pytest.mark.parametrize("format_", ["json", "html", "markdown"])
def test_a_small_capture(format_: str) -> None:
    loaded = imported("analyze", str(SAMPLE), "-f", format_, "-o", "-")
    assert "numpy" in loaded
    assert not loaded & {"scapy", "pyshark", "pydantic", "rich"}


WAITING = (
    "sipdiag.logs",
    "sipdiag.context.read",
    "sipdiag.context.documents",
    "sipdiag.context.bind",
    "sipdiag.facts.configuration.table",
    "sipdiag.facts.configured.call",
    "sipdiag.pipeline.configuration",
    "sipdiag.pipeline.everyday",
    "sipdiag.alike",
    "html",
    "email",
)
"""What text logs, the files beside a capture and captures of very many calls need, and nothing else does."""


def test_what_a_small_capture_alone_does_not_need_waits() -> None:
    loaded = imported("analyze", str(SAMPLE), "-f", "json", "-o", "-")
    assert "sipdiag.capture.pcap" in loaded
    assert not {name for name in loaded if name.startswith(WAITING)}


@pytest.mark.parametrize("command", ["messages", "calls"])
def test_other_commands(command: str) -> None:
    assert not imported(command, str(SAMPLE)) & {"scapy", "pyshark", "pydantic", "jinja2"}


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["analyze", "--help"]])
def test_help_needs_nothing(args: list[str]) -> None:
    loaded = imported(*args)
    assert not loaded & {"numpy", "scapy", "pyshark", "pydantic", "rich", "jinja2", "phonenumbers", *RULES}
    assert not loaded & {"msgspec", "importlib.metadata", "subprocess", "sipdiag.facts.declare"}


def test_nothing_flows_back_and_there_are_no_circles() -> None:
    """What .importlinter says of who may import whom."""
    linter = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    result = subprocess.run([sys.executable, "-c", linter], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
