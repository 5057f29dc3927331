"""Text from a capture inside Markdown: it can neither format nor link nor inject HTML."""

from __future__ import annotations

import re

from sipdiag.report.text import visible, visible_block

_SPECIAL = re.compile(r"[\\`*_\[\]|~]|^[#+-]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "://": ":&#47;&#47;", " @": " &#64;", "www.": "www&#46;"}
_ENTITY = re.compile("|".join(re.escape(text) for text in _ENTITIES))


def escape(text: str) -> str:
    """Text that every Markdown or HTML reader shows as it is."""
    shown = _SPECIAL.sub(r"\\\g<0>", visible(text))
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], shown)


def code(text: str) -> str:
    """A code span that ends where it should, also inside a table."""
    shown = visible(text).strip() or " "
    fence = "`" * (_longest_run(shown) + 1)
    gap = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{gap}{shown}{gap}{fence}".replace("|", "\\|")


def fenced(text: str) -> str:
    """A block of literal text, whatever backticks it contains."""
    shown = visible_block(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}text\n{shown}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
