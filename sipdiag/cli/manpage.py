"""The manual page, made of the texts of ``--help``: ``python -m sipdiag.cli.manpage > sipdiag.1``."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from sipdiag import __version__
from sipdiag.cli import COMMANDS, cli

FILES = (
    ("sipdiag.toml", "Configuration of the folder it stands in and of those below it."),
    ("pyproject.toml", "The same, in the table [tool.sipdiag]."),
    ("~/.config/sipdiag/config.toml", "Your own configuration; the two above go first."),
)
STATUSES = (
    ("0", "Done."),
    ("1", "A finding at or above --fail-on, a failed test."),
    (
        "2",
        "Something that cannot be worked with, or a selection that matches nothing; a line on standard error says what.",
    ),
)


def page() -> str:
    """The page as roff."""
    with click.Context(cli, info_name="sipdiag") as context:
        return "\n".join(_lines(context)) + "\n"


def _lines(context: click.Context) -> Iterator[str]:
    yield f'.TH SIPDIAG 1 "" "sipdiag {__version__}" "User Commands"'
    yield from (
        ".SH NAME",
        r"sipdiag \- why a SIP call or transfer failed, who has to act, and how to fix it",
    )
    yield from (
        ".SH SYNOPSIS",
        ".B sipdiag",
        r".I CAPTURE...",
        ".br",
        ".B sipdiag",
        ".I COMMAND",
        "[OPTION...] [ARGUMENT...]",
    )
    yield ".SH DESCRIPTION"
    yield from _paragraphs(cli.help or "")
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is not None:
            yield from _command(context, command, name)
    yield ".SH EXIT STATUS"
    for status, meaning in STATUSES:
        yield from (".TP", f".B {status}", _escaped(meaning))
    yield ".SH FILES"
    for name, meaning in FILES:
        yield from (".TP", f".I {_escaped(name)}", _escaped(meaning))


def _command(parent: click.Context, command: click.Command, name: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context))
        path = context.command_path.removeprefix("sipdiag ")
        yield f'.SS "{_escaped(path)} {_escaped(usage)}"'
        yield from _paragraphs(command.help or "")
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context)
            if record is not None and "--help" not in record[0]:
                yield from (".TP", f".B {_escaped(record[0])}", _escaped(" ".join(record[1].split())))
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                sub = command.get_command(context, inner)
                if sub is not None:
                    yield from _command(context, sub, inner)


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(cleandoc(text).split("\n\n")):
        as_it_is = paragraph.startswith("\b")
        lines = [line.strip() for line in paragraph.removeprefix("\b").strip("\n").splitlines()]
        if number:
            yield ".PP"
        if as_it_is:
            yield from (".nf", *map(_escaped, lines), ".fi")
        else:
            yield _escaped(" ".join(lines))


def _escaped(text: str) -> str:
    """Text in which nothing is a request or an escape of roff."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{plain}" if plain[:1] in (".", "'") else plain


if __name__ == "__main__":
    print(page(), end="")
