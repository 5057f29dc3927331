"""A message that a template matches is what its lines would have been taken for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.generate import write
from sipdiag.alike import template
from sipdiag.alike.shape import Shape, Shapes
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.read import read_messages
from sipdiag.pipeline.by_call_id import by_call_id
from tests.alike.calls import LADDER, ONE, OTHER, call
from tests.multiplied import multiplied

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*/*.pcap"))
NEVER = 1_000_000_000


def shapes_of(
    calls: list[list[CapturedMessage]], often: int, monkeypatch: pytest.MonkeyPatch
) -> list[Shape | None]:
    """The shapes of calls, where a text is often seen from so many messages on."""
    monkeypatch.setattr(template, "OFTEN", often)
    shapes = Shapes()
    return [shapes.of(messages) for messages in calls]


def calls_of(capture: Path) -> list[list[CapturedMessage]]:
    messages = read_messages([str(capture)]).messages
    return [list(one) for one in by_call_id(messages, frugal=False).values()]


def captures(folder: Path) -> Iterator[Path]:
    for shape in ("sip-only", "sip-varied"):
        write(shape, 400, 3, folder / f"{shape}.pcap")
        yield folder / f"{shape}.pcap"
    for odd in (False, True):
        multiplied(SAMPLES[5::32], copies=20, seed=1, out=folder / f"odd-{odd}.pcap", odd=odd)
        yield folder / f"odd-{odd}.pcap"


def test_with_templates_calls_have_the_shapes_that_they_have_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matched = 0
    parts = template.Templates.parts

    def counting(self: template.Templates, look: template.Look, raw: bytes) -> template.Parts | None:
        nonlocal matched
        found = parts(self, look, raw)
        matched += found is not None
        return found

    monkeypatch.setattr(template.Templates, "parts", counting)
    for capture in captures(tmp_path):
        calls = calls_of(capture)
        line_by_line = shapes_of(calls, NEVER, monkeypatch)
        assert matched == 0
        assert shapes_of(calls, 1, monkeypatch) == line_by_line
        assert shapes_of(calls, 3, monkeypatch) == line_by_line
        assert matched > 100
        matched = 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Max-Forwards: 70", "Max-Forwards: 71"),
        ("m=audio {media} RTP/AVP 0", "m=audio {media} RTP/AVP 8"),
        ("{caller}", "+1415555010012345678"),
        ("{near}", "192.0.2.256"),
        ("{branch}", "776asdhds:"),
        ("{cseq} INVITE", "0 INVITE"),
    ],
)
def test_a_message_that_differs_in_more_than_values_of_its_own_is_of_another_text(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in LADDER[0]
    ladder = (LADDER[0].replace(old, new), *LADDER[1:])
    calls = [call(ONE), call(OTHER), call(OTHER), call(OTHER, ladder)]
    *_, third, last = shapes_of(calls, 1, monkeypatch)
    assert third is not None
    assert last is None or last.number != third.number


def test_a_length_that_is_wrong_makes_no_everyday_call(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = call(OTHER)
    raw = wrong[0].message.raw
    at = raw.index(b"Content-Length: ") + 16
    wrong[0].message.raw = raw[:at] + b"9" + raw[at + 1 :]
    *_, third, last = shapes_of([call(ONE), call(OTHER), call(OTHER), wrong], 1, monkeypatch)
    assert third is not None
    assert last is None


def test_there_are_so_many_templates_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "MOST_ALIKE", 0)
    monkeypatch.setattr(template, "_template", lambda *_: pytest.fail("one more than there may be"))
    assert shapes_of([call(ONE), call(OTHER), call(OTHER)], 1, monkeypatch)[-1] is not None
    monkeypatch.setattr(template, "MOST_ALIKE", 8)
    monkeypatch.setattr(template, "MOST_TEMPLATES", 0)
    assert shapes_of([call(ONE), call(OTHER), call(OTHER)], 1, monkeypatch)[-1] is not None
