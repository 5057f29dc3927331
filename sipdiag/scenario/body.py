"""Bodies: session descriptions of offers and answers, and the sipfrag of a NOTIFY."""

from __future__ import annotations

from sipdiag.scenario.dialog import Dialogue, PlayedRequest
from sipdiag.scenario.phrases import phrase
from sipdiag.scenario.schema import LadderLine
from sipdiag.scenario.session import ScenarioSdp, describe

_DIRECTIONS = {"hold": "sendonly", "inactive": "inactive", "resume": "sendrecv"}

Body = tuple[str, bytes]
"""Content-Type ("" for none) and the bytes."""


def request_body(dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> Body:
    """Body of a request: an offer in INVITE (and where asked for), the answer in the ACK of a bare INVITE."""
    if step.body is not None:
        return _given(step)
    if transaction.method == "NOTIFY" and step.notified:
        line = f"SIP/2.0 {step.notified} {step.phrase or phrase(step.notified)}\r\n"
        return "message/sipfrag;version=2.0", line.encode()
    invite = dialog.latest("INVITE", transaction.side)
    late_answer = (
        transaction.method == "ACK" and invite is not None and invite.final < 300 and not invite.had_body
    )
    wants = transaction.method == "INVITE" or "sdp" in step.flags or late_answer
    if not wants or "nosdp" in step.flags:
        return "", b""
    offer = invite.offer if late_answer and invite else None
    transaction.had_body = True
    return _sdp(dialog, transaction, step, transaction.side, offer)


def response_body(dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> Body:
    """Body of a response: the answer in the 2xx of INVITE, elsewhere only where asked for."""
    if step.body is not None:
        return _given(step)
    wants = (transaction.method == "INVITE" and 200 <= step.status < 300) or "sdp" in step.flags
    if not wants or "nosdp" in step.flags:
        return "", b""
    return _sdp(
        dialog, transaction, step, 1 - transaction.side, transaction.offer if transaction.had_body else None
    )


def _given(step: LadderLine) -> Body:
    text = (step.body or "").replace("\r\n", "\n").replace("\n", "\r\n")
    return step.content_type or "text/plain", text.encode()


def _sdp(
    dialog: Dialogue, transaction: PlayedRequest, step: LadderLine, side: int, offer: ScenarioSdp | None
) -> Body:
    direction = next((value for flag, value in _DIRECTIONS.items() if flag in step.flags), "")
    description = describe(_base(dialog, side, transaction.method), step.sdp, offer, direction)
    dialog.media[side] = (description.address, description.port)
    if offer is None:
        transaction.offer = description
    return "application/sdp", description.encode()


def _base(dialog: Dialogue, side: int, method: str) -> ScenarioSdp:
    """The side's own session; its version rises with each new offer or answer but not within one INVITE."""
    party = dialog.parties[side]
    tokens = dialog.tokens
    low, high = party.flavour.ports
    name = dialog.spec.name
    first = tokens.number(10**8, 4 * 10**9, name, "session", side)
    rounds = sum(1 for t in dialog.transactions if t.method in ("INVITE", "UPDATE") and t.in_dialog)
    return ScenarioSdp(
        codecs=party.flavour.codecs,
        direction="sendrecv",
        address=party.media,
        port=tokens.number(low // 2, high // 2, name, "rtp", side) * 2,
        origin=f"{party.flavour.origin} {first}",
        version=first + rounds,
        session=party.flavour.session_name,
        secure=False,
        side=side,
    )
