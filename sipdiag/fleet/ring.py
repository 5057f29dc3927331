"""Files of a ring: tcpdump's ``-C``, ``-G`` and ``-W`` cut a call wherever the file happens to be full.

A file of a ring is analysed together with the next one, and counts the calls that begin in it: one that
goes on in the next file is whole that way, and is not counted there again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from msgspec.structs import replace

from sipdiag.pipeline.results import Analysis, CallDetail

_DIGITS = re.compile(r"[0-9]+")
_TAIL = re.compile(r"[0-9]+$")
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


def of_first_file(analysis: Analysis, *, begins: bool) -> Analysis:
    """The calls that begin in the first of several files; of a later file of a ring only those whose INVITE is there."""
    if len(analysis.files) == 1 and begins:
        return analysis
    return replace(analysis, calls=[call for call in analysis.details if _counts(call, begins)])


def _counts(call: CallDetail, begins: bool) -> bool:
    legs = call.call.legs
    first = min((leg.messages[0].captured for leg in legs if leg.messages), key=lambda one: one.time_ns)
    return first.position.file == 0 and (begins or any(leg.start_seen for leg in legs))
