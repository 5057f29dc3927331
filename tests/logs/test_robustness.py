"""Whatever stands in a text, it is read; where it is cut into pieces makes no difference."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.case import Case
from benchmarks.linear import CASES, holds
from sipdiag.logs import source
from sipdiag.logs.forms import FORMS
from sipdiag.logs.stamps import DAY_NS, find
from sipdiag.sip.message import Message
from tests.logs.build import call, data, log, trace

WRITABLE = [form.name for form in FORMS if form.head]
NOISE = b"2026-01-02 10:00:00 [DEBUG] nothing of interest here\n"


@pytest.mark.parametrize("seed", range(60))
def test_damaged_logs(seed: int) -> None:
    chance = random.Random(seed)
    text = bytearray(log(WRITABLE[seed % len(WRITABLE)]))
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(text))
        size = chance.randrange(40)
        change = chance.randrange(4)
        if change == 0:
            text[at] = chance.randrange(256)
        elif change == 1:
            del text[at : at + size]
        elif change == 2:
            text[at:at] = text[at : at + size * 10]
        else:
            text[at:at] = chance.choice(
                [b"\n", b"\r\n\r\n", b"SIP/2.0 200 OK\n", b"{", b"\x1b[1m", b"\\r\\n", b"\0"]
            )
    for payload in trace(bytes(text)).payloads:
        message = Message(payload.data)
        assert message.is_request or message.status
        assert message.content_length in (None, len(message.body))


@given(st.binary(max_size=400))
def test_any_bytes(text: bytes) -> None:
    trace(text)
    trace(log("sofia") + text + log("sofia"))


@given(st.text(alphabet=' :<->=[]/.0123456789abcINVITESPOK\n\r\t"{}\\', max_size=300))
def test_any_text_before_a_message(text: str) -> None:
    found = data(text.encode() + b"\n\n\n" + call()[0].data)
    assert found
    assert found[-1].startswith(b"INVITE ")


@given(st.binary(max_size=60))
def test_any_time(text: bytes) -> None:
    stamp = find(text)
    assert stamp is None or 0 <= stamp.within_ns < DAY_NS


def test_pieces_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = log("sofia").split(b"recv ")
    text = b"recv ".join(part + NOISE * 40 for part in parts)
    whole = [(payload.position.number, payload.data) for payload in trace(text).payloads]
    monkeypatch.setattr("sipdiag.logs.reader.RESERVE", 3000)
    monkeypatch.setattr("sipdiag.logs.reader.REACH", 2000)
    for size in (5000, 7001, 9999, 20_000):
        monkeypatch.setattr(source, "FIRST_PIECE", size)
        monkeypatch.setattr(source, "PIECE", size)
        assert [(payload.position.number, payload.data) for payload in trace(text).payloads] == whole


def test_a_window_does_not_grow_with_the_text() -> None:
    class Endless:
        """As much text as is asked for, up to 200 MB, none of it kept."""

        left = 200_000_000

        def fill(self, view: memoryview) -> int:
            size = min(len(view), self.left)
            view[:size] = (NOISE * (size // len(NOISE) + 1))[:size]
            self.left -= size
            return size

    text = source.Text(Endless())
    largest = 0
    text.advance(0)
    while not text.last:
        largest = max(largest, len(text.text))
        text.advance(max(0, len(text.text) - 300_000))
    assert largest < 3 * source.PIECE


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("logs: ")])
def test_cases_of_the_linear_benchmark_are_logs(name: str) -> None:
    case: Case = CASES[name]
    case.make(4)()
    assert callable(holds)


def test_status_lines_on_one_line_are_not_all_tried() -> None:
    text = b"SIP/2.0 200 " * 1200 + b"\n" + b"X: y\n" * 4000 + b"\n" + log("sofia")
    start = time.process_time()
    read = data(text)
    assert time.process_time() - start < 3
    assert read == data(log("sofia"))


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("logs: blanks", "logs: empty"))])
def test_a_run_of_blanks_takes_seconds(name: str) -> None:
    case: Case = CASES[name]
    work = case.make(30 * case.size)
    start = time.process_time()
    work()
    assert time.process_time() - start < 3
