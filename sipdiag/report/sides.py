"""Facts of the legs side by side: identity headers, SDP, and the steps of a transfer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.pipeline.results import CallDetail, TransferResult
from sipdiag.report.attempts import TRANSFERS, attempts, transfer_outcome, transfer_target
from sipdiag.report.flow import FlowRow, transfer_rows
from sipdiag.report.rungs import detail
from sipdiag.report.text import shorten
from sipdiag.report.times import clock, duration
from sipdiag.report.wording import TRANSFER_METHODS, OutcomeWords
from sipdiag.sip.passport import parse_identity
from sipdiag.sip.secrets import mask

if TYPE_CHECKING:
    from sipdiag.sip.message import Message
    from sipdiag.sip.sdp import MediaDescription

_IDENTITY = (
    "From",
    "To",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Remote-Party-ID",
    "Diversion",
    "History-Info",
    "Referred-By",
    "Contact",
    "User-Agent",
)
_COMPARED = frozenset(_IDENTITY[:6])
_VALUE = 240
_ABSENT = "not sent"


class Cell(Struct, frozen=True):
    text: str
    changed: bool
    """The party differs from the leg before."""


class IdentityRow(Struct, frozen=True):
    header: str
    cells: tuple[Cell, ...]


class SdpRow(Struct, frozen=True):
    """One media description of an offer or an answer."""

    message: str
    """Id of the message that carried it."""
    number: int
    """Of its frame or line."""
    leg: str
    part: str
    """``offer`` or ``answer``."""
    carrier: str
    """What carried it: ``INVITE``, ``200 OK``."""
    media: str
    address: str
    direction: str
    codecs: str


class TransferMoment(Struct, frozen=True):
    """One moment of a transfer."""

    message: str
    clock: str
    since: str
    text: str
    kind: str


class TransferRow(Struct, frozen=True):
    id: str
    method: str
    target: str
    outcome: OutcomeWords
    attempts: tuple[str, ...]
    """Each REFER, or each INVITE of a new leg, with its answer."""
    steps: tuple[TransferMoment, ...]


def identities(result: CallDetail) -> list[IdentityRow]:
    """The identity headers of each leg's last INVITE, one column per leg; headers nobody sent are left out."""
    invites = [_invite(rows) for rows in _by_leg(result)]
    table = []
    for header in _IDENTITY:
        values = [mask(", ".join(m.values(header))) if m else "" for m in invites]
        if any(values):
            cells = [Cell(shorten(values[0], _VALUE) or _ABSENT, False)]
            for before, value in pairwise(values):
                changed = header in _COMPARED and _who(before) != _who(value)
                cells.append(Cell(shorten(value, _VALUE) or _ABSENT, changed))
            table.append(IdentityRow(header, tuple(cells)))
    signed = [_signed(m) if m else "" for m in invites]
    if any(signed):
        cells = [Cell(shorten(text, _VALUE) or _ABSENT, False) for text in signed]
        table.append(IdentityRow("Identity, decoded", tuple(cells)))
    return table


def _signed(invite: Message) -> str:
    """The claims of a signed identity, unchecked: attestation, numbers, certificate."""
    value = invite.header("Identity")
    passport = parse_identity(value) if value else None
    if passport is None:
        return ""
    called = ", ".join(passport.destinations[:2])
    level = f"attestation {passport.attestation}, " if passport.attestation else ""
    return f"{level}{passport.origin} to {called}, certificate {passport.certificate}; signature not checked"


def _by_leg(result: CallDetail) -> list[list[Message]]:
    return [[item.captured.message for item in leg.messages] for leg in result.call.legs]


def _invite(messages: Sequence[Message]) -> Message | None:
    """The last try of the initial INVITE: the one without a To-tag."""
    tries = [m for m in messages if m.is_request and m.method == "INVITE" and not m.to_tag]
    return tries[-1] if tries else None


def _who(value: str) -> str:
    """The party a header value names: the URI's user part, else the whole without parameters."""
    uri = value.rpartition("<")[2].partition(">")[0]
    return uri.partition(":")[2].partition("@")[0].partition(";")[0] or uri


def sdp_rows(rows: Sequence[FlowRow]) -> list[SdpRow]:
    """Offers and answers in order; one forwarded unchanged by a proxy is listed once.

    The first SDP of a transaction is the offer, what travels the other way the answer (RFC 3264,
    RFC 6337 §2): a 2xx to an INVITE without SDP offers, its ACK answers.
    """
    offered_by_request: dict[tuple[str, str, int], bool] = {}
    seen: set[tuple[tuple[str, str, int], str, bytes]] = set()
    table = []
    for row in rows:
        message = row.captured.message
        sdp = message.sdp
        if sdp is None or row.retransmission or row.other_hop:
            continue
        key = (row.leg.id, message.from_tag, message.cseq or 0)
        by_request = offered_by_request.setdefault(key, message.is_request)
        part = "offer" if message.is_request == by_request else "answer"
        if (key, part, message.body) in seen:
            continue
        seen.add((key, part, message.body))
        table += [_sdp_row(row, part, media) for media in sdp.media]
    return table


def _sdp_row(row: FlowRow, part: str, media: MediaDescription) -> SdpRow:
    return SdpRow(
        message=row.id,
        number=row.captured.position.number,
        leg=row.leg.id,
        part=part,
        carrier=shorten(row.label, 40),
        media=f"{media.kind} {media.proto}",
        address=_address(media),
        direction=media.direction or "sendrecv",
        codecs=_codecs(media),
    )


def media_lines(message: Message) -> list[str]:
    """A message's SDP, one line per stream: ``audio at 192.0.2.1:4000 (RTP/AVP, sendrecv): pcmu``."""
    return [
        f"{media.kind} at {_address(media)} ({media.proto}, {media.direction or 'sendrecv'}): {_codecs(media)}"
        for media in (message.sdp.media if message.sdp else ())
    ]


def _address(media: MediaDescription) -> str:
    return f"{media.connection or '–'}:{media.port}" if media.port else "refused (port 0)"


def _codecs(media: MediaDescription) -> str:
    names = [f"{c.name}/{c.rate}" if c.rate and c.rate != 8000 else c.name for c in media.codecs]
    return shorten(", ".join(names or media.formats), 160) + (", SRTP keys" if media.crypto else "")


def transfer_table(result: CallDetail, rows: Sequence[FlowRow]) -> list[TransferRow]:
    """Transfers with their steps, the first :data:`TRANSFERS` of them, times counted from its first message."""
    return [_transfer_view(item, rows) for item in result.transfers[:TRANSFERS]]


def _transfer_view(item: TransferResult, rows: Sequence[FlowRow]) -> TransferRow:
    members = [row for row in transfer_rows(item.transfer, rows) if not row.retransmission]
    start = members[0].captured.clock_ns if members else 0
    steps = tuple(
        TransferMoment(
            message=row.id,
            clock=clock(row.captured.known_ns),
            since=duration((row.captured.clock_ns - start) / 1e9) if row.captured.timed else "",
            text=shorten(" ".join(filter(None, (row.label, row.reported, detail(row)))), 120),
            kind=row.kind,
        )
        for row in members
    )
    return TransferRow(
        id=item.transfer.id,
        method=TRANSFER_METHODS[item.transfer.method] if item.transfer.method else "",
        target=transfer_target(item),
        outcome=transfer_outcome(item),
        attempts=tuple(attempts(item)),
        steps=steps,
    )
