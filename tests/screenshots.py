"""Pictures of the gallery for the README: ``python -m tests.screenshots docs/images`` (needs chromium)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import sync_playwright

from tests.gallery import render


class Picture(NamedTuple):
    page: str
    scheme: Literal["light", "dark"]
    top: str
    """The element the picture starts with."""
    height: int


PICTURES = {
    "report": Picture("refer-missing", "light", "body", 830),
    "report-dark": Picture("passthrough-rejected", "dark", "#flow", 860),
}
WIDTH = 1200


def main(folder: Path) -> None:
    """Write every picture into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, picture in PICTURES.items():
            file = Path(scratch) / f"{name}.html"
            file.write_text(render(picture.page), encoding="utf-8")
            page = browser.new_page(
                viewport={"width": WIDTH, "height": picture.height}, color_scheme=picture.scheme
            )
            page.goto(file.as_uri())
            page.evaluate(
                "top => document.querySelector(top).scrollIntoView({behavior: 'instant'})", picture.top
            )
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
