"""The command line: options in, one function called, text out.

``COMMANDS`` is the list of commands and where each lives; heavy modules are imported inside the
commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from sipdiag import __version__
from sipdiag.cli import streams
from sipdiag.cli.status import INTERRUPTED, TERMINATED, UNUSABLE

COMMANDS = {
    "analyze": "sipdiag.cli.analyze",
    "calls": "sipdiag.cli.analyze",
    "show": "sipdiag.cli.analyze",
    "browse": "sipdiag.cli.browse",
    "extract": "sipdiag.cli.extract",
    "messages": "sipdiag.cli.messages",
    "rules": "sipdiag.cli.rules",
    "test": "sipdiag.cli.test",
    "expect": "sipdiag.cli.expect",
    "synth": "sipdiag.cli.synth",
    "compare": "sipdiag.cli.compare",
    "audio": "sipdiag.cli.audio",
    "scrub": "sipdiag.cli.scrub",
    "convert": "sipdiag.cli.convert",
    "explain": "sipdiag.cli.explain",
    "doctor": "sipdiag.cli.doctor",
    "context": "sipdiag.cli.context",
    "lint": "sipdiag.cli.lint",
    "fleet": "sipdiag.cli.fleet",
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
        from sipdiag.cli.nextsteps import with_next_steps

        return with_next_steps(getattr(import_module(module), cmd_name), cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, ["analyze", *args] if _is_capture_first(args) else args)


def _is_capture_first(args: list[str]) -> bool:
    """Whether no command stands first, but what ``analyze`` takes: a file or one of its options."""
    if not args or args[0] in COMMANDS or args[0] in _OWN_OPTIONS:
        return False
    first = args[0]
    # What looks like a word is a mistyped command, unless there is such a file.
    return first.startswith("-") or any(sign in first for sign in "./\\*?[") or os.path.exists(first)  # noqa: PTH110


_OWN_OPTIONS = frozenset({"-h", "--help", "--version"})


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="sipdiag")
@click.pass_context
def cli(context: click.Context) -> None:
    """Tells from a capture why a SIP call or transfer failed, who has to act, and how to fix it.

    \b
    sipdiag call.pcap          is short for 'sipdiag analyze call.pcap': the report
    sipdiag calls call.pcap    every call, one line each
    sipdiag COMMAND --help     what a command does, and what most people type next
    """
    from sipdiag.cli.config import read

    context.default_map, context.obj = read(COMMANDS)


@cli.result_callback()
@click.pass_context
def _ended(context: click.Context, status: int | None) -> int:
    """The exit status, also where some of what was named could not be read."""
    from sipdiag.cli.inputs import in_trouble

    return max(status or 0, UNUSABLE if in_trouble(context) else 0)


class _Terminated(BaseException):
    """SIGTERM: what was begun is cleaned up, and we end."""


def main() -> NoReturn:
    """Entry point of the console script."""
    streams.prepare()
    # Numpy's linear algebra is not used here; starting its threads would cost more than a small capture.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What a run makes lives until its end; looking for garbage in it costs a tenth of the time.  Most runs make less.
    gc.set_threshold(400_000, 20, 100)
    signal.signal(signal.SIGTERM, _terminate)
    status = _status()
    # Nor is it worth a last look before all of it goes: that would cost a small capture a fifth of its time.
    gc.freeze()
    sys.exit(status)


def _terminate(number: int, frame: object) -> NoReturn:
    raise _Terminated


def _status() -> int:
    """Run the command that was given; whatever happens ends in one line and an exit status."""
    try:
        status: int = cli.main(standalone_mode=False) or 0
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        streams.complain("Interrupted.")
        return INTERRUPTED
    except _Terminated:
        return TERMINATED
    except click.ClickException as error:
        _tell(error)
        return UNUSABLE
    except (BrokenPipeError, SystemExit):
        # Whoever read our output has seen enough (click leaves by SystemExit when it notices first).
        streams.abandon_stdout()
        return 0
    except OSError as error:
        place = error.filename or "standard output"
        streams.complain(f"Error: {place}: cannot be written or read ({error.strerror or error})")
        streams.abandon_stdout()
        return UNUSABLE
    except MemoryError:
        streams.complain("Error: out of memory; analyse fewer files at a time, or --jobs 1")
        return UNUSABLE
    except Exception as error:
        streams.complain(f"Error: {_fault(error)}; please report it, with the capture if you may share it")
        return UNUSABLE
    return status


def _fault(error: Exception) -> str:
    """An error of our own in one line: what, and where it arose."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = (
        f" in {trace.tb_frame.f_globals.get('__name__')}, line {trace.tb_lineno}" if trace is not None else ""
    )
    return f"internal error{place}: {type(error).__name__}: {error}"


def _is_configured(error: click.BadParameter) -> bool:
    """Whether the value is none of the command line, but of a configuration file."""
    if error.ctx is None or error.param is None or error.param.name is None:
        return False
    return error.ctx.get_parameter_source(error.param.name) is click.core.ParameterSource.DEFAULT_MAP


def _tell(error: click.ClickException) -> None:
    """What is wrong, in one line; a command without its subcommand shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        with suppress(OSError):
            error.show()
        return
    hint = ""
    if isinstance(error, click.BadParameter) and _is_configured(error):
        hint = f"; it is set in {' or '.join(map(str, error.ctx.obj or ()))}" if error.ctx is not None else ""
    elif isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx is not None else "sipdiag"
        hint = f"; see '{command} --help'"
    said = error.format_message()
    streams.complain(f"Error: {said.rstrip('.') if hint else said}{hint}")
