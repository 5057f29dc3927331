"""Files of a ring: tcpdump's ``-C``, ``-G`` and ``-W`` cut a call wherever the file happens to be full.

A file of a ring is analysed together with the next one, and counts the calls that begin in it: one that
goes on in the next file is whole that way, and is not counted there again.  Where a call has not ended by then, it is
looked for in the files that follow, and the file is analysed together with all up to the last that has to do with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from sipdiag.capture.inputs import Input
from sipdiag.capture.payload import CaptureError
from sipdiag.pipeline.results import CallDetail

MOST_FILES = 24
"""Files that are looked at for the calls that begin in the first of them …"""
MOST_BYTES = 2**30
"""… as long as they have not more bytes than this; the one that follows the first is looked at whatever its size."""
_DIGITS = re.compile(r"[0-9]+")
_SUFFIX = r"(?:\.(?:pcapng|pcap|cap|dmp))?(?:\.(?:gz|zst|xz|bz2))?"
_RINGED = (
    re.compile(r"^(?P<stem>.+\.(?:pcapng|pcap|cap|dmp))(?P<number>[0-9]{1,4})$", re.IGNORECASE),
    re.compile(rf"^(?P<stem>.+)[_-](?P<number>[0-9]{{5}})[_-](?P<time>[0-9]{{14}}){_SUFFIX}$", re.IGNORECASE),
    re.compile(
        rf"^(?P<stem>.*?)[._-]?(?P<time>[0-9]{{4}}-?[0-9]{{2}}-?[0-9]{{2}}[T_-]?[0-9]{{2}}[:.-]?[0-9]{{2}}(?:[:.-]?[0-9]{{2}})?){_SUFFIX}$",
        re.IGNORECASE,
    ),
)
"""``call.pcap0`` (tcpdump -C), ``ring_00001_20260301120000.pcap`` (dumpcap -b), ``eth0-20260301-120000.pcap`` (tcpdump -G)."""


def followers(names: Iterable[str]) -> dict[str, str | None]:
    """Each file of a ring → the file that follows it, None for the last; files of no ring are left out.

    ``names`` are paths or URLs; files of one ring lie in one folder.
    """
    rings: dict[tuple[str, str], list[tuple[tuple[int, ...], str]]] = defaultdict(list)
    for name in names:
        path = PurePosixPath(name)
        match = next(filter(None, (pattern.match(path.name) for pattern in _RINGED)), None)
        if match is not None:
            order = tuple(int(digits) for digits in _DIGITS.findall(path.name[len(match["stem"]) :]))
            rings[str(path.parent), match["stem"]].append((order, name))
    found: dict[str, str | None] = {}
    for ring in rings.values():
        if len(ring) > 1:
            ordered = [name for _, name in sorted(ring)]
            found.update(zip(ordered, [*ordered[1:], None], strict=True))
    return found


def leaders(following: Mapping[str, str | None]) -> set[str]:
    """The first file of each ring."""
    return set(following) - {name for name in following.values() if name is not None}


def counts(call: CallDetail, *, begins: bool) -> bool:
    """Whether a call begins in the first of several files; in a later file of a ring, whether its INVITE is there."""
    legs = call.call.legs
    first = min((leg.messages[0].captured for leg in legs if leg.messages), key=lambda one: one.time_ns)
    return first.position.file == 0 and (begins or any(leg.start_seen for leg in legs))


def going_on(call: CallDetail) -> set[str]:
    """The Call-IDs of the legs whose end was not captured."""
    return {one.leg.call_id for one in call.legs if one.facts.get("ended") is False}


_CALL_ID = re.compile(rb"\n(?:[Cc][Aa][Ll][Ll]-[Ii][Dd]|[iI])[ \t]*:[ \t]*([^\r\n]+)")
_PIECE = 2**20
_OVERLAP = 1024
"""Bytes of a piece that are looked at again with the next, so that none is missed between two."""


@lru_cache(maxsize=MOST_FILES + 2)
def call_ids(path: str, version: str) -> Collection[str]:
    """The Call-IDs that are mentioned in the bytes of a file, of this version; none where it cannot be read.

    The file is searched, not read as a capture: every file of a ring is looked at for all that come before it.
    """
    found: set[bytes] = set()
    try:
        source = Input(path)
    except CaptureError:
        return frozenset()
    try:
        room, kept = bytearray(_PIECE), b""
        while got := source.fill(memoryview(room)):
            piece = kept + room[:got]
            found.update(_CALL_ID.findall(piece))
            kept = piece[-_OVERLAP:]
    except CaptureError:
        pass
    finally:
        source.close()
    return frozenset(one.strip().decode("utf-8", "replace") for one in found)
