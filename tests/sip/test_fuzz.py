"""Thirty thousand damaged messages: nothing raises, nothing is lost, what comes out is fit for an output.

Each is one of the samples, changed in up to a dozen places by a seeded generator that prefers the
characters SIP is made of.  A failure names its seed.
"""

from __future__ import annotations

import random

import pytest

from sipdiag.sip.framing import Framer
from sipdiag.sip.grammar import is_start_line
from sipdiag.sip.secrets import mask_bytes as mask

from .samples import CHALLENGE, INVITE, NOTIFY
from .test_robustness import RICH, read_all

CHUNKS, MESSAGES = 30, 1000
SAMPLES = (INVITE, NOTIFY, CHALLENGE, RICH)
PIECES = (
    *(bytes((byte,)) for byte in b"\r\n\t ,;:=<>\"'@?&%\\/()[]{}|\0\x80\xff0z"),
    b"\r\n\r\n",
    b"\r\n ",
    b"SIP/2.0",
    b"\r\nContent-Length: 99999999999999999999\r\n",
    b"\r\nContent-Length: -1\r\n",
    b"\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n",
    b"%00%FF",
    b"sip:",
    b"tel:+1",
    b";tag=",
    b'"\\',
    "ü€𝄞".encode(),
    b"\xed\xa0\x80",
    b"4294967296",
    b"m=audio 1 RTP/AVP 0\r\n",
)


def mutated(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randrange(1, 12)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[place : place + 1] = bytes((chance.randrange(256),))
            case 1:
                del data[place : place + chance.randrange(1, 30)]
            case 2 | 3:
                data[place:place] = chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 50))
            case 4:
                data[place:place] = data[place : place + chance.randrange(1, 200)]
            case _:
                other = chance.choice(SAMPLES)
                start = chance.randrange(len(other))
                data[place : place + 40] = other[start : start + 40]
    return bytes(data)


def framed(raw: bytes, *, datagram: bool) -> int:
    """Bytes of the messages a framer finds in it."""
    framer: Framer[None] = Framer(datagram=datagram)
    framer.receive(raw, tag=None)
    framer.close()
    return sum(len(found.data) for found in iter(framer.next_message, None))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutated_messages(chunk: int) -> None:
    recognised = 0
    for number in range(MESSAGES):
        chance = random.Random(f"{chunk}.{number}")
        raw = mutated(chance.choice(SAMPLES), chance)
        # Shown when the test fails; the last line names the one that did it.
        print(f"seed {chunk}.{number}")
        read_all(raw)
        assert len(mask(raw)) == len(raw)
        assert framed(raw, datagram=True) <= len(raw)
        assert framed(raw, datagram=False) <= len(raw)
        recognised += is_start_line(raw)
    # Most still begin like SIP, or the test would show nothing.
    assert recognised > MESSAGES // 2
