"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sipdiag.cli.inputs import inputs
from sipdiag.cli.values import ALIASES, MOMENT, NUMBER, PLACE, ZONE

F = TypeVar("F", bound=Callable[..., Any])
Option = Callable[[Any], Any]


def captures_argument(function: F) -> F:
    """One or more captures, text logs, folders or archives, ``-`` for standard input."""
    return click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...", callback=_names_given)(
        function
    )


def _names_given(
    context: click.Context, argument: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    if not all(names):
        raise click.BadParameter("the name of a capture is empty")
    return names if context.resilient_parsing else inputs(context, names)


def _folders_given(
    context: click.Context, option: click.Parameter, folders: tuple[Path, ...]
) -> tuple[Path, ...]:
    for folder in folders:
        if not folder.is_dir():
            raise click.ClickException(f"{folder}: --rules expects a folder with rules, found none")
    return folders


def rules_option(function: F) -> F:
    """``--rules DIR``, repeatable."""
    return click.option(
        "--rules",
        "rule_dirs",
        multiple=True,
        type=click.Path(path_type=Path),
        callback=_folders_given,
        metavar="DIR",
        help="Also use the rules and providers in DIR (repeatable); the same id replaces a built-in one.",
    )(function)


_READING: tuple[Option, ...] = (
    click.option(
        "--engine",
        type=click.Choice(["auto", "native", "tshark"]),
        default="auto",
        show_default=True,
        help="What decodes the capture; auto asks tshark for what only it can decrypt.",
    ),
    click.option(
        "--keylog",
        metavar="FILE",
        help="TLS keys (SSLKEYLOGFILE) to decrypt SIP with; needs tshark. Keys inside a pcapng file need no option.",
    ),
    click.option(
        "--log-format",
        metavar="NAME",
        help="Take text logs for this format; default: recognised. 'sipdiag doctor FILE' says as what.",
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Worker processes for large captures (default: one per core).",
    ),
)

_LANE: tuple[Option, ...] = (
    click.option(
        "--lane",
        type=click.Choice(["auto", "objects"]),
        default="auto",
        show_default=True,
        help="How calls of large captures are judged: auto does so once for calls that are alike, objects for each by itself.",
    ),
)

_REDACTION: tuple[Option, ...] = (
    click.option(
        "--redact",
        is_flag=True,
        help="Replace numbers, names, hosts and ids with pseudonyms in every output.",
    ),
    click.option(
        "--redact-map",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Redact, and save the mapping from originals to pseudonyms to FILE (readable only by you).",
    ),
)

_CALL: Option = click.option(
    "--call",
    "call_filter",
    metavar="TEXT",
    help="Only calls whose Call-ID, number or provider call SID contains TEXT.",
)

_JUDGING: tuple[Option, ...] = (
    click.option(
        "--expect",
        type=click.Choice(["transfer", "refer", "answer"]),
        help="What should have happened: a transfer of any kind, one by REFER, or an answer.",
    ),
    click.option(
        "--context",
        "context",
        multiple=True,
        metavar="FILE|FOLDER|ROLE=FILE",
        help="Configuration or event records beside the capture (repeatable); a folder NAME.context is read by itself.",
    ),
    rules_option,
    click.option("--no-builtin-rules", is_flag=True, help="Use only the rules from --rules."),
)

_CHOOSING: tuple[Option, ...] = (
    click.option(
        "--number",
        type=NUMBER,
        metavar="N",
        help="Only calls from, to or transferred to a number with these digits, however it is written.",
    ),
    click.option(
        "--ip",
        "place",
        type=PLACE,
        metavar="A",
        help="Only calls with signalling to or from this address, ADDRESS:PORT or network (192.0.2.0/24).",
    ),
    click.option(
        "--from",
        "since",
        type=MOMENT,
        metavar="TIME",
        help="Only calls not over before TIME: 2026-10-06T14:00, or 14:00 on the day the capture begins; in --tz.",
    ),
    click.option("--to", "until", type=MOMENT, metavar="TIME", help="Only calls that had begun by TIME."),
)

_SHOWING: tuple[Option, ...] = (
    click.option(
        "--tz",
        "zone",
        type=ZONE,
        metavar="ZONE",
        help="Time zone of --from, --to and of the times shown: Europe/Berlin, +02:00, local. JSON stays in UTC. "
        "[default: UTC]",
    ),
    click.option(
        "--alias",
        "aliases",
        type=ALIASES,
        multiple=True,
        metavar="FILE",
        help="Names for addresses, one 'ADDRESS NAME' a line (repeatable).",
    ),
)


def _with(options: tuple[Option, ...], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def reading_options(function: F) -> F:
    """The options that say how captures are decoded."""
    return _with(_READING, function)


def redaction_options(function: F) -> F:
    """The options that say whether outputs may name anybody."""
    return _with(_REDACTION, function)


def judging_options(function: F) -> F:
    """The options that say what is judged, by which rules, and how it is decoded."""
    return _with((_CALL, *_JUDGING, *_READING), function)


def choosing_options(function: F) -> F:
    """The options that say which calls are wanted, in which time zone."""
    return _with((_CALL, *_CHOOSING, _SHOWING[0]), function)


def selection_options(function: F) -> F:
    """The options that say what is judged, which calls are wanted, and how they are shown."""
    return _with((_CALL, *_CHOOSING, *_SHOWING, *_JUDGING, *_READING, *_LANE, *_REDACTION), function)


def several_options(function: F) -> F:
    """``--together`` and ``--apart``."""
    return _with(
        (
            click.option(
                "--together",
                "taken",
                flag_value="together",
                help="Take several files for one capture, whatever is in them.",
            ),
            click.option("--apart", "taken", flag_value="apart", help="A verdict for each of several files."),
        ),
        function,
    )


def us_option(function: F) -> F:
    """``--us``."""
    return click.option(
        "--us",
        multiple=True,
        metavar="NAME|CIDR",
        help="We are NAME, or have these addresses (repeatable): what we have to do is a to-do list, not a message.",
    )(function)


def audio_option(function: F) -> F:
    """``--audio``."""
    return click.option(
        "--audio",
        is_flag=True,
        help="Put what was said in the call into the page, to be played (one call, ten minutes); not with --redact.",
    )(function)


def digits_option(function: F) -> F:
    """``--show-digits``."""
    return click.option(
        "--show-digits",
        is_flag=True,
        help="Show the digits dialled during the call (DTMF); they are masked otherwise.",
    )(function)
