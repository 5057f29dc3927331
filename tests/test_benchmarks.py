"""The captures that are made to measure are what they say they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import generate
from benchmarks.case import Case
from benchmarks.growth import plot
from benchmarks.linear import holds
from benchmarks.run import packets
from sipdiag.messages.read import read_messages
from sipdiag.pipeline.run import analyze

WITH_CALLS = ("rtp-heavy", "rtp-vxlan", "short-calls", "sip-only", "sip-varied", "one-tcp", "fragments")


@pytest.mark.parametrize("shape", WITH_CALLS)
def test_every_call_is_found_whatever_carries_it(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "made.pcap"
    generate.write(shape, 12, 7, path)
    analysis, errors = analyze([str(path)])
    assert not errors
    assert len(analysis.details) == 12
    assert not analysis.accounting.undecoded
    assert analysis.accounting.seen == packets(path)


@pytest.mark.parametrize("shape", generate.SHAPES)
def test_the_same_seed_gives_the_same_bytes(shape: str) -> None:
    first, again, other = (b"".join(generate.SHAPES[shape](10, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_media_comes_in_both_directions_between_the_ends_of_the_sdp(tmp_path: Path) -> None:
    path = tmp_path / "made.pcap"
    generate.write("short-calls", 1, 1, path)
    reading = read_messages([str(path)])
    # 2 s of talk, a packet every 20 ms each way, and the seven messages of an answered call.
    assert len(reading.messages) == 7
    assert reading.accounting.seen - 7 == pytest.approx(200, abs=4)


def test_mixed_outcomes_are_mixed(tmp_path: Path) -> None:
    path = tmp_path / "made.pcap"
    generate.write("sip-only", 150, 1, path)
    analysis, _ = analyze([str(path)])
    assert {"answered", "transferred", "busy", "cancelled"} <= {result.outcome for result in analysis.details}


def test_varied_calls_fail_three_times_in_ten_and_hardly_two_are_alike(tmp_path: Path) -> None:
    path = tmp_path / "made.pcap"
    generate.write("sip-varied", 400, 1, path)
    analysis, _ = analyze([str(path)])
    details = analysis.details
    failed = [result for result in details if result.outcome not in ("answered", "transferred", "cancelled")]
    assert len(failed) / len(details) == pytest.approx(0.28, abs=0.05)
    assert {"busy", "rejected", "no-response"} <= {result.outcome for result in failed}
    heads = {
        tuple(name for name, _ in leg.leg.invites[0].first.message.fields)
        for one in details
        for leg in one.legs
    }
    assert len(heads) >= 12, "fourteen makes of devices call, each with its own header order"
    assert len({result.talk_s for result in details if result.talk_s is not None}) > 150


@pytest.mark.parametrize(
    ("shape", "calls", "messages"), [("one-call-id", 1, 100), ("lone-invites", 100, 100)]
)
def test_adversarial_shapes(shape: str, calls: int, messages: int, tmp_path: Path) -> None:
    path = tmp_path / "made.pcap"
    generate.write(shape, 100, 1, path)
    analysis, _ = analyze([str(path)])
    assert len(analysis.details) == calls
    assert analysis.sip_messages == pytest.approx(messages, abs=2)


def test_a_fork_is_one_call_with_every_branch(tmp_path: Path) -> None:
    path = tmp_path / "made.pcap"
    generate.write("forks", 50, 1, path)
    analysis, _ = analyze([str(path)])
    (result,) = analysis.details
    assert len(result.legs[0].leg.to_tags) == 50


def test_the_plot_is_an_svg_with_a_line_a_shape() -> None:
    drawn = plot({"sip-only": [1.0, 1.0, 1.1, 1.2], "forks": [1.0, 0.9, 0.9, 0.8]})
    assert drawn.startswith("<svg")
    assert drawn.count('stroke-width="2"') == 2
    assert ">forks</text>" in drawn


def test_the_measurement_tells_linear_from_quadratic() -> None:
    assert holds("linear", Case(2_000, lambda n: lambda: sum(range(n * 50))))
    assert not holds("quadratic", Case(20, lambda n: lambda: [sum(range(n)) for _ in range(n)]))
