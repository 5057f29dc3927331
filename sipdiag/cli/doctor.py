"""``doctor``: what is installed and found, the answer to "does my setup work?"."""

from __future__ import annotations

from collections.abc import Iterator

import click

from sipdiag import __version__
from sipdiag.cli.status import complain
from sipdiag.cli.streams import say

PACKAGES = ("numpy", "scapy", "pyshark", "cel-expr-python", "phonenumbers", "jinja2", "rich")


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--log-format", metavar="NAME", help="Take text logs for this format.")
def doctor(files: tuple[str, ...], log_format: str | None) -> int:
    """What is installed (tshark, scapy, rules); or what each FILE is taken for."""
    from sipdiag.capture.payload import CaptureError

    if not files:
        for line in report():
            say(line)
        return 0
    status = 0
    for file in files:
        try:
            for line in taken_for(file, log_format):
                say(line)
        except CaptureError as error:
            status = max(status, complain([error]))
    return status


def taken_for(path: str, log_format: str | None) -> Iterator[str]:
    """What an input is read as, and what is told from it.

    :raises CaptureError: it cannot be read.
    """
    from sipdiag.capture.engine import Choice
    from sipdiag.messages.read import read_messages
    from sipdiag.report.text import plural

    reading = read_messages([path], choice=Choice("native", log_format=log_format))
    (file,) = reading.files
    messages = plural(len(reading.messages), "SIP message")
    if file.log is None:
        yield f"{file.path}: {file.format}, {file.packets} packets, {messages}"
        return
    votes = ", ".join(f"{name} {count}" for name, count in file.log.votes.items()) or "none"
    yield f"{file.path}: {file.format}, --log-format {file.log.form}; {messages}; times: {file.log.times}"
    yield f"  announced as in (first messages): {votes}"
    for note in reading.notes:
        yield f"  {note.text}"
    for hint in reading.accounting.untraced:
        yield f"  {hint}"


def report() -> Iterator[str]:
    """One line a component."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    yield f"sipdiag {__version__}, Python {platform.python_version()} on {platform.system()}"
    yield _tshark()
    for package in PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package}: not installed; run 'pip install --force-reinstall sipdiag'"
    yield _rules()


def _tshark() -> str:
    import shutil
    import subprocess

    path = shutil.which("tshark")
    if path is None:
        return (
            "tshark: not found (only needed for TLS with keys and exotic encapsulations; install Wireshark)"
        )
    try:
        out = subprocess.run(
            [path, "--version"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=20,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"tshark: {path} does not answer ({error})"
    return out.splitlines()[0].strip() if out else f"tshark: {path} says nothing of its version"


def _rules() -> str:
    from sipdiag.pipeline.run import load_catalogue
    from sipdiag.rules.catalogue import catalogue_root

    catalogue, providers = load_catalogue()
    return f"{len(catalogue.rules)} rules, {len(list(providers))} providers in {catalogue_root()}"
