"""What a diagnosis is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from sipdiag.calls.model import FRUGAL
from sipdiag.capture.payload import Accounting, FileInfo, Note
from sipdiag.context.documents import ContextSet
from sipdiag.knowledge.providers import Providers
from sipdiag.media.rtcp import Control
from sipdiag.media.stream import RtpStream
from sipdiag.messages.capture_points import CapturePoint
from sipdiag.messages.captured import CapturedMessage
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.evaluate import Evaluator


class Job(Struct, frozen=True):
    """Messages, what rules they are judged by, and what was asked for."""

    catalogue: Catalogue
    providers: Providers
    evaluator: Evaluator
    """Of that catalogue."""
    accounting: Accounting
    notes: Sequence[Note]
    messages: Sequence[CapturedMessage]
    """All of them, in the order of time."""
    expect: str | None = None
    call_filter: str | None = None
    streams: Sequence[RtpStream] = ()
    """The RTP streams of the capture."""
    control: Control = field(default_factory=Control)
    """Its RTCP."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Host names by address, as the capture itself gives them."""
    files: Sequence[FileInfo] = ()
    """What the messages were read from."""
    points: tuple[CapturePoint, ...] = ()
    bounded: bool = False
    """Of many calls only the worst are kept in detail."""
    jobs: int = 1
    """Processes."""
    context: ContextSet | None = None
    """The files beside the capture."""

    @property
    def end_ns(self) -> int:
        """When the capture ended."""
        return self.accounting.last_ns or max((m.time_ns for m in self.messages), default=0)

    @property
    def frugal(self) -> bool:
        """There are so many messages that what was read of them is dropped after each step."""
        return len(self.messages) > FRUGAL
