"""The page on a dataset in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.fleet.report import render
from tests.browser.conftest import Opened
from tests.fleet.test_measures import CALLS, store_of


@pytest.mark.parametrize("width", [390, 1280])
def test_it_asks_for_nothing_and_fits(show: Callable[..., Opened], tmp_path: Path, width: int) -> None:
    page = render(store_of(tmp_path / "d", CALLS), title="March")
    opened = show(page, viewport={"width": width, "height": 900})
    assert opened.errors == []
    assert opened.console == []
    assert all(url.startswith(("file:", "data:")) for url in opened.requests)
    wide, seen = opened.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= seen
    opened.page.get_by_role("button", name="Switch between light and dark").click()
    assert opened.page.locator("html").get_attribute("data-theme") in ("light", "dark")
