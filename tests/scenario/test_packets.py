from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.scenario import compile_scenario
from sipdiag.scenario.build import pcap_path, scenarios
from sipdiag.scenario.digest import DigestChallenge, credentials
from sipdiag.scenario.load import load
from sipdiag.scenario.tokens import Tokens

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
Write = Callable[[str], Path]


def frames(pcap: bytes) -> list[tuple[float, bytes]]:
    found = []
    offset = 24
    while offset < len(pcap):
        sec, usec, size = (int.from_bytes(pcap[offset + at : offset + at + 4], "little") for at in (0, 4, 8))
        found.append((sec + usec / 1e6, pcap[offset + 16 : offset + 16 + size]))
        offset += 16 + size
    return found


def test_the_same_scenario_gives_the_same_bytes(write: Write) -> None:
    path = write("a INVITE\na 200\na ACK\nt INVITE\nt 200\nt ACK")
    assert compile_scenario(path) == compile_scenario(path)


def test_identifiers_come_from_the_file_name(write: Write, tmp_path: Path) -> None:
    path = write("a INVITE")
    other = tmp_path / "other.scenario.yaml"
    other.write_text(path.read_text())
    assert compile_scenario(path) != compile_scenario(other)


def test_lost_is_left_out_and_copies_come_twice(write: Write) -> None:
    assert len(frames(compile_scenario(write("a INVITE\na 100 lost\na 180 copy")))) == 3
    path = write("a INVITE\na 100")
    path.write_text(path.read_text() + "copies: true\n")
    found = [data for _, data in frames(compile_scenario(path))]
    assert found == [found[0], found[0], found[2], found[2]]


def test_packets_and_the_file_can_be_cut(write: Write) -> None:
    path = write("a INVITE\na 100")
    whole = compile_scenario(path)
    path.write_text(path.read_text() + "snaplen: 96\ncut: 10\n")
    (_, first), (_, last) = frames(compile_scenario(path))
    assert (len(first), len(last)) == (96, 86)
    (_, full), _ = frames(whole)
    assert full.startswith(first)


def test_bytes_are_sent_as_they_are(write: Write) -> None:
    ((_, frame),) = frames(compile_scenario(write("a OPTIONS: {hex: 16 03 01 00}")))
    assert frame[42:] == b"\x16\x03\x01\x00"


def test_times_are_relative_or_absolute(write: Write) -> None:
    times = [time for time, _ in frames(compile_scenario(write("a INVITE\na 180 +1.5\na 200 @7")))]
    assert [round(time - times[0], 2) for time in times] == [0, 1.5, 7]


def test_tcp_sequence_numbers_add_up_over_loss_splits_and_joins(write: Write) -> None:
    pcap = compile_scenario(
        write("t INVITE split\nt 100\nt 180 join\nt 200 lost\nt ACK\nt carrier BYE\nt 200")
    )
    next_seq: dict[bytes, int] = {}
    payload: dict[bytes, bytes] = {}
    gaps = 0
    for _, frame in frames(pcap):
        ip = frame[14:]
        tcp = ip[20 : int.from_bytes(ip[2:4], "big")]
        sender, seq, flags = ip[12:16], int.from_bytes(tcp[4:8], "big"), tcp[13]
        data = tcp[(tcp[12] >> 4) * 4 :]
        if sender in next_seq and seq != next_seq[sender]:
            gaps += 1
        next_seq[sender] = seq + len(data) + (1 if flags & 2 else 0)
        payload[sender] = payload.get(sender, b"") + data
    assert gaps == 1, "the lost message leaves the one hole"
    agent = payload[bytes([161, 115, 160, 20])]
    assert agent.count(b"SIP/2.0 1") == 2
    assert b"SIP/2.0 200 OK\r\n" in agent


def test_a_large_datagram_is_fragmented(write: Write) -> None:
    pcap = compile_scenario(write(f'a INVITE: {{headers: {{X-Long: "{"y" * 1500}"}}}}'))
    first, second = (frame for _, frame in frames(pcap))
    assert first[20] & 0x20
    assert not second[20] & 0x20
    assert int.from_bytes(second[20:22], "big") & 0x1FFF == (len(first) - 34) // 8


def test_the_digest_computes() -> None:
    challenge = DigestChallenge("realm.example", "abc", proxy=False)
    name, value = credentials(challenge, "alice", "secret", "INVITE", "sip:bob@example.com", Tokens("x"))
    assert name == "Authorization"
    given = dict(part.split("=", 1) for part in value.removeprefix("Digest ").split(", "))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    cnonce = given["cnonce"].strip('"')
    a1, a2 = md5("alice:realm.example:secret"), md5("INVITE:sip:bob@example.com")
    assert given["response"].strip('"') == md5(f"{a1}:abc:00000001:{cnonce}:auth:{a2}")


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_finds_nothing_wrong_in_any_sample(tmp_path: Path) -> None:
    names: list[str] = []
    everything = b""
    for path in scenarios(SAMPLES):
        scenario = load(path)
        # A segment that was not captured is what such a scenario is about.
        gaps = any(
            "lost" in step.flags and scenario.dialogs[step.dialog].transport == "tcp"
            for step in scenario.ladder
        )
        if scenario.snaplen or scenario.cut or gaps:
            continue
        pcap = pcap_path(path)
        data = pcap.read_bytes()
        everything += data[24:] if everything else data
        names += [pcap.stem] * len(frames(data))
    merged = tmp_path / "all.pcap"
    merged.write_bytes(everything)
    checks = [flag for layer in ("ip", "udp", "tcp") for flag in ("-o", f"{layer}.check_checksum:TRUE")]
    # An ICMP error repeats the beginning of a packet, so that the message in it ends in the middle of a header.
    flawed = '(_ws.malformed || _ws.expert.severity == "Warning")'
    wanted = f'_ws.expert.severity == "Error" && !_ws.malformed || {flawed} && !icmp && !icmpv6'
    command = ["tshark", "-r", str(merged), *checks, "-Y", wanted, "-T", "fields", "-e", "frame.number"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert len(names) > 2000
    assert [names[int(frame) - 1] for frame in found] == []


def test_rtp_flows_between_the_described_addresses(write: Write) -> None:
    pcap = compile_scenario(write("a INVITE\na 200\na ACK\na RTP 0.1\na agent RTP 0.04\na agent BYE"))
    rtp = [frame[14:] for _, frame in frames(pcap) if frame[42] == 0x80]
    senders = [ip[12] for ip in rtp]
    assert (senders.count(168), senders.count(161)) == (5, 5 + 2)
    offered = int(pcap.partition(b"m=audio ")[2].partition(b" ")[0])
    assert {int.from_bytes(ip[20:22], "big") for ip in rtp if ip[12] == 168} == {offered}


def test_the_network_refuses_a_packet(write: Write) -> None:
    pcap = compile_scenario(write("a INVITE unreachable"))
    sent, refused = (frame[14:] for _, frame in frames(pcap))
    assert refused[9] == 1
    assert refused[20:22] == bytes([3, 3])
    assert refused[12:16] == sent[16:20]
    quoted = refused[28:]
    assert quoted[12:20] == sent[12:20]
    assert quoted[28:].startswith(b"INVITE sip:")
