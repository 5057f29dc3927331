"""Every form: what is written in it is recognised and read back."""

from __future__ import annotations

import pytest

from sipdiag.logs.forms import BY_NAME, FORMS
from sipdiag.logs.forms.plain import PLAIN
from tests.logs.build import START_NS, A, B, call, log, trace

WRITABLE = [form.name for form in FORMS if form.head]
WITHOUT_TIMES = {"asterisk-pjsip", "asterisk-chansip", "sipgo", "jssip", "doubango"}
TIME_OF_DAY = {"sofia", "pjsua", "cisco-sdl", "sipsorcery", "baresip"}
WHOLE_SECONDS = {"sip.js", "sipsorcery"}


@pytest.mark.parametrize("name", WRITABLE)
def test_a_call_comes_back(name: str) -> None:
    read = trace(log(name))
    assert read.form.name == name
    assert [payload.data for payload in read.payloads] == [message.data for message in call()]
    assert not read.altered
    assert {payload.transport for payload in read.payloads} == {"UDP"}
    assert [(payload.src, payload.dst) for payload in read.payloads] == [
        (message.src, message.dst) for message in call()
    ]


@pytest.mark.parametrize("name", WRITABLE)
def test_its_times_come_back(name: str) -> None:
    read = trace(log(name))
    expected = "none" if name in WITHOUT_TIMES else "time of day" if name in TIME_OF_DAY else "dated"
    assert read.times == expected
    assert all(payload.timed == (expected != "none") for payload in read.payloads)
    if expected == "none":
        return
    since = [payload.time_ns - read.payloads[0].time_ns for payload in read.payloads]
    wanted = [message.time_ns - START_NS for message in call()]
    within = 1_000_000_000 if name in WHOLE_SECONDS else 1_000_000
    assert all(abs(one - other) < within for one, other in zip(since, wanted, strict=True))


@pytest.mark.parametrize("name", WRITABLE)
def test_lines_are_those_of_the_start_lines(name: str) -> None:
    text = log(name)
    lines = text.split(b"\n")
    for payload in trace(text).payloads:
        start = payload.data.split(b"\r\n")[0]
        assert start in lines[payload.position.number - 1]


@pytest.mark.parametrize("name", WRITABLE)
def test_a_form_that_is_asked_for_is_used(name: str) -> None:
    assert trace(log(name), name).form.name == name


def test_bare_messages_are_read_without_any_frame() -> None:
    read = trace(b"\n".join(message.data.replace(b"\r\n", b"\n") for message in call()))
    assert read.form is PLAIN
    assert [payload.data for payload in read.payloads] == [message.data for message in call()]
    assert (read.payloads[0].src, read.payloads[0].dst) == (A, B)
    assert (read.payloads[1].src, read.payloads[1].dst) == (B, A)


@pytest.mark.parametrize(
    ("before", "src", "dst"),
    [
        (b"2026-01-02 10:00:00.5 udp 203.0.113.10:5060 ---> 198.51.100.7:5080", A, B),
        (b"proto:UDP 2026-01-02T10:00:00Z 203.0.113.10:5060 -> 198.51.100.7:5080", A, B),
        (b"[10:00:00] DEBUG transport: Sent 700 bytes to udp:198.51.100.7:5080", A, B),
        (b"10:00:00 >>> sending to 198.51.100.7:5080", A, B),
    ],
)
def test_programs_in_no_table_are_understood_by_their_words(before: bytes, src: object, dst: object) -> None:
    (payload,) = trace(before + b"\n" + call()[0].data).payloads
    assert (payload.src, payload.dst) == (src, dst)


def test_names_are_unique_and_every_program_says_how_it_is_made_to_trace() -> None:
    assert len(BY_NAME) == len(FORMS)
    assert all(form.tracing for form in FORMS if form is not PLAIN)
