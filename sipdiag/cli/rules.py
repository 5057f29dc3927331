"""``rules``: what there is, what one says, whether yours are sound."""

from __future__ import annotations

from pathlib import Path

import click

from sipdiag.cli.options import rules_option
from sipdiag.cli.selection import load_rules
from sipdiag.cli.status import UNUSABLE
from sipdiag.cli.streams import complain, say


@click.group()
def rules() -> None:
    """List, show, check and start rules."""


@rules.command("list")
@rules_option
def rules_list(rule_dirs: tuple[Path, ...]) -> None:
    """List all rules: id, severity, subject, title."""
    from sipdiag.rules.catalogue_text import rows

    table = rows(load_rules(rule_dirs))
    widths = [max(len(str(row[column])) for row in table) for column in range(3)] if table else []
    for row in table:
        first = "  ".join(str(row[column]).ljust(width) for column, width in enumerate(widths))
        say(f"{first}  {row[3]}")


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@rules_option
def rules_show(rule_id: str, rule_dirs: tuple[Path, ...]) -> None:
    """Show one rule in full."""
    from sipdiag.rules.catalogue_text import show
    from sipdiag.rules.problem import did_you_mean

    catalogue = load_rules(rule_dirs)
    rule = catalogue.rules.get(rule_id)
    if rule is None:
        hint = did_you_mean(rule_id, catalogue.rules)
        raise click.ClickException(
            f"there is no rule {rule_id}; 'sipdiag rules list' has them. {hint}".rstrip()
        )
    click.echo(show(rule), nl=False)


@rules.command("check")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def rules_check(folder: Path) -> int:
    """Check the rule and provider files below DIR in full."""
    from sipdiag.facts.table import EVIDENCE, FACTS
    from sipdiag.knowledge.providercheck import provider_faults
    from sipdiag.rules.catalogue_text import check

    if not folder.is_dir():
        raise click.ClickException(f"{folder}: expected a folder of rules, found none")
    report = check(folder, FACTS, EVIDENCE)
    providers, faults = provider_faults(folder)
    for problem in (*report.problems, *faults):
        complain(str(problem))
    for note in report.notes:
        say(note)
    if report.problems or faults:
        return UNUSABLE
    tables = f", {providers} provider files" if providers else ""
    click.echo(f"{report.rules} rules{tables} are sound.")
    return 0


@rules.command("new")
@click.argument("rule_id", metavar="FAMILY/NAME")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("my-rules"),
    show_default=True,
    help="Folder of your rules, for --rules.",
)
def rules_new(rule_id: str, folder: Path) -> None:
    """Write a commented template for a rule of your own."""
    from sipdiag.rules.newrule import RuleNameError, write_new

    try:
        path = write_new(rule_id, folder)
    except RuleNameError as error:
        raise click.ClickException(str(error)) from None
    say(f"{path} is a rule to start from; 'sipdiag rules check {folder}' checks it.")
