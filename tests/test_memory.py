"""What is freed goes back to the system, now and then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sipdiag import memory
from sipdiag.pipeline.run import analyze, load_rulebook

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_pcaps" / "transfer" / "refer-missing.pcap"
FRAGMENTED = """
from pathlib import Path
from sipdiag.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(2_000) for _ in range(50_000)]
kept = blocks[::500]
del blocks
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(memory._trim() is None, reason="not glibc: nothing to ask")
def test_memory_between_blocks_in_use_is_given_back() -> None:
    result = subprocess.run(
        [sys.executable, "-c", FRAGMENTED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(result.stdout) > 50_000_000


def test_it_is_done_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    monkeypatch.setattr(memory, "EVERY", 3)
    monkeypatch.setattr(memory, "give_back", lambda: done.append(True))
    rulebook = load_rulebook()
    for _ in range(6):
        analyze([str(SAMPLE)], rulebook=rulebook)
    assert len(done) == 2
