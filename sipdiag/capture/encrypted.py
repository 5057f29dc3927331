"""TLS connections that carry SIP, recognised by port and by their first records."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sipdiag.capture import columns, tls
from sipdiag.capture.packets import Packets
from sipdiag.capture.payload import Accounting, Note
from sipdiag.capture.records import Ints

MOST_ENCRYPTED = 10_000
"""Encrypted connections remembered."""


class Encrypted:
    """Collects for one lane."""

    def __init__(self, accounting: Accounting, addresses: columns.Addresses) -> None:
        self._accounting = accounting
        self._addresses = addresses
        self._left_out = False

    def notes(self) -> Iterator[Note]:
        """A warning if there were more than are remembered."""
        if self._left_out:
            text = f"More than {MOST_ENCRYPTED:,} encrypted connections that may carry SIP: "
            yield Note("bound", f"{text}the others are not reported.")

    def look(self, p: Packets, rows: Ints, keys: Ints, size: Ints) -> None:
        """Remember TLS connections that are SIP's by their port or their ClientHello."""
        at = p.offset[rows]
        first = p.chunk.be32[np.where(size >= 6, at, 0)] >> 8
        record = (size >= 6) & (first >= 0x140300) & (first <= 0x170304) & (first & 0xFF00 == 0x0300)
        if not record.any():
            return
        hello = record & (first >> 16 == 0x16)
        hello[hello] = p.chunk.u8[at[hello] + 5] == tls.CLIENT_HELLO
        ports = p.chunk.be16[p.transport[rows]], p.chunk.be16[p.transport[rows] + 2]
        known = np.isin(ports[0], tls.SIPS_PORTS) | np.isin(ports[1], tls.SIPS_PORTS)
        once = np.zeros(len(rows), dtype=bool)
        chosen = np.flatnonzero(record & known)
        once[chosen[np.unique(keys[chosen], return_index=True)[1]]] = True
        for index in np.flatnonzero(once | hello).tolist():
            self._one(p, int(rows[index]), bool(hello[index]))

    def _one(self, p: Packets, row: int, hello: bool) -> None:
        src, dst = self._addresses.ends(p.chunk, int(p.network[row]), int(p.transport[row]))
        client, server = (dst, src) if src.port in tls.SIPS_PORTS and not hello else (src, dst)
        record = bytes(p.chunk.raw[p.offset[row] : p.end[row]])
        if hello and not tls.says_http(record):
            self._accounting.tls_ports.add(server.port)
        why = f"port {server.port}" if server.port in tls.SIPS_PORTS else tls.says_sip(record)
        encrypted = self._accounting.encrypted
        if why is None or (client, server) in encrypted:
            return
        if len(encrypted) < MOST_ENCRYPTED:
            encrypted[client, server] = why
        else:
            self._left_out = True
