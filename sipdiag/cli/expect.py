"""``expect``: expectation files from today's verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sipdiag.cli.options import judging_options
from sipdiag.cli.selection import Selection
from sipdiag.cli.streams import say
from sipdiag.cli.test import replace, save_expectation


@click.command()
@click.argument("captures", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CAPTURE...")
@click.option(
    "--update", is_flag=True, help="Update what no longer holds in existing files, and show the diff."
)
@judging_options
def expect(captures: tuple[Path, ...], update: bool, **selection: Any) -> int:
    """Write the verdict on each CAPTURE to its expectation file (call.expect.yaml)."""
    from sipdiag.capture.payload import CaptureError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.regression.case import CaseError
    from sipdiag.rules.problem import RuleError

    if Path("-") in captures:
        raise click.UsageError("an expectation stands beside its capture: give a file, not '-'")
    chosen = Selection(**selection)
    for capture in captures:
        try:
            _expect(capture, chosen, update)
        except (CaptureError, CaseError, RuleError, YamlError) as error:
            raise click.ClickException(str(error)) from None
    return 0


def _expect(capture: Path, chosen: Selection, update: bool) -> None:
    from sipdiag.regression.case import analyze_case, expectation_path, load_case
    from sipdiag.regression.expectation import Arguments
    from sipdiag.regression.write import from_verdict, updated

    arguments = Arguments(
        expect=chosen.expect,
        call_filter=chosen.call_filter,
        rule_dirs=chosen.rule_dirs,
        builtin_rules=not chosen.no_builtin_rules,
        engine=chosen.engine,
        keylog=Path(chosen.keylog) if chosen.keylog else None,
        log_format=chosen.log_format,
        context=chosen.context,
    )
    path = expectation_path(capture)
    if path.exists() and not update:
        raise click.ClickException(f"{path} exists; with --update it follows today's verdict")
    if not path.exists():
        save_expectation(path, from_verdict(analyze_case(capture, arguments), arguments, path.parent))
        say(f"Written: {path}")
        return
    expectation = load_case(path)
    before = path.read_text(encoding="utf-8-sig")
    after = updated(expectation, analyze_case(capture, expectation.arguments), before)
    if after == before or _holds(path):
        say(f"Unchanged: {path}")
    else:
        replace(path, before, after)


def _holds(path: Path) -> bool:
    """An expectation that still holds stays as it is written."""
    from sipdiag.regression.case import run_case

    return run_case(path).status == "passed"
