"""A process limits itself as far as the system lets it."""

from __future__ import annotations

import sys

import pytest

from sipdiag.processes import limit_itself

resource = pytest.importorskip("resource")


def test_every_limit_is_set_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, most: asked.append((which, most)))
    limit_itself(AS=2**30, FSIZE=0)
    assert asked == [(resource.RLIMIT_AS, (2**30, 2**30)), (resource.RLIMIT_FSIZE, (0, 0))]


def test_a_limit_that_is_refused_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS refuses one of memory; the next is still set."""
    asked: list[int] = []

    def refuse(which: int, most: tuple[int, int]) -> None:
        asked.append(which)
        if which == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    limit_itself(AS=2**30, CPU=5)
    assert asked == [resource.RLIMIT_AS, resource.RLIMIT_CPU]


def test_where_the_system_knows_no_limits_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no such module."""
    monkeypatch.setitem(sys.modules, "resource", None)
    limit_itself(AS=1)
