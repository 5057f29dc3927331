"""Asterisk's configuration: sections with types, templates ``[name](!)`` and ``[name](template)``."""

from __future__ import annotations

import re

from sipdiag.context.node import MAX_NODES, LineColumn, Node, Trouble, plain_key

SECTION = re.compile(r"\s*+\[([^\]\s]{1,80})\]\s*+(?:\(([^)]*)\)\s*+)?(?:;.*)?$")
_SETTING = re.compile(r"\s*+([A-Za-z_][\w.-]*+)\s*+=>?\s*+(.*)$")
MAX_INHERITED = 500_000
"""Settings that sections take over from templates; a few lines could make billions of them."""
_COMMENT = re.compile(r"(?<!\\);.*$")


def read_ini(text: str, first_line: int = 1) -> tuple[Node, list[Trouble]]:
    """A list of sections, in the file's order; a section that names templates has their settings as well.

    A line that is neither is noted and left out.
    """
    root = Node([], LineColumn(first_line, 1), "")
    skipped: list[Trouble] = []
    templates: dict[str, Node] = {}
    section: Node | None = None
    settings = inherited = 0
    comment = False
    for number, line in enumerate(text.splitlines(), first_line):
        if line.lstrip().startswith(";--") or comment:
            comment = "--;" not in line
            continue
        line = _COMMENT.sub("", line).rstrip()
        if not line.strip():
            continue
        head = SECTION.match(line)
        if head is not None:
            if head[2] and inherited >= MAX_INHERITED:
                skipped.append(Trouble(LineColumn(number, 1), "what this section inherits was left out"))
            section = _section(head, number, templates if inherited < MAX_INHERITED else {})
            inherited += len(section.members())
            templates.setdefault(head[1], section)
            root.items().append(section)
            continue
        setting = _SETTING.match(line)
        settings += 1
        if setting is None or section is None or settings > MAX_NODES:
            skipped.append(Trouble(LineColumn(number, 1), "this line is no setting and was left out"))
            continue
        key = setting[1]
        pointer = f"[{section.key}]/{key}"
        column = setting.start(1) + 1
        section.members()[plain_key(key)] = Node(setting[2], LineColumn(number, column), pointer, key)
    return root, skipped


def _section(head: re.Match[str], line: int, templates: dict[str, Node]) -> Node:
    """A section with what it inherits; a template itself is marked ``!``."""
    members: dict[str, Node] = {}
    place = LineColumn(line, head.start(1))
    for name in dict.fromkeys(one.strip() for one in (head[2] or "").split(",")):
        if name == "!":
            members["!"] = Node(True, place, f"[{head[1]}]", "!")
        elif name in templates:
            inherited = templates[name].members()
            members |= {key: node for key, node in inherited.items() if key != "!"}
    return Node(members, place, f"[{head[1]}]", head[1])
