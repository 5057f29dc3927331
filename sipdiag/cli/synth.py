"""``synth``: a capture from a scenario."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sipdiag.cli.output import or_stdout, save


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="PCAP",
    callback=or_stdout,
    help="Where to write the capture; '-' for stdout.",
)
def synth(scenario: Path, output: str) -> int:
    """Write the capture that SCENARIO (YAML) describes; every run gives the same bytes."""
    from sipdiag.scenario import ScenarioError, compile_scenario

    try:
        capture = compile_scenario(scenario)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    if output == "-":
        sys.stdout.buffer.write(capture)
        return 0
    save(Path(output), [capture])
    return 0
