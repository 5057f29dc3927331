"""Whatever a finding cites has a link, and where it leads stands the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.report import html

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
CITED = {
    "media/burst.pcap": "a packet of a stream",
    "media/after-bye.pcap": "a packet of a stream",
    "signalling/unreachable.pcap": "an ICMP message",
    "config/answer-dials-nothing.pcap": "a value in a file",
    "logs/asterisk-webrtc-488.log": "a line of a log",
    "logs/pasted-register-403.log": "a line of a log, of no call",
    "access/register-refused.pcap": "a message of no call",
    "transfer/refer-completed.pcap": "nothing",
}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.mark.parametrize("name", CITED, ids=list(CITED))
def test_every_piece_of_evidence_has_a_link_and_a_row(rulebook: Rulebook, name: str) -> None:
    page = html.render(analyze([str(SAMPLES / name)], rulebook=rulebook)[0])
    lists = re.findall(r'<ul class="evidence".*?</ul>', page, re.DOTALL)
    items = [item for text in lists for item in re.findall(r"<li>(.*?)</li>", text, re.DOTALL)]
    assert bool(items) is (CITED[name] != "nothing")
    for item in items:
        target = re.match(r'<a href="#([^"]+)"', item)
        assert target, item
        assert page.count(f'id="{target[1]}"') == 1
