"""Write a big capture: ``python -m benchmarks.generate SHAPE SIZE OUT`` (``-`` is standard output).

The same shape, size and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import sip, varied, wire
from benchmarks.rtp import TICK_US, Streams


def rtp_heavy(size: int, seed: int) -> Iterator[bytes]:
    """``size`` answered calls of 60 s with G.711 both ways (about 1.4 MB a call)."""
    return _with_media(sip.calls(size, seed=seed, talk_s=60, per_second=max(size / 60, 2), answered=True))


def rtp_vxlan(size: int, seed: int) -> Iterator[bytes]:
    """The same, mirrored in VXLAN."""
    calls = sip.calls(size, seed=seed, talk_s=60, per_second=max(size / 60, 2), answered=True)
    return _with_media(calls, tunnelled=True)


def short_calls(size: int, seed: int) -> Iterator[bytes]:
    """``size`` calls of 2 s with RTP: many flows, few packets each."""
    return _with_media(sip.calls(size, seed=seed, talk_s=2, per_second=100, answered=True))


def long_calls(size: int, seed: int) -> Iterator[bytes]:
    """20 calls of ``size`` seconds with RTP (about 0.46 MB a second): ever more media of the same calls."""
    return _with_media(sip.calls(20, seed=seed, talk_s=size, per_second=10, answered=True))


def sip_only(size: int, seed: int) -> Iterator[bytes]:
    """``size`` calls of mixed outcomes, about eight messages each, no media."""
    for packet in sip.in_order(sip.calls(size, seed=seed, talk_s=40, per_second=100)):
        yield wire.record(packet.time_us, wire.udp(packet.src, packet.dst, packet.text))


def sip_varied(size: int, seed: int) -> Iterator[bytes]:
    """``size`` calls between twenty kinds of devices, three in ten of them failing, no media."""
    for packet in sip.in_order(varied.calls(size, seed=seed, per_second=50)):
        yield wire.record(packet.time_us, wire.udp(packet.src, packet.dst, packet.text))


def one_tcp(size: int, seed: int) -> Iterator[bytes]:
    """``size`` calls over one TCP connection in segments of 1,460 bytes, whatever a message's length."""
    calls = sip.calls(size, seed=seed, talk_s=40, per_second=100, transport="TCP")
    ends = (("198.51.100.1", 40000), sip.CARRIER)
    next_byte = {True: 1000, False: 2000}
    waiting = {True: bytearray(), False: bytearray()}

    def segment(upward: bool, data: bytes, time_us: int, flags: int = 0x18) -> bytes:
        src, dst = ends if upward else ends[::-1]
        packet = wire.tcp(src, dst, next_byte[upward], next_byte[not upward], flags, data)
        next_byte[upward] += len(data) + (flags & 2) // 2
        return wire.record(time_us, packet)

    yield segment(True, b"", 0, 0x02) + segment(False, b"", 10, 0x12)
    now = 0
    for packet in sip.in_order(calls):
        now = packet.time_us
        upward = packet.dst == sip.CARRIER
        buffer = waiting[upward]
        buffer += packet.text
        while len(buffer) >= 1460:
            yield segment(upward, bytes(buffer[:1460]), now)
            del buffer[:1460]
    for upward, buffer in waiting.items():
        yield segment(upward, bytes(buffer), now)


def fragments(size: int, seed: int) -> Iterator[bytes]:
    """``size`` calls of mixed outcomes, every datagram in IP fragments of 256 bytes."""
    packets = sip.in_order(sip.calls(size, seed=seed, talk_s=40, per_second=100))
    for ident, packet in enumerate(packets):
        pieces = wire.fragmented(packet.src, packet.dst, packet.text, ident & 0xFFFF, 256)
        yield b"".join(wire.record(packet.time_us, piece) for piece in pieces)


