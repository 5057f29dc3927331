"""The command line: options in, one function called, text out.

``COMMANDS`` is the list of commands and where each lives; heavy modules are imported inside the
commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from sipdiag import __version__
from sipdiag.cli.shared import UNUSABLE

COMMANDS = {
    "analyze": "sipdiag.cli.analyze",
    "calls": "sipdiag.cli.analyze",
    "show": "sipdiag.cli.analyze",
    "messages": "sipdiag.cli.messages",
    "rules": "sipdiag.cli.rules",
    "test": "sipdiag.cli.test",
    "expect": "sipdiag.cli.expect",
    "synth": "sipdiag.cli.synth",
    "compare": "sipdiag.cli.compare",
    "scrub": "sipdiag.cli.scrub",
    "explain": "sipdiag.cli.explain",
    "doctor": "sipdiag.cli.doctor",
    "context": "sipdiag.cli.context",
}
"""Command → the module that has a function (or group) of that name."""


class _Commands(click.Group):
    """Loads a command's module when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="sipdiag")
def cli() -> None:
    """Tells from a capture why a SIP call or transfer failed, who has to act, and how to fix it."""


def main() -> NoReturn:
    """Entry point of the console script."""
    # Numpy's linear algebra is not used here; starting its threads would cost more than a small capture.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _prepare_stdout()
    # What a run makes lives until its end; looking for garbage in it costs a tenth of the time.
    gc.set_threshold(200_000, 20, 100)
    try:
        status = cli.main(standalone_mode=False) or 0
        sys.stdout.flush()
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        status = UNUSABLE
    except click.ClickException as error:
        _tell(error)
        status = UNUSABLE
    except (BrokenPipeError, SystemExit):
        # Whoever read our output has seen enough (click leaves by SystemExit when it notices first).
        _abandon_stdout()
        status = 0
    except OSError as error:
        place = error.filename or "standard output"
        click.echo(f"Error: {place}: cannot be written or read ({error.strerror})", err=True)
        _abandon_stdout()
        status = UNUSABLE
    sys.exit(status)


def _tell(error: click.ClickException) -> None:
    """What is wrong, in one line; a command without its subcommand shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError) or not isinstance(error, click.UsageError):
        error.show()
        return
    command = error.ctx.command_path if error.ctx is not None else "sipdiag"
    click.echo(f"Error: {error.format_message().rstrip('.')}; see '{command} --help'", err=True)


def _prepare_stdout() -> None:
    """Names of files and what messages carry may not fit the terminal's encoding: say ``?`` for it."""
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _abandon_stdout() -> None:
    """Nothing more may be written there, not even what is left in the buffer at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
