"""Jinja's environment for our pages, and their templates: compiled when the wheel is built, else from source.

Compiling takes about as long as judging a small capture.  Compiled templates are part of the package, never
in a folder of its own that others might write; where it is missing (a checkout) or was made by another
version of Jinja, the source is compiled in every run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sipdiag.report.labels import LABELS
from sipdiag.report.text import plural, sentence, visible, visible_block
from sipdiag.report.times import zone_label

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
COMPILED = Path(__file__).parent / "compiled"
VERSION_FILE = "jinja-version.txt"


def environment(compiled: Path = COMPILED) -> Environment:
    """An environment that makes every value visible, masks secrets and escapes."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def shown(value: object) -> object:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def block(text: str) -> Markup:
        """A multi-line text; line ends are kept."""
        return Markup.escape(visible_block(text))

    made = Environment(
        loader=_loader(compiled),
        autoescape=True,
        auto_reload=False,
        optimized=False,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(block=block, plural=plural, sentence=sentence)
    made.globals["labels"] = LABELS
    made.tests["web"] = _is_web
    made.globals["zone"] = zone_label
    return made


def compile_templates(folder: Path) -> None:
    """Compile every template into ``folder``, with the version of Jinja that did it."""
    import jinja2

    environment(folder).compile_templates(str(folder), extensions=["html"], zip=None)
    (folder / VERSION_FILE).write_text(jinja2.__version__, encoding="ascii")


def _loader(compiled: Path) -> BaseLoader:
    import jinja2

    try:
        made_by = (compiled / VERSION_FILE).read_text(encoding="ascii")
    except OSError:
        made_by = ""
    if made_by == jinja2.__version__:
        return jinja2.ModuleLoader(str(compiled))
    return jinja2.FileSystemLoader(TEMPLATES)


def _is_web(url: str | None) -> bool:
    """Only such addresses become links."""
    return url is not None and url.startswith(("https://", "http://"))
