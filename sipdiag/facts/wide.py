"""What only the whole capture can tell: which countries a trunk reached, who else was on the line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from sipdiag.calls.joining import number_key
from sipdiag.capture.payload import Note
from sipdiag.facts.callview import CallView
from sipdiag.facts.identity import Identity, identify, opener, user_text
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.unreachable import Reports
from sipdiag.knowledge.numbers import Number

QUICK_STATUSES = frozenset({403, 486, 603})
"""Refusals under which carriers hide a barred country."""


class Wide:
    """Indices over all calls.  Built once, in one pass; asked a leg at a time in constant time."""

    def __init__(
        self,
        calls: Sequence[CallView],
        refused_bare: Iterable[int] = (),
        reports: Reports | None = None,
        notes: Iterable[Note] = (),
        media: Media | None = None,
    ) -> None:
        self.identities: dict[int, Identity] = {}
        self._reached: dict[str, set[str]] = defaultdict(set)
        self._refused: Counter[tuple[str, str]] = Counter()
        self._callers: dict[str, list[LegView]] = defaultdict(list)
        self._transferred: set[tuple[str, str]] = set()
        bare = frozenset(refused_bare)
        self.reports = reports or Reports(())
        self.media = media or Media(())
        self._gaps = [note for note in notes if note.code == "tcp-gap"]
        for call in calls:
            for view in call.legs:
                self._note_leg(call, view, bare)
            self._note_transfers(call)

    def _note_leg(self, call: CallView, view: LegView, bare: frozenset[int]) -> None:
        identity = identify(view, call.base(view))
        self.identities[id(view)] = identity
        region = region_of(identity.callee)
        trunk = trunk_of(view)
        if region is not None:
            if view.answered or view.ringing is not None:
                self._reached[trunk].add(region)
            elif view.status in QUICK_STATUSES and id(view) in bare:
                self._refused[(trunk, region)] += 1
        invite = opener(view.leg)
        key = number_key(user_text(invite.from_)) if invite is not None else None
        if view.answered and key is not None:
            self._callers[key].append(view)

    def _note_transfers(self, call: CallView) -> None:
        for transfer in call.transfers:
            if transfer.base is not None and transfer.transfer.refers and transfer.accepted:
                self._transferred.add(parties_of(transfer.base))

    def reached(self, view: LegView, region: str) -> bool:
        """A number of that country rang or was answered over the same trunk."""
        return region in self._reached.get(trunk_of(view), ())

    def works_elsewhere(self, view: LegView, region: str) -> bool:
        """A number of another country rang or was answered over the same trunk."""
        return bool(self._reached.get(trunk_of(view), set()) - {region})

    def refused_tries(self, view: LegView, region: str) -> int:
        """Legs to that country over the same trunk, refused without a reason and without ringing."""
        return self._refused[(trunk_of(view), region)]

    def caller_on_line(self, view: LegView, number: Number) -> LegView | None:
        """The leg whose caller has this number and was up when ``view``'s INVITE was sent."""
        key = number_key(number.e164 or number.raw)
        sent = view.leg.first_ns
        for other in self._callers.get(key or "", ()):
            answer = other.leg.answer
            if other is view or answer is None or answer.time_ns > sent or _same_sender(other, view):
                continue
            if other.end_ns is None or other.end_ns >= sent - 1_000_000_000:
                return other
        return None

    def stream_gap(self, view: LegView) -> bool:
        """Bytes of the streams between the leg's ends are missing while it lasted."""
        leg = view.leg
        if not self._gaps or leg.messages[0].captured.transport == "UDP":
            return False
        first, last = leg.messages[0].captured, leg.messages[-1].captured
        ends = [f" {leg.caller.address}:", f" {leg.callee.address}:"]
        return any(
            note.file == first.file
            and first.frame <= (note.frame or 0) <= last.frame
            and all(end in note.text for end in ends)
            for note in self._gaps
        )

    def sibling_transferred(self, view: LegView) -> bool:
        """Another call between the same parties was transferred by REFER."""
        return parties_of(view) in self._transferred


def _same_sender(other: LegView, view: LegView) -> bool:
    """Both legs were placed by the same side: the number they show is its own."""
    one, two = other.sides.caller, view.sides.caller
    return one.host.address == two.host.address or (one.voice_ai and one.id == two.id)


def region_of(number: Number | None) -> str | None:
    """The country a number belongs to; None for global services and what cannot be parsed."""
    if number is None or number.is_global_service or number.e164 is None:
        return None
    return number.region


def trunk_of(view: LegView) -> str:
    """What a leg was sent over: the provider at its far end, else that address."""
    side = view.sides.callee
    return side.id or side.host.address


def parties_of(view: LegView) -> tuple[str, str]:
    """Both ends, in no order."""
    ends = sorted(side.id or side.host.address for side in (view.sides.caller, view.sides.callee))
    return ends[0], ends[1]
