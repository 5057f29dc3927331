"""Recorded rows: every fact and every piece of evidence of some samples, as they were when somebody last looked.

``python -m tests.facts.rows`` records them anew; the difference shows what a change of the facts does to real calls, and
belongs in the same commit.  ``--choose`` picks the samples again: few that show each fact with all its kinds of values.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.position import Place, short
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.finding import Finding
from sipdiag.rules.subject import Subject

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
RECORD = Path(__file__).with_name("rows.jsonl")
Row = dict[str, object]
Usual = dict[str, dict[str, object]]


def subjects_of(sample: Path, rulebook: Rulebook) -> dict[tuple[str, str], Subject]:
    """The subjects of a sample by kind and id, as they are when its analysis is done."""
    seen: dict[tuple[str, str], Subject] = {}
    completed = Evaluator.completed

    def record(self: Evaluator, findings: Iterable[Finding], subjects: Iterable[Subject]) -> list[Finding]:
        these = list(subjects)
        seen.update({(one.kind, one.id): one for one in these})
        return completed(self, findings, these)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Evaluator, "completed", record)
        captures, expected = arguments(sample)
        analyze(captures, expect=expected, rulebook=rulebook)
    return seen


def rows(sample: str, rulebook: Rulebook) -> list[Row]:
    """A row per subject of the sample: its facts, and the positions of its evidence."""
    return [_row(sample, one) for _, one in sorted(subjects_of(SAMPLES / sample, rulebook).items())]


def arguments(sample: Path) -> tuple[list[str], str | None]:
    """The captures of a sample and what ``--expect`` is, by its own expectation file."""
    args = yaml.safe_load(sample.with_suffix(".expect.yaml").read_text(encoding="utf-8")).get("args", [])
    given = dict(pairwise(args))
    others = [str(sample.with_name(given["--also"]))] if "--also" in given else []
    return [str(sample), *others], given.get("--expect")


def _row(sample: str, subject: Subject) -> Row:
    source = subject.evidence
    evidence = (
        source if isinstance(source, Mapping) else {name: source(name) for name in EVIDENCE[subject.kind]}
    )
    return {
        "sample": sample,
        "kind": subject.kind,
        "id": subject.id,
        "facts": {name: _plain(value) for name, value in sorted(subject.facts.items())},
        "evidence": {
            name: [short(one if isinstance(one, Place) else one.position) for one in cited]
            for name, cited in sorted(evidence.items())
            if cited
        },
    }


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))
    return value


def text(row: Row, usual: Usual) -> str:
    """As it stands in the record: only what is not as usual."""
    facts, common = row["facts"], usual[str(row["kind"])]
    assert isinstance(facts, dict)
    known = dict.fromkeys(common) | facts
    odd = {name: value for name, value in sorted(known.items()) if value != common.get(name)}
    return json.dumps(row | {"facts": odd}, ensure_ascii=False, separators=(",", ":"))


def recorded() -> tuple[Usual, dict[str, list[str]]]:
    """The usual values (null: absent) by kind of subject, and the lines of each sample."""
    first, *lines = RECORD.read_text(encoding="utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(json.loads(line)["sample"], []).append(line)
    return json.loads(first), found


def _usual(every: Iterable[Row]) -> Usual:
    """The most frequent value of each fact."""
    kinds: dict[str, list[dict[str, object]]] = {}
    for row in every:
        assert isinstance(row["facts"], dict)
        kinds.setdefault(str(row["kind"]), []).append(row["facts"])
    return {kind: _most_frequent(rows) for kind, rows in sorted(kinds.items())}


def _most_frequent(rows: list[dict[str, object]]) -> dict[str, object]:
    names = sorted({name for facts in rows for name in facts})
    counts = {name: Counter(json.dumps(facts.get(name)) for facts in rows) for name in names}
    return {
        name: json.loads(min(count, key=lambda one: (-count[one], one))) for name, count in counts.items()
    }


def _chosen(every: dict[str, list[Row]]) -> list[str]:
    """Few samples that between them show each fact with each of its kinds of values, and each evidence."""
    shows = {sample: set().union(*map(_traits, found)) for sample, found in every.items()}
    chosen: list[str] = []
    missing = set().union(*shows.values())
    while missing:
        best = max(sorted(shows), key=lambda sample: len(shows[sample] & missing))
        chosen.append(best)
        missing -= shows[best]
    return sorted(chosen)


def _traits(row: Row) -> set[tuple[object, ...]]:
    facts, evidence = row["facts"], row["evidence"]
    assert isinstance(facts, dict)
    assert isinstance(evidence, dict)
    kind = str(row["kind"])
    traits: set[tuple[object, ...]] = {
        (kind, "cites", name, min(len(cited), 3)) for name, cited in evidence.items()
    }
    traits.update((kind, name, _kind_of(kind, name, value)) for name, value in facts.items())
    return traits


@cache
def _coarse() -> frozenset[tuple[str, str]]:
    return frozenset((kind, one.name) for kind, facts in FACTS.items() for one in facts if one.coarse)


def _kind_of(kind: str, name: str, value: object) -> object:
    """A truth, a code or a member of a closed set is a kind of its own; of counts and lists there are none, one, more."""
    if (kind, name) in _coarse():
        return value
    if isinstance(value, int):
        return min(value, 2)
    return min(len(value), 2) if isinstance(value, list | dict) else bool(value)


def main() -> None:
    """Write the record."""
    rulebook = load_rulebook()
    if "--choose" in sys.argv:
        samples = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.pcap"))
        every = {sample: rows(sample, rulebook) for sample in samples}
        usual = _usual(row for found in every.values() for row in found)
        chosen = {sample: every[sample] for sample in _chosen(every)}
    else:
        usual, samples_of = recorded()
        chosen = {sample: rows(sample, rulebook) for sample in samples_of}
    lines = [json.dumps(usual, ensure_ascii=False)]
    lines += [text(row, usual) for found in chosen.values() for row in found]
    RECORD.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(chosen)} samples, {len(lines) - 1} rows")


if __name__ == "__main__":
    main()
