"""All facts that rules may ask about, collected from the views that declare them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TypeVar

from sipdiag.facts.callview import CallView
from sipdiag.facts.capture import CaptureFacts
from sipdiag.facts.declare import EvidenceTable, Fact, FactTable
from sipdiag.facts.directiontable import EVIDENCE as DIRECTION_EVIDENCE
from sipdiag.facts.directiontable import FACTS as DIRECTION
from sipdiag.facts.exchanges import ExchangeFacts
from sipdiag.facts.known import declared
from sipdiag.facts.leg import LegFacts
from sipdiag.facts.registration import RegistrationFacts
from sipdiag.facts.transfer import TransferFacts

T = TypeVar("T")

_VIEWS: Mapping[str, type] = {
    "leg": LegFacts,
    "transfer": TransferFacts,
    "call": CallView,
    "registration": RegistrationFacts,
    "exchange": ExchangeFacts,
    "capture": CaptureFacts,
}
_KINDS = (*_VIEWS, "direction", "context")


@cache
def _facts(kind: str) -> tuple[Fact, ...]:
    if kind == "direction":
        return DIRECTION
    if kind == "context":
        from sipdiag.facts.configuration.table import FACTS as CONTEXT

        return CONTEXT
    return declared(_VIEWS[kind]).facts


@cache
def _evidence(kind: str) -> tuple[str, ...]:
    if kind == "direction":
        return DIRECTION_EVIDENCE
    if kind == "context":
        from sipdiag.facts.configuration.table import EVIDENCE as CONTEXT_EVIDENCE

        return CONTEXT_EVIDENCE
    return declared(_VIEWS[kind]).evidence


class _ByKind(Mapping[str, tuple[T, ...]]):
    """What is collected of a kind when it is first asked for: most captures have no transfers, and no files beside them."""

    def __init__(self, collected: Callable[[str], tuple[T, ...]]) -> None:
        self._collected = collected

    def __getitem__(self, kind: str) -> tuple[T, ...]:
        return self._collected(kind)

    def __iter__(self) -> Iterator[str]:
        return iter(_KINDS)

    def __len__(self) -> int:
        return len(_KINDS)


FACTS: FactTable = _ByKind(_facts)
"""Subject kind → its facts."""

EVIDENCE: EvidenceTable = _ByKind(_evidence)
"""Subject kind → the names under which rules cite its messages, or places in its documents."""
