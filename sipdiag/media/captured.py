"""All media of a run: its streams, what their ends report, and how they were set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sipdiag.media.control import Control
from sipdiag.media.pairs import Pairs
from sipdiag.media.setup import SetupPackets
from sipdiag.media.sniffer import Sniffer
from sipdiag.media.stream import Right, RtpStream


class CapturedMedia:
    """Streams, RTCP, STUN and DTLS of a run."""

    def __init__(self, streams: Sequence[RtpStream] = ()) -> None:
        self.streams = streams
        """In the order in which they were first met."""
        self.control = Control()
        """RTCP."""
        self.pairs = Pairs()
        """Streams that two capture points saw."""
        self.setup = SetupPackets()
        """STUN and DTLS."""
        self._sniffer: tuple[Sequence[RtpStream], Sniffer] | None = None

    def __bool__(self) -> bool:
        return bool(self.streams or self.control or self.pairs or self.setup)

    @property
    def sniffer(self) -> Sniffer:
        """Separates losses of the capture from those of the network; made once for these streams."""
        if self._sniffer is None or self._sniffer[0] is not self.streams:
            self._sniffer = self.streams, Sniffer(self.streams)
        return self._sniffer[1]

    def put_right(self, clocks: Mapping[int, Right]) -> None:
        """Move all times to another clock; ``clocks`` corrects each file's times."""
        self.streams = [stream.moved(clocks.get(stream.place[0])) for stream in self.streams]
        self.control.put_right(clocks)
        self.setup.put_right(clocks)
