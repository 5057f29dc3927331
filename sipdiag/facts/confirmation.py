"""How the responses of a leg were confirmed: ACK (RFC 3261 §13.2.2.4) and PRACK (RFC 3262)."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.calls.model import Request
from sipdiag.calls.routing import recorded_route
from sipdiag.capture.payload import host_text
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.once import once
from sipdiag.facts.private import address_of
from sipdiag.facts.response import Response
from sipdiag.facts.wording import proxy_label, worded
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.defects import find_defects

SHOWN_REPEATS = 6
"""More retransmissions than this prove nothing more."""
GIVEN_UP_NS = 1_000_000_000
"""A CANCEL this soon after a refusal was sent because of it."""
AFTER_ACK_NS = 500_000_000
"""A 2xx sent again this long after the first ACK was not stopped by it."""


class RefusedAck:
    """A response to an ACK, which RFC 3261 §17 does not allow: its sender mistook the ACK for something else."""

    def __init__(self, response: CapturedMessage, ack: CapturedMessage | None) -> None:
        self._response = response
        self._ack = ack

    @evidence("ack_refusal")
    def response(self) -> CapturedMessage:
        """The response."""
        return self._response

    @fact
    def wording(self) -> str | None:
        """Status and reason phrase of the response to the ACK."""
        return worded(self._response)

    @fact
    def defect(self) -> str | None:
        """What is malformed in the ACK, a sentence."""
        defects = find_defects(self._ack.message) if self._ack is not None else []
        return defects[0] if defects else None


class StrayedPrack:
    """A PRACK that was refused, so that it confirmed nothing."""

    def __init__(self, request: Request, reliable: Sequence[CapturedMessage], cancel: Request | None) -> None:
        self._request = request
        self._reliable = reliable
        self._cancel = cancel

    @evidence("strayed_prack", answered=True)
    def request(self) -> Request:
        """The PRACK."""
        return self._request

    @fact
    def wording(self) -> str | None:
        """Status and reason phrase of the refusal of the PRACK."""
        return worded(self._request.final)

    @fact
    def fits(self) -> bool:
        """The PRACK names the RSeq, CSeq and To-tag of a provisional response that came (RFC 3262 §3)."""
        message = self._request.first.message
        named = (message.header("RAck") or "").split()
        return message.is_request and any(
            named == [response.header("RSeq") or "", str(response.cseq), "INVITE"]
            and message.to_tag == response.to_tag
            for response in (one.message for one in self._reliable)
        )

    @fact
    def ended_call(self) -> bool:
        """The caller cancelled the call within a second of the refusal."""
        final, cancel = self._request.final, self._cancel
        return final is not None and cancel is not None and 0 <= cancel.time_ns - final.time_ns <= GIVEN_UP_NS


class Confirmation(Response):
    """The reading of a leg's ACKs and PRACKs."""

    @evidence("ack")
    def ack(self) -> CapturedMessage | None:
        """The first ACK of the deciding INVITE."""
        acks = (self.invite.acks or self.invite.own.acks) if self.invite is not None else []
        return acks[0] if acks else None

    @once
    def repeated_answers(self) -> list[CapturedMessage]:
        """Retransmissions of the 2xx."""
        if self.invite is None or not self.answered:
            return []
        return [r for r in self.invite.own.repeats if 200 <= (r.message.status or 0) < 300]

    @evidence("answer_repeats")
    def shown_repeats(self) -> list[CapturedMessage]:
        """The first retransmissions of the 2xx."""
        return self.repeated_answers[:SHOWN_REPEATS]

    @fact(unit="messages")
    def answer_repeats(self) -> int:
        """Retransmissions of the 2xx."""
        return len(self.repeated_answers)

    @fact(unit="messages")
    def answer_repeats_after_ack(self) -> int:
        """Retransmissions of the 2xx sent half a second or more after its first ACK: it did not stop them."""
        acked: dict[str, int] = {}
        for ack in self.invite.acks if self.invite else []:
            acked.setdefault(ack.message.to_tag, ack.time_ns)
        # Of a fork each 2xx has an ACK of its own (RFC 3261 §13.2.2.4); one without a tag is for any.
        since = ((r, acked.get(r.message.to_tag, acked.get(""))) for r in self.repeated_answers)
        return sum(ack_ns is not None and r.time_ns - ack_ns >= AFTER_ACK_NS for r, ack_ns in since)

    @fact
    def ack_withheld(self) -> bool:
        """No ACK, and yet the caller sent another request within the call to where the 2xx came from: the way was open."""
        answer = self._taken
        if answer is None or self.ack_seen:
            return False
        return any(
            request.from_caller
            and request.time_ns > answer.time_ns
            and request.first.message.is_request
            and request.first.message.to_tag == answer.message.to_tag
            and request.first.dst == answer.src
            for request in self.leg.requests
        )

    @fact
    def contact_elsewhere(self) -> str | None:
        """The Contact of the 2xx, where it is the address of another host than the 2xx came from, and no Record-Route stands before it."""
        answer = self._taken
        if answer is None or answer.message.contact is None or recorded_route(answer):
            return None
        uri = answer.message.contact.uri
        named = address_of(uri.host)
        if named is None or named == address_of(answer.src.address):
            return None
        return uri.host if uri.port is None else host_text(Host(uri.host, uri.port))

    @fact(unit="addresses")
    def contacts_given(self) -> int:
        """Contacts in the 2xx; RFC 3261 §12.1.1 allows one."""
        return len(self._taken.message.values("Contact")) if self._taken is not None else 0

    @property
    def _taken(self) -> CapturedMessage | None:
        """The final response to the deciding INVITE of an answered leg."""
        return self.invite.final if self.invite is not None and self.answered else None

    @facts(prefix="ack_refused_", found="ack_refused")
    def refused_ack(self) -> RefusedAck | None:
        """The ACK was answered with an error."""
        if not self.answered:
            return None
        for entry in self.leg.messages:
            message = entry.captured.message
            if message.cseq_method == "ACK" and (message.status or 0) >= 300:
                return RefusedAck(entry.captured, self.ack)
        return None

    @once
    def ack_end(self) -> Host | None:
        """The proxy that the ACK reached, and that did not pass it on to whoever answered."""
        invite = self.invite
        if invite is None or not self.answered or not invite.acks:
            return None
        hop = self.answering_hop(invite)
        if hop is None or hop is invite.own or hop.final is None:
            return None
        answering = hop.final.src
        if any(ack.dst.address == answering.address for ack in invite.acks):
            return None
        return invite.acks[-1].dst

    @fact
    def ack_stopped(self) -> bool:
        """A proxy got the ACK and did not pass it on to whoever answered."""
        return self.ack_end is not None

    @fact(absent="a proxy")
    def ack_stopped_at(self) -> str | None:
        """The proxy that did not pass the ACK on."""
        return proxy_label(self.sides, self.ack_end) if self.ack_end is not None else None

    @fact
    def ack_port(self) -> int | None:
        """The port of the answering host that the ACK went to, as the 2xx's Contact asks; absent if it is the one the 2xx came from."""
        invite = self.invite
        answer, ack = (invite.final, self.ack) if invite is not None and self.answered else (None, None)
        if answer is None or ack is None or recorded_route(answer) or answer.message.contact is None:
            return None
        if ack.dst.address != answer.src.address or ack.dst.port == answer.src.port:
            return None
        uri = answer.message.contact.uri
        asked = uri.host == ack.dst.address and uri.port in (None, ack.dst.port)
        return ack.dst.port if asked else None

    @once
    def unconfirmed(self) -> list[CapturedMessage]:
        """Retransmissions of a reliable provisional response that no PRACK stopped (RFC 3262 §3)."""
        if self.invite is None or not self.invite.own.repeats:
            return []
        if self.requests("PRACK") and self.prack is None:
            return []
        return [r for r in self.invite.own.repeats if (r.message.status or 0) < 200]

    @evidence("unconfirmed")
    def shown_unconfirmed(self) -> list[CapturedMessage]:
        """The first retransmissions of a reliable provisional response."""
        return self.unconfirmed[:SHOWN_REPEATS]

    @fact(unit="messages")
    def unconfirmed_repeats(self) -> int:
        """Retransmissions of reliable provisional responses on a leg without any PRACK, or where all were refused."""
        return len(self.unconfirmed)

    @facts(prefix="prack_", found="prack_refused")
    def prack(self) -> StrayedPrack | None:
        """Every PRACK was refused, and not for its method."""
        pracks = self.requests("PRACK")
        # 405 and 501 refuse the method, whatever it confirms.
        if any((prack.status or 0) < 300 or prack.status in (405, 501) for prack in pracks):
            return None
        if not pracks:
            return None
        reliable = self.invite.own.provisionals if self.invite is not None else []
        return StrayedPrack(pracks[-1], reliable, self.cancel)
