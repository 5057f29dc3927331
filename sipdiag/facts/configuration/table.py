"""All facts and evidence of a set of documents, collected from the checks."""

from __future__ import annotations

from collections.abc import Mapping

from sipdiag.facts.configuration import (
    admission,
    callerid,
    credentials,
    dispatch,
    reading,
    switches,
    targets,
    tools,
    twiml,
)
from sipdiag.facts.configuration.check import CHECKS, Spot, facts_of_checks
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.declare import Fact
from sipdiag.position import Place

MODULES = (admission, callerid, credentials, dispatch, reading, switches, targets, tools, twiml)
"""Importing them declares their checks."""

_CHECKS = dict(sorted(CHECKS.items(), key=lambda one: one[1].__module__))
"""By module, whichever was imported first."""
FACTS: tuple[Fact, ...] = tuple(facts_of_checks(_CHECKS))
EVIDENCE: tuple[str, ...] = tuple(_CHECKS)


def context_subject(files: Files) -> tuple[Mapping[str, object], Mapping[str, tuple[Place, ...]]]:
    """The facts of the documents and the places that prove them, by name of the check."""
    facts: dict[str, object] = {}
    evidence: dict[str, tuple[Place, ...]] = {}
    for name, function in _CHECKS.items():
        found: Spot | None = function(files)
        facts[name] = found is not None
        if found is None:
            continue
        facts[f"{name}_value"] = found.value
        facts[f"{name}_other"] = found.other
        facts[f"{name}_grave"] = found.grave
        facts[f"{name}_repaired"] = found.repaired
        evidence[name] = found.places
    return facts, evidence
