"""A capture written by an enemy, through the whole pipeline into a browser: all of it is text, none of it runs."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

import pytest

from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.report import html, markdown, terminal
from tests.browser.conftest import Opened

STRINGS = (
    "<script>document.title='owned'</script>",
    "</style><img src=http://192.0.2.66/x onerror=document.title='owned'>",
    "javascript:document.title='owned'",
    "</script><script>alert(1)</script>",
    "</pre></details></svg><svg onload=alert(2)>",
    "a\u202egnp.exe\u2066",
    "\x1b[31mred\x1b]0;owned\x07",
    "nul\x00byte",
    '"><iframe src=javascript:alert(3)> onmouseover="alert(4)',
    "{{ 7*7 }} {% raw %} `x` | [x](javascript:alert(5))",
)
A, B = "198.51.100.7", "203.0.113.20"
SDP = "v=0\r\no={0} 1 1 IN IP4 203.0.113.20\r\ns={0}\r\nc=IN IP4 203.0.113.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na={0}\r\n"


def message(start: str, text: str, number: int, cseq: str, *, long: str = "", body: str = "") -> bytes:
    lines = [
        start,
        f"Via: SIP/2.0/UDP {A};branch=z9hG4bK{number}{cseq.split()[1]};x={text}",
        f"From: {text} <sip:{text}@example.com>;tag=f{number}",
        f'To: "{text}" <sip:{text}@example.com>' + (";tag=t1" if start.startswith("SIP") else ""),
        f"Call-ID: {text}{number}@{A}",
        f"CSeq: {cseq}",
        f"Contact: <{text}>",
        f"Refer-To: <{text}>",
        f"P-Asserted-Identity: {text} <tel:{text}>",
        f"User-Agent: {text}",
        f"Reason: SIP;cause=486;text={text}",
        f"Warning: 399 {text} {text}",
        f"X-{text}: {text}{long}",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body.encode())}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def messages() -> Iterator[tuple[bool, bytes]]:
    """(sent by A, message): a call for each string; the last has header lines of 64 KB."""
    for number, text in enumerate((*STRINGS, STRINGS[0])):
        long = text * 1700 if number == len(STRINGS) else ""
        uri = f"sip:{text}@{B}"
        yield (
            True,
            message(f"INVITE {uri} SIP/2.0", text, number, "1 INVITE", long=long, body=SDP.format(text)),
        )
        yield False, message(f"SIP/2.0 200 {text}", text, number, "1 INVITE", body=SDP.format(text))
        yield True, message(f"ACK {uri} SIP/2.0", text, number, "1 ACK")
        yield True, message(f"REFER {uri} SIP/2.0", text, number, "2 REFER")
        yield False, message(f"SIP/2.0 603 {text}", text, number, "2 REFER")
        yield False, message(f"BYE {uri} SIP/2.0", text, number, "1 BYE")
        yield True, message(f"SIP/2.0 481 {text}", text, number, "1 BYE")


def packet(forth: bool, payload: bytes, sequence: int) -> bytes:
    src, dst = ((A, B), (B, A))[not forth]
    ports = (5060, 5060)
    if sequence:
        layer, protocol = struct.pack(">HHIIBBHHH", *ports, sequence, 1, 5 << 4, 0x18, 65535, 0, 0), 6
    else:
        layer, protocol = struct.pack(">HHHH", *ports, len(payload) + 8, 0), 17
    ends = bytes(int(part) for part in f"{src}.{dst}".split("."))
    size = 20 + len(layer) + len(payload)
    return struct.pack(">BBHHHBBH", 0x45, 0, size, 1, 0, 64, protocol, 0) + ends + layer + payload


def capture() -> bytes:
    """A pcap of raw IP packets: what fits into a datagram over UDP, the rest over TCP in segments."""
    packets = []
    for forth, raw in messages():
        if len(raw) < 60_000:
            packets.append(packet(forth, raw, 0))
        else:
            packets += [packet(forth, raw[at : at + 1400], 1 + at) for at in range(0, len(raw), 1400)]
    records = (
        struct.pack("<IIII", 1_790_000_000 + n, 0, len(data), len(data)) + data
        for n, data in enumerate(packets)
    )
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101) + b"".join(records)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("hostile")
    file = folder / "<img src=x onerror=alert(6)>\u202e\x1b[31m.pcap"
    file.write_bytes(capture())
    return analyze([str(file)], expect="transfer")[0]


def test_every_call_of_the_enemy_is_read(analysis: Analysis) -> None:
    assert len(analysis.details) >= len(STRINGS)
    shown = (entry for call in analysis.details for leg in call.legs for entry in leg.leg.messages)
    assert any(len(entry.captured.message.raw) > 64_000 for entry in shown)


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}],
    ids=["wide", "narrow"],
)
def test_nothing_runs(analysis: Analysis, show: Callable[..., Opened], options: dict[str, object]) -> None:
    opened = show(analysis, **options)
    page = opened.page
    title = page.title()
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for row in range(min(page.locator("a.row").count(), 7)):
        page.locator("a.row").nth(row).press("Enter")
        assert page.locator("#viewer pre").is_visible()
        page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.title() == title != "owned"
    assert opened.dialogs == []
    assert opened.console == []
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, svg[onload], [onmouseover], a[href^=javascript]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("render", [html.render, markdown.render, terminal.render, terminal.render_calls])
def test_no_control_character_gets_out(analysis: Analysis, render: Callable[[Analysis], str]) -> None:
    text = render(analysis)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_no_control_character_reaches_the_terminal_with_a_call(analysis: Analysis) -> None:
    for result in analysis.details:
        text = terminal.render_call(analysis, result)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
