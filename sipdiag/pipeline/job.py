"""What a diagnosis is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from sipdiag.calls.model import FRUGAL
from sipdiag.capture.payload import Accounting, FileInfo, Note
from sipdiag.knowledge.providers import Providers
from sipdiag.media.captured import CapturedMedia
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import column
from sipdiag.pipeline.call_filter import CallFilter
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.evaluate import Evaluator

if TYPE_CHECKING:
    from sipdiag.context.documents import ContextSet

Lane = Literal["auto", "objects"]
"""Like other calls where they are alike, or each from its messages."""


class Job(Struct, frozen=True):
    """The messages, the rules to judge them by, and what was asked for."""

    catalogue: Catalogue
    providers: Providers
    evaluator: Evaluator
    """Of that catalogue."""
    accounting: Accounting
    notes: Sequence[Note]
    messages: Sequence[CapturedMessage]
    """All of them, in the order of time."""
    expect: str | None = None
    wanted: CallFilter | None = None
    """Which calls were asked for; None: all."""
    media: CapturedMedia = field(default_factory=CapturedMedia)
    """RTP, RTCP, STUN and DTLS of the capture."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Host names by address, as the capture itself gives them."""
    files: Sequence[FileInfo] = ()
    """What the messages were read from."""
    points: tuple[CapturePoint, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    """What the user calls hosts, by address or by address and port; it goes before any other name."""
    bounded: bool = False
    """Of many calls only the worst are kept in detail."""
    jobs: int = 1
    """Processes."""
    context: ContextSet | None = None
    """The files beside the capture."""

    lane: Lane = "auto"
    """How calls are judged."""

    @property
    def everyday(self) -> bool:
        """Calls can be like others: nothing but the messages bears on them, and no rule of a user.

        What that asks of a value, nobody can tell beforehand.
        """
        accounting = self.accounting
        return (
            self.lane != "objects"
            and self.frugal
            and self.catalogue.builtin
            and not self.media
            and self.context is None
            and self.wanted is None
            and self.expect is None
            and not self.aliases
            and len(self.points) < 2
            and not accounting.unreachable
            and not accounting.losses
        )

    @property
    def first_ns(self) -> int:
        """When the capture begins."""
        return self.messages[0].time_ns if self.messages else self.accounting.first_ns or 0

    @property
    def end_ns(self) -> int:
        """When the capture ended; where its clock stands still, by the count of repeats."""
        return max(self.accounting.last_ns or 0, max(column(self.messages, "time_ns"), default=0))

    @property
    def point_names(self) -> tuple[str, ...]:
        """What the capture points are called."""
        return tuple(point.name(self.files) for point in self.points)

    @property
    def frugal(self) -> bool:
        """So many messages that parsed headers are dropped after each step and parsed again on demand."""
        return len(self.messages) > FRUGAL
