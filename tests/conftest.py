"""Tests whose material lies outside the repository run only where it is."""

from __future__ import annotations

import pytest

from tests.outside import SHARED


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    absent = {
        item
        for item in items
        for mark in item.iter_markers("outside")
        if not (SHARED / mark.args[0]).is_dir()
    }
    if absent:
        config.hook.pytest_deselected(items=list(absent))
        items[:] = [item for item in items if item not in absent]
