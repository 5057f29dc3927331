"""The closed sets that facts take their values from; rules write ``Outcome.busy``.

A fact of a closed set is never absent: a set whose facts may not be known has the member ``unknown``.
"""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """How a call ended."""

    answered = 1
    transferred = 2
    transfer_failed = 3
    transfer_unknown = 4
    busy = 5
    no_answer = 6
    declined = 7
    rejected = 8
    cancelled = 9
    failed = 10
    no_response = 11
    in_progress = 12

    @property
    def slug(self) -> str:
        """As the JSON output writes it: ``transfer-failed``."""
        return self.name.replace("_", "-")


class TransferOutcome(IntEnum):
    """How a transfer ended."""

    completed = 1
    rejected = 2
    failed = 3
    unknown = 4
    not_attempted = 5

    @property
    def slug(self) -> str:
        """As the JSON output writes it: ``not-attempted``."""
        return self.name.replace("_", "-")

    @property
    def rank(self) -> int:
        """0 for the best; a transfer whose result is not known may have succeeded."""
        return _BEST_FIRST.index(self)


_BEST_FIRST = (
    TransferOutcome.completed,
    TransferOutcome.unknown,
    TransferOutcome.failed,
    TransferOutcome.rejected,
    TransferOutcome.not_attempted,
)


class Method(IntEnum):
    """How a transfer was made."""

    refer = 1
    replaces = 2
    invite = 3
    unknown = 4
    """Nothing was sent; of a setting: it names none of these."""


class Role(IntEnum):
    """What a leg is in its call."""

    inbound = 1
    outbound = 2
    transfer = 3
    recording = 4


class State(IntEnum):
    """How a leg's INVITE ended."""

    answered = 1
    refused = 2
    cancelled = 3
    redirected = 4
    no_response = 5
    open = 6

    @property
    def slug(self) -> str:
        """As the JSON output writes it: ``no-response``."""
        return self.name.replace("_", "-")


class GaveUp(IntEnum):
    """Who stopped ringing."""

    nobody = 1
    caller = 2
    """A person, or whoever the leg upstream stands for."""
    timer = 3
    """The sender's own timer, while the leg upstream was still up (or the sender is an automaton)."""
    callee = 4
    """The called side or its carrier stopped (408, 480)."""


class CauseSource(IntEnum):
    """What told the cause of a refusal."""

    code = 1
    text = 2
    q850 = 3
    status = 4
    """A status that has a meaning of its own at that provider."""
    record = 5
    """A record beside the capture, where the wire itself names none."""
    unknown = 6
    """Nothing did, or nothing was refused."""


class Target(IntEnum):
    """The form of a REFER's target."""

    e164 = 1
    """``+`` and digits, in a tel: or sip: URI."""
    no_plus = 2
    """An international number without its ``+``."""
    national = 3
    extension = 4
    sip_name = 5
    """A sip: URI whose user is a name, or absent."""
    invalid = 6
    """No URI, stray characters, or no target at all."""
    unknown = 7
    """The REFER, or the end of its head, was not captured, or there was none."""


class AnswerFault(IntEnum):
    """Why an answer cannot be used."""

    missing = 1
    """The 2xx carries no session description, nor did a provisional response."""
    missing_in_ack = 2
    """The offer came with the 2xx, and the ACK does not answer it."""
    no_connection = 3
    """No c= line says where media is wanted."""
    all_refused = 4
    """Port 0 for all audio."""
    no_fingerprint = 5
    """DTLS without the fingerprint of a certificate."""
    unknown = 6
    """No answer is known to be unusable."""


class TargetHost(IntEnum):
    """Where the URI of a REFER's target points."""

    number = 1
    """Nowhere: a ``tel:`` URI, or no host."""
    domain = 2
    """A domain name."""
    edge = 3
    """The address that the REFER itself is sent to, in place of the carrier's name."""
    own = 4
    """The address of whoever sends the REFER."""
    private = 5
    """A private or loopback address, which nobody outside can reach."""
    address = 6
    """Another address."""
    unknown = 7
    """No target was captured that can be read as an address."""
