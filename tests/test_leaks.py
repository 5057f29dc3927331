"""No original value is seen in any redacted output, and no verdict changes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from sipdiag.capture.payload import CaptureError
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.read import Reading, read_messages
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.redaction.reading import Redaction, file_name
from sipdiag.redaction.scrub import scrubbed
from sipdiag.regression.case import expectation_path, load_case
from sipdiag.regression.expectation import Arguments
from sipdiag.report import html, json, junit, markdown, sarif, terminal
from sipdiag.report.messagelist import json_lines, tsv_lines
from sipdiag.scenario import compile_scenario
from tests.accuracy.measure import HERE as ACCURACY
from tests.accuracy.measure import labels
from tests.leaks import leaks, originals
from tests.outside import CORPUS

SAMPLES = Path(__file__).parent.parent / "sample_pcaps"
LARGEST = 150_000
"""Bytes; larger captures of the corpus say nothing new about redaction and take long."""
KEY = b"key of the tests"

CAPTURES = [
    *sorted(SAMPLES.glob("*/*.pcap")),
    *sorted(
        path
        for path in CORPUS.glob("captures/*/*")
        if path.suffix not in (".keylog", ".pem", ".md") and path.stat().st_size <= LARGEST
    ),
]

NOT_IN_A_SCRUBBED_CAPTURE = frozenset(
    {"capture/damaged", "capture/encrypted", "capture/no-sip", "capture/truncated", "capture/incomplete"}
)
"""Findings on the original file or on what is no SIP: a capture made anew has neither."""


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


@cache
def arguments_of(path: Path) -> Arguments:
    return load_case(expectation_path(path)).arguments if path.is_relative_to(SAMPLES) else Arguments()


def analysis_of(
    path: Path,
    redaction: Redaction | None = None,
    call: str | None = None,
    wanted: Arguments | None = None,
) -> Analysis:
    arguments = wanted or arguments_of(path)
    try:
        return analyze(
            [str(path)],
            expect=arguments.expect,
            call_filter=call or arguments.call_filter,
            rulebook=rulebook(),
            redaction=redaction,
        )[0]
    except CaptureError:
        pytest.skip("no capture")


def redacted_reading(path: Path) -> tuple[Reading, Redaction]:
    reading, redaction = read_messages([str(path)], keep_media=True), Redaction(KEY)
    redaction.apply(reading, rulebook().providers)
    return reading, redaction


_ANCHOR = re.compile(r'((?:id="|href="#|data-anchor="))call-[0-9]+')
"""Our own names of places in the page; a Call-ID of some capture is called like that too."""
_ROLE = re.compile(r"^([A-Z][a-z]+) .+")
"""A role; the number after it is a pseudonym in redacted outputs."""


def outputs(analysis: Analysis, messages: Sequence[CapturedMessage]) -> Iterator[tuple[str, str]]:
    """Every output there is, by name."""
    yield "html", _ANCHOR.sub(r"\1", html.render(analysis))
    yield "json", json.render(analysis)
    yield "markdown", markdown.render(analysis)
    yield "text", terminal.render(analysis)
    yield "sarif", sarif.render(analysis)
    yield "junit", junit.render(analysis)
    yield "calls", terminal.render_calls(analysis)
    for result in analysis.details[:20]:
        yield f"show {result.call.id}", terminal.render_call(analysis, result)
    yield "tsv", "".join(tsv_lines(messages, [file_name(1)]))
    yield "messages", "".join(json_lines(messages, [file_name(1)]))


def verdict(analysis: Analysis) -> list[object]:
    calls: list[object] = [
        (
            result.call.id,
            result.outcome,
            result.root_cause.rule if result.root_cause else None,
            [(f.rule, f.subject, f.role, f.severity, f.confidence, f.acts.as_) for f in result.findings],
            [(t.outcome, t.refer_status, t.target.country) for t in result.transfers],
            (result.from_.country, result.to.country, result.setup_s, result.ring_s, result.talk_s),
            [(leg.state, leg.status, leg.provider) for leg in result.legs],
            [
                (one.provider, one.name if one.provider else _ROLE.sub(r"\1", one.name))
                for one in result.participants
            ],
        )
        for result in analysis.details
    ]
    return [*calls, [(f.rule, f.severity, f.confidence) for f in analysis.findings]]


@pytest.mark.parametrize("path", CAPTURES, ids=name_of)
def test_no_output_names_anybody(path: Path) -> None:
    analysis = analysis_of(path, Redaction(KEY))
    values = originals(read_messages([str(path)]).messages, rulebook().providers)
    shown = outputs(analysis, redacted_reading(path)[0].messages)
    found = {name: leaked for name, text in shown if (leaked := leaks(values, text))}
    assert not found


@pytest.mark.parametrize("path", CAPTURES, ids=name_of)
def test_the_verdict_stays(path: Path) -> None:
    assert verdict(analysis_of(path, Redaction(KEY))) == verdict(analysis_of(path))


@pytest.mark.parametrize("path", CAPTURES, ids=name_of)
def test_a_scrubbed_capture_names_nobody_and_has_the_same_verdict(path: Path, tmp_path: Path) -> None:
    # What a scrubbed capture can be held against is the capture alone, without the files that lie beside it.
    alone = tmp_path / path.name
    alone.symlink_to(path.resolve())
    wanted = arguments_of(path)
    before = analysis_of(alone, wanted=wanted)
    reading, redaction = redacted_reading(path)
    clean = tmp_path / "clean.pcap"
    with clean.open("wb") as file:
        file.writelines(scrubbed(reading))
    values = originals(read_messages([str(path)]).messages, rulebook().providers)
    assert not leaks(values, clean.read_bytes().decode("latin-1"))
    again = read_messages([str(clean)]).messages
    assert not {end.address for captured in again for end in (captured.src, captured.dst)} & values

    after, errors = analyze(
        [str(clean)],
        expect=wanted.expect,
        call_filter=redaction.term(wanted.call_filter) if wanted.call_filter else None,
        rulebook=rulebook(),
    )
    assert not errors
    assert [(call.outcome, call.root_cause and call.root_cause.rule) for call in after.details] == [
        (call.outcome, call.root_cause and call.root_cause.rule) for call in before.details
    ]
    assert {f.rule for f in before.findings} - {f.rule for f in after.findings} <= NOT_IN_A_SCRUBBED_CAPTURE


def test_file_names_are_not_shown(tmp_path: Path) -> None:
    named = tmp_path / "acme-customer-4711.pcap"
    named.write_bytes((SAMPLES / "capture" / "damaged.pcap").read_bytes())
    analysis = analyze([str(named)], rulebook=rulebook(), redaction=Redaction(KEY))[0]
    digest = hashlib.sha256(named.read_bytes()).hexdigest()
    for name, text in outputs(analysis, redacted_reading(named)[0].messages):
        assert not leaks([named.stem, tmp_path.name, digest], text), name


def test_the_search_for_leaks_finds_them() -> None:
    """The values of a sample are seen in each output that is not redacted."""
    path = SAMPLES / "transfer" / "bridged-though-refer-expected.pcap"
    analysis = analysis_of(path)
    messages = read_messages([str(path)]).messages
    values = originals(messages, rulebook().providers)
    assert len(values) > 20
    for name, text in outputs(analysis, messages):
        assert leaks(values, text), name


LABELLED = sorted(labels())[::8]
"""Every eighth: the others say nothing new, and the whole set takes long."""


@pytest.mark.parametrize("name", LABELLED)
def test_a_labelled_capture_has_the_same_verdict(name: str, tmp_path: Path) -> None:
    path, clean = tmp_path / "labelled.pcap", tmp_path / "clean.pcap"
    path.write_bytes(compile_scenario(ACCURACY / f"{name}.scenario.yaml"))
    arguments = labels()[name].get("args", [])
    expect = arguments[arguments.index("--expect") + 1] if "--expect" in arguments else None

    def judged(capture: Path, redaction: Redaction | None = None) -> Analysis:
        return analyze([str(capture)], expect=expect, rulebook=rulebook(), redaction=redaction)[0]

    before = judged(path)
    assert verdict(judged(path, Redaction(KEY))) == verdict(before)
    clean.write_bytes(b"".join(scrubbed(redacted_reading(path)[0])))
    assert [(call.outcome, call.root_cause and call.root_cause.rule) for call in judged(clean).calls] == [
        (call.outcome, call.root_cause and call.root_cause.rule) for call in before.calls
    ]