def one_call_id(size: int, seed: int) -> Iterator[bytes]:
    """One dialog with ``size`` messages: INFO after INFO."""
    call = next(sip.calls(1, seed=seed, talk_s=1, per_second=1, answered=True))
    head, tail = call.packets[:5], call.packets[5:]
    call.packets, call.now_us = [], head[-1].time_us + 1000
    for _ in range((size - len(head) - len(tail)) // 2):
        call.cseq += 1
        call.request("INFO")
        call.response("200 OK", "INFO")
    for packet in [*head, *call.packets]:
        yield wire.record(packet.time_us, wire.udp(packet.src, packet.dst, packet.text))
    for packet in tail:
        yield wire.record(call.now_us, wire.udp(packet.src, packet.dst, packet.text))


def lone_invites(size: int, seed: int) -> Iterator[bytes]:
    """``size`` Call-IDs with a single INVITE each."""
    for call in sip.calls(size, seed=seed, talk_s=0, per_second=1000, answered=True):
        packet = call.packets[0]
        yield wire.record(packet.time_us, wire.udp(packet.src, packet.dst, packet.text))


def forks(size: int, seed: int) -> Iterator[bytes]:
    """One INVITE that ``size`` phones answer with a 180 of their own."""
    call = next(sip.calls(1, seed=seed, talk_s=1, per_second=1, answered=True))
    for packet in call.packets[:2]:
        yield wire.record(packet.time_us, wire.udp(packet.src, packet.dst, packet.text))
    ringing = call.packets[2]
    for number in range(size):
        text = ringing.text.replace(b";tag=t0", b";tag=t%d" % number)
        time_us = ringing.time_us + number * 10
        yield wire.record(time_us, wire.udp(ringing.src, ringing.dst, text))
    for packet in call.packets[3:]:
        later = packet.time_us + size * 10
        yield wire.record(later, wire.udp(packet.src, packet.dst, packet.text))


SHAPES: dict[str, Callable[[int, int], Iterator[bytes]]] = {
    "rtp-heavy": rtp_heavy,
    "rtp-vxlan": rtp_vxlan,
    "short-calls": short_calls,
    "long-calls": long_calls,
    "sip-only": sip_only,
    "sip-varied": sip_varied,
    "one-tcp": one_tcp,
    "fragments": fragments,
    "one-call-id": one_call_id,
    "lone-invites": lone_invites,
    "forks": forks,
}
"""Shape → its generator of pcap records, from a size (calls, or messages) and a seed."""


def _with_media(calls: Iterator[sip.Call], *, tunnelled: bool = False) -> Iterator[bytes]:
    """SIP and RTP by time; at most the calls that overlap are held."""
    upcoming: list[sip.Call] = []
    streams = Streams(tunnelled=tunnelled)
    tick_us = 0

    def watched() -> Iterator[sip.Call]:
        for call in calls:
            upcoming.append(call)
            yield call

    def media_until(time_us: int) -> Iterator[bytes]:
        nonlocal tick_us
        while tick_us < time_us:
            for call in [call for call in upcoming if call.media_from_us <= tick_us]:
                streams.start(call)
                upcoming.remove(call)
            yield streams.tick(tick_us)
            tick_us += TICK_US

    for packet in sip.in_order(watched()):
        yield from media_until(packet.time_us)
        inner = wire.udp(packet.src, packet.dst, packet.text)
        yield wire.record(packet.time_us, wire.vxlan(wire.ETHERNET + inner) if tunnelled else inner)


def write(shape: str, size: int, seed: int, path: Path | None) -> None:
    """Write the capture to ``path``, or to standard output."""
    out = path.open("wb") if path is not None else sys.stdout.buffer
    with out:
        out.write(wire.GLOBAL_HEADER)
        for block in SHAPES[shape](size, seed):
            out.write(block)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("size", type=int, help="calls (one-call-id, forks: messages; long-calls: seconds)")
    parser.add_argument("out", help="file, or '-'")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.shape, given.size, given.seed, None if given.out == "-" else Path(given.out))


if __name__ == "__main__":
    main()
