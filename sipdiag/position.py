"""Where something was read: a frame of a capture, a line of a text log, a place in a document.

Every statement of the reports cites one of these.  How a position is worded, and what it is called as an
anchor of the page, is decided here alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from msgspec import Struct

Unit = Literal["frame", "line"]


class Frame(Struct, frozen=True, gc=False):
    """A frame of a capture."""

    file: int
    """Index of the input, from 0."""
    number: int
    """From 1, as Wireshark counts; the frame that completed what was read."""
    earlier: tuple[int, ...] = ()
    """The other frames that it came from: fragments, segments."""

    unit: ClassVar[Unit] = "frame"

    @classmethod
    def of(cls, file: int, numbers: tuple[int, ...]) -> Frame:
        """The position of what came from these frames, of which the last completed it."""
        return cls(file, numbers[-1], numbers[:-1])

    @property
    def numbers(self) -> tuple[int, ...]:
        """All frames, the completing one last."""
        return (*self.earlier, self.number)


class Line(Struct, frozen=True, gc=False):
    """A line of a text log."""

    file: int
    """Index of the input, from 0."""
    number: int
    """From 1; where a message begins: its start line."""

    unit: ClassVar[Unit] = "line"

    @property
    def numbers(self) -> tuple[int, ...]:
        """As of a frame: a log holds what it says in one piece."""
        return (self.number,)


class Place(Struct, frozen=True):
    """A value in a document: configuration, or a record of what was asked for."""

    file: str
    """Name of the document as it was given."""
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    pointer: str
    """The way to the value: a JSON pointer, ``Response/Dial@referUrl``, ``[section] key``."""
    value: str | None = None
    """As it may be shown, secrets masked; None where something is absent."""


class Packet(Struct, frozen=True):
    """A packet that is no SIP message, where it proves something: of a stream, a report on one."""

    position: Frame
    time_ns: int
    """When it was captured, nanoseconds since the epoch."""
    what: str
    """One line: ``RTP 192.0.2.1:4000 → 198.51.100.2:5000: first packet``."""


WirePosition = Frame | Line
Position = Frame | Line | Place


def wording(position: Position, inputs: Sequence[str]) -> str:
    """``frame 12``, among several inputs ``frame 12 of b.pcap``; ``asterisk.log:120``; ``tool.json:14``.

    ``inputs``: the names of the input files.
    """
    if isinstance(position, Place):
        return f"{position.file}:{position.line}"  # What stands there names the way to it.
    name = inputs[position.file] if position.file < len(inputs) else ""
    if isinstance(position, Line):
        return f"{name}:{position.number}" if name else f"line {position.number}"
    return f"frame {position.number} of {name}" if name and len(inputs) > 1 else f"frame {position.number}"


def short(position: Position) -> str:
    """Where the file is named already: ``frame 12``, ``line 120``, ``/transfer/mode``."""
    return position.pointer if isinstance(position, Place) else f"{position.unit} {position.number}"


def anchor(position: WirePosition) -> str:
    """Its id in the HTML report: ``f1-frame-12``, ``f1-line-120``; files count from 1."""
    return f"f{position.file + 1}-{position.unit}-{position.number}"
