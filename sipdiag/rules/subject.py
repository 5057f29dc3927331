"""What rules are evaluated on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sipdiag.rules.acts import Acts, Named, unnamed

if TYPE_CHECKING:
    from sipdiag.facts.among import Standing
    from sipdiag.knowledge.provider import AdviceStep
    from sipdiag.messages.captured import CapturedMessage
    from sipdiag.position import Packet, Place

Cited = Sequence["CapturedMessage | Packet | Place"]
EvidenceSource = Callable[[str], Cited] | Mapping[str, Cited]
"""Name of the evidence table → the messages, or places in documents, that go by it; none is no error."""


def cited_by(source: EvidenceSource, name: str) -> Cited:
    """What goes by a name."""
    return source.get(name, ()) if isinstance(source, Mapping) else source(name)


AdviceSource = Callable[[str], "Sequence[AdviceStep]"]
"""``cause`` (what the table of whoever refused says of this refusal) or ``PARTY.NAME`` → the steps; none is no error."""


def no_advice(name: str) -> Sequence[AdviceStep]:
    """A subject without parties."""
    return ()


class Subject(Struct, frozen=True):
    """A leg, transfer, call, registration, exchange, or the capture itself, as its facts."""

    kind: str
    id: str
    """``c1.1``; ``capture`` for the capture itself."""
    facts: Mapping[str, object]
    """Known facts only; members of closed sets may be given as such.  What is not known yet is ``LATER``."""
    evidence: EvidenceSource = field(default_factory=dict)
    advice: AdviceSource = no_advice
    """What the provider tables advise here, by the names a rule's ``fix`` may call for."""
    acts: Callable[[Named], Acts] = unnamed
    """The party of a class, by name."""
    decides: bool = False
    """The leg or transfer that decided its call's outcome."""
    call: str | None = None
    """Id of the call it belongs to; None for what is no part of a call."""
    standing: Callable[[], Standing] | None = None
    """From which what is not known yet will follow; only a leg has such facts."""


def in_order(subject: str) -> list[tuple[int, str]]:
    """Sort key of a subject's id: ``c1.2`` before ``c1.10``."""
    parts = re.findall(r"\d+|\D+", subject)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
