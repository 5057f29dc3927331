"""Errors of a client library as it prints them in a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from sipdiag.context.node import LineIndex, Node

_TWIRP = re.compile(
    r"\bTwirpError\(code=(\w{1,40}), message=([^\n]{0,500}?)(?:, status=(\d{3}))?(?:, metadata=\{([^\n{}]{0,500})\})?\)"
)
_PAIR = re.compile(r"['\"](\w{1,60})['\"]: ['\"]([^'\"\n]{0,200})['\"]")
MOST = 50
"""Errors of one file that are read."""


def read_exceptions(text: str, lines: LineIndex) -> Iterator[Node]:
    """What LiveKit's library for Python raises: code, message and metadata of the failed call."""
    for match in islice(_TWIRP.finditer(text), MOST):
        place = lines.place(match.start())

        def node(key: str, value: str, at: int) -> Node:
            return Node(value, lines.place(at), f"/{key}", key)

        members = {
            "code": node("code", match[1], match.start(1)),
            "msg": node("msg", match[2], match.start(2)),
        }
        if match[4]:
            pairs = {
                key.replace("_", "").lower(): node(key, value, match.start(4))
                for key, value in _PAIR.findall(match[4])
            }
            members["meta"] = Node(dict(pairs), place, "/meta", "meta")
        yield Node(dict(members), place, "")
