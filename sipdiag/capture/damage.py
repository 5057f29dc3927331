"""Damage in a file: where its structure broke, how much was skipped, and where reading went on.

A wrong length costs only what it covers: the walkers look for the next place from which
the file makes sense again.  The search widens step by step, so that its cost is that of the bytes skipped.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from sipdiag.capture.losses import ANYBODY, Loss
from sipdiag.capture.payload import Note

MOST_NOTES = 20
"""Places named."""
_FIRST_STEP = 4096
"""Bytes looked through at first."""

Search = Callable[[int, int], int | None]
"""Finds the first offset in a range at which the file makes sense again."""


def search(plausible: Search, begin: int, end: int) -> int | None:
    """The first offset in ``begin:end`` at which the file makes sense; None without one."""
    step = _FIRST_STEP
    while begin < end:
        stop = min(end, begin + step)
        found = plausible(begin, stop)
        if found is not None:
            return found
        begin, step = stop, 2 * step
    return None


class Damage(Struct):
    """The damage found in one file so far."""

    file: int
    unit: str
    """``record`` or ``block``."""
    lost_at: int | None = None
    """Byte of the file where its structure broke, while no new start was found."""
    notes: list[Note] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    _places: int = 0
    _skipped: int = 0

    def resumed(self, byte: int, frame: int, last_ns: int, *, ended: bool = False) -> None:
        """Reading goes on at ``byte`` with this frame; ``last_ns``: time of the frame before.

        ``ended``: nothing that makes sense was found up to there, the end of the file.
        """
        assert self.lost_at is not None
        skipped = byte - self.lost_at
        self._places += 1
        self._skipped += skipped
        self.losses.append(Loss("record", ANYBODY, last_ns, last_ns, self.file, frame))
        if self._places <= MOST_NOTES:
            goal = "end of the file" if ended else f"next plausible {self.unit}"
            text = (
                f"The {self.unit} at byte {self.lost_at} has an impossible length; "
                f"{skipped} bytes were skipped to the {goal}."
            )
            self.notes.append(Note("damaged-record", text, file=self.file, byte=self.lost_at, frame=frame))
        self.lost_at = None

    def cut_tail(self, byte: int, left: int, frame: int) -> None:
        """The file ends within a unit that begins at ``byte``; ``frame`` is its number."""
        text = (
            f"The file ends in the middle of a {self.unit} at byte {byte} ({left} bytes are left of it); "
            "everything before it was read."
        )
        self.notes.append(Note("truncated-file", text, file=self.file, byte=byte, frame=frame))

    def taken(self) -> tuple[list[Note], list[Loss]]:
        """What was found since the last call."""
        taken = self.notes, self.losses
        self.notes, self.losses = [], []
        return taken

    def finish(self) -> None:
        """At the end of the file: report the total damage if not all of it was named."""
        if self._places > MOST_NOTES:
            text = (
                f"{self._places} damaged {self.unit}s in all, for which {self._skipped} bytes were skipped; "
                f"the first {MOST_NOTES} were named."
            )
            self.notes.append(Note("damaged-record", text, file=self.file))
