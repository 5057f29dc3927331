"""``rules``: what there is, what one says, whether yours are sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from sipdiag.cli.options import rules_option
from sipdiag.cli.selection import load_rules
from sipdiag.cli.status import UNUSABLE
from sipdiag.cli.streams import complain, say
from sipdiag.facts.subjects import SUBJECT_KINDS, SubjectKind


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
    from sipdiag.knowledge.spelling import did_you_mean
    from sipdiag.rules.catalogue_text import show

    catalogue = load_rules(rule_dirs)
    rule = catalogue.rules.get(rule_id)
    if rule is None:
        hint = did_you_mean(rule_id, catalogue.rules, "'sipdiag rules list' has the rules")
        raise click.ClickException(f"there is no rule {rule_id}; {hint}")
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
    sound = f"{report.rules} rule{'s' if report.rules != 1 else ''}{tables}"
    click.echo(f"{sound} {'is' if report.rules == 1 and not tables else 'are'} sound.")
    return 0


@rules.command("facts")
@click.argument("subject", metavar="SUBJECT", type=click.Choice(SUBJECT_KINDS), required=False, default="leg")
@click.option("-w", "--word", default="", help="Only facts with this in their name or meaning.")
@click.option(
    "--of", "capture", metavar="CAPTURE", help="What they are in a capture, for each leg or transfer."
)
@click.option(
    "--call",
    "call",
    metavar="TEXT",
    help="Only calls whose Call-ID, number or provider call id contains TEXT.",
)
def rules_facts(subject: SubjectKind, word: str, capture: str | None, call: str | None) -> None:
    """List what conditions and texts can name on a SUBJECT (default: leg), or its values in a capture."""
    from sipdiag.facts.table import EVIDENCE, FACTS
    from sipdiag.rules.facttext import meanings, values

    facts = FACTS[subject]
    if capture is None:
        for line in meanings(facts, EVIDENCE.get(subject, ()), word):
            say(line)
        return
    if subject not in ("leg", "transfer"):
        raise click.ClickException("--of shows the facts of a leg or a transfer")
    for name, known in _facts_of(capture, subject, call):
        say(f"{subject} {name}")
        for line in values(facts, known, word):
            say(f"  {line}")


def _facts_of(capture: str, subject: str, call: str | None) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The legs or transfers of a capture's calls, and what is known of each."""
    from sipdiag.capture.payload import CaptureError
    from sipdiag.cli.inputs import told
    from sipdiag.pipeline.run import analyze

    try:
        analysis, errors = analyze([capture], call_filter=call)
    except CaptureError as error:
        raise click.ClickException(told(error)) from None
    for fault in errors:
        complain(told(fault))
    for detail in analysis.details:
        if subject == "leg":
            yield from ((one.leg.id, one.facts) for one in detail.legs)
        else:
            yield from ((one.transfer.id, one.facts) for one in detail.transfers)


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
