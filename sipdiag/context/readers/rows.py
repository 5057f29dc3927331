"""Form-encoded bodies, tables with a header line, and log lines."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from urllib.parse import unquote_plus

from sipdiag.context.node import LONGEST_TITLE, LineColumn, LineIndex, Node, plain_key

FORM = re.compile(r"[A-Za-z][\w.-]{0,60}=[^\s&]*(?:&[A-Za-z][\w.-]{0,60}=[^\s&]*)+\s*")
MAX_ROWS = 5_000
"""Rows of a table that are read."""


def read_form(text: str, lines: LineIndex, offset: int = 0) -> Node:
    """``CallSid=CA…&DialCallStatus=completed`` as a mapping; ``offset``: where it begins."""
    start = offset + len(text) - len(text.lstrip())
    root = Node({}, lines.place(start), "")
    at = start
    for part in text.strip().split("&"):
        key, _, value = part.partition("=")
        root.members()[plain_key(key)] = Node(unquote_plus(value), lines.place(at), f"/{key}", key)
        at += len(part) + 1
    return root


def read_table(text: str, first_line: int = 1) -> Node:
    """A list of mappings, one for each row, keyed by the header line's names.

    A cell stands in its row's first line.
    """
    root = Node([], LineColumn(first_line, 1), "")
    separator = "\t" if "\t" in text.lstrip().partition("\n")[0] else ","
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        header = [title[:LONGEST_TITLE] for title in next(rows)]
        before = rows.line_num
        for number, row in enumerate(islice(rows, MAX_ROWS)):
            place = LineColumn(first_line + before, 1)
            before = rows.line_num
            cells = {
                plain_key(name.replace(" ", "")): Node(_cell(cell), place, f"/{number}/{name}", name)
                for name, cell in zip(header, row, strict=False)
            }
            root.items().append(Node(cells, place, f"/{number}"))
    except (csv.Error, StopIteration):
        pass  # What was read so far is what the file has.
    return root


def _cell(text: str) -> str | bool:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def read_log(text: str, first_line: int = 1) -> Node:
    """A list of the lines that are not blank."""
    return Node(
        [
            Node(line.strip(), LineColumn(number, len(line) - len(line.lstrip()) + 1), f"/{number}")
            for number, line in islice(enumerate(text.splitlines(), first_line), 50_000)
            if line.strip()
        ],
        LineColumn(first_line, 1),
        "",
    )
