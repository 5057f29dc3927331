"""The report for a terminal: the same story in about 25 lines.

What is printed where is decided here, how it gets to the terminal in :mod:`sipdiag.report.page`.
"""

from __future__ import annotations

from sipdiag.report.flow import flow, host_name, names
from sipdiag.report.page import Page, page
from sipdiag.report.text import host_text, message_text, plural, sentence
from sipdiag.report.textladder import text_ladder
from sipdiag.report.times import clock, date_and_time, duration, rfc3339
from sipdiag.report.verdict import Verdict, file_names, frame_text, groups, verdict
from sipdiag.report.wording import CONFIDENCE, SEVERITY_TONE, Tone, actor, outcome_words, party_text
from sipdiag.results import Analysis, CallResult
from sipdiag.rules.finding import Finding

_STYLE: dict[Tone, str] = {
    "bad": "bold red",
    "warn": "bold yellow",
    "good": "bold green",
    "calm": "bold cyan",
}
_MARK: dict[Tone, str] = {"bad": "✗", "warn": "!", "good": "✓", "calm": "i"}
_STEPS = 3
_LABEL = 9
_EVIDENCE = 4
_OTHERS = 4


def render(analysis: Analysis, *, width: int = 100, color: bool = False) -> str:
    """Verdict, who has to act, steps, evidence, other findings, the capture in a line."""
    out = page(width, color)
    said = verdict(analysis)
    style = _STYLE[said.tone]
    out.line(f"{_MARK[said.tone]} {said.label}", style)
    out.line(said.sentence, "bold", indent=2)
    if said.result:
        out.line(_call_line(said.result), "dim", indent=2)
    if said.finding:
        _finding(out, analysis, said.finding, said.accused)
    if said.result:
        _others(out, said)
    if said.healthy and said.result:
        for item in said.result.passed[:_OTHERS]:
            out.line(f"✓ {item.text}", "green", indent=2)
    _counts(out, analysis, said)
    return out.text()


def render_calls(analysis: Analysis, *, width: int = 120, color: bool = False) -> str:
    """One line a call: id, time, from → to, outcome, root cause."""
    out = page(width, color)
    if not analysis.calls:
        out.line("No calls.")
    ends = [f"{party_text(r.from_)} → {party_text(r.to)}" for r in analysis.calls]
    widest = min(max((len(text) for text in ends), default=0), 60)
    for result, text in zip(analysis.calls, ends, strict=True):
        words = outcome_words(result.outcome)
        root = result.root_cause.rule if result.root_cause else ""
        head = f"{result.call.id:<4} {date_and_time(result.call.start_ns)}  {text:<{widest}}  "
        out.parts((head, ""), (f"{words.label:<24}", _STYLE[words.tone]), (root, ""), wrap=False)
    return out.text()


def render_call(analysis: Analysis, result: CallResult, *, width: int = 120, color: bool = False) -> str:
    """The ladder of one call and its messages, digest responses masked."""
    out = page(width, color)
    words = outcome_words(result.outcome)
    out.parts((f"Call {result.call.id}: ", "bold"), (words.label, _STYLE[words.tone]))
    out.line(_call_line(result), indent=2)
    for number, finding in enumerate(result.findings, 1):
        style = _STYLE[SEVERITY_TONE[finding.severity]]
        out.parts((f"  {number} ", style), (f"{finding.rule}: ", style), (finding.sentence, ""))
    for leg in result.legs:
        joined = f", joined by {leg.leg.joined_by.how}" if leg.leg.joined_by else ""
        out.line(f"{leg.leg.id} {leg.leg.role} leg, Call-ID {leg.leg.call_id}{joined}", "dim", indent=2)
    out.line("")
    for line in text_ladder(result, width=width):
        out.raw(line)
    known = names(result)
    for row in flow(result):
        captured = row.captured
        where = frame_text(analysis, captured.file, captured.frame)
        ends = f"{host_name(captured.src, known)} {host_text(captured.src)} → "
        ends += f"{host_name(captured.dst, known)} {host_text(captured.dst)}"
        out.line("")
        out.line(
            f"── {where}  {clock(captured.time_ns, digits=6)}  {captured.transport}  {ends}", "bold cyan"
        )
        out.raw(message_text(captured).rstrip("\n"))
    return out.text()


def _call_line(result: CallResult) -> str:
    times = [
        f"{name} {duration(value)}"
        for name, value in (("setup", result.setup_s), ("ring", result.ring_s), ("talk", result.talk_s))
        if value is not None
    ]
    ends = f"{party_text(result.from_)} → {party_text(result.to)}"
    return ", ".join([ends, date_and_time(result.call.start_ns), *times])


def _finding(out: Page, analysis: Analysis, finding: Finding, result: CallResult | None) -> None:
    word, meaning = CONFIDENCE[finding.confidence]
    out.line("")
    out.field("Cause", f"{finding.title} ({finding.rule})")
    out.field("Sure?", f"{word}: {meaning}")
    out.field("Who acts", actor(finding, result))
    for number, step in enumerate(finding.fix[:_STEPS], 1):
        out.field("Fix" if number == 1 else "", f"{number}. {step.text}")
        if step.command:
            out.line(step.command, "cyan", indent=12)
    if len(finding.fix) > _STEPS:
        out.line(f"… {plural(len(finding.fix) - _STEPS, 'more step')} in the report", "dim", indent=_LABEL)
    for number, item in enumerate(finding.evidence[:_EVIDENCE]):
        where = frame_text(analysis, item.captured.file, item.captured.frame)
        told = f"{where}  {rfc3339(item.captured.time_ns)}  {item.what}"
        out.field("" if number else "Proof", told)


def _others(out: Page, said: Verdict) -> None:
    result = said.result
    others = [g for g in groups(result.findings) if g.finding is not said.finding] if result else []
    if others:
        out.line("")
    for group in others[:_OTHERS]:
        tone = SEVERITY_TONE[group.finding.severity]
        out.parts((f"{_MARK[tone]} ", _STYLE[tone]), (f"{group.finding.rule}: {group.finding.sentence}", ""))
    if len(others) > _OTHERS:
        out.line(f"… {plural(len(others) - _OTHERS, 'more finding')} in the report", "dim", indent=2)
    for item in result.cannot_tell[:2] if result else ():
        out.parts(("? ", "bold"), (f"{sentence(item.missing)} Next time: {sentence(item.capture_next)}", ""))


def _counts(out: Page, analysis: Analysis, said: Verdict) -> None:
    frames = analysis.accounting
    out.line("")
    for finding in analysis.findings[:_OTHERS]:
        if finding is not said.finding:
            tone = SEVERITY_TONE[finding.severity]
            out.parts((f"{_MARK[tone]} ", _STYLE[tone]), (f"{finding.rule}: {finding.sentence}", ""))
    for note in analysis.notes[:_OTHERS]:
        out.parts(("! ", _STYLE["warn"]), (note.text, ""))
    files = ", ".join(file_names(analysis)[:3]) + (" …" if len(analysis.files) > 3 else "")
    out.line(
        f"{files}: {plural(frames.seen, 'frame')}, {plural(analysis.sip_messages, 'SIP message')}, "
        f"{plural(len(analysis.calls), 'call')}"
        + (f"; {sum(frames.undecoded.values()):,} frames not decoded" if frames.undecoded else ""),
        "dim",
    )
