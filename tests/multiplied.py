"""Many calls made of a few: copies with other identifiers, numbers, addresses and times, all in one capture."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks import wire
from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.read import read_messages
from tests.odd_values import with_odd_ones

_TOKEN = re.compile(rb"(?:;branch=z9hG4bK|;tag=|\nCall-ID: |\ni: )([0-9A-Za-z.~*_-]{4,64})")
_NUMBER = re.compile(rb"(?<=sip:)\+?[0-9]{5,15}(?=@)|(?<=tel:)\+?[0-9]{5,15}")
_ADDRESS = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_LENGTH = re.compile(rb"(?i)(\n(?:content-length|l)[ \t]*:[ \t]*)[0-9]+")
_SPECIAL = (b"0.", b"127.", b"255.")
_COUNTRIES = (
    "1212",
    "1415",
    "1809",
    "23480",
    "331",
    "4420",
    "4930",
    "52",
    "612",
    "800",
    "8613",
    "88213",
    "919",
    "9233",
)
_WITHIN_US = 3_000_000_000
"""The copies of a capture begin within this time."""
_MOST_MESSAGES = 100
"""Captures of more are left out."""
_EVERYDAY = 4
"""From so many copies is learnt what the odd ones may not be told by."""
_ALIKE = 0.7
"""The part of copies that differ from the original as calls of the same devices do; all others differ in everything."""


def multiplied(captures: Iterable[Path], copies: int, seed: int, out: Path, *, odd: bool = False) -> int:
    """Write so many copies of each capture's SIP to ``out``; how many messages there are.

    ``odd``: the copies differ as calls of the same devices do, and all but the first ones in something odd.
    """
    rng = random.Random(seed)
    packets: list[tuple[int, bytes]] = []
    for capture in captures:
        messages = read_messages([str(capture)]).messages
        if not 0 < len(messages) <= _MOST_MESSAGES or any(map(_beyond, messages)):
            continue
        for number in range(copies):
            begin_us = rng.randrange(_WITHIN_US)
            if odd:
                begin_us = (number * _WITHIN_US + begin_us) // copies
            alike = odd or rng.random() < _ALIKE
            packets += _copy(messages, rng, begin_us, alike, odd and number >= _EVERYDAY)
    packets.sort()
    with out.open("wb") as file:
        file.write(wire.GLOBAL_HEADER)
        file.writelines(wire.record(time_us, packet) for time_us, packet in packets)
    return len(packets)


def _beyond(captured: CapturedMessage) -> bool:
    """It cannot be written as a packet of its own."""
    hosts = (captured.src, captured.dst)
    return not captured.timed or captured.copy_of is not None or any(":" in host.address for host in hosts)


def _copy(
    messages: Sequence[CapturedMessage], rng: random.Random, begin_us: int, alike: bool, odd: bool
) -> Iterator[tuple[int, bytes]]:
    others = _others(messages, rng, alike, odd)
    # What stands for one value may hold another: all are replaced at once, of two the longer.
    old = re.compile(b"|".join(map(re.escape, sorted(others, key=len, reverse=True))))
    pace = rng.uniform(0.97, 1.03) if alike else rng.choice((1.0, rng.uniform(0.05, 8)))

    def renamed(text: bytes) -> bytes:
        return old.sub(lambda found: others[found[0]], text)

    for captured in messages:
        time_us = begin_us + int((captured.time_ns - messages[0].time_ns) / 1000 * pace)
        src, dst = (
            (renamed(host.address.encode()).decode(), host.port) for host in (captured.src, captured.dst)
        )
        yield time_us, wire.udp(src, dst, _right_length(renamed(captured.message.raw)))


def _right_length(text: bytes) -> bytes:
    head, end, body = text.partition(b"\r\n\r\n")
    return _LENGTH.sub(rb"\g<1>%d" % len(body), head) + end + body


def _others(
    messages: Sequence[CapturedMessage], rng: random.Random, alike: bool, odd: bool
) -> dict[bytes, bytes]:
    """What stands for each value: but for odd ones, something of the same length."""
    text = b"\n".join(captured.message.raw for captured in messages)
    tokens = sorted(token for token in set(_TOKEN.findall(text)) if not _ADDRESS.search(token))
    found = {token: _token(token, rng) for token in tokens}
    numbers = sorted(set(_NUMBER.findall(text)))
    found |= {number: _number(number, rng, alike) for number in numbers}
    hosts = {host.address.encode() for captured in messages for host in (captured.src, captured.dst)}
    addresses = sorted({*_ADDRESS.findall(text), *hosts})
    found |= {address: _address(address, rng) for address in addresses}
    return with_odd_ones(found, numbers, addresses, rng) if odd else found


def _token(old: bytes, rng: random.Random) -> bytes:
    kinds = (b"0123456789", b"abcdef", b"ghijklmnopqrstuvwxyz")
    return bytes(next((rng.choice(kind) for kind in kinds if one in kind), one) for one in old)


def _number(old: bytes, rng: random.Random, alike: bool) -> bytes:
    digits = old.lstrip(b"+").decode()
    kept = len(digits) - 4 if alike else 0
    begin = digits[:kept] if alike else digits[:1] if digits.startswith("0") else rng.choice(_COUNTRIES)
    new = begin + "".join(rng.choice("0123456789") for _ in range(15))
    return old[: len(old) - len(digits)] + new[: len(digits)].encode()


def _address(old: bytes, rng: random.Random) -> bytes:
    """A neighbour's, as long as the old one."""
    head, _, last = old.rpartition(b".")
    if old.startswith(_SPECIAL) or rng.random() < 0.5:
        return old
    least = 10 ** (len(last) - 1)
    return head + b".%d" % rng.randint(least, min(254, least * 10 - 1))
