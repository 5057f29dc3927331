"""Cases: an expectation file and the capture beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sipdiag.capture.engine import Choice
from sipdiag.capture.payload import CaptureError
from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.pipeline.results import Analysis
from sipdiag.regression.expectation import SUFFIX, Arguments, Expectation
from sipdiag.rules.problem import RuleError

if TYPE_CHECKING:
    from sipdiag.pipeline.run import Rulebook

CAPTURE_SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".log", ".txt")
COMPRESSIONS = ("", ".gz", ".zst", ".xz", ".bz2")

Status = Literal["passed", "failed", "broken"]


class CaseError(Exception):
    """A case that cannot be run; one line that says which file, and what to do."""


class CaseResult(Struct, frozen=True):
    """What came of a case."""

    path: Path
    """The expectation file."""
    status: Status
    lines: tuple[str, ...] = ()
    """What differs, or why it could not be run."""
    seconds: float = 0.0


def find_cases(paths: Sequence[Path]) -> list[Path]:
    """The expectation files that ``paths`` name: folders, expectation files, captures.

    Raises:
        CaseError: a path that does not exist, or has no expectation.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(sorted(path.rglob(f"*{SUFFIX}"))))
        elif not path.exists():
            raise CaseError(f"{path}: no such file or folder")
        elif path.name.endswith(SUFFIX):
            found[path] = None
        else:
            expectation = expectation_path(path)
            if not expectation.exists():
                raise CaseError(
                    f"{path}: has no {expectation.name} beside it; 'sipdiag expect {path}' writes it"
                )
            found[expectation] = None
    return list(found)


def expectation_path(capture: Path) -> Path:
    """``call.expect.yaml`` of ``call.pcap.gz``."""
    name = capture.name
    for suffixes in (COMPRESSIONS, CAPTURE_SUFFIXES):
        suffix = next((one for one in suffixes if one and name.lower().endswith(one)), "")
        name = name[: len(name) - len(suffix)] or name
    return capture.with_name(name + SUFFIX)


def capture_path(expectation: Path) -> Path:
    """The one capture that an expectation file is about.

    Raises:
        CaseError: there is none, or more than one.
    """
    stem = expectation.name.removesuffix(SUFFIX)
    names = [stem, *(stem + suffix + packed for suffix in CAPTURE_SUFFIXES for packed in COMPRESSIONS)]
    found = [path for name in names if (path := expectation.with_name(name)).is_file()]
    # Suffixes in capitals are rare, and reading the folder for each of many cases is slow.
    found = found or [path for path in expectation.parent.iterdir() if expectation_path(path) == expectation]
    if len(found) != 1:
        what = "more than one capture" if found else f"no capture ({stem}.pcap, {stem}.pcapng, …)"
        names = [path.name for path in found]
        raise CaseError(f"{expectation}: {what} beside it{': ' + ', '.join(names) if names else ''}")
    return found[0]


def analyze_case(capture: Path, arguments: Arguments) -> Analysis:
    """The analysis of a capture as its expectation wants it.

    Raises:
        CaptureError, RuleError, YamlError: the capture, a rule or a provider file cannot be used.
    """
    from sipdiag.pipeline.run import analyze

    analysis, errors = analyze(
        [str(capture), *map(str, arguments.also)],
        expect=arguments.expect,
        call_filter=arguments.call_filter,
        choice=Choice(
            arguments.engine, str(arguments.keylog) if arguments.keylog else None, arguments.log_format
        ),
        rulebook=_rulebook(arguments.rule_dirs, arguments.builtin_rules),
        context=arguments.context,
    )
    if errors:
        raise errors[0]
    return analysis


def load_case(path: Path, rule_dirs: tuple[Path, ...] = ()) -> Expectation:
    """The expectation of a file; ``rule_dirs`` come before those that it names itself.

    Raises:
        RuleError, YamlError: the file, a rule or a provider file cannot be used.
    """
    from sipdiag.regression.read import read_expectation

    return read_expectation(path, Arguments(rule_dirs=rule_dirs), _rules_of)


def _rules_of(arguments: Arguments) -> frozenset[str]:
    """The ids of the rules in use with these options."""
    return frozenset(_rulebook(arguments.rule_dirs, arguments.builtin_rules).catalogue.rules)


def run_case(path: Path, rule_dirs: tuple[Path, ...] = ()) -> CaseResult:
    """Run one expectation file, with further rules; whatever is broken is part of the verdict."""
    from sipdiag.regression.compare import differences

    started = time.perf_counter()
    try:
        expectation = load_case(path, rule_dirs)
        lines = differences(expectation, analyze_case(capture_path(path), expectation.arguments))
    except (CaseError, CaptureError, RuleError, YamlError) as error:
        return CaseResult(path, "broken", tuple(str(error).splitlines()), time.perf_counter() - started)
    return CaseResult(path, "failed" if lines else "passed", tuple(lines), time.perf_counter() - started)


@cache
def _rulebook(rule_dirs: tuple[Path, ...], builtin: bool) -> Rulebook:
    """Rules are loaded and compiled once a process."""
    from sipdiag.pipeline.run import load_rulebook

    return load_rulebook(rule_dirs, builtin=builtin)
