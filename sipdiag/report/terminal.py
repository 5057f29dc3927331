"""The report for a terminal: the same story in about 25 lines.

What is printed where is decided here, how it gets to the terminal in :mod:`sipdiag.report.page`.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.capture.payload import host_text
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.report import configuration, triage
from sipdiag.report.attempts import TRANSFERS, transfer_line
from sipdiag.report.flow import flow, host_name, names
from sipdiag.report.labels import LABELS
from sipdiag.report.mediapanel import media_lines
from sipdiag.report.outside import series_line, worst_first
from sipdiag.report.page import LABEL, TextPage, page
from sipdiag.report.text import message_text, plural, sentence
from sipdiag.report.textladder import text_ladder
from sipdiag.report.times import clock, date_and_time, duration, stamp
from sipdiag.report.verdict import (
    Verdict,
    beside_findings,
    file_names,
    groups,
    leg_named,
    passed_checks,
    untold_notes,
    verdict,
    where,
)
from sipdiag.report.wording import (
    SEVERITY_TONE,
    Tone,
    brief_text,
    confidence_words,
    frames_text,
    outcome_words,
    party_text,
    ringing_word,
)
from sipdiag.rules.evidence import evidence_and_remarks
from sipdiag.rules.finding import Evidence, Finding

_STYLE: dict[Tone, str] = {
    "bad": "bold red",
    "warn": "bold yellow",
    "good": "bold green",
    "calm": "bold cyan",
}
_MARK: dict[Tone, str] = {"bad": "✗", "warn": "!", "good": "✓", "calm": "i"}
LINES = 25
"""Lines that fit on a terminal; exceeded only where even the shortest story is longer."""


class Amount(Struct, frozen=True):
    """How much of each kind is printed."""

    steps: int
    evidence: int
    findings: int
    unknowns: int


_AMOUNTS = (
    Amount(3, 4, 4, 2),
    Amount(3, 3, 3, 1),
    Amount(2, 2, 2, 1),
    Amount(1, 2, 1, 1),
    Amount(1, 1, 1, 0),
)
"""From the most detail, where there is room, down to what is always printed."""
_EVERYTHING = Amount(12, 12, 12, 12)
"""Where one can scroll."""


def render(analysis: Analysis, *, width: int = 100, color: bool = False) -> str:
    """Of several calls how many failed, for what and when; then verdict, who has to act, steps, evidence, transfers,
    other findings, the capture: in 25 lines.
    """
    for amount in _AMOUNTS:
        text = _story(page(width, color=False), analysis, amount)
        if text.count("\n") <= LINES:
            break
    return _story(page(width, color=True), analysis, amount) if color else text


def _story(out: TextPage, analysis: Analysis, amount: Amount) -> str:
    said = verdict(analysis)
    if len(analysis.calls) > 1:
        for label, text in triage.lines(analysis):
            out.field(label, text)
        out.line("")
    out.line(f"{_MARK[said.tone]} {said.label}", _STYLE[said.tone])
    out.line(said.sentence, "bold", indent=2)
    if said.result:
        name = f"{said.result.id}: " if len(analysis.calls) > 1 else ""
        out.line(name + _call_line(said.result), "dim", indent=2)
    of = triage.scope(analysis, said)
    if of:
        out.line(of, indent=2)
    if said.finding:
        _finding(out, analysis, said.finding, said.accused, amount)
    if said.result:
        _transfers(out, said.result, amount.findings)
        _others(out, said.result, said.finding, amount)
    if not analysis.calls:
        for one in worst_first(analysis.exchanges)[: amount.findings]:
            out.line(series_line(one), indent=2)
    if said.healthy and said.result:
        for text in passed_checks(said.result)[: amount.findings]:
            out.line(f"✓ {text}", "green", indent=2)
    _counts(out, analysis, said, amount)
    return out.text()


def render_calls(analysis: Analysis, *, width: int = 120, color: bool = False) -> str:
    """One line per call: id, time, from → to, outcome, root cause."""
    out = page(width, color)
    if not analysis.calls:
        out.line("No calls.")
    ends = [f"{party_text(r.from_)} → {party_text(r.to)}" for r in analysis.calls]
    widest = min(max((len(text) for text in ends), default=0), 60)
    for result, text in zip(analysis.calls, ends, strict=True):
        words = outcome_words(result.outcome)
        root = result.root_cause.rule if result.root_cause else ""
        head = f"{result.id:<4} {date_and_time(result.began_ns)}  {text:<{widest}}  "
        out.parts((head, ""), (f"{words.label:<24}", _STYLE[words.tone]), (root, ""), wrap=False)
    return out.text()


def render_call(analysis: Analysis, result: CallDetail, *, width: int = 120, color: bool = False) -> str:
    """The ladder of one call and its messages, secrets masked."""
    out = page(width, color)
    words = outcome_words(result.outcome)
    out.parts((f"Call {result.id}: ", "bold"), (words.label, _STYLE[words.tone]))
    out.line(_call_line(result), indent=2)
    for number, finding in enumerate(result.findings, 1):
        style = _STYLE[SEVERITY_TONE[finding.severity]]
        out.item(f"  {number} ", style, f"{finding.rule}: {finding.sentence}")
    _transfers(out, result, TRANSFERS)
    for text in media_lines(result, show_digits=analysis.show_digits):
        out.line(text, indent=2)
    for leg in result.legs:
        joined = f", linked by: {leg.leg.joined_by.how}" if leg.leg.joined_by else ""
        out.line(f"{leg.leg.id} {leg.leg.role} leg, Call-ID {leg.leg.call_id}{joined}", "dim", indent=2)
    out.line("")
    for line in text_ladder(result, width=width):
        out.raw(line)
    known = names(result)
    for row in flow(result):
        captured = row.captured
        ends = f"{host_name(captured.src, known)} {host_text(captured.src)} → "
        ends += f"{host_name(captured.dst, known)} {host_text(captured.dst)}"
        out.line("")
        out.line(
            f"── {where(analysis, captured.position)}  {clock(captured.known_ns, digits=6)}  {captured.transport}  {ends}",
            "bold cyan",
        )
        out.raw(message_text(captured, show_digits=analysis.show_digits).rstrip("\n"))
    return out.text()


def render_verdict(analysis: Analysis, result: CallDetail, *, width: int = 100, color: bool = False) -> str:
    """One call: its outcome, cause, who has to act, steps, evidence, and everything else found."""
    out = page(width, color)
    words, root = outcome_words(result.outcome), result.root_cause
    out.line(f"{_MARK[words.tone]} {words.label}", _STYLE[words.tone])
    if root is not None:
        out.line(root.sentence, "bold", indent=2)
        _finding(out, analysis, root, result, _EVERYTHING)
    _transfers(out, result, TRANSFERS)
    for text in media_lines(result, show_digits=analysis.show_digits):
        out.line(text, indent=2)
    for group in groups(result.findings):
        if group.finding is not root:
            _found(out, group.finding, result)
    for item in result.cannot_tell:
        out.item("? ", "bold", f"{sentence(item.missing)} Next time: {sentence(item.capture_next)}")
    for text in passed_checks(result):
        out.line(f"✓ {text}", "green", indent=2)
    return out.text()


def _call_line(result: CallDetail) -> str:
    times = [
        f"{name} {duration(value)}"
        for name, value in (
            ("setup", result.setup_s),
            (ringing_word(result), result.ring_s),
            ("talk", result.talk_s),
        )
        if value is not None
    ]
    ends = f"{party_text(result.from_)} → {party_text(result.to)}"
    return ", ".join([ends, date_and_time(result.began_ns), *times])


def _finding(
    out: TextPage, analysis: Analysis, finding: Finding, result: CallDetail | None, amount: Amount
) -> None:
    word, meaning = confidence_words(finding, result)
    out.line("")
    out.field(LABELS.cause, f"{finding.title} ({finding.rule})")
    out.field(LABELS.confidence, f"{word}: {meaning}")
    out.field(LABELS.acts, finding.acts.who)
    for number, step in enumerate(finding.fix[: amount.steps], 1):
        out.field(LABELS.steps if number == 1 else "", f"{number}. {step.text}")
        if step.command and (step.change is None or step.change.new != step.command):
            out.line(step.command, "cyan", indent=LABEL + 3)
        if step.change is not None:
            change = step.change
            out.line(f"{change.file}:{change.line}: {change.old} → {change.new}", "cyan", indent=LABEL + 3)
    if len(finding.fix) > amount.steps:
        out.line(
            f"… {plural(len(finding.fix) - amount.steps, 'more step')} in the report", "dim", indent=LABEL
        )
    for number, item in enumerate(_telling(finding.evidence, amount.evidence)):
        time = () if item.time_ns is None else (stamp(item.time_ns),)
        out.field(
            "" if number else LABELS.evidence, "  ".join([where(analysis, item.position), *time, item.what])
        )


def _telling(evidence: Sequence[Evidence], most: int) -> Sequence[Evidence]:
    """At most ``most`` items; the last, which settled the matter, is always among them, and so is what a log says."""
    evidence, quoted = evidence_and_remarks(evidence)
    return (*_some(evidence, most), *quoted[:1])


def _some(evidence: Sequence[Evidence], most: int) -> Sequence[Evidence]:
    return evidence if len(evidence) <= most else (*evidence[: most - 1], evidence[-1])


def _transfers(out: TextPage, result: CallDetail, most: int) -> None:
    for item in result.transfers[:most]:
        out.field("Transfer", transfer_line(item))
    if len(result.transfers) > most:
        out.line(f"… {plural(len(result.transfers) - most, 'more transfer')}", "dim", indent=LABEL)


def _others(out: TextPage, result: CallDetail, told: Finding | None, amount: Amount) -> None:
    others = [group for group in groups(result.findings) if group.finding is not told]
    if others:
        out.line("")
    for group in others[: amount.findings]:
        _found(out, group.finding, result)
    if len(others) > amount.findings:
        more = plural(len(others) - amount.findings, "more finding")
        out.line(f"… {more} in the report", "dim", indent=2)
    for item in result.cannot_tell[: amount.unknowns]:
        out.item("? ", "bold", f"{sentence(item.missing)} Next time: {sentence(item.capture_next)}")


def _found(out: TextPage, finding: Finding, result: CallDetail | None = None) -> None:
    tone = SEVERITY_TONE[finding.severity]
    leg = leg_named(finding, result)
    place = f" ({leg})" if leg else ""
    out.item(f"{_MARK[tone]} ", _STYLE[tone], f"{finding.rule}{place}: {finding.sentence}")


def _counts(out: TextPage, analysis: Analysis, said: Verdict, amount: Amount) -> None:
    frames = analysis.accounting
    out.line("")
    beside = beside_findings(analysis, said)
    for finding in beside[: amount.findings]:
        _found(out, finding)
    notes = untold_notes(analysis)
    for note in notes[: amount.findings]:
        out.item("! ", _STYLE["warn"], note.text)
    hidden = max(len(beside) - amount.findings, 0) + max(len(notes) - amount.findings, 0)
    if hidden:
        out.line(f"… {plural(hidden, 'more note')} on the capture in the report", "dim", indent=2)
    told = brief_text(analysis)
    if told:
        out.line(told, "dim")
    if analysis.configuration is not None:
        out.field("Files", configuration.one_line(analysis.configuration))
    files = ", ".join(file_names(analysis)[:3]) + (" …" if len(analysis.files) > 3 else "")
    out.line(
        f"{files}: {frames_text(frames)}, {plural(analysis.sip_messages, 'SIP message')}, "
        f"{plural(len(analysis.calls), 'call')}",
        "dim",
    )
