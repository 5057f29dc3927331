"""Labelled captures written out as text and read back: the same verdict, unless the format cannot carry its proof."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sipdiag.capture.payload import Endpoint
from sipdiag.logs.forms import BY_NAME
from sipdiag.logs.write import Logged, written
from sipdiag.messages.read import read_messages
from sipdiag.pipeline.run import Rulebook, analyze, load_rulebook
from sipdiag.scenario import compile_scenario
from sipdiag.scenario.build import scenarios

ACCURACY = Path(__file__).parents[1] / "accuracy"
EVERY = 27
"""Of the labelled captures every so many; all of them were compared once, see docs/text-logs.md."""
FORMS = ("sngrep", "ngrep", "blink", "tcpdump", "sofia")
ONLY_RTP_SHOWS = ("one-way", "no-audio", "keys-sent-as")
SOME = [
    path for path in scenarios(ACCURACY)[::EVERY] if not any(name in path.name for name in ONLY_RTP_SHOWS)
]


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def as_log(form: str, capture: Path, own: str | None = None) -> tuple[bytes, int]:
    """The capture as one of its hosts would have logged it, the busiest unless said, and how many messages that are."""
    messages = [one for one in read_messages([str(capture)]).messages if one.copy_of is None]
    hosts = Counter(host.address for one in messages for host in (one.src, one.dst))
    own = own or hosts.most_common(1)[0][0]
    logged = [
        Logged(
            one.time_ns,
            Endpoint(*one.src),
            Endpoint(*one.dst),
            one.transport,
            one.message.raw,
            one.src.address == own,
        )
        for one in messages
    ]
    return b"".join(written(BY_NAME[form], logged, {})), len(logged)


@pytest.mark.parametrize("scenario", SOME, ids=lambda path: f"{path.parent.name}/{path.name.split('.')[0]}")
def test_the_verdict_stays(scenario: Path, tmp_path: Path, rulebook: Rulebook) -> None:
    capture = tmp_path / "call.pcap"
    capture.write_bytes(compile_scenario(scenario))
    before, _ = analyze([str(capture)], rulebook=rulebook)
    for form in FORMS:
        log = tmp_path / "call.log"
        text, messages = as_log(form, capture)
        log.write_bytes(text)
        after, _ = analyze([str(log)], rulebook=rulebook)
        assert after.files[0].log is not None
        assert after.files[0].log.form == form
        assert after.sip_messages == messages
        assert [(one.outcome, one.root_cause and one.root_cause.rule) for one in after.calls] == [
            (one.outcome, one.root_cause and one.root_cause.rule) for one in before.calls
        ]


@pytest.mark.parametrize(
    ("own", "lost"),
    [
        ("203.0.113.20", True),
        # Its own log lacks the ACKs that the capture shows it sent: nothing was lost on the way to it.
        ("198.51.100.10", False),
    ],
)
def test_an_ack_is_missed_by_the_log_of_whom_it_went_to(
    own: str, lost: bool, tmp_path: Path, rulebook: Rulebook
) -> None:
    """The log has no times: which way the ACK went, its author's address tells."""
    samples = ACCURACY.parents[1] / "sample_pcaps" / "network"
    path = tmp_path / "asterisk.log"
    path.write_bytes(as_log("asterisk-pjsip", samples / "ack-lost-between-b.pcap", own)[0])
    analysis, _ = analyze([str(samples / "ack-lost-between.pcap"), str(path)], rulebook=rulebook)
    (call,) = analysis.calls
    assert call.root_cause is not None
    assert (call.root_cause.rule == "network/lost-between-points") == lost
