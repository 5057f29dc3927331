"""The page's templates are kept compiled, and nothing depends on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from sipdiag.report.bytecode import TemplateBytecode, cache_folder


def _environment(folder: Path, source: str = "Hello {{ name }}") -> Environment:
    return Environment(
        loader=DictLoader({"page": source}), bytecode_cache=TemplateBytecode(folder), autoescape=True
    )


def _text(environment: Environment) -> str:
    return environment.get_template("page").render(name="world")


def test_a_compiled_template_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "folder"
    assert _text(_environment(folder)) == "Hello world"
    assert len(list(folder.iterdir())) == 1
    again = _environment(folder)
    monkeypatch.setattr(again, "compile", None)
    assert _text(again) == "Hello world"


def test_a_changed_template_compiles_anew(tmp_path: Path) -> None:
    _text(_environment(tmp_path))
    assert _text(_environment(tmp_path, "Bye {{ name }}")) == "Bye world"


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:30], lambda data: data[:-9]])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    _text(_environment(tmp_path))
    for path in tmp_path.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    assert _text(_environment(tmp_path)) == "Hello world"


def test_a_folder_that_cannot_be_made_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert _text(_environment(tmp_path / "file" / "folder")) == "Hello world"


def test_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "sipdiag"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "sipdiag"
