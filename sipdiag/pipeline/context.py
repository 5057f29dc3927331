"""The files beside a capture as a subject of rules."""

from __future__ import annotations

from sipdiag.facts.configuration.files import Files
from sipdiag.facts.configuration.table import context_subject
from sipdiag.rules.subject import Subject


def context_of(files: Files) -> Subject:
    """What rules on ``context`` look at: all files together."""
    facts, evidence = context_subject(files)
    return Subject("context", "context", facts, evidence)
