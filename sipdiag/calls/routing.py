"""Where each message of a dialog had to go, and where it went.

Each side of a dialog keeps a *remote target* and a *route set* (RFC 3261 §12.1).  The caller takes them from the
response that formed the dialog: its Contact, and its Record-Route in reverse; the callee from the INVITE: its Contact,
and its Record-Route in order.  A 2xx to a re-INVITE or UPDATE moves the remote target on both sides (§12.2, RFC 3311);
the route set stays.  From these follow the Request-URI and Route of every later request (§12.2.1.1), strict routers
included.

What a side knew is read only from messages captured on that side's own hop; where that hop was not captured, nothing
is said.
"""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct, field

from sipdiag.calls.departures import Departure, Header, same_place
from sipdiag.calls.model import Leg
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.address import Uri, parse_name_addr, parse_uri

WITHIN = frozenset({"BYE", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY", "MESSAGE"})
"""Methods that carry both tags when they are sent within a call."""
REFRESHES = frozenset({"INVITE", "UPDATE"})
"""Methods whose 2xx moves the remote target (RFC 3261 §12.2, RFC 3311 §5.1)."""


class _Known(Struct):
    """What one side of one dialog knows of the way to the other."""

    places: list[int] = field(default_factory=list)
    """From which message of the leg on, as places in ``Leg.messages``, each target holds."""
    targets: list[tuple[Uri, CapturedMessage]] = field(default_factory=list)
    routes: tuple[Uri, ...] = ()
    recorded_in: CapturedMessage | None = None
    also: list[Uri] = field(default_factory=list)
    """Contacts the other side showed without moving the target for certain: using one is no departure."""

    def learn(self, place: int, message: CapturedMessage) -> None:
        contact = message.message.contact
        if contact is not None:
            self.places.append(place)
            self.targets.append((contact.uri, message))

    def target(self, place: int) -> tuple[Uri, CapturedMessage] | None:
        """The remote target at a place of the leg."""
        at = bisect_right(self.places, place) - 1
        return self.targets[at] if at >= 0 else None


class Routing:
    """The dialogs of a leg, as each side knew them message by message."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._place = {entry.captured: place for place, entry in enumerate(leg.messages)}
        self._caller: dict[str, _Known] = {}
        """What the caller knew, by the callee's tag."""
        self._callee: dict[str, _Known] = {}
        self._callees: dict[str, str] = {}
        """The callee's address, by its tag."""
        self._formed_in: dict[str, CapturedMessage] = {}
        """The first response that shows each callee's tag."""
        self._arrived: dict[str, list[CapturedMessage]] = {}
        """The leg's initial INVITEs by the address at which they arrived."""
        self._pending: dict[tuple[int, str, str], list[CapturedMessage]] = {}
        """Sightings of each refresh, by CSeq number, method and sender's tag."""
        for place, entry in enumerate(leg.messages):
            self._follow(place, entry.captured)

    # What each side knows

    def _follow(self, place: int, captured: CapturedMessage) -> None:
        message = captured.message
        if message.is_request:
            if message.method == "INVITE" and not message.to_tag:
                self._arrived.setdefault(captured.dst.address, []).append(captured)
            elif message.method in REFRESHES:
                key = (message.cseq or 0, message.method, message.from_tag)
                self._pending.setdefault(key, []).append(captured)
            if message.to_tag:
                self._allow(message.from_tag, message.to_tag, captured)
        elif message.to_tag and 100 < (message.status or 0) < 300:
            refresh = self._pending.get((message.cseq or 0, message.method, message.from_tag))
            if refresh is not None:
                self._refreshed(place, captured, refresh)
            elif message.method == "INVITE":
                self._formed(place, captured)

    def _allow(self, sender: str, other: str, captured: CapturedMessage) -> None:
        """Any Contact of a request within the dialog may be known to the other side (RFC 6141 §4.6)."""
        contact = captured.message.contact
        known = self._callee.get(other) if other in self._callees else self._caller.get(sender)
        if contact is not None and known is not None and len(known.also) < 16:
            known.also.append(contact.uri)

    def _formed(self, place: int, captured: CapturedMessage) -> None:
        """A response that forms a dialog, or the 2xx that settles its route set (RFC 3261 §13.2.2.4)."""
        tag = captured.message.to_tag
        if tag not in self._callees:
            self._callees[tag] = captured.src.address
            self._formed_in[tag] = captured
            known = self._callee[tag] = _Known()
            for invite in self._arrived.get(captured.src.address, [])[-1:]:
                known.learn(place, invite)
                known.routes, known.recorded_in = recorded_route(invite), invite
        if captured.dst.address == self._leg.caller.address:
            known = self._caller.setdefault(tag, _Known())
            known.learn(place, captured)
            known.routes, known.recorded_in = tuple(reversed(recorded_route(captured))), captured

    def _refreshed(self, place: int, captured: CapturedMessage, refresh: list[CapturedMessage]) -> None:
        """A 2xx moves the target of both sides; earlier, reliable responses may (RFC 6141 §4.3)."""
        message = captured.message
        by_caller = message.to_tag in self._callees
        tag = message.to_tag if by_caller else message.from_tag
        asker, answerer = (self._caller, self._callee) if by_caller else (self._callee, self._caller)
        ends = self._leg.caller.address, self._callees.get(tag, "")
        asker_end, answerer_end = ends if by_caller else ends[::-1]
        if (message.status or 0) < 200:
            self._allow(message.to_tag, message.from_tag, captured)
            return
        if tag in asker and captured.dst.address == asker_end:
            asker[tag].learn(place, captured)
        heard = [one for one in refresh if one.dst.address == answerer_end]
        if tag in answerer and heard and captured.src.address == answerer_end:
            answerer[tag].learn(place, heard[0])

    # What a message had to say

    def request(self, captured: CapturedMessage) -> Departure | None:
        """How a request within the dialog, an ACK to a 2xx included, departs from RFC 3261 §12.2.1.1."""
        message = captured.message
        if not message.to_tag or not message.from_tag:
            return self._untagged(captured)
        strange = self._strange_tag(captured)
        if strange is not None:
            return strange
        known = self._known_to(message.from_tag, message.to_tag, captured)
        target = self._target(known, captured)
        if known is None or target is None:
            return None
        uri, said_in = target
        wanted, path = uri, known.routes
        said_by, recorded = "Contact", known.recorded_in or said_in
        forwarded = len(message.vias) > 1
        if path and "lr" not in path[0].params:
            if forwarded:
                return None  # The strict router may have put the target back already.
            # A strict router wants itself in the Request-URI, and the remote target as the last Route.
            wanted, path, said_in, said_by = path[0], (*path[1:], uri), recorded, "Record-Route"
        found = parse_uri(message.uri or "")
        if not any(same_place(found, one) for one in (wanted, *(known.also if said_by == "Contact" else ()))):
            return _departure("Request-URI", found.raw, wanted.raw, captured, said_in, said_by)
        if forwarded:
            # Proxies on the sender's side have already removed their own Route values.
            path = path[max(0, len(path) - len(message.values("route"))) :]
        return _route_departure(captured, path, recorded) or _transport_departure(
            captured, uri, path, said_in
        )

    def _target(self, known: _Known | None, captured: CapturedMessage) -> tuple[Uri, CapturedMessage] | None:
        place = self._place.get(captured)
        return known.target(place) if known is not None and place is not None else None

    def in_step(self, captured: CapturedMessage) -> bool:
        """A request has both tags of its dialog, and goes where that asks for, as its sender is seen to know."""
        message = captured.message
        known = self._known_to(message.from_tag, message.to_tag, captured)
        return self._target(known, captured) is not None and self.request(captured) is None

    def _strange_tag(self, captured: CapturedMessage) -> Departure | None:
        """A request within the call whose tag of the other side is that of no dialog of it (RFC 3261 §12.2.1.1).

        A fork may have formed a dialog that was not captured: only where one tag is known is another a fault.
        """
        message = captured.message
        if message.method not in WITHIN | {"INVITE"} or len(self._callees) != 1:
            return None
        (tag, callee), (formed,) = *self._callees.items(), self._formed_in.values()
        by_caller = message.from_tag == self._leg.from_tag
        source, wanted = (self._leg.caller.address, tag) if by_caller else (callee, self._leg.from_tag)
        if captured.src.address != source or message.to_tag == wanted:
            return None
        if not by_caller and message.from_tag != tag:
            return None
        said_by = "To tag" if by_caller else "From tag"
        return _departure("To tag", message.to_tag, wanted, captured, formed, said_by)

    def _untagged(self, captured: CapturedMessage) -> Departure | None:
        """A request within the call that lacks a tag (RFC 3261 §12.2.1.1); each tag names one side's dialog."""
        message = captured.message
        if message.method not in WITHIN or len(self._callees) != 1:
            return None
        (tag, callee), (formed,) = *self._callees.items(), self._formed_in.values()
        if captured.src.address not in (callee, self._leg.caller.address):
            return None
        by_caller = captured.src.address == self._leg.caller.address
        header: Header = "To tag" if not message.to_tag else "From tag"
        wanted = tag
        if (header == "To tag") != by_caller:
            wanted = next(reversed(self._leg.retried_tags), self._leg.from_tag)
        return _departure(header, "", wanted, captured, formed, header[:-4])

    def _known_to(self, sender: str, other: str, captured: CapturedMessage) -> _Known | None:
        """What the sender of a request knows, if it is seen where that sender sends."""
        if other in self._callees:
            return self._caller.get(other) if captured.src.address == self._leg.caller.address else None
        return self._callee.get(sender) if captured.src.address == self._callees.get(sender) else None


def recorded_route(captured: CapturedMessage) -> tuple[Uri, ...]:
    """Record-Route, topmost first."""
    return tuple(address.uri for address in captured.message.addresses("record-route"))


def _route_departure(
    captured: CapturedMessage, path: tuple[Uri, ...], recorded: CapturedMessage
) -> Departure | None:
    sent = [address.uri for value in captured.message.values("route") if (address := parse_name_addr(value))]
    if len(sent) == len(path) + 1 and sent[0].host == captured.dst.address:
        sent = sent[1:]  # An outbound proxy of the sender's own may stand before the route set.
    if len(sent) == len(path) and all(map(same_place, sent, path)):
        return None
    found, wanted = (", ".join(f"<{uri.raw}>" for uri in uris) for uris in (sent, path))
    return _departure("Route", found, wanted, captured, recorded, "Record-Route")


def _transport_departure(
    captured: CapturedMessage, target: Uri, path: tuple[Uri, ...], said_in: CapturedMessage
) -> Departure | None:
    first = path[0] if path else target
    wanted = (first.params.get("transport") or "").upper()
    plain = wanted in ("UDP", "TCP") and captured.transport in ("UDP", "TCP")
    if not plain or wanted == captured.transport:
        return None
    said_by = "Record-Route" if path else "Contact"
    return _departure("transport", captured.transport, wanted, captured, said_in, said_by)


def _departure(
    header: Header, found: str, wanted: str, captured: CapturedMessage, said_in: CapturedMessage, said_by: str
) -> Departure:
    return Departure(header, found, wanted, captured, said_in, said_by, "RFC 3261 §12.2.1.1")
