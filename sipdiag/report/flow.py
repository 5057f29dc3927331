"""The messages of a call in one order, whatever leg they belong to.

Sightings of one packet at several capture points fold into one row; retransmissions keep theirs,
because when they were sent is evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from sipdiag.capture.payload import host_text
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.pipeline.results import CallDetail, Participant
from sipdiag.position import WirePosition, anchor
from sipdiag.report.pointlanes import TEXT, is_column, with_points
from sipdiag.report.text import plural

if TYPE_CHECKING:
    from sipdiag.calls.model import Leg, LegMessage, Transfer
    from sipdiag.rules.finding import Finding
    from sipdiag.sip.message import Message


LANES = 24
"""How many hosts of a call get a lane of their own."""
_OTHERS = Host("", 0)
_NUMBERS = 2
"""How many findings are named beside a message; a plus sign stands for more."""


class FlowRow(Struct, frozen=True, eq=False):
    """One message of a call's flow."""

    id: str
    """Unique on a page: ``f1-frame-12``; a second message of that frame is ``f1-frame-12-2``."""
    captured: CapturedMessage
    leg: Leg
    retransmission: bool
    other_hop: bool
    """The same message seen before on another hop."""
    copies: tuple[CapturedMessage, ...]
    """Further sightings of the same packet."""
    since_ns: int | None
    """Time since the row before, nanoseconds; None for the first."""
    unanswered: bool
    """A request to which no response at all was captured."""
    lost: bool = False
    """It was captured here but never arrived at the next capture point on its way."""
    holding: str = ""
    """``hold`` or ``resume``: what an INVITE within the call does to its media."""

    @property
    def title(self) -> str:
        """A short :attr:`label` that marks an INVITE within the call: ``hold (re-INVITE)``."""
        message = self.captured.message
        if not message.is_request:
            return f"{message.status} {message.reason}"
        if self.reported:
            return f"{message.method} {self.reported}"
        if message.method != "INVITE" or not message.to_tag:
            return message.method
        return f"{self.holding} (re-INVITE)" if self.holding else "re-INVITE"

    @property
    def label(self) -> str:
        """``INVITE``, ``200 OK (INVITE)``."""
        message = self.captured.message
        if message.is_request:
            return message.method
        about = f" ({message.cseq_method})" if message.cseq_method else ""
        return f"{message.status} {message.reason}{about}"

    @property
    def reported(self) -> str:
        """``403 Forbidden``: what a NOTIFY says of the call that a REFER caused (RFC 3515 §2.4.5); else empty."""
        fragment = self.captured.message.sipfrag if self.captured.message.method == "NOTIFY" else None
        return f"{fragment.status} {fragment.reason}" if fragment and fragment.status else ""

    @property
    def kind(self) -> str:
        """``request``, ``class1`` … ``class6``: its style.

        A challenge is a question, not a refusal.  A NOTIFY looks like the final status that it reports.
        """
        message = self.captured.message
        if message.is_request:
            return f"class{self.reported[0]}" if self.reported >= "2" else "request"
        status = 100 if message.status in (401, 407) else message.status or 0
        return f"class{status // 100}"

    @property
    def notes(self) -> list[str]:
        """What is special about this sighting, in a word or two each."""
        notes = ["repeated"] if self.retransmission else []
        if self.other_hop:
            notes.append("seen on another hop")
        if self.lost:
            notes.append("lost between the capture points")
        if self.copies:
            notes.append(f"captured {len(self.copies) + 1}×")
        if self.unanswered and not self.lost:
            notes.append("no response seen")
        if self.captured.truncated:
            notes.append("cut")
        return notes


