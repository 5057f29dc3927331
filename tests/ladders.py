"""The ladder that fires each rule, for docs/rules.md and ``sipdiag explain``.

``python -m tests.ladders`` writes rules/ladders.json from the samples that the rules name; a test compares it.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import yaml

from sipdiag.pipeline.results import CallDetail
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.report.textladder import text_ladder
from sipdiag.rules.ladders import FILE
from sipdiag.rules.schema import Rule

ROOT = Path(__file__).resolve().parent.parent
MOST_ROWS = 14
"""Messages; of a longer call its evidence, its beginning and its end."""
WIDTH = 100


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


def ladders() -> dict[str, dict[str, object]]:
    """Rule → the first sample that fires it on a call, and the ladder of that call."""
    found = ((rule.id, ladder(rule)) for rule in rulebook().catalogue.rules.values())
    return {name: one for name, one in found if one is not None}


def ladder(rule: Rule) -> dict[str, object] | None:
    """None where no call shows the fault: of captures, registrations and documents."""
    for sample in (rule.captures or {}).get("fires", ()):
        for call in _calls(sample):
            if any(finding.rule == rule.told_as for finding in call.findings):
                return {"sample": sample, "ladder": text_ladder(call, limit=MOST_ROWS, width=WIDTH)}
    return None


@cache
def _calls(sample: str) -> tuple[CallDetail, ...]:
    expected = yaml.safe_load((ROOT / f"sample_pcaps/{sample}.expect.yaml").read_text(encoding="utf-8")) or {}
    args = list(map(str, expected.get("args", ())))
    expect = args[args.index("--expect") + 1] if "--expect" in args else None
    [capture] = [
        p for p in (ROOT / "sample_pcaps").glob(f"{sample}.*") if p.suffix in (".pcap", ".pcapng", ".log")
    ]
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        also = [str(capture.parent / args[args.index("--also") + 1])] if "--also" in args else []
        paths = [os.path.relpath(path, ROOT) for path in (str(capture), *also)]
        analysis, _ = analyze(paths, expect=expect, rulebook=rulebook())
    finally:
        os.chdir(here)
    return tuple(call for call in analysis.calls if isinstance(call, CallDetail))


def main() -> None:
    """Write the file anew."""
    text = json.dumps(ladders(), indent=1, ensure_ascii=False) + "\n"
    (ROOT / "rules" / FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
