"""Facts of directions, written down from the scenarios: what was sent, what is missing of it, how it sounded.

A packet of the samples is 20 ms long; ``True`` stands for the way to the caller.
"""

from __future__ import annotations

from functools import cache

import pytest

from sipdiag.pipeline.run import load_rulebook
from tests.facts.rows import Row, rows

RULEBOOK = load_rulebook()
ABSENT = object()
Value = object
"""A value, a pair of bounds, or :data:`ABSENT`."""

TRUTH: list[tuple[str, bool, dict[str, Value]]] = [
    # 20 s each way, one in twenty of what the trunk (the caller) sends is lost.
    (
        "media/loss",
        False,
        {"expected": 1000, "lost": (35, 65), "loss_percent": (3.5, 6.5), "network_lost": True},
    ),
    (
        "media/loss",
        True,
        {"expected": 1000, "lost": 0, "loss_percent": 0.0, "late_packets": 0, "duplicates": 0},
    ),
    # Only the called side sends, for 20 of 22 s.
    ("media/one-way", False, {"nothing": True, "packets": 0, "packets_back": 1000, "both_send": True}),
    ("media/one-way", True, {"nothing": False, "packets": 1000, "packets_back": 0, "lost": 0}),
    # Nothing is lost, one packet in sixteen of the called side comes 150 ms late.
    ("media/late-packets", True, {"lost": 0, "late_percent": (4.0, 8.5), "late_packets": (40, 85)}),
    ("media/late-packets", False, {"lost": 0, "late_packets": 0, "late_percent": 0.0}),
    # One packet in twenty-five comes twice; none is lost.
    ("media/duplicates", False, {"duplicates": (25, 55), "lost": 0, "stream_packets": (1020, 1060)}),
    ("media/duplicates", True, {"duplicates": 0, "reordered": 0, "lost": 0, "stream_packets": 1000}),
    # Of the called side the packets from 5.0 to 5.5 s are missing: 25 in a row.
    ("media/burst", True, {"lost": 25, "lost_in_a_row": 25, "gap_ms": (500, 540), "gap_at_s": (4.9, 5.1)}),
    ("media/burst", False, {"lost": 0, "lost_in_a_row": 0}),
    # The trunk's clock is fast by 600 ppm: 36 ms a minute.
    ("media/skew", False, {"skew_ppm": (570, 630), "skew_fast": True, "skew_ms_a_minute": (34, 38)}),
    ("media/skew", True, {"skew_ppm": ABSENT, "lost": 0}),
    # The called side sends one value throughout; the caller is audible.
    ("media/silence", True, {"all_silence": True, "other_heard": True}),
    ("media/silence", False, {"all_silence": False}),
    # The called side stops after 10 s of 40, counted from the INVITE after 12.2 s, and the BYE names an RTP timeout.
    (
        "media/stopped",
        True,
        {"stopped_s": (29.8, 30.3), "stopped_at_s": (12.2, 12.4), "stopped_told": True, "packets": 500},
    ),
    ("media/stopped", True, {"stopped_round": True, "other_went_on": True, "pauses": False}),
    ("media/stopped", False, {"stopped_s": ABSENT, "packets": 2000}),
    # The PBX reports 60 of the trunk's 1,000 packets as lost; all of them passed here.
    (
        "media/remote-loss",
        False,
        {"remote_lost": 60, "remote_expected": 1000, "remote_loss_percent": 6.0, "lost": 0},
    ),
    ("media/remote-loss", True, {"remote_lost": 0, "remote_loss_percent": 0.0, "lost": 0}),
    # The called side sends for 20 s, and the BYE comes after 10 s.
    ("media/after-bye", True, {"after_bye_s": (9.9, 10.1), "packets": 1000, "packets_back": 500}),
    ("media/after-bye", False, {"after_bye_s": ABSENT, "packets": 500}),
    # The trunk sends to the private address in the caller's offer.
    ("media/to-private", True, {"private_address": "192.168.1.20:10924", "private_source": "198.51.100.10"}),
    ("media/to-private", True, {"private_s": (19.9, 20.0), "packets": 1000}),
    ("media/to-private", False, {"private_address": ABSENT, "private_s": ABSENT}),
    # After 8 s the PBX wants its audio at port 30000; for 20 s more the trunk sends to the old port.
    ("media/wrong-address", False, {"astray_s": (19.9, 20.1), "astray_named": "198.51.100.10:30000"}),
    ("media/wrong-address", False, {"astray_to": "198.51.100.10:17136", "packets": 1400}),
    ("media/wrong-address", True, {"astray_s": ABSENT, "astray_to": ABSENT, "packets": 1375}),
    # The called side sends GSM (payload type 3) throughout; PCMU, PCMA and events were offered.
    ("media/pt-not-negotiated", True, {"alien_type": 3, "alien_name": "GSM", "alien_percent": 100.0}),
    ("media/pt-not-negotiated", True, {"agreed": "PCMU (0), PCMA (8), telephone-event (101)"}),
    ("media/pt-not-negotiated", False, {"alien_type": ABSENT, "agreed": "PCMU (0), telephone-event (101)"}),
    # First audio of the called side 4 s after its 200; that of the caller at once.
    ("media/late", True, {"late_s": (4.0, 4.1), "packets": 800}),
    ("media/late", False, {"late_s": (0.0, 0.1), "packets": 1000}),
    # Another source goes on after 10 s, 12.3 s after the INVITE.
    ("media/source-changed", True, {"source_changed_at_s": (12.2, 12.4), "packets": 1000, "lost": 0}),
    ("media/source-changed", False, {"source_changed_at_s": ABSENT}),
    # One digit, as an event and by INFO.
    ("dtmf/doubled", False, {"digits": 1, "digits_doubled": 1, "digits_by_info": 1, "digits_endless": 0}),
    ("dtmf/doubled", True, {"digits": ABSENT}),
    # Two digits, neither with an end.
    ("dtmf/no-end", False, {"digits": 2, "digits_endless": 2, "digits_doubled": 0, "digits_agreed": True}),
    # Two digits as payload type 97 where 101 was agreed.
    (
        "dtmf/payload-type",
        False,
        {"digits": 2, "digits_type": 97, "digits_agreed_type": 101, "digits_agreed": False},
    ),
]


@cache
def directions(sample: str) -> dict[bool, dict[str, object]]:
    found: dict[bool, dict[str, object]] = {}
    for row in rows(f"{sample}.pcap", RULEBOOK):
        facts = _facts(row)
        if row["kind"] == "direction":
            found[facts["to_caller"] is True] = facts
    return found


def _facts(row: Row) -> dict[str, object]:
    facts = row["facts"]
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize(
    ("sample", "to_caller", "fact", "value"),
    [(sample, way, fact, value) for sample, way, facts in TRUTH for fact, value in facts.items()],
)
def test_fact_of_a_direction(sample: str, to_caller: bool, fact: str, value: Value) -> None:
    facts = directions(sample)[to_caller]
    if value is ABSENT:
        assert fact not in facts
        return
    found = facts[fact]
    if isinstance(value, tuple):
        assert isinstance(found, int | float)
        assert value[0] <= found <= value[1]
    else:
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize("sample", sorted({sample for sample, _, _ in TRUTH}))
def test_names_of_both_ends(sample: str) -> None:
    found = directions(sample)
    assert [found[way]["party"] for way in (False, True)] == ["called party", "caller"]
    assert found[True]["receiver_name"] == found[False]["sender_name"]
    assert found[True]["sender_name"] == found[False]["receiver_name"]
    assert found[True]["talk_s"] == found[False]["talk_s"]