class Anchors:
    """Assigns the ids of messages on a page, each once."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def new(self, position: WirePosition) -> str:
        """The id of a further message at this position."""
        name = anchor(position)
        self._given[name] += 1
        return name if self._given[name] == 1 else f"{name}-{self._given[name]}"


def flow(result: CallDetail, anchors: Anchors | None = None) -> list[FlowRow]:
    """Every message of every leg by time; copies folded into their first sighting.

    ``anchors``: those of the page, where several calls are shown on one.
    """
    given = Anchors() if anchors is None else anchors
    copies: dict[CapturedMessage, list[CapturedMessage]] = {}
    merged: list[tuple[LegMessage, Leg]] = []
    for leg in result.call.legs:
        for item in leg.messages:
            original = item.captured.copy_of
            if original is not None:
                copies.setdefault(original, []).append(item.captured)
            else:
                merged.append((item, leg))
    merged.sort(key=lambda e: (e[0].captured.time_ns, e[0].captured.file, e[0].captured.position.number))
    silent, held = _unanswered(result), _Holds()
    rows: list[FlowRow] = []
    before: int | None = None
    for item, leg in merged:
        captured = item.captured
        since = captured.clock_ns - before if before is not None and captured.timed else None
        before = captured.clock_ns
        rows.append(
            FlowRow(
                id=given.new(captured.position),
                captured=captured,
                leg=leg,
                retransmission=item.retransmission,
                other_hop=item.other_hop,
                copies=tuple(copies.get(captured, ())),
                since_ns=since,
                unanswered=captured in silent,
                lost=bool(captured.missed_at),
                holding=held.told(captured.message),
            )
        )
    return rows


class _Holds:
    """Tracks who has put whom on hold: an offer that stops receiving (RFC 3264 §8.4)."""

    def __init__(self) -> None:
        self._holding: set[tuple[str, str]] = set()

    def told(self, message: Message) -> str:
        """``hold``, ``resume`` or nothing: what this message does."""
        if not message.is_request or message.method != "INVITE" or not message.to_tag or message.sdp is None:
            return ""
        if not message.sdp.audio:
            return ""
        who = (message.call_id, message.from_tag)
        if message.sdp.holds:
            self._holding.add(who)
            return "hold"
        if who in self._holding:
            self._holding.discard(who)
            return "resume"
        return ""


def _unanswered(result: CallDetail) -> set[CapturedMessage]:
    return {
        hop.requests[-1]
        for leg in result.call.legs
        for request in leg.requests
        for hop in request.hops
        if hop.requests and not hop.responses and hop.method != "ACK"
    }


def units(rows: Iterable[FlowRow]) -> str:
    """The unit of the rows' numbers: ``frame``, ``line``, ``frame or line``."""
    return " or ".join(sorted({row.captured.position.unit for row in rows})) or "frame"


def names(result: CallDetail) -> dict[Host, str]:
    """The name of each host of a call: its provider or role, else its address."""
    return {participant.host: participant.name for participant in result.participants}


def host_name(host: Host, known: dict[Host, str]) -> str:
    """The name of a host; its address where it has none."""
    return known.get(host) or host_text(host)


def lanes(result: CallDetail, rows: list[FlowRow]) -> list[Participant]:
    """The participants of the ladder, in order of first appearance; every host of a row has one.

    Several capture points stand among them.
    """
    known = {participant.host: participant for participant in result.participants}
    order: dict[Host, Participant] = {}
    for row in rows:
        for host in (row.captured.src, row.captured.dst):
            order.setdefault(host, known.get(host) or Participant(host, None, host.address, None))
    return with_points(result, rows, list(order.values()))


class Lanes(NamedTuple):
    """The participants of a ladder that is drawn, with room for so many."""

    shown: list[Participant]
    places: dict[Host, int]
    """Lane number of each host; hosts without their own share the last lane."""


def few_lanes(result: CallDetail, rows: list[FlowRow]) -> Lanes:
    """At most :data:`LANES` lanes, for the hosts of most messages, and one for all others together.

    Capture points have lanes where there is room for all.
    """
    every = lanes(result, rows)
    if len(every) > LANES:
        every = [one for one in every if not is_column(one.host)]
    if len(every) <= LANES:
        return Lanes(every, {one.host: place for place, one in enumerate(every)})
    busy = Counter(host for row in rows for host in (row.captured.src, row.captured.dst))
    kept = {host for host, _ in busy.most_common(LANES)}
    shown = [one for one in every if one.host in kept]
    places = {one.host: LANES for one in every} | {one.host: place for place, one in enumerate(shown)}
    more = plural(len(every) - LANES, "more host")
    return Lanes([*shown, Participant(_OTHERS, None, more, None)], places)


def lane_text(participant: Participant) -> str:
    """The address of a lane's host; empty for the lane of many."""
    if is_column(participant.host):
        return TEXT
    return "" if participant.host == _OTHERS else host_text(participant.host)


def numbered(findings: tuple[Finding, ...]) -> dict[CapturedMessage, str]:
    """Numbers of the findings that cite a message, by its first sighting: ``1``, ``1,3``."""
    cited: dict[CapturedMessage, list[int]] = {}
    for number, finding in enumerate(findings, 1):
        for captured in filter(None, (evidence.captured for evidence in finding.evidence)):
            numbers = cited.setdefault(captured.copy_of or captured, [])
            if number not in numbers:
                numbers.append(number)
    return {key: _few(numbers) for key, numbers in cited.items()}


def _few(numbers: list[int]) -> str:
    more = "+" if len(numbers) > _NUMBERS else ""
    return ",".join(map(str, numbers[:_NUMBERS])) + more


def transfer_rows(transfer: Transfer, rows: Sequence[FlowRow]) -> list[FlowRow]:
    """The rows that make up a transfer: REFER, its answers, NOTIFYs, the first INVITE of each new leg."""
    members = {notify.captured for notify in transfer.notifies}
    for request in transfer.refers:
        for hop in request.hops:
            members.update((*hop.requests, *hop.responses))
    for leg in transfer.new_legs:
        for invite in leg.invites:
            members.update(filter(None, (invite.first, invite.final)))
    return [row for row in rows if row.captured in members]
