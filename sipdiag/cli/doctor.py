"""``doctor``: what is installed and found, the answer to "does my setup work?"."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import click

from sipdiag import __version__
from sipdiag.cli.streams import say

PACKAGES = ("numpy", "scapy", "pyshark", "cel-expr-python", "phonenumbers", "jinja2", "rich")


@click.command()
def doctor() -> None:
    """What is installed: tshark, scapy, rules."""
    for line in report():
        say(line)


def report() -> Iterator[str]:
    """One line a component."""
    yield f"sipdiag {__version__}, Python {platform.python_version()} on {platform.system()}"
    yield _tshark()
    for package in PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package}: not installed; run 'pip install --force-reinstall sipdiag'"
    yield _rules()


def _tshark() -> str:
    path = shutil.which("tshark")
    if path is None:
        return (
            "tshark: not found (only needed for TLS with keys and exotic encapsulations; install Wireshark)"
        )
    try:
        out = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"tshark: {path} does not answer ({error})"
    return out.splitlines()[0].strip() if out else f"tshark: {path} says nothing of its version"


def _rules() -> str:
    from sipdiag.pipeline.run import load_catalogue
    from sipdiag.rules.catalogue import catalogue_root

    catalogue, providers = load_catalogue()
    return f"{len(catalogue.rules)} rules, {len(list(providers))} providers in {catalogue_root()}"
