"""Documents of each platform as strangers have them: what they are taken for, and what is read of them."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sipdiag.context.documents import Collected, Given, Reader
from sipdiag.knowledge.yamltext import load
from sipdiag.pipeline.run import load_providers

FOLDER = Path(__file__).parent / "instances"
DAY = datetime.date(2026, 11, 1)


def instances() -> dict[str, dict[str, Any]]:
    return {
        f"{file.stem}/{name}": one
        for file in sorted(FOLDER.glob("*.yaml"))
        for name, one in load(file).data.items()
    }


@cache
def reader() -> Reader:
    return Reader({provider.id: provider.settings for provider in load_providers()})


@pytest.mark.parametrize(("name", "wanted"), instances().items(), ids=str)
def test_read(name: str, wanted: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / name.rpartition("/")[2]
    path.write_text(wanted["text"])
    (file,) = reader().load(Collected([Given(path, path.name)], 0, []), DAY).files
    assert [one.kind.name for one in file.documents] == wanted["kinds"]
    found: dict[str, list[object]] = {}
    for one in file.documents:
        for setting in one.settings.values():
            value = list(setting.value) if isinstance(setting.value, tuple) else setting.value
            found.setdefault(setting.name, []).append(value)
    for key, value in wanted.get("settings", {}).items():
        assert value in found.get(key, []), (key, found.get(key))
