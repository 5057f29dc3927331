"""The page of a comparison in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sipdiag import analyze
from sipdiag.comparison import html
from sipdiag.comparison.compare import compare, longest

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    good = analyze(SAMPLES / "transfer" / "refer-completed.pcap")
    bad = analyze(SAMPLES / "transfer" / "refer-missing.pcap", expect="transfer")
    one, two = longest(good.details), longest(bad.details)
    assert one is not None
    assert two is not None
    path = tmp_path_factory.mktemp("page") / "compare.html"
    path.write_text(html.render(compare((good, one), (bad, two))), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_opens_from_disk_and_asks_nothing(chromium: Any, page_file: Path, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: told.append(request.url))
    page.goto(page_file.as_uri())
    assert told == [page_file.as_uri()]
    assert page.locator("h1").inner_text().startswith("The working call had REFER → 202 → NOTIFY 100")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_ladders_are_aligned(chromium: Any, page_file: Path) -> None:
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    byes = page.locator(".pair text", has_text="BYE")
    good, bad = (byes.nth(index).bounding_box() for index in (0, 1))
    assert good["y"] == bad["y"]
    assert good["x"] < bad["x"]
    assert page.locator(".pair.missing .gap").count() == 8
    page.close()


def test_accessibility(chromium: Any, page_file: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    page.locator("summary").first.click()
    results = axe.run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()
