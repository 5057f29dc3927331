"""The handshake that gives the media of a leg its keys (DTLS-SRTP, RFC 5763)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.mediasetup import MediaSetup, seen
from sipdiag.facts.once import once
from sipdiag.facts.timers import seconds
from sipdiag.media.setup import SeenHandshake
from sipdiag.position import Packet


def dtls_of(setup: MediaSetup) -> Dtls | None:
    """The handshake of a leg; None where there was none to be expected, or nothing shows that it would be seen."""
    if not setup.media.captured.setup or not all(
        setup.fingerprints(by_caller) for by_caller in (True, False)
    ):
        return None
    shown = any(setup.handshakes.values()) or any(checks.answered for checks in setup.all_checks)
    return Dtls(setup) if shown else None


class Dtls:
    """The handshake that keys SRTP."""

    def __init__(self, setup: MediaSetup) -> None:
        self._setup = setup

    def _sent(self, by_caller: bool) -> list[SeenHandshake]:
        return self._setup.handshakes[by_caller]

    @once
    def _client(self) -> bool | None:
        """Whether the caller began the handshake; None where nobody did."""
        for side in (True, False):
            if any(one.handshake.hellos for one in self._sent(side)):
                return side
        return None

    @once
    def _to_begin(self) -> bool | None:
        """Whether it was the caller who had to begin: who says ``active``, or is answered with ``passive``."""
        for side in (True, False):
            if "active" in self._setup.roles(side):
                return side
        for side in (True, False):
            if "passive" in self._setup.roles(side):
                return not side
        return None

    @fact
    def client_is_caller(self) -> bool | None:
        """The caller was the one to begin, as it did or as the descriptions say."""
        return self._client if self._client is not None else self._to_begin

    @fact
    def client_name(self) -> str | None:
        """Name or address of the end that should have begun."""
        side = self.client_is_caller
        return self._setup.label(side) if side is not None else None

    @fact
    def server_name(self) -> str | None:
        """Of the other one."""
        side = self.client_is_caller
        return self._setup.label(not side) if side is not None else None

    @fact(unit="messages")
    def hellos(self) -> int:
        """ClientHello messages."""
        return sum(one.handshake.hellos for side in (True, False) for one in self._sent(side))

    @fact
    def answered(self) -> bool:
        """A ClientHello was answered."""
        return any(one.handshake.answers for side in (True, False) for one in self._sent(side))

    @fact
    def done(self) -> bool:
        """Both sides went on to encrypted records."""
        return all(any(one.handshake.encrypted for one in self._sent(side)) for side in (True, False))

    @once
    def _alerted(self) -> tuple[bool, SeenHandshake] | None:
        for side in (True, False):
            for one in self._sent(side):
                if one.handshake.alert is not None:
                    return side, one
        return None

    @fact
    def alert(self) -> str | None:
        """The fatal alert that ended it: bad certificate, handshake failure."""
        return self._alerted[1].handshake.alert if self._alerted is not None else None

    @fact
    def alert_by_caller(self) -> bool | None:
        """The caller sent that."""
        return self._alerted[0] if self._alerted is not None else None

    @fact
    def alert_name(self) -> str | None:
        """Name or address of its sender."""
        return self._setup.label(self._alerted[0]) if self._alerted is not None else None

    @once
    def _stranger(self) -> bool | None:
        """Whether it is the caller whose certificate is none that its description names; None where neither's is."""
        for side in (True, False):
            named = self._setup.fingerprints(side)
            hashes = {method for method, _ in named}
            values = {written for _, value in named for written in (value, value.upper())}
            for one in self._sent(side):
                shown = {value for method, value in one.handshake.digests if method in hashes}
                if shown and values.isdisjoint(shown):
                    return side
        return None

    @fact
    def stranger_is_caller(self) -> bool | None:
        """The caller's certificate has another hash than its description says; otherwise the callee's."""
        return self._stranger

    @fact
    def stranger_name(self) -> str | None:
        """Name or address of its owner."""
        return self._setup.label(self._stranger) if self._stranger is not None else None

    @fact
    def s(self) -> float:
        """From the first packet of the handshake to the last."""
        seen = [one for side in (True, False) for one in self._sent(side)]
        if not seen:
            return 0.0
        return seconds(min(one.first[0] for one in seen), max(one.last[0] for one in seen))

    @fact
    def waited_s(self) -> float:
        """Time from the first ICE check to the last, if some were answered."""
        checks = self._setup.all_checks
        return seconds(checks[0].first[0], max(one.last[0] for one in checks)) if checks else 0.0

    @fact(unit="packets")
    def media_packets(self) -> int:
        """RTP packets of the leg, both ways."""
        return self._setup.media_packets

    @evidence("dtls")
    def packets(self) -> Sequence[Packet]:
        """The first packet of each side, and the alert."""
        return list(self._shown())

    def _shown(self) -> Iterator[Packet]:
        for side in (True, False):
            for one in self._sent(side)[:1]:
                told = one.handshake
                what = f"ClientHello, {told.hellos} in all" if told.hellos else "first packet of this side"
                yield seen("DTLS", one.src, one.dst, one.first, what)
        if self._alerted is not None and self._alerted[1].alert is not None:
            one = self._alerted[1]
            yield seen("DTLS", one.src, one.dst, self._alerted[1].alert, f"fatal alert: {self.alert}")
