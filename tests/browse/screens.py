"""The screens of the documentation: ``python -m tests.browse.screens docs/images``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sipdiag.browse.app import Browser
from sipdiag.browse.source import Source
from sipdiag.pipeline.results import CallDetail, CallSummary
from sipdiag.pipeline.run import analyze

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
SIZE = (128, 34)
_FAMILIES = ("transfer", "target", "geo", "caller-id", "access", "healthy")
_OF_EACH = 6


def trunk() -> Source:
    """Calls of many kinds, as a trunk has them."""
    paths = [path for family in _FAMILIES for path in sorted((SAMPLES / family).glob("*.pcap"))[:_OF_EACH]]
    return _source("trunk.pcap", paths)


def transfer() -> Source:
    """A transfer that was refused."""
    return _source("call.pcap", [SAMPLES / "transfer" / "refer-not-enabled-32218.pcap"])


def _source(name: str, paths: list[Path]) -> Source:
    analysis = analyze([str(path) for path in paths])[0]

    def detail(call: CallSummary) -> CallDetail:
        assert isinstance(call, CallDetail)
        return call

    return Source(name, analysis, detail)


async def save(source: Source, keys: list[str], path: Path) -> None:
    """Press the keys, and save what is seen then."""
    app = Browser(source)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        # The last line ends without spaces: editors and checks want it so.
        svg = app.export_screenshot(title=f"sipdiag browse {source.name}")
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    """All of them."""
    asyncio.run(save(trunk(), ["f7", "down", "down", "down"], folder / "browse-calls.svg"))
    asyncio.run(save(transfer(), ["n"], folder / "browse-call.svg"))
    asyncio.run(save(transfer(), ["space", "down", "down", "space"], folder / "browse-compare.svg"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
