"""What collectors, terminals and mail programs do to every line of a document."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]")
_PREFIX = re.compile(
    r"(?:>[> ]*"
    r"|[\w.-]{1,60} +\| ?"
    r"|\[pod/[\w./-]{1,200}\] "
    r"|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] )"
)
"""A mail that quotes; Docker Compose; kubectl; the file of a container runtime."""
_LEAST_LINES = 3
_LEAST_SHARE = 0.6
"""Of the lines that are not blank."""


def without_colours(text: str) -> str:
    """The text as a terminal shows it."""
    return _COLOUR.sub("", text) if "\x1b" in text else text


def without_prefixes(text: str) -> tuple[str, int | None]:
    """The text with the prefix of its lines left out, and the first line that had one; None where they have none."""
    lines = text.split("\n")
    found = [_PREFIX.match(line) for line in lines]
    having = [number for number, match in enumerate(found, 1) if match is not None]
    written = sum(1 for line in lines if line.strip())
    if len(having) < _LEAST_LINES or len(having) < written * _LEAST_SHARE:
        return text, None
    parts = [line[match.end() :] if match else line for line, match in zip(lines, found, strict=True)]
    return "\n".join(parts), having[0]
