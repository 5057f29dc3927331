"""The first thing every output says, and the message that can be sent to whoever has to act."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from sipdiag.pipeline.results import Analysis, CallDetail, CallSummary
from sipdiag.position import wording
from sipdiag.report.text import plural, visible
from sipdiag.report.times import date_and_time, rfc3339
from sipdiag.report.wording import SEVERITY_TONE, Tone, confidence_words, outcome_words, party_text
from sipdiag.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from sipdiag.capture.payload import Note
    from sipdiag.position import Position

_HEALTHY = {
    "answered": "No fault found: the call was answered.",
    "transferred": "No fault found: the call was answered and transferred.",
    "in-progress": "No fault found so far: the capture ends while the call is in progress.",
    "cancelled": "No fault found: the caller hung up before an answer.",
}

_LETTER_EVIDENCE = 12


class Verdict(NamedTuple):
    """What the whole input amounts to."""

    tone: Tone
    label: str
    """A word or two: ``Transfer failed``, ``No fault found``."""
    sentence: str
    result: CallDetail | None
    """The call the verdict is about; the one to show in full."""
    finding: Finding | None
    """The root cause."""
    calls: int
    beside: bool = False
    """The finding is about the capture or about what is no call."""

    @property
    def accused(self) -> CallDetail | None:
        """The call the finding is about."""
        return None if self.beside else self.result

    @property
    def healthy(self) -> bool:
        return self.tone == "good"


class Group(NamedTuple):
    """A finding with the findings that follow from it; numbers as the ladder shows them."""

    number: int
    finding: Finding
    consequences: tuple[tuple[int, Finding], ...]


def verdict(analysis: Analysis) -> Verdict:
    """The headline's root cause; without one, what was found instead."""
    calls = len(analysis.calls)
    if analysis.headline:
        call_id, finding = analysis.headline
        result = next((r for r in analysis.details if r.id == call_id), None)
        label = outcome_words(result.outcome).label if result else finding.title
        return Verdict(SEVERITY_TONE[finding.severity], label, finding.sentence, result, finding, calls)
    only = analysis.details[0] if calls == 1 and analysis.details else None
    worst = max(analysis.findings, key=lambda f: (f.severity, f.confidence), default=None)
    if worst and worst.severity > Severity.info:
        return Verdict(SEVERITY_TONE[worst.severity], worst.title, worst.sentence, only, worst, calls, True)
    if analysis.sip_messages == 0:
        said = next((f.sentence for f in analysis.findings if f.rule == "capture/no-sip"), None)
        return Verdict("calm", "No SIP", said or "The capture holds no SIP message.", None, None, 0)
    if calls == 0:
        count = plural(analysis.sip_messages, "SIP message")
        held = f"The capture holds {count} and no call."
        if analysis.left_out:
            held = "--call selected no call of the capture; 'sipdiag calls' lists them."
        return Verdict("calm", "No call", held, None, None, 0)
    unexplained = [r for r in analysis.calls if outcome_words(r.outcome).tone in ("bad", "warn")]
    if unexplained:
        return _unexplained(unexplained, only, calls)
    sentence = f"No fault found in {calls:,} calls."
    if only:
        sentence = _HEALTHY.get(only.outcome, "No fault found.")
    return Verdict("good", "No fault found", sentence, only, None, calls)


def _unexplained(results: list[CallSummary], only: CallDetail | None, calls: int) -> Verdict:
    """Calls that did not succeed although no rule fired: never passed off as healthy."""
    label = outcome_words(results[0].outcome).label if only else "Cause unknown"
    about = "The call" if only else f"{len(results):,} of {calls:,} calls"
    sentence = f"{about} did not succeed, and no rule explains why."
    noted = next((one for one in only.findings if one.decides), None) if only else None
    if noted is not None:
        # What decided was nobody's fault: the caller hung up.
        sentence = noted.sentence
    if only and only.outcome == "transfer-unknown":
        left = next((one for one in only.findings if one.decides and not one.to_act), None)
        sentence = (
            left.sentence if left else "Whether the transfer succeeded cannot be told from this capture."
        )
    shown = next((result for result in results if isinstance(result, CallDetail)), None)
    return Verdict("warn", label, sentence, shown, None, calls)


