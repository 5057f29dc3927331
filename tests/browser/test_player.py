"""The player of what was said, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from sipdiag import analyze
from sipdiag.pipeline.audio import clip
from tests.browser.conftest import Opened

AUDIBLE = Path(__file__).parents[2] / "sample_pcaps" / "healthy" / "audible.pcap"


def test_it_plays_and_a_click_on_a_lane_goes_there(show: Callable[..., Opened]) -> None:
    analysis = analyze(AUDIBLE)
    call = analysis.details[0]
    opened = show(replace(analysis, audio=clip(call, [str(AUDIBLE)])))
    page = opened.page
    audio = page.locator("audio")
    page.wait_for_function("document.querySelector('audio').readyState > 0")
    seconds = audio.evaluate("one => one.duration")
    assert seconds > 5
    assert audio.evaluate("one => one.error") is None
    lanes = page.locator(".heardbox svg")
    box = lanes.bounding_box()
    lanes.click(position={"x": box["width"] * 0.6, "y": 30})
    page.wait_for_function("document.querySelector('audio').currentTime > 0")
    assert 0 < audio.evaluate("one => one.currentTime") < seconds
    assert float(page.locator(".hand").get_attribute("x1")) > 300
    assert (opened.console, opened.errors, opened.dialogs) == ([], [], [])
