"""Captures whose clock is coarse, or stands still: the order of the file decides, and no duration is made up.

Each sample is captured once more by such a clock; its verdict stays, unless it rests on how long something took.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import pytest

from sipdiag.capture.names import folder_beside
from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.regression.case import analyze_case, expectation_path, load_case

SAMPLES = Path(__file__).parent.parent / "sample_pcaps"
_HEADER, _RECORD = 24, struct.Struct("<IIII")

Verdict = list[tuple[str, str | None, str | None]]
"""Of each call: outcome, rule of the root cause, who has to act."""

CAPTURES = [
    str(path.relative_to(SAMPLES).with_suffix(""))
    for path in sorted(SAMPLES.rglob("*.pcap"))
    if not load_case(expectation_path(path)).arguments.also
]
OF_SOUND = ("media/", "dtmf/")
"""What was heard, and when, is a matter of time throughout."""
BY_THE_SECOND = {
    "dtmf/doubled": "two digits within a second are one",
    "geo/suspected-dialled-011": "busy at once, or after two seconds",
    "media/burst": "a hole of less than a second",
    "media/late-packets": "60 ms late",
    "signalling/retransmissions": "repeats within the second look like copies of the capture",
    "transfer/queue-several-callers": "legs of several calls are told apart by which ended together",
}
"""What needs a clock better than one of whole seconds."""
BY_THE_CLOCK = {
    **dict.fromkeys(
        [
            "access/credentials-missing",
            "call/redirect-not-followed",
            "config/challenge-unanswered",
            "config/detection-time-as-set",
            "config/dropped-in-silence",
            "config/ring-time-as-set",
            "config/ring-time-not-in-effect",
            "signalling/no-response-only-100",
            "signalling/no-response-platform-100",
            "signalling/no-response-tcp-acknowledged",
            "signalling/no-response-tcp-unacknowledged",
            "signalling/private-address-no-audio-came",
            "signalling/refresh-lost-behind-proxy",
            "signalling/refresh-taken",
            "signalling/session-expired",
            "signalling/unreachable-bye-cut",
            "signalling/unreachable-cancel",
            "target/busy-other-try-rang",
            "target/declined-caller-is-an-extension",
            "target/no-answer-outbound-timer",
            "target/no-answer-platform-timer",
            "target/unavailable-not-passed-on",
            "transfer/bridged-gave-up-before-caller",
            "transfer/leg-left-open",
            "transfer/leg-left-open-cut",
            "transfer/no-final-notify",
            "transfer/notify-100-terminated",
            "transfer/refer-answer-not-captured",
            "transfer/target-dropped-by-platform",
        ],
        "how long somebody waited, and no repeats that would count it",
    ),
    **dict.fromkeys(
        [
            "geo/suspected-dialled-011",
            "geo/suspected-jamaica",
            "geo/suspected-single-busy",
            "geo/suspected-twice",
            "geo/suspected-two-numbers",
            "platform/rejected-by-application-late-400",
            "transfer/target-failed-603-at-once",
        ],
        "refused at once, or after seconds",
    ),
    **dict.fromkeys(
        [
            "signalling/bye-refused-misrouted",
            "signalling/cancel-failed-answered-late",
            "signalling/cancel-failed-other-via",
            "signalling/dialog-lost-other-calls-tag",
            "signalling/refresh-challenged",
            "transfer/notify-without-event",
            "transfer/refer-other-calls-tag",
        ],
        "what was sent within a moment crossed on its way, and nobody is to blame",
    ),
    **dict.fromkeys(
        ["access/forbidden-then-redialled", "traps/call-id-reused"], "another call begins some time later"
    ),
    **dict.fromkeys(
        [
            "signalling/no-response-only-when-long",
            "signalling/no-response-options-answered",
            "signalling/no-response-options-answered-long-invite",
        ],
        "an answer before and after",
    ),
    "signalling/private-address-one-way": "RTP has no order of its own",
    "network/rtp-lost-between-b": "RTP has no order of its own",
    "transfer/queue-several-callers": "legs of several calls are told apart by which ended together",
}
"""What needs a clock at all."""


@cache
def captured(name: str) -> Verdict:
    sample = SAMPLES / f"{name}.pcap"
    return _verdict(_analysis(sample, sample))


def _analysis(capture: Path, sample: Path) -> Analysis:
    return analyze_case(capture, load_case(expectation_path(sample)).arguments)


def _verdict(analysis: Analysis) -> Verdict:
    return [
        (one.outcome, one.root_cause.rule, one.root_cause.acts.who)
        if one.root_cause is not None
        else (one.outcome, None, None)
        for one in analysis.calls
    ]


def analysis_by(folder: Path, name: str, *, tick_s: int | None) -> Analysis:
    """A sample as a clock with such ticks has it; None: one that stands still."""
    sample = SAMPLES / f"{name}.pcap"
    data = sample.read_bytes()
    began_s, began_us, _, _ = _RECORD.unpack_from(data, _HEADER) if len(data) > _HEADER else (0, 0, 0, 0)
    written, at = bytearray(data), _HEADER
    while at + _RECORD.size <= len(data):
        second, _, kept, _ = _RECORD.unpack_from(data, at)
        when = (began_s, began_us) if tick_s is None else (second - second % tick_s, 0)
        struct.pack_into("<II", written, at, *when)
        at += _RECORD.size + kept
    capture = folder / sample.name
    capture.write_bytes(written)
    beside = folder_beside(str(sample))
    if beside is not None:
        (folder / Path(beside).name).symlink_to(Path(beside).resolve())
    return _analysis(capture, sample)


@pytest.mark.parametrize("name", CAPTURES)
def test_whole_seconds(name: str, tmp_path: Path) -> None:
    found = _verdict(analysis_by(tmp_path, name, tick_s=1))
    assert (found != captured(name)) == (name in BY_THE_SECOND)


@pytest.mark.parametrize("name", [name for name in CAPTURES if not name.startswith(OF_SOUND)])
def test_a_clock_that_stands_still(name: str, tmp_path: Path) -> None:
    found = _verdict(analysis_by(tmp_path, name, tick_s=None))
    assert (found != captured(name)) == (name in BY_THE_CLOCK)


def test_no_duration_is_made_up(tmp_path: Path) -> None:
    """A call that rang and was talked on for a while, all at one time."""
    (call,) = analysis_by(tmp_path, "healthy/plain", tick_s=None).calls
    assert not call.time_known
    assert (call.setup_s, call.ring_s, call.talk_s, call.progress_s) == (None, None, None, None)


def test_times_are_told_as_captured(tmp_path: Path) -> None:
    """Messages at one time have an order; that it is kept in nanoseconds shows nowhere."""
    analysis = analysis_by(tmp_path, "healthy/plain", tick_s=1)
    (call,) = analysis.calls
    assert isinstance(call, CallDetail)
    messages = [entry.captured for leg in call.call.legs for entry in leg.messages]
    assert len({one.clock_ns for one in messages}) < len({one.time_ns for one in messages}) == len(messages)
    assert all(one.known_ns is not None and one.known_ns % 1_000_000_000 == 0 for one in messages)
    assert call.start_ns % 1_000_000_000 == call.end_ns % 1_000_000_000 == 0
