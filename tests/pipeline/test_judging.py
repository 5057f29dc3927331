"""A call that is judged before the others are known comes to the verdict it would have afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from sipdiag.facts.among import Whole
from sipdiag.facts.callview import CallView
from sipdiag.pipeline import shard
from sipdiag.pipeline.call import Bench, Judgement, judgement, settled
from sipdiag.pipeline.results import CallSummary
from sipdiag.pipeline.run import analyze, load_rulebook
from sipdiag.rules.evaluate import Evaluator

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*/*.pcap"))


class Watched:
    """The judgements of an analysis, and what they were settled as."""

    def __init__(self) -> None:
        self.made: list[tuple[CallView, Bench, Judgement]] = []
        self.settled: list[CallSummary] = []
        self.whole: Whole | None = None

    def judgement(self, call: CallView, bench: Bench) -> Judgement:
        made = judgement(call, bench)
        self.made.append((call, bench, made))
        return made

    def settle(self, judged: Judgement, evaluator: Evaluator, whole: Whole) -> CallSummary:
        self.whole = whole
        self.settled.append(settled(judged, evaluator, whole))
        return self.settled[-1]


@pytest.mark.parametrize("first", range(4))
def test_judged_when_made_and_settled_or_all_at_once(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples as one trace: their calls share hosts, numbers and trunks."""
    watched = Watched()
    monkeypatch.setattr(shard, "judgement", watched.judgement)
    monkeypatch.setattr(shard, "settled", watched.settle)
    analyze([str(path) for path in SAMPLES[first::4]], rulebook=load_rulebook())
    afterwards = [judgement(call, replace(bench, whole=watched.whole)) for call, bench, _ in watched.made]
    assert all(one.pending is None for one in afterwards)
    assert watched.settled == [one.summary for one in afterwards]
    # Few calls hang on others; but if none did, nothing would have been proven.
    hanging = Counter(one.pending is not None for _, _, one in watched.made)
    assert 0 < hanging[True] < hanging[False]


def test_no_message_is_kept_for_an_open_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row holds plain values."""
    watched = Watched()
    monkeypatch.setattr(shard, "judgement", watched.judgement)
    analyze([str(path) for path in SAMPLES[::4]], rulebook=load_rulebook())
    rows = [row for *_, made in watched.made if made.pending is not None for row in made.pending.rows]
    assert rows
    scalars = (bool, int, float, str)
    for row in rows:
        for value in row.facts.values():
            inside = (
                value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            )
            assert all(isinstance(one, scalars) for one in inside)
