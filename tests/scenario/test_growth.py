"""RTP, WebSocket, IPv6, VLAN tags and network faults in scenarios, and what the pipeline makes of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag import analyze
from sipdiag.scenario import ScenarioError, compile_scenario
from tests.regression.conftest import Run, run
from tests.scenario.test_packets import frames

__all__ = ["run"]

EVERYTHING = """
title: everything at once
vlan: [20, 300]
hosts:
  browser: {address: "2001:db8::15", flavour: generic, port: 50600}
  edge: {address: "2001:db8::1", flavour: kamailio, domain: example.com, port: 8080}
  alice: {address: 198.51.100.31, flavour: phone, domain: example.com}
  bob: {address: 198.51.100.32, flavour: phone, domain: example.com}
dialogs:
  w: {from: browser, to: edge, caller: carol, callee: bob, transport: ws}
  t: {from: alice, to: bob, caller: alice, callee: bob, transport: tcp}
  u: {from: alice, to: bob, caller: alice, callee: bob}
ladder:
  - w INVITE
  - w 100
  - w 180 +0.4
  - w 200 +1.1
  - w ACK
  - w RTP 2 lost=5% copy=3% reorder=4% late=2%
  - t INVITE @3
  - t 100
  - t 180 lost
  - t 200 +1
  - t ACK late=0.4
  - t RTP 1
  - u INVITE @5
  - u INVITE again +0.5
  - u 100
  - u 180 copy +0.2
  - u 200 reorder +1
  - u ACK
  - u BYE +3
  - u 200
  - t BYE
  - t 200
  - w edge BYE
  - w 200
