"""``doctor``: what is installed."""

from __future__ import annotations

import click


@click.command()
def doctor() -> None:
    """What is installed: tshark, scapy, rules."""
    from sipdiag.doctor import report

    for line in report():
        click.echo(line)
