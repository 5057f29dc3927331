"""The lanes agree: ours with tshark's on every capture of the corpus, and with scapy's on all it can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipdiag.capture import tshark
from sipdiag.capture.encapsulated import Dissector
from sipdiag.capture.engine import Choice, Engine
from sipdiag.messages.captured import Host
from sipdiag.messages.read import read_messages
from tests.capture.build import Result, pcap, read_bytes
from tests.capture.test_corpus import CAPTURES, name_of, table
from tests.capture.test_peelers import ETHERNET, LINKS

Sighting = tuple[int, Host, Host, bytes]
"""Frame, ends, bytes without the line ends, spaces and NULs around them."""

DIFFERENCES = Path(__file__).with_name("lane_differences.tsv")
"""Frames in which tshark finds another message than we do: capture, frame, which lane has it alone, why."""


def sightings(path: Path, engine: Engine) -> Counter[Sighting]:
    reading = read_messages([str(path)], choice=Choice(engine))
    account = reading.accounting
    assert account.seen == account.sip + account.rtp + account.other + sum(account.undecoded.values())
    return Counter(
        (one.position.number, one.src, one.dst, one.message.raw.strip(b"\r\n\0 ")) for one in reading.messages
    )


def on_purpose(name: str) -> set[tuple[int, str]]:
    rows = table(DIFFERENCES.read_text(encoding="utf-8"))
    return {(int(row["frame"]), row["only"]) for row in rows if row["capture"] == name}


@pytest.mark.skipif(not CAPTURES, reason="the corpus of captures is not here")
@pytest.mark.skipif(tshark.unavailable() is not None, reason="tshark is not installed")
@pytest.mark.parametrize(
    "path", [path for path in CAPTURES if path.parent.name != "generated-tls"], ids=name_of
)
def test_native_and_tshark(path: Path) -> None:
    ours, theirs = sightings(path, "native"), sightings(path, "tshark")
    differences = {(frame, "ours") for frame, *_ in ours - theirs}
    differences |= {(frame, "tshark") for frame, *_ in theirs - ours}
    assert differences == on_purpose(name_of(path))


def seen(result: Result) -> Iterator[tuple[object, ...]]:
    for payload in result.payloads:
        yield (
            payload.position.numbers,
            payload.src,
            payload.dst,
            payload.transport,
            payload.data,
            payload.time_ns,
        )


USER_0 = 147
"""A link type (LINKTYPE_USER0) our own lane knows nothing of."""
NOT_SCAPY = frozenset(("three tags", "MPLS", "MPLS pseudowire", "null, IPv6 of macOS"))
"""What scapy knows nothing of: the ethertypes 0x9100 and 0x8847, the address family 30."""
PACKETS = {name: (1, packet) for name, packet in ETHERNET.items()} | LINKS


@pytest.mark.parametrize("name", PACKETS)
def test_native_and_scapy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from scapy.config import conf

    link, packet = PACKETS[name]
    if not Dissector().knows(link):
        link = 101
    ours = list(seen(read_bytes(tmp_path, pcap([packet], link=link))))
    monkeypatch.setitem(conf.l2types.num2layer, USER_0, conf.l2types.num2layer[link])
    theirs = list(seen(read_bytes(tmp_path, pcap([packet], link=USER_0))))
    assert len(ours) == 1
    assert theirs == ([] if name in NOT_SCAPY else ours)
