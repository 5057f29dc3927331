"""The ports a NAT gave a registering device."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sipdiag.calls.model import Request
from sipdiag.capture.payload import Endpoint
from sipdiag.facts.nat import NatFacts
from tests.calls.dialogs import book

DIALOGS = "\n  r: {from: alice, to: pbx, caller: alice, callee: alice}\n"


def from_ports(*ports: int) -> NatFacts:
    """REGISTERs of one device that came from these ports."""
    ladder = "- r REGISTER +1\n- r 200\n" * len(ports)
    (exchange,) = book(ladder, dialogs=DIALOGS).exchanges
    for request, port in zip(exchange.requests, ports, strict=True):
        _move(request, port)
    return NatFacts(exchange.requests)


def _move(request: Request, port: int) -> None:
    """Another source port, and no response that would note one."""
    request.own.final = None
    request.own.requests[0] = replace(request.first, src=Endpoint("203.0.113.9", port))


@pytest.mark.parametrize(
    ("ports", "moves", "named", "shown"),
    [
        ((1,), 0, None, 0),
        ((1, 1), 0, None, 0),
        ((1, 2), 1, "1, 2", 2),
        ((1, 1, 2, 2), 1, "1, 2", 2),
        ((1, 2, 1), 2, "1, 2, 1", 3),
        ((1, 2, 3, 4, 5, 6), 5, "1, 2, 3, 4, 5, 6", 4),
        ((1, 2, 3, 4, 5, 6, 7), 6, "1, 2, 3, 4, 5, 6 …", 4),
    ],
)
def test_ports(ports: tuple[int, ...], moves: int, named: str | None, shown: int) -> None:
    facts = from_ports(*ports)
    assert (facts.nat_moves, facts.nat_ports, len(facts.mappings)) == (moves, named, shown)
