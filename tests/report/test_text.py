"""Nothing that acts survives; nothing that can be read is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.position import Frame
from sipdiag.report import text, times
from sipdiag.sip.message import Message


def captured(raw: bytes) -> CapturedMessage:
    host = Host("192.0.2.1", 5060)
    return CapturedMessage(Message(raw), 0, Frame(0, 1), host, host, "UDP")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain + text", "plain + text"),
        ("\x1b[31m", "⟨1B⟩[31m"),
        ("a\x00b", "a⟨00⟩b"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\tb\r\nc", "a b⟨0D⟩⟨0A⟩c"),
        ("\x9b31m", "⟨9B⟩31m"),
        ("\udcff", "\ufffd"),
        ("José 日本", "José 日本"),
    ],
)
def test_visible(raw: str, shown: str) -> None:
    assert text.visible(raw) == shown


@given(st.text())
def test_visible_leaves_no_control_or_format_character_that_hides_or_reorders(raw: str) -> None:
    shown = text.visible(raw)
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) == "Cc"]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI"}
    ]


def test_block_keeps_line_ends_and_tabs_only() -> None:
    assert text.visible_block("a\r\nb\tc\rd\x07") == "a\nb\tc⟨0D⟩d⟨07⟩"


def test_digest_response_is_masked_in_the_text_of_a_message() -> None:
    raw = (
        b'INVITE sip:b@example.com SIP/2.0\r\nProxy-Authorization: Digest username="u",'
        b'response="5ec4e75ec4e75ec4e75ec4e75ec4e75e",cnonce="c0ffee5ec4e7"\r\n\r\n'
    )
    shown = text.message_text(captured(raw))
    assert "5ec4e7" not in shown
    assert 'username="u"' in shown


def test_long_message_is_cut_and_counted() -> None:
    shown = text.message_text(captured(b"INVITE sip:b@example.com SIP/2.0\r\nX: " + b"x" * 70_000))
    assert len(shown) < text.MESSAGE_CHARACTERS + 100
    assert "more characters are not shown" in shown


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        (1_790_000_003_123_456_000, "2026-09-21T14:13:23.123456Z"),
        (1_790_000_003_123_456_789, "2026-09-21T14:13:23.123456789Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (10**21, "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_rfc3339_keeps_the_digits_of_the_capture(time_ns: int, expected: str) -> None:
    assert times.rfc3339(time_ns) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "–"),
        (0.0, "0.00 s"),
        (1.492, "1.49 s"),
        (42.3, "42.3 s"),
        (192, "3 min 12 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_duration(seconds: float | None, expected: str) -> None:
    assert times.duration(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.00002, "+20 µs"), (0.09, "+90 ms"), (1.4, "+1.40 s"), (180.0, "+180 s"), (-0.002, "−2 ms")],
)
def test_delta(seconds: float, expected: str) -> None:
    assert times.delta(seconds) == expected
