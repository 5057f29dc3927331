"""What the capture shows about a leg besides its messages."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.capture.losses import Losses
from sipdiag.capture.payload import Unreachable
from sipdiag.knowledge.classify import Classified


class Observed(Struct, frozen=True):
    """Records of the capture that concern one leg."""

    reports: Sequence[Unreachable] = ()
    """The network's reports that a message of the leg did not get through, by time."""
    losses: Losses | None = None
    """Losses of the capture, between any hosts."""
    recorded: Classified | None = None
    """Why the leg was refused, as a record beside the capture says."""
    points: Sequence[str] = ()
    """What the capture points are called."""

    def point(self, number: int) -> str | None:
        """What one of them is called; None where it has no name."""
        return self.points[number] if number < len(self.points) else None


NOTHING_ELSE = Observed()
