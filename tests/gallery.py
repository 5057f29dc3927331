"""Renders the gallery: a dozen reports from the samples, without hash, date or version in them.

``python -m tests.gallery reports/gallery`` writes it; a test compares it with what is committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GALLERY: dict[str, tuple[str, str | None]] = {
    "refer-missing": ("transfer/refer-missing", "transfer"),
    "refer-completed": ("transfer/refer-completed", None),
    "refer-not-enabled": ("transfer/refer-not-enabled-32218", None),
    "target-failed-busy": ("transfer/target-failed-busy", None),
    "no-final-notify": ("transfer/no-final-notify", None),
    "bridged-by-invite": ("transfer/bridged-by-invite", None),
    "passthrough-rejected": ("caller-id/passthrough-twilio", None),
    "caller-id-rejected": ("caller-id/rejected-telnyx-d35", None),
    "geo-blocked": ("geo/blocked-twilio-32205", None),
    "geo-suspected": ("geo/suspected-twice", None),
    "forbidden": ("access/forbidden-after-digest", None),
    "healthy": ("healthy/plain", None),
}
"""Name of the page → (sample, what was expected)."""


def render(name: str) -> str:
    """One page."""
    from sipdiag.pipeline.run import analyze
    from sipdiag.report import html

    sample, expect = GALLERY[name]
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        analysis, _ = analyze([f"sample_pcaps/{sample}.pcap"], expect=expect)
    finally:
        os.chdir(here)
    return html.render(analysis, provenance=False)


def main(folder: Path) -> None:
    """Write every page into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in GALLERY:
        (folder / f"{name}.html").write_text(render(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
