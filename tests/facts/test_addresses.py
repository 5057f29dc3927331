"""Private addresses: who can reach them, and who was given them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.facts.addresses import sent_private
from sipdiag.facts.private import is_private
from sipdiag.pipeline.run import analyze
from tests.calls.dialogs import read
from tests.facts.test_answers import body

SAMPLES = Path(__file__).parent.parent.parent / "sample_pcaps"


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.1.1",
        "127.0.0.1",
        "fd00::1",
        "[fd00::1]",
        "fe80::1",
        "::1",
    ],
)
def test_nobody_on_the_internet_can_send_there(host: str) -> None:
    assert is_private(host) is True


@pytest.mark.parametrize(
    "host",
    [
        "9.255.255.255",
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "203.0.113.5",
        "198.51.100.10",
        "2001:db8::1",
        "[2001:db8::1]",
        "54.172.60.1",
    ],
)
def test_public_addresses_and_those_of_documentation(host: str) -> None:
    assert is_private(host) is False


@pytest.mark.parametrize("host", ["", "pbx.example.com", "0.0.0.0", "::", "10.0.0", "anonymous.invalid"])
def test_what_is_no_address(host: str) -> None:
    assert is_private(host) is None


@pytest.mark.parametrize(
    ("sample", "fires"),
    [
        ("signalling/private-address", True),
        ("traps/carrier-private-contact", False),
        ("traps/ring-all", False),
        ("healthy/plain", False),
    ],
)
def test_only_what_a_public_peer_was_given_counts(sample: str, fires: bool) -> None:
    analysis, _ = analyze([str(SAMPLES / f"{sample}.pcap")])
    rules = {finding.rule for call in analysis.calls for finding in call.findings}
    assert ("signalling/private-address" in rules) is fires


PRIVATE_SDP = "v=0\\r\\no=- 1 1 IN IP4 10.0.0.9\\r\\ns=-\\r\\nc=IN IP4 10.0.0.9\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP 0\\r\\n"


def test_of_several_private_addresses_the_one_for_requests_counts() -> None:
    """Requests that go astray end the call; audio is a matter of its own."""
    ladder = f"""
  - p INVITE{body(PRIVATE_SDP)}
  - p 200 +2: {{headers: {{Contact: "<sip:bob@10.1.1.1>"}}}}
  - p ACK
"""
    found = sent_private(read(ladder).leg, None)
    assert found is not None
    assert (found.where, found.address) == ("Contact of the 200", "10.1.1.1")


@pytest.mark.parametrize(
    ("follows", "told"), [("", True), ("  - a carrier BYE +5\n", False), ("  - a agent BYE +5\n", True)]
)
def test_a_private_route_misleads_nobody_who_sends_to_where_the_answer_came_from(
    follows: str, told: bool
) -> None:
    """The answer is sent again and again all the same: its ACK may have got lost elsewhere."""
    record = '{headers: {Record-Route: "<sip:10.1.1.1;lr>"}}'
    again = "".join(f"  - a 200 INVITE again +{wait}\n" for wait in (0.5, 1, 2))
    ladder = f"  - a INVITE\n  - a 200 +2: {record}\n{again}{follows}"
    found = sent_private(read(ladder).leg, None)
    assert (found is not None and found.where == "Record-Route of the 200") is told
