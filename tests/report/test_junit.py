from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sipdiag import analyze
from sipdiag.pipeline.results import Analysis
from sipdiag.position import short
from sipdiag.report import junit
from tests.report import fixtures

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"


def suite(analysis: Analysis) -> ElementTree.Element:
    root = ElementTree.fromstring(junit.render(analysis).encode())
    assert root.tag == "testsuites"
    (element,) = root
    assert element.tag == "testsuite"
    assert element.get("tests") == str(len(element.findall("testcase")))
    assert element.get("failures") == str(len(element.findall("testcase/failure")))
    return element


def test_a_failed_call_is_a_failed_case() -> None:
    analysis = analyze(SAMPLES / "transfer" / "refer-missing.pcap", expect="transfer")
    capture, call = suite(analysis)
    evidence = analysis.calls[0].findings[0].evidence[0]
    assert (capture.get("name"), len(capture)) == ("capture", 0)
    assert "Transfer failed" in call.get("name", "")
    assert call.get("classname") == "refer-missing.pcap"
    (failure,) = call
    assert failure.get("message", "").startswith("Retell never sent a REFER")
    assert "error transfer/refer-missing (certain)" in (failure.text or "")
    assert f"({short(evidence.position)})" in (failure.text or "")


def test_a_healthy_call_passes() -> None:
    assert suite(analyze(SAMPLES / "transfer" / "refer-completed.pcap")).get("failures") == "0"


def test_what_is_beside_calls_has_its_case() -> None:
    capture, *_ = suite(fixtures.registration_failed())
    assert len(capture) == 1


@pytest.mark.parametrize(
    "make", [fixtures.hostile, fixtures.empty, fixtures.many_calls, fixtures.mostly_brief]
)
def test_any_text_is_well_formed_xml(make: Callable[[], Analysis]) -> None:
    assert len(suite(make()))


def test_calls_told_in_brief_have_their_cases_and_the_suite_says_so() -> None:
    element = suite(fixtures.mostly_brief())
    assert (element.get("tests"), element.get("failures")) == ("31", "10")
    last = element.findall("testcase/failure")[-1]
    assert (last.text or "").splitlines()[-1] == "warning target/busy (likely): The target was busy."
    assert (element.findtext("system-out") or "").startswith("24 calls are summarised")
    assert suite(fixtures.many_calls()).find("system-out") is None


def test_a_case_is_a_piece() -> None:
    assert len(list(junit.iter_junit(fixtures.many_calls(30)))) == 1 + 31 + 1
