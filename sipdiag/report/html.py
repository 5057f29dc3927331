"""The report as one self-contained HTML file: no request, no external script or style.

The content security policy allows exactly the one style sheet and the one script that stand in
the page, by their hashes; nothing that a capture carries could run even if it got through the
escaping.  Every string that enters the template is made visible first, then escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache

from sipdiag.pipeline.results import Analysis
from sipdiag.report.environment import TEMPLATES, environment
from sipdiag.report.view import build

_pages = cache(environment)


def render(analysis: Analysis, *, provenance: bool = True) -> str:
    """The page; ``provenance=False`` leaves out what changes from run to run (hashes, version)."""
    page = build(analysis, provenance=provenance)
    return document("report.html", ("report.css",), page=page, audible=analysis.audio is not None)


def document(template: str, styles: Sequence[str], *, audible: bool = False, **context: object) -> str:
    """A page: a template with its style sheets and the one script, and a policy that allows nothing else.

    ``audible``: it contains audio and its player.
    """
    from markupsafe import Markup

    player = ("player.css",), ("player.js",)
    more_styles, more_scripts = player if audible else ((), ())
    style = "".join(map(_asset, (*styles, *more_styles)))
    script = "".join(map(_asset, ("report.js", "calls.js", *more_scripts)))
    policy = (
        f"default-src 'none'; img-src data:; {'media-src data:; ' if audible else ''}style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _pages()
        .get_template(template)
        .render(**context, policy=Markup(policy), style=Markup(style), script=Markup(script))
    )


@cache
def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
