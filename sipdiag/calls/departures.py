"""How a message departs from what RFC 3261 requires, hop by hop.

An ACK to a refusal and a CANCEL repeat the INVITE (§17.1.1.3, §9.1); a response goes back where its request came
from (§18.2.2, RFC 3581 §4).  What a request within a dialog had to say is in :mod:`sipdiag.calls.routing`.

A :class:`Departure` is no fault by itself: outbound proxies, NAT and reused connections depart all day and work.  It
explains why a message *got lost*, and names the header, both values and who wrote them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from sipdiag.calls.model import Leg, Transaction
from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.address import Uri, parse_uri

Header = Literal["Request-URI", "Route", "Via", "To tag", "From tag", "destination", "transport"]

DEFAULT_PORTS = {"sip": 5060, "sips": 5061}


REFUSAL_ACK = "RFC 3261 §17.1.1.3"
"""What the ACK to a final response ≥ 300 must look like."""


class Departure(Struct, frozen=True):
    """How a message differs from what its dialog or transaction requires."""

    header: Header
    found: str
    """The value as sent; empty where the header is missing."""
    wanted: str
    """The value that the RFC requires."""
    message: CapturedMessage
    """The message that departs."""
    said_in: CapturedMessage
    """The message whose header gives the required value."""
    said_by: str
    """That header: ``Contact``, ``Record-Route``, ``Via`` or ``Request-URI``."""
    section: str
    """``RFC 3261 §12.2.1.1``."""


def response(leg: Leg, hop: Transaction, captured: CapturedMessage) -> Departure | None:
    """How a response over UDP departs from RFC 3261 §18.2.2 and RFC 3581 §4.

    A relay or NAT that was captured on both sides shows the request twice: where the response meets one of
    these sightings it went back where it came from.
    """
    request = hop.request
    if request is None or captured.transport != "UDP" or not captured.message.vias:
        return None
    via = request.message.vias[0] if request.message.vias else None
    if via is None or "maddr" in via.params or captured.src.address != request.dst.address:
        return None
    port = request.src.port if "rport" in via.params else via.port or DEFAULT_PORTS["sip"]
    origins = {
        entry.captured.src
        for entry in leg.messages
        if entry.captured.message.branch == hop.branch and entry.captured.message.is_request
    }
    if captured.dst in origins or captured.dst == Host(request.src.address, port):
        return None
    section = "RFC 3581 §4" if "rport" in via.params else "RFC 3261 §18.2.2"
    wanted = host_text((request.src.address, port))
    return Departure("destination", host_text(captured.dst), wanted, captured, request, "source", section)


def refusal_ack(leg: Leg, hop: Transaction) -> Departure | None:
    """How the ACK to a final response ≥ 300 departs from its INVITE (RFC 3261 §17.1.1.3).

    One with another branch is no part of the transaction: it is looked for among the messages of the leg.
    """
    invite, final = hop.request, hop.final
    if invite is None or final is None or (final.message.status or 0) < 300:
        return None
    ack = hop.acks[0] if hop.acks else _other_ack(leg, invite)
    if ack is None:
        return None
    values: tuple[tuple[Header, str, str, CapturedMessage, str], ...] = (
        ("Request-URI", ack.message.uri or "", invite.message.uri or "", invite, "Request-URI"),
        ("To tag", ack.message.to_tag, final.message.to_tag, final, "To"),
        ("Via", _top_via(ack), _top_via(invite), invite, "Via"),
        ("destination", host_text(ack.dst), host_text(invite.dst), invite, "destination"),
    )
    for header, found, wanted, said_in, said_by in values:
        if found != wanted:
            return Departure(header, found, wanted, ack, said_in, said_by, REFUSAL_ACK)
    return None


def _other_ack(leg: Leg, invite: CapturedMessage) -> CapturedMessage | None:
    for entry in leg.messages:
        message = entry.captured.message
        acknowledges = message.is_request and message.method == "ACK" and message.cseq == invite.message.cseq
        if acknowledges and entry.captured.src == invite.src:
            return entry.captured
    return None


def cancel(hop: Transaction, invites: list[Transaction]) -> Departure | None:
    """How a CANCEL departs from the INVITE it is meant for (RFC 3261 §9.1): the one of the same sender and CSeq."""
    sent = hop.request
    meant = [
        one for one in invites if one.cseq == hop.cseq and one.src.address == hop.src.address and one.requests
    ]
    if sent is None or not meant:
        return None
    invite = next((one for one in meant if one.branch == hop.branch), meant[-1]).requests[0]
    section = "RFC 3261 §9.1"
    theirs, ours = _top_via(sent), _top_via(invite)
    if theirs != ours:
        return Departure("Via", theirs, ours, sent, invite, "Via", section)
    if not same_place(parse_uri(sent.message.uri or ""), parse_uri(invite.message.uri or "")):
        found, wanted = sent.message.uri or "", invite.message.uri or ""
        return Departure("Request-URI", found, wanted, sent, invite, "Request-URI", section)
    if sent.dst.address != invite.dst.address:
        return Departure(
            "destination", host_text(sent.dst), host_text(invite.dst), sent, invite, "destination", section
        )
    return None


def same_place(one: Uri, other: Uri) -> bool:
    """Whether two URIs name the same user at the same host and port (RFC 3261 §19.1.4, default ports filled in)."""
    if (one.scheme, other.scheme) == ("tel", "tel"):
        return one.user == other.user
    return (
        one.host == other.host
        and _port(one) == _port(other)
        and (not one.user or not other.user or one.user == other.user)
    )


def _port(uri: Uri) -> int:
    if uri.port is not None:
        return uri.port
    return DEFAULT_PORTS["sips" if uri.scheme == "sips" or uri.params.get("transport") == "tls" else "sip"]


def _top_via(captured: CapturedMessage) -> str:
    host, port = captured.message.sent_by
    return f"{host}:{port or DEFAULT_PORTS['sip']};branch={captured.message.branch}"
