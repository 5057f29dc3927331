from __future__ import annotations

import pytest

from sipdiag.sip import memo


def test_a_text_is_read_once() -> None:
    seen: list[str] = []

    def upper(text: str) -> str:
        seen.append(text)
        return text.upper()

    read = memo.remembered(upper)
    assert [read("a"), read("a"), read("b")] == ["A", "A", "B"]
    assert seen == ["a", "b"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "_ENTRIES", 10)
    seen: list[str] = []

    def length(text: str) -> int:
        seen.append(text)
        return len(text)

    known = memo._Known(length)
    for number in range(100):
        assert known[str(number)] == len(str(number))
        assert len(known) <= 10
    assert known["x" * 10_000] == known["x" * 10_000] == 10_000
    assert seen[-2:] == ["x" * 10_000] * 2
