"""Via, Route and Record-Route: the way of a message over proxies and edges (RFC 3261 §16.6, §12.1, §18.2)."""

from __future__ import annotations

from sipdiag.scenario.dialog import Dialogue, PlayedRequest
from sipdiag.scenario.party import ScenarioHost, user_part

Fields = list[tuple[str, str]]


def hop_uri(dialog: Dialogue, transaction: PlayedRequest, position: int) -> str:
    """The last proxy puts the target's own address into an initial request (RFC 3261 §16.6)."""
    last = len(transaction.nodes) - 2
    if transaction.in_dialog or position < last or not dialog.path or transaction.side:
        return transaction.uri
    callee = dialog.parties[1]
    return f"sip:{user_part(dialog.spec.callee)}@{callee.address}:{callee.spec.port}"


def vias(dialog: Dialogue, transaction: PlayedRequest, position: int, *, answered: bool) -> list[str]:
    """Via values on a hop, topmost first."""
    stream = dialog.spec.transport != "udp"
    lowest = position if transaction.hop_by_hop else 0
    values = []
    for hop in range(position, lowest - 1, -1):
        node = transaction.nodes[hop]
        seen = f";received={node.spec.address}" + ("" if stream else f";rport={node.spec.port}")
        mark = seen if answered or hop < position else ("" if stream else ";rport")
        values.append(
            f"SIP/2.0/{dialog.spec.transport.upper()} {node.address}:{node.spec.port};branch={transaction.branches[hop]}{mark}"
        )
    sender = transaction.nodes[0]
    if sender.inner and lowest == 0:
        inner_branch = dialog.tokens.pattern("z9hG4bK%32x", transaction.branches[0])
        values.append(
            f"SIP/2.0/UDP {sender.inner}:{sender.spec.port};rport={sender.spec.port};branch={inner_branch}"
        )
    return values


def routes(dialog: Dialogue, transaction: PlayedRequest, position: int) -> Fields:
    """Route of a request within a dialog, Record-Route of one that forms it."""
    if transaction.initial:
        return [("Record-Route", value) for value in _recorded(dialog, transaction, position)]
    if not transaction.in_dialog:
        return []
    # The callee goes through them as they were recorded, the caller the other way round (RFC 3261 §12.1).
    order = 1 if transaction.side else -1
    values = [value for p in transaction.nodes[1 + position : -1] for value in _own(p)[::order]]
    return [("Route", value) for value in (*values, *transaction.nodes[-1].routes(dialog.tokens))]


def _own(proxy: ScenarioHost) -> tuple[str, ...]:
    """What a proxy writes into Record-Route, topmost first."""
    return proxy.spec.recorded or (f"<sip:{proxy.address}:{proxy.spec.port};lr>",)


def _recorded(dialog: Dialogue, transaction: PlayedRequest, position: int) -> list[str]:
    proxies = [p for p in transaction.nodes[1 : position + 1] if p.spec.record_route]
    values = [value for p in reversed(proxies) for value in _own(p)]
    return values + transaction.nodes[0].routes(dialog.tokens)


def recorded_in_response(dialog: Dialogue, transaction: PlayedRequest) -> Fields:
    inwards = transaction.nodes[-1].routes(dialog.tokens)
    values = inwards[::-1] + _recorded(dialog, transaction, len(transaction.nodes) - 2)
    return [("Record-Route", value) for value in values]
