"""The checks of ICE between both ends of a leg (RFC 8445)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.mediasetup import MediaSetup, seen
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.media.stun import ROLE_CONFLICT
from sipdiag.position import Packet


def ice_of(setup: MediaSetup) -> Ice | None:
    """The checks of a leg; None where none was captured."""
    return Ice(setup) if setup.media.captured.setup and setup.ice and setup.all_checks else None


class Ice:
    """The checks between both ends."""

    def __init__(self, setup: MediaSetup) -> None:
        self._setup = setup

    def _count(self, by_caller: bool) -> int:
        return sum(one.asked for one in self._setup.asked[by_caller])

    @once
    def _errors(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for one in self._setup.all_checks:
            for code, count in one.errors.items():
                counts[code] = counts.get(code, 0) + count
        return counts

    @fact(unit="checks")
    def caller_asked(self) -> int:
        """Checks that the caller sent."""
        return self._count(True)

    @fact(unit="checks")
    def callee_asked(self) -> int:
        """Checks that the callee sent."""
        return self._count(False)

    @fact
    def answered(self) -> bool:
        """At least one check got a success response."""
        return any(one.answered for one in self._setup.all_checks)

    @fact
    def conflict(self) -> bool:
        """Checks were refused for a conflict of roles (487)."""
        return ROLE_CONFLICT in self._errors

    @fact
    def refused(self) -> int | None:
        """The error that most checks got, other than that of roles."""
        others = {code: count for code, count in self._errors.items() if code != ROLE_CONFLICT}
        return max(others, key=lambda code: (others[code], -code), default=None)

    @fact
    def s(self) -> float:
        """From the first check to the last."""
        checks = self._setup.all_checks
        return seconds(checks[0].first[0], max(one.last[0] for one in checks))

    @fact
    def relayed(self) -> bool:
        """One of the ends had a relay, within which nothing is seen."""
        ends = (end for one in self._setup.all_checks for pair in one.ends for end in pair)
        return self._setup.media.captured.setup.relayed({end.address for end in ends})

    @fact(unit="packets")
    def media_packets(self) -> int:
        """RTP packets of the leg, both ways."""
        return self._setup.media_packets

    @fact
    def handshake(self) -> bool:
        """DTLS packets were captured between both ends."""
        return any(self._setup.handshakes.values())

    @fact
    def caller_name(self) -> str:
        """The caller's name or address."""
        return self._setup.label(True)

    @fact
    def callee_name(self) -> str:
        """The callee's."""
        return self._setup.label(False)

    @evidence("ice_checks")
    def checks(self) -> Sequence[Packet]:
        """The first check of each side, and the last."""
        return list(self._shown())

    def _shown(self) -> Iterator[Packet]:
        for checks in self._setup.asked.values():
            for one in checks[:1]:
                answered = f"{one.answered} of {one.asked} answered with success"
                yield seen("STUN check", one.src, one.dst, one.first, f"first of its side, {answered}")
