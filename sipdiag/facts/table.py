"""All facts that rules may ask about, collected from the views that declare them."""

from __future__ import annotations

from sipdiag.facts.callview import CallView
from sipdiag.facts.capture import CaptureFacts
from sipdiag.facts.configuration.table import EVIDENCE as CONTEXT_EVIDENCE
from sipdiag.facts.configuration.table import FACTS as CONTEXT
from sipdiag.facts.declare import Fact
from sipdiag.facts.directiontable import EVIDENCE as DIRECTION_EVIDENCE
from sipdiag.facts.directiontable import FACTS as DIRECTION
from sipdiag.facts.exchanges import ExchangeFacts
from sipdiag.facts.known import declared
from sipdiag.facts.leg import LegFacts
from sipdiag.facts.registration import RegistrationFacts
from sipdiag.facts.subjects import SubjectKind
from sipdiag.facts.transfer import TransferFacts

_VIEWS: dict[SubjectKind, type] = {
    "leg": LegFacts,
    "transfer": TransferFacts,
    "call": CallView,
    "registration": RegistrationFacts,
    "exchange": ExchangeFacts,
    "capture": CaptureFacts,
}

FACTS: dict[str, tuple[Fact, ...]] = {
    **{kind: declared(view).facts for kind, view in _VIEWS.items()},
    "direction": DIRECTION,
    "context": CONTEXT,
}
"""Subject kind → its facts."""

EVIDENCE: dict[str, tuple[str, ...]] = {
    **{kind: declared(view).evidence for kind, view in _VIEWS.items()},
    "direction": DIRECTION_EVIDENCE,
    "context": CONTEXT_EVIDENCE,
}
"""Subject kind → the names under which rules cite its messages, or places in its documents."""
