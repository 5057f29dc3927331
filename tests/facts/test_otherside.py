"""What one capture point cannot decide, and what to capture next."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from sipdiag.facts.observed import Observed
from sipdiag.facts.otherside import IN_VAIN, undecided, unseen
from sipdiag.pipeline.results import CallDetail
from sipdiag.pipeline.run import analyze, load_rulebook
from tests.calls.dialogs import HEALTHY, captured, read
from tests.facts.views import leg_of

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"
RULEBOOK = load_rulebook()


def told(*paths: Path | str) -> CallDetail:
    (call,) = analyze([str(SAMPLES / path) for path in paths], rulebook=RULEBOOK)[0].details
    return call


def gaps(call: CallDetail) -> list[tuple[str, str]]:
    words = ("whether the", "saw none of them")
    return [
        (one.missing, one.capture_next) for one in call.cannot_tell if any(w in one.missing for w in words)
    ]


@pytest.mark.parametrize(
    ("sample", "missing", "where"),
    [
        ("network/ack-lost-between", "the ACK reached the called side (203.0.113.20)", "host 198.51.100.10"),
        (
            "network/ack-lost-between-b",
            "the 200 OK reached the calling side (198.51.100.10)",
            "host 203.0.113.20",
        ),
        ("network/refer-lost-between", "the REFER reached the called side", "host 198.51.100.10"),
        ("signalling/bye-unanswered", "the BYE reached Asterisk", "at Asterisk as well"),
        ("signalling/no-response", "the INVITE reached Twilio", "at Twilio as well"),
    ],
)
def test_the_other_side_is_to_be_captured(sample: str, missing: str, where: str) -> None:
    ((found, capture_next),) = gaps(told(f"{sample}.pcap"))
    assert missing in found
    assert "one capture point cannot tell" in found
    assert where in capture_next


@pytest.mark.parametrize(
    "sample",
    [
        "healthy/with-rtp",
        "healthy/ack-taken-late",
        "healthy/failover-after-4-seconds",
        "healthy/retransmitted-invite",
        "signalling/private-address-ack-lost",
        "signalling/ack-refused",
        "signalling/refresh-misnumbered",
        "signalling/unreachable-behind-proxy",
    ],
)
def test_nothing_more_is_to_be_captured(sample: str) -> None:
    assert not gaps(told(f"{sample}.pcap"))


@pytest.mark.parametrize("name", ["two-points", "ack-lost-between", "refer-lost-between", "rtp-lost-between"])
def test_both_points_together_decide(name: str) -> None:
    assert not gaps(told(f"network/{name}.pcap", f"network/{name}-b.pcap"))


@pytest.mark.parametrize("order", [1, -1])
def test_a_direction_that_one_point_does_not_see(order: int) -> None:
    pair = ("network/direction-unseen.pcap", "network/direction-unseen-b.pcap")[::order]
    ((missing, capture_next),) = gaps(told(*pair))
    assert "the messages of the calling side (198.51.100.10) at direction-unseen-b.pcap" in missing
    assert "both directions at direction-unseen-b.pcap" in capture_next


def test_what_passed_both_points_was_lost_behind_the_second() -> None:
    call = told("network/refer-lost-behind.pcap", "network/refer-lost-behind-b.pcap")
    (finding,) = (one for one in call.findings if one.rule == "transfer/refer-unanswered")
    assert "The REFER passed refer-lost-behind-b.pcap as well" in f"{finding.sentence} {finding.why}"
    ((missing, capture_next),) = gaps(call)
    assert "it passed refer-lost-behind-b.pcap, and nothing was captured behind that point" in missing
    assert "at the called side (203.0.113.20) as well" in capture_next


@pytest.mark.parametrize("repeats", [IN_VAIN - 1, IN_VAIN])
def test_an_answer_that_is_acknowledged_late_is_no_loss(repeats: int) -> None:
    again = "".join("\n    - a 200 again +1.0\n    - a ACK again" for _ in range(repeats))
    ladder = f"""
    - a INVITE
    - a 200 +2
    - a ACK{again}
    - a BYE +20
    - a 200
    """
    (leg,) = read(ladder).call.legs
    assert [one.what for one in undecided(leg)] == (["ACK"] if repeats == IN_VAIN else [])


@pytest.mark.parametrize(("messages", "told"), [(5, False), (7, True)])
def test_a_direction_is_missed_where_some_of_its_messages_were_to_be_seen(messages: int, told: bool) -> None:
    """Of the caller two until the ACK, and three with the BYE."""
    seen = [
        replace(one, seen_at=(0,) if one.src.address == "54.172.60.1" else (0, 1))
        for one in captured(HEALTHY)[:messages]
    ]
    assert bool(list(unseen(leg_of(seen, observed=Observed(points=("here", "there")))))) is told
