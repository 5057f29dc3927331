"""Private addresses where the other side has to send to: Contact, Record-Route and SDP towards a public peer.

A Contact behind a Record-Route that is public is harmless: requests go to the proxy (RFC 3261 §12.2.1.1).  Of the
recorded routes each side sends to one only: the callee to the topmost of the INVITE, the caller to the last of the
answer (§12.1).  Some carriers write private Contacts on purpose; their tables say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from msgspec import Struct

from sipdiag.calls.model import Request
from sipdiag.calls.routing import recorded_route
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.private import is_private
from sipdiag.facts.wording import proxy_label, side_label
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.address import parse_name_addr
from sipdiag.sip.message import Message

RECEIVING = ("sendrecv", "recvonly")
"""Directions of a stream that its sender wants to receive (RFC 8866 §6.7)."""


class PrivateAddress(Struct, frozen=True):
    """A private address as a message has it."""

    address: str
    where: str
    """``Contact of the 200``, ``SDP of the INVITE``."""
    by_caller: bool
    """It leads to the caller, or to the caller's side of a proxy."""
    for_requests: bool
    captured: CapturedMessage
    inserted_by: Host | None = None
    """The proxy that wrote it, if no end did."""
    for_media: bool = False
    """It is where media is to go and is wanted, and ICE has no other."""


class SentPrivate:
    """A private address that was given to a public peer."""

    def __init__(self, found: PrivateAddress, failed: Request | None, view: LegView) -> None:
        self._found = found
        self._failed = failed
        self._view = view

    @evidence("private")
    def captured(self) -> CapturedMessage:
        """The message that carries it."""
        return self._found.captured

    @property
    def inserted_by(self) -> Host | None:
        """The proxy that wrote it."""
        return self._found.inserted_by

    @fact
    def address(self) -> str:
        """The private address."""
        return self._found.address

    @fact
    def kind(self) -> str:
        """What makes the address useless to others: private, or loopback."""
        return "loopback" if ip_address(self._found.address.strip("[]")).is_loopback else "private"

    @fact
    def media(self) -> bool:
        """The private address is where media is to go and is wanted, and no ICE candidates offer another."""
        return self._found.for_media

    @fact
    def by_proxy(self) -> bool:
        """A proxy in between wrote the private address."""
        return self._found.inserted_by is not None

    @fact
    def where(self) -> str:
        """Where the private address stands."""
        return self._found.where

    @fact
    def by(self) -> str:
        """Who sent the private address."""
        proxy = self._found.inserted_by
        if proxy is None:
            return side_label(self._view.sides, self._found.by_caller)
        return proxy_label(self._view.sides, proxy)

    @fact
    def by_caller(self) -> bool:
        """The calling end sent the private address."""
        return self._found.by_caller

    @fact
    def missed(self) -> bool:
        """The ACK, BYE or re-INVITE that had to go to the private address went missing."""
        found, view = self._found, self._view
        if not found.for_requests:
            return False
        repeated_answer = not found.by_caller and view.answered and view.answer_repeats >= 2
        if repeated_answer and (not view.ack_seen or view.answer_repeats_after_ack >= 2):
            return True
        bye, failed = view.bye, self._failed
        lost = view.bye_unanswered and view.both_directions
        if bye is not None and bye.from_caller != found.by_caller and lost:
            return True
        return failed is not None and failed.final is None and failed.from_caller != found.by_caller


def sent_private(view: LegView, failed: Request | None) -> SentPrivate | None:
    """The first private Contact of the leg's INVITE or answer, else the first private address in SDP.

    ``failed``: the refresh that failed for good, if any did.
    """
    for recorded in _recorded(view):
        route = SentPrivate(recorded, failed, view)
        if route.missed:
            return route
    found = list(_found(view))
    if not found:
        return None
    return SentPrivate(next((one for one in found if one.for_requests), found[0]), failed, view)


def _recorded(view: LegView) -> Iterator[PrivateAddress]:
    """The private ones of the recorded routes that a side has to send to first, though it is not there itself.

    What stood in the INVITE already when the caller sent it is the caller's own, and known to it.  Whoever sends to
    the proxy all the same is not led astray by what it wrote.
    """
    if view.invite is None:
        return
    arrived = [
        entry.captured
        for entry in view.leg.messages
        if entry.captured.message.cseq == view.invite.cseq
        and entry.captured.message.method == "INVITE"
        and entry.captured.message.is_request
        and entry.captured.dst.address == view.sides.callee.host.address
    ]
    own = {uri.raw for uri in recorded_route(view.invite.first)}
    towards_caller = [(one, True, 0) for one in arrived[-1:]]
    towards_callee = [(view.answer, False, -1)] if view.answer is not None else []
    for captured, by_caller, place in (*towards_caller, *towards_callee):
        routes = recorded_route(captured)
        if not routes or routes[place].raw in own or is_private(captured.dst.address) is not False:
            continue
        host = routes[place].host
        if is_private(host) and not _sent_back(view, captured):
            name = "INVITE" if by_caller else str(captured.message.status)
            yield PrivateAddress(host, f"Record-Route of the {name}", by_caller, True, captured, captured.src)


def _sent_back(view: LegView, captured: CapturedMessage) -> bool:
    """Whoever got a message sent a later request of the call to where it came from."""
    ends = captured.dst.address, captured.src.address
    return any(
        entry.captured.message.is_request
        and entry.captured.time_ns > captured.time_ns
        and (entry.captured.src.address, entry.captured.dst.address) == ends
        for entry in view.leg.messages
    )


def _found(view: LegView) -> Iterator[PrivateAddress]:
    invite = view.invite
    if invite is None:
        return
    sent = [(invite.first, True)] if invite.first.message.is_request else []
    answer = view.answer
    if answer is not None:
        sent.append((answer, False))
    for captured, by_caller in sent:
        side = view.sides.of(by_caller)
        if side.provider is not None and side.provider.private_contact_normal:
            continue
        if is_private(captured.dst.address) is not False:
            continue
        yield from _in_message(view, captured, by_caller)


def _in_message(view: LegView, captured: CapturedMessage, by_caller: bool) -> Iterator[PrivateAddress]:
    message = captured.message
    name = "INVITE" if message.is_request else str(message.status)
    contact = message.contact.uri.host if message.contact is not None else ""
    if is_private(contact) and not _public_route(view, message):
        yield PrivateAddress(contact, f"Contact of the {name}", by_caller, True, captured)
    for media in message.sdp.media if message.sdp is not None else ():
        if media.port and is_private(media.connection):
            where = f"SDP of the {name}"
            only = not media.candidates and media.direction in RECEIVING
            yield PrivateAddress(media.connection, where, by_caller, False, captured, for_media=only)


def _public_route(view: LegView, message: Message) -> bool:
    """A Record-Route that the peer can reach stands in front of the Contact.

    A proxy adds it on the way: any sighting of the message may show it.
    """
    sightings = {
        entry.captured.message.header("record-route"): entry.captured.message
        for entry in view.leg.messages
        if entry.captured.message.cseq == message.cseq
        and entry.captured.message.status == message.status
        and entry.captured.message.method == message.method
    }
    return any(
        route is not None and is_private(route.uri.host) is not True
        for sighting in sightings.values()
        for route in map(parse_name_addr, sighting.values("Record-Route"))
    )
