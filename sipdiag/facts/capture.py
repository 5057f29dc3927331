"""The facts of the capture itself."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.capture.payload import Accounting, Note, Unreachable, host_text
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.once import once
from sipdiag.facts.unreachable import Unreached
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import column

DAMAGE_CODES = frozenset({"truncated-file", "damaged-record", "damaged-block"})
"""Notes that tell of damage to the file."""


class CaptureFacts:
    """Everything known of the capture itself."""

    def __init__(
        self,
        accounting: Accounting,
        notes: Sequence[Note],
        messages: Sequence[CapturedMessage],
        unreached: Sequence[Unreachable],
        calls: int,
        expect: str | None,
    ) -> None:
        """``unreached``: the network's reports on connections that carried no call."""
        self._accounting = accounting
        self._messages = messages
        self._unreached = unreached
        self._calls = calls
        self._expect = expect
        self._damage = [note.text for note in notes if note.code in DAMAGE_CODES]

    @fact(unit="frames")
    def frames(self) -> int:
        """Frames read."""
        return self._accounting.seen

    @fact(unit="messages")
    def sip_messages(self) -> int:
        """SIP messages."""
        return len(self._messages)

    @fact(unit="calls", for_expectations=True)
    def calls(self) -> int:
        """Calls."""
        return self._calls

    @fact(unit="connections")
    def encrypted(self) -> int:
        """TLS connections that look like SIP and could not be read."""
        return len(self._accounting.encrypted)

    @fact
    def encrypted_peers(self) -> str | None:
        """Both ends of the first encrypted connections, and why they look like SIP."""
        shown = [
            f"{host_text(client)} → {host_text(server)}, {why}"
            for (client, server), why in list(self._accounting.encrypted.items())[:5]
        ]
        return "; ".join(shown) or None

    @fact(unit="frames", for_expectations=True)
    def undecoded(self) -> int:
        """Frames that could not be decoded."""
        return sum(self._accounting.undecoded.values())

    @fact(for_expectations=True)
    def undecoded_reasons(self) -> str | None:
        """Why frames could not be decoded, with counts."""
        most_first = sorted(self._accounting.undecoded.items(), key=lambda item: -item[1])
        return ", ".join(f"{reason} ({count})" for reason, count in most_first) or None

    @fact
    def traffic(self) -> str:
        """What there was instead of SIP."""
        if self._accounting.seen == 0:
            return "the capture is empty"
        parts = [
            (self._accounting.rtp, "RTP or RTCP"),
            (self._accounting.other, "other UDP or TCP traffic"),
            (self.undecoded, "frames that could not be decoded"),
        ]
        return ", ".join(f"{count} × {what}" for count, what in parts if count)

    @once
    def _cut(self) -> list[CapturedMessage]:
        return [
            self._messages[place]
            for place, truncated in enumerate(column(self._messages, "truncated"))
            if truncated
        ]

    @evidence("truncated")
    def shown_cut(self) -> list[CapturedMessage]:
        """The first messages that were cut."""
        return self._cut[:10]

    @fact(unit="messages")
    def truncated(self) -> int:
        """SIP messages cut by the snap length or a gap."""
        return len(self._cut)

    @fact
    def headers_cut(self) -> bool:
        """The headers of a message are cut, not only a body."""
        return any(captured.head_cut for captured in self._cut)

    @fact
    def truncated_frames(self) -> str | None:
        """Frames of the messages that were cut."""
        return ", ".join(str(captured.position.number) for captured in self._cut[:20]) or None

    @fact
    def damaged(self) -> bool:
        """The file's tail is cut, or records are broken."""
        return bool(self._damage)

    @fact
    def damage(self) -> str | None:
        """What is damaged."""
        return " ".join(self._damage[:3]) or None

    @facts(prefix="unreachable_", found="unreachable")
    def report(self) -> Unreached | None:
        """The network reported that a packet or connection did not get through, and it carried no call."""
        return Unreached(self._unreached[0]) if self._unreached else None

    @fact
    def unreachable_others(self) -> int:
        """Reports on connections that carried no call."""
        return len(self._unreached)

    @fact
    def tracing(self) -> str | None:
        """Of a text without SIP messages: how its program is made to print them."""
        return " ".join(self._accounting.untraced) or None

    @fact
    def expected_anything(self) -> bool:
        """``--expect`` was given."""
        return self._expect is not None
