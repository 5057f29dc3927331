"""What facts are about.  The command line names these kinds in its help, so nothing is imported here."""

from __future__ import annotations

from typing import Literal

SubjectKind = Literal[
    "leg", "direction", "transfer", "call", "registration", "exchange", "capture", "context"
]

SUBJECT_KINDS: tuple[SubjectKind, ...] = (
    "leg",
    "direction",
    "transfer",
    "call",
    "registration",
    "exchange",
    "capture",
    "context",
)
