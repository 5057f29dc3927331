"""Exchanges that belong together: the pings of one peer, the registrations of one user, one subscription.

Every OPTIONS may have a Call-ID of its own, and a phone that restarts takes a new one for its REGISTERs;
findings are about the series as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from sipdiag.calls.model import Exchange

SeriesKey = tuple[str, ...]
"""Exchanges with the same key form one series."""

_BY_PEER = frozenset({"OPTIONS", "REGISTER", "MESSAGE"})
"""Methods whose requests belong together by sender and receiver; all others belong together by dialog."""


def series_key(exchange: Exchange) -> SeriesKey:
    """The key an exchange shares with the others of its series."""
    if exchange.method not in _BY_PEER:
        return exchange.method, exchange.call_id
    hosts = exchange.method, exchange.src.address, exchange.dst.address
    if exchange.method != "REGISTER":
        return (*hosts, str(exchange.dst.port))
    to = exchange.messages[0].captured.message.to
    return (*hosts, f"{to.uri.user}@{to.uri.host}".lower() if to is not None else "")


def together(exchanges: Sequence[Exchange]) -> Exchange:
    """The series that some exchanges make, in the order of their messages."""
    first = exchanges[0]
    if len(exchanges) == 1:
        return first
    return Exchange(
        call_id=first.call_id,
        method=first.method,
        src=first.src,
        dst=first.dst,
        messages=sorted(
            (entry for one in exchanges for entry in one.messages), key=lambda entry: entry.captured.time_ns
        ),
        requests=sorted(
            (request for one in exchanges for request in one.requests), key=lambda one: one.time_ns
        ),
        id=first.id,
    )
