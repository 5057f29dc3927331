"""An analysis for Python code: the result, with methods that write the reports.

In a notebook it shows itself as a card with the verdict.
"""

from __future__ import annotations

from msgspec.structs import asdict

from sipdiag.pipeline.results import Analysis
from sipdiag.report.labels import LABELS
from sipdiag.report.text import visible
from sipdiag.report.triage import scope
from sipdiag.report.verdict import file_names, verdict
from sipdiag.report.wording import Tone, confidence_words

_COLOURS: dict[Tone, str] = {"bad": "#c9362c", "warn": "#b87400", "good": "#1d8a4d", "calm": "#4a6d92"}
"""Colours readable on a light and on a dark page."""
_STEPS = 3
"""Steps that the card shows."""


class Report(Analysis, frozen=True):
    """What :func:`sipdiag.analyze` returns: an :class:`~sipdiag.pipeline.results.Analysis` that can write its reports."""

    @classmethod
    def of(cls, analysis: Analysis) -> Report:
        """The analysis as a report."""
        return cls(**asdict(analysis))

    def to_html(self) -> str:
        """The page, whole: one self-contained file."""
        from sipdiag.report import html

        return html.render(self)

    def to_json(self) -> str:
        """The JSON document, as ``analyze -f json`` writes it."""
        from sipdiag.report import json

        return json.render(self)

    def to_markdown(self) -> str:
        """The report for the body of a ticket."""
        from sipdiag.report import markdown

        return markdown.render(self)

    def _repr_html_(self) -> str:
        """A card: the verdict, who has to act, what to do."""
        from markupsafe import Markup

        said = verdict(self)
        colour = _COLOURS[said.tone]
        parts = [
            Markup('<div style="font-weight:600;color:{}">{}</div>').format(colour, visible(said.label)),
            Markup('<div style="font-size:1.15em;font-weight:600;margin:4px 0 8px">{}</div>').format(
                visible(said.sentence)
            ),
        ]
        finding = said.finding
        if finding is not None:
            word, meaning = confidence_words(finding, said.accused)
            rows = [
                (LABELS.cause, f"{finding.title} ({finding.rule})"),
                (LABELS.confidence, f"{word}: {meaning}"),
                (LABELS.acts, finding.acts.who),
            ]
            rows += [
                (LABELS.steps if not number else "", step.text)
                for number, step in enumerate(finding.fix[:_STEPS])
            ]
            parts += [
                Markup('<div><span style="opacity:.7">{}</span> {}</div>').format(
                    f"{label}:" if label else "", visible(text)
                )
                for label, text in rows
            ]
            of = scope(self, said)
            if of:
                parts.append(Markup("<div>{}</div>").format(of))
        names = ", ".join(file_names(self)[:3])
        parts.append(
            Markup('<div style="opacity:.7;font-size:.9em;margin-top:8px">{}</div>').format(
                visible(f"{names}: {len(self.calls)} calls, {self.sip_messages} SIP messages")
            )
        )
        box = '<div style="border:1px solid {0};border-left:6px solid {0};border-radius:4px;padding:12px 16px;max-width:80ch">{1}</div>'
        return str(Markup(box).format(colour, Markup("").join(parts)))
