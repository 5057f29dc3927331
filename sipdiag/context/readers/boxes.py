"""Tables that command line tools draw: in boxes, in Markdown's manner, or in columns."""

from __future__ import annotations

import re

from sipdiag.context.node import LONGEST_TITLE, LineColumn, Node, plain_key

_ROW = re.compile(r"\s*[│┃|](.*)[│┃|]\s*$")
_RULE = re.compile(r"\s*[+|├┌└╭╰┏┗┠┣][-=─━+|:┬┼┴┤┐┘╮╯┯┿┷┓┛┨┫\s]*$")
_WALL = re.compile(r"[│┃|]")
_COLUMNS = re.compile(r"[A-Z]\w*(?: [A-Z]\w*)*(?: {2,}[A-Z]\w*(?: [A-Z]\w*)*)+\s*$")
_GAP = re.compile(r" {2,}")
MAX_ROWS = 5_000
"""Rows of a table that are read."""


def read_boxed(text: str, first_line: int = 1) -> Node | None:
    """The first table with walls between its cells: a list of mappings, keyed by its header; None where there is none.

    A cell that is empty is left out.  A row whose first cell is empty goes on with the one before.
    """
    header: list[str] = []
    root = Node([], LineColumn(first_line, 1), "")
    ruled = False
    for number, line in enumerate(text.splitlines(), first_line):
        if _RULE.match(line):
            ruled = True
            continue
        row = _ROW.match(line)
        if row is None:
            if root.items():
                break
            header = []
            continue
        cells = [cell.strip() for cell in _WALL.split(row[1])]
        if not header:
            header = [title[:LONGEST_TITLE] for title in cells]
            root.place = LineColumn(number, 1)
        elif len(root.items()) < MAX_ROWS:
            _add(root, header, cells, LineColumn(number, 1))
    return root if ruled and root.items() else None


def _add(root: Node, header: list[str], cells: list[str], place: LineColumn) -> None:
    rows = root.items()
    if not cells[0] and rows:
        members = rows[-1].members()
    else:
        rows.append(Node({}, place, f"/{len(rows)}"))
        members = rows[-1].members()
    for name, cell in zip(header, cells, strict=False):
        if not cell or not name:
            continue
        key = plain_key(name.replace(" ", ""))
        pointer = f"/{len(rows) - 1}/{name}"
        if not _is_list(key):
            members.setdefault(key, Node(cell, place, pointer, name))
            continue
        held = members.setdefault(key, Node([], place, pointer, name))
        for part in cell.split(","):
            if part.strip():
                held.items().append(Node(part.strip(), place, f"{pointer}/{len(held.items())}"))


def _is_list(key: str) -> bool:
    return key.endswith("s") and not key.endswith(("ss", "us"))


def read_columns(text: str, first_line: int = 1) -> Node | None:
    """A table whose columns stand two blanks apart, under titles with capitals; None where there is none."""
    titles: list[str] = []
    root = Node([], LineColumn(first_line, 1), "")
    for number, line in enumerate(text.splitlines(), first_line):
        if not titles and _COLUMNS.match(line):
            titles = [title[:LONGEST_TITLE] for title in _GAP.split(line.strip())]
            continue
        cells = _GAP.split(line.strip())
        if not titles or len(cells) != len(titles) or len(root.items()) >= MAX_ROWS:
            continue
        place = LineColumn(number, 1)
        root.items().append(
            Node(
                {
                    plain_key(name.replace(" ", "")): Node(cell, place, f"/{len(root.items())}/{name}", name)
                    for name, cell in zip(titles, cells, strict=True)
                },
                place,
                f"/{len(root.items())}",
            )
        )
    return root if root.items() else None
