"""Whose the files are that a finding cites, and what those makers advise."""

from __future__ import annotations

from collections.abc import Iterable

from sipdiag.facts.configuration.files import Files
from sipdiag.knowledge.provider import AdviceStep
from sipdiag.position import Place


def advised(files: Files, cited: Iterable[object], name: str) -> tuple[AdviceStep, ...]:
    """What the makers of the cited files advise under this name; nothing of what is no place in a file."""
    names = {one.file for one in cited if isinstance(one, Place)}
    makers = dict.fromkeys(
        document.kind.provider for document in files.context.documents if document.file.name in names
    )
    return tuple(step for maker in makers for step in files.providers.get(maker).advice_of(name))
