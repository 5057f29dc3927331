"""How much of a leg was captured: both directions, whole messages, every CSeq number."""

from __future__ import annotations

from sipdiag.calls.model import Leg, Request
from sipdiag.capture.losses import Losses
from sipdiag.facts.declare import fact
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage


class Completeness:
    """What the captured messages of a leg reveal about missing ones."""

    def __init__(self, leg: Leg, bye: Request | None, losses: Losses | None) -> None:
        self._leg = leg
        self._bye = bye
        self._losses = losses

    @fact
    def both_directions(self) -> bool:
        """Messages of both sides were captured."""
        sent_by = set()
        for entry in self._leg.messages:
            if entry.captured.src.address == self._leg.caller.address:
                sent_by.add(
                    "caller" if entry.captured.src == self._leg.caller else self._side(entry.captured)
                )
            else:
                sent_by.add("callee")
            if len(sent_by) == 2:
                return True
        return False

    def _side(self, captured: CapturedMessage) -> str:
        """On one address (loopback) the port identifies the side."""
        same_host = self._leg.caller.address == self._leg.callee.address
        return "callee" if same_host and captured.src.port == self._leg.callee.port else "caller"

    @fact
    def truncated(self) -> bool:
        """A message of the leg was cut, or bytes of its stream are missing."""
        return any(entry.captured.truncated for entry in self._leg.messages)

    @fact
    def stream_gap(self) -> bool:
        """Something between its ends may be missing while it lasted: bytes of a stream, fragments, unreadable records."""
        return self._lost(drops=False)

    @fact
    def packets_dropped(self) -> bool:
        """The capturing machine dropped packets while the leg lasted; nobody knows whose."""
        return self._lost(drops=True)

    def _lost(self, *, drops: bool) -> bool:
        leg = self._leg
        if not self._losses:
            return False
        files = {message.captured.file for message in leg.messages}
        return self._losses.between(
            frozenset((leg.caller.address, leg.callee.address)),
            range(min(files), max(files) + 1),
            leg.first_ns,
            leg.last_ns,
            datagrams=leg.messages[0].captured.transport == "UDP",
            drops=drops,
        )

    @fact
    def cseq_gap(self) -> bool:
        """A sender's CSeq jumped: a request was not captured (RFC 3261 §12.2.1.1)."""
        sent: dict[bool, set[int]] = {True: set(), False: set()}
        for request in self._leg.requests:
            if request.method != "CANCEL":
                sent[request.from_caller].add(request.cseq)
        return any(
            len(numbers) > 1 and _has_gap(numbers) and from_caller in self._readable
            for from_caller, numbers in sent.items()
        )

    @once
    def _readable(self) -> set[bool]:
        """The sides of which no request was cut in or before its CSeq."""
        cut = {request.from_caller for request in self._leg.requests if not request.first.message.cseq_method}
        return {True, False} - cut

    @fact
    def cseq_proof(self) -> bool:
        """The BYE's CSeq follows its sender's last captured request: nothing is missing between.

        The side that was called has sent nothing before; its numbers start at 1 or go on from the
        INVITE's, whose number it may take over.
        """
        bye = self._bye
        if bye is None or not self._leg.start_seen or self.cseq_gap or bye.from_caller not in self._readable:
            return False
        earlier = [
            r.cseq for r in self._leg.requests if r.from_caller == bye.from_caller and r.cseq < bye.cseq
        ]
        if earlier:
            return max(earlier) == bye.cseq - 1
        # After an INVITE numbered 1, a 2 may as well be the second request of one who starts at 1.
        goes_on = any(1 < invite.cseq == bye.cseq - 1 for invite in self._leg.invites)
        return bye.cseq == 1 or goes_on


def _has_gap(numbers: set[int]) -> bool:
    return max(numbers) - min(numbers) >= len(numbers)
