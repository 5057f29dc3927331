"""What an expectation file says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from sipdiag.capture.engine import Engine

SUFFIX = ".expect.yaml"
"""Of every expectation file."""


class ExpectedFindings(Struct, frozen=True):
    """Findings that must and must not be there."""

    must: tuple[str, ...] = ()
    """Globs of rule ids; each must match a finding."""
    must_not: tuple[str, ...] = ()
    """Globs of rule ids; none may match a finding, whatever its severity."""
    worst: str | None = None
    """Severity of the worst finding; ``info`` also where there is none."""


class ExpectedTransfer(Struct, frozen=True):
    """How the transfer that decided the call was made, and how it ended."""

    method: str | None
    outcome: str


class Assertion(Struct, frozen=True):
    """One CEL expression over a leg's facts."""

    text: str
    line: int
    """In the expectation file."""


class ExpectedLeg(Struct, frozen=True):
    """Assertions about one leg."""

    match: str
    """Part of its Call-ID, of a number or of a carrier's call id, its role or its id; empty: the only leg."""
    assertions: tuple[Assertion, ...]


class ExpectedCall(Struct, frozen=True):
    """What must hold of one call; what is left out is not checked."""

    match: str = ""
    """Part of a Call-ID, number, URI or carrier's call id; empty: the only call."""
    outcome: str | None = None
    checks_cause: bool = False
    root_cause: str | None = None
    """Glob of a rule id; None: there must be none (where ``checks_cause``)."""
    confidence: str | None = None
    """Of the root cause."""
    says: tuple[str, ...] = ()
    """Texts that the call's findings must contain somewhere (title, sentence, why, fixes), in any case."""
    findings: ExpectedFindings = ExpectedFindings()
    checks_transfer: bool = False
    transfer: ExpectedTransfer | None = None
    """None: the call has no transfer (where ``checks_transfer``)."""
    legs: tuple[ExpectedLeg, ...] = ()


class Arguments(Struct, frozen=True):
    """How the capture is to be analysed: the options of ``analyze`` that decide a verdict."""

    expect: str | None = None
    call_filter: str | None = None
    rule_dirs: tuple[Path, ...] = ()
    builtin_rules: bool = True
    engine: Engine = "auto"
    keylog: Path | None = None
    log_format: str | None = None
    context: tuple[str, ...] = ()
    """``FILE``, ``FOLDER`` or ``ROLE=FILE`` beside the capture."""
    also: tuple[Path, ...] = ()
    """Further captures of the same calls."""


class Expectation(Struct, frozen=True):
    """A checked expectation file."""

    path: Path
    arguments: Arguments
    calls: Sequence[ExpectedCall]
    findings: ExpectedFindings = ExpectedFindings()
    """On the capture itself and on what is no call."""
