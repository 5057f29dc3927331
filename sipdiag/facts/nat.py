"""The ports that a registering device came from, as a NAT before it chose them (RFC 3581)."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.messages.captured import CapturedMessage


class NatFacts:
    """The addresses and ports of a device's REGISTERs."""

    def __init__(self, requests: list[Request]) -> None:
        """``requests``: the REGISTERs, in order, at least one."""
        self._requests = requests

    @once
    def _mappings(self) -> list[tuple[str, int, CapturedMessage]]:
        """The addresses and ports that the REGISTERs of one device came from, as long as each was kept."""
        first = self._requests[0].first.message
        if not first.sent_by[0]:
            # A Via that cannot be read names no device, and two such are not the same one.
            return []
        own = [
            request
            for request in self._requests
            if request.first.transport == "UDP"
            and request.first.message.call_id == first.call_id
            and request.first.message.sent_by == first.sent_by
        ]
        noted = [(request, seen) for request in own if (seen := _noted(request)) is not None]
        found: list[tuple[str, int, CapturedMessage]] = []
        # Next to the device only its registrar's notes tell; next to the registrar the packets do.
        for request, seen in noted or [(request, request.first.src) for request in own]:
            if not found or found[-1][:2] != tuple(seen):
                found.append((*seen, request.first))
        return found

    @fact(unit="times")
    def nat_moves(self) -> int:
        """How often a device that sends from one port (Via) over UDP came from another one, as a NAT changes it."""
        return max(0, len(self._mappings) - 1)

    @fact(absent="several ports")
    def nat_ports(self) -> str | None:
        """The ports it came from, in order."""
        ports = [str(port) for _, port, _ in self._mappings]
        return ", ".join(ports[:6]) + (" …" if len(ports) > 6 else "") if len(ports) > 1 else None

    @evidence("mapping")
    def mappings(self) -> list[CapturedMessage]:
        """The first REGISTER from each of the first of those ports."""
        return [captured for *_, captured in self._mappings[:4]] if self.nat_moves else []


def _noted(request: Request) -> tuple[str, int] | None:
    """The address and port that a request came from, as its receiver wrote them down (RFC 3581 §4)."""
    final = request.final
    via = final.message.vias[0] if final is not None and final.message.vias else None
    if via is None or via.rport is None:
        return None
    return via.received or request.first.src.address, via.rport
