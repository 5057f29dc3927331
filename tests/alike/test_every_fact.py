"""No fact reads more of a call than its shape, its class and its course say: of calls that are alike each is told right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sipdiag.alike import lessons
from sipdiag.alike.lessons import Lessons, sighting
from sipdiag.alike.own import Owns
from sipdiag.alike.shape import Shapes
from sipdiag.alike.trail import NotPlainError
from sipdiag.calls.call import Legs, assemble
from sipdiag.calls.joining import Joined
from sipdiag.capture.losses import Losses
from sipdiag.facts.callview import CallView
from sipdiag.facts.known import Known
from sipdiag.facts.leg import LegFacts
from sipdiag.facts.legview import LegView
from sipdiag.facts.media import Media
from sipdiag.facts.observed import Observed
from sipdiag.knowledge.provider import Provider
from sipdiag.media.captured import CapturedMedia
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.read import read_messages
from sipdiag.pipeline.everyday import asked_for
from sipdiag.pipeline.run import load_rulebook
from sipdiag.rules.schema import Rule
from tests.multiplied import multiplied

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*/*.pcap"))
RULEBOOK = load_rulebook()
NAME = "c7"
ASKED_OF_LONG_ONES = {"invite_bytes"}
"""Rules ask for it from :data:`~sipdiag.facts.fragments.ONE_PACKET` on, where a call is no everyday one."""


def facts(name: str, messages: Sequence[CapturedMessage], end_ns: Any) -> tuple[Known, Known]:
    """Those of the only leg, and of the call."""
    legs = Legs(messages, RULEBOOK.providers)
    if len(legs.legs) != 1 or legs.exchanges:
        raise NotPlainError
    call = assemble(name, [(legs.legs[0], Joined(0))])
    view = LegView(legs.legs[0], end_ns, RULEBOOK.providers, Observed((), Losses(), None, ()))
    together = CallView(call, {legs.legs[0]: view}, None)
    return Known(LegFacts(view, together, None, Media(CapturedMedia()), None)), Known(together)


def fact(which: int, name: str, *call: Any) -> list[object]:
    return [facts(*call)[which].get(name)]


def calls_of(capture: Path) -> Mapping[str, Sequence[CapturedMessage]]:
    found: dict[str, list[CapturedMessage]] = defaultdict(list)
    for captured in read_messages([str(capture)]).messages:
        found[captured.message.call_id].append(captured)
    return found


def told(capture: Path) -> Iterator[tuple[str, object, object]]:
    """Each fact that was told of a call by others: its name, what was told, and what it is."""
    shapes, owns = Shapes(), Owns(RULEBOOK.providers, asked_for(RULEBOOK.catalogue))
    learnt: dict[tuple[int, str], Lessons] = {}
    names: tuple[set[str], set[str]] = (set(), set())
    calls = calls_of(capture)
    end_ns = max(messages[-1].time_ns for messages in calls.values())
    for call_id, messages in calls.items():
        shape = shapes.of(messages)
        if shape is None:
            continue
        try:
            itself = facts(NAME, messages, end_ns)
        except NotPlainError:
            continue
        seen = sighting(shape, owns.of(shape, call_id), messages, end_ns)
        for which, known in enumerate(itself):
            names[which].update(known)
            for name in sorted(names[which]):
                judge = partial(fact, which, name)
                lesson = learnt.setdefault((which, name), Lessons(judge, (Provider, Rule)))
                found = lesson.told(seen, NAME)
                if found is not None:
                    yield name, found[0], known.get(name)


@pytest.mark.parametrize("seed", range(3))
def test_every_fact(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "LEARNT_FROM", 1)
    multiplied(SAMPLES[seed::96], copies=48, seed=seed, out=tmp_path / "many.pcap", odd=True)
    counted: Counter[str] = Counter()
    for name, by_others, itself in told(tmp_path / "many.pcap"):
        assert by_others == itself or name in ASKED_OF_LONG_ONES, name
        counted[name] += 1
    assert len(counted) > 150
    assert counted.total() > 10_000
