"""The frames and start lines found in every capture of the corpus equal what is known of it."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from sipdiag.capture.payload import Payload
from sipdiag.sip.framing import Framer
from sipdiag.sip.message import Message
from tests.capture.build import Result, read_paths

CORPUS = Path(os.environ.get("SIPDIAG_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
CAPTURES = sorted(
    path for path in CORPUS.glob("captures/*/*") if path.suffix not in (".keylog", ".pem", ".md")
)

ON_PURPOSE = {
    "ndpi/fuzz-2006-06-26-2594.pcap": (
        {(108, "401"), (154, "REGISTER"), (274, "40"), (346, "INVITE"), (348, "403")},
        "damaged start lines (a NUL, a status of two digits): reported as malformed, not lost",
    ),
    "snort3-demo/gtpingtp.pcap": (
        {(2, "487")},
        "a reply sent to port 5060 from the port of GTP is SIP, not GTP",
    ),
    "snort3-demo/gtpingtp-2872d3.pcap": ({(2, "487")}, "the same"),
}
"""Messages of ours that the other side does not count, and why."""

Seen = tuple[int, str, str]
"""Frame, method or status, Call-ID."""


def start(message: Message) -> str:
    return (message.method if message.is_request else message.start_line.split()[1]).upper()


def ours(result: Result) -> list[tuple[int, str, str]]:
    found: list[Seen] = []
    framers: dict[int | None, Framer[int]] = {}
    for payload in result.payloads:
        found += messages(payload, framers)
    return found


def messages(payload: Payload, framers: dict[int | None, Framer[int]]) -> list[Seen]:
    if payload.stream is None:
        framer = Framer[int](datagram=True)
    else:
        framer = framers.setdefault(payload.stream, Framer(datagram=False))
    framer.lost(payload.lost_before)
    framer.receive(payload.data, tag=payload.frames[-1])
    found: list[Seen] = []
    while (framed := framer.next_message()) is not None:
        message = Message(framed.data)
        # The truth shows a value up to a NUL in it.
        found.append((max(framed.tags), start(message), message.call_id.partition("\0")[0]))
    return found


def truth(name: str) -> list[Seen]:
    """What is known to be in the capture; SIP quoted inside ICMP errors is none."""
    path = CORPUS / "truth" / f"{name}.esp-null.tsv"
    if not path.exists():
        path = CORPUS / "truth" / f"{name}.tsv"
    found: list[Seen] = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if "icmp" in row["frame.protocols"]:
                continue
            kinds = [kind for column in ("sip.Method", "sip.Status-Code") for kind in row[column].split(",")]
            for kind in filter(None, kinds):
                found.append((int(row["frame.number"]), kind.upper(), row["sip.Call-ID"]))
    return found


def without_call_id(seen: list[Seen]) -> Counter[tuple[int, str]]:
    return Counter((frame, kind) for frame, kind, _ in seen)


@pytest.mark.skipif(not CAPTURES, reason="the corpus of captures is not here")
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_messages_equal_the_truth(path: Path) -> None:
    name = f"{path.parent.name}/{path.name}"
    result = read_paths([path])
    found, known = ours(result), truth(name)
    if path.parent.name == "generated-tls":
        assert not found
        assert result.accounting.encrypted
        return
    counted = without_call_id(known)
    assert not counted - without_call_id(found)
    assert set(without_call_id(found) - counted) == ON_PURPOSE.get(name, (set(), ""))[0]
    assert {seen for seen in known if comparable(seen, counted)} <= set(found)


def comparable(seen: Seen, counted: Counter[tuple[int, str]]) -> bool:
    """Several messages in a frame have their Call-IDs in one field; a cut one has none."""
    frame, kind, call_id = seen
    return bool(call_id) and "," not in call_id and counted[frame, kind] == 1
