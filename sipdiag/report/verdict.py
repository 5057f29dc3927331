"""The verdict: the first thing every output says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary
from sipdiag.position import wording
from sipdiag.report.configuration import contradiction
from sipdiag.report.outside import counted
from sipdiag.report.text import plural, visible
from sipdiag.report.times import duration
from sipdiag.report.wording import SEVERITY_TONE, Tone, outcome_words
from sipdiag.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from sipdiag.capture.payload import Note
    from sipdiag.position import Position

_HEALTHY = {
    "answered": "The call was answered and ended normally",
    "transferred": "The call was answered and transferred",
    "in-progress": "The capture ends while the call is in progress; nothing was wrong until then",
    "cancelled": "The caller hung up before the call was answered",
}


class Verdict(Struct, frozen=True):
    """The verdict on the whole input."""

    tone: Tone
    label: str
    """A word or two: ``Transfer failed``, ``No fault found``."""
    sentence: str
    result: CallDetail | None
    """The call the verdict is about; the one to show in full."""
    finding: Finding | None
    """The root cause."""
    beside: bool = False
    """The finding is about the capture or about requests outside calls."""
    files: str = ""
    """What the files beside the capture contradict, where the calls are in order."""

    @property
    def accused(self) -> CallDetail | None:
        """The call the finding is about."""
        return None if self.beside else self.result

    @property
    def healthy(self) -> bool:
        return self.tone == "good"


class FindingGroup(Struct, frozen=True):
    """A finding with the findings that follow from it; numbers as the ladder shows them."""

    number: int
    finding: Finding
    consequences: tuple[tuple[int, Finding], ...]


def verdict(analysis: Analysis) -> Verdict:
    """The headline's root cause; failing that, what was found instead."""
    calls = len(analysis.calls)
    if analysis.headline:
        call_id, finding = analysis.headline
        result = next((r for r in analysis.details if r.id == call_id), None)
        label = outcome_words(result.outcome).label if result else finding.title
        return Verdict(SEVERITY_TONE[finding.severity], label, finding.sentence, result, finding)
    only = analysis.details[0] if calls == 1 and analysis.details else None
    beside = [one for one in analysis.findings if one.subject != "context"]
    worst = max(beside, key=lambda f: (f.severity, f.confidence), default=None)
    if worst and worst.severity > Severity.info:
        return Verdict(SEVERITY_TONE[worst.severity], worst.title, worst.sentence, only, worst, beside=True)
    if analysis.sip_messages == 0:
        said = next((f.sentence for f in analysis.findings if f.rule == "capture/no-sip"), None)
        return Verdict("calm", "No SIP", said or "The capture holds no SIP message.", None, None)
    if calls == 0:
        count = plural(analysis.sip_messages, "SIP message")
        held = f"The capture holds {count} and no call."
        if analysis.exchanges:
            held = f"The capture holds {count} and no call: {counted(analysis.exchanges)}."
        if analysis.left_out:
            held = "--call selected no call of the capture; 'sipdiag calls' lists them."
        return Verdict("calm", "No call", held, None, None)
    unexplained = [r for r in analysis.calls if outcome_words(r.outcome).tone in ("bad", "warn")]
    if unexplained:
        return _unexplained(unexplained, only, calls)
    files = contradiction(analysis) or ""
    if only:
        label = outcome_words(only.outcome).label
        return Verdict("good", label, _well(only), only, None, files=files)
    sentence = f"No warnings or errors in {calls:,} calls."
    if files:
        sentence = f"Nothing was wrong with the {calls:,} calls."
    return Verdict("good", "No fault found", sentence, None, None, files=files)


def _well(result: CallDetail) -> str:
    """The outcome of a healthy call, and who hung up when."""
    said = _HEALTHY.get(result.outcome, "Nothing was wrong with the call")
    ender = ended_by(result)
    if result.outcome == "answered" and result.talk_s is not None and ender:
        said += f": {ender} hung up after {duration(result.talk_s)}"
    return f"{said}."


def ended_by(result: CallDetail) -> str:
    """Who ended the call, as the ladder names it; empty where nobody did."""
    by = result.ended_by
    ends = [one for one in result.participants if by in (one.provider, one.host.address)]
    return ends[0].name if by and ends else by or ""


def _unexplained(results: list[CallSummary], only: CallDetail | None, calls: int) -> Verdict:
    """Calls that did not succeed although no rule fired: never passed off as healthy."""
    label = outcome_words(results[0].outcome).label if only else "Cause unknown"
    about = "The call" if only else f"{len(results):,} of {calls:,} calls"
    sentence = f"{about} did not succeed, and no rule explains why."
    noted = next((one for one in only.findings if one.decides), None) if only else None
    if noted is not None:
        # Nobody was at fault: the caller hung up.
        sentence = noted.sentence
    if only and only.outcome == "transfer-unknown":
        left = next((one for one in only.findings if one.decides and not one.to_act), None)
        sentence = (
            left.sentence if left else "Whether the transfer succeeded cannot be told from this capture."
        )
    shown = next((result for result in results if isinstance(result, CallDetail)), None)
    return Verdict("warn", label, sentence, shown, None)


def groups(findings: Iterable[Finding]) -> list[FindingGroup]:
    """Findings in their order, each consequence under the finding it follows from."""
    numbered = list(enumerate(findings, 1))
    causes = {finding.rule for _, finding in numbered if finding.role != "consequence"}
    result: list[FindingGroup] = []
    for number, finding in numbered:
        if finding.role == "consequence" and finding.consequence_of in causes:
            continue
        folded = () if finding.role == "consequence" else _following(finding, numbered)
        result.append(FindingGroup(number, finding, folded))
    return result


def _following(cause: Finding, numbered: list[tuple[int, Finding]]) -> tuple[tuple[int, Finding], ...]:
    return tuple(
        (number, finding)
        for number, finding in numbered
        if finding.role == "consequence" and finding.consequence_of == cause.rule
    )


def leg_named(finding: Finding, result: CallDetail | None) -> str:
    """The id of the leg that a finding is about, where the call has several; else empty."""
    legs = [leg.leg.id for leg in result.legs] if result is not None else []
    return finding.subject if len(legs) > 1 and finding.subject in legs else ""


def beside_findings(analysis: Analysis, said: Verdict) -> list[Finding]:
    """Findings on the capture and outside calls, except what the verdict or their own cause already says."""
    told = {(f.subject, f.rule) for f in analysis.findings}
    return [
        f
        for f in analysis.findings
        if f is not said.finding and f.sentence != said.sentence and (f.subject, f.consequence_of) not in told
    ]


def untold_notes(analysis: Analysis) -> list[Note]:
    """The warnings of the capture that no finding already covers, each text once."""
    told = [
        f"{finding.sentence} {finding.why}"
        for finding in analysis.every_finding
        if finding.rule.startswith("capture/")
    ]
    notes = {note.text: note for note in reversed(analysis.notes)}
    return [note for note in reversed(notes.values()) if not any(note.text in text for text in told)]


def passed_checks(result: CallDetail) -> list[str]:
    """What was found in order, each text once."""
    return list(dict.fromkeys(item.text for item in result.passed))


def file_names(analysis: Analysis) -> list[str]:
    """Names of the input files without their folders, since reports are passed on."""
    return [PurePath(file.path).name or file.path for file in analysis.files]


def where(analysis: Analysis, position: Position) -> str:
    """A position in words, fit to print: see :func:`sipdiag.position.wording`."""
    return visible(wording(position, file_names(analysis)))
