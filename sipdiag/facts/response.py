"""What the responses to a leg's INVITEs say beyond yes or no: declined, sent elsewhere, asked for credentials."""

from __future__ import annotations

from itertools import islice

from sipdiag.calls.model import Request, Transaction
from sipdiag.facts.credentials import rejected_again
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.facts.setup import Setup
from sipdiag.facts.timers import seconds
from sipdiag.messages.captured import CapturedMessage

CHALLENGE_WAIT_S = 5.0
"""A challenge that is not answered within this time never will be."""
MOST_OPTIONS = 6
"""More option tags than these make no sentence."""
DECLINE_WORDS = ("reject", "declin")


class Response(Setup):
    """The reading of the responses to a leg's initial INVITEs."""

    @fact(absent="no reason phrase", for_expectations=True)
    def reason(self) -> str | None:
        """Reason phrase of the final response."""
        return self.final.message.reason if self.final is not None else None

    @fact
    def retry_after(self) -> bool:
        """The final response carries Retry-After."""
        return self.final is not None and self.final.message.header("Retry-After") is not None

    @fact(absent="an extension")
    def refused_options(self) -> str | None:
        """Option tags in Unsupported of a 420 (RFC 3261 §21.4.15)."""
        return self._options(420, "Unsupported")

    @fact(absent="an extension")
    def demanded_options(self) -> str | None:
        """Option tags in Require of a 421 (RFC 3261 §21.4.16)."""
        return self._options(421, "Require")

    def _options(self, status: int, header: str) -> str | None:
        if self.final is None or self.final.message.status != status:
            return None
        tags = (tag.strip() for value in self.final.message.values(header) for tag in value.split(","))
        return ", ".join(islice((tag for tag in tags if tag), MOST_OPTIONS)) or None

    @fact
    def least_interval_s(self) -> float | None:
        """Min-SE of a 422: the shortest session interval that is accepted (RFC 4028 §5)."""
        if self.final is None or self.final.message.status != 422:
            return None
        digits = (self.final.message.header("Min-SE") or "").partition(";")[0].strip()
        return float(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None

    @fact
    def network_refused(self) -> bool:
        """A Warning says that the network protocol or the addresses of the offer do not suit (300, 301: RFC 3261 §20.43)."""
        return self.final is not None and any(one.code in (300, 301) for one in self.final.message.warnings)

    @fact
    def declining(self) -> bool:
        """Q.850 21, or a text that says rejected or declined."""
        if self.final is None:
            return False
        message = self.final.message
        if any(reason.protocol == "Q.850" and reason.cause == 21 for reason in message.reasons):
            return True
        said = " / ".join([message.reason, *(reason.text or "" for reason in message.reasons)]).lower()
        return any(word in said for word in DECLINE_WORDS)

    @once
    def redirected_invite(self) -> Request | None:
        """The first initial INVITE that got a 3xx."""
        for invite in self.leg.invites:
            if invite.status is not None and 300 <= invite.status < 400:
                return invite
        return None

    @evidence("redirect")
    def redirect(self) -> CapturedMessage | None:
        """The first 3xx to an initial INVITE."""
        return self.redirected_invite.final if self.redirected_invite is not None else None

    @fact
    def redirected(self) -> bool:
        """A 3xx to an initial INVITE."""
        return self.redirect is not None

    @fact
    def redirect_wait_s(self) -> float | None:
        """Capture time after the 3xx."""
        return seconds(self.redirect.time_ns, self.capture_end_ns) if self.redirect else None

    def answering_hop(self, invite: Request | None) -> Transaction | None:
        """The hop nearest to the sender of the final response that the caller got."""
        if invite is None or invite.status is None:
            return None
        if len(invite.hops) == 1:
            return invite.own
        hops = [hop for hop in invite.hops if hop.status == invite.status]
        return max(hops, key=lambda hop: hop.via_count, default=None)

    # -- credentials ---------------------------------------------------------------------------

    @once
    def challenges(self) -> list[CapturedMessage]:
        """401 and 407 to the initial INVITEs, on their own hop."""
        return [
            invite.final
            for invite in self.leg.invites
            if invite.final is not None and invite.status in (401, 407)
        ]

    @evidence("challenge")
    def last_challenge(self) -> CapturedMessage | None:
        """The last challenge of an initial INVITE."""
        return self.challenges[-1] if self.challenges else None

    @fact
    def challenged(self) -> bool:
        """401 or 407 to an initial INVITE."""
        return bool(self.challenges)

    @fact
    def authenticated(self) -> bool | None:
        """The deciding INVITE carried credentials; absent if they may be in a part of it that was not captured."""
        first = self.invite.first if self.invite is not None else None
        if first is not None and first.message.credentials:
            return True
        return False if first is not None and first.message.is_request and not first.head_cut else None

    @fact
    def rejected_again(self) -> bool:
        """Credentials were sent and challenged again in the same realm, not for a stale nonce."""
        return rejected_again(self.leg.invites)

    @property
    def _refused_unasked(self) -> bool:
        """Credentials were sent and refused by a 401 or 407 that asks for none: LiveKit refuses wrong ones so."""
        if self.final is None or not self.authenticated:
            return False
        message = self.final.message
        return message.header("WWW-Authenticate") is None and message.header("Proxy-Authenticate") is None

    @fact
    def challenge_open(self) -> bool:
        """Challenged, not answered, and the capture ends within 5 s: nobody can know what came next."""
        if self.status not in (401, 407) or self.rejected_again or self._refused_unasked:
            return False
        challenged_ns = self.final.time_ns if self.final is not None else self.leg.last_ns
        return seconds(challenged_ns, self.capture_end_ns) < CHALLENGE_WAIT_S
