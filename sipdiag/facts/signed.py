"""The signed caller identity of an INVITE (STIR, RFC 8224), held against the INVITE itself.

The signature is not checked: the certificate lies behind a URL, and nothing is fetched.  What is known is
what was claimed, when, and whether the message still says the same.
"""

from __future__ import annotations

from sipdiag.calls.parties import number_key, user_of
from sipdiag.facts.declare import fact
from sipdiag.facts.legview import LegView
from sipdiag.sip.address import parse_uri
from sipdiag.sip.message import Message
from sipdiag.sip.passport import Passport, parse_identity

FRESH_S = 60.0
"""How old a signature may be, or how far in the future, for most verifiers (RFC 8224 §6.2 step 4)."""
_MOST_HEADERS = 8
_LONGEST_URL = 120
_LEVELS = {
    "A": "full: the signer knows its customer and his right to the number",
    "B": "partial: the signer knows its customer, but not whether the number is the customer's",
    "C": "gateway: the signer only received the call from elsewhere",
}


class SignedIdentity:
    """The PASSporT of a deciding INVITE."""

    def __init__(self, passport: Passport, invite: Message, time_ns: int | None) -> None:
        self._passport = passport
        self._invite = invite
        self._time_ns = time_ns

    @fact(absent="none")
    def attestation(self) -> str | None:
        """Level of attestation: A (full), B (partial) or C (gateway), RFC 8588."""
        return self._passport.attestation if self._passport.attestation in _LEVELS else None

    @fact(for_expectations=True)
    def attests(self) -> str | None:
        """What that level says."""
        return _LEVELS.get(self._passport.attestation)

    @fact(for_expectations=True)
    def age_s(self) -> float | None:
        """From its signature (iat) to the INVITE; negative if it was signed later, by the clocks of both."""
        if self._passport.issued_at is None or self._time_ns is None:
            return None
        # The claim has whole seconds.
        return float(round(self._time_ns / 1e9) - self._passport.issued_at)

    @fact
    def stale(self) -> bool:
        """It was signed more than a minute before the INVITE was captured, or after that."""
        return self.age_s is not None and abs(self.age_s) > FRESH_S

    @fact(absent="another number")
    def signed_caller(self) -> str | None:
        """The calling number that was signed."""
        return self._passport.origin or None

    @fact
    def caller_differs(self) -> bool:
        """The calling number that was signed is neither that of From nor that of P-Asserted-Identity."""
        shown = {_key(user_of(address)) for address in (self._invite.from_, self._invite.pai)} - {None}
        return bool(shown) and bool(self._passport.origin) and _key(self._passport.origin) not in shown

    @fact(absent="another number", for_expectations=True)
    def signed_called(self) -> str | None:
        """The called number that was signed."""
        return ", ".join(self._passport.destinations[:3]) or None

    @fact
    def called_differs(self) -> bool:
        """The called number that was signed is neither that of To nor that of the Request-URI."""
        there = {_key(user_of(self._invite.to)), _key(parse_uri(self._invite.uri).user)} - {None}
        signed = {_key(one) for one in self._passport.destinations} - {None}
        return bool(there) and bool(signed) and there.isdisjoint(signed)

    @fact(absent="an unknown place", for_expectations=True)
    def certificate(self) -> str | None:
        """Where the signer's certificate is (x5u)."""
        return self._passport.certificate[:_LONGEST_URL] or None

    @fact
    def text(self) -> str:
        """All of this in a sentence or two."""
        said = [f"attestation {self.attestation} ({self.attests})" if self.attestation else "no attestation"]
        if self.age_s is not None:
            said.append(
                f"signed {abs(self.age_s):.0f} s {'before' if self.age_s >= 0 else 'after'} the INVITE"
                + (", which most verifiers take for too old" if self.age_s > FRESH_S else "")
            )
        if self.caller_differs:
            said.append(
                f"for {self.signed_caller} as the caller, which is neither in From nor in P-Asserted-Identity"
            )
        if self.called_differs:
            said.append(f"for a call to {self.signed_called}, which is neither in To nor in the Request-URI")
        where = f", certificate at {self.certificate}" if self.certificate else ""
        return f"The Identity header says: {'; '.join(said)}{where}. Its signature was not checked here."


def signed_identity(view: LegView) -> SignedIdentity | None:
    """The PASSporT of the deciding INVITE: the one of SHAKEN, if there are several."""
    invite = view.invite
    if invite is None or not invite.first.message.is_request:
        return None
    message = invite.first.message
    if message.header("Identity") is None:
        return None
    read = [parse_identity(value) for value in message.lines("Identity")[:_MOST_HEADERS]]
    known = [passport for passport in read if passport is not None]
    if not known:
        return None
    chosen = next((one for one in known if one.extension == "shaken"), known[0])
    return SignedIdentity(chosen, message, invite.first.known_ns)


def _key(text: str) -> str | None:
    """A number, or the user of a URI, as it survives rewriting."""
    return number_key(parse_uri(text).user if ":" in text else text)
