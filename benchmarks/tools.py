"""The tools that are timed: how each is asked to read a whole capture, and how it is found."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PYSHARK = (
    "import sys, pyshark\n"
    "capture = pyshark.FileCapture(sys.argv[1], display_filter='sip', keep_packets=False)\n"
    "print(sum(1 for packet in capture if hasattr(packet.sip, 'call_id')))"
)
"""The least a script on pyshark does: look at every SIP message once."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One way to read a capture."""

    name: str
    find: Callable[[], str | None]
    """The program, or None where it is not installed."""
    arguments: tuple[str, ...]
    """``{}`` is the capture, ``{out}`` a folder for results."""
    most: int | None = None
    """Packets from which on it is left out, because a round would take many minutes."""

    def command(self, program: str, capture: Path, out: Path) -> list[str]:
        """The exact command line."""
        given = {"{}": str(capture), "{out}": str(out)}
        return [program, *(given.get(argument, argument) for argument in self.arguments)]


def _on_path(name: str) -> Callable[[], str | None]:
    def find() -> str | None:
        beside = Path(sys.executable).with_name(name)
        return str(beside) if beside.exists() else shutil.which(name)

    return find


def _with_pyshark() -> str | None:
    try:
        import pyshark  # noqa: F401 -- only whether it is there
    except ImportError:
        return None
    return sys.executable if shutil.which("tshark") else None


PEERS = (
    Tool(
        "tcpdump (floor: a port filter)",
        _on_path("tcpdump"),
        ("-nn", "-r", "{}", "-w", "/dev/null", "port", "5060"),
    ),
    Tool("tshark -r", _on_path("tshark"), ("-r", "{}"), most=50_000),
    Tool("tshark -Y sip", _on_path("tshark"), ("-r", "{}", "-Y", "sip")),
    Tool(
        "tshark -Y sip -T fields",
        _on_path("tshark"),
        (
            "-r",
            "{}",
            "-Y",
            "sip",
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "sip.Call-ID",
            "-e",
            "sip.CSeq",
        ),
    ),
    Tool("tshark -z rtp,streams", _on_path("tshark"), ("-q", "-n", "-r", "{}", "-z", "rtp,streams")),
    Tool("sngrep", _on_path("sngrep"), ("-N", "-q", "-r", "-I", "{}")),
    Tool("sip-doctor", _on_path("sip-doctor"), ("read", "{}")),
    Tool("pyshark", _with_pyshark, ("-c", PYSHARK, "{}"), most=50_000),
)
ANALYZE = ("analyze", "{}", "-f", "json", "-f", "html", "-o", "{out}")
"""The complete analysis: all rules, both reports written."""
ONE_PROCESS, ALL_CORES = "sipdiag, one process", "sipdiag, all cores"


def sipdiag(program: str) -> tuple[Tool, Tool]:
    """The tool itself, alone and on every core."""
    return (
        Tool(ONE_PROCESS, lambda: program, (*ANALYZE, "-j", "1")),
        Tool(ALL_CORES, lambda: program, ANALYZE),
    )
