"""The public log of a call: lines about a transfer that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, as_a_whole, at, never
from sipdiag.context.node import LineColumn, Node, Scalar

_LINE = re.compile(
    r"Error transferring call(?P<refer> via SIP REFER)?, SIP status code: (?P<status>[1-6]\d\d)(?P<rest>.*)"
)


def matches(node: Node, wrapper: str) -> bool:
    return any(_LINE.search(str(line.value)) for line in node.items()[:20_000])


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    """Each such line as a mapping: ``status``, ``refer``, ``text``."""
    for line in node.items()[:20_000]:
        found = _LINE.search(str(line.value))
        if found is None:
            continue
        place = LineColumn(line.place.line, line.place.column + found.start())
        values: dict[str, Scalar] = {
            "status": int(found["status"]),
            "refer": found["refer"] is not None,
            "text": found[0][:500],
        }
        yield (
            "retell.transfer_error",
            Node(
                {key: Node(value, place, line.pointer, key) for key, value in values.items()},
                place,
                line.pointer,
            ),
        )


KINDS = (
    DocumentKind(
        "retell.public_log",
        "Retell public log",
        "event",
        matches,
        parts,
        fetch="the public_log_url of the call",
        notations=frozenset({"log"}),
        anonymous=True,
    ),
    DocumentKind(
        "retell.transfer_error",
        "Retell log line on a transfer",
        "event",
        never,
        asked=as_a_whole,
        failed=at("text"),
        anonymous=True,
    ),
)
