"""Frames of a codec out of an RTP payload, as decoders want them."""

from __future__ import annotations

from collections.abc import Iterator

_AMR_BITS = (95, 103, 118, 134, 148, 159, 204, 244, 39)
_AMR_WB_BITS = (132, 177, 253, 285, 317, 365, 397, 461, 477, 40)
"""Speech bits by frame type (RFC 4867); the last one is comfort noise."""
_NO_DATA = 15
_FIXED = {"g729": 10, "gsm": 33}
"""By codec: bytes of a frame, where all have the same length (RFC 3551 §4.5)."""


def pieces(codec: str, payload: bytes, settings: str) -> Iterator[bytes]:
    """The frames of a payload; ``settings`` are those of ``a=fmtp``."""
    if codec in ("amr", "amr-wb"):
        yield from _amr(payload, aligned="octet-align=1" in settings.replace(" ", ""), wide=codec == "amr-wb")
    elif codec in _FIXED:
        size = _FIXED[codec]
        yield from (payload[at : at + size] for at in range(0, len(payload) - size + 1, size))
    else:
        yield payload


def _amr(payload: bytes, *, aligned: bool, wide: bool) -> Iterator[bytes]:
    """Frames with a table-of-contents byte before each, as in a file (RFC 4867)."""
    bits = int.from_bytes(payload, "big")
    left = 8 * len(payload)

    def take(count: int) -> int:
        nonlocal left
        if count > left:
            raise ValueError("the payload ends within a frame")
        left -= count
        return bits >> left & ((1 << count) - 1)

    sizes = _AMR_WB_BITS if wide else _AMR_BITS
    try:
        take(8 if aligned else 4)
        kinds, more = [], True
        while more:
            entry = take(8 if aligned else 6)
            entry = entry >> 2 if aligned else entry
            more = bool(entry & 0x20)
            kinds.append((entry >> 1 & 0xF, entry & 1))
        for kind, quality in kinds:
            count = sizes[kind] if kind < len(sizes) else 0
            padding = -count % 8
            speech = take(count) << padding
            if aligned and padding:
                take(padding)
            if kind < len(sizes) or kind == _NO_DATA:
                yield bytes((kind << 3 | quality << 2,)) + speech.to_bytes((count + 7) // 8, "big")
    except ValueError:
        return
