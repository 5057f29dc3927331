"""``lint``: what is wrong with configuration files, without a capture."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from sipdiag.cli.context import day_of, day_option
from sipdiag.cli.options import rules_option
from sipdiag.cli.status import FAILED, UNUSABLE, complain


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["text", "json", "sarif", "junit"]),
    default="text",
    show_default=True,
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Exit with status 1 on such a finding.",
)
@day_option
@rules_option
@click.option("--no-builtin-rules", is_flag=True, help="Only the rules of --rules.")
def lint(
    files: tuple[str, ...],
    format_: str,
    fail_on: str,
    day: datetime.datetime | None,
    rule_dirs: tuple[Path, ...],
    no_builtin_rules: bool,
) -> int:
    """Find what is wrong with configuration FILES..., alone and against each other.

    FILES are files, folders, or ROLE=FILE (refer-answer, dial-answer).
    """
    from sipdiag.context.error import ContextError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.pipeline.lint import lint as judged
    from sipdiag.pipeline.run import load_rulebook
    from sipdiag.report.lint import render
    from sipdiag.rules.finding import Severity
    from sipdiag.rules.problem import RuleError

    try:
        analysis = judged(_named(files), day_of(day), load_rulebook(rule_dirs, builtin=not no_builtin_rules))
    except (ContextError, YamlError, RuleError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(render(format_, analysis), nl=False)
    if analysis.configuration is not None and complain(analysis.configuration.errors):
        return UNUSABLE
    if fail_on == "never":
        return 0
    return FAILED if any(one.severity >= Severity[fail_on] for one in analysis.findings) else 0


def _named(files: tuple[str, ...]) -> list[str]:
    """The files; the command's own name, which scripts that build command lines repeat, is none."""
    return [name for name in files if name != "lint" or Path(name).exists()]
