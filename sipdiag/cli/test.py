"""``test``: expectation files against the captures beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.cli.options import rules_option
from sipdiag.cli.output import save
from sipdiag.cli.screen import color
from sipdiag.cli.selection import load_rules
from sipdiag.cli.status import FAILED, UNUSABLE
from sipdiag.cli.streams import complain, say

if TYPE_CHECKING:
    from sipdiag.regression.case import CaseResult, Status
    from sipdiag.report.junit import Result

_COLORS = {"passed": "green", "failed": "red", "broken": "yellow"}
_JUNIT: Mapping[Status, Result] = {"passed": "passed", "failed": "failure", "broken": "error"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--junit", type=click.Path(path_type=Path), metavar="FILE", help="Also write the results as JUnit XML."
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Worker processes (default: one per core for larger suites).",
)
@click.option("-k", "select", metavar="TEXT", help="Only cases whose path contains TEXT.")
@click.option("--update", is_flag=True, help="Update failed expectations to the current verdict.")
@rules_option
def test(
    paths: tuple[Path, ...],
    junit: Path | None,
    jobs: int | None,
    select: str | None,
    update: bool,
    rule_dirs: tuple[Path, ...],
) -> int:
    """Check captures against the expectation files (*.expect.yaml) next to them.

    PATH is a folder, an expectation file, or a capture that has one.
    """
    from sipdiag.regression.suite import run_suite

    if rule_dirs:
        # What is wrong with a rule is said once, not once a case.
        load_rules(rule_dirs)
    cases = _cases(paths, select)
    verdicts = []
    for verdict in run_suite(cases, jobs, rule_dirs):
        verdicts.append(verdict)
        _say(verdict)
    if update:
        return _update(verdicts, rule_dirs)
    if junit is not None:
        _write_junit(junit, verdicts)
    counts = {status: sum(v.status == status for v in verdicts) for status in _COLORS}
    said = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    click.echo(f"{said} ({len(verdicts)} in all)")
    return UNUSABLE if counts["broken"] else FAILED if counts["failed"] else 0


def _cases(paths: Sequence[Path], select: str | None) -> list[Path]:
    from sipdiag.regression.case import CaseError, find_cases
    from sipdiag.regression.expectation import SUFFIX

    try:
        found = find_cases(paths)
    except CaseError as error:
        raise click.ClickException(str(error)) from None
    places = ", ".join(map(str, paths))
    if not found:
        raise click.ClickException(f"{places}: no *{SUFFIX}; 'sipdiag expect CAPTURE' writes one")
    chosen = [path for path in found if select is None or select in str(path)]
    if not chosen:
        raise click.ClickException(f"none of {len(found)} cases below {places} contains {select!r}")
    return chosen


def _say(verdict: CaseResult) -> None:
    from sipdiag.report.text import visible

    mark = {"passed": "ok", "failed": "FAILED", "broken": "BROKEN"}[verdict.status]
    told = click.style(mark, fg=_COLORS[verdict.status]) if color() else mark
    click.echo(f"{told:6} {visible(str(verdict.path))}")
    if verdict.status == "broken":
        for line in verdict.lines:
            complain(f"Error: {line}")
        return
    for line in verdict.lines:
        say(f"       {line}")


def _write_junit(path: Path, verdicts: Sequence[CaseResult]) -> None:
    from sipdiag.regression.expectation import SUFFIX
    from sipdiag.report.junit import TestCase, document

    cases = [
        TestCase(
            verdict.path.parent.as_posix(),
            verdict.path.name.removesuffix(SUFFIX),
            verdict.seconds,
            _JUNIT[verdict.status],
            verdict.lines,
        )
        for verdict in verdicts
    ]
    save(path, [document("sipdiag test", cases)], advice="name another place with --junit")


def _update(verdicts: Sequence[CaseResult], rule_dirs: tuple[Path, ...]) -> int:
    from sipdiag.regression.case import analyze_case, capture_path, load_case
    from sipdiag.regression.write import updated

    failed = [verdict.path for verdict in verdicts if verdict.status == "failed"]
    for path in failed:
        expectation = load_case(path, rule_dirs)
        before = path.read_text(encoding="utf-8-sig")
        analysis = analyze_case(capture_path(path), expectation.arguments)
        replace(path, before, updated(expectation, analysis, before))
    click.echo(f"{len(failed)} of {len(verdicts)} updated")
    return UNUSABLE if any(verdict.status == "broken" for verdict in verdicts) else 0


def replace(path: Path, before: str, after: str) -> None:
    """Write an expectation file again, and show what changed in it."""
    from difflib import unified_diff

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for line in unified_diff(old, new, str(path), str(path), n=1):
        say(line.rstrip("\r\n"))
    save_expectation(path, after)


def save_expectation(path: Path, text: str) -> None:
    """Write an expectation file, whose place is beside its capture."""
    save(path, [text], advice="make its folder writable")
