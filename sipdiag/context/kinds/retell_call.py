"""A call as Retell reports it: who, when, and what the agent invoked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node

_TRANSFERRED = "call_transfer"


def matches(node: Node, wrapper: str) -> bool:
    return node.has("transcript_with_tool_calls") or node.has("call_id", "disconnection_reason")


def invocations(node: Node, tools: AbstractSet[str]) -> Iterator[Node]:
    """Each invocation of a transfer tool."""
    for entry in _entries(node):
        name = entry.string("name") or ""
        if entry.string("role") == "tool_call_invocation" and (name in tools or "transfer" in name.lower()):
            yield entry


def _entries(node: Node) -> list[Node]:
    transcript = node.get("transcript_with_tool_calls")
    return transcript.items() if transcript is not None else []


def asked(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    yield from invocations(node, tools)
    yield from done(node, tools)


def failed(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    """The results of invocations that failed; where the transfer's is known, it alone."""
    wanted = {one.string("tool_call_id") for one in invocations(node, tools)} - {None}
    for entry in _entries(node):
        if entry.string("role") != "tool_call_result":
            continue
        content, successful = entry.get("content"), entry.get("successful")
        of_transfer = not wanted or entry.string("tool_call_id") in (*wanted, None)
        refused = successful is not None and successful.value is False
        if of_transfer and refused and content is not None:
            yield content


def done(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    reason = node.get("disconnection_reason")
    if reason is not None and reason.value == _TRANSFERRED:
        yield reason


KINDS = (
    DocumentKind(
        "retell.call",
        "Retell call",
        "event",
        matches,
        fetch="GET https://api.retellai.com/v2/get-call/{call_id}",
        asked=asked,
        failed=failed,
        done=done,
        invoked=invocations,
        whole_call=True,
    ),
)
