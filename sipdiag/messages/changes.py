"""What became of a message between two capture points: addresses, headers, session description."""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message

MOST_NAMED = 12
SDP = "SDP"


class Changes(Struct, frozen=True):
    """What differs from the sighting before."""

    addresses: tuple[tuple[str, str], ...] = ()
    """Address before and after, where the sender or the receiver has another one and the SIP of its hop is the same: NAT."""
    added: tuple[str, ...] = ()
    """Headers of which the later message has a value more."""
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Headers with as many values, but others; the Request-URI; the session description as ``SDP``."""
    hop: str | None = None
    """The proxy in between that wrote itself into the topmost Via."""

    @property
    def names(self) -> list[str]:
        """Everything in the message that differs."""
        return list(dict.fromkeys((*self.added, *self.removed, *self.changed)))


def changes(captured: CapturedMessage) -> Changes | None:
    """What changed since the point before; None where no point saw it before."""
    before = captured.passed
    if before is None:
        return None
    old, new = before.message, captured.message
    remade = old.branch != new.branch or len(old.vias) != len(new.vias)
    addresses = [
        (was.address, now.address)
        for was, now in ((before.src, captured.src), (before.dst, captured.dst))
        if was.address != now.address and not remade
    ]
    if old is new or old.raw == new.raw:
        return Changes(tuple(addresses))
    values = [_values(old), _values(new)]
    added: list[str] = []
    removed: list[str] = []
    changed: list[str] = []
    for name in dict.fromkeys((*values[0], *values[1])):
        was, now = values[0].get(name, []), values[1].get(name, [])
        if was != now:
            (added if len(now) > len(was) else removed if len(now) < len(was) else changed).append(name)
    if new.is_request and old.uri != new.uri:
        changed.append("Request-URI")
    if old.body != new.body:
        changed.append(SDP if old.sdp is not None and new.sdp is not None else "body")
    return Changes(
        tuple(addresses),
        tuple(added[:MOST_NAMED]),
        tuple(removed[:MOST_NAMED]),
        tuple(changed[:MOST_NAMED]),
        _hop(old, new),
    )


def _values(message: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, _ in message.fields:
        canonical = name.title() if name.islower() else name
        if canonical not in found:
            found[canonical] = message.values(name)
    return found


def _hop(old: Message, new: Message) -> str | None:
    """The new topmost Via of a request; the one removed from a response."""
    longer, shorter = (new, old) if new.is_request else (old, new)
    return longer.vias[0].host if len(longer.vias) > len(shorter.vias) else None
