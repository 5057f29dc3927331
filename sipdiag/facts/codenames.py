"""Names for statuses and causes, as conditions write them: ``Status.busy_here``, ``Q850.user_busy``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, cast

from sipdiag.facts.declare import EnumClass
from sipdiag.knowledge.codes import Q850_CAUSES, SIP_STATUSES


def _named(name: str, numbers: Mapping[int, str]) -> EnumClass:
    """The words of the tables, in lower case and joined by underscores; of two with the same words, the later has its number behind."""
    members: dict[str, int] = {}
    for number, words in numbers.items():
        slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
        members[slug if slug not in members else f"{slug}_{number}"] = number
    return cast(EnumClass, cast(Any, IntEnum)(name, members))


Status = _named("Status", {number: one.name for number, one in SIP_STATUSES.items()})
"""SIP statuses by their reason phrases."""
Q850 = _named("Q850", {number: one.name for number, one in Q850_CAUSES.items()})
"""Q.850 causes by the names that the recommendation gives them."""
