from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sipdiag
from sipdiag.capture.payload import CaptureError

SAMPLES = Path(__file__).parent.parent / "sample_pcaps"
MISSING = SAMPLES / "transfer" / "refer-missing.pcap"


def test_one_capture_by_text_or_path() -> None:
    for path in (MISSING, str(MISSING), [MISSING]):
        analysis = sipdiag.analyze(path, expect="transfer")
        (call,) = analysis.details
        assert call.outcome == "transfer-failed"
        assert call.root_cause is not None
        assert call.root_cause.rule == "transfer/refer-missing"
        assert call.legs[0].facts["talk_s"] == pytest.approx(47.3, abs=0.1)


def test_several_files_are_one_trace() -> None:
    other = SAMPLES / "transfer" / "refer-completed.pcap"
    assert len(sipdiag.analyze([MISSING, other]).details) == 2


def test_one_call_of_several() -> None:
    every = sipdiag.analyze(SAMPLES / "transfer" / "two-callers-at-once.pcap")
    call_id = every.details[0].legs[0].leg.call_id
    assert len(sipdiag.analyze(every.files[0].path, call=call_id).details) == 1 < len(every.details)


def test_without_rules_there_are_no_findings() -> None:
    assert sipdiag.analyze(MISSING, expect="transfer", builtin_rules=False).details[0].findings == ()


@pytest.mark.parametrize("paths", [["none.pcap"], [MISSING, "none.pcap"]])
def test_what_cannot_be_read_raises(paths: list[str | Path]) -> None:
    with pytest.raises(CaptureError, match=r"none\.pcap"):
        sipdiag.analyze(paths)


def test_the_import_is_cheap() -> None:
    code = "import sys, sipdiag; print(*(m for m in sys.modules if m.startswith('sipdiag') or m == 'numpy'))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["sipdiag"]
