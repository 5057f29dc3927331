"""Findings as the HTML page shows them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.report.cited import Cited
from sipdiag.report.times import stamp
from sipdiag.report.verdict import groups, leg_named, where
from sipdiag.report.wording import SEVERITY_LABEL, SEVERITY_TONE, Tone, confidence_words
from sipdiag.rules.finding import Evidence, Finding, FixStep


class EvidenceView(Struct, frozen=True):
    message: str | None
    """Id of the message on the page; None if it is none."""
    place: str | None
    """Id of the row of what is no message."""
    where: str
    time: str
    what: str


class FindingView(Struct, frozen=True):
    anchor: str
    """Its id on the page: ``finding-2``."""
    number: int
    rule: str
    leg: str
    """Id of the leg it is about, where the call has several."""
    title: str
    sentence: str
    why: str
    tone: Tone
    severity: str
    confidence: str
    meaning: str
    actor: str
    """Who has to act."""
    because: str
    """Why it is that party."""
    steps: tuple[FixStep, ...]
    evidence: tuple[EvidenceView, ...]
    references: tuple[str, ...]
    consequences: tuple[FindingView, ...]


def finding_views(
    analysis: Analysis,
    findings: Sequence[Finding],
    result: CallDetail | None,
    cited: Cited,
    prefix: str = "",
) -> tuple[FindingView, ...]:
    """Findings in order, consequences under their cause; ``cited``: where on the page their evidence stands.

    ``prefix`` begins their ids on the page: ``call-3-`` makes ``call-3-finding-1``.
    """

    def view(number: int, finding: Finding, consequences: tuple[FindingView, ...] = ()) -> FindingView:
        confidence, meaning = confidence_words(finding, result)
        return FindingView(
            anchor=f"{prefix}finding-{number}",
            number=number,
            rule=finding.rule,
            leg=leg_named(finding, result),
            title=finding.title,
            sentence=finding.sentence,
            why=finding.why,
            tone=SEVERITY_TONE[finding.severity],
            severity=SEVERITY_LABEL[finding.severity],
            confidence=confidence,
            meaning=meaning,
            actor=finding.acts.who,
            because=finding.acts.because,
            steps=finding.fix,
            evidence=tuple(_evidence(analysis, e, cited) for e in finding.evidence),
            references=finding.references,
            consequences=consequences,
        )

    return tuple(
        view(group.number, group.finding, tuple(view(n, f) for n, f in group.consequences))
        for group in groups(findings)
    )


def _evidence(analysis: Analysis, evidence: Evidence, cited: Cited) -> EvidenceView:
    return EvidenceView(
        message=cited.message(evidence),
        place=cited.place(evidence),
        where=where(analysis, evidence.position),
        time=stamp(evidence.time_ns),
        what=evidence.what,
    )
