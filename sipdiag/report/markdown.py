"""The report as Markdown, for the body of a ticket (GitHub, GitLab, Jira, Zendesk).

Only headings, lists, tables, bold, code and fenced blocks are used.  Text from a capture is
escaped so that it can neither format nor link nor inject HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.report import configuration
from sipdiag.report.attempts import TRANSFERS, transfer_line
from sipdiag.report.labels import LABELS
from sipdiag.report.letter import letter
from sipdiag.report.letterforms import plain
from sipdiag.report.markup import code, escape, fenced
from sipdiag.report.mediapanel import media_lines
from sipdiag.report.outside import series_line, worst_first
from sipdiag.report.text import plural, sentence, shorten
from sipdiag.report.textladder import text_ladder
from sipdiag.report.times import date_and_time, stamp, zone_label
from sipdiag.report.verdict import (
    FindingGroup,
    Verdict,
    beside_findings,
    file_names,
    groups,
    passed_checks,
    untold_notes,
    verdict,
    where,
)
from sipdiag.report.wording import (
    SEVERITY_LABEL,
    confidence_words,
    expect_text,
    outcome_words,
    party_text,
    span_text,
)
from sipdiag.rules.finding import Finding

CALL_ROWS = 200
_LADDER_ROWS = 120
_OUTSIDE_ROWS = 20


def render(analysis: Analysis) -> str:
    """The verdict, its proof, what to do, the ladder, the other calls and the capture."""
    said = verdict(analysis)
    blocks = [*_verdict(analysis, said)]
    if said.result:
        blocks += _call(analysis, said.result)
    blocks += _configuration(analysis)
    blocks += _capture_findings(analysis, said)
    blocks += _outside(analysis)
    blocks += _calls(analysis, said)
    blocks += _capture(analysis)
    return "\n\n".join(blocks) + "\n"


def _configuration(analysis: Analysis) -> Iterator[str]:
    shown = configuration.view(analysis)
    if shown is None:
        return
    yield "## Configuration"
    yield escape(shown.agreement)
    head = ("File", "Taken for", "Belongs to", "Changed", "Against the capture")
    yield _table(
        head,
        [
            [code(file.name), *map(escape, (file.title, file.bound, file.changed, file.standing))]
            for file in shown.files
        ],
    )
    if shown.used:
        rows = [[code(one.file), one.line, code(one.text), escape(one.rules)] for one in shown.used]
        yield _table(("File", "Line", "Setting used", "Used in"), rows)


def _outside(analysis: Analysis) -> Iterator[str]:
    shown = worst_first(analysis.exchanges)[:_OUTSIDE_ROWS]
    if shown:
        yield "## Registrations and other requests outside calls"
        yield "\n".join(f"- {escape(series_line(one))}" for one in shown)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _verdict(analysis: Analysis, said: Verdict) -> Iterator[str]:
    yield f"# {escape(said.label)}"
    yield f"**{escape(said.sentence)}**"
    if said.finding:
        yield from _finding(analysis, said.accused, said.finding)


def _finding(analysis: Analysis, result: CallDetail | None, finding: Finding) -> Iterator[str]:
    word, meaning = confidence_words(finding, result)
    yield _table(
        ["", ""],
        [
            [LABELS.cause, f"{escape(finding.title)} ({code(finding.rule)})"],
            [LABELS.confidence, f"{word}: {meaning}"],
            [LABELS.acts, escape(finding.acts.who)],
        ],
    )
    if finding.why:
        yield escape(finding.why)
    if finding.fix:
        yield f"## {LABELS.steps}"
        yield "\n".join(_steps(finding))
    if finding.evidence:
        yield f"## {LABELS.evidence}"
        rows = [
            [
                escape(where(analysis, item.position)),
                "" if item.time_ns is None else code(stamp(item.time_ns)),
                code(item.what),
            ]
            for item in finding.evidence
        ]
        yield _table(["Where", f"Time ({zone_label()})", "What"], rows)
    if finding.references:
        yield "References: " + escape("; ".join(finding.references))
    message = letter(analysis, result, finding)
    if message:
        yield f"## {LABELS.todo if message.ours else LABELS.message}"
        yield fenced(plain(message))


def _steps(finding: Finding) -> Iterator[str]:
    for number, step in enumerate(finding.fix, 1):
        link = f" ([documentation](<{step.url}>))" if step.url and _plain_link(step.url) else ""
        yield f"{number}. {escape(step.text)}{link}"
        indent = " " * (len(str(number)) + 2)
        if step.command:
            yield ""
            yield "\n".join(indent + line for line in fenced(step.command).split("\n"))
            yield ""
        if step.change is not None:
            yield f"{indent}{code(f'{step.change.file}:{step.change.line}')}: {code(step.change.old)} becomes {code(step.change.new)}"


def _plain_link(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s<>()\"'`|\\]+", url) is not None


def _call(analysis: Analysis, result: CallDetail) -> Iterator[str]:
    others = [g for g in groups(result.findings) if g.finding is not result.root_cause or g.consequences]
    if others:
        yield "## Other findings"
        yield "\n".join(line for group in others for line in _group(group, result))
    if result.cannot_tell:
        yield "## What this capture cannot show"
        yield "\n".join(
            f"- {escape(sentence(item.missing))} Next time: {escape(sentence(item.capture_next))}"
            for item in result.cannot_tell
        )
    if result.transfers:
        yield "## Transfer" if len(result.transfers) == 1 else "## Transfers"
        told = [f"- {escape(sentence(transfer_line(item)))}" for item in result.transfers[:TRANSFERS]]
        more = len(result.transfers) - len(told)
        yield "\n".join([*told, f"- {plural(more, 'more transfer')}"] if more else told)
    yield f"## Call flow ({escape(party_text(result.from_))} to {escape(party_text(result.to))})"
    yield fenced("\n".join(text_ladder(result, limit=_LADDER_ROWS)))
    yield _table(
        ["Leg", "Call-ID", "Role", "End", "Linked by"],
        [
            [
                leg.leg.id,
                code(leg.leg.call_id),
                leg.leg.role,
                escape(f"{leg.state} {leg.status or ''} {leg.reason or ''}".strip()),
                escape(f"{leg.leg.joined_by.how} ({leg.leg.joined_by.confidence})")
                if leg.leg.joined_by
                else "–",
            ]
            for leg in result.legs
        ],
    )
    heard = list(media_lines(result))
    if heard:
        yield "## What was heard"
        yield "\n".join(f"- {escape(text)}" for text in heard)
    if result.passed:
        yield "## Checked and in order"
        yield "\n".join(f"- {escape(text)}" for text in passed_checks(result))


def _group(group: FindingGroup, result: CallDetail) -> Iterator[str]:
    if group.finding is result.root_cause:
        yield f"- {group.number}. {escape(group.finding.title)} (the cause above) led to:"
    else:
        yield _finding_line(group.number, group.finding)
    for number, finding in group.consequences:
        yield "  " + _finding_line(number, finding)


def _finding_line(number: int, finding: Finding) -> str:
    return (
        f"- {number}. **{SEVERITY_LABEL[finding.severity]}: {escape(finding.title)}** "
        f"({code(finding.rule)}, {finding.confidence.name}) {escape(finding.sentence)}"
    )


def _capture_findings(analysis: Analysis, said: Verdict) -> Iterator[str]:
    rest = beside_findings(analysis, said)
    if rest:
        yield "## Findings outside calls"
        yield "\n".join(_finding_line(number, finding) for number, finding in enumerate(rest, 1))


def _calls(analysis: Analysis, said: Verdict) -> Iterator[str]:
    if len(analysis.calls) < 2:
        return
    yield f"## All {plural(len(analysis.calls), 'call')}"
    rows = [
        [
            result.id + (" (above)" if result is said.result else ""),
            date_and_time(result.began_ns),
            escape(party_text(result.from_)),
            escape(party_text(result.to)),
            outcome_words(result.outcome).label,
            code(result.root_cause.rule) if result.root_cause else "–",
        ]
        for result in analysis.calls[:CALL_ROWS]
    ]
    yield _table(["Call", "Start", "From", "To", "Outcome", "Root cause"], rows)
    if len(analysis.calls) > CALL_ROWS:
        yield f"{len(analysis.calls) - CALL_ROWS:,} more calls are not listed; `sipdiag calls` lists all."


def _capture(analysis: Analysis) -> Iterator[str]:
    frames = analysis.accounting
    yield "## Capture"
    lines = [
        f"- File: {code(shorten(name, 120))}, {escape(file.format)}, {plural(file.packets, 'packet')}"
        + (f", SHA-256 {code(file.sha256)}" if file.sha256 else "")
        for name, file in zip(file_names(analysis), analysis.files, strict=True)
    ]
    span = span_text(frames)
    if span:
        lines.append(f"- From {span}")
    lines.append(
        f"- {plural(frames.seen, 'frame')}: {frames.sip:,} SIP, {frames.rtp:,} RTP, {frames.other:,} other; "
        f"{plural(analysis.sip_messages, 'SIP message')}"
    )
    lines += [f"- Not decoded: {count:,} × {escape(reason)}" for reason, count in frames.undecoded.items()]
    lines += [f"- Left out: {count:,} × {escape(what)}" for what, count in analysis.left_out.items()]
    lines += [f"- Warning: {escape(note.text)}" for note in untold_notes(analysis)]
    if analysis.expect:
        lines.append(f"- Expected: {escape(expect_text(analysis))}")
    yield "\n".join(lines)