"""


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    path = tmp_path / "everything.scenario.yaml"
    path.write_text(EVERYTHING)
    return path


@pytest.fixture
def capture(everything: Path) -> Path:
    path = everything.with_name("everything.pcap")
    path.write_bytes(compile_scenario(everything))
    return path


def tshark(capture: Path, *arguments: str) -> str:
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    command = ["tshark", "-r", str(capture), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_synth_writes_the_same_bytes_each_time(run: Run, everything: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    assert run("synth", everything, "-o", one) == (0, "", "")
    assert run("synth", everything, "-o", two).status == 0
    assert one.read_bytes() == two.read_bytes() == compile_scenario(everything)


def test_synth_to_standard_output(everything: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sipdiag", "synth", str(everything), "-o", "-"], capture_output=True
    )
    assert ran.stdout == compile_scenario(everything)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x", "broken.scenario.yaml:1: 'hosts' is missing"),
        ("title: [", "broken.scenario.yaml:2: "),
        (EVERYTHING.replace("w 100", "w 1000"), ":14: '1000' is no host"),
    ],
)
def test_synth_of_a_broken_scenario(run: Run, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "broken.scenario.yaml"
    path.write_text(text.lstrip("\n"))
    status, out, err = run("synth", path, "-o", tmp_path / "x.pcap")
    assert (status, out) == (2, "")
    assert said in err
    assert not (tmp_path / "x.pcap").exists()


def test_synth_where_nothing_can_be(run: Run, everything: Path, tmp_path: Path) -> None:
    assert "cannot be written" in run("synth", everything, "-o", tmp_path / "no" / "x.pcap").err
    assert run("synth", tmp_path / "none.scenario.yaml", "-o", tmp_path / "x.pcap").status == 2
    assert run("synth", everything).status == 2


def test_tshark_sees_no_malformed_packet_and_no_error(capture: Path) -> None:
    wanted = '_ws.malformed || _ws.expert.severity == "Error"'
    assert tshark(capture, "-Y", wanted, "-T", "fields", "-e", "frame.number") == ""


def test_tshark_reads_every_layer(capture: Path) -> None:
    def count(display_filter: str) -> int:
        return len(tshark(capture, "-Y", display_filter, "-T", "fields", "-e", "frame.number").split())

    assert count("vlan.id == 300 && ieee8021ad.id == 20") == len(frames(capture.read_bytes()))
    assert count("websocket && sip && ipv6") == 7
    assert count('http.response.code == 101 && http.sec_websocket_protocol == "sip"') == 1
    assert count("sip && tcp && ip") == 6
    assert count("rtp && ipv6") > 150


def test_the_calls_are_read_back(capture: Path) -> None:
    calls = analyze(capture).details
    assert {call.legs[0].facts["transport"] for call in calls} == {"WS", "TCP", "UDP"}
    assert {call.outcome for call in calls} == {"answered"}


def rtp(write: Callable[[str], Path], faults: str) -> list[int]:
    """Sequence numbers of a stream of 500 packets, in the order of the capture."""
    pcap = compile_scenario(write(f"a INVITE\na 200\na ACK\na agent RTP 10 {faults}"))
    data = [frame[42:] for _, frame in frames(pcap) if frame[42] == 0x80]
    first = int.from_bytes(data[0][2:4], "big")
    return [int.from_bytes(packet[2:4], "big") - first for packet in data]


def test_rtp_faults(write: Callable[[str], Path]) -> None:
    assert rtp(write, "") == list(range(500))
    lost = rtp(write, "lost=10%")
    assert 420 < len(lost) < 480
    assert lost == sorted(lost)
    copied = rtp(write, "copy=10%")
    assert 520 < len(copied) < 580
    assert sorted(set(copied)) == list(range(500))
    swapped = rtp(write, "reorder=10%")
    assert sorted(swapped) == list(range(500)) != swapped
    late = rtp(write, "late=100%")
    assert late == list(range(500))


def test_a_late_message_is_overtaken(write: Callable[[str], Path]) -> None:
    found = [
        frame[42:] for _, frame in frames(compile_scenario(write("a INVITE\na 180 late=2\na 200 +1\na ACK")))
    ]
    assert [data.split(b" ")[0:2][0] for data in found] == [b"INVITE", b"SIP/2.0", b"ACK", b"SIP/2.0"]
    assert found[1].startswith(b"SIP/2.0 200")


def test_a_reordered_message_comes_first(write: Callable[[str], Path]) -> None:
    found = [
        frame[42:] for _, frame in frames(compile_scenario(write("a INVITE\na 180\na 200 reorder +1\na ACK")))
    ]
    assert [data[:11] for data in found[1:3]] == [b"SIP/2.0 200", b"SIP/2.0 180"]


def test_tcp_segments_out_of_order_lose_nothing(write: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(
        compile_scenario(write("t INVITE\nt 100\nt 180 late=0.2\nt 200 +0.1\nt ACK\nt BYE +5\nt 200"))
    )
    analysis = analyze(path)
    messages = [item.captured for item in analysis.details[0].legs[0].leg.messages]
    assert sorted(one.message.status or 0 for one in messages) == [0, 0, 0, 100, 180, 200, 200]
    assert not any(one.truncated for one in messages)
    assert analysis.notes == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a INVITE reorder", "'reorder' needs a line above it"),
        ("a INVITE lost=5%", "'lost=5%' is not understood"),
        ("a INVITE\na 200\na RTP 1 lost=101%", "'lost=101%' is more than all packets"),
        ("a INVITE\na 200\na RTP 1 late=0.4", "'late=0.4' is not understood"),
        ("a INVITE\na 200\na RTP 1 jam=4%", "'jam=4%' is not understood"),
    ],
)
def test_faults_that_make_no_sense(write: Callable[[str], Path], line: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        compile_scenario(write(line))


@pytest.mark.parametrize("vlan", ["0", "4095", "[]", "[1, 2, 3]", "1.5", "x"])
def test_vlans_that_do_not_exist(write: Callable[[str], Path], vlan: str) -> None:
    path = write("a INVITE")
    path.write_text(f"{path.read_text()}vlan: {vlan}\n")
    with pytest.raises(ScenarioError, match=r"test\.scenario\.yaml:23: expected"):
        compile_scenario(path)
