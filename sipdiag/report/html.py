"""The report as one HTML file that asks nothing of anybody: no request, no external script or style.

The content security policy allows exactly the one style sheet and the one script that stand in
the page, by their hashes; nothing that a capture carries could run even if it got through the
escaping.  Every string that enters the template is made visible first, then escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sipdiag.pipeline.results import Analysis
from sipdiag.report.text import plural, sentence, visible, visible_block
from sipdiag.report.view import build

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def render(analysis: Analysis, *, provenance: bool = True) -> str:
    """The page; ``provenance=False`` leaves out what changes from run to run (hashes, version)."""
    return document("report.html", ("report.css",), page=build(analysis, provenance=provenance))


def document(template: str, styles: Sequence[str], **context: object) -> str:
    """A page of ours: a template with its style sheets and the one script, and a policy that allows no more."""
    from markupsafe import Markup

    style, script = "".join(_asset(name) for name in styles), _asset("report.js") + _asset("calls.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(**context, policy=Markup(policy), style=Markup(style), script=Markup(script))
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from sipdiag.report.bytecode import TemplateBytecode, cache_folder

    cache_path = cache_folder()

    def shown(value: object) -> object:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def block(text: str) -> Markup:
        """A text of several lines: its line ends stay."""
        return Markup.escape(visible_block(text))

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        bytecode_cache=TemplateBytecode(cache_path) if cache_path is not None else None,
        autoescape=True,
        auto_reload=False,
        optimized=False,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["block"] = block
    environment.filters["plural"] = plural
    environment.filters["sentence"] = sentence
    environment.tests["web"] = _is_web
    return environment


def _is_web(url: str | None) -> bool:
    """Only such addresses become links."""
    return url is not None and url.startswith(("https://", "http://"))


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
