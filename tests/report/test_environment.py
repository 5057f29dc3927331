from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from sipdiag.report import environment as module
from sipdiag.report.environment import TEMPLATES, VERSION_FILE, compile_templates, environment


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    compile_templates(tmp_path)
    return tmp_path


def test_every_template_is_compiled_and_loaded_from_there(compiled: Path) -> None:
    names = [path.name for path in TEMPLATES.glob("*.html")]
    assert len(list(compiled.glob("*.py"))) == len(names) > 1
    made = environment(compiled)
    for name in names:
        assert made.get_template(name).filename != str(TEMPLATES / name)


def test_both_show_the_same(compiled: Path) -> None:
    source = environment(compiled / "nowhere")
    assert isinstance(source.loader, jinja2.FileSystemLoader)
    step = {"text": "<b>\x1b sip:u:pw@h", "command": None, "change": None, "url": "https://example.com"}
    shown = [
        one.get_template("steps.html").render(finding={"steps": [step]})
        for one in (source, environment(compiled))
    ]
    assert shown[0] == shown[1]
    assert "&lt;b&gt;⟨1B⟩ sip:u:**@h" in shown[0]


def test_another_version_of_jinja_compiles_the_source(compiled: Path) -> None:
    (compiled / VERSION_FILE).write_text("0.0")
    assert isinstance(environment(compiled).loader, jinja2.FileSystemLoader)


def test_a_checkout_has_none() -> None:
    assert not module.COMPILED.exists()
