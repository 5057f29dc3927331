"""Folders of rules that live as long as one test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.rulefolder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "rules")


@pytest.fixture
def builtin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Folder:
    """A folder that stands in for the built-in rules."""
    own = Folder(tmp_path / "builtin")
    own.root.mkdir()
    for user in ("load", "catalogue"):
        monkeypatch.setattr(f"sipdiag.rules.{user}.catalogue_root", lambda: own.root)
    return own
