"""``explain``: one rule, SIP status, Q.850 cause or provider's code, with its sources."""

from __future__ import annotations

from pathlib import Path

import click

from sipdiag.cli.options import rules_option
from sipdiag.cli.streams import say


@click.command()
@click.argument("term", metavar="ID|CODE", nargs=-1, required=True)
@rules_option
def explain(term: tuple[str, ...], rule_dirs: tuple[Path, ...]) -> None:
    """A rule, a SIP status or header, a Q.850 cause or a provider's code: what it means and what to do.

    For instance: explain transfer/refer-missing, explain 486, explain Diversion, explain cause 21, explain 32204,
    explain D35.
    """
    from sipdiag.knowledge.references import load_references
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.pipeline.run import load_catalogue
    from sipdiag.rules.catalogue import catalogue_root
    from sipdiag.rules.explain import UnknownTermError
    from sipdiag.rules.explain import explain as explained
    from sipdiag.rules.ladders import load_ladders
    from sipdiag.rules.problem import RuleError

    try:
        catalogue, providers = load_catalogue(rule_dirs)
        root = catalogue_root()
        text = explained(" ".join(term), catalogue, providers, load_references(root), load_ladders(root))
    except (RuleError, YamlError, UnknownTermError) as error:
        raise click.ClickException(str(error)) from None
    for line in text.splitlines():
        say(line)