def groups(findings: Iterable[Finding]) -> list[Group]:
    """Findings in their order, each consequence under the finding it follows from."""
    numbered = list(enumerate(findings, 1))
    causes = {finding.rule for _, finding in numbered if finding.role != "consequence"}
    result: list[Group] = []
    for number, finding in numbered:
        if finding.role == "consequence" and finding.consequence_of in causes:
            continue
        folded = () if finding.role == "consequence" else _following(finding, numbered)
        result.append(Group(number, finding, folded))
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
    """Findings on the capture and on what is no call, but for what the verdict or their own cause says already."""
    told = {(f.subject, f.rule) for f in analysis.findings}
    return [
        f
        for f in analysis.findings
        if f is not said.finding and f.sentence != said.sentence and (f.subject, f.consequence_of) not in told
    ]


def untold_notes(analysis: Analysis) -> list[Note]:
    """The warnings of the capture that no finding says already, each text once."""
    findings = [*analysis.findings, *(finding for result in analysis.calls for finding in result.findings)]
    told = [
        f"{finding.sentence} {finding.why}" for finding in findings if finding.rule.startswith("capture/")
    ]
    notes = {note.text: note for note in reversed(analysis.notes)}
    return [note for note in reversed(notes.values()) if not any(note.text in text for text in told)]


def passed_checks(result: CallDetail) -> list[str]:
    """What was found in order, each text once."""
    return list(dict.fromkeys(item.text for item in result.passed))


def file_names(analysis: Analysis) -> list[str]:
    """Names of the input files without their folders, which are nobody else's business."""
    return [PurePath(file.path).name or file.path for file in analysis.files]


def where(analysis: Analysis, position: Position) -> str:
    """A position in words, fit to print: see :func:`sipdiag.position.wording`."""
    return visible(wording(position, file_names(analysis)))


def letter(analysis: Analysis, result: CallDetail | None, finding: Finding) -> str:
    """A message to the party that has to act: what happened, how to find it, the proof, the wish.

    Empty where nobody has to.
    """
    if not finding.to_act:
        return ""
    starts = [item.time_ns for item in finding.evidence if item.time_ns is not None]
    start = result.began_ns if result else min(starts, default=analysis.accounting.first_ns)
    when = f" ({date_and_time(start)})" if start is not None else ""
    lines = [f"Subject: {finding.title}{when}", "", f"To: {finding.acts.who}", "", finding.sentence, ""]
    lines += _call_lines(result) if result else _exchange_lines(finding)
    timed = any(item.time_ns is not None for item in finding.evidence)
    lines += ["", "Evidence (all times UTC):" if timed else "Evidence:"] if finding.evidence else []
    for item in finding.evidence[:_LETTER_EVIDENCE]:
        time = "" if item.time_ns is None else f"{rfc3339(item.time_ns)} "
        lines.append(f"- {time}{where(analysis, item.position)}: {item.what}")
    lines.append(f"Capture: {', '.join(file_names(analysis))}")
    if finding.fix:
        lines += ["", "Please:"]
        for number, step in enumerate(finding.fix, 1):
            lines.append(f"{number}. {step.text}")
            lines += [f"   {line}" for line in (step.command or "").splitlines()]
    certain, meaning = confidence_words(finding)
    lines += ["", f"Confidence of this diagnosis: {certain.lower()} ({meaning})."]
    if finding.references:
        lines.append(f"References: {'; '.join(finding.references)}")
    return "\n".join(visible(line) for line in lines)


def _call_lines(result: CallDetail) -> list[str]:
    return [
        f"Call: {party_text(result.from_)} to {party_text(result.to)}",
        *([f"Start: {rfc3339(result.began_ns)}"] if result.time_known else []),
        *([f"End:   {rfc3339(result.over_ns)}"] if result.time_known else []),
        *(f"Call-ID ({leg.leg.role} leg): {leg.leg.call_id}" for leg in result.legs),
        *_vendor_ids(result),
    ]


def _exchange_lines(finding: Finding) -> list[str]:
    ids = dict.fromkeys(item.captured.message.call_id for item in finding.evidence if item.captured)
    return [f"Call-ID: {call_id}" for call_id in ids][:_LETTER_EVIDENCE]


def _vendor_ids(result: CallDetail) -> list[str]:
    """The ids by which a provider's support finds the call, and the Session-ID (RFC 7989)."""
    ids = [one for leg in result.legs for one in (*leg.call_ids, *leg.account_ids)]
    for leg in result.legs:
        sessions = (entry.captured.message.header("Session-ID") for entry in leg.leg.messages)
        ids += [("Session-ID", value) for value in sessions if value]
    return list(dict.fromkeys(f"{name}: {value}" for name, value in ids))[:_LETTER_EVIDENCE]
