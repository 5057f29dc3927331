"""Ways to damage input: bytes, the lines of texts, lists of messages, frames and segments."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

MARK = b'</script><script>alert("fuzz")</script>'
"""Must never stand in a page as it is here."""
LONGEST = 64 * 1024
"""Bytes that one mutation adds at most."""
INTERESTING = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    127,
    128,
    255,
    256,
    1024,
    4095,
    65535,
    65536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
"""Numbers at which lengths and counters break."""
HOSTILE: tuple[bytes, ...] = (
    MARK,
    b"\x1b[2J\x1b]52;c;eA==\x07",
    b"\xc2\x9b31m",
    "\u202e\u2066\u200b\ufeff".encode(),
    b"\xff\xfe\xfd",
    b"\x00",
    b"\r\n",
    b"\r\n\r\n",
    b"\r",
    b"\n\n",
    b"\r\n ",
    b'"',
    b'\\"',
    b"<",
    b">",
    b"<sip:",
    b"sip:a@b;x=y?z=%00",
    b"sip:%75%73er@[::1]:99999999",
    b"tel:+1-415-555-0137;phone-context=+1",
    b";tag=",
    b",",
    b";;;;",
    b"%0d%0a",
    b"{{ 7 * 7 }}{% raw %}",
    b"${jndi:x}",
    b"=HYPERLINK(1)",
    b"../../../etc/passwd",
    b"-1",
    b"99999999999999999999",
    b"1e309",
    b"SIP/2.0 200 OK",
    b"INVITE sip:a@b SIP/2.0\r\n",
    b"Content-Length: 99999\r\n",
    b"Content-Type: multipart/mixed;boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n",
    b"v=0\r\nm=audio 1 RTP/AVP 0\r\n",
    b"a=rtpmap:0 PCMU/99999999999\r\n",
    "+1 415 555 ٠١٢٣".encode(),
    "ſip:ﬁ@ß.İ".encode(),
)
"""Pieces that mean something to some parser or output."""
REPEATED = (
    b" ",
    b"\t",
    b"a",
    b"a.",
    b"a,",
    b'\\"',
    b"<",
    b"(",
    b";x",
    b"&a=b",
    b"a@",
    b"1 ",
    b"\r\n ",
    b"X: y\r\n",
    b"--x\r\n",
    b"%25",
)


def data(chance: random.Random, original: bytes, other: bytes, most: int = 8) -> bytes:
    """The bytes changed in a few places; ``other``: from where some may be taken."""
    changed = bytearray(original)
    for _ in range(chance.randint(1, most)):
        chance.choice(_BYTES)(chance, changed, other)
    return bytes(changed)


def _place(chance: random.Random, changed: bytearray) -> int:
    return chance.randint(0, len(changed))


def _range(chance: random.Random, changed: bytes | bytearray) -> tuple[int, int]:
    begin = chance.randint(0, len(changed))
    return begin, min(len(changed), begin + int(2 ** chance.uniform(0, 10)))


def _flip(chance: random.Random, changed: bytearray, other: bytes) -> None:
    if changed:
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)


def _number(chance: random.Random, changed: bytearray, other: bytes) -> None:
    size, at = chance.choice((1, 2, 4, 8)), _place(chance, changed)
    value = chance.choice(INTERESTING) % (1 << 8 * size)
    changed[at : at + size] = value.to_bytes(size, chance.choice(("big", "little")))


def _delete(chance: random.Random, changed: bytearray, other: bytes) -> None:
    begin, end = _range(chance, changed)
    del changed[begin:end]


def _double(chance: random.Random, changed: bytearray, other: bytes) -> None:
    begin, end = _range(chance, changed)
    at = _place(chance, changed)
    changed[at:at] = changed[begin:end]


def _foreign(chance: random.Random, changed: bytearray, other: bytes) -> None:
    begin, end = _range(chance, other)
    at = _place(chance, changed)
    changed[at:at] = other[begin:end]


def _hostile(chance: random.Random, changed: bytearray, other: bytes) -> None:
    at = _place(chance, changed)
    changed[at : at + chance.choice((0, 0, 4))] = chance.choice(HOSTILE)


def _repeat(chance: random.Random, changed: bytearray, other: bytes) -> None:
    piece = chance.choice(REPEATED)
    at = _place(chance, changed)
    changed[at:at] = piece * (int(2 ** chance.uniform(0, 16)) // len(piece))


def _cut(chance: random.Random, changed: bytearray, other: bytes) -> None:
    del changed[_place(chance, changed) :]


_BYTES: tuple[Callable[[random.Random, bytearray, bytes], None], ...] = (
    *(_flip, _flip, _number, _number, _delete, _double, _foreign, _hostile, _hostile, _repeat, _cut),
)


def some(chance: random.Random, items: Sequence[T], change: Callable[[T], T]) -> list[T]:
    """Some items changed, dropped, doubled or exchanged."""
    changed = list(items)
    for _ in range(chance.randint(1, 4)):
        if not changed:
            break
        at = chance.randrange(len(changed))
        match chance.randrange(6):
            case 0:
                del changed[at]
            case 1:
                changed.insert(chance.randrange(len(changed) + 1), changed[at])
            case 2:
                there = chance.randrange(len(changed))
                changed[at], changed[there] = changed[there], changed[at]
            case _:
                changed[at] = change(changed[at])
    return changed


def text(chance: random.Random, original: bytes, other: bytes) -> bytes:
    """A text changed by its lines: SIP, YAML."""
    lines = original.split(b"\n")
    others = other.split(b"\n")

    def line(one: bytes) -> bytes:
        name, colon, _ = one.partition(b":")
        match chance.randrange(4):
            case 0:
                return name + colon + b" " + chance.choice(HOSTILE)
            case 1:
                return name + colon + chance.choice(others).partition(b":")[2]
            case 2:
                return chance.choice(others)
            case _:
                return data(chance, one, other, most=2)

    new: list[bytes] = some(chance, lines, line)
    changed = b"\n".join(new)
    return data(chance, changed, other, most=1) if chance.random() < 0.2 else changed
