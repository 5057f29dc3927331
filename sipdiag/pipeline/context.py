"""The files beside a capture as a subject of rules."""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.facts.configuration.files import Files
from sipdiag.facts.configuration.makers import advised
from sipdiag.facts.configuration.table import context_subject
from sipdiag.knowledge.provider import AdviceStep
from sipdiag.rules.subject import Subject


def context_of(files: Files) -> Subject:
    """What rules on ``context`` look at: all files together."""
    facts, evidence = context_subject(files)

    def advise(name: str) -> Sequence[AdviceStep]:
        cited, _, wanted = name.partition(".")
        return advised(files, evidence.get(cited, ()), wanted)

    return Subject("context", "context", facts, evidence, advise)
