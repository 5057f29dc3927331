"""The message of :mod:`sipdiag.report.letter`, written for mail, Markdown, Slack and Jira."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from sipdiag.report.labels import LABELS
from sipdiag.report.letter import Letter
from sipdiag.report.markup import code, escape, fenced
from sipdiag.report.text import visible, visible_block


def plain(letter: Letter) -> str:
    """As the text of a mail."""
    lines = _head(letter)
    lines += [letter.opening, ""]
    lines.append("To do:" if letter.ours else "Please:")
    for number, ask in enumerate(letter.asks, 1):
        lines.append(f"[ ] {ask.text}" if letter.ours else f"{number}. {ask.text}")
        lines += [f"   {line}" for line in ask.command.splitlines()]
    if letter.notes:
        lines += ["", "Good to know:", *(f"- {note}" for note in letter.notes)]
    lines += ["", *(f"{label}: {value}" for label, value in letter.facts)]
    if letter.evidence:
        lines += ["", _evidence_head(letter), *(f"- {item}" for item in letter.evidence)]
    return "\n".join(visible(line) for line in [*lines, "", *letter.closing])


def _head(letter: Letter) -> list[str]:
    if letter.ours:
        return [f"{letter.to}: {letter.subject}", ""]
    return [f"Subject: {letter.subject}", "", f"To: {letter.to}", ""]


def _evidence_head(letter: Letter) -> str:
    return f"{LABELS.evidence} (all times UTC):" if letter.timed else f"{LABELS.evidence}:"


def markdown(letter: Letter) -> str:
    """As a comment on GitHub, GitLab or in any ticket system that reads Markdown."""
    lines = [f"**{escape(letter.subject)}**", "", escape(letter.opening), ""]
    lines.append("**To do**" if letter.ours else f"**{escape(letter.to)}, please:**")
    lines.append("")
    for number, ask in enumerate(letter.asks, 1):
        lines.append(f"- [ ] {escape(ask.text)}" if letter.ours else f"{number}. {escape(ask.text)}")
        if ask.command:
            lines += ["", *(f"   {line}" for line in fenced(ask.command).split("\n")), ""]
    lines += _listed("**Good to know**", map(escape, letter.notes), "- ")
    lines += _listed("", (f"{escape(label)}: {code(value)}" for label, value in letter.facts), "- ")
    lines += _listed(f"**{_evidence_head(letter)}**", map(code, letter.evidence), "- ")
    return "\n".join([*lines, "", *(escape(line) for line in letter.closing)])


def slack(letter: Letter) -> str:
    """In Slack's own marks."""
    lines = [f"*{_slack(letter.subject)}*", _slack(letter.opening), ""]
    lines.append("*To do*" if letter.ours else f"*{_slack(letter.to)}, please:*")
    for number, ask in enumerate(letter.asks, 1):
        lines.append(f"{number}. {_slack(ask.text)}")
        lines += [f"```{_unfenced(ask.command)}```"] if ask.command else []
    lines += _listed("*Good to know*", map(_slack, letter.notes), "• ")
    lines += _listed("", (f"{label}: {_slack_code(value)}" for label, value in letter.facts), "• ")
    lines += _listed(f"*{_evidence_head(letter)}*", map(_slack_code, letter.evidence), "• ")
    return "\n".join([*lines, "", *(_slack(line) for line in letter.closing)])


def jira(letter: Letter) -> str:
    """In Jira's wiki marks."""
    lines = [f"*{_jira(letter.subject)}*", "", _jira(letter.opening), ""]
    lines.append("*To do*" if letter.ours else f"*{_jira(letter.to)}, please:*")
    for ask in letter.asks:
        lines.append(f"# {_jira(ask.text)}")
        lines += [_noformat(ask.command)] if ask.command else []
    lines += _listed("*Good to know*", map(_jira, letter.notes), "* ")
    lines += _listed("", (f"{label}: {_jira(value)}" for label, value in letter.facts), "* ")
    if letter.evidence:
        lines += ["", f"*{_evidence_head(letter)}*", _noformat("\n".join(letter.evidence))]
    return "\n".join([*lines, "", *(_jira(line) for line in letter.closing)])


def _listed(title: str, items: Iterator[str], mark: str) -> list[str]:
    shown = [f"{mark}{item}" for item in items]
    return ["", *([title] if title else []), *shown] if shown else []


_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _slack(text: str) -> str:
    return visible(text).translate(_SLACK)


def _slack_code(text: str) -> str:
    return f"`{_slack(text).replace('`', chr(39))}`"


def _unfenced(text: str) -> str:
    return visible_block(text).translate(_SLACK).replace("```", "'''")


def _jira(text: str) -> str:
    return re.sub(r"([\\*_+\-^~{}\[\]|!?#@])", r"\\\1", visible(text))


def _noformat(text: str) -> str:
    """A block of literal text that nothing in it can end."""
    return "{noformat}\n" + re.sub(r"\{(?=noformat)", "( ", visible_block(text)) + "\n{noformat}"


_FORMS: dict[str, Callable[[Letter], str]] = {
    "Mail": plain,
    "Markdown": markdown,
    "Slack": slack,
    "Jira": jira,
}


def forms(letter: Letter) -> Sequence[tuple[str, str]]:
    """Every form with its name."""
    return [(name, form(letter)) for name, form in _FORMS.items()]
