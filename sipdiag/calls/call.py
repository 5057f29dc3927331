"""From captured messages to calls: legs sorted, joined, their parties named, transfers found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sipdiag.calls.joining import Joined, join
from sipdiag.calls.leg import LegTable
from sipdiag.calls.model import Call, Exchange, Join, Leg, LegRole
from sipdiag.calls.party import recognise
from sipdiag.calls.profile import HostOf, Profile, profile_of
from sipdiag.calls.transfer import target_dialog
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage


class Legs:
    """The legs and exchanges in some messages, and both ends of each leg.

    Messages come in the order of the capture; all those of a Call-ID must be among them.
    """

    def __init__(self, messages: Iterable[CapturedMessage], providers: Providers) -> None:
        table = LegTable()
        for captured in messages:
            table.receive(captured)
        self._providers = providers
        self.legs: list[Leg] = table.legs()
        """In the order of their first message."""
        self.exchanges: list[Exchange] = table.exchanges()
        """Requests outside calls, in the same order."""
        for leg in self.legs:
            leg.sides = recognise(leg, providers)

    def profiles(self) -> list[Profile]:
        """What decides which of the ``legs`` form one call."""
        host_of = _host_namer(self._providers)
        return [profile_of(leg, host_of) for leg in self.legs]


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
) -> Call:
    """A call made of joined legs."""
    members = sorted(members, key=lambda member: member[0].first_ns)
    legs = [leg for leg, _ in members]
    by_number = {}
    for number, (leg, joined) in enumerate(members, 1):
        leg.id = f"{call_id}.{number}"
        leg.role = _role(leg, number == 1)
        by_number[joined.leg] = leg
    for leg, joined in members:
        if joined.other is not None:
            other = by_number[joined.other]
            leg.joined_by = Join(joined.how.format(leg=other.id), joined.confidence, other)
    return Call(call_id, legs)


def dialog_refers(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """REFERs outside of dialogs, by the Call-ID of the dialog that they name, else by the two parties."""
    referred: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        named = target_dialog(exchange)
        if named is not None:
            referred[named].append(exchange)
    return dict(referred)


def _role(leg: Leg, first: bool) -> LegRole:
    if _is_recording(leg):
        return "recording"
    platform = leg.sides.platform
    if platform is not None:
        return "outbound" if platform is leg.sides.caller else "inbound"
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
