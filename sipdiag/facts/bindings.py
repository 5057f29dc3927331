"""What a registrar granted and for how long (RFC 3261 §10.3)."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.calls.model import Request
from sipdiag.facts.timers import seconds
from sipdiag.sip.message import Message

LATE_NS = 1_000_000_000
"""A binding that ends may be renewed at the very moment; clocks and the way there take a little."""
CHALLENGED_CSEQS = 2
"""By how much CSeq grows from one accepted REGISTER to the next, the challenge included."""


class Binding(Struct, frozen=True):
    """What a 2xx to a REGISTER granted."""

    request: Request
    from_ns: int
    granted_s: int
    """0: it was removed."""

    @property
    def until_ns(self) -> int:
        return self.from_ns + self.granted_s * 1_000_000_000


class LapsedBinding(Struct, frozen=True):
    """A renewal that came after the binding had ended."""

    binding: Binding
    renewal: Binding

    @property
    def late_s(self) -> float:
        return seconds(self.binding.until_ns, self.renewal.from_ns)


def seconds_asked(message: Message) -> int | None:
    """The time that a REGISTER asks for: of its Contact, else of Expires."""
    contact = message.contact
    return _number(contact.params.get("expires") if contact else None, message.header("Expires"))


def seconds_granted(request: Message, response: Message) -> int | None:
    """The time that a 2xx grants the Contact of the request (RFC 3261 §10.3); None where it cannot be told."""
    asked_s = seconds_asked(request)
    if asked_s == 0:
        return 0
    own = request.contact
    if own is None:
        return None  # It only asks which bindings there are.
    there = response.addresses("contact")
    same = [one for one in there if (one.uri.user, one.uri.host) == (own.uri.user, own.uri.host)]
    chosen = same[0] if same else there[0] if len(there) == 1 else None
    if chosen is None and there:
        return None
    return _number(chosen.params.get("expires") if chosen else None, response.header("Expires"), asked_s)


def _number(*texts: str | int | None) -> int | None:
    """The first of these that is a number of seconds."""
    for text in texts:
        if isinstance(text, int):
            return text
        if text is not None and text.strip().isdecimal() and len(text.strip()) <= 9:
            return int(text.strip())
    return None


def is_late(one: Binding, two: Binding) -> bool:
    """The second renews the first, which had ended, and no REGISTER between them is missing in the capture."""
    first, second = one.request, two.request
    if not one.granted_s or not two.granted_s:
        return False
    if first.first.message.call_id != second.first.message.call_id:
        return False  # The device restarted.
    if not 0 < second.cseq - first.cseq <= CHALLENGED_CSEQS:
        return False
    return second.time_ns - one.until_ns >= LATE_NS
