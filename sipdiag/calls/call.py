"""From captured messages to calls: legs sorted, joined, their parties named, transfers found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sipdiag.calls.captured import CapturedMessage
from sipdiag.calls.joining import join
from sipdiag.calls.leg import LegTable
from sipdiag.calls.model import Call, Exchange, Join, Leg, LegRole
from sipdiag.calls.party import Sides, recognise
from sipdiag.calls.transfer import find_transfers
from sipdiag.knowledge.providers import Providers


@dataclass(slots=True)
class CallBook:
    """Everything the messages of a capture amount to."""

    calls: list[Call] = field(default_factory=list)
    """By start time; ids ``c1``, ``c2`` …"""
    exchanges: list[Exchange] = field(default_factory=list)
    """What is no call, by start time; ids ``x1``, ``x2`` …"""
    sides: dict[int, Sides] = field(default_factory=dict)
    """Both ends of each leg, by ``id(leg)``."""
    frugal: bool = False
    """There are so many messages that what is read of them is dropped after each stage."""

    def sides_of(self, leg: Leg) -> Sides:
        return self.sides[id(leg)]


FRUGAL = 20_000
"""Messages; with more of them their header lines as strings would fill the memory, and are read again instead."""


def build(messages: Sequence[CapturedMessage], providers: Providers) -> CallBook:
    """Sort ``messages`` (in capture order) into calls and exchanges."""
    table = LegTable()
    frugal = len(messages) > FRUGAL
    for captured in messages:
        table.receive(captured)
        if frugal:
            captured.message.forget()
    book = CallBook(exchanges=table.exchanges(), frugal=frugal)
    for leg in table.legs():
        book.sides[id(leg)] = recognise(leg, providers)
        if frugal:
            leg.forget()

    def host_of(address: str) -> str:
        recognition = providers.of_address(address)
        if recognition is None:
            return address
        provider = providers.get(recognition.provider)
        # A cloud platform answers at one edge and dials from another.
        return provider.id if provider is not None and provider.voice_ai else address

    groups = join(table.legs(), host_of)
    groups.sort(key=lambda legs: legs[0].first_ns)
    for number, legs in enumerate(groups, 1):
        book.calls.append(_call(f"c{number}", legs, book))
    for number, exchange in enumerate(book.exchanges, 1):
        exchange.id = f"x{number}"
    return book


def _call(call_id: str, legs: list[Leg], book: CallBook) -> Call:
    legs.sort(key=lambda leg: leg.first_ns)
    for number, leg in enumerate(legs, 1):
        leg.id = f"{call_id}.{number}"
    for leg in legs:
        leg.role = _role(leg, leg is legs[0], book.sides_of(leg))
    names = {id(leg): leg.id for leg in legs}
    for leg in legs:
        if leg.joined_by is not None:
            other = names.get(id(leg.joined_by.other), "another leg")
            leg.joined_by = Join(
                leg.joined_by.how.format(leg=other), leg.joined_by.confidence, leg.joined_by.other
            )
    call = Call(call_id, legs)
    call.transfers = find_transfers(call, book.sides_of, book.exchanges)
    if book.frugal:
        for leg in legs:
            leg.forget()
    return call


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
        required = {value.lower() for value in message.values("Require")}
        if "siprec" in required or b"rs-metadata" in message.body:
            return True
    return False
