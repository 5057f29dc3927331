"""The committed gallery is what the samples render to today."""

from __future__ import annotations

import pytest

from tests.gallery import GALLERY, ROOT, render

FOLDER = ROOT / "reports" / "gallery"


@pytest.mark.parametrize("name", GALLERY)
def test_page_is_current(name: str) -> None:
    page = FOLDER / f"{name}.html"
    assert page.is_file(), "run 'make gallery'"
    assert page.read_text(encoding="utf-8") == render(name), f"{name} is stale: run 'make gallery'"


def test_nothing_else_lies_there() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"README.md"} == {f"{name}.html" for name in GALLERY}
