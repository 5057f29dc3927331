"""From captured messages to calls: legs sorted, joined, their parties named, transfers found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from sipdiag.calls.joining import HostOf, Joined, Profile, join, profile_of
from sipdiag.calls.leg import LegTable
from sipdiag.calls.model import Call, Exchange, Join, Leg, LegRole
from sipdiag.calls.party import Sides, recognise
from sipdiag.calls.transfer import find_transfers, target_dialog
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage


class Legs:
    """The legs and exchanges that some messages amount to, and both ends of each leg.

    Messages come in the order of the capture; all those of a Call-ID must be among them.
    """

    def __init__(self, messages: Iterable[CapturedMessage], providers: Providers) -> None:
        table = LegTable()
        for captured in messages:
            table.receive(captured)
        host_of = _host_namer(providers)
        self.legs: list[Leg] = table.legs()
        """In the order of their first message."""
        self.exchanges: list[Exchange] = table.exchanges()
        """What is no call, in that order too."""
        self.sides: dict[int, Sides] = {id(leg): recognise(leg, providers) for leg in self.legs}
        """Both ends of each leg, by ``id(leg)``."""
        self.profiles: list[Profile] = [profile_of(leg, host_of) for leg in self.legs]
        """What decides which of the ``legs`` are one call."""


def _host_namer(providers: Providers) -> HostOf:
    def host_of(address: str) -> str:
        recognition = providers.of_address(address)
        if recognition is None:
            return address
        provider = providers.get(recognition.provider)
        # A cloud platform answers at one edge and dials from another.
        return provider.id if provider is not None and provider.voice_ai else address

    return host_of


def group(profiles: Sequence[Profile]) -> list[list[Joined]]:
    """The legs of each call by start time, the calls by start time as well."""
    calls = join(profiles)
    calls.sort(key=lambda legs: profiles[legs[0].leg].start_ns)
    return calls


def assemble(
    call_id: str,
    members: Sequence[tuple[Leg, Joined]],
    sides: Mapping[int, Sides],
    referred: Mapping[str, Sequence[Exchange]],
) -> Call:
    """A call of legs that were joined; ``sides`` by ``id(leg)``, ``referred`` as :func:`dialog_refers` has it."""
    members = sorted(members, key=lambda member: member[0].first_ns)
    legs = [leg for leg, _ in members]
    by_number = {}
    for number, (leg, joined) in enumerate(members, 1):
        leg.id = f"{call_id}.{number}"
        leg.role = _role(leg, number == 1, sides[id(leg)])
        by_number[joined.leg] = leg
    for leg, joined in members:
        if joined.other is not None:
            other = by_number[joined.other]
            leg.joined_by = Join(joined.how.format(leg=other.id), joined.confidence, other)
    call = Call(call_id, legs)
    call.transfers = find_transfers(call, lambda leg: sides[id(leg)], referred)
    return call


def dialog_refers(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """REFERs outside of dialogs, by the Call-ID of the dialog that they name."""
    referred: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        named = target_dialog(exchange)
        if named is not None:
            referred[named].append(exchange)
    return dict(referred)


class CallBook(Struct):
    """Everything the messages of a capture amount to."""

    calls: list[Call] = field(default_factory=list)
    """By start time; ids ``c1``, ``c2`` …"""
    exchanges: list[Exchange] = field(default_factory=list)
    """What is no call, by start time; ids ``x1``, ``x2`` …"""
    sides: dict[int, Sides] = field(default_factory=dict)
    """Both ends of each leg, by ``id(leg)``."""

    def sides_of(self, leg: Leg) -> Sides:
        return self.sides[id(leg)]


def build(messages: Sequence[CapturedMessage], providers: Providers) -> CallBook:
    """Sort ``messages`` (in capture order) into calls and exchanges, all at once."""
    found = Legs(messages, providers)
    book = CallBook(exchanges=found.exchanges, sides=found.sides)
    referred = dialog_refers(found.exchanges)
    for number, joined in enumerate(group(found.profiles), 1):
        members = [(found.legs[one.leg], one) for one in joined]
        book.calls.append(assemble(f"c{number}", members, book.sides, referred))
    for number, exchange in enumerate(book.exchanges, 1):
        exchange.id = f"x{number}"
    return book


def _role(leg: Leg, first: bool, sides: Sides) -> LegRole:
    if _is_recording(leg):
        return "recording"
    if sides.platform is not None:
        return "outbound" if sides.platform is sides.caller else "inbound"
    return "inbound" if first else "outbound"


def _is_recording(leg: Leg) -> bool:
    """SIPREC (RFC 7866): the session recording client's INVITE."""
    for request in leg.invites[:1]:
        message = request.first.message
        if b"rs-metadata" in message.raw and b"rs-metadata" in message.body:
            return True
        if any(value.lower() == "siprec" for value in message.values("Require")):
            return True
    return False
