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


def lines(form: str) -> bytes:
    """The call as programs print it around which something else puts its own words."""
    parts = []
    for number, message in enumerate(call()):
        text = message.data.replace(b"\r\n", b"\n")
        clock = b"09:58:%02d" % (number * 3)
        peer = b"198.51.100.7:5080"
        parts.append(SEEN[form](message.sent, clock, peer, text))
    return b"".join(parts)


def audiocodes(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    way = b"Outgoing SIP Message to %s from" if sent else b"Incoming SIP Message from %s to"
    record = b"<133>[S=1] [SID=b9027c:24:1]  (N  9) ---- " + way % peer
    record += b" SIPInterface #2 (Teams) UDP TO(#134) SocketID(200) ---- #012"
    return record + text.replace(b"\n", b"#012") + b" [Time:19-12@%s.587]\n" % clock


def oracle(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    way = b"sent to" if sent else b"received from"
    return (
        b"Dec 19 %s.123 On [1:0]203.0.113.10:5060 %s %s\n" % (clock, way, peer)
        + text
        + b"\n"
        + b"-" * 40
        + b"\n"
    )


def drachtio(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    way, toward = (b"send", b"to") if sent else (b"recv", b"from")
    stamp = b"2023-09-20 %s.123456 %s 9 bytes %s udp/[198.51.100.7]:5080 at %s.123400:\n"
    return stamp % (clock, way, toward, clock) + text + b"\n2023-09-20 %s.2 nta: foo\n" % clock


def gosip(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    way, toward = (b"send", b"to") if sent else (b"recv", b"from")
    head = b"%s 9 bytes %s udp/[198.51.100.7]:5080 at %s.123400:\n" % (way, toward, clock) + b"-" * 72 + b"\n"
    return b"".join(b"//   " + line + b"\n" for line in (head + text + b"-" * 72).split(b"\n"))


def logcat(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    frame = (
        b"message sent to [UDP://%s], size: [9] bytes" if sent else b"received [9] new bytes from [UDP://%s]:"
    )
    whole = b"channel [0x7f]: " + frame % peer + b"\n" + text
    prefix = b"2023-09-20 %s.472 20476-20521 LinphoneService org.linphone I  " % clock
    return b"".join(prefix + line + b"\n" for line in whole.split(b"\n"))


def cucm(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    way, toward = (b"Outgoing", b"to") if sent else (b"Incoming", b"from")
    line = b"00123456.001 |%s.123 |AppInfo  |SIPUdp - wait: %s SIP UDP message %s 198.51.100.7 on port 5080 index 3:\n"
    return (line % (clock, way, toward) + b"[1234,NET]\n" + text).replace(b"\n", b"\n\n")


def phone(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    way = b"Sent to udp:%s from udp:203.0.113.10:5060" if sent else b"Received from udp:%s"
    return b"Sep 20 %s phone SIP: " % clock + way % peer + b" at 20/9/2023 (9 bytes):\n\n" + text + b"\n"


def syslog(sent: bool, clock: bytes, peer: bytes, text: bytes) -> bytes:
    return b"".join(
        b"Sep 20 %s pbx kamailio[123]: INFO: " % clock + line + b"#015\n" for line in text.split(b"\n")
    )


SEEN = {
    "audiocodes": audiocodes,
    "oracle-sbc": oracle,
    "sofia": drachtio,
    "sofia (gosip)": gosip,
    "belle-sip": logcat,
    "cisco-sdl": cucm,
    "plain (a phone)": phone,
    "plain (syslog)": syslog,
}


@pytest.mark.parametrize("seen", SEEN)
def test_forms_as_they_were_seen(seen: str) -> None:
    read = trace(lines(seen))
    assert read.form.name == seen.split(" ")[0]
    assert [payload.data for payload in read.payloads] == [message.data for message in call()]
    assert [(payload.src, payload.dst) for payload in read.payloads] == [
        (message.src, message.dst) for message in call()
    ]
    assert read.times != "none"
    assert read.payloads[-1].time_ns - read.payloads[0].time_ns == 18_000_000_000
