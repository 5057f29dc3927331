"""``context``: what configuration files are taken for, and what is read of them."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from sipdiag.cli.options import F, rules_option
from sipdiag.cli.status import complain


def day_option(function: F) -> F:
    """``--at DATE``."""
    return click.option(
        "--at",
        "day",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DATE",
        help="The day whose defaults apply, like 2026-03-20; default: today.",
    )(function)


def day_of(given: datetime.datetime | None) -> datetime.date:
    """The day that ``--at`` names; today without it."""
    return given.date() if given is not None else datetime.datetime.now(datetime.UTC).date()


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@day_option
@rules_option
def context(
    files: tuple[str, ...], format_: str, day: datetime.datetime | None, rule_dirs: tuple[Path, ...]
) -> int:
    """Show what FILES... are taken for and which settings are read; secrets are masked.

    FILES are files, folders, or ROLE=FILE (refer-answer, dial-answer).
    """
    from sipdiag.context.error import ContextError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.pipeline.configuration import describe, read_alone
    from sipdiag.pipeline.run import load_providers
    from sipdiag.report import configuration
    from sipdiag.report.text import json_document

    try:
        providers = load_providers(rule_dirs)
        found = describe(read_alone(files, providers, day_of(day)))
    except (ContextError, YamlError) as error:
        raise click.ClickException(str(error)) from None
    if format_ == "json":
        click.echo(json_document(configuration.as_json(found)))
    else:
        click.echo(configuration.text(found), nl=False)
    return complain(found.errors)
