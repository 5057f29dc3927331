"""What the JSON outputs share: times, parties, and where something was seen."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.pipeline.results import Party
from sipdiag.position import WirePosition
from sipdiag.report.times import rfc3339

SCHEMA = "sipdiag/2"

Object = dict[str, object]


def time(time_ns: int | None) -> str | None:
    """RFC 3339 in UTC; null where it is not known."""
    return None if time_ns is None else rfc3339(time_ns)


def party(one: Party) -> Object:
    """One end of a call."""
    return {"uri": one.uri, "number": one.number, "country": one.country}


def located(position: WirePosition) -> dict[str, int | None]:
    """The keys for a frame, or for a line of a log."""
    return (
        {"frame": position.number} if position.unit == "frame" else {"frame": None, "line": position.number}
    )


def sighting(position: WirePosition, paths: Sequence[str]) -> Object:
    """The file and the keys of :func:`located`; ``paths``: the names of the inputs."""
    return {"file": path(position.file, paths), **located(position)}


def path(file: int, paths: Sequence[str]) -> str | None:
    """The name of an input by its number; null where there is none."""
    return paths[file] if 0 <= file < len(paths) else None
