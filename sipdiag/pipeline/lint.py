"""Configuration files judged without a capture."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sipdiag.capture.payload import Accounting
from sipdiag.facts.configuration.files import Files
from sipdiag.pipeline.configuration import describe, read_alone
from sipdiag.pipeline.context import context_of
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Rulebook


def lint(arguments: Sequence[str], day: datetime.date, rulebook: Rulebook) -> Analysis:
    """The findings on these files and folders, as an analysis without captures.

    :raises sipdiag.context.error.ContextError: no file could be read, or an unknown role.
    """
    context = read_alone(arguments, rulebook.providers, day)
    evaluator = rulebook.evaluator.again()
    findings = evaluator.evaluate([context_of(Files(context, rulebook.providers))])
    return Analysis(
        files=[],
        accounting=Accounting(),
        notes=evaluator.notes,
        sip_messages=0,
        calls=[],
        findings=sorted(findings, key=lambda one: (-one.severity, one.rule)),
        headline=None,
        rules_hash=rulebook.catalogue.digest,
        configuration=describe(context),
    )
