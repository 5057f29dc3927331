"""A SIP message together with where and when it was seen."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from sipdiag.capture.payload import Remark
from sipdiag.position import WirePosition
from sipdiag.sip.message import Message

_SIP_PORT = 5060


class Host(NamedTuple):
    """Address and port of one end of a hop."""

    address: str
    port: int


class CapturedMessage(Struct, frozen=True, eq=False, weakref=True):
    """One sighting of a message on one hop.  Compared by identity: two sightings are never equal."""

    message: Message
    time_ns: int
    """When the message was complete, nanoseconds since the epoch; never that of the message before it: see :attr:`behind_ns`."""
    position: WirePosition
    """The frame that completed the message, or the line of a log at which it begins."""
    src: Host
    dst: Host
    transport: str
    truncated: bool = False
    """Cut by the snap length, or by a gap in its stream."""
    copy_of: CapturedMessage | None = None
    """The same packet captured before on this hop (mirror port, ``-i any``); None for the first."""
    point: int = 0
    """Interface of the file it was captured at."""
    timed: bool = True
    """Whether :attr:`time_ns` is known; else it gives no more than the order."""
    remarks: tuple[Remark, ...] = ()
    """What a log says between this message and the next."""
    seen_at: tuple[int, ...] = (0,)
    """The capture points that saw it, by number, in the order in which it passed them."""
    missed_at: tuple[int, ...] = ()
    """The points it should have passed next but did not, though they captured that direction at that time."""
    missed_surely: bool = True
    """They were capturing before it was sent; otherwise they may have started just then."""
    passed: CapturedMessage | None = None
    """The same message at the point before, as it was there."""
    behind_ns: int = 0
    """How far :attr:`time_ns` lies behind the clock of the capture: where that stands still, the order of the file decides."""

    @property
    def file(self) -> int:
        """Index of the input file, from 0."""
        return self.position.file

    @property
    def clock_ns(self) -> int:
        """What the clock of the capture said: of several messages it may be the same."""
        return self.time_ns - self.behind_ns

    @property
    def known_ns(self) -> int | None:
        """:attr:`clock_ns`, where the time is known."""
        return self.clock_ns if self.timed else None

    @property
    def echoes(self) -> bool:
        """A response with the Contact of whoever it goes to: the host copied the request, and says nothing of itself."""
        if self.message.is_request or self.src.address == self.dst.address:
            return False
        contact = self.message.contact
        return contact is not None and (contact.uri.host, contact.uri.port or _SIP_PORT) == self.dst

    @property
    def head_cut(self) -> bool:
        """The headers are cut off: a header that is missing may still have been sent."""
        raw = self.message.raw
        return self.truncated and b"\r\n\r\n" not in raw and b"\n\n" not in raw


def in_time(one: CapturedMessage) -> tuple[int, int]:
    """Sorts messages: at one time that of the earlier file comes first; of one file they stay as they are."""
    return one.time_ns, one.file
