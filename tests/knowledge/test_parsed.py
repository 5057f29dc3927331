"""The catalogue as a wheel holds it is the catalogue as it is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sipdiag.knowledge import yamltext
from sipdiag.knowledge.parsed import FILE, Parsed, parse_all
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.load import load_trusted


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "rules"
    shutil.copytree(catalogue_root(), root)
    (root / FILE).write_bytes(parse_all(root))
    return root


def refuse(path: str | Path) -> None:
    raise AssertionError(f"{path} was parsed")


def test_every_file_holds_what_it_says(root: Path) -> None:
    found = Parsed(root)
    paths = sorted(root.rglob("*.yaml"))
    assert len(paths) > 100
    for path in paths:
        assert found.load(path).data == yamltext.load(path).data


def test_rules_and_providers_are_the_same_and_no_yaml_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / FILE).rename(root / "away")
    rules, providers = load_trusted(root), list(Providers.load([root]))
    (root / "away").rename(root / FILE)
    monkeypatch.setattr(yamltext, "load", refuse)
    assert load_trusted(root) == rules
    assert list(Providers.load([root])) == providers


def test_a_file_that_was_changed_since_is_read_itself(root: Path) -> None:
    path = root / "providers" / "twilio.yaml"
    path.write_text(path.read_text().replace("name: Twilio", "name: Somebody", 1))
    assert Parsed(root).load(path).data["name"] == "Somebody"


def test_a_file_that_is_not_in_it_is_read_itself(root: Path) -> None:
    path = root / "call" / "new.yaml"
    path.write_text("a: 1\n")
    assert Parsed(root).load(path).data == {"a": 1}
    with pytest.raises(YamlError, match="cannot be read"):
        Parsed(root).load(root / "call" / "none.yaml")


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x81\xa1a\x01", b"\x80" * 3])
def test_one_that_is_broken_is_none(root: Path, content: bytes) -> None:
    (root / FILE).write_bytes(content)
    path = root / "providers" / "twilio.yaml"
    assert Parsed(root).load(path).data == yamltext.load(path).data
