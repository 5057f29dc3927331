"""The labels of a finding's parts, in every output.  This module imports nothing: templates are compiled with it."""

from __future__ import annotations

from msgspec import Struct


class Labels(Struct, frozen=True):
    """What the parts of a finding are called, in every output."""

    cause: str = "Root cause"
    confidence: str = "Confidence"
    acts: str = "Who has to act"
    steps: str = "What to do"
    evidence: str = "Proof"
    consequences: str = "Consequences"
    message: str = "Message to send"
    todo: str = "To do for us"


LABELS = Labels()
