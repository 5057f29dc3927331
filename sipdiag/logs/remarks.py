"""Lines between messages that tell of trouble: quoted beside a finding, never judged.

A program often says in its own words what the messages only show the effect of: that authentication failed,
that a certificate could not be read, that no RTP engine was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

REACH = 4 * 1024
"""Bytes behind a message in which its remarks are looked for."""
MOST = 3
"""Remarks kept of one message."""
LONGEST = 300
"""Bytes of a remark that are kept."""

_TROUBLE = re.compile(
    rb"\b(?:ERROR|ERR|WARNING|WARN|NOTICE|CRIT|[Ff]ailed|[Ff]ailure|[Uu]nable|[Cc]annot|[Cc]an't|[Dd]enied|[Rr]ejected|"
    rb"[Uu]nreachable|[Tt]imed out|[Nn]ot found|[Cc]ertificate|No (?:RTP|route|matching|compatible|common))\b"
)
_OTHER_CALL = re.compile(rb"(?i)call-?id[ :=\"'\[]{1,4}([^\s\"'\])>,;]{6,})")
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*(\S+)")


def remarks(text: bytes, since: int, until: int, message: bytes) -> Iterator[tuple[int, str]]:
    """Offset and text of the lines that tell of trouble, behind a message and before the next."""
    end = min(until, since + REACH)
    found = 0
    own = _CALL_ID.search(message)
    at = since
    while found < MOST and (match := _TROUBLE.search(text, at, end)) is not None:
        begin = text.rfind(b"\n", since, match.start()) + 1 or since
        stop = text.find(b"\n", match.end(), end)
        stop = end if stop < 0 else stop
        at = stop
        line = text[begin : min(stop, begin + LONGEST)].strip()
        other = _OTHER_CALL.search(line)
        if other is None or (own is not None and own[1].startswith(other[1].rstrip(b")."))):
            found += 1
            yield begin, line.decode("utf-8", "replace")
